"""From the rows of a table to acts decided: what is new is added, what is recorded is left.

All that the files bring is one decision and so one transaction. A row that cannot be taken is
listed with its reason, and what rests on it with it; what a rule refuses, refuses all.
"""

from collections.abc import Sequence

from ledger.acts.decision import Decision
from ledger.acts.duty import raise_duty
from ledger.acts.report import Raise, publish_report, raise_recommendation, why_no_parent
from ledger.events import RecommendationRaised, ReportPublished, ResponseDutyArose
from ledger.events.recommendation import Partner, Target
from ledger.events.streams import (
    RecommendationId,
    recommendation_stream,
    report_stream,
    response_stream,
)
from ledger.events.texts import say
from ledger.intake.proposals.history import take_history
from ledger.intake.proposals.page_draft import Intake, said
from ledger.intake.proposals.responses import take_response
from ledger.intake.proposals.sheet_draft import (
    SheetFile,
    TakingRows,
    at,
    parents_first,
    same_report,
)
from ledger.intake.proposals.wordings import Openings
from ledger.intake.sheets.cells import Place
from ledger.intake.sheets.rows import RecommendationRow, ReportRow, ResponseRow, Table
from ledger.states.effect import Known, in_effect
from ledger.states.report import Report, report


def take_table(
    decision: Decision,
    table: Table,
    files: Sequence[SheetFile],
    body: str,
    openings: Openings,
    intake: Intake,
) -> None:
    """Add to a decision what a backlog of sheets brings that is new to the log."""
    taking = TakingRows(decision, files, body, openings, intake, kind="backfill")
    taking.rejected(table.rejected)
    _Tables(taking).take(table)


