"""Words of others stand apart on a page: what is written from right to left, and characters that
turn the direction, reorder nothing that stands beside them (Unicode Annex 9).

Whatever a template prints comes through `isolated`, so that no template can forget it. Where there
are no elements (a page's title, the choices of a form) characters do what `<bdi>` does elsewhere.
"""

import re
from typing import Any

from markupsafe import Markup, escape

_FIRST_STRONG, _END = "\u2068", "\u2069"
_TURNS = re.compile(
    "[\u0590-\u08ff\u200e\u200f\u202a-\u202e\u2066-\u2069\ufb1d-\ufdff\ufe70-\ufeff"
    "\U00010800-\U00010fff\U0001e800-\U0001efff]"
)
"""What is written from right to left, or turns the direction."""


def isolated(value: Any) -> Any:
    """What a template prints: words that can turn the direction stand in a `<bdi>` of their own."""
    if not _turns(value):
        return value
    return Markup("<bdi>{}</bdi>").format(balanced(value))


def apart(value: str) -> str:
    """Words of others within a sentence of ours, where no element can stand."""
    return f"{_FIRST_STRONG}{balanced(value)}{_END}" if _turns(value) else value


def without_elements(html: str) -> Markup:
    """The same isolation for a place that takes no element."""
    plain = html.replace("<bdi>", _FIRST_STRONG).replace("</bdi>", _END)
    return Markup(plain)  # noqa: S704  # a part of a page, escaped already


def bare(value: Any) -> Markup:
    """A value of an attribute, which is not words on the page."""
    return escape(value)


def balanced(text: str) -> str:
    """The same words, which end every isolate that they begin, and none of ours around them."""
    depth, found = 0, []
    for ch in text:
        if ch in "\u2066\u2067\u2068":
            depth += 1
        elif ch == _END:
            if not depth:
                continue
            depth -= 1
        found.append(ch)
    return "".join(found) + _END * depth


def _turns(value: Any) -> bool:
    return (
        isinstance(value, str)
        and not isinstance(value, Markup)
        and not value.isascii()
        and _TURNS.search(value) is not None
    )
