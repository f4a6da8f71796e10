"""What on a page belongs to the site and not to the response."""

import re

_CONTROLS = re.compile(
    r"skip to (?:main )?content|menu|search|home|close|share(?: this(?: page)?)?"
    r"|print(?: this page)?"
    r"|back to top|cookies?(?: settings)?|accept all cookies|privacy policy|contents|contact us"
    r"|about us|news|downloads?|next|previous|facebook|twitter|linkedin"
    r"|[«←] ?(?:previous|next)\b.{0,200}|(?:previous|next)\b.{0,200}[»→]",
    re.IGNORECASE,
)
_TRAIL = re.compile(r"[^.!?>»\u203a]{2,60}(?: [>»\u203a] [^.!?>»\u203a]{2,60}){1,8}")
_HEADING = re.compile(r"hmicfrs(?: (?:responses|inspections|reports)(?: and responses)?)?", re.I)
_OFFICE = re.compile(
    r"\b(?:police(?:,? fire)?,? (?:and|&) crime commissioner|office of the police|opcc"
    r"|office for policing|deputy mayor for policing)",
    re.IGNORECASE,
)
CITES = re.compile(
    r"\b(?:[Ss]ections?|[Ss]s?\.?) ?[0-9]{1,3}[A-Z]{0,2}(?: ?\([0-9A-Za-z]{1,3}\)){0,3}"
    r"(?: of)?(?: the)? Police Act 1996(?: \([^()]{1,200}\))?"
    r"|\bPolice Act 1996,? (?:[Ss]ection|[Ss]s?\.?) ?[0-9]{1,3}[A-Z]{0,2}"
    r"(?: ?\([0-9A-Za-z]{1,3}\)){0,3}"
)
_INTRODUCES = re.compile(
    r"\bresponses? to (?:the )?(?:inspections?|reports?) (?:of|by|from) .*"
    r"\b(?:hmicfrs|inspectorate of constabulary)\b",
    re.IGNORECASE,
)


def is_furniture(text: str) -> bool:
    """Whether a line outside the parts of the response is the site's: a control, a trail of links,
    the name of the office, the law under which responses are made."""
    if CITES.search(text) and not re.search(r"\b(?:19|20)[0-9]{2}\b(?!\))", CITES.sub("", text)):
        return True
    if len(text) > 400:
        return False
    words = len(text.split())
    is_name = words <= 15 and not re.search(r"[.!?:]$|\bresponse|\bI\b", text)
    return (
        is_control(text)
        or _HEADING.fullmatch(text.rstrip(" :")) is not None
        or text.lower().startswith(("home >", "home »", "home /", "you are here", "©", "copyright"))
        or (_TRAIL.fullmatch(text) or re.fullmatch(r"https?://\S+", text)) is not None
        or (words <= 40 and _INTRODUCES.search(text) is not None)
        or (is_name and _OFFICE.search(text) is not None)
    )


def is_control(text: str) -> bool:
    """Whether a line is one of a site's controls, in one language or in two beside `/`."""
    sides = text.rstrip(" :").split(" / ")
    return any(_CONTROLS.fullmatch(side.strip()) for side in sides if len(sides) <= 2)
