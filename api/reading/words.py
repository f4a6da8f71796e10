"""The words of the pages: listed words, days, counts and names, in the language of the page.

No word says more than is known. A claim is not completion, and what is not shown is no accusation.
If nothing is recorded, the page says that no record is held.
"""

import re
from collections.abc import Collection, Iterable
from datetime import date, datetime
from itertools import groupby
from typing import Protocol, TypeVar

from ledger import dates
from ledger.dates import LONDON, london_date
from ledger.events.texts import LANGUAGES, Language
from projections.answers.report import ReportCited
from projections.language import Table, dated, say, say_noun
from projections.language import day as day
from projections.questions.question import Question

VERDICTS = Table(
    {
        "overdue": (
            "overdue",
            (
                "The last day has passed, and no response by then is recorded. The body keeps its "
                "record here, or somebody looked for a response and did not find it."
            ),
        ),
        "late": ("late", "Published after the last day."),
        "incomplete": (
            "incomplete",
            (
                "Published by the last day without the chief officer’s comments, which it had "
                "received."
            ),
        ),
        "due": ("due", "Fourteen days or fewer are left."),
        "not_due": ("not due yet", "More than fourteen days are left."),
        "in_time": ("in time", "Published by the last day."),
        "not_shown": (
            "can’t be shown to be in time",
            "The days that are known do not show whether it was in time or late.",
        ),
        "not_looked_for": (
            "not looked for",
            "No response is recorded here, and nobody has said that they looked for one.",
        ),
        "no_period": (
            "no deadline in law",
            "No period is set for this response: none can be late.",
        ),
        "disapplied": ("does not apply", "It was decided in time that the duty does not apply."),
    }
)
"""Each verdict's words and their meaning, in the order in which they are listed."""
STATUSES = Table(
    {
        "refused": ("closure refused", "The inspectorate refused to close it."),
        "reopened": ("reopened", "It was closed, and opened again."),
        "open": ("open", "No closure and no claim of completion is recorded."),
        "claimed_complete": (
            "claimed complete",
            "It was said to be complete. A claim is not closure.",
        ),
        "closure_proposed": ("closure proposed", "Somebody asked to close it; it is not decided."),
        "closed": ("closed", "Closure is recorded."),
        "withdrawn": ("withdrawn", "It was withdrawn."),
        "superseded": ("superseded", "Another recommendation took its place."),
    }
)
COMPLETIONS = Table(
    {
        "called": "any",
        "confirmed": "confirmed: closed by the inspectorate",
        "refused": "closure refused",
        "reopened": "reopened",
        "no_longer_relevant": "closed as no longer relevant",
        "ended": "withdrawn or superseded",
        "waiting": "waiting for a decision",
        "waiting_over_a_year": "waiting for over a year",
        "not_kept_here": "no decision here, and its record isn’t kept here",
    }
)
"""What became of a force’s claim that a recommendation is complete."""
TARGETS = Table(
    {
        "passed": "passed, and no claim of completion stands",
        "ahead": "ahead",
        "over": "over: closed, ended or claimed complete, or perhaps so",
        "none": "none is recorded, or to be confirmed again",
    }
)
"""The standings of a recommendation against its target."""
QUESTIONS = Table({"open": "without a reply"})
FINISHED = Table({"no": "no: it is open", "yes": "yes: closed, withdrawn or superseded"})
AWAITED = Table({"no": "awaited", "yes": "published, not owed, or without a deadline"})
BASES = Table(
    {
        "stated": "on the word of whoever recorded it: a date that was typed in",
        "recorded": "shown by when the entry itself was made",
        "captured": "shown by when a copy was received here",
        "publisher": "by the publisher’s own page, of which a copy is held here",
    }
)
"""The bases of a date, from weak to strong."""
RESTS = Table(
    {
        "publisher": "the publisher’s page",
        "captured": "a copy held",
        "recorded": "the entry itself",
        "stated": "somebody’s word",
    }
)
"""The bases of a date, from strong to weak, to follow a number."""
WORDS = Table(
    {
        "peel": "PEEL inspection",
        "national_thematic": "National thematic",
        "force_inspection": "Force inspection",
        "child_protection": "Child protection",
        "pcc_commissioned": "Commissioned by the commissioner",
        "joint": "Joint inspection",
        "joint_targeted_area": "Joint targeted area inspection",
        "revisit_letter": "Letter after a revisit",
        "custody": "Custody inspection",
        "fire_inspection": "Fire and rescue inspection",
        "state_of_policing": "State of Policing",
        "super_complaint": "Super-complaint",
        "commissioner_report": "Report of a commissioner",
        "iopc": "Recommendation of the IOPC",
        "other": "Other",
        "recommendation": "Recommendation",
        "cause_of_concern": "Cause of concern",
        "accelerated_cause_of_concern": "Accelerated cause of concern",
        "afi": "Area for improvement",
        "taken": "action taken",
        "proposed": "action proposed",
        "no_action": "no action",
        "not_stated": "stance not stated",
        "named": "names this recommendation",
        "general": "covers it in general, without naming it",
        "not_found": "no passage about it was found",
        "comments": "the body’s comments",
        "chief_officer_comments": "the chief officer’s comments",
        "reply": "a reply to the chief officer’s comments",
        "local_policing_body": "Local policing bodies",
        "force": "Police forces",
        "panel": "Police and crime panels",
        "inspectorate": "Inspectorates",
        "national_body": "National bodies",
        "fire_authority": "Fire and rescue authorities",
        "first_hand": "first hand",
        "not_the_subject": "The body was not the subject of the inspection",
        "same_findings_as": "The findings are the same as those of another report",
        "recorded_in_error": "The body does not owe it: the duty was recorded in error",
    }
)
NOUNS = {
    "act": "acts",
    "attempt": "attempts",
    "body": "bodies",
    "character": "characters",
    "day": "days",
    "earlier year": "earlier years",
    "entry": "entries",
    "grade": "grades",
    "meeting": "meetings",
    "office": "offices",
    "other recommendation": "other recommendations",
    "paper": "papers",
    "question": "questions",
    "recommendation": "recommendations",
    "report": "reports",
    "response": "responses",
    "review": "reviews",
    "target": "targets",
    "text": "texts",
    "theme": "themes",
    "update": "updates",
    "verdict": "verdicts",
}
"""What the pages count, each with its plural; the catalogue has its forms after a number."""
WITNESSED = Table({"cosigned": "cosigned", "stamped": "stamped"})
"""How an outsider vouches for a checkpoint."""
SHORTEST = 80
"""At most so many letters of a recommendation stand for it in a list."""
ONE_OF = Table(
    {
        "local_policing_body": "local policing body",
        "force": "police force",
        "panel": "police and crime panel",
        "inspectorate": "inspectorate",
        "national_body": "national body",
        "fire_authority": "fire and rescue authority",
    }
)
"""The words for a single body of a kind."""
CLAIMS = Table(
    {
        "not_started": "not started",
        "on_track": "on track",
        "at_risk": "at risk",
        "off_track": "off track",
        "complete": "complete",
    }
)
"""The meanings of a claim. They always follow the name of who claims it."""
GROUNDS = Table(
    {
        "done": "The ground: it is done.",
        "no_longer_relevant": "The ground: it is no longer relevant.",
        "not_recorded": "The publisher doesn’t say on what ground.",
    }
)
"""The grounds of a closure, to follow who closed it."""
ORIGINS = Table({"report": "the report", "force": "the force", "internal": "set internally"})
DISAPPLIED = Table(
    {
        "not_the_subject": "the body was not the subject of the inspection",
        "same_findings_as": "the findings are the same as those of another report",
        "recorded_in_error": "the duty was recorded in error",
    }
)
"""The reasons why a duty does not apply, after “it was decided that it does not apply”."""
RECIPIENTS = Table(
    {"inspectorate": "the inspectorate", "secretary_of_state": "the Secretary of State"}
)
DECISIONS = {
    "closure-proposed",
    "closure-confirmed",
    "closure-refused",
    "reopened",
    "withdrawn",
    "superseded",
}
"""Events whose own words say who decided, and who reported it."""


