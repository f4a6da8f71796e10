"""From the rows of a register to acts decided: what is new is added, what is recorded is left.

A row becomes the same rows that a backlog has, and the draft of a backlog decides them. Each act
is tried by itself: one that a rule refuses is listed with its row, and the others are recorded.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import count
from typing import Literal

from ledger import dates
from ledger.acts.decision import Decision
from ledger.events import RecommendationRaised, ResponseDutyArose, ResponsePublished
from ledger.events.recommendation import Kind
from ledger.events.report import ReportKind
from ledger.events.streams import RecommendationId, key_of, recommendation_of, response_stream
from ledger.events.texts import why_unfit
from ledger.intake.pages.blocks import clean
from ledger.intake.proposals.backlog import BacklogDraft
from ledger.intake.proposals.draft import Intake, SheetFile, acts_of
from ledger.intake.proposals.look_alikes import Outline, of_publishers, recorded_report, titled
from ledger.intake.proposals.statuses import Told, take_statuses
from ledger.intake.proposals.wordings import Openings
from ledger.intake.registers.mapping import plain
from ledger.intake.registers.register import Register, RegisterRow
from ledger.intake.sheets.cells import Place
from ledger.intake.sheets.layout import LookUpRow, RecommendationRow, ReportRow, ResponseRow
from ledger.states.effect import Known
from ledger.states.report import Report, reference_for
from ledger.states.service import GROUPS


def take_register(
    decision: Decision,
    register: Register,
    file: SheetFile,
    body: str | None,
    openings: Openings,
    intake: Intake,
) -> None:
    """Add to a decision what a register brings that is new to the log. `body`: whose register it
    is, where it is one body's own."""
    intake.rejected += [*register.columns_left, *register.rejected]
    RegisterDraft(decision, register, file, body, openings, intake).take_rows()


def unknown_bodies(
    decision: Decision, register: Register, file: SheetFile, body: str | None, openings: Openings
) -> list[str]:
    """Return the names of bodies in a register that neither the mapping nor the register of bodies
    explains."""
    draft = RegisterDraft(decision, register, file, body, openings, Intake())
    names = {name: None for row in register.rows for name in (*row.publishers, *row.addressees)}
    return [
        name
        for name in names
        if draft.known_body(name)[0] is None and "-".join(name.casefold().split()) not in GROUPS
    ]


@dataclass(frozen=True, slots=True)
class Raised:
    """A recommendation that is recorded or drafted."""

    to: RecommendationId
    number: str
    publisher_number: str | None
    one: Known


@dataclass
class OfReport:
    """A report of the register: its recommendations, and what the rows say of them."""

    row: ReportRow
    found: Report
    owing: list[str]
    """The bodies that the mapping says must respond."""
    raised: list[Raised]
    told: dict[RecommendationId, list[Told]] = field(default_factory=dict)
    first: dict[RecommendationId, RegisterRow] = field(default_factory=dict)
    """The first row of each."""
    responses: list[tuple[RegisterRow, str]] = field(default_factory=list)
    """The rows that say something of a response, each with an addressee."""
    is_new: bool = False
    """True if the file brings a recommendation that was not recorded."""

    @property
    def reference(self) -> str:
        return self.found.reference

    def by_publisher(self, number: str | None, addressee: str) -> Raised | None:
        """Return the recommendation to a body that has a publisher's number."""
        known_by = (number, addressee)
        same = (one for one in self.raised if (one.publisher_number, one.to.addressee) == known_by)
        return next(same, None) if number else None

    def by_key(self, key: str, addressee: str) -> Raised | None:
        """Return the recommendation to a body that has a key."""
        to = RecommendationId(self.reference, key, addressee)
        return next((one for one in self.raised if one.to == to), None)


