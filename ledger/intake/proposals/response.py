"""Records a page's statement: the response, its passages, comments and assurances.

A page that is met again may say otherwise than what was recorded from its address. The publication
keeps its entry and its day. A difference is a revision, seen on the day of the capture. A wording
that was recorded once is not recorded again, since the file may be an older one.

Migrated pages carry false dates. If the publication's day was not known, the day that such a page
gives is a proposal until a person confirms it. Then it is a correction.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from ledger import dates
from ledger.acts.correction import correct_entry
from ledger.acts.knowledge import day_possible
from ledger.acts.recommendation import receive_update, seek_assurance
from ledger.acts.response import Explanation, publish_response, receive_comments
from ledger.acts.revision import revise_statement
from ledger.errors import Refused
from ledger.events import (
    AnyEvent,
    AssuranceSought,
    ChiefOfficerCommentsReceived,
    EntryCorrected,
    ResponsePublished,
    StatementRevised,
    UpdateReceived,
)
from ledger.events.recommendation import How
from ledger.events.response import RESPONSE
from ledger.events.streams import RecommendationId, key_of, recommendation_of, response_stream
from ledger.events.texts import say
from ledger.intake.pages.values import Passage
from ledger.intake.proposals.draft import HOW, PageDraft, ToConfirm, acts_of, said
from ledger.intake.proposals.wordings import Wordings, addresses, find, rest, same
from ledger.states.effect import DAY_FIELDS, Known, in_effect
from ledger.states.response import duty_names, explanation, passage_of

_EARLIER = "an earlier wording, recorded already"
_REMOVED = ", as far as can be told: a text of it was removed here"

Subject = tuple[str, str]
"""The key of a recommendation and its addressee."""


@dataclass(frozen=True)
class Recorded:
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
        """Return whether it says a whole text, in one of its wordings. A removed one may have been
        it."""
        return any(one is None or same(one, text) for one in self.text)

    def said_at_first(self, text: str) -> bool:
        """Return the same, of the text as first published."""
        first = self.text[0]
        return first is None or same(first, text)


def take_response(draft: PageDraft) -> None:
    """Add to the decision what the page's statement brings that is new to the log."""
    as_first_published = _take_statement(draft)
    _take_assurances(draft, as_first_published=as_first_published)
    _take_updates(draft)


def _take_statement(draft: PageDraft) -> bool:
    """Take the response, its passages, and the chief officer's comments that stand beside it."""
    read = draft.page
    if not read.text:
        return True
    line = read.paragraphs[0].line if read.paragraphs else 1
    duty = draft.file.duty
    explained = [
        (passage, number, addressee)
        for passage in read.passages
        for number, addressee in draft.raised.get(passage.key, [])
    ]
    recorded = [
        one
        for one in _recorded_responses(draft)
        if duty is None or duty in (one.data.duties or (RESPONSE,))
    ]
    response = next((one for one in recorded if one.says(read.text)), None)
    if response is not None:
        found = [(f"response of {draft.body.name}", read.text, response.text)]
        for passage, number, addressee in explained:
            wordings = response.passages.get((passage.key, addressee), [])
            found.append((f"what it says of recommendation {number}", passage.text, wordings))
        for what, words, wordings in found:
            earlier = find(words, wordings) == "an earlier wording"
            draft.found(line, f"{what}: {_EARLIER}" if earlier else what)
    elif recorded and (response := _from_this_address(draft, recorded, line)) is not None:
        _compare_parts(draft, response)
    if response is not None:
        _take_comments(draft, response)
        _take_day(draft, response.published)
    if recorded:
        return response is not None and response.said_at_first(read.text)
    return _take_new(draft, explained, line)


