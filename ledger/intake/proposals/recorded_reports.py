"""Reports as the log has them: the one from which a draft begins, and those that a page looks like
the response to."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ledger.acts.decision import Decision
from ledger.date_phrases import DatePhrase
from ledger.dates import in_words, is_exact
from ledger.errors import NotRecorded
from ledger.events import RecommendationRaised, ResponsePublished
from ledger.events.streams import recommendation_of, report_stream, response_stream
from ledger.intake.pages.blocks import Block
from ledger.intake.pages.values import RecommendationRead, RecordedReport
from ledger.intake.proposals.wordings import Openings, folded, wordings
from ledger.states.effect import Known, in_effect
from ledger.states.report import Report, report

_MOST_SHOWN = 3
_MOST_READ = 40
"""The most reports whose recommendations are compared with a page."""
_FIRST_WORDS = 12
"""So many words at the beginning of a recommendation tell it from others."""
_TITLE_WORDS = 3
"""A title of fewer words may stand on any page. Then its day has to stand there too."""

_Raised = tuple[str, Known, RecommendationRaised]
"""A recommendation to one addressee."""


@dataclass(frozen=True, slots=True)
class LooksLike:
    """A recorded report that a page looks like the response to, and what they have in common."""

    reference: str
    title: str
    published_on: str | None
    common: tuple[str, ...]


def read_report(
    decision: Decision, reference: str, body: str, openings: Openings
) -> RecordedReport:
    """Return a report as it is recorded, in the words that it has for a body. Raise NotRecorded if
    there is none."""
    if (found := report(decision.stream(report_stream(reference)))) is None:
        raise NotRecorded(
            f"No report “{reference}” is recorded: look for its reference among the reports, or "
            "enter the report first."
        )
    raised: dict[str, list[_Raised]] = {}
    for stream, entries in decision.below(f"recommendation/{reference}/").items():
        to = recommendation_of(stream)
        for one in in_effect(entries):
            if isinstance(one.data, RecommendationRaised):
                raised.setdefault(to.key, []).append((to.addressee, one, one.data))
    for acts in raised.values():
        acts.sort(key=lambda act: not decision.service.concerns(body, act[0]))
    listed = sorted(raised.items(), key=lambda each: each[1][0][1].original.position)
    return RecordedReport(
        reference,
        found.data.title,
        found.published_on,
        found.data.kind,
        found.publishers,
        tuple(_recommendation(key, acts, openings) for key, acts in listed),
    )


def _recommendation(key: str, acts: Sequence[_Raised], openings: Openings) -> RecommendationRead:
    """Return a recommendation in the words of its first act."""
    _, one, data = acts[0]
    on, phrase = (data.target.on, data.target.phrase) if data.target else (None, None)
    words = wordings(openings, one, "target.phrase")[-1] if phrase else on
    return RecommendationRead(
        number=data.number,
        key=key,
        kind=data.kind,
        text=wordings(openings, one, "text")[-1] or "",
        target=DatePhrase(on, words or "") if data.target else None,
        addressees=tuple(addressee for addressee, _, _ in acts),
        partners=(),
        line=1,
        parent=data.parent,
        numbered_by=data.numbered_by,
    )


def looks_like(
    decision: Decision, body: str, blocks: Sequence[Block], openings: Openings
) -> list[LooksLike]:
    """Return the recorded reports that a page of a body looks like the response to, those with most
    in common first. Title, day and words of recommendations are compared."""
    page = _words(" ".join(block.text for block in blocks))
    found = []
    for each, unanswered in _candidates(decision, body, page):
        title, day = _named(each, page)
        asked = read_report(decision, each.reference, body, openings).recommendations
        begins = (_words(one.text).split()[:_FIRST_WORDS] for one in asked)
        count = sum(bool(begin) and f" {' '.join(begin)} " in page for begin in begins)
        if not count and not (title and (day or len(each.data.title.split()) >= _TITLE_WORDS)):
            continue
        common = ["its title"] * title
        common += [f"its day, {in_words(each.published_on)}"] * day
        if count:
            common.append(f"the words of {count} recommendation{'' if count == 1 else 's'}")
        what = LooksLike(each.reference, each.data.title, each.published_on, tuple(common))
        found.append(((count, title, day, unanswered), what))
    found.sort(key=lambda one: one[0], reverse=True)
    return [what for _, what in found[:_MOST_SHOWN]]


def _candidates(decision: Decision, body: str, page: str) -> Iterator[tuple[Report, bool]]:
    """Yield the reports that may be meant, and whether the body owes each a response. Those whose
    title or day stands on the page come first, then all to which a response is owed."""
    reports = [one for entries in decision.below("report/").values() if (one := report(entries))]
    owed = {one.reference: response_stream(one.reference, body) for one in reports}
    streams = decision.log.look(owed.values()).streams
    unanswered = {
        reference
        for reference, name in owed.items()
        if streams[name]
        and not any(isinstance(one.data, ResponsePublished) for one in in_effect(streams[name]))
    }
    named = [one for one in reports if any(_named(one, page))]
    rest = [one for one in reports if one not in named and one.reference in unanswered]
    for one in [*named, *rest][:_MOST_READ]:
        yield one, one.reference in unanswered


def _named(one: Report, page: str) -> tuple[bool, bool]:
    """Return whether a report's title and its day stand on a page."""
    day = one.published_on
    spelt: tuple[str, ...] = ()
    if day is not None and is_exact(day):
        spelt = (in_words(day), day, "/".join(reversed(day.split("-"))))
    title = _words(one.data.title)
    return title in page, any(_words(each) in page for each in spelt)


def _words(text: str) -> str:
    """Return the words of a text as compared, with a space around each."""
    return " ".join(("", *re.findall(r"\w+", folded(text).casefold()), ""))
