"""What on a page belongs to the site and not to the response: explicit rules, each with a name.

Whatever no rule names stays unread, and is listed. The rules are for lines outside the parts of
the response; inside a part nothing is furniture.
"""

import re

from ledger.date_phrases import names_a_date
from ledger.intake.pages.labels import fold, phrases

_CONTROLS = frozenset(
    phrases(
        "skip to main content, skip to content, menu, search, home, close, accessibility settings, "
        "accessibility statement, share this page, share this, print this page, "
        "print this document, print, back to top, cookies, cookie settings, accept all cookies, "
        "privacy policy, contents, contact us, about us, news, download, next, previous, facebook, "
        "twitter, linkedin"
    )
)
_TO_THE_NEXT = re.compile(r"[«←] ?(?:previous|next)\b.{0,200}|(?:previous|next)\b.{0,200}[»→]")
_TRAIL = re.compile(r"[^.!?>»\u203a]{2,60}(?: [>»\u203a] [^.!?>»\u203a]{2,60}){2,8}")
_HEADINGS = frozenset(
    phrases(
        "hmicfrs, hmicfrs responses, hmicfrs inspections, hmicfrs reports, "
        "hmicfrs reports and responses, responses to hmicfrs reports, responses to inspections, "
        "inspection responses"
    )
)
_OFFICE = re.compile(
    r"\b(?:police(?:,? fire)? and crime commissioner|office of the police|office for policing"
    r"|deputy mayor for policing)\b"
)
_INTRODUCTION = re.compile(
    r"\bresponses? to (?:the )?(?:inspections?|reports?) (?:of|by|from|published by) .*"
    r"\b(?:hmicfrs|inspectorate of constabulary)\b"
)
_SENTENCE = re.compile(r"[.!?]$")
CITES = re.compile(
    r"\b(?:[Ss]ections?|[Ss]s?\.?) ?[0-9]{1,3}[A-Z]{0,2}(?: ?\([0-9A-Za-z]{1,3}\)){0,3}"
    r"(?: of)?(?: the)? Police Act 1996(?: \([^()]{1,200}\))?"
    r"|\bPolice Act 1996,? (?:[Ss]ection|[Ss]s?\.?) ?[0-9]{1,3}[A-Z]{0,2}"
    r"(?: ?\([0-9A-Za-z]{1,3}\)){0,3}"
)


def furniture_rule(text: str) -> str | None:
    """The rule by which a line outside the parts of the response is furniture; None if none is."""
    if CITES.search(text) and not names_a_date(text):
        return "says under which law responses are made"
    if len(text) > 400:
        return None
    folded = fold(text)
    bare = folded.rstrip(" :")
    if is_control(text):
        return "a control of the site"
    if bare in _HEADINGS:
        return "the heading of a list of responses"
    if folded.startswith(("home >", "home »", "home /", "you are here")) or _TRAIL.fullmatch(text):
        return "a trail of links"
    if folded.startswith(("©", "copyright")):
        return "a copyright line"
    if re.fullmatch(r"https?://\S+", folded):
        return "an address"
    if _INTRODUCTION.search(folded) and len(folded.split()) <= 40:
        return "says what the list of responses is"
    is_name = len(folded.split()) <= 15 and not _SENTENCE.search(folded) and ":" not in folded
    if is_name and "response" not in folded and _OFFICE.search(folded):
        return "the name of the office"
    return None


def is_control(text: str) -> bool:
    """Whether a line is one of a site's controls, in one language or in two beside `/`."""
    folded = fold(text).rstrip(" :")
    if _TO_THE_NEXT.fullmatch(folded):
        return True
    sides = folded.split(" / ")
    return folded in _CONTROLS or (len(sides) == 2 and any(side in _CONTROLS for side in sides))
