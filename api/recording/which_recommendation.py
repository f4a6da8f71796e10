"""The page that asks for a recommendation by its words: the one that a panel reviewed, that another
one repeats, or that takes the place of another."""

from collections.abc import Callable
from dataclasses import dataclass

from flask import Response, request

from api.reading import words
from api.reading.page import rendered
from api.recording.form_fields import Given
from api.recording.links import endpoint_of, form_of, title_of
from api.recording.submission import Where
from api.requests import questions
from ledger.acts.table import Act
from ledger.events.streams import RecommendationId, key_of
from ledger.states.recommendation import Status
from projections.answers.recommendation import RecommendationState
from projections.questions import lists
from projections.questions import report as report_question
from projections.questions.meetings import recommendations_now
from projections.questions.question import Question

LISTED = 8
"""So many recommendations are listed of each status."""
LISTED_OF_ALL = 20
"""So many are listed where all statuses are listed together."""
MOST_WORDS = 400
"""At most so many letters of a chosen recommendation stand on the form."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """The recommendations that a form lets choose from."""

    field: str
    """The field of the form that names the chosen one."""
    subject: str
    """What the form is about, beside its title."""
    listed: str
    """The heading of the list before words are looked for."""
    none: str
    """The sentence if nothing is listed."""
    statuses: tuple[Status, ...] = ()
    """The statuses listed before words are looked for, in this order; empty for all at once."""
    bodies: tuple[str, ...] = ()
    """Those that count with one of these bodies."""
    addressee: str | None = None
    """Those to this body."""
    after: str | None = None
    """Those after this one, by the newest report first: its cursor."""
    without: Callable[[RecommendationState], bool] = lambda one: False
    """Returns whether a recommendation cannot be chosen."""
    marked: frozenset[RecommendationId] = frozenset()
    mark: str = ""
    """Words beside the marked ones."""
    also: tuple[tuple[str, str], ...] = ()
    """More values for the form."""
    unknown: str = ""
    """The words of the link to the form without one, if it can be left out."""


UNKNOWN = "unknown"
"""The parameter of an address that says that the recommendation is not known."""


def ask(act: Act, where: Where, about: tuple[str, str] | None, wanted: Wanted) -> Response:
    """Ask which recommendation an act names: one of those listed, or one that has some words."""
    at, q = questions.question(), request.args.get("q", "").strip()

    def form(one: RecommendationState) -> str:
        of = {"report": one.report, "number": one.key, "addressee": one.addressee}
        named = {f"{wanted.field}.{name}": said for name, said in of.items()}
        return form_of(endpoint_of(act), **where, **dict(wanted.also), **named)

    found, more = _found(at, wanted, q)
    return rendered(
        "which-recommendation.html",
        title=title_of(act),
        about=about,
        wanted=wanted,
        q=q,
        more=more,
        without_it=form_of(endpoint_of(act), **where, **{UNKNOWN: "yes"}) if wanted.unknown else "",
        found=[
            (one, form(one), RecommendationId(one.report, one.key, one.addressee) in wanted.marked)
            for one in found
        ],
    )


def _found(at: Question, wanted: Wanted, q: str) -> tuple[list[RecommendationState], bool]:
    """Return the recommendations to choose from, and whether there are more."""
    found: list[RecommendationState] = []
    more = False
    for body in wanted.bodies or (None,):
        for status in (None,) if q or not wanted.statuses else wanted.statuses:
            page = lists.recommendations(
                at, counted_with=body, addressee=wanted.addressee, status=status, q=q or None,
                limit=LISTED if status else LISTED_OF_ALL, sort="newest", after=wanted.after,
                counted=True,
            )  # fmt: skip
            found += [one for one in page.items if not wanted.without(one)]
            more = more or page.next is not None
    return found, more


def chosen(given: Given, field: str) -> dict[str, tuple[str, str]]:
    """Return the heading of the recommendation that a form names, its words, and how it stands.
    Return none if there is no such recommendation."""
    report, number, addressee = (
        given.get(f"{field}.{name}", "") for name in ("report", "number", "addressee")
    )
    try:
        ref = RecommendationId(report, key_of(number), addressee)
    except ValueError:
        return {}
    at = questions.question()
    for one in recommendations_now(at, [ref]).values():
        title = report_question.title(at, report) or report
        named = f"{words.numbered(one.kind, one.number)} of “{title}”, to {one.addressee_name}"
        said = f"“{words.beginning(one.text, MOST_WORDS)}” " if one.text else ""
        return {field: (named, f"{said}Status: {words.STATUSES[one.status][0]}.")}
    return {}


def settled(given: Given, field: str) -> set[str]:
    """Return the fields that name the chosen recommendation, which the form asks for no more."""
    return {name for name in given if name.startswith(f"{field}.")}
