"""From the rows of a register to acts decided: what is new is added, what is recorded is left.

A row becomes the same rows that our own sheets have, and the draft of a backlog decides them. A
rule's refusal is listed with its row, and the others are recorded.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Literal

from ledger import dates
from ledger.acts.decision import Decision
from ledger.errors import NotAllowed, NotRecorded, Refused, Unfit
from ledger.events import RecommendationRaised, ResponseDutyArose
from ledger.events.recommendation import Kind
from ledger.events.report import ReportKind
from ledger.events.streams import RecommendationId, key_of, recommendation_of, response_stream
from ledger.events.texts import why_unfit
from ledger.intake.pages.blocks import clean
from ledger.intake.pages.values import ANOTHER
from ledger.intake.proposals.backlog import BacklogDraft
from ledger.intake.proposals.draft import Intake, SheetFile, acts_of
from ledger.intake.proposals.look_alikes import Outline, titled
from ledger.intake.proposals.statuses import Told, take_statuses
from ledger.intake.registers.mapping import RegisterRow
from ledger.intake.registers.register import Register
from ledger.intake.sheets.cells import Place
from ledger.intake.sheets.fields import plain_name
from ledger.intake.sheets.layout import LookUpRow, RecommendationRow, ReportRow, ResponseRow
from ledger.states.effect import Known
from ledger.states.report import Report, reference_for
from ledger.states.service import GROUPS


@dataclass(frozen=True, slots=True)
class Raised:
    """A recommendation that is recorded or drafted."""

    to: RecommendationId
    number: str
    publisher_number: str | None
    texts: Sequence[str | None]
    """Its wordings; None where one was removed."""


@dataclass
class OfReport:
    """A report of the register: its recommendations, and what the rows say of them."""

    row: ReportRow
    found: Report
    owing: list[str]
    """The bodies that the mapping says must respond."""
    told: dict[RecommendationId, list[Told]] = field(default_factory=dict)
    first: dict[RecommendationId, RegisterRow] = field(default_factory=dict)
    """The first row of each."""
    responses: list[tuple[RegisterRow, str]] = field(default_factory=list)
    """The rows, each with an addressee."""
    is_new: bool = False
    """True if the file brings a recommendation that was not recorded."""
    numbers: Counter[tuple[str, str]] = field(default_factory=Counter)
    """The last number that we gave, by its label and addressee."""
    _there: dict[tuple[str, str | None, str], list[Raised]] = field(default_factory=dict)

    @property
    def reference(self) -> str:
        return self.found.reference

    def add(self, one: Raised) -> None:
        """Add a recommendation that is recorded or drafted."""
        words = [None if text is None else clean(text) for text in one.texts]
        names = [("key", one.to.key), ("number", one.publisher_number)]
        for what, value in (*names, *(("words", each) for each in words)):
            for addressee in (one.to.addressee, ""):
                self._there.setdefault((what, value, addressee), []).append(one)

    def known(
        self, what: Literal["key", "number", "words"], value: str | None, addressee: str = ""
    ) -> list[Raised]:
        """Return the recommendations that have a key, a publisher's number or words: to a body, or
        to any. Words that were removed are None."""
        return self._there.get((what, value, addressee), [])


class RegisterDraft(BacklogDraft):
    """The draft of a register: its rows become those of a backlog. `body`: whose register it is,
    where it is one body's own."""

    LISTS = (Refused, NotAllowed, NotRecorded, Unfit, ValueError)
    ONE_MORE = "response on", ""

    def __init__(
        self,
        decision: Decision,
        register: Register,
        file: SheetFile,
        body: str | None,
        intake: Intake,
    ) -> None:
        super().__init__(decision, [file], body, intake)
        self.register, self.mapping, self.rows = register, register.mapping, register.rows
        self._answered: set[tuple[str, str]] = set()
        """The reports and bodies of which a row said which response was published."""
        self._titles: dict[Place, str] = {}
        """The titles of reports, by the row that names them first."""
        self._taken = set(self.recorded.all)
        """The references that reports have."""
        self._bodies: dict[str, tuple[str | None, str]] = {}
        self._numbered: dict[str, list[tuple[Report, Raised]]] = {}
        """The recorded recommendations with their reports, by the publisher's numbers of the
        rows."""
        # The file is kept before any act of a row, so that an act is taken back without it.
        self._capture(file.book.file)

    def take_rows(self) -> None:
        """Add what the rows bring: reports and recommendations, then duties by the rules,
        responses and look-ups, then statuses."""
        self.intake.rejected += [*self.register.columns_left, *self.register.rejected]
        self._find_numbers()
        rows = [self._recognised(row) for row in _filled(self.rows)]
        reports = [one for some in _by_report(rows) if (one := self._take_report(some))]
        for one in reports:
            self._duties_of(one)
            for row, addressee in one.responses:
                self._take_response(one, row, addressee)
        known = self._is_known(reports)
        for one in reports:
            for to, told in one.told.items():
                take_statuses(self, to, told, file_is_known=known)
        if not any(one.new for one in self.intake.proposals):
            self.drop_files()

    def unknown_bodies(self) -> list[str]:
        """Return the names of bodies that neither the mapping nor the register of bodies
        explains."""
        names = {name: None for row in self.rows for name in (*row.publishers, *row.addressees)}
        return [
            name
            for name in names
            if self.known_body(name)[0] is None and "-".join(name.casefold().split()) not in GROUPS
        ]

    def known_body(self, name: str) -> tuple[str | None, str]:
        """Return the id of a body as the mapping or the register of bodies has it, or of the only
        force of an area that is named."""
        if name not in self._bodies:
            bare = plain_name(name)
            own = "force" if bare == "the force" else name
            found, why = super().known_body(self.mapping.bodies.get(bare, own))
            if found is None:
                area = "-".join(name.casefold().replace("&", "and").split())
                bodies = self.decision.service.bodies.values()
                forces = [one.id for one in bodies if one.kind == "force" and one.area == area]
                found = forces[0] if len(forces) == 1 else None
            self._bodies[name] = found, f"{why}: write its id in [bodies] of the mapping"
        return self._bodies[name]

    def reject(self, place: Place, column: str, value: str, why: str) -> None:
        """Note something that is not accepted, by the name of its column in the register."""
        if column == "attach":
            value = self._titles.get(place, value)
        key = _OTHERWISE.get(column, column.replace(" ", "_"))
        super().reject(place, self.mapping.columns.get(key, key), value, why)

    def _is_known(self, reports: Sequence[OfReport]) -> bool:
        """Return whether something of these reports was recorded from this very file before."""
        own = {entry.id for entry in self.decision.entries}
        return any(
            entry.batch is not None and entry.batch.id == self.batch.id and entry.id not in own
            for each in reports
            for to in each.told
            for entry in self.decision.stream(to.stream)
        )

    # Reports

    def _find_numbers(self) -> None:
        """Find the recorded reports with the publisher's numbers of the rows."""
        numbers = {row.publisher_number for row in self.rows if row.publisher_number}
        streams = self.decision.numbered(numbers) if numbers else set()
        for reference in sorted({recommendation_of(stream).report for stream in streams}):
            if (one := self.recorded.all.get(reference)) is not None:
                for raised in self._raised(one[0]):
                    if raised.publisher_number is not None:
                        there = self._numbered.setdefault(raised.publisher_number, [])
                        there.append((one[0], raised))

    def _with_number(self, number: str | None, publishers: Sequence[str]) -> list[Report]:
        """Return the recorded reports of publishers that have a publisher's number."""
        there = self._numbered.get(number or "", ())
        return [found for found, _ in there if {*publishers} & {*found.publishers}]

    def _elsewhere(self, of: OfReport, row: RegisterRow, addressee: str) -> Report | None:
        """Return another report of the same publisher and day that has a row's recommendation: by
        the publisher's number, in the same words, to the same body."""
        for found, raised in self._numbered.get(row.publisher_number or "", ()):
            said = [clean(text) for text in raised.texts if text]
            if (
                raised.to.report != of.reference
                and raised.to.addressee == addressee
                and found.published_on == of.found.published_on
                and {*found.publishers} & {*of.found.publishers}
                and clean(row.text or "") in said
            ):
                return found
        return None

    def _recognised(self, row: RegisterRow) -> RegisterRow:
        """Return a row with the report of its publisher's number, where it names none itself."""
        found = self._with_number(row.publisher_number, self._ids(row.publishers))
        if row.title is not None or not found:
            return row
        return replace(row, title=found[0].data.title, published_on=found[0].published_on)

    def _ids(self, names: Sequence[str]) -> tuple[str, ...]:
        found = (self.known_body(name)[0] for name in names)
        return tuple(one for one in found if one is not None)

    def _raised(self, found: Report) -> list[Raised]:
        """Return the recommendations of a report that are in effect."""
        streams = self.decision.below(f"recommendation/{found.reference}/")
        self.openings.ahead([one.position for entries in streams.values() for one in entries])
        raised = self.decision.raised_in(found.reference)
        return [self._as_raised(one, data) for _, one, data in raised]

    def _as_raised(self, one: Known, data: RecommendationRaised) -> Raised:
        to = recommendation_of(one.entry.stream)
        return Raised(to, data.number, data.publisher_number, self.wordings(one, "text"))

    def _take_report(self, rows: Sequence[RegisterRow]) -> OfReport | None:
        """Take the report of some rows and its recommendations; None, and each row rejected, where
        it cannot be taken."""
        row = rows[0]
        if row.title is None or not row.publishers:
            column = "publisher" if row.title else "title"
            what = "who published it" if row.title else "its report"
            why = f"neither a column nor [given] says {what}, and its number is not recorded"
            for each in rows:
                self.reject(each.place, column, each.publisher_number or "", why)
            return None
        self._titles[row.place] = row.title
        own = Outline(row.title, row.published_on, self._ids(row.publishers), len(rows))
        attach = self.mapping.reports.get(plain_name(row.title)) or self._attached(own, rows)
        is_new = attach in (None, ANOTHER) and self.recorded.surely(own) is None
        if is_new and not any(each.text for each in rows):
            why = "it has no words, and no recommendation of a report with this title is recorded"
            for each in rows:
                self.reject(each.place, "text", row.title, why)
            return None
        first = (*own.publishers, "")[0]
        reference = reference_for(first, row.published_on, row.title, self._taken)
        kind: ReportKind = self.mapping.given.get("report_kind") or "other"  # type: ignore[assignment]
        of = ReportRow(
            place=row.place,
            reference=reference,
            title=row.title,
            kind=kind,
            publishers=row.publishers,
            published_on=row.published_on,
            attach=attach,
            bodies=self.mapping.duties.get(plain_name(row.title), ()),
        )
        self._taken.add(reference)
        self.counts[reference] = len(rows)
        owing = self._report(of)
        if reference not in self.references:
            for each in rows[1:]:
                why = f"its report in {row.place} is not taken"
                self.reject(each.place, "title", row.title, why)
            return None
        one = OfReport(of, self.decision.report(self.references[reference]), owing)
        for raised in self._raised(one.found):
            one.add(raised)
        self._compare_report(one)
        for each in rows:
            for addressee in self._addressees(each, one.found):
                self._take_recommendation(one, each, addressee)
        return one

    def _attached(self, own: Outline, rows: Sequence[RegisterRow]) -> str | None:
        """Return the recorded report that has one of the rows' publisher's numbers, if its day or
        its title is the same too. A report that is found as it stands needs none."""
        if self.recorded.surely(own) is not None:
            return None
        return next(
            (
                found.reference
                for row in rows
                for found in self._with_number(row.publisher_number, own.publishers)
                if found.published_on == own.published_on
                or titled(found.data.title) == titled(own.title)
            ),
            None,
        )

    def _compare_report(self, one: OfReport) -> None:
        """List where a report is recorded by another title, or as of another day."""
        row, found = one.row, one.found
        day = found.published_on or "a day not known"
        if titled(row.title) != titled(found.data.title):
            why = f"the report is recorded as “{found.data.title}”; nothing was changed"
            self.reject(row.place, "title", row.title, why)
        if row.published_on not in (None, found.published_on):
            why = f"the report is recorded as published on {day}; nothing was changed"
            self.reject(row.place, "published on", row.published_on or "", why)

    def _duties_of(self, one: OfReport) -> None:
        """Record the duties of the bodies that the mapping names. If it names none, and something
        is new, record those of the bodies that the rules bind."""
        for body in one.owing:
            self._duty(one.row, one.reference, body)
        if one.is_new and not one.row.bodies:
            self._duties_by_rule(one.row)

    # Recommendations

    def _addressees(self, row: RegisterRow, found: Report) -> list[str]:
        """Return whom a row addresses; nobody, and it is rejected, where that cannot be told."""
        names = row.addressees or (("force",) if self.body is not None else ())
        if not names:
            why = "neither a column nor [given] says to whom it is addressed"
            self.reject(row.place, "addressee", row.publisher_number or "", why)
        return self._all_named(row.place, "addressee", names, found.published_on)

    def _take_recommendation(self, of: OfReport, row: RegisterRow, addressee: str) -> None:
        raised = self._identified(of, row, addressee)
        if raised is None:
            if (raised := self._raise_new(of, row, addressee)) is None:
                return
        elif (first := of.first.get(raised.to)) is not None:
            if row.text and first.text and clean(row.text) != clean(first.text):
                why = f"{first.place} has other words for the same recommendation, which are taken"
                self.reject(row.place, "text", row.text, why)
        elif row.text:
            there = _recommendation(of, row, row.text, addressee, raised.number)
            self._raise(there, of.reference, addressee)
        else:
            self.found(row.place, f"recommendation {raised.number} to {addressee}")
        of.first.setdefault(raised.to, row)
        comment, by = self._comment(of, row, addressee)
        told = of.told.setdefault(raised.to, [])
        told += [Told(row.place, one, None, one.on) for one in row.statuses[:-1]]
        last = row.statuses[-1] if row.statuses else None
        told.append(Told(row.place, last, comment, last.on if last else row.status_on, by))
        of.responses.append((row, addressee))

    def _comment(
        self, of: OfReport, row: RegisterRow, addressee: str
    ) -> tuple[str | None, str | None]:
        """Return the comment of a row, and whose words it is; nothing, and it is listed, where the
        register does not say whose."""
        if row.comment is None:
            return None, None
        said = plain_name(row.comment_by or "")
        body: str | None = addressee
        why = (
            "the register does not say whose words these are: say who wrote the comments, or give "
            "comment_by in the mapping, as publisher, addressee or a body"
        )
        if said == "publisher":
            body = of.found.publisher_for(self.decision.account.body)
        elif said != "addressee":
            body, why = self.known_body(row.comment_by) if row.comment_by else (None, why)
        if body is None:
            self.reject(row.place, "comment", row.comment, why)
            return None, None
        return row.comment, body

    def _raise_new(self, of: OfReport, row: RegisterRow, addressee: str) -> Raised | None:
        """Raise the recommendation of a row; None, and it is rejected, where that cannot be."""
        if row.text is None:
            why = "it has no words, and no recommendation with its number is recorded"
            self.reject(row.place, "text", row.publisher_number or row.number or "", why)
            return None
        if (other := self._elsewhere(of, row, addressee)) is not None:
            why = f"“{other.data.title}”, of the same day, has this number in these words"
            number = row.publisher_number or ""
            self.reject(row.place, "publisher number", number, f"{why}; nothing was added")
            return None
        number, numbered_by = _new_number(of, row, addressee)
        new = _recommendation(of, row, row.text, addressee, number)
        self._raise(replace(new, numbered_by=numbered_by), of.reference, addressee)
        to = RecommendationId(of.reference, key_of(number), addressee)
        for one, data in acts_of(self.decision, to.stream, RecommendationRaised):
            of.add(raised := self._as_raised(one, data))
            of.is_new = True
            return raised
        return None

    def _identified(self, of: OfReport, row: RegisterRow, addressee: str) -> Raised | None:
        """Return the recommendation that a row is about: by the publisher's number, by its number
        in the report, or by its words. One with another publisher's number is another."""
        number = row.publisher_number
        if number and (there := of.known("number", number, addressee)):
            one = there[0]
            if row.number and key_of(_number(row.number, row.kind)) != one.to.key:
                why = f"it is recorded as {one.number}, by its number of the publisher"
                self.reject(row.place, "number", row.number, why)
            return one
        if row.number:
            alike = of.known("key", key_of(_number(row.number, row.kind)), addressee)
        else:  # one whose words were removed may be it too
            words = (clean(row.text), None) if row.text else ()
            alike = [one for each in words for one in of.known("words", each, addressee)]
        return next((one for one in alike if _may_be(one, row)), None)

    # Responses

    def _take_response(self, of: OfReport, row: RegisterRow, addressee: str) -> None:
        """Record the response and the look-up of a row, each where a duty is recorded."""
        published = row.response_on or row.response_url
        looked = row.looked_on or row.looked_where
        if not (published or looked):
            return
        column, value = ("response on", published) if published else ("looked on", looked)
        offices = self._offices(addressee, of.found.published_on)
        if not offices:
            why = f"the register of bodies does not say who answers for {addressee}"
            self.reject(row.place, column, value or "", why)
        for body in offices:
            if not acts_of(self.decision, response_stream(of.reference, body), ResponseDutyArose):
                why = (
                    f"no duty of {body} to respond to this report is recorded: write in [duties] "
                    "of the mapping who must respond, or record the duty"
                )
                self.reject(row.place, column, value or "", why)
                continue
            if published and (of.reference, body) not in self._answered:
                self._answered.add((of.reference, body))
                response = ResponseRow(
                    place=row.place,
                    report=of.reference,
                    body=body,
                    published_on=row.response_on,
                    url=row.response_url,
                )
                self._publish(response, of.reference, body)
            if row.looked_on and row.looked_where:
                where = row.looked_where
                look = LookUpRow(
                    place=row.place,
                    report=of.reference,
                    body=body,
                    looked_on=row.looked_on,
                    where=where,
                    url=where if why_unfit("url", where) is None else None,
                )
                self._look_up(look)
            elif looked:
                why = "a look-up has its day, and where it was looked for: one of them is missing"
                self.reject(row.place, "looked on", looked, why)

    def _offices(self, addressee: str, day: str | None) -> list[str]:
        """Return who answers for an addressee on the day of the report: itself, or who holds the
        force to account."""
        service = self.decision.service.on(dates.last_day(day) if day else self.decision.today)
        if service.bodies[addressee].kind != "force":
            return [addressee]
        return [one.id for one in service.responders_for(addressee)]


