"""Acts from the rows of a backlog: what is new is added, what is recorded is left.

All that the files bring is one decision and so one transaction. A row that cannot be taken is
listed with its reason, and what rests on it with it; what a rule refuses, refuses all.
"""

from collections import Counter
from collections.abc import Sequence

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
from ledger.events.recommendation import Partner
from ledger.events.response import RESPONSE
from ledger.events.streams import (
    RecommendationId,
    key_of,
    recommendation_stream,
    report_stream,
    response_stream,
)
from ledger.events.texts import say
from ledger.intake.pages.values import ANOTHER
from ledger.intake.proposals.draft import HOW, Intake, SheetDraft, SheetFile, acts_of, at, said
from ledger.intake.proposals.duties import bring_duties
from ledger.intake.proposals.history import take_history
from ledger.intake.proposals.look_alikes import (
    Outline,
    look_alikes,
    recorded_report,
    titled,
)
from ledger.intake.proposals.wordings import Openings
from ledger.intake.sheets.cells import Place
from ledger.intake.sheets.layout import (
    Backlog,
    ExplanationRow,
    LookUpRow,
    RecommendationRow,
    ReportRow,
    ResponseRow,
)
from ledger.states.effect import Known, in_effect
from ledger.states.report import Report, report
from ledger.states.response import duty_names
from ledger.states.service import GROUPS


def take_backlog(
    decision: Decision,
    backlog: Backlog,
    files: Sequence[SheetFile],
    body: str,
    openings: Openings,
    intake: Intake,
) -> None:
    """Add to a decision what a backlog of sheets brings that is new to the log."""
    BacklogDraft(decision, files, body, openings, intake).take(backlog)


NOBODY = "none"
"""The value of a report's column `bodies` if nobody must respond."""
Explained = list[tuple[ExplanationRow, str]]
"""Each with the id of its addressee."""


