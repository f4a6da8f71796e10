"""Acts from the rows of a backlog: what is new is added, what is recorded is left.

All that the files bring is one decision and so one transaction. A row that cannot be taken is
listed with its reason, and what rests on it with it; what a rule refuses, refuses all.
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any, assert_never

from ledger import dates
from ledger.acts.decision import Decision, Notice
from ledger.acts.duty import raise_duty
from ledger.acts.report import Raise, publish_report, raise_recommendation, why_no_parent
from ledger.acts.response import (
    Explanation,
    consistent,
    look_for_response,
    may_answer,
    publish_response,
)
from ledger.events import (
    CommissionerStatementIssued,
    RecommendationRaised,
    ReportPublished,
    ResponseDutyArose,
    ResponseLookedFor,
    ResponsePublished,
    TargetDateSet,
)
from ledger.events.entry import Entry
from ledger.events.recommendation import Partner
from ledger.events.response import RESPONSE, Translation
from ledger.events.streams import (
    RecommendationId,
    key_of,
    recommendation_stream,
    report_stream,
    response_stream,
)
from ledger.events.texts import say
from ledger.intake.pages.values import ANOTHER
from ledger.intake.proposals.draft import HOW, Intake, SheetDraft, SheetFile, acts_of, said
from ledger.intake.proposals.duties import Brought, bring_duties
from ledger.intake.proposals.look_alikes import Outline, Recorded, titled
from ledger.intake.proposals.statuses import take_history
from ledger.intake.sheets.cells import Place
from ledger.intake.sheets.layout import (
    AnyRow,
    AssuranceRow,
    Backlog,
    ClosureRow,
    ExplanationRow,
    LookUpRow,
    PastUpdateRow,
    RecommendationRow,
    ReportRow,
    ResponseRow,
    SheetKind,
)
from ledger.states.effect import Known, in_effect
from ledger.states.report import Report, report
from ledger.states.response import duty_names
from ledger.states.service import GROUPS

NOBODY = "none"
"""The value of a report's column `bodies` if nobody must respond."""
_Whose = tuple[str, str, str]
"""The report, the body, and which of its duties."""


