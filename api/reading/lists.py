"""The pages of lists: reports, recommendations, responses, meetings, and a search by words."""

from collections.abc import Callable, Mapping
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
from projections.as_of import AsOf
from projections.questions import lists
from projections.questions import meetings as meetings_of_panels
from projections.questions import search as by_words
from projections.questions import themes as themes_of_recommendations
from projections.questions.paging import COUNTED

_WORDS = "All of them are looked for. “In this order”, either or other, -not."


@blueprint.get("/reports")
def reports() -> Response:
    """Show reports, newest first."""
    at = question()
    form = filter_form.form(
        [body_choice(at), kind_of_report("Kind"), *about_reports(at)],
        main=Field("q", "A word of the title", hint=_WORDS),
    )
    return listed("reports.html", form, AskedReports, lists.reports)


@blueprint.get("/recommendations")
def recommendations() -> Response:
    """Show recommendations by report and number."""
    at = question()
    form = filter_form.form(
        [
            body_choice(at),
            choice("status", "Standing", _called(words.STATUSES)),
            choice("completion", "Called complete", words.COMPLETIONS),
            choice("target", "Target", words.TARGETS),
            choice("assurances", "Questions", words.QUESTIONS),
            choice("kind", "Kind", {one: words.word(one) for one in get_args(Kind)}),
            *about_reports(at),
            *by_links(
                at,
                counted_with="Counted with",
                addressee="Addressed to",
                report="Report",
                report_kind="Kind of report",
                theme="Theme",
            ),
        ],
        main=Field("q", "A word of it, or of what was said about it", hint=_WORDS),
    )
    everything = not form.chosen and not form.main_value and "after" not in request.args
    themes = themes_of_recommendations.themes(at) if everything else None
    return listed(
        "recommendations.html", form, AskedRecommendations, lists.recommendations, themes=themes
    )


@blueprint.get("/responses")
def responses() -> Response:
    """Show responses owed, by report and body."""
    at = question()
    form = filter_form.form(
        [
            body_choice(at),
            choice("verdict", "Verdict", _called(words.VERDICTS)),
            choice("basis", "Dates rest on", words.BASES),
            kind_of_report("Kind of report"),
            *about_reports(at),
            *by_links(at, counted_with="Counted with", responder="Owed by", report="Report"),
        ]
    )
    return listed("responses.html", form, AskedResponses, lists.responses)


@blueprint.get("/meetings")
def meetings() -> Response:
    """Show the meetings of panels: those to come, and the earlier ones, the latest first."""
    at = question()
    panels = {
        one.id: one.name
        for one in sorted(at.register.bodies.values(), key=lambda one: one.name)
        if one.kind == "panel"
    }
    form = filter_form.form([choice("panel", "Panel", panels)])
    return listed(
        "meetings.html",
        form,
        AskedMeetings,
        lambda at, counted, **asked: meetings_of_panels.meetings(at, **asked),
    )


@blueprint.get("/search")
def search() -> Response:
    """Show bodies, reports and recommendations that have some words."""
    form = filter_form.form([], main=Field("q", "What to look for", hint=_SEARCHED))
    if form.main is None or not form.main.value:
        question()  # checks its dates, which are kept for the search
        return rendered("search.html", form=form, found=None)

    return listed("search.html", form, AskedSearch, by_words.search)


_SEARCHED = "An area, such as Cumbria; a word of a report’s title, or of a recommendation."


class Listed(Protocol):
    """The contents of a list's page."""

    @property
    def as_of(self) -> AsOf:
        """The two dates that it holds for."""


def listed(
    template: str, form: Form, schema: type[ma.Schema], ask: Callable[..., Listed], **more: Any
) -> Response:
    """Return the page of a list, or its form with each fault at its field."""
    at = question()
    try:
        found = ask(at, counted=True, **filter_form.read(schema))
    except Unfit as error:
        wrong = form.refused(error)
        return page(template, at.as_of, 422, form=wrong, found=None, **more)
    cursor = getattr(found, "next", None)
    return page(
        template,
        found.as_of,
        form=form,
        found=found,
        counted=COUNTED,
        next_page=addresses.here({"after": str(cursor)}) if cursor else None,
        first_page=addresses.here_without("after"),
        **more,
    )


def _called(said: Mapping[str, tuple[str, str]]) -> dict[str, str]:
    return {value: label for value, (label, _) in said.items()}
