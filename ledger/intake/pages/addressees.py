"""To whom a recommendation is addressed, and with whom they are to work: names out of a sentence.

`working with the College of Policing` makes a partner, never an addressee.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

FORCE = "force"
OFFICE = "office"
FIRE = "fire"
GROUPS_OF = {
    FORCE: "all chief constables",
    OFFICE: "all local policing bodies",
    FIRE: "all fire authorities",
}
"""To whom a report for everybody is addressed, where an office's page means its own."""

_LEAD = re.compile(
    r"[^,.:;]{2,60}? recommends? (?:that )?",
    re.IGNORECASE,
)
_WHEN = re.compile(r"(?:by|before|within|not later than|with immediate) [^,]{1,60}, ", re.I)
_SUBJECT = re.compile(r"(.{2,300}?),? (?:should|must|needs? to)\b(.*)", re.DOTALL)
_BEFORE_PARTNERS = re.compile(
    r"([^,.:;]{3,120}, (?:working|in partnership|together|alongside|in consultation)(?: with)?"
    r" [^.:;]{3,200}?), (.*)",
    re.DOTALL,
)
_DOES = re.compile(
    r"((?:the )?(?:[A-Z][\w’'&-]*(?: (?:and|of|for|the|[A-Z][\w’'&-]*))*"
    r"|(?:all )?(?:chief constables|(?:police )?forces|police and crime commissioners|force"
    r"|service))) ([a-z].*)",
    re.DOTALL,
)
_EQUIVALENTS = re.compile(r",? (?:and|or) (?:their |the )?(?:mayoral )?equivalents?\b", re.I)
_HEAD_OF = re.compile(
    r"(?:the )?(?:director(?:[ -]general)?|chief executive(?: officer)?|chair(?:man)?|president)"
    r" (?:of|for) (?:the )?(?=[A-Z])",
    re.IGNORECASE,
)
_LEAD_FOR = re.compile(
    r"['’]?s? (?:national )?(?:policing |portfolio )?leads?(?: for\b.*| on\b.*)?$"
)
_WITH = re.compile(
    r", (?:with|alongside) |,? (?:and )?(?:by )?"
    r"(?:working(?: together| closely| jointly)?|in (?:partnership|collaboration|consultation)"
    r"|together|along) with "
)
_WORKING = re.compile(
    r",? (?:work(?:ing)?(?: closely| jointly)?|in (?:partnership|collaboration|consultation))? ?"
    r"with (?P<whom>[^,.;:]{3,120}?)(?=,| to\b|$)"
)
_ENGLAND = (
    r"(?: (?:of|in|across) (?:(?:all|the|police) ){0,3}(?:forces?|england and wales|england))?"
)
_ALL = r"(?:(?:all|every|each|the|their|both) ){0,2}"
_FORCES = re.compile(
    rf"{_ALL}(?:home office )?(?:police )?(?:chief constables?|forces?){_ENGLAND}"
    r"|(?:the )?constabulary",
    re.IGNORECASE,
)
_OFFICES = re.compile(
    rf"{_ALL}(?:local )?(?:police(?:,? fire)? and crime commissioners?|p(?:f)?ccs?"
    rf"|local policing bod(?:y|ies)|policing bod(?:y|ies)){_ENGLAND}",
    re.IGNORECASE,
)
_FIRE_BODIES = re.compile(
    rf"{_ALL}(?:fire (?:and rescue )?(?:services|authorities)|(?:fire (?:and rescue )?)?services"
    rf"|chief fire officers|fra?s){_ENGLAND}|(?:the )?(?:(?:fire and rescue )?service|chief fire"
    r" officer|(?:fire (?:and rescue )?)?authority|brigade)",
    re.IGNORECASE,
)
_SEVERAL = re.compile(
    r"\b(?:all|every|each|both)\b"
    r"|(?:constables|forces|commissioners|p(?:f)?ccs|bodies|services|authorities|officers|fra?s)\b",
    re.IGNORECASE,
)
_NAMED = re.compile(
    r"(the (?:force|service|constabulary)|[A-Z][\w’'-]*(?: (?:and|&|of|[A-Z][\w’'-]*)){0,6}"
    r" (?:Police|Constabulary|Service|Brigade|Authority|Prison))(?:['’]s)?\b",
    re.IGNORECASE,
)
_WHOLE = re.compile(
    r"\b(?:Units?|College|Councils?|Office|Agency|Services?|Authority|Force|Constabulary|Police"
    r"|Board|Department|Ministry|Association|Secretary|Inspectorate|Commission|Enforcement|[A-Z]{3,}"
    r"|(?i:chief constables?|forces?|commissioners?|authorities|partnerships|units|providers"
    r"|forums|services|officers|bodies|prosecutors|p(?:f)?ccs))\b"
)
_BOUNDARY = re.compile(r"(,? and (?!(?:[Ff]ire and )?[Cc]rime )|, (?![Ff]ire and [Cc]rime )|; )")
# Somebody else is asked too, in the same recommendation.
_ANOTHER = re.compile(
    r"(?:[.;,]|\band) (?:and )?(?:the )?(?!They |It |Th(?:is|ese) )"
    r"(?:[A-Z]|chief|police|forces|local policing)[^.;]{1,100}? (?:should|must)\b"
)