class BacklogDraft(SheetDraft):
    """The draft of a backlog, and what its rows have to do with each other."""

    ONE_MORE = "another", ": where this is one more, write yes in the column another"
    """The column and the advice for a response where another one is recorded."""

    KIND = "backfill"

    def __init__(
        self, decision: Decision, files: Sequence[SheetFile], body: str | None, intake: Intake
    ) -> None:
        super().__init__(decision, files, body, intake)
        self.recorded = Recorded(decision)
        self.references: dict[str, str] = {}
        """The references of recorded reports, by those that the sheets use."""
        self.fallen: dict[str, Place] = {}
        """Where the rows of reports that are not taken stand, by the reference used."""
        self.owed: set[_Whose] = set()
        """The duties that rows have named so far."""
        self.by_rule: list[ReportRow] = []
        """The reports that are new and leave to the rules who must respond."""
        self.named: set[tuple[str, str]] = set()
        """The reports and bodies for which rows name several duties."""
        self.counts: Counter[str] = Counter()
        """How many recommendations the files have of each report, by the reference used."""
        self.explained: dict[_Whose, list[ExplanationRow]] = {}
        """The explanations of each response that are not taken yet."""
        self.spoilt: dict[_Whose, Place] = {}
        """Where an explanation of a response stands that is not taken."""
        self._seen: dict[Hashable, Place] = {}

    def take(self, backlog: Backlog) -> None:
        """Add what the rows of all sheets bring."""
        rows = backlog.rows
        self.intake.rejected += backlog.rejected
        self.fallen = {row.reference: row.place for row in backlog.faulty["reports"]}
        self.spoilt = {_of(row): row.place for row in backlog.faulty["explanations"]}
        self.counts = Counter(row.report for row in rows["recommendations"])
        owing: list[tuple[ReportRow, str]] = []
        for row in self._good(rows["reports"]):
            owing += [(row, body) for body in self._report(row)]
        for each in _parents_first(list(self._good(rows["recommendations"]))):
            self._recommendation(each)
        responses: list[ResponseRow] = list(self._good(rows["responses"]))
        self.named = {
            (row.report, row.body.casefold()) for row in responses if _of(row)[2] != RESPONSE
        }
        self._explanations(rows["explanations"], responses, backlog.faulty["responses"])
        by_hand = {
            (row.report, self.known_body(row.body)[0])
            for row in responses
            if row.rule is not None and _of(row)[2] == RESPONSE
        }
        for response in responses:
            self._response(response)
        for row, body in owing:
            if (row.reference, body) not in by_hand:
                self._duty(row, self.references[row.reference], body)
        for row in self.by_rule:
            self._duties_by_rule(row)
        for look in self._good(rows["lookups"]):
            self._look_up(look)
        later: tuple[SheetKind, ...] = ("assurances", "updates", "closures")
        for kind in later:
            for one in self._good(rows[kind]):
                if (reference := self._reference(one.place, one.report)) is not None:
                    take_history(self, one, reference)

    def _good(self, rows: Iterable[AnyRow]) -> Iterator[Any]:
        """Yield the rows that are of no report that is not taken, each once; list the others."""
        for row in rows:
            if not isinstance(row, ReportRow) and row.report in self.fallen:
                why = f"its report in {self.fallen[row.report].beside(row.place)} is rejected"
                self.reject(row.place, "report", row.report, why)
                continue
            what, column, value, *keys = _known_by(row)
            first = next((self._seen[what, key] for key in keys if (what, key) in self._seen), None)
            if first is None:
                self._seen.update(((what, key), row.place) for key in keys)
                yield row
                continue
            why = f"{what} stands in {first.beside(row.place)} already"
            self.reject(row.place, column, value, why)
            if isinstance(row, ExplanationRow):
                self.spoilt.setdefault(_of(row), row.place)

    def _explanations(
        self,
        rows: Sequence[ExplanationRow],
        responses: Sequence[ResponseRow],
        faulty: Sequence[ResponseRow],
    ) -> None:
        """Find the explanations of each response; list those without one."""
        holders = {_of(row) for row in responses if row.is_published and row.has_comments}
        others = {_of(row): row.place for row in (*responses, *faulty)}
        for row in self._good(rows):
            if (of := _of(row)) in holders:
                self.explained.setdefault(of, []).append(row)
                continue
            why = f"no row of responses has the response of {row.body} to {row.report}"
            if (place := others.get(of)) is not None:
                where = place.beside(row.place)
                why = f"its response in {where} is rejected, or has no comments"
            self.reject(row.place, "number", row.number, why)

    def _report(self, row: ReportRow) -> list[str]:
        """Publish the report of a row that is new: the bodies that owe a response to it."""
        named = [self.who(row.place, "publisher", name) for name in row.publishers]
        publishers = tuple(dict.fromkeys(one for one in named if one is not None))
        bodies = [
            one
            for name in row.bodies
            if name.casefold() != NOBODY
            for one in self._named(row.place, "bodies", name, row.published_on)
        ]
        known_bodies = list(dict.fromkeys(body for body in bodies if body is not None))
        if not publishers or None in named or None in bodies:
            self.fallen[row.reference] = row.place
            return []
        says = f"report “{row.title}”, published {row.published_on or 'on a day not known'}"
        own = Outline(row.title, row.published_on, publishers, self.counts[row.reference])
        found = self._recorded(row, own)
        fault = None if found else self._why_none(row, own)
        if fault is not None or not (found or self._publish_report(row, publishers, says)):
            if fault is not None:
                self.reject(row.place, *fault)
            self.fallen[row.reference] = row.place
            return []
        if found is not None:
            self.found(row.place, says)
            if found.data.kind != row.kind:
                self.reject(row.place, "kind", row.kind, f"it is recorded as {found.data.kind}")
            if not set(publishers) <= set(found.publishers):
                why = f"it is recorded as published by {' and '.join(found.publishers)}"
                self.reject(row.place, "publisher", "; ".join(row.publishers), why)
            reference = found.reference
        else:
            reference = row.reference
        self.references[row.reference] = reference
        self.intake.about(reference)
        return known_bodies

    def _publish_report(self, row: ReportRow, publishers: tuple[str, ...], says: str) -> bool:
        """Publish the new report of a row. Return whether it was done."""
        event = ReportPublished(
            title=row.title,
            kind=row.kind,
            publisher=publishers[0],
            publishers=publishers if len(publishers) > 1 else None,
            same_as=row.same_as,
            cites=said(row.cites),
            key_findings=said(row.key_findings),
        )
        notice = self.notice(row.place, row.published_on, row.source, ReportPublished)
        publish = partial(
            publish_report,
            self.decision,
            event,
            notice,
            reference=row.reference,
            bodies=(),
            recommendations=(),
        )
        if not self.record(row.place, "title", row.title, says, publish):
            return False
        self.recorded.add(row.reference)
        if not row.bodies:
            self.by_rule.append(row)
        return True

    def _duties_by_rule(self, row: ReportRow) -> None:
        """Record the duties of whom the rules bind to respond to the new report of a row."""
        reference = self.references[row.reference]
        off = {
            body: why
            for name, why in row.taken_off
            if (body := self.who(row.place, "taken off", name)) is not None
        }
        apart = {
            body for report, body, name in self.owed if (report, name) == (reference, RESPONSE)
        }
        notice = self.notice(row.place, None, row.source, ResponseDutyArose)
        brought: list[Brought] = []

        def bring() -> None:
            came = bring_duties(self.decision, reference, notice, taken_off=off, apart=apart)
            brought.append(came)

        self.attempt(row.place, "bodies", row.title, bring)
        for came in brought:
            for says in came.new:
                self.new(row.place, says)
            for says, why in came.left:
                column = "taken off" if says in off else "bodies"
                self.reject(row.place, column, says, f"{why}: {says}")

    def _recorded(self, row: ReportRow, own: Outline) -> Report | None:
        """Return the report of a row where it is recorded: as it says, or by what it is; one whose
        day the row leaves open by its reference too."""
        there = report(self.decision.stream(report_stream(row.attach or row.reference)))
        if row.attach:
            return there
        is_it = there is not None and titled(there.data.title) == titled(row.title)
        return there if is_it and row.published_on is None else self.recorded.surely(own)

    def _why_none(self, row: ReportRow, own: Outline) -> tuple[str, str, str] | None:
        """Return why a row that is no recorded report cannot be a new one: the column, its value
        and the reason. Return None if it can."""
        if row.attach not in (None, ANOTHER):
            why = f"no report “{row.attach}” is recorded: give its reference, or {ANOTHER}"
            return "attach", str(row.attach), why
        there = report(self.decision.stream(report_stream(row.reference)))
        if there is not None:
            why = f"another report is recorded as “{row.reference}”: “{there.data.title}”"
            if {*own.publishers} & {*there.publishers} and there.data.title == row.title:
                day = there.published_on or "a day not known"
                why = f"it is recorded as published on {day}: correct the one that is wrong"
            return "reference", row.reference, why
        if row.attach is None and (alike := self.recorded.alike(own)):
            said = "; ".join(f"{one} ({one.reference})" for one in alike)
            why = f"{own}, looks like {said}: write that reference, or {ANOTHER} if they are two"
            return "attach", "", why
        return None

    def _reference(self, place: Place, used: str) -> str | None:
        """Return the recorded report that a row is about; None, and the row rejected, without
        one."""
        if used not in self.references:
            if report(self.decision.stream(report_stream(used))) is None:
                why = f"no report “{used}” is recorded, and no row of reports has it"
                self.reject(place, "report", used, why)
                return None
            self.references[used] = used
            self.intake.about(used)
        return self.references[used]

    def _recommendation(self, row: RecommendationRow) -> None:
        if (reference := self._reference(row.place, row.report)) is None:
            return
        day = self.decision.report(reference).published_on
        addressees = self._all_named(row.place, "addressees", row.addressees, day)
        if addressees and self._parent_there(row, reference, addressees):
            for addressee in addressees:
                self._raise(row, reference, addressee)

    def _all_named(
        self, place: Place, column: str, names: Sequence[str], day: str | None
    ) -> list[str]:
        """Return the bodies that are named, each once; none of them where one is unknown."""
        named = [one for name in names for one in self._named(place, column, name, day)]
        known = list(dict.fromkeys(one for one in named if one is not None))
        return [] if None in named else known

    def _named(self, place: Place, column: str, name: str, day: str | None) -> list[str | None]:
        """Return the body that is named, or each of a group: `all chief constables`."""
        group = "-".join(name.casefold().split())
        if group not in GROUPS:
            return [self.who(place, column, name)]
        on = dates.last_day(day) if day else self.decision.today
        return [*self.decision.service.on(on).members(group)]

    def _parent_there(self, row: RecommendationRow, reference: str, addressees: list[str]) -> bool:
        """Return whether what a recommendation belongs to can be its parent; else its row is
        rejected."""
        for addressee in addressees:
            to = RecommendationId(reference, row.key, addressee)
            if (why := why_no_parent(self.decision, to, row.number, row.parent)) is not None:
                self.reject(row.place, "parent", row.parent or "", why)
                return False
        return True

    def _raise(self, row: RecommendationRow, reference: str, addressee: str) -> None:
        stream = recommendation_stream(reference, row.key, addressee)
        says = f"recommendation {row.number} to {addressee}"
        on = row.target.on if row.target else None
        says += f", by {on}" if on else ""
        for one, _ in acts_of(self.decision, stream, RecommendationRaised):
            self.found(row.place, says)
            self._compare(row, one, addressee)
            to = RecommendationId(reference, row.key, addressee)

            def notice_of_row() -> Notice:
                return self.notice(row.place, None, row.source, TargetDateSet)

            file, line = self.where(row.place)
            if self.intake.confirm_target(self.decision, to, notice_of_row, file, line, says):
                self.new(row.place, f"the target of {says}")
            return
        day = self.decision.report(reference).published_on
        words = row.target.phrase if row.target else None
        target = self.intake.target(on, words, day, *self.where(row.place), says)
        event = RecommendationRaised(
            number=row.number,
            text=say(row.text),
            kind=row.kind,
            parent=row.parent,
            partners=tuple(map(self._partner, row.partners)),
            target=target,
            numbered_by=row.numbered_by,
            publisher_number=row.publisher_number,
            theme=row.theme,
            level=row.level,
        )
        notice = self.notice(row.place, day, row.source, RecommendationRaised)
        raised = Raise(event=event, addressees=(addressee,))
        act = partial(raise_recommendation, self.decision, reference, raised, notice)
        self.record(row.place, "text", row.text, says, act)

    def _compare(self, row: RecommendationRow, one: Known, addressee: str) -> None:
        """List where a recommendation is recorded in other words, or with another target."""
        if not self.same_words(one, "text", row.text):
            why = f"recommendation {row.number} to {addressee} is recorded in other words"
            self.reject(row.place, "text", row.text, why)
        on = row.target.on if row.target else None
        days = [
            raised.target.on if raised.target else None
            for raised in (one.data, one.original.data)
            if isinstance(raised, RecommendationRaised)
        ]
        if on is not None and on not in days:
            why = f"recommendation {row.number} to {addressee} is recorded with the target "
            self.reject(row.place, "target", on, why + (days[0] or "not known"))
        for column in ("publisher_number", "theme", "level"):
            given, there = getattr(row, column), getattr(one.data, column)
            if given is not None and given not in (there, getattr(one.original.data, column)):
                what = column.replace("_", " ")
                why = f"recommendation {row.number} to {addressee} is recorded with the {what} "
                self.reject(row.place, what, given, why + (there or "not known"))

    def _partner(self, name: str) -> Partner:
        found, _ = self.known_body(name)
        return Partner(body=found) if found else Partner(name=say(name))

    def _response(self, row: ResponseRow) -> None:
        reference = self._reference(row.place, row.report)
        body = self.who(row.place, "body", row.body) if reference else None
        if reference is None or body is None:
            self._not_taken(row)
        elif (unclear := self._of_which(row, reference, body)) is not None:
            self.reject(row.place, "duty", "", unclear)
            self._not_taken(row)
        elif row.is_published:
            self._publish(row, reference, body)
        else:
            self._duty(row, reference, body)

    def _explanations_of(self, row: ResponseRow) -> list[ExplanationRow]:
        """Return the explanations of a response, once: those of a row with the comments."""
        mine = row.is_published and row.has_comments
        return self.explained.pop(_of(row), []) if mine else []

    def _not_taken(self, row: ResponseRow) -> None:
        """List the explanations of a response that is not taken."""
        for each in self._explanations_of(row):
            why = f"its response in {row.place} is rejected"
            self.reject(each.place, "", each.number, why)

    def _of_which(self, row: ResponseRow, reference: str, body: str) -> str | None:
        """Return why it cannot be told which duty a row without a duty's name is about; None if it
        can. If other rows of the file name duties, the row without a name is about the response."""
        if row.duty is not None or (row.report, row.body.casefold()) in self.named:
            return None
        names = duty_names(self.decision.stream(response_stream(reference, body)))
        if len(names) < 2:
            return None
        return f"{body} owes several duties about this report; say which: {', '.join(names)}"

    def _publish(self, row: ResponseRow, reference: str, body: str) -> None:
        """Propose the duty, the response and its explanations. If one explanation is rejected,
        propose none of them."""
        if (explained := self._explained(row, reference)) is None:
            return
        self._duty(row, reference, body)
        day, duty = row.published_on or "on a day not known", row.duty or RESPONSE
        what = f"{duty.replace('-', ' ')} of {body}"
        parts = ", ".join(row.parts) or "its text is not recorded"
        says = f"{what} ({parts}), published {day}"
        stream = response_stream(reference, body)
        published = [
            (one, data)
            for one, data in acts_of(self.decision, stream, ResponsePublished)
            if duty in (data.duties or (RESPONSE,))
        ]
        for one, data in published:
            if self._is_recorded(row, one, data):
                self.found(row.place, says)
                _compare_day(self, row, one)
                _compare_translation(self, row, one, data)
                for each, addressee in explained:
                    _compare(self, each, reference, addressee, data.statement)
                return
        if row.another == "no" and (there := _in_its_place(row, published)):
            whose, url, words = f"a response of {body}", there[1].url, there[1].text is not None
            column, advice = self.ONE_MORE
            why = (
                f"{whose}, published on {dates.in_words(there[0].entry.occurred_on)}"
                f"{f' at {url}' if url else ''}, is recorded"
                f"{' in other words' if words and row.text else ''}; nothing was changed{advice}"
            )
            self.reject(row.place, "text" if row.text else column, row.text or "no", why)
            for each, _ in explained:
                why = f"its response in {row.place} is not taken"
                self.reject(each.place, "", each.number, why)
            return
        explanations = tuple(self._explanation(each, addressee) for each, addressee in explained)

        def publish() -> None:
            may_answer(self.decision, body)
            publish_response(
                self.decision,
                reference,
                body,
                self.notice(row.place, row.published_on, row.source, ResponsePublished),
                explanations=explanations,
                text=said(row.text),
                parts=row.parts,
                url=row.url,
                duties=(duty,),
                translations=_translations(row),
            )

        self.record(row.place, "response on", row.published_on or row.url or "", says, publish)
        for each, addressee in explained:
            self.new(each.place, f"it {HOW[each.how]} recommendation {each.number} to {addressee}")

    def _explained(
        self, row: ResponseRow, reference: str
    ) -> list[tuple[ExplanationRow, str]] | None:
        """Return the explanations of a response, each with the id of its addressee; None, and each
        row rejected, where one cannot be taken."""
        good: list[tuple[ExplanationRow, str]] = []
        rows = self._explanations_of(row)
        bad = self.spoilt.get(_of(row)) if row.is_published and row.has_comments else None
        for each in rows:
            if (to := self.recommendation(each, reference)) is None:
                bad = bad or each.place
            else:
                good.append((each, to.addressee))
        if bad is None:
            return good
        why = f"its explanation in {bad.beside(row.place)} is rejected"
        self.reject(row.place, "", row.body, why)
        for each, _ in good:
            where = bad.beside(each.place)
            why = f"the explanation in {where}, of the same response, is rejected"
            self.reject(each.place, "", each.number, why)
        return None

    def _explanation(self, row: ExplanationRow, addressee: str) -> Explanation:
        explanation = Explanation(
            number=row.number,
            addressee=addressee,
            how=row.how,
            stance=row.stance,
            text=said(row.text),
            reason=said(row.reason),
        )
        self.attempt(row.place, "", row.number, partial(consistent, row.number, explanation))
        return explanation

    def _is_recorded(self, row: ResponseRow, one: Known, data: ResponsePublished) -> bool:
        """Return whether a publication is the one of a row: in its words, or, where the row has
        none, of its day or at its address."""
        if row.text is not None:
            return data.parts == row.parts and self.same_words(one, "text", row.text)
        if row.url is not None:
            same_day = row.published_on in (None, one.entry.occurred_on)
            return data.url == row.url and (same_day or row.another == "no")
        return row.published_on in (one.entry.occurred_on, one.original.occurred_on)

    def _duty(self, row: ReportRow | ResponseRow, reference: str, body: str) -> None:
        rule, due_on = (row.rule, row.due_on) if isinstance(row, ResponseRow) else (None, None)
        name = (isinstance(row, ResponseRow) and row.duty) or RESPONSE
        if (reference, body, name) in self.owed:
            return
        self.owed.add((reference, body, name))
        to = "to respond" if name == RESPONSE else f"({name})"
        stream = response_stream(reference, body)
        for _, duty in acts_of(self.decision, stream, ResponseDutyArose):
            if (duty.name or RESPONSE) != name:
                continue
            self.found(row.place, f"duty of {body} {to}")
            if due_on is not None and due_on != duty.due_on:
                why = f"the duty is recorded as due on {duty.due_on or 'no day'}"
                self.reject(row.place, "due on", due_on, why)
            return
        notice = self.notice(row.place, None, row.source, ResponseDutyArose)
        named = None if name == RESPONSE else name
        arose: list[Entry] = []

        def arise() -> None:
            arose.append(
                raise_duty(
                    self.decision, reference, body, notice, rule=rule, due_on=due_on, name=named
                )
            )

        self.attempt(row.place, "bodies", body, arise)
        for entry in arose:
            assert isinstance(entry.data, ResponseDutyArose)
            self.new(row.place, f"duty of {body} {to}, due {entry.data.due_on or 'on no day'}")

    def _look_up(self, row: LookUpRow) -> None:
        """Record that a response was looked for and not found, once for each day and duty."""
        reference = self._reference(row.place, row.report)
        body = self.who(row.place, "body", row.body) if reference else None
        if reference is None or body is None:
            return
        stream, duty = response_stream(reference, body), row.duty or RESPONSE
        says = f"{duty.replace('-', ' ')} of {body}: looked for on {row.looked_on}, and not found"
        if not acts_of(self.decision, stream, ResponseDutyArose):
            why = f"no duty of {body} about this report is recorded or taken"
            self.reject(row.place, "body", row.body, why)
            return
        for one, data in acts_of(self.decision, stream, ResponseLookedFor):
            own = one.entry.by == self.decision.account.body
            if own and one.entry.occurred_on == row.looked_on and (data.duty or RESPONSE) == duty:
                self.found(row.place, says)
                return
        event = ResponseLookedFor(where=say(row.where), url=row.url, duty=row.duty)
        notice = self.notice(row.place, row.looked_on, None, ResponseLookedFor)
        act = partial(look_for_response, self.decision, reference, body, event, notice)
        self.record(row.place, "looked on", row.looked_on or "", says, act)


