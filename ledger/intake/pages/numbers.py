"""How pages number recommendations: `Rec 02:`, `Recommendation 2`, `R2`, `AFI 1`, `3.`"""

import re
from dataclasses import dataclass

from ledger.events.recommendation import Kind
from ledger.intake.pages.blocks import Block

NUMBER = r"[0-9]{1,3}[a-zA-Z]?(?![0-9A-Za-z]|\.[0-9])"
WORDS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
IN_FIGURES = {word: str(number) for number, word in enumerate(WORDS, start=1)}
_LABELLED = re.compile(
    r"(?P<word>(?i:accelerated cause of concern|cause of concern|area for improvement|afi"
    r"|recommendation|rec\.?)|R(?= ?[0-9]))"
    rf"(?i: ?(?:no\.?|number|#))? ?(?P<number>{NUMBER}|(?i:{'|'.join(WORDS)})\b(?! of\b))"
    r" ?(?P<mark>[:.)–—-]+)? ?(?P<rest>.*)",
    re.DOTALL,
)
_BARE = re.compile(rf"(?P<number>{NUMBER})(?P<mark>[.):]) ?(?P<rest>.*)", re.DOTALL)
_KINDS: dict[str, Kind] = {
    "accelerated cause of concern": "accelerated_cause_of_concern",
    "cause of concern": "cause_of_concern",
    "area for improvement": "afi",
    "afi": "afi",
}
# The form that a number takes beside a kind, so that AFI 1 and recommendation 1 are two.
_SHOWN: dict[Kind, str] = {
    "recommendation": "",
    "cause_of_concern": "Cause of concern ",
    "accelerated_cause_of_concern": "Accelerated cause of concern ",
    "afi": "AFI ",
}


@dataclass(frozen=True, slots=True)
class Numbered:
    """A block that begins with a number: the words that carry it, the number as published.

    `alone` says that the block holds nothing else; `kind` is None where only a number stands.
    """

    words: str
    number: str
    kind: Kind | None
    rest: str
    clear: bool
    """Whether it is a label beyond doubt: set apart, alone, or followed by a mark."""

    @property
    def alone(self) -> bool:
        return not self.rest


def match_number(block: Block) -> Numbered | None:
    """The label and number with which a block begins, such as `Rec 02:` or `Recommendation 2`."""
    found = _LABELLED.fullmatch(block.text)
    if found is None:
        return None
    rest = found["rest"].strip()
    bold = block.lead != "" and len(block.lead) >= found.end("number")
    clear = not rest or found["mark"] is not None or bold or block.stands_out
    if not clear and not rest[0].isupper():
        return None
    words = block.text[: found.start("rest")].strip()
    kind = _KINDS.get(found["word"].lower(), "recommendation")
    number = IN_FIGURES.get(found["number"].lower(), found["number"])
    return Numbered(words, number, kind, rest, clear)


def match_bare_number(block: Block) -> Numbered | None:
    """A number alone, as `2.` or `3a)`, at the start of a block."""
    found = _BARE.fullmatch(block.text)
    if found is None:
        return None
    words = block.text[: found.start("rest")].strip()
    return Numbered(words, found["number"], None, found["rest"].strip(), clear=True)


def match_ordinal(block: Block) -> Numbered | None:
    """The number that a numbered list shows before an item."""
    if block.ordinal is None:
        return None
    return Numbered("", str(block.ordinal), None, block.text, clear=True)


def shown(number: str, kind: Kind) -> str:
    """A number as the ledger shows it: `02`; `AFI 1` for an area for improvement."""
    return _SHOWN[kind] + number


def our_number(position: int, kind: Kind) -> str:
    """A number of ours where the page has none: `afi-1`; for a recommendation `item-1`.

    Not `1`: that would claim to be the publisher's recommendation 1.
    """
    return f"{'item' if kind == 'recommendation' else kind.replace('_', '-')}-{position}"
