"""The page of changes between two moments, or since a meeting."""

from collections.abc import Sequence
from datetime import timedelta

from flask import Response

from api.reading import addresses, change_sentences, filter_form, words
from api.reading.filter_form import Field, Form, body_choice, by_links
from api.reading.page import Shape, blueprint, page, to
from api.requests import questions
from api.requests.questions import compared, present
from ledger.errors import Unfit
from ledger.events.streams import RecommendationId
from projections.answers.changes import Changed, ChangesPage, SinceMeeting
from projections.answers.meeting import MeetingListed
from projections.answers.recommendation import RecommendationState
from projections.language import say
from projections.questions import changes as what_changed
from projections.questions import lists, meetings, pack
from projections.questions.question import Question

FOUR_WEEKS = timedelta(days=28)
ON_A_PAGE = 45
"""At most so many changes are on a page."""


@blueprint.get("/changes")
def changes() -> Response:
    """Show the changes between two moments, or since a meeting; by default, of the last four
    weeks."""
    now = present()
    if questions.asked("from") is None and questions.asked("since_meeting") is None:
        _, moments = compared(since="1")
        since = (moments.second.effective_on - FOUR_WEEKS).isoformat()
        return to(addresses.here({"from": since}))
    try:
        about = questions.with_ids({name: questions.asked(name) for name in ("body", "report")})
        at, moments = compared()
        found = what_changed.changes(
            at,
            moments,
            **about,
            after=questions.asked("after"),
            limit=ON_A_PAGE,
        )
    except Unfit as error:
        wrong = _form(now).refused(error)
        return page("changes.html", now.as_of, 422, form=wrong, found=None)
    return page(
        "changes.html",
        found.as_of,
        form=_form(at, found.since_meeting),
        found=found,
        **_shown(at, found),
    )


def _form(at: Question, since: SinceMeeting | None = None) -> Form:
    called = {}
    if since is not None:
        panel, date = since.panel, since.date
        called = {f"{panel}/{date}": f"{words.names(at).get(panel)}, {words.day(date)}"}
    moments = say("A day that is over (its end counts), a moment, or a position in the log.")
    until = say("The same; leave it empty for now.")
    return filter_form.form(
        [
            Field("from", say("From"), hint=moments, kind="moment"),
            Field("to", say("To"), hint=until, kind="moment"),
            body_choice(at, every=True),
            *by_links(at, report=say("Report")),
            Field("since_meeting", say("Since the meeting"), by_link=True, called=called),
        ]
    )


def recommendations_of(at: Question, changed: Sequence[Changed]) -> dict[str, RecommendationState]:
    """Return the recommendations that changed, as they are now, by their pages."""
    named = {
        RecommendationId(str(one.about.report), str(one.about.key), str(one.about.addressee))
        for one in changed
        if one.about.type == "recommendation"
    }
    found = meetings.recommendations_now(at, named)
    return {one.links.page: one for one in found.values()}


def _shown(at: Question, found: ChangesPage) -> Shape:
    """Return what the page needs beside the changes."""
    body, report = questions.asked("body"), questions.asked("report")
    names = words.names(at)
    registered = at.register.bodies.get(body or "")
    panel = registered.panel if registered else None
    held: list[MeetingListed] = []
    if panel or body is None:
        held = meetings.meetings(at, panel=panel, limit=12).items
    return {
        "changed": change_sentences,
        "recommendations": recommendations_of(at, found.items),
        "next_meeting": pack.last_and_next(at, body)[1] if body else None,
        "sections": change_sentences.sections(found.items),
        "reports": change_sentences.by_report(found.items),
        "concerned": names.get(body, body) if body else None,
        "titled": lists.titles(at, [report]).get(report, report) if report else None,
        "filters_kept": {
            name: value for name, value in (("body", body), ("report", report)) if value
        },
        "names": names,
        "one_panel": panel is not None,
        "meetings": [one for one in held if one.date < found.to.effective_on][:6],
        "next_page": addresses.pinned(found.as_of, after=found.next) if found.next else None,
        "first_page": addresses.here_without("after"),
    }