def _in_its_place(
    row: ResponseRow, published: Sequence[tuple[Known, ResponsePublished]]
) -> tuple[Known, ResponsePublished] | None:
    """Return the publication that a row may be meant by, though it says otherwise: one that has a
    part of the row's, or parts that are not known."""
    for one, data in published:
        if not data.parts or not row.parts or {*data.parts} & {*row.parts}:
            return one, data
    return None


def _translations(row: ResponseRow) -> tuple[Translation, ...]:
    """Return the same response in Welsh, if the row has it."""
    text = row.text_cy
    return (Translation(say(text, lang="cy"), row.url_cy),) if text is not None else ()


def _compare_translation(
    draft: SheetDraft, row: ResponseRow, one: Known, data: ResponsePublished
) -> None:
    if row.text_cy is None or (
        data.translation is not None and draft.same_words(one, "translations.0.text", row.text_cy)
    ):
        return
    why = "the response is recorded, and not with this text in Welsh: add it on its page"
    draft.reject(row.place, "welsh text", row.text_cy, why)


def _compare_day(draft: SheetDraft, row: ResponseRow, one: Known) -> None:
    days = {one.entry.occurred_on, one.original.occurred_on}
    if row.published_on is not None and row.published_on not in days:
        day = one.entry.occurred_on or "a day not known"
        why = f"the response is recorded as published on {day}; nothing was changed"
        draft.reject(row.place, "published on", row.published_on, why)