class RegisterDraft(BacklogDraft):
    """The draft of a register: its rows become those of a backlog."""

    def __init__(
        self,
        decision: Decision,
        register: Register,
        file: SheetFile,
        body: str | None,
        openings: Openings,
        intake: Intake,
    ) -> None:
        super().__init__(decision, [file], body, openings, intake)
        self.mapping = register.mapping
        self.rows = register.rows
        self._answered: dict[tuple[str, str], Place] = {}
        """The rows that said which response was published, by report and body."""
        self._titles: dict[Place, str] = {}
        """The titles of reports, by the row that names them first."""
        self._by_number: dict[tuple[str, ...], dict[str, Report]] = {}
        # The file is kept before any act of a row, so that an act is taken back without it.
        self._capture(file.book.file)

    def take_rows(self) -> None:
        """Add what the rows bring: reports and recommendations, then duties by the rules,
        responses and look-ups, then statuses."""
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

    def known_body(self, name: str) -> tuple[str | None, str]:
        """Return the id of a body as the mapping or the register of bodies has it, or of the only
        force of an area that is named."""
        found, why = super().known_body(self.mapping.bodies.get(plain(name), name))
        if found is None:
            area = "-".join(name.casefold().replace("&", "and").split())
            bodies = self.decision.service.bodies.values()
            forces = [one.id for one in bodies if one.kind == "force" and one.area == area]
            if len(forces) == 1:
                return forces[0], ""
        return found, f"{why}: write its id in [bodies] of the mapping"

    def reject(self, place: Place, column: str, value: str, why: str) -> None:
        """Note something that is not accepted, by the name of its column in the register."""
        key = _KEYS.get(column, column)
        if column == "attach":
            value = self._titles.get(place, value)
        super().reject(place, self.mapping.columns.get(key, key), value, why)

    def _is_known(self, reports: Sequence[OfReport]) -> bool:
        """Return whether something of these reports was recorded from this very file before."""
        own = {entry.id for entry in self.decision.entries}
        streams = {one.to.stream for each in reports for one in each.raised}
        return any(
            entry.batch is not None and entry.batch.id == self.batch.id and entry.id not in own
            for stream in streams
            for entry in self.decision.stream(stream)
        )

    # Reports

    def _recognised(self, row: RegisterRow) -> RegisterRow:
        """Return a row with the report of its publisher's number, where it names none itself."""
        if row.title is not None or row.publisher_number is None:
            return row
        found = self._numbers_of(self._ids(row.publishers)).get(row.publisher_number)
        if found is None:
            return row
        return replace(row, title=found.data.title, published_on=found.published_on)

    def _ids(self, names: Sequence[str]) -> tuple[str, ...]:
        found = (self.known_body(name)[0] for name in names)
        return tuple(one for one in found if one is not None)

    def _numbers_of(self, publishers: tuple[str, ...]) -> dict[str, Report]:
        """Return the recorded reports of publishers, by the publisher's numbers of what they
        recommend."""
        if publishers not in self._by_number:
            own = Outline("", None, publishers, 0)
            self._by_number[publishers] = {
                one.publisher_number: found
                for found, _ in of_publishers(self.decision, own)
                for one in self._raised(found)
                if one.publisher_number is not None
            }
        return self._by_number[publishers]

    def _raised(self, found: Report) -> list[Raised]:
        """Return the recommendations of a report that are in effect."""
        return [
            Raised(recommendation_of(stream), data.number, data.publisher_number, one)
            for stream in self.decision.below(f"recommendation/{found.reference}/")
            for one, data in acts_of(self.decision, stream, RecommendationRaised)
        ]

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
        taken = [*self.references.values(), *self.fallen]
        taken += [name.removeprefix("report/") for name in self.decision.below("report/")]
        kind: ReportKind = self.mapping.given.get("report_kind") or "other"  # type: ignore[assignment]
        of = ReportRow(
            place=row.place,
            reference=reference_for((*own.publishers, "")[0], row.published_on, row.title, taken),
            title=row.title,
            kind=kind,
            publishers=row.publishers,
            published_on=row.published_on,
            same_as=(),
            cites=None,
            key_findings=None,
            attach=self.mapping.reports.get(plain(row.title)) or self._attached(own, rows),
            bodies=self.mapping.duties.get(plain(row.title), ()),
            taken_off=(),
            source=None,
        )
        owing: list[str] = []
        self.listing(row.place, "title", row.title, lambda: owing.extend(self._report(of)))
        if of.reference not in self.references:
            for each in rows[1:]:
                self.reject(
                    each.place, "title", row.title, f"its report in {row.place} is not taken"
                )
            return None
        found = self.decision.report(self.references[of.reference])
        self._compare_report(of, found)
        one = OfReport(of, found, owing, self._raised(found))
        for each in rows:
            for addressee in self._addressees(each, found):
                self._take_recommendation(one, each, addressee)
        return one

    def _attached(self, own: Outline, rows: Sequence[RegisterRow]) -> str | None:
        """Return the recorded report that has one of the rows' publisher's numbers, if its day or
        its title is the same too. A report that is found as it stands needs none."""
        if recorded_report(self.decision, own) is not None:
            return None
        numbers = self._numbers_of(own.publishers)
        for row in rows:
            found = numbers.get(row.publisher_number or "")
            if found is not None and (
                found.published_on == own.published_on
                or titled(found.data.title) == titled(own.title)
            ):
                return found.reference
        return None

    def _compare_report(self, row: ReportRow, found: Report) -> None:
        """List where a report is recorded by another title, or as of another day."""
        if titled(row.title) != titled(found.data.title):
            why = f"the report is recorded as “{found.data.title}”; nothing was changed"
            self.reject(row.place, "title", row.title, why)
        if row.published_on not in (None, found.published_on):
            day = found.published_on or "a day not known"
            why = f"the report is recorded as published on {day}; nothing was changed"
            self.reject(row.place, "published on", row.published_on or "", why)

    def _duties_of(self, one: OfReport) -> None:
        """Record the duties of the bodies that the mapping names. If it names none, and something
        is new, record those of the bodies that the rules bind."""
        place, title = one.row.place, one.row.title
        if one.row.bodies:
            for body in one.owing:
                duty = partial(self._duty, one.row, one.reference, body)
                self.listing(place, "bodies", body, duty)
        elif one.is_new:
            self.listing(place, "bodies", title, lambda: self._duties_by_rule(one.row))

    # Recommendations

    def _addressees(self, row: RegisterRow, found: Report) -> list[str]:
        """Return whom a row addresses; nobody, and it is rejected, where that cannot be told."""
        names = row.addressees or (("force",) if self.body is not None else ())
        if not names:
            why = "neither a column nor [given] says to whom it is addressed"
            self.reject(row.place, "addressee", row.publisher_number or "", why)
        named = [
            one
            for name in names
            for one in self._named(row.place, "addressee", name, found.published_on)
        ]
        if None in named:
            return []
        return list(dict.fromkeys(one for one in named if one is not None))

    def _take_recommendation(self, of: OfReport, row: RegisterRow, addressee: str) -> None:
        raised = self._identified(of, row, addressee)
        if raised is None:
            raised = self._raise_new(of, row, addressee)
            if raised is None:
                return
        elif (first := of.first.get(raised.to)) is not None:
            if row.text and first.text and clean(row.text) != clean(first.text):
                why = f"{first.place} has other words for the same recommendation, which are taken"
                self.reject(row.place, "text", row.text, why)
        elif row.text:
            there = _recommendation(of, row, row.text, addressee, raised.number)
            again = partial(self._raise, there, of.reference, addressee)
            self.listing(row.place, "text", row.text, again)
        else:
            self.found(row.place, f"recommendation {raised.number} to {addressee}")
        of.first.setdefault(raised.to, row)
        told = of.told.setdefault(raised.to, [])
        told += [Told(row.place, one, None, one.on) for one in row.statuses[:-1]]
        last = row.statuses[-1] if row.statuses else None
        told.append(Told(row.place, last, row.comment, last.on if last else row.status_on))
        of.responses.append((row, addressee))

    def _raise_new(self, of: OfReport, row: RegisterRow, addressee: str) -> Raised | None:
        """Raise the recommendation of a row; None, and it is rejected, where that cannot be."""
        if row.text is None:
            why = "it has no words, and no recommendation with its number is recorded"
            self.reject(row.place, "text", row.publisher_number or row.number or "", why)
            return None
        number, numbered_by = _new_number(of, row, addressee)
        new = replace(
            _recommendation(of, row, row.text, addressee, number), numbered_by=numbered_by
        )
        act = partial(self._raise, new, of.reference, addressee)
        if not self.listing(row.place, "text", row.text, act):
            return None
        to = RecommendationId(of.reference, key_of(number), addressee)
        one, _ = acts_of(self.decision, to.stream, RecommendationRaised)[0]
        raised = Raised(to, number, row.publisher_number, one)
        of.raised.append(raised)
        of.is_new = True
        return raised

    def _identified(self, of: OfReport, row: RegisterRow, addressee: str) -> Raised | None:
        """Return the recommendation that a row is about: by the publisher's number, by its number
        in the report, or by its words. One with another publisher's number is another."""
        if (one := of.by_publisher(row.publisher_number, addressee)) is not None:
            if row.number and key_of(_number(row.number, row.kind)) != one.to.key:
                why = f"it is recorded as {one.number}, by its number of the publisher"
                self.reject(row.place, "number", row.number, why)
            return one
        if row.number:
            one = of.by_key(key_of(_number(row.number, row.kind)), addressee)
            return one if one and _may_be(one, row) else None
        text = row.text
        if text is None:
            return None
        alike = [one for one in of.raised if one.to.addressee == addressee and _may_be(one, row)]
        return next((one for one in alike if self.same_words(one.one, "text", text)), None)

    # Responses

    def _take_response(self, of: OfReport, row: RegisterRow, addressee: str) -> None:
        """Record the response and the look-up of a row, each where a duty is recorded."""
        published = row.response_on or row.response_url
        if not (published or row.looked_on or row.looked_where):
            return
        column = "response_on" if published else "looked_on"
        offices = self._offices(addressee, of.found.published_on)
        if not offices:
            why = f"the register of bodies does not say who answers for {addressee}"
            self.reject(row.place, column, published or row.looked_on or "", why)
        for body in offices:
            stream = response_stream(of.reference, body)
            if not acts_of(self.decision, stream, ResponseDutyArose):
                why = (
                    f"no duty of {body} to respond to this report is recorded: write in [duties] "
                    "of the mapping who must respond, or record the duty"
                )
                self.reject(row.place, column, published or row.looked_on or "", why)
                continue
            if published:
                self._take_publication(of, row, body)
            if row.looked_on and row.looked_where:
                look = partial(self._look_up, _look_up(of, row, body))
                self.listing(row.place, "looked_on", row.looked_on, look)
            elif row.looked_on or row.looked_where:
                why = "a look-up has its day, and where it was looked for: one of them is missing"
                self.reject(row.place, "looked_on", row.looked_on or row.looked_where or "", why)

    def _offices(self, addressee: str, day: str | None) -> list[str]:
        """Return who answers for an addressee on the day of the report: itself, or who holds the
        force to account."""
        service = self.decision.service.on(dates.last_day(day) if day else self.decision.today)
        if service.bodies[addressee].kind != "force":
            return [addressee]
        return [one.id for one in service.responders_for(addressee)]

    def _take_publication(self, of: OfReport, row: RegisterRow, body: str) -> None:
        """Record that a body published its response, by day and address, once for all rows."""
        response = ResponseRow(
            place=row.place,
            report=of.reference,
            body=body,
            duty=None,
            rule=None,
            due_on=None,
            published_on=row.response_on,
            url=row.response_url,
            parts=(),
            text=None,
            another="no",
            source=None,
        )
        said = row.response_on or row.response_url or ""
        published = acts_of(self.decision, response_stream(of.reference, body), ResponsePublished)
        if published and not any(self._is_recorded(response, *each) for each in published):
            day = published[0][0].entry.occurred_on or "a day not known"
            why = f"a response of {body}, published on {day}, is recorded; nothing was changed"
            self.reject(row.place, "response_on", said, why)
        elif (of.reference, body) not in self._answered:
            self._answered[of.reference, body] = row.place
            publish = partial(self._publish, response, of.reference, body)
            self.listing(row.place, "response_on", said, publish)


