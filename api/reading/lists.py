"""The pages of lists: reports, recommendations, responses, meetings, and a search by words."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Protocol, get_args

import marshmallow as ma
from flask import Response, request

from api.reading import addresses, filter_form, words
from api.reading.filter_form import (
    Field,
    Form,
    about_reports,
    body_choice,
    by_links,
    choice,
    kind_of_report,
)
from api.reading.page import blueprint, page, rendered
from api.requests import questions
from api.requests.questions import question
from api.schemas.reads import (
    AskedMeetings,
    AskedRecommendations,
    AskedReports,
    AskedResponses,
    AskedSearch,
)
from ledger.errors import Unfit
from ledger.events.recommendation import Kind
from projections.answers.meeting import MeetingNamed
from projections.as_of import AsOf
from projections.language import Table, say
from projections.questions import lists, pack
from projections.questions import meetings as meetings_of_panels
from projections.questions import search as by_words
from projections.questions import themes as themes_of_recommendations
from projections.questions.paging import COUNTED, DEFAULT_LIMIT
from projections.questions.question import Question


@blueprint.get("/reports")
def reports() -> Response:
    """Show reports, newest first."""
    at = question()
    form = filter_form.form(
        [body_choice(at), kind_of_report(say("Kind")), *about_reports(at)],
        main=Field("q", say("A word of the title"), hint=_words()),
    )
    return listed("reports.html", form, AskedReports, lists.reports, sorts=_BY_DAY)


@blueprint.get("/recommendations")
def recommendations() -> Response:
    """Show recommendations by report and number, those that are open first."""
    at = question()
    form = filter_form.form(
        [
            body_choice(at),
            choice("status", say("Standing"), _called(words.STATUSES)),
            choice("finished", say("Finished"), words.FINISHED),
            choice("completion", say("Called complete"), words.COMPLETIONS),
            choice("target", say("Target"), words.TARGETS),
            choice("assurances", say("Questions"), words.QUESTIONS),
            choice("kind", say("Kind"), {one: words.word(one) for one in get_args(Kind)}),
            *about_reports(at),
            *by_links(
                at,
                counted_with=say("Counted with"),
                addressee=say("Addressed to"),
                report=say("Report"),
                report_kind=say("Kind of report"),
                theme=say("Theme"),
            ),
        ],
        main=Field("q", say("A word of it, or of what was said about it"), hint=_words()),
    )
    everything = not form.chosen and not form.main_value and "after" not in request.args
    themes = themes_of_recommendations.themes(at) if everything else None
    return listed(
        "recommendations.html",
        form,
        AskedRecommendations,
        lists.recommendations,
        sorts=_open_first("status", "finished", "completion"),
        themes=themes,
    )


@blueprint.get("/responses")
def responses() -> Response:
    """Show responses owed, by report and body, those that are awaited first."""
    at = question()
    form = filter_form.form(
        [
            body_choice(at),
            choice("verdict", say("Verdict"), _called(words.VERDICTS)),
            choice("finished", say("Awaited"), words.AWAITED),
            choice("basis", say("Dates rest on"), words.BASES),
            kind_of_report(say("Kind of report")),
            *about_reports(at),
            *by_links(
                at, counted_with=say("Counted with"), responder=say("Owed by"), report=say("Report")
            ),
        ],
        main=Field("q", say("A word of its text, in English or Welsh"), hint=_words()),
    )
    sorts = _open_first("verdict", "finished", "q")
    return listed("responses.html", form, AskedResponses, lists.responses, sorts=sorts)


@blueprint.get("/meetings")
def meetings() -> Response:
    """Show the meetings of panels: those to come, and the earlier ones, the latest first."""
    at = question()
    panels = {
        one.id: one.name
        for one in sorted(at.register.bodies.values(), key=lambda one: one.name)
        if one.kind == "panel"
    }
    form = filter_form.form([choice("panel", say("Panel"), panels)])
    return listed(
        "meetings.html",
        form,
        AskedMeetings,
        lambda at, counted, **asked: meetings_of_panels.meetings(at, **asked),
        sorts=_MEETINGS_BY_DAY,
    )


@blueprint.get("/search")
def search() -> Response:
    """Show bodies, reports, recommendations and responses that have some words."""
    searched = say(
        "An area, such as Cumbria; a word of a report’s title, or of a recommendation or response."
    )
    form = filter_form.form([], main=Field("q", say("What to look for"), hint=searched))
    if form.main is None or not form.main.value:
        question()  # checks its dates, which are kept for the search
        return rendered("search.html", form=form, found=None)

    return listed("search.html", form, AskedSearch, by_words.search)


def _words() -> str:
    """Return how several words are looked for."""
    return say(
        "All these words are looked for. To look for words in this order, put quotation marks "
        "round them. To look for either of two words, write “or” between them. To leave out what "
        "has a word, write - before it."
    )


Sorts = Mapping[str, str]
"""The orders of a list, each with its words; it begins with the usual one."""
_BY_DAY = Table({"newest": "newest first", "oldest": "oldest first"})
_MEETINGS_BY_DAY = Table({"newest": "latest first", "oldest": "earliest first"})
_OF_RECORDS = Table(
    {
        "report": "by report",
        "newest": "newest report first",
        "oldest": "oldest report first",
        "body": "by area",
    }
)


def _open_first(*filters: str) -> Sorts:
    """Return the orders of a list that begins with what is open, unless one of these filters keeps
    what is open or finished alone."""
    if any(questions.asked(name) for name in filters):
        return _OF_RECORDS
    return {"open": say("open first"), **_OF_RECORDS}


class Listed(Protocol):
    """The contents of a list's page."""

    @property
    def as_of(self) -> AsOf:
        """The two dates that it holds for."""


def listed(
    template: str,
    form: Form,
    schema: type[ma.Schema],
    ask: Callable[..., Listed],
    *,
    sorts: Sorts = MappingProxyType({}),
    **more: Any,
) -> Response:
    """Return the page of a list, or its form with each fault at its field."""
    at = question()
    try:
        asked = filter_form.read(schema)
        if sorts:
            asked.setdefault("sort", next(iter(sorts)))
        found = ask(at, counted=True, **asked)
    except Unfit as error:
        wrong = form.refused(error)
        return page(template, at.as_of, 422, form=wrong, found=None, **more)
    cursor, items = getattr(found, "next", None), getattr(found, "items", ())
    return page(
        template,
        found.as_of,
        form=form,
        found=found,
        counted=COUNTED,
        ends_early=cursor is not None and len(items) < asked.get("limit", DEFAULT_LIMIT),
        sorts=sorts,
        next_meeting=_next_meeting(at, form),
        next_page=addresses.here({"after": str(cursor)}) if cursor else None,
        first_page=addresses.here_without("after"),
        **more,
    )


def _next_meeting(at: Question, form: Form) -> MeetingNamed | None:
    """Return the next meeting of the panel of the area that a list is kept to, if it is."""
    of = (one.value for one in form.chosen if one.name in _OF_AN_AREA)
    return next((pack.last_and_next(at, body)[1] for body in of), None)


_OF_AN_AREA = ("body", "counted_with", "addressee", "responder", "panel")


def _called(said: Mapping[str, tuple[str, str]]) -> dict[str, str]:
    return {value: label for value, (label, _) in said.items()}