@dataclass(frozen=True, slots=True)
class Addressees:
    """The addressees (`force`, `office`, or names as given) and the partners.

    `why` says what of it is not understood, where that is so.
    """

    addressees: tuple[str, ...] = ()
    partners: tuple[str, ...] = ()
    why: str = ""


def find_addressees(text: str, target_phrase: str | None, *, groups: bool = False) -> Addressees:
    """Return whom a recommendation asks, from its subject: `By …, chief constables, working with …,
    should`. `groups`: words for several name a group of the register, as for everybody."""
    first = text.split("\n", 1)[0]
    sentence = _LEAD.sub("", first[:2000], count=1).lstrip(" ,")
    if target_phrase and sentence.lower().startswith(target_phrase.lower()):
        sentence = sentence[len(target_phrase) :].lstrip(" ,")
    elif when := _WHEN.match(sentence):
        sentence = sentence[when.end() :]
    bare = re.sub(r"^\([^()]{1,80}\),? ", "", sentence)
    why = "" if bare == sentence else "says more about its date beside it"
    sentence = bare
    found = _SUBJECT.match(sentence) or _BEFORE_PARTNERS.match(sentence)
    if found is None and sentence != first[:2000]:
        found = _DOES.match(sentence)
    if found is None or re.search(r"[.:;?!] ", found[1]):
        return Addressees(why="does not say in known words whom it asks")
    subject, *with_whom = _WITH.split(_EQUIVALENTS.sub("", found[1]), maxsplit=1)
    if not with_whom and (working := _WORKING.match(found[2])) is not None:
        with_whom, why = [working["whom"]], "names others after “should”"
    names = split_names(subject.strip(" ,"))
    partners = [one for each in with_whom for one in split_names(each.strip(" ,"))]
    if _ANOTHER.search(found[2] + text[len(first) :]) is not None:
        why = "asks several, each of something"
    why = why or within_a_body(names)
    asked = (meant(name, groups=groups) for name in names)
    return Addressees(tuple(dict.fromkeys(asked)), tuple(dict.fromkeys(partners)), why)


def within_a_body(names: Iterable[str]) -> str:
    """Return why names are not sure, where one is of somebody within a body: `the NPCC lead`."""
    named = any(_LEAD_FOR.search(name) or _HEAD_OF.match(name) for name in names)
    return "names somebody within a body" if named else ""


def find_subject(text: str, *, groups: bool = False) -> tuple[str, ...]:
    """Return of whom a cause of concern or an area for improvement speaks, where it asks nothing:
    the body with which its text begins."""
    found = _NAMED.match(text)
    return (meant(found[1], groups=groups),) if found else ()


def meant(name: str, *, groups: bool = False) -> str:
    """Return `force`, `office` or `fire` for a word that means the body's own, or the group that it
    means for everybody; otherwise the name, without `the`."""
    if welsh := re.fullmatch(r"(.+) (?:in|of) Wales", name):
        kind = meant(welsh[1])
        if kind in (FORCE, OFFICE):
            return GROUPS_OF[kind].replace("all ", "all welsh ") if groups else kind
    for kind, pattern in ((FORCE, _FORCES), (OFFICE, _OFFICES), (FIRE, _FIRE_BODIES)):
        if pattern.fullmatch(name):
            return GROUPS_OF[kind] if groups and _SEVERAL.search(name) else kind
    bare = _LEAD_FOR.sub("", _HEAD_OF.sub("", name)) or name
    return re.sub(r"^(?:[Tt]he) ", "", bare)


def split_names(phrase: str) -> list[str]:
    """Return the names of a phrase such as `A, B and the C`, without `the`.

    A comma or `and` separates two names if the next begins with `the`, or if both sides are whole
    names: `Department for Environment, Food and Rural Affairs` stays one.
    """
    words = _BOUNDARY.split(phrase)
    names = [words[0]]
    for boundary, right in zip(words[1::2], words[2::2], strict=True):
        if right.startswith("the ") or (_WHOLE.search(names[-1]) and _WHOLE.search(right)):
            names.append(right)
        else:
            names[-1] += boundary + right
    bare = (re.sub(r"^(?:[Tt]he|[Bb]oth|also) ", "", name.strip(" ,;")) for name in names)
    return list(dict.fromkeys(name for name in bare if name))
