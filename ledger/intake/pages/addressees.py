"""To whom a recommendation is addressed, and with whom they are to work: names out of a sentence.

`working with the College of Policing` makes a partner, never an addressee.
"""

import re
from dataclasses import dataclass

FORCE = "force"
OFFICE = "office"

_WHEN = re.compile(r"(?:by|before|within|not later than|with immediate) [^,]{1,60}, ", re.I)
_SUBJECT = re.compile(r"(.{2,300}?),? (?:should|must|needs? to)\b(.*)", re.DOTALL)
_WITH = re.compile(
    r", (?:with|alongside) |,? (?:and )?(?:by )?"
    r"(?:working(?: together| closely| jointly)?|in (?:partnership|collaboration|consultation)"
    r"|together|along) with "
)
_FORCES = re.compile(
    r"(?:(?:all|every|each|the|their) ){0,2}(?:home office )?(?:police )?"
    r"(?:chief constables?|forces?)(?: (?:of|in) (?:(?:all|the|police) ){0,3}"
    r"(?:forces?|england and wales))?",
    re.IGNORECASE,
)
_OFFICES = re.compile(
    r"(?:(?:all|the|local) ){0,2}(?:police(?:, fire)? and crime commissioners?|p(?:f)?ccs?"
    r"|local policing bod(?:y|ies))",
    re.IGNORECASE,
)
_WHOLE = re.compile(
    r"\b(?:Units?|College|Councils?|Office|Agency|Services?|Authority|Force|Constabulary|Police"
    r"|Board|Department|Ministry|Association|Secretary|Inspectorate|Commission|Enforcement|[A-Z]{3,}"
    r"|chief constables?|forces?|commissioners?|authorities|partnerships|units|providers|forums)\b"
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


def find_addressees(text: str, target_phrase: str | None) -> Addressees:
    """Return whom a recommendation asks, from its subject: `By …, chief constables, working with …,
    should`."""
    first = text.split("\n", 1)[0]
    sentence = first[:2000]
    if target_phrase and sentence.lower().startswith(target_phrase.lower()):
        sentence = sentence[len(target_phrase) :].lstrip(" ,")
    elif when := _WHEN.match(sentence):
        sentence = sentence[when.end() :]
    found = _SUBJECT.match(sentence)
    if found is None or re.search(r"[.:;?!] ", found[1]):
        return Addressees(why="does not say in known words whom it asks")
    subject, *with_whom = _WITH.split(found[1], maxsplit=1)
    if not with_whom and re.match(r", (?:working )?with ", found[2]):
        return Addressees(why="names others after “should”")
    names = split_names(subject.strip(" ,"))
    partners = [one for each in with_whom for one in split_names(each.strip(" ,"))]
    asks_others = _ANOTHER.search(found[2] + text[len(first) :]) is not None
    why = "asks several, each of something" if asks_others else ""
    return Addressees(tuple(map(meant, names)), tuple(dict.fromkeys(partners)), why)


def meant(name: str) -> str:
    """Return `force` or `office` for a word that means the body's own; otherwise the name, without
    `the`."""
    if _FORCES.fullmatch(name):
        return FORCE
    return OFFICE if _OFFICES.fullmatch(name) else name


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
