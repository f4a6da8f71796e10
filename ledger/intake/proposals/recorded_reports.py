"""Reports as the log has them: the one from which a draft begins, and those that a page looks like
the response to."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ledger.acts.decision import Decision
from ledger.date_phrases import DatePhrase
from ledger.dates import in_words
from ledger.errors import NotRecorded
from ledger.events import RecommendationRaised
from ledger.events.streams import report_stream
from ledger.intake.pages.blocks import Block
from ledger.intake.pages.values import RecommendationRead, RecordedReport
from ledger.intake.proposals.wordings import Openings, folded, wordings
from ledger.postgres.connections import retried
from ledger.states.effect import Known
from ledger.states.report import Report, report

_MOST_SHOWN = 3
_MOST_READ = 40
"""The most reports whose recommendations are compared with a page."""
_FIRST_WORDS = 12
"""So many words at the beginning of a recommendation tell it from others."""
_TITLE_WORDS = 3
"""A title of fewer words may stand on any page. Then its day has to stand there too."""

_EXACT = re.compile(r"\d{4}-\d{2}-\d{2}")

_Raised = tuple[str, Known, RecommendationRaised]
"""A recommendation to one addressee."""


@dataclass(frozen=True, slots=True)
class LooksLike:
    """A recorded report that a page looks like the response to, and what they have in common."""

    reference: str
    title: str
    published_on: str | None
    common: tuple[str, ...]


def read_report(decision: Decision, reference: str, body: str) -> RecordedReport:
    """Return a report as it is recorded, in the words that it has for a body. Raise NotRecorded if
    there is none."""
    if (found := report(decision.stream(report_stream(reference)))) is None:
        raise NotRecorded(
            f"No report “{reference}” is recorded: look for its reference among the reports, or "
            "enter the report first."
        )
    raised: dict[str, list[_Raised]] = {}
    for to, one, data in decision.raised_in(reference):
        raised.setdefault(to.key, []).append((to.addressee, one, data))
    for acts in raised.values():
        acts.sort(key=lambda act: not decision.service.concerns(body, act[0]))
    listed = sorted(raised.items(), key=lambda each: each[1][0][1].original.position)
    return RecordedReport(
        reference,
        found.data.title,
        found.published_on,
        found.data.kind,
        found.publishers,
        tuple(_recommendation(key, acts, decision.log.openings) for key, acts in listed),
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


def looks_like(decision: Decision, body: str, blocks: Sequence[Block]) -> list[LooksLike]:
    """Return the recorded reports that a page of a body looks like the response to, those with most
    in common first. Title, day and words of recommendations are compared."""
    page = _words(" ".join(block.text for block in blocks))
    candidates = _candidates(decision, body, page)
    begins = _beginnings(decision, [each.reference for each, _ in candidates])
    found = []
    for each, unanswered in candidates:
        title = _words(each.data.title) in page
        day = _stands(each.published_on, page)
        count = sum(f" {begin} " in page for begin in begins.get(each.reference, ()))
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


_REPORTS = """
    SELECT substr(one.stream, length('report/') + 1), array_agg(said.word),
           bool_or(owed.unanswered)
      FROM ledger.entries AS one
     CROSS JOIN LATERAL (SELECT convert_from(one.state, 'UTF8')::jsonb AS entry OFFSET 0) AS told
     CROSS JOIN LATERAL unnest(ARRAY[
           entry #>> '{data,title}', entry #>> '{data,now}', entry ->> 'occurred_on'
           ]) AS said (word)
      LEFT JOIN LATERAL (
           SELECT NOT bool_or(topic = 'response-published') OR bool_or(topic = 'entry-retracted')
             FROM ledger.entries
            WHERE stream = 'response/' || substr(one.stream, length('report/') + 1) || '/' || %s
              AND one.version = 1) AS owed (unanswered) ON true
     WHERE one.stream > 'report/' AND one.stream < 'report0' AND said.word IS NOT NULL
     GROUP BY one.stream
"""
"""Each report with its titles and days, and whether a body owes a response to it."""
_RAISED = """
    SELECT one.report, raised.position
      FROM unnest(%s::text[]) AS one (report)
     CROSS JOIN LATERAL (
           SELECT DISTINCT ON (split_part(stream, '/', 3)) position FROM ledger.entries
            WHERE stream > 'recommendation/' || one.report || '/'
              AND stream < 'recommendation/' || one.report || '0' AND version = 1
            ORDER BY split_part(stream, '/', 3), position) AS raised
"""
"""The first act that raised each recommendation of some reports."""


def _candidates(decision: Decision, body: str, page: str) -> list[tuple[Report, bool]]:
    """Return the reports that may be meant, and whether the body owes each a response. Those whose
    title or day stands on the page come first, then all to which a response is owed."""
    rows = retried(decision.log.pool, lambda conn: conn.execute(_REPORTS, [body]).fetchall())
    named = [
        one for one, words, _ in rows if any(_stands(w, page) or _words(w) in page for w in words)
    ]
    owed = {one for one, _, unanswered in rows if unanswered}
    wanted = list(dict.fromkeys([*named, *sorted(owed)]))[:_MOST_READ]
    streams = decision.log.look(map(report_stream, wanted)).streams
    found = ((report(streams[report_stream(one)]), one in owed) for one in wanted)
    return [(one, unanswered) for one, unanswered in found if one is not None]


def _beginnings(decision: Decision, references: Sequence[str]) -> dict[str, list[str]]:
    """Return the first words of the recommendations of some reports, by report."""
    asked = [list(references)]
    rows = retried(decision.log.pool, lambda conn: conn.execute(_RAISED, asked).fetchall())
    texts = decision.log.openings([position for _, position in rows])
    found: dict[str, list[str]] = {}
    for reference, position in rows:
        if (text := texts.get((position, "text"))) and (words := _words(text.body).split()):
            found.setdefault(reference, []).append(" ".join(words[:_FIRST_WORDS]))
    return found


def _stands(day: str | None, page: str) -> bool:
    """Return whether a day, if it is known exactly, stands on a page, in words or figures."""
    if day is None or not _EXACT.fullmatch(day) or day[:4] not in page:
        return False
    spelt = (in_words(day), day, "/".join(reversed(day.split("-"))))
    return any(_words(each) in page for each in spelt)


def _words(text: str) -> str:
    """Return the words of a text as compared, with a space around each."""
    return " ".join(("", *re.findall(r"\w+", folded(text).casefold()), ""))
