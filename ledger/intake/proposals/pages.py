"""From a page read to acts decided: what is new is added, what is recorded already is left.

Everything that a page brings is one decision and so one transaction; every entry cites the
capture of its bytes. Nothing is guessed: what cannot be settled is listed with its line.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from ledger.acts.capture import Received, keep_capture
from ledger.acts.decision import Decision, Told
from ledger.acts.duty import add_duty
from ledger.acts.report import Raise, raise_recommendation
from ledger.events import BodyRegistered, RecommendationRaised, ResponseDutyArose, Source
from ledger.events.recommendation import Partner, Target
from ledger.events.streams import key_of, recommendation_stream, response_stream
from ledger.events.texts import say
from ledger.intake.date_phrases import DatePhrase
from ledger.intake.pages.values import RecommendationRead
from ledger.intake.proposals.page_draft import Intake, PageFile, Raised, Taking, said
from ledger.intake.proposals.report import take_report
from ledger.intake.proposals.statement import take_assurances, take_statement
from ledger.intake.proposals.wordings import Openings, find
from ledger.states.effect import in_effect


def take_pages(
    decision: Decision,
    files: Sequence[PageFile],
    body: str,
    openings: Openings,
    *,
    days: bool = False,
) -> Intake:
    """Add to a decision what pages of a body bring that is new to the log.

    `days`: whether a person confirms the days that pages came to give.
    """
    intake = Intake()
    for file in files:
        take(Taking(decision, file, body, openings, intake, days=days))
    return intake


def take(taking: Taking) -> None:
    """Add what is new to the decision, the capture of the bytes first."""
    capture = keep_capture(
        taking.decision,
        Received(body=taking.file.raw, media_type=taking.file.media_type, url=taking.file.url),
        taking.told,
    )
    name = capture.stream.removeprefix("capture/")
    taking.told = Told(
        occurred_on=taking.page.report.published_on,
        source=Source(url=taking.file.url, capture=name),
        batch=taking.told.batch,
    )
    before = len(taking.decision.entries)
    reference = take_report(taking)
    raised = _recommendations(taking, reference)
    _duty(taking, reference)
    as_first_published = take_statement(taking, reference, raised)
    take_assurances(taking, reference, raised, as_first_published=as_first_published)
    taking.intake.reports.append(reference)
    proposed = {(day.file, day.line, day.words) for day in taking.intake.days}
    taking.intake.unread.extend(
        one for one in taking.page.unread if (one.file, one.line, one.text) not in proposed
    )
    if len(taking.decision.entries) == before:
        taking.decision.drop(capture)  # nothing cites it


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
        if find(read.text, taking.wordings(there[0], "text")) == "new words":
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
    day = taking.decision.report(reference).published_on  # whatever day this page gives for it
    told = replace(taking.told, occurred_on=day)
    raise_recommendation(
        taking.decision, reference, Raise(event=event, addressees=(addressee,)), told
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
    entry = add_duty(taking.decision, reference, taking.body.id, taking.told)
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


# Chief officers with a title of their own (Police Act 1996, s.101), by the area of their force.
_CHIEF_OFFICERS = {
    "commissioner of police of the metropolis": "metropolitan-police-district",
    "commissioner of the metropolitan police": "metropolitan-police-district",
    "metropolitan police commissioner": "metropolitan-police-district",
    "commissioner of police for the city of london": "city-of-london",
    "commissioner of the city of london police": "city-of-london",
}


def body_meant(
    name: str, responding: BodyRegistered, bodies: Iterable[BodyRegistered]
) -> str | None:
    """The id of the body that is meant; None where the register knows none or several.

    `force` is the responding body's own (or itself), `office` the local policing body itself.
    """
    if name == "force":
        return responding.force or responding.id
    if name == "office":
        return responding.id if responding.kind == "local_policing_body" else None
    wanted = _plain(name)
    area = _CHIEF_OFFICERS.get(wanted)
    chief = wanted.removeprefix("chief constable of ").removeprefix("the ")
    found = {
        body.id
        for body in bodies
        if wanted in (body.id, _plain(body.name))
        or (body.kind == "force" and _plain(body.name) == chief)
        or (body.kind == "force" and area is not None and body.area == area)
    }
    return found.pop() if len(found) == 1 else None


def _plain(name: str) -> str:
    return name.replace("’", "'").casefold().removeprefix("the ")