def _take_new(draft: PageDraft, explained: Sequence[tuple[Passage, str, str]], line: int) -> bool:
    """Take a response that is not recorded yet, from a line of the page. `explained`: its passages,
    each with the number and addressee of its recommendation. Return whether it was taken."""
    day, duty = draft.page.answered_on, draft.file.duty
    says = f"response of {draft.body.name}, published on {dates.in_words(day)}"
    says += f" ({duty})" if duty not in (None, RESPONSE) else ""
    names = duty_names(draft.decision.stream(response_stream(draft.reference, draft.body.id)))
    if duty is None and len(names) > 1:
        owes = f"{draft.body.name} owes several duties about this report"
        draft.leave(
            line, draft.page.text, f"{owes}: say with --duty which this is: {', '.join(names)}"
        )
        return False
    publish_response(
        draft.decision,
        draft.reference,
        draft.body.id,
        draft.notice_of_response,
        explanations=tuple(
            Explanation(
                number=number,
                addressee=addressee,
                how=passage.how,
                stance="not_stated",
                text=said(passage.text),
            )
            for passage, number, addressee in explained
        ),
        text=say(draft.page.text),
        parts=("comments", "chief_officer_comments")
        if draft.page.chief_officer_comments
        else ("comments",),
        url=draft.file.url,
        duties=(duty or RESPONSE,),
    )
    draft.new(line, says)
    if (maybe := draft.page.page_day) is not None:
        why = "it may be the day of the response, or of the page: a draft says which"
        draft.leave(maybe.line, maybe.words, why)
    for passage, number, _ in explained:
        if passage.how != "not_found":
            draft.new(line, f"it {HOW[passage.how]} recommendation {number}")
        elif number not in draft.intake.unanswered:
            draft.intake.unanswered.append(number)
    if draft.page.chief_officer_comments:
        *_, response = _recorded_responses(draft)
        _take_comments(draft, response)
    return True


def _from_this_address(
    draft: PageDraft, recorded: Sequence[Recorded], line: int
) -> Recorded | None:
    """Return the response that was recorded from the page's address; None, and listed, if none
    was."""
    text, url = draft.page.text, draft.file.url
    mine = [one for one in recorded if url is None or url in addresses(one.published)]
    mine = mine or [one for one in recorded if not addresses(one.published)]
    if len(mine) == 1:
        return mine[0]
    why = "several responses are recorded: give the page's address with --url"
    if not mine:
        places = ", ".join(sorted(set().union(*(addresses(one.published) for one in recorded))))
        why = (
            f"a response in other words is recorded, published at {places}; nothing was changed. "
            "If this is the same in another language, add its text there"
        )
    draft.leave(line, text, why)
    return None


def _take_assurances(draft: PageDraft, *, as_first_published: bool) -> None:
    """Propose the assurances that the statement seeks, each about its recommendation.

    If the response was published in other words before, the day of its new assurances is not known,
    and a person settles them.
    """
    for read in draft.page.assurances:
        if read.key is None or read.key not in draft.raised:
            draft.leave(read.line, read.question, "an assurance about no one recommendation")
            continue
        for to, _ in _of(draft, read.key):
            says = f"assurance sought of {draft.name(to.addressee)} about recommendation {to.key}"
            if _is_said(draft, to, AssuranceSought, "question", read.question):
                draft.found(read.line, says)
            elif as_first_published:
                event = AssuranceSought(of=to.addressee, question=say(read.question, "public"))
                seek_assurance(draft.decision, to, event, draft.notice_of_response)
                draft.new(read.line, says)
            else:
                why = "in other words than first published; if it is sought anew of"
                draft.leave(read.line, read.question, f"{why} {to.key}, record it")


def _take_updates(draft: PageDraft) -> None:
    """Record the force's updates: its words on the page about each recommendation."""
    for key, words in draft.page.force_updates:
        for to, number in _of(draft, key):
            says = f"update of {draft.name(to.addressee)} on recommendation {number}"
            if _is_said(draft, to, UpdateReceived, "text", words.text):
                draft.found(words.line, says)
                continue
            event = UpdateReceived(text=say(words.text, "public"))
            receive_update(draft.decision, to, event, draft.notice_of_response)
            draft.new(words.line, says)


def _of(draft: PageDraft, key: str) -> list[tuple[RecommendationId, str]]:
    """Return the recommendations that a key of the page means, each with its number as
    published."""
    return [
        (RecommendationId(draft.reference, key_of(number), addressee), number)
        for number, addressee in draft.raised.get(key, ())
    ]


def _is_said(
    draft: PageDraft, to: RecommendationId, kind: type[AnyEvent], path: str, words: str
) -> bool:
    """Return whether an act of a kind says this already; one that was redacted may have."""
    acts = acts_of(draft.decision, to.stream, kind)
    said = [text for one, _ in acts for text in draft.wordings(one, path)]
    return any(text is None or same(text, words) for text in said)


