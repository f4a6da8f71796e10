"""Many acts in one request. Each says what a request to its own route would say, and is read,
permitted and decided as there. Each hundred of them is recorded whole, in one transaction, or not
at all.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import marshmallow as ma
from flask import Response, current_app, g, request
from webargs.flaskparser import abort
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from api.requests import callers, current
from api.requests.acts import recorder_of, subject, wants
from api.requests.answers import idempotent, json_answer
from api.requests.parsing import Blueprint
from api.routes.acts import keyed
from api.schemas.acts import HUNDRED, MOST_ACTS, ManyActsSchema
from ledger.acts.decision import Decision
from ledger.acts.table import Act
from ledger.application import How, Recorded
from ledger.errors import Unfit
from ledger.log.append import Request
from ledger.states.service import Account
from projections.answers.entry import ActsWritten, HundredWritten

blueprint = Blueprint("acts", __name__, description="Many acts in one request.")


@dataclass(frozen=True, slots=True)
class SentAct:
    """An act as it was sent: what it is on, by the parts of its address, and what it says."""

    act: Act
    where: dict[str, str]
    says: dict[str, Any]


@blueprint.post("/api/acts")
@blueprint.response(201, ActsWritten)
@keyed
@blueprint.arguments(ManyActsSchema)
def record_acts(sent: dict[str, Any]) -> Response:
    """Record up to 1,000 acts, each hundred in one transaction.

    Each act has the address of its own route (`to`) and what is sent there (`says`), needs the
    scope of that route, and is refused as there. Form and permission of all are checked before the
    first is recorded. If an act is then refused, nothing of its hundred is recorded: the problem
    names the act (`act`), the hundreds that were recorded (`recorded`), and the first act that was
    not (`resume_at`). Under the same `Idempotency-Key` no hundred is recorded twice, so mend the
    act and send all of them again, or send the rest under another key.
    """
    account = callers.account_needed()
    if "If-Match" in request.headers:
        raise Unfit("Many acts are on many streams: leave If-Match out.")
    if len(sent["acts"]) > MOST_ACTS:
        raise RequestEntityTooLarge(
            f"These are {len(sent['acts']):,} acts, and one request records {MOST_ACTS:,} at most: "
            "send the others by a request of their own."
        )
    asked = idempotent(account)
    g.among = {"recorded": [], "resume_at": 0}
    acts = _read(sent["acts"])
    done: list[HundredWritten] = []
    for first in range(0, len(acts), HUNDRED):
        g.among = {"recorded": done, "resume_at": first}
        said = sent["acts"][first : first + HUNDRED]
        under = None if asked is None else _of_hundred(asked, first, said)
        recorded = _recorded(account, acts[first : first + HUNDRED], under).entries
        done.append(
            HundredWritten(
                first_act=first,
                last_act=first + len(said) - 1,
                first_position=recorded[0].position,
                last_position=recorded[-1].position,
            )
        )
    origin = current.settings().origin
    said_so = ActsWritten(recorded=done, position=done[-1].last_position, origin=origin)
    answer = json_answer(said_so, 201)
    answer.headers["Location"] = f"/api/entries?after={done[0].first_position - 1}"
    return answer


def _read(sent: Sequence[dict[str, Any]]) -> list[SentAct]:
    """Return acts as their own routes read them. Raise what these raise, for all faults of form at
    once."""
    acts: list[SentAct] = []
    faults: dict[int, Any] = {}
    for at, one in enumerate(sent):
        try:
            named = current_app.url_map.bind("localhost").match(unquote(one["to"]), "POST")
        except HTTPException:
            named = "", {}
        view = current_app.view_functions.get(named[0])
        act: Act | None = getattr(view, "act", None)
        if act is None:
            faults[at] = {"to": ["No act is sent to this address; /openapi.json lists them."]}
            continue
        g.among["act"] = at
        recorder_of(act)
        try:
            acts.append(SentAct(act, dict(named[1]), view.schema.load(one["says"])))  # type: ignore[union-attr]
        except ma.ValidationError as error:
            faults[at] = {"says": error.messages}
    if faults:
        g.among["act"] = min(faults)
        abort(422, messages={"json": {"acts": faults}})
    return acts


def _recorded(account: Account, acts: Sequence[SentAct], asked: Request | None) -> Recorded:
    """Record acts in one transaction, or return what the same request recorded before."""
    ledger, so_far = current.ledger(), g.among
    if asked is not None and (before := ledger.made_before(asked)):
        return before

    def decide(decision: Decision) -> None:
        for at, one in enumerate(acts, so_far["resume_at"]):
            g.among = so_far | {"act": at}
            one.act.decide(decision, *subject(one.act, one.where)[0], **one.says)
        g.among = so_far

    streams = {name for one in acts for name in wants(one.act, one.where)}
    return ledger.decide(account, decide, How(request=asked), ahead=streams)


def _of_hundred(asked: Request, first: int, said: Sequence[dict[str, Any]]) -> Request:
    """Return a hundred of the acts as a request of its own, under a key derived from the
    request's. Its fingerprint is of these acts alone, so that others can be mended."""
    digest = hashlib.sha256(asked.key.encode("utf-8")).hexdigest()
    acts = json.dumps(said, sort_keys=True).encode()
    return Request(
        asked.account,
        f"acts {first} of {digest}",
        hashlib.sha256(b"POST /api/acts\n" + acts).digest(),
    )
