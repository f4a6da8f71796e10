"""To whom a recommendation is addressed, and with whom they are to work: names out of a sentence.

One grammar: words of time and of who recommends are left out; what stands before `should` (or
`must`, `needs to`, `to`, or a verb that follows `recommend that`) names the addressees, and what
follows `working with` the partners. A name is one of a group, or of a body of the register, whole
or within longer words.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from ledger.intake.pages.values import Resolve

FORCE = "force"
OFFICE = "office"
FIRE = "fire"
GROUPS_OF = {
    FORCE: "all chief constables",
    OFFICE: "all local policing bodies",
    FIRE: "all fire authorities",
}
"""To whom a report for everybody is addressed, where an office's page means its own."""
_WELSH = {FORCE: "all welsh chief constables", OFFICE: "all welsh local policing bodies"}
GROUPS = frozenset([*GROUPS_OF.values(), *_WELSH.values()])

_KINDS = {
    FORCE: r"(?:chief (?:constable|officer)|force|constabular(?:y|ie)|police service)s?",
    OFFICE: (
        r"police(?: fire)? and crime commissioners?|p(?:f)?ccs?|(?:local )?policing bod(?:y|ies)"
        r"|offices? of police and crime commissioners?|(?:elected )?mayors?"
    ),
    FIRE: (
        r"(?:fire )?(?:and )?(?:rescue )?(?:services?|authorit(?:y|ies)|brigades?)|fra?s+"
        r"|chief fire officers?"
    ),
}
_SEVERAL = re.compile(
    r"\b(?:all|every|each|both)\b|(?:constables|forces|constabularies|commissioners|cc+s|bodies|mayors"
    r"|services|authorities|officers|brigades|fra?ss?)\b"
)
_FILLS = re.compile(
    r"\b(?:all|every|each|both|the|their|its|other|relevant|individual|home office|territorial"
    r"|english|welsh|local(?= (?:chief|force|police ))|police(?= (?:force|service))"
    r"|(?:of|in|across|for)(?: the)?(?: (?:all|police|welsh|english))?"
    r"(?: forces?| england| wales| and)+)(?![’'\w])"
)
_MODAL = (
    r"(?:should|must|ought to|needs? to|ha(?:s|ve) to|(?:is|are) (?:[a-z]+ )?(?:recommended|asked"
    r"|advised|urged|required|invited|expected) to)\b"
)
_RECOMMENDS = re.compile(r"[^.:;]{0,80}?\brecommend(?:s\b|\b|ed that\b):?(?: that)?,? ?", re.I)
_TIMES = re.compile(
    r"(?:^|(?<=, )|(?<=\s))(?:by|before|within|not? later than|with immediate effect|in the next"
    r"|from|starting|as soon|after|during|at the latest|over the)\b[^,:;]{0,70}(?:, |$)"
    r"|\b(?:immediately|urgently),? ",
    re.IGNORECASE,
)
_WORKING = (
    r"(?:working(?: together| closely| jointly)*|in (?:partnership|collaboration|conjunction"
    r"|consultation)|together|along|alongside|jointly|supported by"
    r"|with (?:the )?(?:support|help) of)"
)
_WITH = re.compile(
    rf",? (?:and )?(?:by )?(?:{_WORKING}(?: with)?|, with) (?P<whom>[^,.:;]"
    r"+(?:, (?!agree\b|to\b)(?:the )?[A-Z][^,.:;]+)*),? ?"
)
_AFTER = re.compile(_WITH.pattern.replace("working", "work(?:ing)?", 1))
_EQUIVALENTS = re.compile(
    r",? (?:and|or) (?:(?:their|the|mayoral) )*equivalents?\b| or (?:the )?(?:elected )?mayors?\b",
    re.IGNORECASE,
)
_CLAUSE = re.compile(
    rf"(?:{_WORKING} (?:with )?(?P<whom>[^.]{{2,200}}?)|(?:Where|When|If|To|In|As|For|Having|Unless"
    r"|Until|Following|Using|Subject)\b[^.]{2,200}?), (?=[^,]*$|(?:the |all )?[A-Zcpf])",
    re.IGNORECASE,
)
_NAME = (
    r"(?:(?:[Tt]he|[Aa]ll|[Ee]very|[Ee]ach|[Bb]oth|[Tt]heir) )*(?:[A-Z][\w’'&-]*"
    r"(?: (?:and (?=[A-Z])|&|of|for|the|in) ?|,? ?[A-Z][\w’'&-]*)*"
    r"|(?:[a-z]+ ){0,3}?(?:constables?|forces?|commissioners?|bodies|services?"
    r"|authorit(?:y|ies)|officers))"
)
_DOES = re.compile(rf"(?P<who>{_NAME}(?:(?:,? and |, ){_NAME})*),?(?::.*| +[a-z].*)", re.DOTALL)
_WHOLE = re.compile(
    r"\b(?:Units?|College|Councils?|Office|Agency|Services?|Authority|Force|Constabulary|Police"
    r"|Board|Department|Ministry|Association|Secretary|Inspectorate|Commission|Enforcement|[A-Z]{3,}"
    r"|(?i:chief constables?|forces?|commissioners?|authorities|partnerships|units|providers"
    r"|forums|services|officers|bodies|prosecutors|p(?:f)?ccs))\b"
)
_ARTICLE = re.compile(r"^(?:the|an?|any|this|that|these|such|no|some) ", re.IGNORECASE)
_BETWEEN = re.compile(r"(,? and |, |; )")
_MOST_ATOMS = 7
"""Of a name, its parts and the words between them."""
_BOUNDARY = re.compile(
    r"(,? and (?!(?:[Ff]ire and )?[Cc]rime |[Rr]escue )|, (?![Ff]ire and [Cc]rime )|; )"
)


