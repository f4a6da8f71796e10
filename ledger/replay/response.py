"""The answer about a response duty: its verdict with the basis, and the recommendations that the
response explains, by the last day and on the day asked."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from ledger.replay.log import RESPONSE, Log, LogEntry, of_duty
from ledger.replay.recommendation import key, passages
from ledger.replay.verdict import (
    Owed,
    basis,
    counts_from_the_report,
    day_shown,
    improved_later,
    original_due_on,
    owed,
    trigger_on,
    weaker,
)
from ledger.replay.world import (
    Act,
    Register,
    World,
    concerned_by,
    first_of,
    gone_since,
    kept,
    office,
)

CAUSES = ("cause_of_concern", "accelerated_cause_of_concern")
DONE_WITH = ("in_time", "disapplied", "no_period")
"""The verdicts that leave nothing to put right."""
PARTS = ("comments", "chief_officer_comments", "reply")


def response(world: World, stream: str, name: str) -> dict[str, Any] | None:
    """Return the fields of an answer about one duty that the log decides; None if it did not exist
    then."""
    _, reference, body = stream.split("/")
    duty = of_duty(stream, name)
    concerned = concerned_by(world.log, world.known_at, stream)
    gone = gone_since(world, body, concerned)
    found = owed(world.log, duty, world.known_at, world.on, gone)
    if found is None:
        return None
    judged = found.on(world.on)
    trigger = "stated"
    if counts_from_the_report(world.log, found.arose):
        trigger = trigger_basis(world.log, world.register, found.report.act, found.report.takeovers)
    shown = basis(found.duty, found.published, found.chief_officer, world.on)
    assigned_on = first_of(world.on, [found.duty.due_on], [found.answered_on(world.on)])
    rule, first = found.arose.data["rule"], original_due_on(world.log, found.arose)
    adopted = world.log.rules[rule["id"], rule["version"]]
    return {
        "report": reference,
        "body": body,
        "body_name": world.bodies[body]["name"],
        "name": name,
        "rule": {
            "id": rule["id"],
            "version": rule["version"],
            "citation": adopted["citation"],
            "read": adopted.get("read") is not False,
        },
        "office": office(world, body, concerned, assigned_on, done=judged.verdict in DONE_WITH),
        "office_ended_on": gone.isoformat() if gone else None,
        "trigger_on": trigger_on(world.log, found.arose, found.report.act.occurred_on),
        "due_on": found.duty.due_on.isoformat() if found.duty.due_on else None,
        "original_due_on": first.isoformat() if first else None,
        "published_on": day_shown(found.published, world.on),
        "verdict": judged.verdict,
        "days": judged.days,
        "at_least": judged.at_least,
        "basis": weaker(trigger, shown),
        "bases": {"trigger": trigger, "published": shown},
        "coverage": coverage(world, duty, found, judged.verdict),
        "parts": _parts(world, duty),
        "comments_received_not_published": _not_published(world, duty),
        "improved_later": improved_later(world, duty),
    }


def is_publishers_own(
    log: Log, register: Register, report: Act, capture: str | None, cited_at: int
) -> bool:
    """Return whether a capture is the word of a publisher of a report (docs/captures.md).

    It is a public capture, fetched over https from a host that the register named for a publisher,
    or sent by a publisher's account. `cited_at` is the position of the entry that cites it: the
    register counts as it stood then.
    """
    line = kept(log, capture)
    publishers = report.data.get("publishers") or [report.data["publisher"]]
    if line is None or line.data.get("audience", "public") != "public":
        return False
    if line.data.get("how") != "fetched":
        return bool(register.accounts.get(line.event["recorded_by"]) in publishers)
    hosts = (register.websites(one, cited_at) for one in publishers)
    if not any(line.data.get("host") in named for named in hosts):
        return False
    return str(line.data.get("url")).startswith("https://")


def trigger_basis(log: Log, register: Register, report: Act, takeovers: list[Act]) -> str:
    """Return `publisher` if the entry that states the report's day cites the publisher's own page,
    else `stated`.

    The report states the day, or the last correction of it, or the publisher when it took the
    report over as it then stood.
    """
    day: LogEntry | None = report.corrected.get("occurred_on")
    source = report.corrected.get("source.capture")
    citations: list[tuple[str | None, int]] = []
    if day is None:
        citations.append((report.source.get("capture"), (source or report.line).position))
    else:
        citations.append(((day.event.get("source") or {}).get("capture"), day.position))
        if source is not None and source.position > day.position:
            citations.append((report.source.get("capture"), source.position))
    citations += [
        (act.source.get("capture"), act.position)
        for act in takeovers
        if day is None or act.position > day.position
    ]
    for capture, cited_at in citations:
        if is_publishers_own(log, register, report, capture, cited_at):
            return "publisher"
    return "stated"


def _parts(world: World, stream: str) -> list[str]:
    """Return the parts that are published by the day, those of revisions too."""
    there = world.published_by_then(stream)
    found: set[str] = set()
    for act in world.happened(stream):
        if act.type == "response-published":
            found.update(act.data.get("parts", ("comments",)))
        elif act.data.get("field") == "chief_officer_comments" and act.data["statement"] in there:
            found.add("chief_officer_comments")  # a revision comes after what it revises
    return [part for part in PARTS if part in found]


def _not_published(world: World, stream: str) -> bool:
    """Return whether the chief officer's comments were received and are not published."""
    received = any(act.type == "chief-officer-comments-received" for act in world.happened(stream))
    perhaps = [  # and those of what may have been published already
        act.data.get("parts", ("comments",))
        for act in (*world.happened(stream), *(act for _, act in world.movable(stream)))
        if act.type == "response-published"
    ]
    parts = {*_parts(world, stream)}.union(*perhaps)
    return received and all(perhaps) and "chief_officer_comments" not in parts


