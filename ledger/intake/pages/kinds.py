"""Says what a page is: a response, a list of responses, a news item, or something else. Pure."""

import re
from collections.abc import Sequence

from ledger.intake.pages.blocks import Block
from ledger.intake.pages.facts import HMICFRS
from ledger.intake.pages.passages import Speech
from ledger.intake.pages.speakers import SALUTATION, I
from ledger.intake.pages.values import Is
from ledger.intake.pages.words import match_number, mentions

_SAID = re.compile(
    r"[”\"],? (?:[^.“”\"]{0,80} )?(?:said|added|says|commented)\b"
    r"|\b(?:said|added|says|commented)(?: [^.“”\"]{0,60})?[:,] ?[“\"]",
    re.IGNORECASE,
)
_NEWS = re.compile(
    r"(?:latest )?news(?: and .{3,20})?|news ?[·|/–>-].{3,40}|(?:press|media|news) release.{0,40}"
    r"|ends|notes? (?:to|for) editors?:?|for immediate release.{0,40}|media enquiries.{0,60}",
    re.IGNORECASE,
)
_HEADLINE = re.compile(
    r"\b(?:welcomes|praises?|praised|reacts|hails|pledges|vows|calls for|responds to|urges|warns"
    r"|celebrates|rated|outstanding|improving|delighted|pleased)\b",
    re.IGNORECASE,
)
_ABOUT = re.compile(r"\b(?:response|report|inspection|PEEL)", re.IGNORECASE)
_ANSWERS = re.compile(
    r"\bsection 55\b|\bs\.? ?55\b|\bstatutory response\b|\bwithin 56 days\b",
    re.I,
)


def kind_of_page(
    blocks: Sequence[Block],
    has_recommendations: bool,
    speeches: Sequence[Speech],
    *,
    listed: bool,
    news: bool,
) -> Is:
    """Return what a page is, by what was found on it and by how it is laid out."""
    spoken = [one for one in speeches if one.pieces]
    words = [block.text for block in blocks]
    laid_out = any(one.labelled and (one.own or not one.loose) for one in spoken)
    if (listed and has_recommendations) or any(one.row for one in spoken):
        return "response"
    if news and not any(one.own for one in spoken):
        return "news"
    long = sum(len(text.split()) > 25 for text in words)
    says_i = any(I.search(text) for text in words)
    about = [one for one in blocks if _ABOUT.search(one.text)]
    links = sum(one.link and len(one.text.split()) > 2 for one in blocks)
    listing = sum(one.link or one.place is not None for one in about) >= 4
    bullets = sum(one.bullet for one in about) >= 4
    listing = listing or links > max(3, len(blocks) // 2)
    lines_alone = not says_i and max((len(text.split()) for text in words), default=0) <= 30
    if not has_recommendations and (
        (lines_alone and (listing or bullets)) or (listing and not spoken and long <= 3)
    ):
        return "index"
    speaks = says_i or any(
        mentions(text) or (len(text) > 60 and re.search(r"\brespon", text)) for text in words
    )
    named = any(re.search(rf"{HMICFRS}|\binspect", text) for text in words)
    answers = laid_out or has_recommendations or (speaks and (spoken or (named and long)))
    return "response" if answers else "other"


def looks_like_news(blocks: Sequence[Block]) -> bool:
    """Return whether a page reports what people said, as news does, and answers nobody."""
    words = [block.text for block in blocks]
    if any(_ANSWERS.search(text) or SALUTATION.fullmatch(text) for text in words):
        return False
    quotes = sum(bool(_SAID.search(text)) for text in words)
    marked = any(_NEWS.fullmatch(text) for text in words)
    headline = any(block.level in (1, 2) and _HEADLINE.search(block.text) for block in blocks)
    own = (text for text in words if not _SAID.search(text))
    if any(match_number(block) for block in blocks) or any(mentions(text) for text in own):
        return marked and headline and quotes > 0
    return quotes > 0 or (marked and headline)
