"""The questions that a person answers before a form is recorded."""

from collections.abc import Mapping

from api.recording.submission import AskFirst, Shape, Where
from ledger.acts.decision import Decision
from ledger.acts.table import Act
from ledger.dates import in_words as in_words_of_day
from ledger.dates import last_day
from ledger.events import ReportPublished, ResponsePublished
from ledger.events.response import RESPONSE as THE_RESPONSE
from ledger.events.streams import response_stream
from ledger.intake.proposals.look_alikes import LooksAlike, Outline, Recorded
from ledger.states.effect import in_effect
from ledger.states.responders import in_words, responders
from ledger.states.service import GROUPS


def ask_first(
    act: Act, where: Where, said: Shape, form: Mapping[str, str], decision: Decision
) -> None:
    """Ask a person to confirm an act, unless they have. The questions are whether a report that
    looks like another is another one, who must respond to it, and whether a response is one
    more."""
    another = form.get("another")
    if act.event is ReportPublished:
        if not another:
            _looks_like_another(said, decision)
        _who_must_respond(said, form.get("respond"), decision)
    elif act.event is ResponsePublished and not another:
        _answered_already(where, said, decision)


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
                *([("respond", "rule", "Record it with these duties")] if surely else ()),
                ("respond", "nobody", "Record it without a duty"),
            ],
            "To take one off, name it below in “Taken off”, with the reason. Where a person "
            "answers first, name the bodies of which the answer is yes in “Bodies”, with all "
            "others that must respond.",
        )


def _answered_already(where: Where, said: Shape, decision: Decision) -> None:
    """Ask whether a response is one more, if one is recorded."""
    stream = response_stream(where["report"], where["body"])
    duties = set(said.get("duties") or (THE_RESPONSE,))
    there = [
        one
        for one in in_effect(decision.stream(stream))
        if isinstance(one.data, ResponsePublished)
        and duties & set(one.data.duties or (THE_RESPONSE,))
    ]
    if there:
        raise AskFirst(
            "A response is recorded already",
            [
                f"Published {'on ' if one.entry.occurred_on else ''}"
                f"{in_words_of_day(one.entry.occurred_on)}"
                + (f" at {url}" if (url := getattr(one.data, "url", None)) else "")
                + f", recorded by {one.original.recorded_by} (entry {one.original.position})"
                for one in there
            ],
            [("another", "yes", "It is one more: record it")],
            "Where the one that is recorded is wrong, correct it or retract it instead.",
        )


def _looks_like_another(sent: Shape, decision: Decision) -> None:
    """Raise LooksAlike if a report looks like a recorded one."""
    event, notice = sent["event"], sent["notice"]
    of = len(sent.get("recommendations") or ())
    own = Outline(event.title, notice.occurred_on, event.published_by, of)
    if recorded := Recorded(decision).alike(own):
        raise LooksAlike("The form", own, recorded, "{}")