@dataclass(slots=True)
class Listed:
    """One number of the report's list, whoever of the body and its force it is addressed to."""

    kind: str
    parent: str | None
    now: set[str] = field(default_factory=set)
    by_due: set[str] = field(default_factory=set)
    """How the response explains it: `named`, `general`; `not_known`: one without its text may."""


def coverage(world: World, duty: str, found: Owed, verdict: str) -> dict[str, Any]:
    """Return the coverage of a duty: recommendations alone count, causes of concern stand beside.

    A duty beside the response explains them only if its rule requires each. Where nobody looked
    for a response, nothing is known of what it explains.
    """
    rule = found.arose.data["rule"]
    of_each = world.log.rules[rule["id"], rule["version"]].get("per_recommendation")
    explains = of_each or duty.rpartition("/")[2] == RESPONSE
    listed = _listed(world, duty, found.duty.due_on) if explains else {}
    if verdict == "not_looked_for":
        for one in listed.values():
            one.now = {"not_known"}
    counted = [one for one in listed.values() if one.kind == "recommendation"]
    causes = {number: one for number, one in listed.items() if one.kind in CAUSES}
    alone = [
        one
        for number, one in causes.items()
        if not any(each.parent and key(each.parent) == number for each in counted)
    ]
    unknown = verdict in ("not_shown", "not_looked_for")
    with_day = found.duty.due_on is not None and not unknown
    return {
        "listed_by": found.report.act.data.get("listed_by", "report"),
        "addressed": len(counted),
        "explained_by_due": _explained(one.by_due for one in counted) if with_day else None,
        "explained_now": _explained(one.now for one in counted),
        "general": None
        if any("not_known" in one.now and "named" not in one.now for one in counted)
        else sum(one.now == {"general"} for one in counted),
        "not_known": sum(one.now == {"not_known"} for one in counted),
        "causes_of_concern": {
            "addressed": len(causes),
            "without_recommendations": len(alone),
            "explained_now": _explained(one.now for one in alone),
        },
    }


def _explained(several: Iterable[set[str]]) -> int | None:
    """Count how many are explained; None if that is not known of one."""
    hows = list(several)
    return None if {"not_known"} in hows else sum(bool(one) for one in hows)


def recommendations(world: World, response: str) -> list[str]:
    """List the streams of the report's recommendations that a response has to explain, by its
    stream, or by the place where the lines of one of its duties are filed."""
    _, reference, body, *_ = response.split("/")
    lines = world.log.streams[f"response/{reference}/{body}"]
    asked = world.register.asked(body, next(x for x in lines if x.type == "response-duty-arose"))
    found = world.streams("recommendation", reference)
    world.log.look(len(found))
    return [stream for stream in found if stream.rpartition("/")[2] in asked]


def _listed(world: World, response: str, due_on: date | None) -> dict[str, Listed]:
    statements = world.published(response)  # from which day a passage counts, its own entry says
    by_due = world.at(min(due_on, world.on)) if due_on else None
    found: dict[str, Listed] = {}
    for stream in recommendations(world, response):
        number = stream.split("/")[2]
        acts = world.happened(stream)
        raised = next((act for act in acts if act.type == "recommendation-raised"), None)
        if raised is None:
            continue
        one = found.setdefault(
            number, Listed(raised.data.get("kind", "recommendation"), raised.data.get("parent"))
        )
        one.now |= _hows(world, response, stream, statements)
        if by_due:
            one.by_due |= _hows(by_due, response, stream, statements)
    return found


def _hows(world: World, response: str, stream: str, statements: set[str]) -> set[str]:
    said = passages(world, stream)
    found = {
        one.how for one in said if one.statement in statements and one.how in ("named", "general")
    }
    of = {one.statement for one in said}
    return found | ({"not_known"} if _without_text(world, response) - of else set())


def _without_text(world: World, response: str) -> set[str]:
    """List the statements of the body's own comments, published by the day, whose text was not
    recorded with them."""
    return {
        act.data["statement"]
        for act in world.happened(response)
        if act.type == "response-published"
        if act.line.data.get("text") is None
        if "comments" in (act.data.get("parts", ("comments",)) or ("comments",))
    }
