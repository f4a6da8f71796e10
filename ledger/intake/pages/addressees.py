"""To whom a recommendation is addressed, and with whom they are to work: names out of a sentence,
spelt out where the page has abbreviations.

`working with the College of Policing` makes a partner, never an addressee.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from ledger.intake.pages.blocks import Block
from ledger.intake.pages.values import RecommendationRead

FORCE = "force"
OFFICE = "office"

_OPENING = re.compile(
    r"(?:we recommend|it is recommended|hmicfrs recommends|the inspectorate recommends)(?: that)? ",
    re.IGNORECASE,
)
_WHEN = re.compile(
    r"(?:by|before|within|not later than|no later than|with immediate) [^,]{1,60}, ", re.I
)
_SUBJECT = re.compile(r"(.{2,400}?),? (?:should|must|needs? to|ought to|shall|(?:is|are) to)\b(.*)")
_WITH = re.compile(
    r", (?:with|alongside) |,? (?:and )?(?:by )?"
    r"(?:working(?: together| closely| in partnership| jointly)?|in partnership"
    r"|in collaboration|in consultation|in conjunction|together|along) with "
)
_WORKS_WITH = re.compile(r" (?:also )?work(?: together| closely| jointly)? with (.{3,200}?) to\b")
_FORCES = re.compile(
    r"(?:(?:all|every|each|the|both|other|their) ){0,2}(?:home office )?(?:police )?"
    r"(?:chief constables?|chief officers?|forces?|constabulary|constabularies)"
    r"(?: (?:of|in) (?:(?:all|every|each|the|home office|police) ){0,3}"
    r"(?:forces?|england and wales))?",
    re.IGNORECASE,
)
_OFFICES = re.compile(
    r"(?:(?:all|every|each|the|their|local) ){0,2}(?:police(?:, fire)? and crime commissioners?"
    r"|p(?:f)?ccs?|local policing bod(?:y|ies))(?: (?:and|or) (?:deputy )?mayors)?",
    re.IGNORECASE,
)
_UNNAMED = re.compile(
    r"(?:police and crime commissioners?|local policing bodies|violence reduction units"
    r"|community safety partnerships|inspectorates?)(?: .{0,60})?",
    re.IGNORECASE,
)
# Words of a name begin with capitals, small words aside; what a lead leads need not.
_NAME = re.compile(
    r"[A-Z][^ ]*(?: (?:[A-Z(&0-9][^ ]*|of|for|and|the|in|on|to))*"
    r"(?: [a-z]{0,9} ?leads?(?: (?:for|on) .{1,80})?)?"
)
_SUPPORTED_BY = re.compile(
    rf"\bwith (?:the )?(?:support|help|assistance) (?:of|from) (?:the )?({_NAME.pattern})"
)
# A name is whole when it has the word that says what kind of body it is, or is an abbreviation.
_BODY = re.compile(
    r"\b(?:Units?|College|Councils?|Office|Agency|Agencies|Services?|Authority|Authorities|Force"
    r"|Constabulary|Police|Board|Department|Ministry|Command|Centre|Network|Association|Secretary"
    r"|Inspectorate|Committee|Commission|Enforcement|Partnership|Institute|Directorate|Government"
    r"|Prosecutors?|[A-Z]{3,})\b"
)
# The last word of a list's part in small letters, such as `local authorities`.
_BODIES = re.compile(
    r".*\b(?:authorities|agencies|councils|providers|boards|partnerships|units|organisations"
    r"|bodies|charities|commissioners|prosecutors|inspectorates|hospitals|schools|colleges)"
)
# `Police, Fire and Crime Commissioner` is one name.
_BOUNDARY = re.compile(r"(,? and (?!(?:[Ff]ire and )?[Cc]rime )|, (?![Ff]ire and [Cc]rime )|; )")
# What a cause of concern says of a force, after its name.
_STATES = re.compile(
    r"(.{2,120}?) (?:is|are|was|were|does|do|did|has|have|had|can|could|needs?|fails?|failed)"
    r"(?:n['’]t|not)?\b"
)
_MOST_WORDS = 16
_WORD = r"(?:[A-Z][\w’'-]{0,40}|of|for|and|the|on)"
_GIVEN = re.compile(rf"\b({_WORD}(?: {_WORD}){{1,9}}) \(([A-Z]{{2,9}})\)")


@dataclass(frozen=True, slots=True)
class Addressees:
    """Who is addressed (`force`, or names as given), the words that say so, and the partners.

    `unread` has the pieces of the phrase that are no name that is understood here.
    """

    phrase: str | None
    addressees: tuple[str, ...]
    partners: tuple[str, ...]
    unread: tuple[str, ...] = ()


def find_addressees(text: str, target_phrase: str | None) -> Addressees:
    """Reads the subject of a recommendation: `By …, chief constables, working with …, should`."""
    sentence = _OPENING.sub("", text.split("\n", 1)[0][:2000], count=1)
    if target_phrase and sentence.lower().startswith(target_phrase.lower()):
        sentence = sentence[len(target_phrase) :].lstrip(" ,")
    else:
        when = _WHEN.match(sentence)
        sentence = sentence[when.end() :] if when else sentence
    found = _SUBJECT.match(_OPENING.sub("", sentence, count=1))
    if found is None or re.search(r"[.:;?!] ", found[1]):
        return Addressees(None, (), ())
    subject, *partners = _WITH.split(found[1], maxsplit=1)
    phrase = subject.strip(" ,")
    addressees, unread = _understood(split_names(phrase))
    with_whom = partners or [m[1] for m in [_WORKS_WITH.match(found[2])] if m]
    with_whom += [each[1].strip(" .,;:") for each in _SUPPORTED_BY.finditer(found[2])]
    names = [name for each in with_whom for name in split_names(each.strip(" ,"))]
    unread += [name for name in names if not _is_short(name)]
    return Addressees(
        phrase,
        tuple(dict.fromkeys(addressees)),
        tuple(dict.fromkeys(name for name in names if _is_short(name))),
        tuple(unread),
    )


def find_addressees_of_cause(text: str) -> Addressees:
    """Whom a cause of concern is about: it asks for something, or it says what a force does."""
    found = find_addressees(text, None)
    states = _STATES.match(text.split("\n", 1)[0][:2000])
    if found.addressees or states is None or re.search(r"[.:;?!] ", states[1]):
        return found
    return listed_addressees(states[1])


def listed_addressees(phrase: str) -> Addressees:
    """A cell or a subject that is nothing but names: `College of Policing; Home Office`."""
    addressees, unread = _understood(split_names(phrase))
    return Addressees(phrase, tuple(dict.fromkeys(addressees)), (), tuple(unread))


def _understood(names: list[str]) -> tuple[list[str], list[str]]:
    """The names that are understood, `force` and `office` for those that mean these; the rest."""
    addressees: list[str] = []
    unread: list[str] = []
    for name in names:
        if _FORCES.fullmatch(name):
            addressees.append(FORCE)
        elif _OFFICES.fullmatch(name):
            addressees.append(OFFICE)
        elif (_NAME.fullmatch(name) or _UNNAMED.fullmatch(name)) and _is_short(name):
            addressees.append(name)
        else:
            unread.append(name)
    return addressees, unread


def split_names(phrase: str) -> list[str]:
    """`A, B and the C` as names, without `the`.

    A comma or `and` parts two names if the next begins with `the`, or if what stands on either
    side is a whole name: `Department for Environment, Food and Rural Affairs` stays one.
    """
    words = _BOUNDARY.split(phrase)
    names = [words[0]]
    for boundary, right in zip(words[1::2], words[2::2], strict=True):
        if right.startswith("the ") or (_is_whole(names[-1]) and _is_whole(right)):
            names.append(right)
        else:
            names[-1] += boundary + right
    bare = (re.sub(r"^(?:[Tt]he|[Bb]oth|also) ", "", name.strip(" ,;")) for name in names)
    return [name for name in bare if name]


def _is_whole(name: str) -> bool:
    name = name.strip()
    return bool(
        _BODY.search(name)
        or _FORCES.fullmatch(name)
        or _OFFICES.fullmatch(name)
        or _UNNAMED.fullmatch(name)
        or _BODIES.fullmatch(name)
    )


def _is_short(name: str) -> bool:
    return len(name.split()) <= _MOST_WORDS


def spelt_out(
    recommendations: Sequence[RecommendationRead], blocks: Iterable[Block]
) -> list[RecommendationRead]:
    """The recommendations with each addressee by the name that the page gives an abbreviation of.

    An abbreviation counts if its letters are the first letters of the capitalised words before
    it, and the page gives it one name only.
    """
    names: dict[str, set[str]] = {}
    for block in blocks:
        for given in _GIVEN.finditer(block.text):
            if name := _ends_with(given[1].split(), given[2]):
                names.setdefault(given[2], set()).add(name)
    return [
        replace(each, addressees=tuple(_name(one, names) for one in each.addressees))
        for each in recommendations
    ]


def _ends_with(words: list[str], letters: str) -> str | None:
    """The last of the words, whose capitals are these letters."""
    for start in range(len(words) - 1, -1, -1):
        capitals = "".join(word[0] for word in words[start:] if word[0].isupper())
        if capitals == letters and words[start][0].isupper():
            return " ".join(words[start:])
    return None


def _name(one: str, names: dict[str, set[str]]) -> str:
    known = names.get(one, set())
    return next(iter(known)) if len(known) == 1 else one
