"""The pages of bodies: the list of all, a body before its panel meets, and the papers for a
meeting."""

from flask import Response
from msgspec.structs import asdict

from api.reading import addresses, change_sentences, words
from api.reading.changes import recommendations_of
from api.reading.compliance import table_of_years
from api.reading.page import blueprint, page, to
from api.reading.pictures.years import draw_years
from api.requests import questions
from api.requests.questions import question
from ledger import clock
from ledger.dates import london_date
from ledger.events.texts import Language
from ledger.register import body_named
from projections.answers.changes import Changed
from projections.answers.meeting import MeetingListed
from projections.answers.register import in_office
from projections.answers.report import ReportListed
from projections.questions import changes as what_changed
from projections.questions import lists, meetings, pack, register

FIRST = 10
"""The page of a body shows so many reports and meetings, and links to the rest."""
FIRST_LINES = 3
"""The page shows so many responses of a verdict, and recommendations of a kind. With these the page
of a busy body is at most twelve screens long on a phone of 375 by 667 pixels."""
ON_PAPER = 100
"""A pack has at most so many changes."""


@blueprint.get("/bodies")
def find_body() -> Response:
    """Redirect to the page of the chosen body, at the same two dates. Without one, show all
    bodies."""
    at = question()
    if chosen := questions.asked("body"):
        named = body_named(chosen, at.register_in("en").bodies)
        return to(addresses.link("body", body=named or chosen))
    return page("bodies.html", at.as_of, bodies=words.by_kind(in_office(at.register)))


@blueprint.get("/bodies/<body>")
def body(body: str) -> Response:
    """Show a body before its panel meets: the matters that need attention, in sentences, then the
    lists."""
    at = question()
    other: Language = "en" if at.lang == "cy" else "cy"
    found = pack.body(at, body, most=FIRST_LINES + 1)
    published: list[ReportListed] = []
    held: list[MeetingListed] = []
    more = False
    if found.published:
        published = lists.reports(at, publisher=body, limit=FIRST).items
    if found.kind == "panel":
        listed = meetings.meetings(at, panel=body, limit=FIRST)
        held, more = listed.items, listed.next is not None
    concerned = found.reports > 0
    counts = found.counts
    offices = register.offices_of(at, body)
    wanted = (counts.attention, counts.passed, counts.claimed, counts.refused, counts.reopened)
    return page(
        "body.html",
        found.as_of,
        body=found,
        other_name=at.register_in(other).name(body),
        other_language=other,
        names=words.names(at),
        offices=offices,
        panels=sorted({named for one in offices if (named := at.register.bodies[one.id].panel)}),
        forces=register.forces_of(at, body),
        published=published,
        meetings=held,
        more_meetings=more,
        concerned=concerned,
        first=FIRST_LINES,
        years=draw_years(found.by_year),
        table_of_years=table_of_years(found.by_year, {"counted_with": body}),
        calm=not any((*wanted, counts.unanswered)),
        nothing=not concerned and not published and not held,
    )


@blueprint.get("/bodies/<body>/pack")
def meeting_pack(body: str) -> Response:
    """Show the changes since the last meeting, then each matter that needs attention, with its
    texts, all from one position and day."""
    at = question()
    found = pack.body(at, body)
    changed: list[Changed] = []
    more = False
    if since := found.last_meeting:
        moments = pack.since_then(at, since)
        listed = what_changed.changes(at, moments, body=body, limit=ON_PAPER)
        changed, more = listed.items, listed.next is not None
    by_report = change_sentences.by_report(changed)
    paper = pack.paper(found, london_date(clock.now()))
    return page(
        "pack.html",
        found.as_of,
        body=found,
        names=words.names(at),
        panel=pack.panel_of(found),
        paper={name: said for name, said in asdict(paper.act).items() if said is not None},
        changed=change_sentences,
        recommendations=recommendations_of(at, changed),
        reports=by_report,
        changes=sum(one.many for one in by_report),
        more_changes=more,
    )