def _compare(
    draft: SheetDraft, row: ExplanationRow, reference: str, addressee: str, statement: str
) -> None:
    """Compare an explanation with those of the recorded response: it is there too, or a person
    settles it."""
    stream = recommendation_stream(reference, row.key, addressee)
    for one in in_effect(draft.decision.stream(stream)):
        data = one.data
        if isinstance(data, CommissionerStatementIssued) and data.statement == statement:
            same = (data.how, data.stance) == (row.how, row.stance)
            for path, text in (("text", row.text), ("reason", row.reason)):
                recorded = getattr(data, path) is not None
                same = same and recorded == (text is not None)
                same = same and (text is None or draft.same_words(one, path, text))
            if same:
                draft.found(row.place, f"what it says of recommendation {row.number}")
            else:
                why = "the response is recorded, and says something else of this recommendation"
                draft.reject(row.place, "", row.text or "", why)
            return
    why = "the response is recorded, and without this explanation; nothing was changed"
    draft.reject(row.place, "", row.text or "", why)


def _parents_first(rows: Sequence[RecommendationRow]) -> list[RecommendationRow]:
    """Return each recommendation after the one that it belongs to, in the order of the sheet
    otherwise."""
    parents = {(row.report, row.key): key_of(row.parent) for row in rows if row.parent}

    def depth(row: RecommendationRow) -> int:
        above, key = 0, row.key
        while (key := parents.get((row.report, key), "")) and above < len(parents):
            above += 1
        return above

    return sorted(rows, key=depth)


