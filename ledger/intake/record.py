"""From a page read to acts decided: what is new is added, what is recorded already is left.

Everything that a page brings is one decision and so one transaction; every entry cites the
capture of its bytes. Nothing is guessed: what cannot be settled is listed with its line.
"""

from collections.abc import Sequence

from ledger.acts.capture import capture_of, keep_capture
from ledger.acts.duty import raise_duty
from ledger.acts.report import Raise, publish_report, raise_recommendation
from ledger.decision import Decision, Told
from ledger.effect import in_effect
from ledger.errors import Refused
from ledger.events import (
    RecommendationRaised,
    ReportPublished,
    ResponseDutyArose,
    Source,
)
from ledger.events.recommendation import Partner, Target
from ledger.events.report import REPORT_KINDS
from ledger.intake.date_phrases import DatePhrase
from ledger.intake.naming import body_meant
from ledger.intake.reading import RecommendationRead
from ledger.intake.take_statement import take_assurances, take_statement
from ledger.intake.taking import Intake, Openings, PageFile, Raised, Taking, said
from ledger.report import report
from ledger.streams import (
    key_of,
    recommendation_stream,
    response_stream,
)
from ledger.texts import say


def take_pages(
    decision: Decision, files: Sequence[PageFile], body: str, openings: Openings
) -> Intake:
    """Add to a decision what pages of a body bring that is new to the log."""
    intake = Intake()
    for file in files:
        take(Taking(decision, file, body, openings, intake))
    return intake


def take(taking: Taking) -> None:
    """Add what is new to the decision, the capture of the bytes first."""
    capture = keep_capture(
        taking.decision,
        capture_of(taking.file.raw, taking.file.media_type, taking.file.url),
        taking.file.raw,
        taking.told,
    )
    name = capture.stream.removeprefix("capture/")
    taking.told = Told(
        occurred_on=taking.page.report.published_on,
        source=Source(url=taking.file.url, capture=name),
        batch=taking.told.batch,
    )
    before = len(taking.decision.entries)
    reference = _report(taking)
    raised = _recommendations(taking, reference)
    _duty(taking, reference)
    take_statement(taking, reference, raised)
    take_assurances(taking, reference, raised)
    taking.intake.reports.append(reference)
    taking.intake.unread.extend(taking.page.unread)
    if len(taking.decision.entries) == before:
        taking.decision.drop(capture)  # nothing cites it


def _report(taking: Taking) -> str:
    read = taking.page.report
    if read.publisher is None:
        raise Refused(
            "unread",
            f"{taking.page.file}: the page does not say who published the report in words that are "
            "known here: record its recommendations and the response by hand.",
        )
    if read.published is not None and read.published.on is None:
        raise Refused(
            "unread",
            f"{taking.page.file}:{read.published.line}: the day on which the report was "
            f"published, “{read.published.words}”, cannot be read: {read.published.why}",
        )
    day = read.published_on
    line = read.title.line
    says = f"report “{read.title.text}”, published {day or 'on a day not known'}"
    for stream in taking.decision.below("report/").values():
        found = report(stream)
        if found is not None and (
            found.data.publisher == read.publisher
            and found.data.title.casefold() == read.title.text.casefold()
            and found.published_on == day
        ):
            taking.found(line, says)
            return found.reference
    kind = read.kind or taking.file.kind
    if taking.file.kind not in (None, kind):
        raise Refused(
            "kind",
            f"{taking.page.file}: the page says that its kind is {kind}, not {taking.file.kind}: "
            "leave --kind out.",
        )
    if kind is None:
        words = read.kind_words.text if read.kind_words else ""
        raise Refused(
            "unread",
            f"{taking.page.file}: the page does not say its kind in words that are known here"
            f"{f' (“{words}”)' if words else ''}: give it with --kind (one of "
            f"{', '.join(REPORT_KINDS)}), or record the report by hand first.",
        )
    event = ReportPublished(
        title=read.title.text,
        kind=kind,
        publisher=read.publisher,
        cites=said(read.cites.text if read.cites else None),
        key_findings=said(read.key_findings.text if read.key_findings else None),
        listed_by="response",
    )
    entry = publish_report(
        taking.decision, event, taking.told, reference=None, bodies=(), recommendations=()
    )
    taking.new(line, says)
    return entry.stream.removeprefix("report/")


def _recommendations(taking: Taking, reference: str) -> Raised:
    """Raise what is new: (number, addressee) of each by its key on the page."""
    raised: Raised = {}
    for read in taking.page.recommendations:
        addressees = _addressees(taking, read)
        if not addressees:
            continue
        number = read.number if key_of(read.number) == read.key else read.key
        raised[read.key] = [(number, addressee) for addressee in addressees]
        for addressee in addressees:
            _raise(taking, reference, read, number, addressee)
    return raised


def _raise(
    taking: Taking, reference: str, read: RecommendationRead, number: str, addressee: str
) -> None:
    on = read.target.on if isinstance(read.target, DatePhrase) else None
    says = f"recommendation {number} to {addressee}" + (f", by {on}" if on else "")
    stream = recommendation_stream(reference, key_of(number), addressee)
    there = [
        one
        for one in in_effect(taking.decision.stream(stream))
        if isinstance(one.data, RecommendationRaised)
    ]
    if there:
        taking.found(read.line, says)
        if taking.text(there[0].entry, "text") not in (read.text, None):
            taking.leave(read.line, read.text, f"{says} is recorded in other words")
        return
    target = None
    if isinstance(read.target, DatePhrase):
        target = Target(on=read.target.on, phrase=said(read.target.phrase))
    event = RecommendationRaised(
        number=number,
        text=say(read.text),
        kind=read.kind,
        parent=_parent(taking, reference, read, addressee),
        partners=tuple(Partner(name=say(partner)) for partner in read.partners),
        target=target,
        numbered_by=read.numbered_by,
    )
    raise_recommendation(
        taking.decision, reference, Raise(event=event, addressees=(addressee,)), taking.told
    )
    taking.new(read.line, says)


def _parent(taking: Taking, reference: str, read: RecommendationRead, addressee: str) -> str | None:
    """The cause of concern above a recommendation, where it is recorded for the same body."""
    if read.parent is None:
        return None
    stream = recommendation_stream(reference, key_of(read.parent), addressee)
    if taking.decision.stream(stream):
        return read.parent
    why = f"{read.parent}, to which {read.number} belongs, is not recorded for {addressee}"
    taking.leave(read.line, read.text, why)
    return None


def _duty(taking: Taking, reference: str) -> None:
    line = taking.page.report.title.line
    acts = in_effect(taking.decision.stream(response_stream(reference, taking.body.id)))
    if any(isinstance(one.data, ResponseDutyArose) for one in acts):
        taking.found(line, f"duty of {taking.body.id} to respond")
        return
    entry = raise_duty(taking.decision, reference, taking.body.id, taking.told)
    assert isinstance(entry.data, ResponseDutyArose)
    due = entry.data.due_on or "no due date"
    taking.new(line, f"duty of {taking.body.id} to respond, due {due}")


def _addressees(taking: Taking, read: RecommendationRead) -> list[str]:
    found = []
    for name in read.addressees:
        body = body_meant(name, taking.body, taking.decision.service.bodies.values())
        if body is None:
            why = f"an addressee of {read.number} that is not in the register of bodies"
            taking.leave(read.line, name, why)
        elif not taking.decision.service.concerns(taking.body.id, body):
            taking.leave(
                read.line,
                read.text,
                f"recommendation {read.number} is addressed to {body}, for which "
                f"{taking.body.id} does not answer",
            )
        elif body not in found:
            found.append(body)
    return found