_KEYS = {
    "attach": "[reports]",
    "bodies": "[duties]",
    "addressees": "addressee",
    "published on": "published_on",
    "publisher number": "publisher_number",
    "looked on": "looked_on",
}
"""The keys and tables of a mapping for columns of a backlog that are called otherwise."""
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
    same = [
        of.by_key(to.key, to.addressee)
        for to, first in of.first.items()
        if first.text and row.text and clean(first.text) == clean(row.text)
    ]
    given = [_number(row.number, row.kind)] if row.number else [one.number for one in same if one]
    for number in filter(None, (*given, row.publisher_number)):
        if _is_free(of, number, addressee):
            return number, "publisher"
    before = _BEFORE[row.kind or "recommendation"]
    ours = (f"{before}{n}" for n in count(1))
    return next(one for one in ours if _is_free(of, one, addressee)), "us"


def _is_free(of: OfReport, number: str, addressee: str) -> bool:
    try:
        return of.by_key(key_of(number), addressee) is None
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
        parent=None,
        publisher_number=row.publisher_number,
        theme=row.theme,
        level=row.level,
        partners=(),
        target=row.target,
        source=None,
    )


def _look_up(of: OfReport, row: RegisterRow, body: str) -> LookUpRow:
    where = row.looked_where or ""
    return LookUpRow(
        place=row.place,
        report=of.reference,
        body=body,
        duty=None,
        looked_on=row.looked_on,
        where=where,
        url=where if why_unfit("url", where) is None else None,
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
        key = titled(row.title or ""), row.published_on, tuple(map(plain, row.publishers))
        groups.setdefault(key, []).append(row)
    return list(groups.values())
