"""In time means all of it: what was received, asked for and published, and the verdict on it.

The report is of 16 May 2025 with the publisher's page held. The response is due on 10 July by the
rule that asks for the chief officer's comments too. Everything is recorded, and asked about, on 24
November 2025 unless a vector says another day. They go through Python, SQL, `replay` and HTTP.
"""

from dataclasses import dataclass
from typing import Literal

LATER = "2025-11-24"
OWN: tuple["PartName", ...] = ("comments",)
THEIRS: tuple["PartName", ...] = ("chief_officer_comments",)
BOTH = (*OWN, *THEIRS)
NOT_KNOWN: tuple["PartName", ...] = ()
"""The parts of a response that was recorded without its text."""
PartName = Literal["comments", "chief_officer_comments", "reply"]


@dataclass(frozen=True)
class Came:
    """The chief officer's comments were received."""

    on: str | None
    recorded: str = LATER
    captured: str | None = None
    by: Literal["body", "force", "another"] = "body"
    """The recorder: the body that owes the response, the force, or another."""
    disputed: bool = False
    """True where the body that owes the response disputes it, on that day."""


@dataclass(frozen=True)
class Asked:
    """They were invited before a date."""

    on: str | None
    before: str | None
    recorded: str = "2025-07-10"
    """By the last day, unless said otherwise: one that is entered later binds nobody."""


@dataclass(frozen=True)
class Out:
    """Parts were published."""

    on: str | None
    parts: tuple[PartName, ...] = OWN
    recorded: str = LATER
    captured: str | None = None


@dataclass(frozen=True)
class Added:
    """The page was seen with the chief officer's comments, which it had been published without."""

    seen_on: str
    recorded: str = LATER


Act = Came | Asked | Out | Added


@dataclass(frozen=True)
class Vector:
    """Recorded acts, and the answer."""

    about: str
    acts: tuple[Act, ...]
    verdict: str
    published: str | None = "stated"
    """The basis of the publications' days."""
    on: str = LATER
    days: int | None = None
    known_at: str | None = None