_OTHERWISE = {"attach": "[reports]", "bodies": "[duties]", "addressees": "addressee"}
"""The tables and keys of a mapping for columns of our own sheets that are called otherwise."""
_BEFORE: dict[Kind, str] = {
    "afi": "AFI ",
    "cause_of_concern": "Cause of concern ",
    "accelerated_cause_of_concern": "Accelerated cause of concern ",
    "recommendation": "",
}


def _number(number: str, kind: Kind | None) -> str:
    """Return a number with the label of its kind before bare figures, as on a page: AFI 1 is no
    recommendation 1."""
    bare = re.fullmatch(r"[0-9]+[a-z]?", number.strip(), re.IGNORECASE)
    return _BEFORE[kind or "recommendation"] + number if bare else number


def _may_be(one: Raised, row: RegisterRow) -> bool:
    """Return whether no other number of the publisher says that they are two."""
    return None in (one.publisher_number, row.publisher_number) or (
        one.publisher_number == row.publisher_number
    )


def _new_number(
    of: OfReport, row: RegisterRow, addressee: str
) -> tuple[str, Literal["publisher", "us"]]:
    """Return a number for a new recommendation that no other to its addressee has.

    It is that of the row, that of the same words to somebody else, the publisher's own, or ours.
    """
    same = of.known("words", clean(row.text or ""))
    given = _number(row.number, row.kind) if row.number else same[0].number if same else None
    for number in filter(None, (given, row.publisher_number)):
        if _is_free(of, number, addressee):
            return number, "publisher"
    before = _BEFORE[row.kind or "recommendation"]
    start = of.numbers[before, addressee] + 1
    n = next(n for n in count(start) if _is_free(of, f"{before}{n}", addressee))
    of.numbers[before, addressee] = n
    return f"{before}{n}", "us"


