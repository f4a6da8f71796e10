"""What a page's statement brings: the response, its passages, comments and assurances."""

from ledger.acts.recommendation import act
from ledger.acts.response import Covers, Explanation, publish_response, receive_comments
from ledger.effect import in_effect
from ledger.events import (
    AssuranceSought,
    ChiefOfficerCommentsReceived,
    ResponsePublished,
)
from ledger.intake.reading import AssuranceProposed
from ledger.intake.taking import Raised, Taking, said
from ledger.streams import (
    RecommendationId,
    key_of,
    recommendation_stream,
    response_stream,
)
from ledger.texts import say

_HOW = {"named": "names", "general": "covers in general", "not_found": "does not name"}


def take_statement(taking: Taking, reference: str, raised: Raised) -> None:
    """The response and its passages, and the chief officer's comments that stand beside it."""
    read = taking.page.statement
    if not read.text:
        return
    line = read.paragraphs[0].line if read.paragraphs else 1
    day = taking.page.response_published_on
    says = f"response of {taking.body.id}, published {day or 'on a day not known'}"
    explained = [
        (passage, number, addressee)
        for passage in read.passages
        for number, addressee in raised.get(passage.key, [])
    ]
    acts = in_effect(taking.decision.stream(response_stream(reference, taking.body.id)))
    published = [one.entry for one in acts if isinstance(one.data, ResponsePublished)]
    if any(taking.text(entry, "text") in (read.text, None) for entry in published):
        taking.found(line, says)
        for _, number, _ in explained:
            taking.found(line, f"what it says of recommendation {number}")
        _take_comments(taking, reference)
        return
    if published:
        taking.leave(line, read.text, "a response in other words is recorded; nothing was changed")
        return
    publish_response(
        taking.decision,
        taking.body.id,
        taking.told_of_response,
        covers=[
            Covers(
                report=reference,
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
            )
        ],
        text=say(read.text),
        parts=("comments", "chief_officer_comments")
        if taking.page.chief_officer_comments
        else ("comments",),
        url=taking.file.url,
    )
    taking.new(line, says)
    for passage, number, _ in explained:
        taking.new(line, f"it {_HOW[passage.how]} recommendation {number}")
    _take_comments(taking, reference)


def _take_comments(taking: Taking, reference: str) -> None:
    comments = taking.page.chief_officer_comments
    if not comments:
        return
    text = "\n".join(paragraph.text for paragraph in comments)
    acts = in_effect(taking.decision.stream(response_stream(reference, taking.body.id)))
    there = [
        taking.text(one.entry, "text")
        for one in acts
        if isinstance(one.data, ChiefOfficerCommentsReceived)
    ]
    if text in there or None in there:  # a redacted text may have been it
        taking.found(comments[0].line, "the chief officer's comments")
        return
    receive_comments(
        taking.decision,
        reference,
        taking.body.id,
        ChiefOfficerCommentsReceived(text=say(text, "public")),  # they stand on a public page
        taking.told_of_response,
    )
    taking.new(comments[0].line, "the chief officer's comments")


def take_assurances(taking: Taking, reference: str, raised: Raised) -> None:
    """The assurances that the statement seeks, each about its recommendation."""
    for read in taking.page.statement.assurances:
        if read.key is None or read.key not in raised:
            taking.leave(read.line, read.question, "an assurance about no one recommendation")
            continue
        for number, addressee in raised[read.key]:
            _take_assurance(taking, RecommendationId(reference, key_of(number), addressee), read)


def _take_assurance(taking: Taking, to: RecommendationId, read: AssuranceProposed) -> None:
    says = f"assurance sought about recommendation {to.key}"
    stream = recommendation_stream(to.report, to.key, to.addressee)
    asked = [
        taking.text(one.entry, "question")
        for one in in_effect(taking.decision.stream(stream))
        if isinstance(one.data, AssuranceSought)
    ]
    if read.question in asked or None in asked:
        taking.found(read.line, says)
        return
    event = AssuranceSought(of=to.addressee, question=say(read.question, "public"))
    act(taking.decision, to, event, taking.told_of_response)
    taking.new(read.line, says)