def _recorded_responses(draft: PageDraft) -> list[Recorded]:
    acts = in_effect(draft.decision.stream(response_stream(draft.reference, draft.body.id)))
    return [
        _recorded_response(draft, one, acts)
        for one in acts
        if isinstance(one.data, ResponsePublished)
    ]


def _recorded_response(draft: PageDraft, one: Known, acts: Iterable[Known]) -> Recorded:
    assert isinstance(one.data, ResponsePublished)
    statement = one.data.statement
    passages: dict[Subject, list[str | None]] = {}
    for stream, entries in draft.decision.below(f"recommendation/{draft.reference}/").items():
        if (issued := explanation(entries, statement)) is not None:
            name = recommendation_of(stream)
            passages[name.key, name.addressee] = draft.wordings(issued, "text")
    text, comments = draft.wordings(one, "text"), _comments(draft, one.data, acts)
    for act in acts:
        if isinstance(act.data, StatementRevised) and act.data.statement == statement:
            now = draft.wordings(act, "now")
            match act.data.field:
                case "text":
                    text += now
                case "chief_officer_comments":
                    comments += now
                case "passage":
                    passages.setdefault(passage_of(act.data), [""]).extend(now)
                case "url" | "translation":
                    pass
    return Recorded(one, text, comments, dict(passages))


def _comments(
    draft: PageDraft, published: ResponsePublished, acts: Iterable[Known]
) -> list[str | None]:
    if "chief_officer_comments" not in published.parts:
        return [""]
    return [
        words
        for act in acts
        if isinstance(act.data, ChiefOfficerCommentsReceived)
        for words in draft.wordings(act, "text")
    ]


def _compare_parts(draft: PageDraft, response: Recorded) -> None:
    """Propose as revisions what the page says otherwise than is recorded, passage by passage. The
    whole text is revised only if it differs outside the passages."""
    for passage in draft.page.passages:
        for number, addressee in draft.raised.get(passage.key, []):
            _passage(draft, response, passage, number, addressee)
    listed = {(key_of(n), a) for pairs in draft.raised.values() for n, a in pairs}
    for (key, addressee), recorded in response.passages.items():
        if (key, addressee) not in listed and recorded[-1]:
            line = draft.page.title.line
            why = f"the page does not list recommendation {key} to {addressee} any more"
            draft.leave(line, recorded[-1], f"{why}; what it said of it is left as it is")
    _text(draft, response)


def _passage(
    draft: PageDraft, response: Recorded, passage: Passage, number: str, addressee: str
) -> None:
    says = f"what it says of recommendation {number}"
    recorded = response.passages.get((key_of(number), addressee), [""])
    line = passage.lines[0] if passage.lines else draft.page.title.line
    if _is_there(draft, line, says, passage.text, recorded):
        return
    if not passage.text:
        says = f"nothing any more of recommendation {number}"
    elif not recorded[-1]:
        says = f"something of recommendation {number}, of which it said nothing"
    else:
        says = f"other words on recommendation {number}"
    where = (number, addressee, passage.how)
    says = f"the response now has {says}"
    _revise(draft, response, "passage", line, says, recorded[-1], passage.text, where)


def _text(draft: PageDraft, response: Recorded) -> None:
    """Propose a revision of the whole text if it differs outside its passages, which are revised by
    themselves."""
    read = draft.page
    says, line = f"response of {draft.body.name}, beside its passages", read.paragraphs[0].line
    texts = [*response.text, *(one for recorded in response.passages.values() for one in recorded)]
    if any(one is None for one in texts):
        draft.found(line, f"{says}{_REMOVED}")
        return
    passages = [one for recorded in response.passages.values() for one in recorded if one]
    here = rest(read.text, [passage.text for passage in read.passages if passage.text])
    recorded = [rest(one, passages) for one in response.text if one is not None]
    if here in recorded:
        draft.found(line, says if recorded[-1] == here else f"{says}: {_EARLIER}")
        return
    says = "the response now has other words beside those on single recommendations"
    _revise(draft, response, "text", line, says, response.text[-1], read.text)