class BacklogDraft(SheetDraft):
    """The draft of a backlog, and what its rows have to do with each other."""

    def __init__(
        self,
        decision: Decision,
        files: Sequence[SheetFile],
        body: str | None,
        openings: Openings,
        intake: Intake,
    ) -> None:
        super().__init__(decision, files, body, openings, intake, kind="backfill")
        self.references: dict[str, str] = {}
        """The references of recorded reports, by those that the sheets use."""
        self.fallen: dict[str, Place] = {}
        """Where the rows of reports that are rejected stand, by the reference used."""
        self.owed: set[tuple[str, str, str]] = set()
        """The duties that rows have named so far: report, body, duty."""
        self.by_rule: list[ReportRow] = []
        """The reports that are new and leave to the rules who must respond."""
        self.named: set[tuple[str, str]] = set()
        """The reports and bodies for which rows name several duties."""
        self.counts: Counter[str] = Counter()
        """How many recommendations the files have of each report, by the reference used."""

    def take(self, backlog: Backlog) -> None:
        """Add what the rows of all sheets bring."""
        self.named = {
            (row.report, row.body.casefold())
            for row in backlog.responses
            if row.duty not in (None, RESPONSE)
        }
        self.intake.rejected += backlog.rejected
        self.counts = Counter(row.report for row in backlog.recommendations)
        by_hand = {
            (row.report, self.known_body(row.body)[0])
            for row in backlog.responses
            if row.rule is not None and row.duty in (None, RESPONSE)
        }
        owing: list[tuple[ReportRow, str]] = []
        for row in backlog.reports:
            owing += [
                (row, body) for body in self._report(row) if (row.reference, body) not in by_hand
            ]
        for each in _parents_first(backlog.recommendations):
            self._recommendation(each)
        for response in backlog.responses:
            self._response(response)
        for row, body in owing:
            self._duty(row, self.references[row.reference], body)
        for row in self.by_rule:
            self._duties_by_rule(row)
        for look in backlog.lookups:
            self._look_up(look)
        for one in backlog.history:
            if (reference := self._reference(one.place, one.report)) is not None:
                take_history(self, one, reference)

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
        if found is None and (fault := self._why_none(row, own)):
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
            event = ReportPublished(
                title=row.title,
                kind=row.kind,
                publisher=publishers[0],
                publishers=publishers if len(publishers) > 1 else None,
                same_as=row.same_as,
                cites=said(row.cites),
                key_findings=said(row.key_findings),
            )
            with at(row.place):
                publish_report(
                    self.decision,
                    event,
                    self.notice(row.place, row.published_on, row.source, ReportPublished),
                    reference=row.reference,
                    bodies=(),
                    recommendations=(),
                )
            self.new(row.place, says)
            reference = row.reference
            if not row.bodies:
                self.by_rule.append(row)
        self.references[row.reference] = reference
        self.intake.about(reference)
        return known_bodies

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
        with at(row.place):
            notice = self.notice(row.place, None, row.source, ResponseDutyArose)
            came = bring_duties(self.decision, reference, notice, taken_off=off, apart=apart)
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
        return there if is_it and row.published_on is None else recorded_report(self.decision, own)

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
        if row.attach is None and (alike := look_alikes(self.decision, own)):
            said = "; ".join(f"{one} ({one.reference})" for one in alike)
            why = f"{own}, looks like {said}: write that reference, or {ANOTHER} if they are two"
            return "attach", "", why
        return None

    def _reference(self, place: Place, used: str) -> str | None:
        """Return the recorded report that a row is about; None, and the row rejected, without
        one."""
        if used in self.fallen:
            why = f"its report in {self.fallen[used]} is rejected"
            self.reject(place, "report", used, why)
            return None
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
        named = [
            one
            for name in row.addressees
            for one in self._named(row.place, "addressees", name, day)
        ]
        addressees = list(dict.fromkeys(one for one in named if one is not None))
        if None in named or not self._parent_there(row, reference, addressees):
            return
        for addressee in addressees:
            self._raise(row, reference, addressee)

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
        with at(row.place):
            raise_recommendation(
                self.decision, reference, Raise(event=event, addressees=(addressee,)), notice
            )
        self.new(row.place, says)

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
            for each in row.explanations:
                why = f"its response in {row.place} is rejected"
                self.reject(each.place, "", each.number, why)
        elif (unclear := self._of_which(row, reference, body)) is not None:
            self.reject(row.place, "duty", "", unclear)
            for each in row.explanations:
                self.reject(each.place, "", each.number, f"its response in {row.place} is rejected")
        elif row.is_published:
            self._publish(row, reference, body)
        else:
            self._duty(row, reference, body)

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
        if (explained := _explained(self, row, reference)) is None:
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
                for each, addressee in explained:
                    _compare(self, each, reference, addressee, data.statement)
                return
        if row.another == "no" and (there := _in_its_place(row, published)):
            whose, url, words = f"a response of {body}", there[1].url, there[1].text is not None
            why = (
                f"{whose}, published on {dates.in_words(there[0].entry.occurred_on)}"
                f"{f' at {url}' if url else ''}, is recorded"
                f"{' in other words' if words and row.text else ''}; nothing was changed: where "
                "this is one more, write yes in the column another"
            )
            self.reject(row.place, "text" if row.text else "another", row.text or "no", why)
            for each, _ in explained:
                self.reject(
                    each.place, "", each.number, f"its response in {row.place} is not taken"
                )
            return
        explanations = tuple(_explanation(each, addressee) for each, addressee in explained)
        with at(row.place):
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
            )
        self.new(row.place, says)
        for each, addressee in explained:
            self.new(each.place, f"it {HOW[each.how]} recommendation {each.number} to {addressee}")

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
        with at(row.place):
            notice = self.notice(row.place, None, row.source, ResponseDutyArose)
            named = None if name == RESPONSE else name
            entry = raise_duty(
                self.decision, reference, body, notice, rule=rule, due_on=due_on, name=named
            )
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
        with at(row.place):
            look_for_response(
                self.decision,
                reference,
                body,
                ResponseLookedFor(where=say(row.where), url=row.url, duty=row.duty),
                self.notice(row.place, row.looked_on, None, ResponseLookedFor),
            )
        self.new(row.place, says)


def _in_its_place(
    row: ResponseRow, published: Sequence[tuple[Known, ResponsePublished]]
) -> tuple[Known, ResponsePublished] | None:
    """Return the publication that a row may be meant by, though it says otherwise: one that has a
    part of the row's, or parts that are not known."""
    for one, data in published:
        if not data.parts or not row.parts or {*data.parts} & {*row.parts}:
            return one, data
    return None


def _explained(draft: SheetDraft, row: ResponseRow, reference: str) -> Explained | None:
    """Return the explanations of a response; None, and each row rejected, where one cannot be
    taken."""
    good: Explained = []
    bad: ExplanationRow | None = None
    for each in row.explanations:
        if (to := draft.recommendation(each, reference)) is None:
            bad = bad or each
        else:
            good.append((each, to.addressee))
    if bad is None:
        return good
    draft.reject(row.place, "", row.body, f"its explanation in {bad.place} is rejected")
    for each, _ in good:
        why = f"the explanation in {bad.place}, of the same response, is rejected"
        draft.reject(each.place, "", each.number, why)
    return None


def _explanation(row: ExplanationRow, addressee: str) -> Explanation:
    with at(row.place):
        explanation = Explanation(
            number=row.number,
            addressee=addressee,
            how=row.how,
            stance=row.stance,
            text=said(row.text),
            reason=said(row.reason),
        )
        consistent(row.number, explanation)
    return explanation


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