def word(value: str | None) -> str:
    """Return a listed word as a page writes it. A word without an entry loses its underscores."""
    return "" if value is None else WORDS.get(value, value.replace("_", " "))


def language(lang: Language) -> str:
    """Return the name of a language."""
    return _LANGUAGES[lang]


_LANGUAGES: Table[Language, str] = Table(LANGUAGES)


def listed(values: Iterable[str]) -> str:
    """Return listed words, one after the other."""
    return ", ".join(map(word, values))


def one_of_kind(kind: str) -> str:
    """Return the words for a single body of a kind."""
    return ONE_OF.get(kind, kind.replace("_", " "))


def short_day(value: str | None) -> str:
    """Return a day for a list: `16 May 2025`, `8 Sept 2025`, `Jan 2025`, or `day not known`."""
    if value is None:
        return say("day not known")
    return dated(dates.in_words(value), _BRIEF)


_BRIEF = Table(
    {
        "January": "Jan",
        "February": "Feb",
        "March": "Mar",
        "April": "Apr",
        "May": "May",
        "June": "June",
        "July": "July",
        "August": "Aug",
        "September": "Sept",
        "October": "Oct",
        "November": "Nov",
        "December": "Dec",
    }
)


def moment(value: str) -> str:
    """Return an RFC 3339 moment in London, `1 August 2025, 10:32`; any other text as it is."""
    try:
        instant = datetime.fromisoformat(value).astimezone(LONDON)
    except (ValueError, OverflowError):
        return value
    return f"{day(instant.date())}, {instant:%H:%M}"


def moment_day(value: str) -> str:
    """Return the London day of an RFC 3339 moment, in words."""
    return day(london_date(datetime.fromisoformat(value)))