def _take_comments(draft: PageDraft, response: Recorded) -> None:
    """Propose the chief officer's comments that stand beside a response which is recorded."""
    paragraphs = draft.page.chief_officer_comments
    words = "\n".join(paragraph.text for paragraph in paragraphs)
    line = paragraphs[0].line if paragraphs else draft.page.title.line
    says = "the chief officer's comments"
    if not response.comments:  # it contains them, and they are not recorded by themselves
        if words:
            event = ChiefOfficerCommentsReceived(text=say(words, "public"), duty=draft.file.duty)
            receive_comments(
                draft.decision, draft.reference, draft.body.id, event, draft.notice_of_response
            )
            draft.new(line, says)
        return
    if not words and not response.comments[-1] and response.comments[-1] is not None:
        return  # the page has no comments, and had none before
    if _is_there(draft, line, says, words, response.comments):
        return
    now = "other comments of the chief officer" if words else "no chief officer's comments any more"
    says, was = f"the page now has {now}", response.comments[-1]
    _revise(draft, response, "chief_officer_comments", line, says, was, words)


def _is_there(draft: PageDraft, line: int, says: str, words: str, recorded: Wordings) -> bool:
    """Return whether a part is recorded already, in one of its wordings; then it is listed as
    that."""
    match find(words, recorded):
        case "as it stands":
            draft.found(line, says)
        case "an earlier wording":
            draft.found(line, f"{says}: {_EARLIER}")
        case "not comparable":
            draft.found(line, f"{says}{_REMOVED}")
        case "new words":
            return False
    return True


def _revise(
    draft: PageDraft,
    response: Recorded,
    field: str,
    line: int,
    says: str,
    was: str | None,
    words: str,
    where: tuple[str, str, How] | tuple[None, None, None] = (None, None, None),
) -> None:
    """Draft what the page says otherwise; of a passage, `where` is number, addressee and how."""
    number, addressee, how = where
    revise_statement(
        draft.decision,
        draft.reference,
        draft.body.id,
        draft.notice_now,
        field=field,
        now=say(words) if words else None,
        statement=response.data.statement,
        number=number,
        addressee=addressee,
        how=how,
    )
    draft.revised(line, says, was or "", words)


def _take_day(draft: PageDraft, published: Known) -> None:
    """Propose the day that the page gives for the response, and record it if a person confirms
    days."""
    known = published.entry.occurred_on
    read = draft.page.answered
    if read is None and known is None and published.entry.batch != draft.batch:
        read = draft.page.page_day
    if read is None or read.value == known:
        return
    if read.value in _once_recorded(draft, published):
        says = f"its day, {dates.in_words(read.value)}: it was recorded once, and corrected since"
        draft.found(read.line, says)
        return
    if known is not None and not read.value.startswith(f"{known}-"):
        there = dates.in_words(known)
        why = f"the response is recorded as published on {there}; nothing was changed"
        draft.leave(read.line, read.words, why)
        return
    try:
        day_possible(draft.decision, published, read.value)
    except Refused as refused:
        why = f"it cannot be the day of the first publication: {refused.sentence.rstrip('.')}"
        draft.leave(read.line, read.words, why)
        return
    so_far, now = (dates.in_words(one) for one in (known, read.value))
    says = f"a date to confirm: the response was published on {now} (so far {so_far})"
    file, words = draft.page.file, read.words
    day = ToConfirm(file, read.line, "published_on", published.id, known, read.value, words, says)
    draft.intake.days.append(day)
    if draft.intake.confirmed.days:
        _record(draft, published, day)


def _record(draft: PageDraft, published: Known, day: ToConfirm) -> None:
    seen = dates.in_words(draft.decision.today)
    reason = (
        f"The page, met again on {seen}, gives this day (“{day.words}”), which was not known; "
        "the person who imported it confirmed it."
    )
    correct_entry(
        draft.decision,
        published.entry,
        draft.notice(None),
        field="published_on",
        now=day.now,
        reason=say(reason),
    )


def _once_recorded(draft: PageDraft, published: Known) -> set[str | None]:
    """Return every day that the publication was ever said to have, in corrections set aside as
    well."""
    days = {published.original.occurred_on}
    for entry in draft.decision.stream(published.entry.stream):
        data = entry.data
        if not isinstance(data, EntryCorrected) or data.field not in DAY_FIELDS:
            continue
        if data.target == published.id:
            days |= {one for one in (data.was, data.now) if isinstance(one, str)}
    return days