def _is_free(of: OfReport, number: str, addressee: str) -> bool:
    try:
        return not of.known("key", key_of(number), addressee)
    except ValueError:
        return False


def _recommendation(
    of: OfReport, row: RegisterRow, text: str, addressee: str, number: str
) -> RecommendationRow:
    """Return the row of a backlog that a row of the register is."""
    return RecommendationRow(
        place=row.place,
        report=of.reference,
        number=number,
        text=text,
        addressees=(addressee,),
        kind=row.kind or "recommendation",
        publisher_number=row.publisher_number,
        theme=row.theme,
        level=row.level,
        target=row.target,
    )


def _filled(rows: Sequence[RegisterRow]) -> list[RegisterRow]:
    """Return the rows, those of one publisher's number with what its first row says of the report
    and the recommendation: a history repeats the number alone."""
    first: dict[str, RegisterRow] = {}
    found = []
    for row in rows:
        if row.publisher_number is not None:
            before = first.setdefault(row.publisher_number, row)
            same = {
                name: getattr(row, name) or getattr(before, name)
                for name in ("title", "published_on", "publishers", "addressees", "kind", "text")
            }
            row = replace(row, **same)
        found.append(row)
    return found


def _by_report(rows: Sequence[RegisterRow]) -> list[list[RegisterRow]]:
    """Return the rows of each report: of one title, day and publisher."""
    groups: dict[tuple[str, str | None, tuple[str, ...]], list[RegisterRow]] = {}
    for row in rows:
        key = titled(row.title or ""), row.published_on, tuple(map(plain_name, row.publishers))
        groups.setdefault(key, []).append(row)
    return list(groups.values())
