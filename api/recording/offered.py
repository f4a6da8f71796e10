"""The acts that a page offers: those that the ledger would take of the person who reads it.

Each act is decided with the least that its form can say, and nothing is stored. A refusal about a
field can be mended by what is filled in (`refusals`). By any other refusal the act isn't possible
here. The acts on an entry that look far for what rests on it are asked for their first rules alone.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import marshmallow as ma

from api.recording.check import ticks
from api.recording.refusals import field_of
from api.requests import current
from api.requests.acts import subject
from api.schemas.acts import SCHEMAS
from api.schemas.derive import BodyId, Day, EntryId, TextField, Url, YesOrNo
from ledger.acts.correction import correctable
from ledger.acts.decision import Decision
from ledger.acts.knowledge import known_now, may_change
from ledger.acts.redaction import unconfirmed
from ledger.acts.retraction import retractable
from ledger.acts.table import ENTRY, MEETING, Act
from ledger.application import rests_on
from ledger.errors import NotAllowed, NotRecorded, Refused, Unfit
from ledger.events import (
    EntryCorrected,
    EntryRetracted,
    MeetingHeld,
    RecommendationReviewed,
    RedactionSought,
    TextRedacted,
)
from ledger.events.entry import Entry, texts
from ledger.events.streams import SERVICE
from ledger.log.reading import Snapshot
from ledger.states.service import Account

Where = dict[str, str]
Taken = Literal["yes", "asked", "no"]
"""An answer of the ledger to an act; `asked`: it takes it with a tick that a person sets."""
_UNUSED = "00000000-0000-4000-8000-000000000000"


def taken(acts: Collection[Act], where: Where, account: Account) -> Mapping[str, Taken]:
    """Return whether the ledger would take each of these acts, which are on one subject, by the
    topic of its event."""
    if not acts:
        return {}
    ledger = current.ledger()
    of, stream = subject(next(iter(acts)), where)
    look = ledger.look(rests_on(stream))
    if stream == SERVICE:  # a look has its state, without its entries
        look = replace(look, streams={**look.streams, stream: ledger.read_stream(stream)})
    page = _Page(where, of, account, look)
    return {act.event.TOPIC: _taken(act, page) for act in acts}


@dataclass(frozen=True, slots=True)
class _Page:
    """The subject that the acts of a page share, the account that reads it, and the log as it was
    read once. Each act has a decision of its own, so that it sees nothing that another one adds."""

    where: Where
    of: tuple[Any, ...]
    account: Account
    look: Snapshot

    def decision(self) -> Decision:
        """Return a fresh decision for one act."""
        return Decision(current.ledger(), self.account, seen=self.look)


def _taken(act: Act, page: _Page) -> Taken:
    if act.on != ENTRY:
        return _tried(act, page)
    (entry,) = page.of
    if act.event in (EntryCorrected, EntryRetracted, TextRedacted):
        return "yes" if _may_begin(act, entry, page.decision()) else "no"
    if "field" not in SCHEMAS[act.event]().fields:
        return _tried(act, page)
    any_text = (
        _tried(act, page, {"field": path}, mendable=False) == "yes" for path, _ in texts(entry)
    )
    return "yes" if any(any_text) else "no"


def _may_begin(act: Act, entry: Entry, decision: Decision) -> bool:
    """Return whether an act on an entry passes its first rules: who may change it, and whether it
    stands."""
    try:
        if act.event is TextRedacted:
            unconfirmed(decision, entry)
            return isinstance(entry.data, RedactionSought) and (
                entry.recorded_by != decision.account.name
            )
        if act.event is EntryRetracted:
            retractable(decision, entry)
            return True
        may_change(decision, known_now(decision, entry))
    except (NotAllowed, Refused):
        return False
    return bool(correctable(entry, "occurred_on" if entry.data.DATED else None))


def _tried(
    act: Act, page: _Page, said: Mapping[str, str] | None = None, *, mendable: bool = True
) -> Taken:
    """Decide an act with the least that its form can say, without storing it. `mendable`: whether
    a refusal about a field leaves it possible."""
    schema, decision = SCHEMAS[act.event](), page.decision()
    today = decision.today.isoformat()
    try:
        least = _least(schema, page.where, page.account, today) | dict(said or {})
        if act.event in (MeetingHeld, RecommendationReviewed):
            _has_come(decision, page.where["date"])
        loaded = schema.load(least)
        assert isinstance(loaded, dict)
        act.decide(decision, *page.of, **loaded)
    except NotAllowed:
        return "no"
    except NotRecorded:
        return "yes" if act.on == MEETING else "no"  # a meeting's form asks what is reviewed
    except Refused as error:
        return "yes" if mendable and field_of(error.rule, schema.fields) else "no"
    except (ma.ValidationError, Unfit):
        return "yes"
    return "asked" if ticks(decision, ()) else "yes"


def _has_come(decision: Decision, day: str) -> None:
    """Raise NotAllowed for a meeting whose day has not come: its form doesn't ask for the day."""
    try:
        decision.not_in_the_future(day)
    except Refused as error:
        raise NotAllowed(error.sentence) from None


def _least(schema: ma.Schema, where: Where, account: Account, today: str) -> dict[str, Any]:
    """Return the least that a request can say: its required fields, and a source."""
    said: dict[str, Any] = {
        name: _any(name, one, where, account, today)
        for name, one in schema.fields.items()
        if one.required
    }
    return said | ({"source": {"note": "…"}} if "source" in schema.fields else {})


def _any(
    name: str, one: ma.fields.Field[Any], where: Where, account: Account, today: str
) -> object:
    """Return a value that a field takes; of a recommendation or a body, the one of the page."""
    body = where.get("body") or account.body or where.get("panel", "")
    match one:
        case TextField():
            return "…"
        case Day():
            return today
        case BodyId():
            return body
        case EntryId():
            return _UNUSED
        case Url():
            return "https://example.org/"
        case YesOrNo():
            return True
        case ma.fields.Integer():
            return 1
        case ma.fields.Nested():
            return _least(one.schema, where, account, today)
        case ma.fields.List() if isinstance(one.inner, BodyId):
            return [body]
        case ma.fields.List():
            return []
        case _:
            listed = [rule for rule in one.validators if isinstance(rule, ma.validate.OneOf)]
            return next(iter(listed[0].choices)) if listed else where.get(name, "1")