def lag(occurred_on: str | None, recorded_at: str) -> str | None:
    """Return how long after it happened an act was recorded; None if its day is not known
    exactly."""
    if not dates.is_exact(occurred_on):
        return None
    assert occurred_on is not None
    after = (
        london_date(datetime.fromisoformat(recorded_at)) - date.fromisoformat(occurred_on)
    ).days
    if after == 0:
        return say("the same day")
    return say("%(days)s after", days=count(after, "day"))


def count(number: int, one: str, many: str | None = None) -> str:
    """Return a number with its noun: `1 day`, `22 days`, `1,000 days`."""
    return f"{number:,} {say_noun(one, many or one + 's', number)}"


def noun(one: str) -> str:
    """Return a noun in the language of the page."""
    return say_noun(one, NOUNS[one], 1)


def none_of(noun: str) -> str:
    """Return that there is none of what a noun counts: `no responses`."""
    return say("no %(things)s", things=say_noun(noun, NOUNS[noun], 0))


_MAY = Table(
    {
        "record": "record, and read what is held for its office",
        "office": "read what is held for its office",
        "subscribe": "have entries sent to programs",
        "admin": "do everything",
    }
)


def scopes(held: Collection[str]) -> str:
    """Return what an account or a token may do: `record, and read what is held for its office`."""
    return "; ".join(said for scope, said in _MAY.items() if scope in held) or say(
        "read what is public"
    )


def scopes_to_choose(among: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Return scopes, each with what it allows, as a form offers them."""
    return tuple((one, capital(_MAY[one])) for one in among)


def size(length: int) -> str:
    """Return the size of a file, in thousands: `812 bytes`, `14 kB`, `2.5 MB`."""
    if length < 1000:
        return count(length, "byte")
    return f"{length / 1000:,.0f} kB" if length < 1_000_000 else f"{length / 1_000_000:,.1f} MB"


def duty(name: str) -> str:
    """Return a duty by its name: `Response`, `Action plan`."""
    return DUTIES.get(name) or capital(name.replace("-", " "))


DUTIES = Table({"response": "Response", "action-plan": "Action plan"})
"""The usual names of duties."""


def publishers(report: ReportCited, *, first: bool = False) -> str:
    """Return all publishers of a report: `HMICFRS`, or `HMICFRS, HMI Prisons and the IOPC`. With
    `first`, the page names them for the first time, so in full."""
    called = in_full if first else short
    *others, last = [str(called(one.id, one.name)) for one in report.publishers]
    if not others:
        return last
    return say("%(others)s and %(last)s", others=", ".join(others), last=last)


def numbered(kind: str | None, number: str) -> str:
    """Return a recommendation by kind and number: `Recommendation 02`, or `Area for improvement 9`
    for `AFI 9` or `afi-9`."""
    kind = kind or "recommendation"
    if kind != "recommendation":
        number = _KIND.sub("", number)
    return f"{word(kind)} {number}"


_KIND = re.compile(r"^(?:afi|coc|cause-of-concern)[ -]?(?=\S)", re.IGNORECASE)
"""The beginning of a number that repeats its kind."""


def beginning(text: str, most: int = SHORTEST) -> str:
    """Return the beginning of a text, cut between two words: `act to improve its response …`."""
    line = " ".join(text.split())
    if len(line) <= most:
        return line
    cut = line[: most + 1].rpartition(" ")[0] or line[:most]
    return f"{cut.rstrip(',;:–-')} …"


def capital(sentence: str) -> str:
    """Return the same with a capital at its beginning."""
    return sentence[:1].upper() + sentence[1:]


_SHORT = {"hmicfrs": "HMICFRS"}
"""Bodies that have a short name, used after they were named in full."""


def short(body: str, name: str | None) -> str | None:
    """Return a body's name for a list or a trail."""
    return _SHORT.get(body, name or body or None)


def in_full(body: str, name: str) -> str:
    """Return a body's name where a page first names it, with the short name that is used later."""
    return f"{name} ({_SHORT[body]})" if body in _SHORT else name


def short_moment_day(value: str) -> str:
    """Return the London day of an RFC 3339 moment, for a list."""
    return short_day(london_date(datetime.fromisoformat(value)).isoformat())


def role(account: str) -> str:
    """Return the role of an account at its body: `clerk` for `cumbria-pfcc/clerk`."""
    return account.partition("/")[2] or account


def names(at: Question) -> dict[str, str]:
    """Return the names of the bodies of the register, by their ids."""
    return {body.id: body.name for body in at.register.bodies.values()}


class OfKind(Protocol):
    """A body of the register, by its id, name and kind."""

    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def kind(self) -> str: ...


_Body = TypeVar("_Body", bound=OfKind)


def by_kind(bodies: Iterable[_Body]) -> list[tuple[str, list[_Body]]]:
    """Return bodies by kind, those that owe responses first, each list by name."""
    order = ("local_policing_body", "force", "fire_authority", "panel")
    kinds = {kind: n for n, kind in enumerate(order)}
    ordered = sorted(bodies, key=lambda one: (kinds.get(one.kind, len(order)), one.kind, one.name))
    return [(kind, list(group)) for kind, group in groupby(ordered, key=lambda one: one.kind)]