JULY_1 = Came("2025-07-01")
VECTORS = [
    Vector("whether any were submitted is not known", (Out("2025-07-10"),), "in_time"),
    Vector("with theirs", (JULY_1, Out("2025-07-10", BOTH)), "in_time"),
    Vector("without theirs", (JULY_1, Out("2025-07-10")), "incomplete"),
    Vector("nothing is wanting on the last day", (JULY_1, Out("2025-07-10")), "due", "recorded",
           on="2025-07-10", days=0),
    Vector("it is on the next", (JULY_1, Out("2025-07-10")), "incomplete", on="2025-07-11"),
    Vector("nor is it long before the last", (Came("2025-06-10"), Out("2025-06-18")), "not_due",
           "recorded", on="2025-06-20", days=20),
    Vector("before they came, its own were all", (Came("2025-06-10"), Out("2025-06-05")), "in_time",
           on="2025-06-09"),
    Vector("theirs late", (JULY_1, Out("2025-07-10"), Out("2025-07-20", THEIRS)), "incomplete"),
    Vector("theirs late, and not yet there", (JULY_1, Out("2025-07-10"), Out("2025-07-20", THEIRS)),
           "incomplete", on="2025-07-15"),
    Vector("theirs apart and first", (JULY_1, Out("2025-07-10"), Out("2025-07-05", THEIRS)),
           "in_time"),
    Vector("theirs in July, whenever", (JULY_1, Out("2025-07-10"), Out("2025-07", THEIRS)),
           "not_shown", "recorded"),
    Vector("theirs perhaps already, while the period runs", (JULY_1, Out("2025-07-05"),
           Out("2025-07", THEIRS)), "due", "recorded", on="2025-07-09", days=1),
    Vector("theirs in August", (JULY_1, Out("2025-07-10"), Out("2025-08", THEIRS)), "incomplete"),
    Vector("theirs on a day not known", (JULY_1, Out("2025-07-10"), Out(None, THEIRS)), "not_shown",
           "recorded"),
    Vector("in parts not known", (JULY_1, Out("2025-07-10", NOT_KNOWN)), "not_shown", "recorded"),
    Vector("without theirs, and late in parts not known", (JULY_1, Out("2025-07-10"),
           Out("2025-07-20", NOT_KNOWN)), "not_shown", "recorded"),
    Vector("without theirs, before it was late in parts not known", (JULY_1, Out("2025-07-10"),
           Out("2025-07-20", NOT_KNOWN)), "incomplete", on="2025-07-15"),
    Vector("theirs late, and before that late in parts not known", (JULY_1, Out("2025-07-10"),
           Out("2025-07-20", NOT_KNOWN), Out("2025-07-25", THEIRS)), "not_shown", "recorded"),
    Vector("with theirs, and late in parts not known", (JULY_1, Out("2025-07-10", BOTH),
           Out("2025-07-20", NOT_KNOWN)), "in_time"),
    Vector("received after the last day", (Came("2025-07-11"), Out("2025-07-10")), "in_time"),
    Vector("received on the last day", (Came("2025-07-10"), Out("2025-07-10")), "incomplete"),
    Vector("received perhaps after it", (Came("2025-07"), Out("2025-07-10")), "in_time"),
    Vector("received by the day of its recording", (Came(None, "2025-07-01"), Out("2025-07-10")),
           "incomplete"),
    Vector("asked for before a date, and one day before it", (Asked("2025-05-20", "2025-06-10"),
           Came("2025-06-09"), Out("2025-07-10")), "incomplete"),
    Vector("not before the date", (Asked("2025-05-20", "2025-06-10"), Came("2025-06-10"),
           Out("2025-07-10")), "in_time"),
    Vector("asked for again, before a later date", (Asked("2025-05-20", "2025-06-10"),
           Asked("2025-06-09", "2025-06-24"), Came("2025-06-20"), Out("2025-07-10")), "incomplete"),
    Vector("asked for again, before an earlier date", (Asked("2025-05-20", "2025-06-24"),
           Asked("2025-05-30", "2025-06-10"), Came("2025-06-20"), Out("2025-07-10")), "in_time"),
    Vector("asked for twice, and which was the last is not known", (Asked("2025-06", "2025-06-10"),
           Asked("2025-06-15", "2025-06-24"), Came("2025-06-20"), Out("2025-07-10")), "in_time"),
    Vector("asked for twice on one day", (Asked("2025-05-20", "2025-06-10"), Asked("2025-05-20",
           "2025-06-24"), Came("2025-06-20"), Out("2025-07-10")), "incomplete"),
    Vector("asked for without a date", (Asked("2025-05-20", None), JULY_1, Out("2025-07-10")),
           "incomplete"),
    Vector("asked for before a month, of which any day can be meant", (Asked("2025-05-20",
           "2025-06"), Came("2025-06-05"), Out("2025-07-10")), "in_time"),
    Vector("an invitation entered after the last day frees nobody", (Asked("2025-05-20",
           "2025-06-10", LATER), Came("2025-06-20"), Out("2025-07-10")), "incomplete"),
    Vector("on the force's word, given afterwards", (Came("2025-06-20", "2025-11-20", by="force"),
           Out("2025-07-10")), "in_time"),
    Vector("on the force's word, given by the last day", (Came("2025-06-20", "2025-07-01",
           by="force"), Out("2025-07-10")), "incomplete"),
    Vector("on the force's word, given on the last day", (Came("2025-06-20", "2025-07-10",
           by="force"), Out("2025-07-10")), "incomplete"),
    Vector("on the force's word, given by the last day, which the office disputes",
           (Came("2025-06-20", "2025-07-01", by="force", disputed=True), Out("2025-07-10")),
           "in_time"),
    Vector("on another's word, given by the last day", (Came("2025-06-20", "2025-07-01",
           by="another"), Out("2025-07-10")), "in_time"),
    Vector("on another's word, and captured on the last day", (Came("2025-06-20",
           captured="2025-07-10", by="another"), Out("2025-07-10")), "incomplete"),
    Vector("on another's word, and captured after it", (Came("2025-06-20", captured="2025-09-01",
           by="another"), Out("2025-07-10")), "in_time"),
    Vector("on the office's own word, given long afterwards", (Came("2025-06-20", by="body"),
           Out("2025-07-10")), "incomplete"),
    Vector("its own late", (JULY_1, Out("2025-07-14", BOTH)), "late", days=4),
    Vector("its own not shown", (JULY_1, Out(None), Out("2025-07-20", THEIRS)), "not_shown",
           "recorded"),
    Vector("its own not there", (JULY_1, Out("2025-07-05", THEIRS)), "overdue", None, days=137),
    Vector("seen added in time", (JULY_1, Out("2025-07-05"), Added("2025-07-08")), "in_time"),
    Vector("seen added after it, on whatever day since", (JULY_1, Out("2025-07-10"),
           Added("2025-07-20")), "not_shown", "recorded"),
    Vector("a copy of all of it", (JULY_1, Out(None, BOTH, captured="2025-07-05")), "in_time",
           "captured"),
    Vector("a copy of its own, somebody's word for theirs", (JULY_1, Out(None,
           captured="2025-07-01"), Out("2025-07-05", THEIRS)), "in_time", "stated"),
    Vector("a copy of its own, and theirs came on somebody's word", (JULY_1, Out(None,
           captured="2025-07-01")), "incomplete", "stated"),
    Vector("copies of both", (Came(None, captured="2025-07-01"), Out(None, captured="2025-07-01")),
           "incomplete", "captured"),
    Vector("what was known then", (Came("2025-07-01", "2025-07-01"), Out("2025-07-05", OWN,
           "2025-07-05"), Out("2025-07-05", THEIRS, "2025-08-01")), "incomplete", "recorded",
           on="2025-07-20", known_at="2025-07-20"),
    Vector("what is known since", (Came("2025-07-01", "2025-07-01"), Out("2025-07-05", OWN,
           "2025-07-05"), Out("2025-07-05", THEIRS, "2025-08-01")), "in_time", "stated",
           on="2025-07-20"),
]  # fmt: skip
