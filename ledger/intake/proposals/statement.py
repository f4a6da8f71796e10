"""What a page's statement brings: the response, its passages, comments and assurances."""

from collections.abc import Sequence

from ledger.acts.recommendation import seek_assurance
from ledger.acts.response import Explanation, publish_response
from ledger.events import AssuranceSought
from ledger.events.streams import RecommendationId, key_of, recommendation_stream
from ledger.events.texts import say
from ledger.intake.pages.values import AssuranceProposed
from ledger.intake.proposals.page_draft import Raised, Taking, said
from ledger.intake.proposals.response_day import take_day
from ledger.intake.proposals.revisions import Met, compare, list_found, responses_met, take_comments
from ledger.intake.proposals.same_text import same
from ledger.intake.proposals.wordings import addresses
from ledger.states.effect import in_effect

_HOW = {"named": "names", "general": "covers in general", "not_found": "does not name"}


def take_statement(taking: Taking, reference: str, raised: Raised) -> bool:
    """The response and its passages, and the chief officer's comments that stand beside it.

    Whether it is new, or recorded in the very words of the page, so that what follows from it is
    of its day: one that was published in other words is compared part by part.
    """
    read = taking.page.statement
    if not read.text:
        return True
    line = read.paragraphs[0].line if read.paragraphs else 1
    day = taking.page.response_published_on
    says = f"response of {taking.body.id}, published {day or 'on a day not known'}"
    explained = [
        (passage, number, addressee)
        for passage in read.passages
        for number, addressee in raised.get(passage.key, [])
    ]
    recorded = responses_met(taking, reference)
    if (met := next((one for one in recorded if one.says(read.text)), None)) is not None:
        list_found(taking, line, f"response of {taking.body.id}", read.text, met.text)
        for passage, number, addressee in explained:
            recorded_of_it = met.passages.get((passage.key, addressee), [])
            of_it = f"what it says of recommendation {number}"
            list_found(taking, line, of_it, passage.text, recorded_of_it)
        take_comments(taking, reference, met)
        take_day(taking, met.published)
        return met.said_at_first(read.text)
    if recorded:
        if (met := _from_this_address(taking, recorded, line)) is not None:
            compare(taking, reference, raised, met)
            take_comments(taking, reference, met)
            take_day(taking, met.published)
        return False
    publish_response(
        taking.decision,
        reference,
        taking.body.id,
        taking.told_of_response,
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
        text=say(read.text),
        parts=("comments", "chief_officer_comments")
        if taking.page.chief_officer_comments
        else ("comments",),
        url=taking.file.url,
    )
    taking.new(line, says)
    for passage, number, _ in explained:
        taking.new(line, f"it {_HOW[passage.how]} recommendation {number}")
    if taking.page.chief_officer_comments:
        (met,) = responses_met(taking, reference)
        take_comments(taking, reference, met)
    return True


def _from_this_address(taking: Taking, recorded: Sequence[Met], line: int) -> Met | None:
    """The response that was recorded from the page's address; None, and listed, if none was."""
    text, url = taking.page.statement.text, taking.file.url
    mine = [one for one in recorded if url is None or url in addresses(one.published)]
    mine = mine or [one for one in recorded if not addresses(one.published)]
    if len(mine) == 1:
        return mine[0]
    why = "several responses are recorded: give the page's address with --url"
    if not mine:
        places = ", ".join(sorted(set().union(*(addresses(one.published) for one in recorded))))
        why = f"a response in other words is recorded, published at {places}; nothing was changed"
    taking.leave(line, text, why)
    return None


def take_assurances(
    taking: Taking, reference: str, raised: Raised, *, as_first_published: bool
) -> None:
    """The assurances that the statement seeks, each about its recommendation.

    Those of a response that was published in other words are of no day that is known here.
    """
    for read in taking.page.statement.assurances:
        if read.key is None or read.key not in raised:
            taking.leave(read.line, read.question, "an assurance about no one recommendation")
            continue
        for number, addressee in raised[read.key]:
            to = RecommendationId(reference, key_of(number), addressee)
            _take_assurance(taking, to, read, as_first_published)


def _take_assurance(
    taking: Taking, to: RecommendationId, read: AssuranceProposed, as_first_published: bool
) -> None:
    says = f"assurance sought about recommendation {to.key}"
    stream = recommendation_stream(to.report, to.key, to.addressee)
    asked = [
        words
        for one in in_effect(taking.decision.stream(stream))
        if isinstance(one.data, AssuranceSought)
        for words in taking.wordings(one, "question")
    ]
    if any(
        words is None or same(words, read.question) for words in asked
    ):  # a redacted one may be it
        taking.found(read.line, says)
        return
    if not as_first_published:
        why = f"in other words than first published; if it is sought anew of {to.key}, record it"
        taking.leave(read.line, read.question, why)
        return
    event = AssuranceSought(of=to.addressee, question=say(read.question, "public"))
    seek_assurance(taking.decision, to, event, taking.told_of_response)
    taking.new(read.line, says)
