"""Reports that look alike: spelt otherwise, of a day not known, or of another day. They are never
joined unasked, and none is entered twice unasked: a person compares them, and says which it is."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher, get_close_matches

from ledger.acts.decision import Decision
from ledger.errors import Refused
from ledger.events import ReportPublished, ReportRevised
from ledger.events.entry import Entry
from ledger.events.streams import report_stream
from ledger.intake.pages.values import ANOTHER
from ledger.intake.proposals.wordings import folded
from ledger.states.effect import in_effect
from ledger.states.report import Report, report

_ALIKE = 0.85
_Recorded = tuple[Report, set[str]]
"""A recorded report, with its titles as compared."""


@dataclass(frozen=True, slots=True)
class Outline:
    """The outline of a report that a person compares: its title, day, publishers and number of
    recommendations. `reference` is empty of one that is not recorded."""

    title: str
    published_on: str | None
    publishers: tuple[str, ...]
    recommendations: int
    reference: str = ""

    def __str__(self) -> str:
        day, by = self.published_on or "a day not known", ", ".join(self.publishers)
        count = f"{self.recommendations} recommendation{'' if self.recommendations == 1 else 's'}"
        return f"“{self.title}”, {day}, {by}, {count}"


class LooksAlike(Refused):
    """A report looks like others that are recorded, and nobody said whether it is one of them.
    `how` says in what words to say it, with `{}` for what is said."""

    def __init__(self, where: str, own: Outline, recorded: Sequence[Outline], how: str) -> None:
        lines = [f"{where}: two reports look alike, and are not joined unasked.", f"  it:  {own}"]
        lines += [f"  recorded:  {one} ({one.reference})" for one in recorded]
        names = [*(one.reference for one in recorded), ANOTHER]
        said = ", or ".join(how.format(one) for one in names)
        super().__init__("looks-alike", "\n".join([*lines, f"Say which: {said}."]))
        self.own, self.recorded = own, tuple(recorded)


class Recorded:
    """The recorded reports, found by their titles, days and publishers: read once, however many
    are asked about."""

    def __init__(self, decision: Decision) -> None:
        self.decision = decision
        self._by_title: dict[str, dict[str, _Recorded]] = {}
        self._by_day: dict[str | None, dict[str, _Recorded]] = {}
        self.all: dict[str, _Recorded] = {}
        for stream in decision.below("report/"):
            self.add(stream.removeprefix("report/"))

    def add(self, reference: str) -> None:
        """Add a report that is recorded or drafted."""
        entries = self.decision.stream(report_stream(reference))
        if (found := report(entries)) is None:
            return
        one = self.all[reference] = found, titles_of(found, entries)
        for title in one[1]:
            self._by_title.setdefault(title, {})[reference] = one
        self._by_day.setdefault(found.published_on, {})[reference] = one

    def surely(self, own: Outline) -> Report | None:
        """Return the recorded report that surely is this one: of a publisher of it, with its title,
        on its day, as these are now or were first recorded."""
        for found, _ in self._by_title.get(titled(own.title), {}).values():
            days = (found.published_on, found.published.original.occurred_on)
            if {*own.publishers} & {*found.publishers} and own.published_on in days:
                return found
        return None

    def alike(self, own: Outline) -> list[Outline]:
        """Return the recorded reports of its publishers that a report resembles but may differ
        from. They have a similar title and the same or an unknown day, or the same title and
        another day."""
        alike = []
        title = titled(own.title)
        for found, titles in self._near(own):
            days = {found.published_on, own.published_on}
            if title in titles and days == {own.published_on} - {None}:
                continue  # it is the same, which nobody has to be asked
            if any(_alike(title, each) for each in titles):
                alike.append(_outline(self.decision, found))
        return alike

    def of_publishers(self, own: Outline) -> list[_Recorded]:
        """Return the reports of a publisher of this one, each with its titles as compared."""
        return [one for one in self.all.values() if {*own.publishers} & {*one[0].publishers}]

    def _near(self, own: Outline) -> list[_Recorded]:
        """Return the reports of its publishers that have its title or its day, or of which one day
        is not known."""
        if own.published_on is None:
            return self.of_publishers(own)
        near = self._by_title.get(titled(own.title), {})
        near = near | self._by_day.get(own.published_on, {}) | self._by_day.get(None, {})
        return [one for one in near.values() if {*own.publishers} & {*one[0].publishers}]


def _outline(decision: Decision, found: Report) -> Outline:
    keys = {to.key for to, *_ in decision.raised_in(found.reference)}
    title = found.data.title
    return Outline(title, found.published_on, found.publishers, len(keys), found.reference)


def titles_of(found: Report, entries: Sequence[Entry]) -> set[str]:
    """Return the titles that a report has and had, as compared."""
    first = found.published.original.data
    assert isinstance(first, ReportPublished)
    revised = (one.data for one in in_effect(entries) if isinstance(one.data, ReportRevised))
    later = {str(one.now) for one in revised if one.field == "title"}
    return {titled(title) for title in {found.data.title, first.title, *later}}


def titled(words: str) -> str:
    """Return a title as compared: capitals are no difference."""
    return folded(words).casefold()


def _alike(one: str, other: str) -> bool:
    """Return whether two titles may be of one report: spelt alike, and no name or number
    differs."""
    if one == other or _holds(one, other) or _holds(other, one):
        return True
    if SequenceMatcher(None, one, other).ratio() < _ALIKE:
        return False
    differ = {*one.split()} ^ {*other.split()}
    return all(get_close_matches(word, differ - {word}, 1, 0.7) for word in differ) and not any(
        any(letter.isdigit() for letter in word) for word in differ
    )


def _holds(title: str, part: str) -> bool:
    """Return whether a title has another in it, which is long enough to be one, with its numbers
    whole: “… volume 12” does not have “… volume 1” in it."""
    return len(part) > 20 and bool(re.search(rf"(?<!\d){re.escape(part)}(?!\d)", title))