def _of(row: ResponseRow | ExplanationRow | LookUpRow) -> _Whose:
    return row.report, row.body.casefold(), row.duty or RESPONSE


def _known_by(row: AnyRow) -> tuple[str, str, str, *tuple[Hashable, ...]]:
    """Return what a row is, the column with its value by which it is known, and what no other may
    have."""
    more: tuple[Hashable, ...] = ()
    match row:
        case ReportRow():
            return "the same report", "reference", row.reference, row.reference
        case ResponseRow():
            what, parts = "the same part of the same response", "; ".join(row.parts)
            more_of_it = (row.published_on, row.url) if row.another == "yes" else ()
            keys = ((*_of(row), part, *more_of_it) for part in row.parts or ("",))
            return what, "parts", parts, *keys
        case RecommendationRow():
            what = "the same recommendation to the same addressee"
            keys = ((row.report, row.key, one.casefold()) for one in row.addressees)
            return what, "number", row.number, *keys
        case LookUpRow():
            on = row.looked_on or ""
            return "the same look-up", "looked on", on, (*_of(row), on)
        case ExplanationRow():
            what, more = "the same explanation", (row.body.casefold(), row.duty or RESPONSE)
        case AssuranceRow():
            what, more = "the same assurance", (row.question, row.occurred_on)
        case PastUpdateRow():
            what, more = "the same update", (row.text, row.occurred_on)
        case ClosureRow():
            what = "a closure of the same recommendation"
        case _:
            assert_never(row)
    return what, "number", row.number, (row.report, row.key, row.addressee.casefold(), *more)
