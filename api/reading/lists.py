"""The pages of lists: what there is of a kind, kept by filters, in pages; what was entered late, an
auditor's first question; a search by words; and an account's webhooks, how far each has come, and
what became of what was sent."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, get_args

import marshmallow as ma
from flask import Response, request

from api.reading import addresses, filter_form, words
from api.reading.filter_form import Field, Form, body_choice, choice
from api.reading.page import Shape, blueprint, page, rendered, to
from api.reading.texts import apart
from api.requests import accounts, current
from api.requests.current import question
from api.schemas.reads import (
    AskedLateEntries,
    AskedMeetings,
    AskedRecommendations,
    AskedReports,
    AskedResponses,
    AskedSearch,
)
from api.store import subscriptions
from ledger.errors import Fault, Unfit
from ledger.events import BY_TOPIC
from ledger.events.entry import Entry, bare
from ledger.events.recommendation import Kind
from ledger.events.report import REPORT_KINDS
from ledger.events.streams import report_of
from projections.as_of import AsOf
from projections.questions import lists, log_entries
from projections.questions import meetings as meetings_of_panels
from projections.questions import search as by_words
from projections.questions.changes import DEFAULT_LATE_BY
from projections.questions.filters import NOT_KNOWN
from projections.questions.log_entries import Wanted
from projections.questions.paging import COUNTED
from projections.questions.question import Question

_WORDS = "All of them are looked for. “In this order”, either or other, -not."


@blueprint.get("/reports")
def reports() -> Response:
    """Reports, newest first."""
    at = question()
    form = filter_form.form(
        [body_choice(at), kind_of_report("Kind"), *about_reports(at)],
        main=Field("q", "A word of the title", hint=_WORDS),
    )
    return listed("reports.html", form, AskedReports, lists.reports)


@blueprint.get("/recommendations")
def recommendations() -> Response:
    """Recommendations by report and number."""
    at = question()
    form = filter_form.form(
        [
            body_choice(at),
            choice("status", "Standing", _called(words.STATUSES)),
            choice("target", "Target", words.TARGETS),
            choice("assurances", "Questions", words.QUESTIONS),
            choice("kind", "Kind", {one: words.word(one) for one in get_args(Kind)}),
            *about_reports(at),
            *by_links(at, counted_with="Counted with", addressee="Addressed to", report="Report"),
        ],
        main=Field("q", "A word of it, or of what was said about it", hint=_WORDS),
    )
    return listed("recommendations.html", form, AskedRecommendations, lists.recommendations)


@blueprint.get("/responses")
def responses() -> Response:
    """Responses owed, by report and body."""
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
    """Meetings of panels: those to come, and those before, the latest first."""
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
    """Bodies, reports and recommendations by words."""
    form = filter_form.form([], main=Field("q", "What to look for", hint=_SEARCHED))
    if form.main is None or not form.main.value:
        question()  # its dates are kept for the search: they are ones that can be asked about
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
    """The page of a list: what it has; or, at its field, what is wrong with what was asked."""
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


def about_reports(at: Question) -> list[Field]:
    publishers, years = lists.published(at)
    names = words.names(at)
    return [
        choice("publisher", "Publisher", {one: names.get(one, one) for one in publishers}),
        choice(
            "year",
            "Year",
            {year: "not known" if year == NOT_KNOWN else year for year in years},
        ),
    ]


def kind_of_report(label: str) -> Field:
    return choice("kind", label, {one: words.word(one) for one in REPORT_KINDS})


def by_links(at: Question, **labels: str) -> list[Field]:
    """Filters that come with a link, such as a count has: they can be seen, and taken away."""
    called = words.names(at)
    if "report" in labels and (report := current.asked("report")):
        called = called | lists.titles(at, [report])
    return [Field(name, label, by_link=True, called=called) for name, label in labels.items()]


def _called(said: Mapping[str, tuple[str, str]]) -> dict[str, str]:
    return {value: label for value, (label, _) in said.items()}


_DAY = "A day, such as 16/07/2026."


@blueprint.get("/late-entries")
def late_entries() -> Response:
    """Entries recorded more than so many days after the last day on which they can have happened,
    in the order of the log."""
    if current.asked("late_by") is None:
        return to(addresses.here({"late_by": str(DEFAULT_LATE_BY)}))
    at = question()
    acts = {topic: words.done(topic) for topic, event in BY_TOPIC.items() if event.DATED}
    form = filter_form.form(
        [
            Field(
                "since", "Recorded after the end of", kind="day", hint="A day, such as 16/07/2026."
            ),
            body_choice(at),
            choice("type", "What was done", acts),
            *by_links(at, by="Recorded by", report="Report"),
        ],
        main=Field("late_by", "Recorded more than this many days after", kind="number"),
    )
    return listed("late-entries.html", form, AskedLateEntries, _answer)


@dataclass(frozen=True, slots=True)
class LateEntries:
    """A page of entries recorded late."""

    items: list[Shape]
    next: int | None
    backfill: int
    """How many entries of backfill were passed over."""
    late_by: int
    as_of: AsOf


def _answer(at: Question, counted: bool, **asked: Any) -> LateEntries:
    sealed = current.question_sealed()
    found = log_entries.entries(
        sealed, Wanted.of(asked), asked["after"], asked["limit"], asked.get("since")
    )
    names = words.names(at)
    titles = lists.titles(at, filter(None, (report_of(one.stream) for one in found.entries)))
    items = [_item(one, names, titles) for one in found.entries]
    return LateEntries(items, found.next, found.backfill, asked["late_by"], found.when.as_of)


def _item(entry: Entry, names: dict[str, str], titles: dict[str, str]) -> Shape:
    said = bare(entry)
    return said | {
        "by_name": names.get(entry.by or "", entry.by),
        "about": _about(entry.stream, names),
        "title": titles.get(report_of(entry.stream) or ""),
    }


def _about(stream: str, names: dict[str, str]) -> str:
    """What a stream is about, beside the report; nothing for the register and what is kept."""
    match stream.split("/"):
        case ["recommendation", _, key, addressee]:
            return f"Recommendation {key} to {apart(names.get(addressee, addressee))}"
        case ["response", _, body]:
            return f"Response of {apart(names.get(body, body))}"
        case ["meeting", panel, date]:
            return f"Meeting of {apart(names.get(panel, panel))} on {words.day(date)}"
        case _:
            return ""


ON_A_PAGE = 50


@blueprint.get("/subscriptions")
def list_subscriptions() -> Response:
    """The webhooks of the account that asks."""
    return rendered("subscriptions.html", found=accounts.own_subscriptions())


@blueprint.get("/subscriptions/<subscription_id>")
def subscription(subscription_id: str) -> Response:
    """A webhook, and the entries that were sent by it, the newest first."""
    found = accounts.own_subscription(subscription_id)
    with current.ledger().pool.connection() as conn:
        there = subscriptions.deliveries(conn, found.id, _after(), ON_A_PAGE + 1)
    here = there[:ON_A_PAGE]
    older = None
    if len(there) > len(here):
        older = addresses.link("subscription", subscription_id=found.id, after=here[-1].id)
    return rendered("subscription.html", one=found, deliveries=here, older=older)


def _after() -> int | None:
    given = request.args.get("after") or None
    if given is not None and not (given.isascii() and given.isdecimal() and len(given) < 16):
        sentence = "This is no place in the list: follow the link to older deliveries."
        raise Unfit(sentence, Fault("after", sentence))
    return None if given is None else int(given)
