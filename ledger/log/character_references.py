"""The character references of a page (`&amp;`, `&#8217;`), of whatever length they are."""

import html
import re

_MANY_DIGITS = re.compile(r"&#([0-9]{9,})")


def unescaped(words: str) -> str:
    """Words with their references as the characters that they stand for.

    Python reads no number of more than 4,300 digits. One that is too large for a character stays
    so when it is cut short.
    """
    return html.unescape(_MANY_DIGITS.sub(_shorter, words))


def _shorter(reference: re.Match[str]) -> str:
    return f"&#{reference[1].lstrip('0')[:9] or '0'}"
