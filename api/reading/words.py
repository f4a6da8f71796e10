"""What the pages call things: words, dates and sentences derived from the answers.

A word never says more than is known: a claim is not done, what is not shown is no accusation,
and where nothing is recorded no record is held.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from itertools import groupby
from typing import Any, Protocol, TypeVar

from msgspec import UnsetType

from api.reading.texts import apart, body_of
from ledger import dates
from ledger.dates import LONDON, london_date
from ledger.events import BY_TOPIC
from projections.answers.body import BodyFound
from projections.answers.parts import Office
from projections.answers.recommendation import (
    AssuranceAsked,
    Child,
    Decision,
    DecisionTold,
    RecommendationFound,
    RecommendationState,
    RecommendationWanting,
    TargetStanding,
    UndatedAct,
)
from projections.answers.report import ReportCited
from projections.answers.response import (
    DutyInShort,
    Finding,
    Improvement,
    ResponseFound,
    ResponseState,
    ResponseWanting,
)
from projections.answers.totals import Group
from projections.questions.question import Question
from projections.verdict.working import Working

Shape = dict[str, Any]
Recommendation = RecommendationState | RecommendationWanting
Owed = ResponseState | ResponseWanting


class Published(Protocol):
    """What names who published a report."""

    @property
    def publisher(self) -> str | UnsetType | None: ...
    @property
    def publisher_name(self) -> str | UnsetType | None: ...


VERDICTS = {
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
        "Published by the last day without the chief officer’s comments, which it had received.",
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
    "no_period": ("no deadline in law", "No period is set for this response: none can be late."),
    "disapplied": ("does not apply", "It was decided in time that the duty does not apply."),
}
"""Each verdict's words and what they mean, in the order in which they are listed."""

STATUSES = {
    "refused": ("closure refused", "The inspectorate refused to close it."),
    "reopened": ("reopened", "It was closed, and opened again."),
    "open": ("open", "No closure and no claim of completion is recorded."),
    "claimed_complete": ("claimed complete", "It was said to be complete. A claim is not closure."),
    "closure_proposed": ("closure proposed", "Somebody asked to close it; it is not decided."),
    "closed": ("closed", "Closure is recorded."),
    "withdrawn": ("withdrawn", "It was withdrawn."),
    "superseded": ("superseded", "Another recommendation took its place."),
}

TARGETS = {
    "passed": "passed, and nobody says that it is done",
    "ahead": "ahead",
    "over": "over: closed, ended or claimed complete, or perhaps so",
    "none": "none is recorded, or to be confirmed again",
}
"""Where a recommendation stands against its target."""
QUESTIONS = {"open": "without a reply"}

BASES = {
    "stated": "on somebody’s word: a date that was typed in",
    "recorded": "shown by when the entry itself was made",
    "captured": "shown by when a copy was received here",
    "publisher": "by the publisher’s own page, of which a copy is held here",
}
"""What a date rests on, from weak to strong."""

RESTS = {
    "publisher": "the publisher’s page",
    "captured": "a copy held",
    "recorded": "the entry itself",
    "stated": "somebody’s word",
}
"""What a date rests on, from strong to weak, after a number."""