@dataclass(frozen=True, slots=True)
class Addressees:
    """The addressees (`force`, `office`, a group, or names as given) and the partners.

    `why` says what of it is not understood, where that is so.
    """

    addressees: tuple[str, ...] = ()
    partners: tuple[str, ...] = ()
    why: str = ""


_UNKNOWN = "does not say in known words whom it asks"


@dataclass(frozen=True)
class Whom:
    """How the addressees of a page are named: for `everybody` by groups of the register. `subject`
    is the body on which a report for everybody is (`the force`)."""

    resolve: Resolve = field(default=lambda _: None)
    everybody: bool = False
    subject: str | None = None

    def asked(self, text: str, phrase: str | None = None) -> Addressees:
        """Return whom a text asks: `By …, chief constables, working with …, should`. `phrase` is
        the target in it."""
        first, _, more = text.partition("\n")
        first = re.sub(r"^[ ,]+", "", first[:2000].replace(phrase or "", "", 1))
        sentences = re.split(r"(?<=[.?!]) (?=[A-Z“])", first)
        at = next((n for n, one in enumerate(sentences) if re.search(rf"\b{_MODAL}", one)), 0)
        sentence = re.sub(r"\([^()]{1,80}\),? ?", "", sentences[at])
        why = "" if sentence == sentences[at] else "says more in brackets"
        why = why if at == 0 else "does not say at once whom it asks"
        bare = _TIMES.sub("", sentence)
        recommends = _RECOMMENDS.match(bare)
        bare = bare[recommends.end() :].lstrip(" ,") if recommends else bare
        bare = _EQUIVALENTS.sub("", _TIMES.sub("", bare))
        head = re.match(rf"(?P<who>.{{2,400}}?),? {_MODAL}(?P<what>.*)", bare, re.DOTALL)
        what = head["what"] if head else ""
        subject, partners, doubt = _parted(head["who"] if head else bare, what)
        if head is None:
            does = _DOES.fullmatch(subject)
            may_be = does and (recommends or phrase or re.search(r":$| to [a-z]", subject))
            subject, doubt = (does["who"] if does and may_be else ""), "asks nothing by “should”"
        names, unknown = self.meant(self.names(subject)) if subject else ((), _UNKNOWN)
        others = self._others(" ".join([what, *sentences[at + 1 :], more]), names)
        why = "asks several, each of something" if others else why or unknown or doubt
        partners = [one for one in partners if self.meant([one])[0] != names]
        return Addressees((*names, *others), (*dict.fromkeys(partners),), why)

    def _others(self, text: str, there: Sequence[str]) -> tuple[str, ...]:
        """Return whom later sentences of a text ask."""
        found: dict[str, None] = {}
        for match in re.finditer(rf"(?:[.;] |\band )({_NAME}),? {_MODAL}", text):
            found |= dict.fromkeys(one for one in self.meant(self.names(match[1]))[0])
        return tuple(one for one in found if one not in there and self.known(one))

    def meant(self, names: Iterable[str]) -> tuple[tuple[str, ...], str]:
        """Return the addressees that names mean, and why they are not sure. A name that begins
        small and is of no group names nobody (`a review should`)."""
        found: dict[str, None] = {}
        why = ""
        for name in names:
            one = self._one(name)
            one = self.subject if self.subject and one in (FORCE, FIRE) else one
            if one not in GROUPS_OF and self.known(one) is None:
                within = self._within(name)
                why = "names somebody within a body" if within else why
                if within is None and not re.search(r"[A-Z]", _ARTICLE.sub("", name)):
                    why = _UNKNOWN
                    continue
                one = within or one
            found[one] = None
        return (*found,), why if found else _UNKNOWN

    def names(self, phrase: str) -> list[str]:
        """Return the names of a phrase: the longest that are known, and what stands between."""
        atoms, found, rest = _BETWEEN.split(phrase), list[str](), ""
        at = 0
        while at < len(atoms):
            for end in range(min(at + _MOST_ATOMS, len(atoms) + (len(atoms) - at + 1) % 2), at, -2):
                one = re.sub(r"^(?:[Tt]he|[Bb]oth|also) ", "", "".join(atoms[at:end]).strip())
                if self.known(self._one(one)) is not None:
                    found += [*split_names(rest), one] if rest else [one]
                    rest, at = "", end + 1
                    break
            else:
                rest += "".join(atoms[at : at + 2])
                at += 2
        return list(dict.fromkeys(found + (split_names(rest) if rest else [])))

    def _one(self, name: str) -> str:
        """Return a group, the word for the body's own, or the name without `the`."""
        plain = re.sub(r"[,’']", "", name.casefold().replace("&", "and"))
        bare = " ".join(_FILLS.sub(" ", plain).split())
        for kind, words in _KINDS.items():
            if re.fullmatch(words, bare):
                welsh = re.search(r"\bwelsh\b|\bwales\b", plain) and "england" not in plain
                groups = _WELSH if welsh and kind in _WELSH else GROUPS_OF
                any_office = kind == OFFICE and self.subject is None
                several = any_office or _SEVERAL.search(plain) is not None
                return groups[kind] if self.everybody and several else kind
        return re.sub(r"^(?:[Tt]he|[Bb]oth|[Aa]lso) ", "", name)

    def _within(self, name: str) -> str | None:
        """Return the longest name of a body within a longer one: `the NPCC lead for cells`; or the
        group in which they are whom it names: `leaders in forces`."""
        group = self._one(re.split(r" (?:in|of|across|within) ", name)[-1])
        if group in GROUPS:
            return group
        words = re.sub(r"(?<=\w)[’']s?(?= [a-z])|[’'](?=\s)", "", name).split()
        whole = [*name.split()]
        for length in range(len(whole) - 1, 0, -1):
            for at in range(len(whole) - length + 1):
                for some in (whole, words):
                    one = " ".join(some[at : at + length])
                    if one[:1].isupper() and self.resolve(one) is not None:
                        return one
        return None

    def known(self, name: str) -> str | None:
        """Return a group, or the id of a body, that a name means; None if nobody knows it."""
        return name if name in GROUPS else self.resolve(name)

    def begins(self, text: str) -> tuple[str, ...]:
        """Return of whom a cause of concern speaks, where it asks nothing: the body or `the force`
        with which it begins."""
        found = re.match(rf"({_NAME})(?:[’']s)? ", text)
        names = self.meant([re.sub(r"[’']s$", "", found[1])])[0] if found else ()
        return names if all(map(self.known, names)) else ()

    def heading(self, text: str) -> tuple[str, ...]:
        """Return whom a heading asks, if it says nothing else: `To chief constables`,
        `The Home Office should:`, `Recommendations for fire authorities`."""
        bare = re.sub(
            r"^(?:[^:]{0,60}\b(?:recommendations?|actions?|improvement)\b )?"
            r"(?:made )?(?:addressed )?(?:(?:to|for|directed at) )?",
            "",
            text.rstrip(" :."),
            flags=re.IGNORECASE,
        )
        bare = _EQUIVALENTS.sub("", re.sub(rf",? {_MODAL}(?: [a-z]+){{0,2}}$", "", bare))
        names, _ = self.meant(self.names(bare))
        return names if names and all(map(self.known, names)) else ()


def _parted(subject: str, what: str) -> tuple[str, list[str], str]:
    """Return a subject without those that it names as partners and without what says when; the
    partners; and a doubt. They may also be named right after `should`."""
    partners: list[str] = []
    doubt = ""
    if (working := _WITH.search(subject)) is not None:
        partners = split_names(working["whom"])
        subject = f"{subject[: working.start()]} {subject[working.end() :]}".strip()
    elif (working := _AFTER.match(what)) is not None:
        partners, doubt = split_names(working["whom"].split(" to ")[0]), "names others later"
    while (lead := _CLAUSE.match(subject)) is not None:
        partners += split_names(lead["whom"]) if lead["whom"] else []
        subject = subject[lead.end() :]
    if (
        what
        and (some := re.search(r"\b(?:that|which|who|whose|where|with)\b", subject)) is not None
    ):
        subject, doubt = subject[: some.start()].strip(" ,"), "asks some of them"
    return subject, partners, doubt


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
    bare = (re.sub(r"^(?:[Tt]he|[Bb]oth|also) ", "", name.strip(" ,;:")) for name in names)
    return list(dict.fromkeys(name for name in bare if name))
