"""The questions about a report that a person answers before its form is checked."""

from collections.abc import Mapping

from api.recording.submission import AskFirst, Shape
from ledger.acts.decision import Decision
from ledger.acts.table import Act
from ledger.dates import last_day
from ledger.events import ReportPublished
from ledger.intake.proposals.look_alikes import LooksAlike, Outline, Recorded
from ledger.states.responders import in_words, responders
from ledger.states.service import GROUPS


def ask_first(act: Act, said: Shape, form: Mapping[str, str], decision: Decision) -> None:
    """Ask whether a report that looks like another is another one, and who must respond to it,
    unless the form answers it."""
    if act.event is ReportPublished:
        if not form.get("another"):
            _looks_like_another(said, decision)
        _who_must_respond(said, form.get("respond"), decision)


def _who_must_respond(said: Shape, answer: str | None, decision: Decision) -> None:
    """Ask who must respond to a report that names no bodies, and fill them in by the answer."""
    if said.get("bodies") or answer == "nobody":
        return
    event, notice = said["event"], said["notice"]
    service = decision.service
    raised = [name for each in said.get("recommendations") or () for name in each.addressees]
    there = service.on(last_day(notice.occurred_on) if notice.occurred_on else decision.today)
    addressees = [
        body for name in raised for body in (there.members(name) if name in GROUPS else [name])
    ]
    bound = responders(
        service,
        kind=event.kind,
        publishers=event.published_by,
        published_on=notice.occurred_on,
        addressees=addressees,
        today=decision.today,
    )
    surely = [one.body for one in bound if one.asks is None and not one.needs_a_day]
    if answer == "rule":
        said["bodies"] = surely
    elif bound:
        raise AskFirst(
            "Who must respond",
            in_words(service, bound, notice.occurred_on, decision.today),
            [
                *([("respond", "rule", "With these duties")] if surely else ()),
                ("respond", "nobody", "Without a duty"),
            ],
            "To take one off, name it below in “Taken off”, with the reason. Where a person "
            "answers first, name the bodies of which the answer is yes in “Bodies”, with all "
            "others that must respond.",
        )


def _looks_like_another(sent: Shape, decision: Decision) -> None:
    """Raise LooksAlike if a report looks like a recorded one."""
    event, notice = sent["event"], sent["notice"]
    of = len(sent.get("recommendations") or ())
    own = Outline(event.title, notice.occurred_on, event.published_by, of)
    if recorded := Recorded(decision).alike(own):
        raise LooksAlike("The form", own, recorded, "{}")
