"""The page of one entry."""

import hashlib
from dataclasses import dataclass

from flask import Response

from api.reading import addresses, words
from api.reading.page import blueprint, page
from api.reading.template_context import sealed_size
from api.reading.trail import trail_context
from api.requests import current
from api.requests.questions import question
from ledger.events.entry import line
from projections.questions import report as report_question
from projections.questions import trail as trail_question
from projections.questions.question import Question


@blueprint.get("/entries/<entry_id>")
def entry(entry_id: str) -> Response:
    """Show one entry: its fields, who recorded it, when and from what, what it changed, and how to
    check it."""
    at = question()
    found = trail_question.entry(at, entry_id)
    shown = trail_context(trail_question.trail(at, found.stream), words.names(at))
    beside = trail_question.recorded_with(at, found.position)
    first, last = beside[0].position, beside[-1].position
    canonical = None
    if found.position <= sealed_size():
        stored = current.ledger().stored(entry_id)
        canonical = line(stored.state, stored.id, stored.recorded_at)
    return page(
        "entry.html",
        at.as_of,
        entry=found,
        step=shown.step(found.id),
        subject=_subject(at, found.stream),
        with_it=[one for one in beside if one.id != found.id],
        difference={"from": first - 1, "to": last} if first > 1 else None,
        line=canonical.decode().rstrip("\n") if canonical else None,
        sha256=hashlib.sha256(canonical).hexdigest() if canonical else None,
        **shown.values,
    )


@dataclass(frozen=True, slots=True)
class Subject:
    """The subject of a stream, with the links that lead to it."""

    way: list[tuple[str, str | None]]
    """The way to it: bodies, reports and recommendations by name, each with its page's address,
    the nearest last."""
    called: str
    """Its name in a sentence."""


def _subject(at: Question, stream: str) -> Subject:
    """Return the links to a stream's subject (bodies, reports, recommendations), the nearest last,
    and the subject's name in a sentence."""
    kind, *parts = stream.split("/")
    names = words.names(at)
    way: list[tuple[str, str | None]] = []
    called = ""
    if kind in ("recommendation", "response"):
        body = parts[-1]
        way.append((names.get(body, body), addresses.link("body", body=body)))
    if kind in ("report", "recommendation", "response"):
        title = report_question.title(at, parts[0]) or parts[0]
        way.append((title, addresses.link("report", report=parts[0])))
        called = f"the report “{title}”"
    match kind, parts:
        case "recommendation", [report, number, body]:
            to = addresses.link("recommendation", report=report, number=number, body=body)
            way.append((f"Recommendation {number}", to))
            called = f"recommendation {number}"
        case "response", [report, body]:
            way.append(("Response", addresses.link("response", report=report, body=body)))
            called = "the response"
        case "meeting", [panel, date]:
            way.append((names.get(panel, panel), addresses.link("body", body=panel)))
            to = addresses.link("meeting", panel=panel, date=date)
            way.append((f"Meeting of {words.day(date)}", to))
            called = f"the meeting of {words.day(date)}"
        case _:
            pass
    return Subject(way, called)
