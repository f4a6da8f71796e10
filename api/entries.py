"""The log, as JSON: every entry in order, each as it is shown and as it is stored."""

from dataclasses import replace
from typing import Any

from flask import Response

from api import current
from api.acts import add_routes
from api.cloudevents import cloudevent
from api.requests import Blueprint, answered
from api.schemas.answers import Answer, Asked, AskedEntries, EntriesPage
from ledger import vocabulary
from ledger.application import How
from ledger.entry import Entry, line
from ledger.reading import Recorded
from ledger.sealed import NotSealedYet
from ledger.service import Account
from ledger.streams import report_of
from ledger.vocabulary import ACTS, Act
from projections.lateness import is_backfill, recorded_late
from projections.moment import At, NotThereYet

blueprint = Blueprint("entries", __name__, description="The log, entry by entry.")

_READ_AT_ONCE = 1000


@blueprint.get("/api/entries")
@blueprint.arguments(AskedEntries, location="query")
@blueprint.response(200, EntriesPage)
def entries(asked: dict[str, Any]) -> Response:
    """Entries in the order of the log, as CloudEvents 1.0: those that are sealed."""
    when = _sealed(current.when(), asked)
    found, reached, more, backfill = _matching(asked, when.position)
    origin = current.settings().origin
    left_out = {"backfill_left_out": backfill} if "late_by" in asked else {}
    return answered(
        {
            "items": [cloudevent(entry, origin) for entry in found],
            "next": reached if more else None,
            **left_out,
            "as_of": when.as_of,
        }
    )


@blueprint.get("/api/entries/<entry_id>")
@blueprint.arguments(Asked, location="query")
@blueprint.response(200, Answer)
def entry(asked: dict[str, Any], entry_id: str) -> Response:
    """One entry, its texts opened as far as the reader may read them."""
    found = current.register().entry(current.when(), entry_id)
    return answered({**found, "sealed": found["position"] <= current.sealed().size()})


@blueprint.get("/api/entries/<entry_id>/raw")
@blueprint.response(200, content_type="application/json")
def raw(entry_id: str) -> Response:
    """The canonical line of an entry, byte for byte as it is hashed, once it is sealed."""
    stored = current.ledger().stored(entry_id)
    if 0 < current.sealed().size() < stored.id and not current.is_sealed(stored.id):
        raise NotSealedYet(f"Entry {stored.id} is recorded, and not sealed yet: ask again.")
    canonical = line(stored.state, stored.id, stored.recorded_at)
    answer = Response(canonical, mimetype="application/json")
    answer.headers["Cache-Control"] = "no-cache"
    return answer


@blueprint.get("/api/entries/<entry_id>/receipt")
@blueprint.response(200, content_type="text/plain")
def receipt(entry_id: str) -> Response:
    """The proof that an entry is in the log: a c2sp.org/tlog-proof text."""
    text = current.sealed().receipt(current.ledger().stored(entry_id).id)
    answer = Response(text, content_type="text/plain; charset=utf-8")
    answer.headers["Cache-Control"] = "no-cache"
    return answer


def _sealed(when: At, asked: dict[str, Any]) -> At:
    """The same question about what is sealed, which alone leaves this way.

    A question about a position or moment waits for its seal. Where no sealer ever signed, the
    horizon is the log's end.
    """
    horizon = current.sealed().size()
    if horizon == 0 or when.position <= horizon:
        return when
    least = when.position if when.known_at is not None else asked.get("min_position", 0)
    if least > horizon:
        if not current.is_sealed(least):
            raise NotThereYet(f"The log is sealed up to {horizon}, not yet to {least}. Try again.")
        horizon = current.sealed().size()
    return replace(when, position=min(when.position, horizon))


def _matching(asked: dict[str, Any], upto: int) -> tuple[list[Entry], int, bool, int]:
    """(entries up to a position that fit, the position reached, whether more may follow, how many
    that were recorded late were left out as backfill)."""
    found: list[Entry] = []
    backfill = 0
    position: int = asked["after"]
    topics = [asked["type"]] if "type" in asked else []
    picky = any(name in asked for name in ("body", "report", "late_by"))
    at_once = _READ_AT_ONCE if picky else asked["limit"] + 1
    while True:
        batch = current.ledger().read(position, at_once, topics)
        for one in batch:
            if one.position > upto:
                return found, position, False, backfill
            if len(found) == asked["limit"]:
                return found, position, True, backfill
            position = one.position
            if not _fits(one, asked):
                continue
            if "late_by" in asked and is_backfill(one):
                backfill += 1
            else:
                found.append(one)
        if len(batch) < at_once:
            return found, position, False, backfill


def _fits(one: Entry, asked: dict[str, Any]) -> bool:
    if "late_by" in asked and not recorded_late(one, asked["late_by"]):
        return False
    if "report" in asked and report_of(one.stream) != asked["report"]:
        return False
    if "body" not in asked:
        return True
    body = asked["body"]
    return body in (one.by, one.recorded_by.partition("/")[0]) or one.stream.endswith(f"/{body}")


def _record(
    account: Account, act: Act, sent: dict[str, Any], where: dict[str, str], how: How
) -> Recorded:
    ledger = current.ledger()
    said = sent["said"]
    if act.word == "disputes":
        return ledger.dispute_entry(
            account, where["entry_id"], sent["told"], text=said["text"], how=how
        )
    if act.word == "release":
        return ledger.release_text(
            account, where["entry_id"], sent["told"], field=said["field"], how=how
        )
    if act.word == "redaction":
        return ledger.seek_redaction(
            account,
            where["entry_id"],
            sent["told"],
            field=said["field"],
            basis=said["basis"],
            how=how,
        )
    if act.word == "redaction-confirmation":
        return ledger.confirm_redaction(account, where["entry_id"], sent["told"], how=how)
    if act.word == "corrections":
        return ledger.correct_entry(
            account,
            where["entry_id"],
            sent["told"],
            field=said["field"],
            now=said["now"],
            reason=said["reason"],
            how=how,
        )
    return ledger.retract_entry(
        account, where["entry_id"], sent["told"], reason=said["reason"], how=how
    )


add_routes(blueprint, [act for act in ACTS if act.path.startswith(vocabulary.ENTRY)], _record)
