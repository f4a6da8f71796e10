"""The final page, made of its suggested parts: what surely stands on it, or what a person says.

A report whose title or day isn't sure, or a response of which a paragraph isn't, is never taken in
part: a person finishes the page by a draft.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from ledger.date_phrases import DateProblem
from ledger.events.streams import key_of
from ledger.intake.pages.values import (
    AssuranceProposed,
    Page,
    Passage,
    Piece,
    RecommendationRead,
    Suggested,
    Suggestion,
    Unread,
    Words,
)

_SENTENCE_END = re.compile(r"(?<=[.!?]) (?=[A-Z‘“\"'(])")
_SEEKS = re.compile(
    r"\b(?<!not )(?:looking for|look for|seek|seeking|ask for|asking for|want|expect|expecting"
    r"|require|request|requesting)(?: [a-z-]+){0,3} assurances?\b",
    re.IGNORECASE,
)


def final_page(found: Suggestion, pieces: Sequence[Piece] | None = None) -> Page:
    """Return the page of a suggestion, each of its pieces and facts taken as it stands."""
    pieces = found.pieces if pieces is None else pieces
    recorded = found.recorded
    listed = [one for each in found.recommendations if (one := _with_text(each, pieces)).text]
    if recorded is not None:
        listed = [*recorded.recommendations]
    report, said = _of(pieces, "report"), _of(pieces, "commissioner")
    return Page(
        file=found.file,
        title=Suggested(recorded.title) if recorded else found.title or Suggested(""),
        published=found.published_on if found.published_on and found.published_on.value else None,
        kind=found.kind.value if found.kind else None,
        publishers=found.publishers.value if found.publishers else (),
        cites=found.cites,
        key_findings=Words(_plain(report), report[0].line) if report and not recorded else None,
        recommendations=tuple(listed),
        paragraphs=tuple(map(_words, said)),
        passages=tuple(_passage(one.key, said) for one in listed),
        assurances=tuple(one for piece in said if piece.assurance for one in _assurances(piece)),
        chief_officer_comments=tuple(map(_words, _of(pieces, "chief officer"))),
        force_updates=tuple(
            (key_of(number), _words(piece)) for piece in _of(pieces, "force") for number in piece.of
        ),
        answered=found.response_published_on,
        recorded=recorded,
    )


def surely(found: Suggestion) -> Page:
    """Return what a page surely says; the rest of it is listed. Empty where its report's title,
    its day or the response isn't sure: `unsure` says why."""
    left: list[Unread] = []
    kept = []
    for one in found.recommendations:
        if one.sure:
            kept.append(one)
        else:
            left.append(Unread(found.file, one.line, one.text[:200], one.why or "isn't sure"))
        if isinstance(one.target, DateProblem):
            left.append(Unread(found.file, one.line, one.target.phrase, one.target.why))
    pieces = []
    for piece in found.pieces:
        unsure_rec = piece.part == "recommendation" and not piece.sure
        if (
            piece.part == "?"
            or (piece.part == "force" and piece.of)
            or piece.part == "other report"
        ):
            why = piece.why or "who says it isn't sure"
            left.append(Unread(found.file, piece.line, piece.text[:200], why))
        elif not unsure_rec:
            pieces.append(replace(piece, assurance=True))
    kind, answered = found.kind, found.response_published_on
    if kind and not kind.sure:
        left.append(Unread(found.file, kind.line, kind.words, f"its kind isn't sure: {kind.why}"))
    sure = replace(
        found,
        recommendations=tuple(kept),
        kind=kind if kind and kind.sure else None,
        response_published_on=answered if answered and answered.sure else None,
    )
    return replace(
        final_page(sure, pieces),
        page_day=None if answered and answered.sure else answered,
        unread=tuple(sorted(left, key=lambda one: one.line)),
    )


def unsure(found: Suggestion) -> list[str]:
    """Return why nothing of a page is recorded without a person; empty if all that counts is
    sure."""
    why = []
    if found.kind_of_page != "response":
        return [OTHER_PAGES[found.kind_of_page]]
    if found.title is None or not found.title.sure:
        why.append(_because("the report's title", found.title))
    if found.published_on is None or not found.published_on.sure:
        why.append(_because("the day on which the report was published", found.published_on))
    if found.publishers is None or not found.publishers.sure:
        why.append(_because("who published it", found.publishers))
    speaks = [p for p in found.pieces if p.part in ("commissioner", "chief officer", "force")]
    doubtful = next((p for p in speaks if not p.sure), None) or next(
        (p for p in speaks if p.part == "commissioner" and not p.of_sure), None
    )
    if doubtful is None and speaks:
        doubtful = next(
            (p for p in found.pieces if p.part == "?" and p.block > speaks[0].block), None
        )
    if not any(p.part == "commissioner" for p in speaks):
        why.append("no words of the commissioner were found")
    elif doubtful is not None:
        what = "whose words they are" if not doubtful.sure else "what they are about"
        why.append(f"the response (line {doubtful.line}, “{_short(doubtful.text)}”: {what})")
    return why


OTHER_PAGES = {
    "index": "it is a list of reports or responses, and no response: open the one that you want",
    "news": "it is a news item, and no response",
    "other": "nothing on it says that it is a response to an inspectorate's report",
}
"""Words for the kinds of page that are not a response."""


def _because(what: str, value: object) -> str:
    reason = getattr(value, "why", "") or ("it is not said" if value is None else "")
    line = getattr(value, "line", None)
    where = f"line {line}: " if line is not None and reason else ""
    return f"{what} ({where}{reason})" if reason else what


def _short(text: str) -> str:
    return text if len(text) < 50 else f"{text[:47]}…"


def _of(pieces: Sequence[Piece], part: str) -> list[Piece]:
    return [piece for piece in pieces if piece.part == part]


def _plain(pieces: Sequence[Piece]) -> str:
    """Return pieces as one text: a line for each, `- ` before bullets."""
    return "\n".join(f"- {piece.text}" if piece.bullet else piece.text for piece in pieces)


def _with_text(one: RecommendationRead, pieces: Sequence[Piece]) -> RecommendationRead:
    mine = [p for p in _of(pieces, "recommendation") if p.of and key_of(p.of[0]) == one.key]
    if not mine:
        return replace(one, text="")
    first, *more = mine
    return replace(one, text=_plain([replace(first, bullet=False), *more]), line=first.line)


def _words(piece: Piece) -> Words:
    return Words(_plain([piece]), piece.line)


def asks_assurance(text: str) -> list[str]:
    """Return the sentences of a paragraph that seek an assurance."""
    return [sentence for sentence in _SENTENCE_END.split(text) if _SEEKS.search(sentence)]


def _assurances(piece: Piece) -> list[AssuranceProposed]:
    """Return the assurances that a paragraph seeks."""
    keys = [key_of(number) for number in piece.of if number != "all"]
    return [
        AssuranceProposed(key, sentence, piece.line)
        for sentence in asks_assurance(piece.text)
        for key in keys or (None,)
    ]


def _passage(key: str, said: Sequence[Piece]) -> Passage:
    named = [p for p in said if key in map(key_of, p.of)]
    general = [p for p in said if p.of == ("all",)]
    found = named or general
    lines = tuple(dict.fromkeys(piece.line for piece in found))
    if not found:
        return Passage(key, "not_found", "", ())
    return Passage(key, "named" if named else "general", _plain(found), lines)