WORDS = {
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
ACTS = {
    "report-published": "published the report",
    "report-revised": "changed what the report’s page says",
    "report-taken-over": "took the report over",
    "response-duty-arose": "A response is owed",
    "duty-disapplied": "said that the duty does not apply",
    "duty-confirmed": "confirmed that the duty stands",
    "extension-granted": "was given more time",
    "chief-officer-comments-invited": "asked the chief officer for comments",
    "chief-officer-comments-received": "sent the chief officer’s comments",
    "response-published": "published its response",
    "response-looked-for": "looked for the response and did not find it",
    "statement-revised": "changed what its response says",
    "copy-sent": "sent a copy of its response",
    "recommendation-raised": "raised it",
    "assurance-sought": "asked for assurance",
    "update-received": "gave an update",
    "commissioner-statement-issued": "answered it in its response",
    "target-date-set": "set the target",
    "closure-proposed": "asked for closure",
    "closure-confirmed": "closed it",
    "closure-refused": "refused closure",
    "reopened": "opened it again",
    "withdrawn": "withdrew it",
    "superseded": "put another in its place",
    "paper-issued": "issued a paper",
    "meeting-held": "met",
    "recommendation-reviewed": "reviewed it",
    "capture-kept": "kept a copy",
    "account-opened": "opened an account",
    "account-closed": "closed an account",
    "scope-granted": "gave an account a right",
    "scope-revoked": "took a right from an account",
    "key-added": "added a key",
    "key-retired": "retired a key",
    "key-compromised": "said that a key is not to be trusted",
    "sealing-resumed": "went on sealing",
    "clock-was-wrong": "said that the clock was wrong",
    "body-registered": "registered a body",
    "body-changed": "changed what the register says of a body",
    "body-succeeded": "recorded that a body follows another",
    "record-kept-here": "said that it keeps its record here",
    "rule-adopted": "adopted a rule",
    "list-compared": "compared a list of reports",
    "entry-corrected": "corrected an entry",
    "entry-retracted": "set an entry aside",
    "entry-disputed": "disputes an entry",
    "text-released": "opened a text to everybody",
    "redaction-sought": "asked that a text be deleted",
    "text-redacted": "deleted a text",
}
"""What somebody did, by the type of the entry: it follows who did it. `done` stands in for a type
that is missing here."""
_NOBODYS = {"response-duty-arose"}
"""Events that the law brings about, and nobody does."""
SHORTEST = 80
"""So many letters of a recommendation stand for it in a list."""
ONE_OF = {
    "local_policing_body": "local policing body",
    "force": "police force",
    "panel": "police and crime panel",
    "inspectorate": "inspectorate",
    "national_body": "national body",
    "fire_authority": "fire and rescue authority",
}
"""What one body of a kind is."""
CLAIMS = {
    "not_started": "not started",
    "on_track": "on track",
    "at_risk": "at risk",
    "off_track": "off track",
    "complete": "complete",
}
"""What a claim means. Only ever after whose claim it is, and who told it."""
GROUNDS = {
    "done": "The ground: it is done.",
    "no_longer_relevant": "The ground: it is no longer relevant.",
    "not_recorded": "The publisher doesn’t say on what ground.",
}
"""On what ground a recommendation was closed, after by whom."""
ORIGINS = {"report": "the report", "force": "the force", "internal": "set internally"}

DISAPPLIED = {
    "not_the_subject": "the body was not the subject of the inspection",
    "same_findings_as": "the findings are the same as those of another report",
    "recorded_in_error": "the duty was recorded in error",
}
"""Why a duty does not apply, after “it was decided that it does not apply”."""
RECIPIENTS = {"inspectorate": "the inspectorate", "secretary_of_state": "the Secretary of State"}
DECISIONS = {
    "closure-proposed",
    "closure-confirmed",
    "closure-refused",
    "reopened",
    "withdrawn",
    "superseded",
}
"""Events whose own words say whose decision it was, and who told it."""


def word(value: str | None) -> str:
    """A listed word as a page writes it; one without an entry loses its underscores."""
    return "" if value is None else WORDS.get(value, value.replace("_", " "))


def one_of_kind(kind: str) -> str:
    """What one body of a kind is."""
    return ONE_OF.get(kind, kind.replace("_", " "))


def day(value: str | date | None) -> str:
    """`16 May 2025`, `May 2025`, `2025`, or `a day not known`."""
    return dates.in_words(value)


def short_day(value: str | None) -> str:
    """`16 May 2025`, `8 Sept 2025`, `Jan 2025`, or `day not known`: for a list."""
    if value is None:
        return "day not known"
    number, _, rest = dates.in_words(value).rpartition(" ")
    for month, brief in _MONTHS.items():
        number = number.replace(month, brief)
    return f"{number} {rest}".strip()


_MONTHS = {
    "January": "Jan",
    "February": "Feb",
    "March": "Mar",
    "April": "Apr",
    "August": "Aug",
    "September": "Sept",
    "October": "Oct",
    "November": "Nov",
    "December": "Dec",
}


def moment(value: str) -> str:
    """`1 August 2025, 10:32`, in London, of an RFC 3339 moment; other text as it is."""
    try:
        instant = datetime.fromisoformat(value).astimezone(LONDON)
    except (ValueError, OverflowError):
        return value
    return f"{dates.in_words(instant.date())}, {instant:%H:%M}"


def moment_day(value: str) -> str:
    """The London day of an RFC 3339 moment, in words."""
    return day(london_date(datetime.fromisoformat(value)))


def lag(occurred_on: str | None, recorded_at: str) -> str | None:
    """How long after it happened an act was recorded; None where its day is not known exactly."""
    if not dates.is_exact(occurred_on):
        return None
    assert occurred_on is not None
    after = (
        london_date(datetime.fromisoformat(recorded_at)) - date.fromisoformat(occurred_on)
    ).days
    return "the same day" if after == 0 else f"{count(after, 'day')} after"


def count(number: int, one: str, many: str | None = None) -> str:
    """`1 day`, `22 days`, `1,000 days`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


_MAY = {
    "record": "record, and read what is held for its office",
    "office": "read what is held for its office",
    "subscribe": "have entries sent to programs",
    "admin": "do everything",
}


def scopes(held: Collection[str]) -> str:
    """What an account or a token may do: `record, and read what is held for its office`."""
    return "; ".join(said for scope, said in _MAY.items() if scope in held) or "read what is public"


def scopes_to_choose(among: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Scopes, each with what it lets an account do, as a form offers them."""
    return tuple((one, capital(_MAY[one])) for one in among)


def size(length: int) -> str:
    """`812 bytes`, `14 kB`, `2.5 MB`: of a file, in thousands."""
    if length < 1000:
        return count(length, "byte")
    return f"{length / 1000:,.0f} kB" if length < 1_000_000 else f"{length / 1_000_000:,.1f} MB"


def duty(name: str) -> str:
    """Return what a body owes about a report, by its name: `Response`, `Action plan`."""
    return capital(name.replace("-", " "))


def publishers(report: ReportCited, *, first: bool = False) -> str:
    """`HMICFRS`, or `HMICFRS, HMI Prisons and the IOPC`: all who published a report. Where a page
    names them `first`, in full."""
    called = in_full if first else short
    *others, last = [str(called(one.id, one.name)) for one in report.publishers]
    return f"{', '.join(others)} and {last}" if others else last


def numbered(kind: str | None, number: str) -> str:
    """Return `Recommendation 02`, `Area for improvement 9`, of `AFI 9` or `afi-9`."""
    kind = kind or "recommendation"
    if kind == "afi":
        number = _AFI.sub("", number)
    return f"{word(kind)} {number}"


_AFI = re.compile(r"^afi[ -]?(?=\S)", re.IGNORECASE)


def beginning(text: str, most: int = SHORTEST) -> str:
    """The first letters of a text, cut between two words: `act to improve its response …`."""
    line = " ".join(text.split())
    if len(line) <= most:
        return line
    cut = line[: most + 1].rpartition(" ")[0] or line[:most]
    return f"{cut.rstrip(',;:–-')} …"


def status(recommendation: Recommendation | Child) -> str:
    """`Closed`, `Claimed complete`."""
    found = str(recommendation.status)
    return capital(STATUSES.get(found, (found.replace("_", " "),))[0])


def by_standing(recommendations: Iterable[Recommendation]) -> list[tuple[str, int]]:
    """Return how many there are of each status, the refused first."""
    many = Counter[str](one.status for one in recommendations)
    return [(status, many[status]) for status in STATUSES if many[status]]


def capital(sentence: str) -> str:
    """The same with a capital at its beginning."""
    return sentence[:1].upper() + sentence[1:]


def target_in_short(recommendation: Recommendation) -> str:
    """`Past its target by 359 days. `, or nothing: before the last word in a list."""
    shape = recommendation.target
    on, days = shape.on, shape.days
    how = ", worked out from the words" if shape.worked_out else ""
    if shape.standing == "passed":
        passed = count(days, "day") if days else ""
        return f"Past its target{f' by {passed}' if passed else ''}{how}. "
    if shape.standing == "ahead":
        return f"Target {short_day(on)}{how}. "
    if shape.undated:
        return f"Target {short_day(on)}{how}: not shown whether it was met. "
    if again := shape.to_confirm:
        return f"Target {short_day(again.on)}, worked out from the words: to be confirmed again. "
    return ""


def last_word(recommendation: Recommendation) -> str:
    """The last that the force said of it, and when; never more than a claim."""
    who = apart(recommendation.addressee_name)
    claim, on = recommendation.claim, recommendation.last_update_on
    when = f", {short_day(on)}" if on else ""
    if claim:
        late = claim.days_after_target
        after = f", {count(late, 'day')} after its target" if late else ""
        if claim.means == "complete" and recommendation.status in ("refused", "reopened"):
            when = f", {short_day(claim.occurred_on)}" if claim.occurred_on else ""
            return f"Before that, {who} said that it was complete{when}{after}."
        return f"{who}: {CLAIMS.get(claim.means, claim.means)}{when}{after}."
    return f"{who}: an update{when}, no claim." if on else f"No word from {who}."


def next_step(recommendation: Recommendation, report: Published | None = None) -> str | None:
    """Return who is expected to do what next; None where it is done with. `report` names the
    publisher, where the recommendation itself does not."""
    inspectorate = _inspectorate(report or recommendation)
    found = recommendation.status
    who = apart(recommendation.addressee_name)
    if found in ("closed", "withdrawn", "superseded"):
        return None
    if found == "closure_proposed":
        return f"{inspectorate} decides whether to close it."
    if found == "refused":
        return f"{who} sends more evidence."
    asked = [one for one in recommendation.assurances.items if one.answered_by is None]
    if asked:
        first = min(asked, key=lambda one: one.reply_by or "9")
        of = apart(first.of_name)
        return f"{of} replies to the question{_asked_by(first)}."
    if found == "claimed_complete":
        return f"{inspectorate} decides whether to close it."
    target = recommendation.target
    if target.standing == "passed":
        return f"{who} says where it stands."
    if target.on and target.standing == "ahead":
        return f"{who} does it by {short_day(target.on)}."
    return f"{who} says what it does."


def _asked_by(assurance: AssuranceAsked) -> str:
    """Return the day by which a reply was asked for, after a sentence; if it is past, how long."""
    if not assurance.reply_by:
        return ""
    return f"; it was asked for by {short_day(assurance.reply_by)}{overdue(assurance)}"


def overdue(assurance: AssuranceAsked) -> str:
    """Return by how many days a reply is overdue, after a day; nothing where it isn't."""
    days = assurance.days_overdue
    return f", and is overdue by {count(days, 'day')}" if days else ""


def _inspectorate(published: Published) -> str:
    """Return who published it, in short: whose it is to close it."""
    name = short(published.publisher or "", published.publisher_name or None)
    return apart(name) if name else "the inspectorate"


def act(entry: Shape) -> str:
    """`HMICFRS refused closure`: who did what, of an entry as a trail has it."""
    return " ".join(part for part in act_in_two(entry) if part)


def done(topic: str) -> str:
    """Return what somebody did by an entry of this type, in words; where ACTS has none, what the
    event's declaration says that it is."""
    if topic in ACTS:
        return ACTS[topic]
    said = " ".join((BY_TOPIC[topic].__doc__ or topic).split())
    return said.partition(". ")[0].rstrip(".")


def act_in_two(entry: Shape) -> tuple[str, str]:
    """Return the same in two: (`Cumbria Constabulary:`, `on track`), the second what can be
    corrected."""
    topic, data = entry["type"], entry["data"]
    did = done(topic)
    if topic in _NOBODYS:
        due = data.get("due_on")
        return (f"{did}, by", day(due)) if due else (did, "")
    who = apart(short(entry.get("by") or "", entry.get("by_name")) or body_of(entry["recorded_by"]))
    if topic == "update-received" and data.get("claim"):
        means = data["claim"]["means"]
        return f"{who}:", CLAIMS.get(means, means)
    if topic == "target-date-set":
        return f"{who} {did}:", day(data["on"])
    return (f"{who} {did}", "") if topic in ACTS else (f"{who}: {did}", "")


_SHORT = {"hmicfrs": "HMICFRS"}
"""Bodies that are called by a short name after they were named in full."""


def short(body: str, name: str | None) -> str | None:
    """What a body is called in a list or a trail."""
    return _SHORT.get(body, name or body or None)


def in_full(body: str, name: str) -> str:
    """What a body is called where a page first names it, with the short name that follows."""
    return f"{name} ({_SHORT[body]})" if body in _SHORT else name


def recorded(entry: Shape) -> str:
    """`recorded the same day`, `recorded 22 days after`, `recorded on 1 August 2025`."""
    after = lag(entry.get("known_on", entry["occurred_on"]), entry["recorded_at"])
    return f"recorded {after}" if after else f"recorded {short_moment_day(entry['recorded_at'])}"


def short_moment_day(value: str) -> str:
    """The London day of an RFC 3339 moment, as lists have it."""
    return short_day(london_date(datetime.fromisoformat(value)).isoformat())


def bettered(response: Owed) -> str:
    """What is said of a verdict beside it: that a decision not to apply came after the last day,
    that an entry made after that day bettered it."""
    said = []
    if response.verdict != "disapplied":
        for one in response.disapplied:
            on = one.decided_on or one.recorded_on
            said.append(f"Said on {short_day(on)} not to apply, after the last day.")
    if found := response.improved_later:
        said.append(_bettered(found[0]))
    return " ".join(said)


def due_and_published(response: Owed) -> str:
    """`Due 8 July 2026. We hold no response.`: beside the verdict, which says where the law sets no
    deadline."""
    without = " without the chief officer’s comments" if response.verdict == "incomplete" else ""
    said = f"{capital(published(response))}{without}."
    return said if response.verdict == "no_period" else f"{capital(due(response))}. {said}"


def verdict(judged: Owed | DutyInShort | Finding) -> str:
    """Return `Late by at least 22 days`: the verdict and its days, for a list."""
    return verdict_of(str(judged.verdict), judged.days, at_least=judged.at_least)


def verdict_of(found: str, days: int | None, *, at_least: bool) -> str:
    """Return the same for the word of a verdict and its days."""
    said = capital(VERDICTS.get(found, (found.replace("_", " "), ""))[0])
    if days is None:
        return said
    if found in ("late", "overdue"):
        least = "at least " if at_least else ""
        return f"{said} by {least}{count(days, 'day')}"
    if found in ("due", "not_due"):
        return f"{said}: {'today is the last day' if days == 0 else count(days, 'day') + ' left'}"
    return said


def published(response: Owed) -> str:
    """When a response was published, as far as a record shows it."""
    if response.published_on:
        return f"published {day(response.published_on)}"
    if is_published(response):
        return "published on a day not known"
    return "we hold no response"


def is_published(response: Owed) -> bool:
    """Return whether a publication that may have happened is recorded: an overdue response has
    none, and its date is then that of somebody who looked."""
    if response.bases is None or response.bases.published is None:
        return False
    return response.verdict != "overdue"


def due(response: Owed) -> str:
    """When a response is due, or why no day can be told."""
    if response.due_on:
        return f"due {day(response.due_on)}"
    if response.verdict == "no_period":
        return "no deadline in law"
    return "the last day cannot be told: the report’s day is not known exactly"


def to_settle(response: ResponseState) -> str | None:
    """What would settle a verdict that the days do not show; None of any other."""
    if response.verdict == "not_looked_for":
        return (
            "the response, with the day on which it was published or its address; or word of "
            "somebody who looked for it and did not find it."
        )
    if response.verdict != "not_shown":
        return None
    if response.due_on is None:
        return "the day on which the report was published, with its publisher’s page as a copy."
    ended_on = response.office_ended_on
    if ended_on and ended_on <= response.due_on:
        return "who followed the office when it ended, from which day, with its source."
    if response.between:
        return (
            f"a copy of the response that was taken on {day(response.due_on)} or earlier, or "
            "the day on which it was published, with its source."
        )
    if any(one.basis == "recorded_in_error" for one in response.disapplied):
        return (
            "the response, with the day on which it was published or its address; or whoever "
            "recorded the duty retracts it, or confirms it with a source."
        )
    return "the days that are not exactly known, each with its source."


def coverage(response: ResponseState) -> tuple[str, str] | None:
    """Return what the response explains, in short, and whose list of recommendations it is counted
    by; None if nobody has looked for a response."""
    shape = response.coverage
    if not shape or not shape.addressed or response.verdict == "not_looked_for":
        return None
    if shape.explained_now is None:
        unsure = f"{shape.not_known} of {count(shape.addressed, 'recommendation')}"
        return f"not known of {unsure}", "a response is recorded here without its text"
    by_due, general = shape.explained_by_due, shape.general
    short = f"{shape.explained_now} of {count(shape.addressed, 'recommendation')}"
    if by_due is not None and by_due != shape.explained_now:
        short += f", {f'at least {by_due}' if by_due else 'none for certain'} by the last day"
    if general:
        short += f", {general} in general terms only"
    if shape.listed_by == "report":
        return short, "of those that the report lists"
    return short, "of those that it lists itself; the report’s own list is not recorded here"


def improved_later(response: ResponseState, working: Working) -> list[str]:
    """What bettered the verdict by an entry made after the last day, what it was until then, and
    whether that entry was set aside since."""
    undone = {one.entry for one in working.set_aside}
    return [
        f"{_bettered(one)}{' That entry was set aside since.' if one.entry in undone else ''}"
        for one in response.improved_later
    ]


def _bettered(one: Improvement) -> str:
    """`Added here on 28 October 2024. Until then we held no response, 136 days after the last
    day.`"""
    on, was = day(london_date(datetime.fromisoformat(one.recorded_at)).isoformat()), one.from_
    until_then = f"until then it read “{verdict(was)}”."
    match one.type:
        case "entry-corrected":
            return f"Corrected here on {on}; {until_then}"
        case "entry-retracted":
            return f"An entry was set aside here on {on}; {until_then}"
        case "response-published" if was.verdict == "overdue":
            days = f"{'at least ' if was.at_least else ''}{count(was.days or 0, 'day')}"
            return f"Added here on {on}. Until then we held no response, {days} after the last day."
        case _:
            return f"Added here on {on}; {until_then}"


def target(recommendation: Recommendation) -> str:
    """Where a recommendation stands against its target date."""
    shape = recommendation.target
    on, days = shape.on, shape.days
    if again := shape.to_confirm:
        return (
            f"{day(again.on)} was worked out from the words of the report, whose own day was "
            "corrected since. The target is to be confirmed again; until then it counts neither "
            "as ahead nor as passed."
        )
    if shape.standing == "none" or not on:
        return "No target date is recorded."
    when = target_day(on, shape.worked_out)
    if shape.standing == "passed":
        gone = f", {count(days, 'day')} ago" if days else ", which has passed"
        return f"{when}{gone}. No closure and no claim of completion stands."
    if shape.undated:
        return f"{when}. Nothing shows whether it was met."
    if shape.standing == "over":
        return f"{when}. {_done_by(recommendation, str(on))}"
    ahead = f": {count(days, 'day')} ahead" if days is not None and days >= 0 else ""
    return f"{when}{ahead}."


def undated(act: UndatedAct) -> str:
    """Return an act without an exact day, as a link to its entry says it: `update received (August
    2025)`."""
    when = day(act.occurred_on) if act.occurred_on else "day not known"
    return f"{act.type.replace('-', ' ')} ({when})"


def target_day(on: str | None, worked_out: bool | UnsetType | None = None) -> str:
    """Return the day of a target, and that it was worked out from the words, where it was."""
    return f"{day(on)}{' (worked out from the words)' if worked_out else ''}"


def proposed(shape: TargetStanding) -> str:
    """What the words of a target give, where that is not what is recorded; else nothing."""
    if not (found := shape.proposed):
        return ""
    if shape.worked_out or shape.to_confirm:
        then = f"now give {day(found.on)}" if found.on else "give no day any more"
        return f"The words, “{apart(found.words)}”, {then}. {found.why}"
    if found.on:
        return (
            f"The report says “{apart(found.words)}”, which gives {day(found.on)}; nobody "
            f"has confirmed that day. {found.why}"
        )
    return f"The report says “{apart(found.words)}”. {found.why}"


def office(matter: ResponseFound | RecommendationFound) -> list[str]:
    """Return whose a response or a recommendation is, where one body follows another: with the
    days."""
    found, today = matter.office, matter.as_of.effective_on
    over, whose = None, ""
    if isinstance(matter, ResponseFound):
        over, whose = matter.office_ended_on, matter.body
    else:
        whose = matter.addressee
    divided = _divided(found, over, today) if found else None
    said = [ended(over)] if over and not divided else []
    if not found:
        return said
    for one in found.successions:
        when = day(one.on)
        if one.on > today:
            said.append(f"From {when} on {one.to_name} follows {one.from_name}.")
        else:
            said.append(f"{one.to_name} follows {one.from_name} since {when}.")
    if divided:
        said.append(divided)
    if found.taken_over:
        said.append(
            f"It is counted with {found.counted_with_name}, which held the office when its last "
            f"day had passed; {found.now_name} has taken it over."
        )
    elif found.counted_with != found.now:
        said.append(f"It was done with by then, and is counted with {found.counted_with_name}.")
    elif found.now != whose:
        said.append(f"It was open then, and passed to {found.now_name}.")
    return said


def _divided(found: Office, over: str | None, today: str) -> str | None:
    """Return the sentence on a matter that stays with a divided body; None where it passes to one
    of those that follow."""
    after = [one for one in found.successions if one.from_ == found.now]
    came = [one.to_name for one in after if one.on <= today]
    if not came:
        return None
    return (
        f"{found.now_name} was divided, and none of its successors ({' and '.join(came)}) "
        f"holds every force that this concerns. So it stays counted with {found.now_name}."
        + (f" No day after {day(over)} counts as overdue." if over else "")
    )


def ended(on: str) -> str:
    """Return that the office of a body ended on a day, and that nobody follows it."""
    return (
        f"The office ended on {day(on)}, and nobody is recorded as "
        "following it: no day after that counts as overdue."
    )


def ties(body: BodyFound, today: str) -> list[tuple[str, str, str]]:
    """Whom a body follows, and who follows it: words, the other's id, and its name with the day."""
    said = [
        (
            "Took over from" if one.on <= today else "Takes over from",
            one.body,
            f"{one.body_name} on {day(one.on)}",
        )
        for one in body.follows
    ]
    for after in body.successors:
        did = "Replaced by" if after.on <= today else "To be replaced by"
        said.append((did, after.body, f"{after.body_name} on {day(after.on)}"))
    return said


def kept_here(body: BodyFound) -> str | None:
    """Return the sentence that a body keeps its record here; None where it does not say so."""
    if (found := body.record_kept_here) is None:
        return None
    until = f", until {day(found.until)}" if found.until else ""
    return (
        f"It keeps its record here, by its own word: its responses to reports published from "
        f"{day(found.from_)} on are all recorded here{until}."
    )


def tied(counted: Group, rows: Sequence[Any]) -> list[str]:
    """Of a body in a table of counts: who follows it, and whom in the table it follows."""
    there = {row.found.body for row in rows}
    said = [
        f"followed by {after.body_name} from {day(after.on)} on"
        for after in counted.successors or ()
    ]
    if kept := counted.record_kept_here:
        until = f" until {day(kept.until)}" if kept.until else ""
        said.append(f"keeps its record here from {day(kept.from_)} on{until}")
    return said + [
        f"after {one.body_name}, from {day(one.on)} on"
        for one in counted.follows or ()
        if one.body in there
    ]


def _done_by(recommendation: Recommendation, target: str) -> str:
    """What was done by a target whose day is over, or after it, as far as days are known."""
    claim, closed = recommendation.claim, recommendation.closed
    if claim and claim.days_after_target:
        return f"Claimed complete {count(claim.days_after_target, 'day')} after it."
    since = claim.since if claim and claim.means == "complete" else None
    if since and dates.last_day(since) <= dates.first_day(target):
        return "Claimed complete by then."
    if closed and closed.on and dates.is_exact(closed.on):
        after = (date.fromisoformat(closed.on) - dates.last_day(target)).days
        return f"Closed {count(after, 'day')} after it." if after > 0 else "Closed by then."
    if closed:
        return "Closed, on a day not exactly known."
    if recommendation.status in ("withdrawn", "superseded"):
        return STATUSES[recommendation.status][1]
    return "It may have been done by then: the days are not exactly known."


def moved(target: TargetStanding) -> str:
    """`Moved once; at first 31 December 2025`."""
    moves = target.moves
    often = {1: "once", 2: "twice"}.get(moves, f"{moves} times")
    return f"Moved {often}; at first {day(target.original_on)}"


_DECIDED = {"Closure": "Closed", "Refusal": "Closure was refused", "Reopening": "Opened again"}


def decided_by(made: DecisionTold) -> str:
    """Return whose decision it was, in short."""
    return apart(short(made.by or "", made.by_name) or "somebody unnamed")


def decision(what: str, made: Decision) -> str:
    """Return by whose decision it was closed, refused or opened again; where another recorded it,
    as reported by whom."""
    more = ""
    if what == "Reopening" and not made.undoes:
        more = " It had been closed earlier, on a day that isn’t recorded."
    if what == "Closure" and made.ground:
        more = f" {GROUNDS[made.ground]}"
    return f"{_DECIDED[what]} {whose_word(made)}.{more}"


def whose_word(made: DecisionTold) -> str:
    """Return `by HMICFRS on 12 October 2026, as reported by Cumbria PCC from “its letter”`."""
    by = f"by {decided_by(made)}"
    on = f" on {day(made.on)}" if made.on else " on a day not known"
    if made.provenance != "reported":
        return f"{by}{on}"
    told_by = apart(made.reported_by_name or body_of(made.recorded_by))
    source = ""
    if isinstance(made, Decision) and made.source_note:
        source = f" from “{apart(made.source_note)}”"
    elif isinstance(made, Decision) and made.source_url:
        source = f" from {apart(made.source_url)}"
    return f"{by}{on}, as reported by {told_by}{source}"


def decision_of(recommendation: Recommendation) -> Decision | None:
    """Return the decision by which it is closed, refused or reopened now."""
    match recommendation.status:
        case "closed":
            return recommendation.closed
        case "refused":
            return recommendation.refused
        case "reopened":
            return recommendation.reopened
        case _:
            return None


def standing(recommendation: Recommendation) -> str:
    """Return where a recommendation stands in short; of a closure, refusal or reopening also whose
    word it is and its day: `Closure refused by HMICFRS, 12 Oct 2026`."""
    if (made := decision_of(recommendation)) is None:
        return status(recommendation)
    on = f", {short_day(made.on)}" if made.on else ", day not known"
    teller = made.reported_by_name if made.provenance == "reported" else None
    told_by = f", as reported by {apart(teller)}" if teller else ""
    return f"{status(recommendation)} by {decided_by(made)}{on}{told_by}"


def force_word(recommendation: Recommendation) -> str:
    """Return what became of the force's claim of completion; nothing where it claims less."""
    claim, found = recommendation.claim, recommendation.status
    if not claim or claim.means != "complete":
        return ""
    match found:
        case "refused" | "reopened":
            made = decision_of(recommendation)
            by = decided_by(made) if made else "somebody"
            did = "refused closure" if found == "refused" else "opened it again"
            return f"{by} {did} after that: the claim no longer stands."
        case "open":
            return "A later update doesn’t repeat it: the claim no longer stands."
        case "claimed_complete" | "closure_proposed":
            return "A claim is not closure: nobody else has confirmed it here."
        case _:
            return ""


def names(at: Question) -> dict[str, str]:
    """The names of the bodies of the register, by their ids."""
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
    """Bodies under what they are, those that owe responses first, each list by name."""
    order = ("local_policing_body", "force", "fire_authority", "panel")
    kinds = {kind: n for n, kind in enumerate(order)}
    ordered = sorted(bodies, key=lambda one: (kinds.get(one.kind, len(order)), one.kind, one.name))
    return [(kind, list(group)) for kind, group in groupby(ordered, key=lambda one: one.kind)]
