"""A page met again: what it says otherwise than what was recorded from its address.

The publication keeps its entry and its day. What differs is a revision, seen on the day of the
capture; a wording that was recorded once is not recorded again, since the file may be an older one.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from ledger.acts.response import receive_comments
from ledger.acts.revision import revise_statement
from ledger.events import (
    ChiefOfficerCommentsReceived,
    ResponsePublished,
    StatementRevised,
)
from ledger.events.recommendation import How
from ledger.events.streams import key_of, recommendation_of, response_stream
from ledger.events.texts import say
from ledger.intake.pages.values import Passage
from ledger.intake.proposals.page_draft import Raised, Taking
from ledger.intake.proposals.same_text import rest, same
from ledger.intake.proposals.wordings import Wordings, find
from ledger.states.effect import Known, in_effect
from ledger.states.response import explanation, passage_of

_EARLIER = "an earlier wording, recorded already"
_REMOVED = ", as far as can be told: a text of it was removed here"

Subject = tuple[str, str]
"""The key of a recommendation and its addressee."""


@dataclass(frozen=True)
class Met:
    """A published response as recorded, each part in all of its wordings, the oldest first."""

    published: Known
    text: Wordings
    comments: Wordings
    passages: dict[Subject, Wordings] = field(default_factory=dict)

    @property
    def data(self) -> ResponsePublished:
        assert isinstance(self.published.data, ResponsePublished)
        return self.published.data

    def says(self, text: str) -> bool:
        """Whether it says a whole text, in one of its wordings. A removed one may have been it."""
        return any(one is None or same(one, text) for one in self.text)

    def said_at_first(self, text: str) -> bool:
        """The same, of the text as first published."""
        first = self.text[0]
        return first is None or same(first, text)


def responses_met(taking: Taking, reference: str) -> list[Met]:
    """The responses of the body to a report, as recorded."""
    acts = in_effect(taking.decision.stream(response_stream(reference, taking.body.id)))
    return [
        _met(taking, reference, one, acts)
        for one in acts
        if isinstance(one.data, ResponsePublished)
    ]


def _met(taking: Taking, reference: str, one: Known, acts: Iterable[Known]) -> Met:
    assert isinstance(one.data, ResponsePublished)
    statement = one.data.statement
    passages: dict[Subject, list[str | None]] = {}
    for stream, entries in taking.decision.below(f"recommendation/{reference}/").items():
        if (issued := explanation(entries, statement)) is not None:
            name = recommendation_of(stream)
            passages[name.key, name.addressee] = taking.wordings(issued, "text")
    text, comments = taking.wordings(one, "text"), _comments(taking, one.data, acts)
    for act in acts:
        if isinstance(act.data, StatementRevised) and act.data.statement == statement:
            now = taking.wordings(act, "now")
            match act.data.field:
                case "text":
                    text += now
                case "chief_officer_comments":
                    comments += now
                case "passage":
                    passages.setdefault(passage_of(act.data), [""]).extend(now)
                case "url":
                    pass
    return Met(one, text, comments, dict(passages))


def _comments(
    taking: Taking, published: ResponsePublished, acts: Iterable[Known]
) -> list[str | None]:
    if "chief_officer_comments" not in published.parts:
        return [""]
    return [
        words
        for act in acts
        if isinstance(act.data, ChiefOfficerCommentsReceived)
        for words in taking.wordings(act, "text")
    ]


def compare(taking: Taking, reference: str, raised: Raised, met: Met) -> None:
    """Propose as revisions what the page says otherwise than is recorded: passage by passage, and
    the whole text only where it differs outside of them."""
    for passage in taking.page.statement.passages:
        for number, addressee in raised.get(passage.key, []):
            _passage(taking, reference, met, passage, number, addressee)
    listed = {(key_of(n), a) for pairs in raised.values() for n, a in pairs}
    for (key, addressee), recorded in met.passages.items():
        if (key, addressee) not in listed and recorded[-1]:
            line = taking.page.report.title.line
            why = f"the page does not list recommendation {key} to {addressee} any more"
            taking.leave(line, recorded[-1], f"{why}; what it said of it is left as it is")
    _text(taking, reference, met)


def _passage(
    taking: Taking, reference: str, met: Met, passage: Passage, number: str, addressee: str
) -> None:
    says = f"what it says of recommendation {number}"
    recorded = met.passages.get((key_of(number), addressee), [""])
    line = passage.lines[0] if passage.lines else taking.page.report.title.line
    if _is_there(taking, line, says, passage.text, recorded):
        return
    if not passage.text:
        says = f"nothing any more of recommendation {number}"
    elif not recorded[-1]:
        says = f"something of recommendation {number}, of which it said nothing"
    else:
        says = f"other words on recommendation {number}"
    how: How = passage.how
    _revise(
        taking, reference, met, "passage", passage.text, number=number, addressee=addressee, how=how
    )
    taking.revised(line, f"the response now has {says}", recorded[-1] or "", passage.text)


def _text(taking: Taking, reference: str, met: Met) -> None:
    """The whole text, by what stands in it beside the passages: these are revised by themselves."""
    read = taking.page.statement
    says, line = f"response of {taking.body.id}, beside its passages", read.paragraphs[0].line
    texts = [*met.text, *(one for recorded in met.passages.values() for one in recorded)]
    if any(one is None for one in texts):
        taking.found(line, f"{says}{_REMOVED}")
        return
    passages = [one for recorded in met.passages.values() for one in recorded if one]
    here = rest(read.text, [passage.text for passage in read.passages if passage.text])
    recorded = [rest(one, passages) for one in met.text if one is not None]
    if here in recorded:
        taking.found(line, says if recorded[-1] == here else f"{says}: {_EARLIER}")
        return
    _revise(taking, reference, met, "text", read.text)
    taking.revised(
        line,
        "the response now has other words beside those on single recommendations",
        met.text[-1] or "",
        read.text,
    )


def take_comments(taking: Taking, reference: str, met: Met) -> None:
    """The chief officer's comments that stand beside a response which is recorded."""
    paragraphs = taking.page.chief_officer_comments
    words = "\n".join(paragraph.text for paragraph in paragraphs)
    line = paragraphs[0].line if paragraphs else taking.page.report.title.line
    says = "the chief officer's comments"
    if not met.comments:  # it contains them, and they are not recorded by themselves
        if words:
            event = ChiefOfficerCommentsReceived(text=say(words, "public"))
            receive_comments(
                taking.decision, reference, taking.body.id, event, taking.told_of_response
            )
            taking.new(line, says)
        return
    if not words and not met.comments[-1] and met.comments[-1] is not None:
        return  # there are none, and there were none
    if _is_there(taking, line, says, words, met.comments):
        return
    _revise(taking, reference, met, "chief_officer_comments", words)
    now = "other comments of the chief officer" if words else "no chief officer's comments any more"
    taking.revised(line, f"the page now has {now}", met.comments[-1] or "", words)


def list_found(taking: Taking, line: int, says: str, words: str, recorded: Wordings) -> None:
    """List a part of a page that was recorded as a whole: whether in words that were revised."""
    earlier = find(words, recorded) == "an earlier wording"
    taking.found(line, f"{says}: {_EARLIER}" if earlier else says)


def _is_there(taking: Taking, line: int, says: str, words: str, recorded: Wordings) -> bool:
    """Whether a part is recorded already, in one of its wordings; then it is listed as that."""
    match find(words, recorded):
        case "as it stands":
            taking.found(line, says)
        case "an earlier wording":
            taking.found(line, f"{says}: {_EARLIER}")
        case "not comparable":
            taking.found(line, f"{says}{_REMOVED}")
        case "new words":
            return False
    return True


def _revise(
    taking: Taking,
    reference: str,
    met: Met,
    field: str,
    words: str,
    *,
    number: str | None = None,
    addressee: str | None = None,
    how: How | None = None,
) -> None:
    revise_statement(
        taking.decision,
        reference,
        taking.body.id,
        taking.told_now,
        field=field,
        now=say(words) if words else None,
        statement=met.data.statement,
        number=number,
        addressee=addressee,
        how=how,
    )