class _Tables:
    def __init__(self, taking: TakingRows) -> None:
        self.taking = taking
        self.decision = taking.decision
        self.references: dict[str, str] = {}
        """The references of recorded reports, by those that the sheets use."""
        self.fallen: dict[str, Place] = {}
        """Where the rows of reports that are rejected stand, by the reference used."""
        self.owed: set[tuple[str, str]] = set()
        """Who owes a response to which report, as far as rows have said so."""

    def take(self, table: Table) -> None:
        by_hand = {
            (row.report, self.taking.known_body(row.body)[0])
            for row in table.responses
            if row.rule is not None
        }
        owing: list[tuple[ReportRow, str]] = []
        for row in table.reports:
            owing += [
                (row, body) for body in self._report(row) if (row.reference, body) not in by_hand
            ]
        for each in parents_first(table.recommendations):
            self._recommendation(each)
        for response in table.responses:
            self._response(response)
        for row, body in owing:
            self._duty(row, self.references[row.reference], body)
        for one in table.history:
            if (reference := self._reference(one.place, one.report)) is not None:
                take_history(self.taking, one, reference)

    def _report(self, row: ReportRow) -> list[str]:
        """Publish the report of a row that is new: the bodies that owe a response to it."""
        taking = self.taking
        publisher = taking.who(row.place, "publisher", row.publisher)
        bodies = [taking.who(row.place, "bodies", name) for name in row.bodies]
        known_bodies = list(dict.fromkeys(body for body in bodies if body is not None))
        if publisher is None or None in bodies:
            self.fallen[row.reference] = row.place
            return []
        says = f"report “{row.title}”, published {row.published_on or 'on a day not known'}"
        if (found := self._recorded(row, publisher)) is not None:
            if not same_report(found, row, publisher):
                why = f"another report is recorded as “{row.reference}”: “{found.data.title}”"
                if found.data.publisher == publisher and found.data.title == row.title:
                    day = found.published_on or "a day not known"
                    why = f"it is recorded as published on {day}: correct the one that is wrong"
                taking.reject(row.place, "reference", row.reference, why)
                self.fallen[row.reference] = row.place
                return []
            taking.found(row.place, says)
            if found.data.kind != row.kind:
                taking.reject(row.place, "kind", row.kind, f"it is recorded as {found.data.kind}")
            reference = found.reference
        else:
            event = ReportPublished(
                title=row.title,
                kind=row.kind,
                publisher=publisher,
                same_as=row.same_as,
                cites=said(row.cites),
                key_findings=said(row.key_findings),
            )
            with at(row.place):
                publish_report(
                    self.decision,
                    event,
                    taking.told(row.place, row.published_on, row.source),
                    reference=row.reference,
                    bodies=(),
                    recommendations=(),
                )
            taking.new(row.place, says)
            reference = row.reference
        self.references[row.reference] = reference
        self._about(reference)
        return known_bodies

    def _recorded(self, row: ReportRow, publisher: str) -> Report | None:
        """The report of a row where it is recorded: by what it is, or by its reference."""
        for found in filter(None, map(report, self.decision.below("report/").values())):
            if same_report(found, row, publisher):
                return found
        return report(self.decision.stream(report_stream(row.reference)))

    def _about(self, reference: str) -> None:
        if reference not in self.taking.intake.reports:
            self.taking.intake.reports.append(reference)

    def _reference(self, place: Place, used: str) -> str | None:
        """The recorded report that a row is about; None, and the row rejected, without one."""
        if used in self.fallen:
            why = f"its report in {self.fallen[used]} is rejected"
            self.taking.reject(place, "report", used, why)
            return None
        if used not in self.references:
            if report(self.decision.stream(report_stream(used))) is None:
                why = f"no report “{used}” is recorded, and no row of reports has it"
                self.taking.reject(place, "report", used, why)
                return None
            self.references[used] = used
            self._about(used)
        return self.references[used]

    def _recommendation(self, row: RecommendationRow) -> None:
        taking = self.taking
        if (reference := self._reference(row.place, row.report)) is None:
            return
        named = [taking.who(row.place, "addressees", name) for name in row.addressees]
        addressees = list(dict.fromkeys(one for one in named if one is not None))
        if None in named or not self._parent_there(row, reference, addressees):
            return
        for addressee in addressees:
            self._raise(row, reference, addressee)

    def _parent_there(self, row: RecommendationRow, reference: str, addressees: list[str]) -> bool:
        """Whether what a recommendation belongs to can be its parent; else its row is rejected."""
        for addressee in addressees:
            to = RecommendationId(reference, row.key, addressee)
            if (why := why_no_parent(self.decision, to, row.number, row.parent)) is not None:
                self.taking.reject(row.place, "parent", row.parent or "", why)
                return False
        return True

    def _raise(self, row: RecommendationRow, reference: str, addressee: str) -> None:
        taking = self.taking
        stream = recommendation_stream(reference, row.key, addressee)
        says = f"recommendation {row.number} to {addressee}"
        on = row.target.on if row.target else None
        says += f", by {on}" if on else ""
        for one in in_effect(self.decision.stream(stream)):
            if isinstance(one.data, RecommendationRaised):
                taking.found(row.place, says)
                self._compare(row, one, addressee)
                return
        target = Target(on=on, phrase=said(row.target.phrase)) if row.target else None
        event = RecommendationRaised(
            number=row.number,
            text=say(row.text),
            kind=row.kind,
            parent=row.parent,
            partners=tuple(map(self._partner, row.partners)),
            target=target,
        )
        told = taking.told(row.place, self.decision.report(reference).published_on, row.source)
        with at(row.place):
            raise_recommendation(
                self.decision, reference, Raise(event=event, addressees=(addressee,)), told
            )
        taking.new(row.place, says)

    def _compare(self, row: RecommendationRow, one: Known, addressee: str) -> None:
        """List where a recommendation is recorded in other words, or with another target."""
        if not self.taking.same_words(one, "text", row.text):
            why = f"recommendation {row.number} to {addressee} is recorded in other words"
            self.taking.reject(row.place, "text", row.text, why)
        on = row.target.on if row.target else None
        days = [
            raised.target.on if raised.target else None
            for raised in (one.data, one.original.data)
            if isinstance(raised, RecommendationRaised)
        ]
        if on is not None and on not in days:
            why = f"recommendation {row.number} to {addressee} is recorded with the target "
            self.taking.reject(row.place, "target", on, why + (days[0] or "not known"))

    def _partner(self, name: str) -> Partner:
        found, _ = self.taking.known_body(name)
        return Partner(body=found) if found else Partner(name=say(name))

    def _response(self, row: ResponseRow) -> None:
        reference = self._reference(row.place, row.report)
        body = self.taking.who(row.place, "body", row.body) if reference else None
        if reference is None or body is None:
            for each in row.explanations:
                why = f"its response in {row.place} is rejected"
                self.taking.reject(each.place, "", each.number, why)
        elif row.text is None:
            self._duty(row, reference, body)
        else:
            take_response(self.taking, row, reference, body, self._duty)

    def _duty(self, row: ReportRow | ResponseRow, reference: str, body: str) -> None:
        """Record that a body owes a response, where that is new."""
        taking = self.taking
        if (reference, body) in self.owed:
            return
        self.owed.add((reference, body))
        rule, due_on = (row.rule, row.due_on) if isinstance(row, ResponseRow) else (None, None)
        for one in in_effect(self.decision.stream(response_stream(reference, body))):
            if isinstance(one.data, ResponseDutyArose):
                taking.found(row.place, f"duty of {body} to respond")
                if due_on is not None and due_on != one.data.due_on:
                    why = f"the duty is recorded as due on {one.data.due_on or 'no day'}"
                    taking.reject(row.place, "due on", due_on, why)
                return
        with at(row.place):
            told = taking.told(row.place, None, row.source)
            entry = raise_duty(self.decision, reference, body, told, rule=rule, due_on=due_on)
        assert isinstance(entry.data, ResponseDutyArose)
        taking.new(row.place, f"duty of {body} to respond, due {entry.data.due_on or 'on no day'}")
