"""What was recorded of a part of a page: every wording of it, and which of them the page has."""

from collections.abc import Callable, Sequence
from typing import Literal

from ledger.events.texts import Opening, Text
from ledger.intake.proposals.same_text import same
from ledger.states.effect import Known, text_lies_at, value_at

Openings = Callable[[Sequence[int]], dict[tuple[int, str], Opening]]
Wordings = Sequence[str | None]
"""Of one part, the oldest first: empty where nothing was said, None where a text was removed."""
Found = Literal["as it stands", "an earlier wording", "not comparable", "new words"]


def wordings(openings: Openings, one: Known, path: str) -> list[str | None]:
    """What an act says at a path, as first recorded and, if it was corrected, as known now."""
    said = {
        (one.original.position, path): value_at(one.original, path),
        text_lies_at(one, path): value_at(one.entry, path),
    }
    opened = openings([position for position, _ in said])
    return [_words(value, opened.get(place)) for place, value in said.items()]


def _words(value: Text | str | None, opening: Opening | None) -> str | None:
    if not isinstance(value, Text):
        return value or ""
    opening = value.opening or opening  # the first, where it is said in this very decision
    return opening.body if opening else None


def find(words: str, recorded: Wordings) -> Found:
    """Which of the wordings recorded of a part a page has, by `same`.

    Where one was removed it may have been that: nothing is then recorded anew.
    """
    if recorded and recorded[-1] is not None and same(recorded[-1], words):
        return "as it stands"
    if any(one is None for one in recorded):
        return "not comparable"
    if any(one is not None and same(one, words) for one in recorded):
        return "an earlier wording"
    return "new words"


def addresses(one: Known) -> set[str]:
    """Where a report or a response is published, as far as it is recorded."""
    source = one.entry.source.url if one.entry.source else None
    own = getattr(one.data, "url", None)
    return {url for url in (source, own, *getattr(one.data, "same_as", ())) if url}
