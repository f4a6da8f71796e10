"""The duties that come with a report: of whom the rules bind, without those that are taken off."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from ledger.acts.decision import Decision, Notice
from ledger.acts.duty import TakenOff, add_duty, may_add_duty, take_off
from ledger.events.streams import response_stream
from ledger.events.texts import say
from ledger.states.responders import Responder, in_words, responders
from ledger.states.response import duty_names


@dataclass
class Brought:
    """The result in words: new duties, recorded ones, and those left out, with the reason."""

    new: list[str] = field(default_factory=list)
    there: list[str] = field(default_factory=list)
    left: list[tuple[str, str]] = field(default_factory=list)


def bound_by(decision: Decision, reference: str) -> tuple[Responder, ...]:
    """Return whom the rules bind to respond to a report, as it and its recommendations are now."""
    found = decision.report(reference)
    return responders(
        decision.service,
        kind=found.data.kind,
        publishers=found.publishers,
        published_on=found.published_on,
        addressees=[to.addressee for to, *_ in decision.raised_in(reference)],
        today=decision.today,
    )


def bring_duties(
    decision: Decision,
    reference: str,
    notice: Notice,
    *,
    answered: Collection[str] = (),
    taken_off: Mapping[str, str] | None = None,
    apart: Collection[str] = (),
) -> Brought:
    """Record the duties of whom the rules bind and that are not recorded.

    `answered`: the bodies of which a rule asks something first, and the answer is yes. `apart`:
    those whose duty is recorded otherwise. For a report of another account only the duties that
    the account may add are recorded.
    """
    came, off = Brought(), dict(taken_off or {})
    found = decision.report(reference)
    bound = [one for one in bound_by(decision, reference) if one.body not in apart]
    for body in [one for one in off if one not in {each.body for each in bound}]:
        came.left.append((body, "no rule binds it to respond, so it is not taken off"))
    owing, there, asked, by_day = [], [], [], []
    for one in bound:
        if duty_names(decision.stream(response_stream(reference, one.body))):
            there.append(one)
        elif not may_add_duty(decision, found, one.body):
            continue
        elif one.body in off:
            why = TakenOff(one.body, say(off[one.body]))
            take_off(decision, reference, why, notice)
            name = decision.service.name(one.body)
            came.new.append(f"the duty of {name} to respond, taken off: {off[one.body]}")
        elif one.needs_a_day:
            by_day.append(one)
        elif one.asks is not None and one.body not in answered:
            asked.append(one)
        else:
            add_duty(decision, reference, one.body, notice)
            owing.append(one)

    def said(members: list[Responder]) -> list[str]:
        return in_words(decision.service, members, found.published_on, decision.today)

    came.new += [says.partition(". A person answers first")[0] for says in said(owing)]
    came.there += [f"{says} (recorded already)" for says in said(there)]
    ask = "its duty is not recorded until a person answers yes, by naming the body"
    came.left += [(says, ask) for says in said(asked)]
    by_itself = "record each duty by itself, with that day and its source"
    came.left += [(says, by_itself) for says in said(by_day)]
    return came
