"""To whom a recommendation is addressed, and with whom they are to work: names out of a sentence.

`working with the College of Policing` makes a partner, never an addressee.
"""

import re
from dataclasses import dataclass

FORCE = "force"

_OPENING = re.compile(
    r"(?:we recommend|it is recommended|hmicfrs recommends|the inspectorate recommends)(?: that)? ",
    re.IGNORECASE,
)
_WHEN = re.compile(
    r"(?:by|before|within|not later than|no later than|with immediate) [^,]{1,60}, ", re.I
)
_SUBJECT = re.compile(r"(.{2,400}?),? (?:should|must|needs? to|ought to|shall|(?:is|are) to)\b(.*)")
_WITH = re.compile(
    r",? (?:and )?(?:by )?(?:working(?: together| closely| in partnership| jointly)?|in partnership"
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
# A name is whole when it has the word that says what kind of body it is, or is an abbreviation.
_BODY = re.compile(
    r"\b(?:Units?|College|Councils?|Office|Agency|Agencies|Services?|Authority|Authorities|Force"
    r"|Constabulary|Police|Board|Department|Ministry|Command|Centre|Network|Association|Secretary"
    r"|Inspectorate|Committee|Commission|Enforcement|Partnership|Institute|Directorate|Government"
    r"|[A-Z]{3,})\b"
)
_BOUNDARY = re.compile(r"(,? and |, |; )")
_MOST_WORDS = 16


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
    addressees: list[str] = []
    unread: list[str] = []
    for name in split_names(phrase):
        if _FORCES.fullmatch(name):
            addressees.append(FORCE)
        elif (_NAME.fullmatch(name) or _UNNAMED.fullmatch(name)) and _is_short(name):
            addressees.append(name)
        else:
            unread.append(name)
    with_whom = partners or [m[1] for m in [_WORKS_WITH.match(found[2])] if m]
    names = [name for each in with_whom for name in split_names(each.strip(" ,"))]
    unread += [name for name in names if not _is_short(name)]
    return Addressees(
        phrase,
        tuple(dict.fromkeys(addressees)),
        tuple(dict.fromkeys(name for name in names if _is_short(name))),
        tuple(unread),
    )


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
    return bool(
        _BODY.search(name) or _FORCES.fullmatch(name.strip()) or _UNNAMED.fullmatch(name.strip())
    )


def _is_short(name: str) -> bool:
    return len(name.split()) <= _MOST_WORDS
