"""The register and the rules, read from files: proposals until a log records them.

Loading is pure and strict. A file that says something unknown, or names a body that isn't there,
is refused with one sentence: better no start than a register that nobody can trust. A refusal of
an unknown body, report, type or name suggests those near it.
"""

import hashlib
import re
import tomllib
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from difflib import get_close_matches
from functools import cache, lru_cache
from importlib.resources import files
from typing import Literal, TypeVar, cast

import rfc8785

from ledger import dates
from ledger.errors import Refused, Unfit
from ledger.events import BodyRegistered, BodySucceeded, RuleAdopted, Source
from ledger.events.entry import to_plain
from ledger.events.report import REPORT_KINDS
from ledger.events.response import PARTS, Part
from ledger.events.service import (
    BODY_KINDS,
    SEVERAL_PUBLISHERS,
    TRIGGERS,
    UNITS,
    BodyKind,
    FormerName,
    HeldForce,
    NamesBeside,
    Period,
    Trigger,
    Unit,
)
from ledger.events.streams import BODY_ID, HOST

ID = re.compile(r"[a-z0-9-]{1,80}")
NOT_COUNTED = "first day not counted"
COUNTINGS = ("first day counted", NOT_COUNTED)
MATCHES = ("both", "either")

MOST_IN_A_PERIOD = 4_000

_T = TypeVar("_T")


HELD = ("force", "national_body")
"""The kinds of body that can be held to account as a force: the three special forces are
national bodies."""


@dataclass(frozen=True, slots=True)
class Succession:
    """The succession of one body by another, and its place in the file."""

    event: BodySucceeded
    source: Source | None


@dataclass(frozen=True, slots=True)
class Register:
    """The lists of a file, each in its order."""

    rules: tuple[RuleAdopted, ...]
    bodies: tuple[BodyRegistered, ...]
    successions: tuple[Succession, ...]


@cache
def shipped_bodies() -> tuple[BodyRegistered, ...]:
    """Return the bodies of `bodies.toml`, in its order."""
    return _shipped_register().bodies


@cache
def shipped_successions() -> tuple[Succession, ...]:
    """Return which of them follow which, as `bodies.toml` has it."""
    return _shipped_register().successions


@cache
def shipped_rules() -> tuple[RuleAdopted, ...]:
    """Return the rules of `rules.toml`, in its order."""
    return read_rules(_shipped("rules.toml"))


@cache
def _shipped_register() -> Register:
    return read_register(_shipped("bodies.toml"), words=("body", "succession"))


def read_rules(toml: str) -> tuple[RuleAdopted, ...]:
    """Return the rules of a TOML text, as a log adopts them. Raise `Unfit` with every fault."""
    return read_register(toml, words=("rule",)).rules


def read_register(
    toml: str,
    known: Mapping[str, BodyKind] | None = None,
    words: Sequence[str] = ("rule", "body", "succession"),
) -> Register:
    """Return the rules, bodies and successions of a TOML text. Raise `Unfit` with every fault.

    `known`: the bodies that there are already, which it may name too, and their kinds.
    """
    tables = _tables(toml, words)
    rules = tuple(_rule(_Table("rule", table)) for table in tables.get("rule", ()))
    bodies = tuple(_body(_Table("body", table)) for table in tables.get("body", ()))
    successions = tuple(
        _succession(_Table("succession", {**table, "id": table.get("from", "without `from`")}))
        for table in tables.get("succession", ())
    )
    _refuse_repeats("rule", [f"{rule.id} v{rule.version}" for rule in rules])
    _refuse_repeats("body", [body.id for body in bodies])
    _refuse_repeats(
        "succession of", [f"{one.event.id} by {one.event.successor}" for one in successions]
    )
    kinds = {**(known or {}), **{body.id: body.kind for body in bodies}}
    for body in bodies:
        _refuse_unlisted(body, kinds)
    for one in successions:
        for named in (one.event.id, one.event.successor):
            if named not in kinds:
                raise Unfit(f"A succession names the body {named}, which is not listed.")
    return Register(rules, bodies, successions)


def _refuse_unlisted(body: BodyRegistered, kinds: Mapping[str, BodyKind]) -> None:
    """Raise Unfit if a body names another that no file or log has, that is of the wrong kind, or
    outside its days."""
    for held in body.holds:
        if kinds.get(held.body) not in HELD:
            raise Unfit(f"The body {body.id} names the force {held.body}, which is not listed.")
    if body.panel is not None and kinds.get(body.panel) != "panel":
        raise Unfit(f"The body {body.id} names the panel {body.panel}, which is not listed.")
    for host in body.websites or ():
        if not HOST.fullmatch(host):
            raise Unfit(f"The body {body.id} has the website {host}, which is no host's name.")
    for closer in body.closes_by:
        if closer not in kinds and closer not in BODY_KINDS:
            raise Unfit(
                f"The body {body.id} says that {closer} closes its recommendations, "
                "which is neither a listed body nor a kind of body."
            )
    if fault := why_no_term(body):
        raise Unfit(f"The body {body.id} is refused: each one {fault}.")


def why_no_term(body: BodyRegistered) -> str | None:
    """Return the fault in the days of a body, to follow “each one”, or None."""
    if body.force is not None and body.forces is not None:
        return "names its force once, as force or in forces"
    named = [held.body for held in body.holds]
    if len(set(named)) < len(named) and any(held.begins is None for held in body.holds[1:]):
        return "names a force in forces once, or each time with the day from which"
    for begins, ends in (
        (body.begins, body.ends),
        *((held.begins, held.ends) for held in body.holds),
    ):
        for day in (begins, ends):
            if day is not None and not dates.is_exact(day):
                return "has its days as YYYY-MM-DD"
        if begins is not None and ends is not None and ends < begins:
            return "ends on or after the day on which it begins"
    if any(not dates.is_exact(one.ends) for one in body.former_names or ()):
        return "has its days as YYYY-MM-DD"
    last = [one.ends for one in body.former_names or ()]
    if last != sorted(set(last)):
        return "lists its former names from the oldest on, each with its last day"
    return None


def _body(table: "_Table") -> BodyRegistered:
    body = BodyRegistered(
        id=table.id(),
        name=table.text("name"),
        kind=cast(BodyKind, table.one_of("kind", BODY_KINDS)),
        area=table.optional("area", str),
        force=table.optional("force", str),
        panel=table.optional("panel", str),
        closes_by=table.strings("closes_by"),
        websites=table.strings("websites") or None,
        forces=tuple(
            HeldForce(part.text("body"), part.day("begins"), part.day("ends"))
            for part in table.parts("forces")
        )
        or None,
        begins=table.day("begins"),
        ends=table.day("ends"),
        former_names=tuple(
            FormerName(part.text("name"), part.given_day("ends"))
            for part in table.parts("former_names")
        )
        or None,
        citation=table.optional("citation", str),
        read=table.optional("read", bool),
        names=_names_beside(table),
    )
    table.refuse_the_rest()
    return body


def _names_beside(table: "_Table") -> NamesBeside | None:
    """Return the names in other languages, such as `names = { cy = "Heddlu Gwent" }`."""
    if (part := table.part("names")) is None:
        return None
    found = NamesBeside(part.text("cy"))
    part.refuse_the_rest()
    return found


def _succession(table: "_Table") -> Succession:
    """Return a succession from `from`, `to`, `on`, and `url`, the address that states it."""
    table.optional("id", str)
    url = table.optional("url", str)
    event = BodySucceeded(
        id=table.text("from"), successor=table.text("to"), on=table.given_day("on")
    )
    table.refuse_the_rest()
    return Succession(event, Source(url=url) if url else None)


def _rule(table: "_Table") -> RuleAdopted:
    counting = table.optional("counting", str)
    period = _period(table)
    rule = RuleAdopted(
        id=table.id(),
        version=table.required("version", int),
        title=table.text("title"),
        citation=table.text("citation"),
        text=table.text("text"),
        bodies=table.strings("bodies"),
        reports=table.strings("reports"),
        match=cast(Literal["both", "either"], table.one_of("match", MATCHES, default="both")),
        applies_from=table.day("applies_from"),
        applies_until=table.day("applies_until"),
        period_days=table.optional("period_days", int),
        extension=table.required("extension", bool),
        publishers=table.strings("publishers") or None,
        trigger=cast(Trigger | None, table.one_if_any("trigger", TRIGGERS)),
        period=period,
        first_day="not_counted" if counting == NOT_COUNTED else None,
        per_recommendation=table.optional("per_recommendation", bool),
        parts=cast(tuple[Part, ...], table.strings("parts", PARTS)) or None,
        reply_to=table.optional("reply_to", str),
        read=table.optional("read", bool),
        asks=table.optional("asks", str),
        asks_of=table.strings("asks_of") or None,
        sha256="",
    )
    table.refuse_the_rest()
    if (counting in COUNTINGS) != (rule.gives is not None) or counting not in (None, *COUNTINGS):
        words = " or ".join(f'"{word}"' for word in COUNTINGS)
        raise table.unfit(f"says counting = {words} where it has a period, and only there")
    if fault := why_no_rule(rule):
        raise table.unfit(fault)
    return replace(rule, sha256=fingerprint(rule))


def _period(table: "_Table") -> Period | None:
    """Return a period, such as `period = {count = 70, unit = "working_day"}`."""
    if (part := table.part("period")) is None:
        return None
    found = Period(part.required("count", int), cast(Unit, part.one_of("unit", UNITS)))
    part.refuse_the_rest()
    return found


def fingerprint(rule: RuleAdopted) -> str:
    """Return the lower-case hex SHA-256 of the canonical JSON (RFC 8785) of a rule.

    Fields that were added to the form of a rule later are left out if they are empty, so that a
    rule keeps its fingerprint.
    """
    said = {
        field.name: to_plain(getattr(rule, field.name))
        for field in fields(RuleAdopted)
        if field.name != "sha256"
        and not (field.name in _ADDED and getattr(rule, field.name) is None)
    }
    return hashlib.sha256(rfc8785.dumps(said)).hexdigest()


_ADDED = (
    *("publishers", "trigger", "period", "first_day"),
    *("per_recommendation", "parts", "reply_to", "read"),
    *("asks", "asks_of"),
)


def why_no_rule(rule: RuleAdopted) -> str | None:
    """Return the fault in a rule, to follow “each one”, or None."""
    if not BODY_ID.fullmatch(rule.id):
        return "has an id of 1 to 80 lower-case letters, digits and hyphens"
    if not all(one.strip() for one in (rule.title, rule.citation, rule.text)):
        return "has words in its title, citation and text"
    if rule.period is not None and rule.period_days is not None:
        return "gives its period once, as period or as period_days"
    if rule.version < 1 or (rule.gives is not None and rule.gives.count < 1):
        return "counts its version and its period from 1"
    if rule.gives is not None and rule.gives.count > MOST_IN_A_PERIOD:
        return f"has a period of at most {MOST_IN_A_PERIOD:,} days or months"
    if rule.gives is None and (rule.counts_from != "published" or not rule.counts_first_day):
        return "says how it counts where it has a period, and only there"
    for name, given, words in (
        ("bodies", rule.bodies, BODY_KINDS),
        ("reports", rule.reports, REPORT_KINDS),
        ("asks_of", rule.asks_of or (), (*REPORT_KINDS, SEVERAL_PUBLISHERS)),
    ):
        if not set(given) <= set(words):
            return f"lists in `{name}` some of {', '.join(words)}"
    if rule.asks is not None and not rule.asks.strip():
        return "has words in `asks`"
    if rule.asks is None and rule.asks_of is not None:
        return "says of which reports it asks (`asks_of`) where it asks something"
    for name in ("bodies", "reports", "publishers", "parts", "asks_of"):
        given = getattr(rule, name) or ()
        if len(set(given)) < len(given):
            return f"lists texts in `{name}`, each once"
    if rule.parts is not None and "comments" not in rule.parts:
        return "has the body's comments among its parts, if it names any"
    if rule.match == "both" and bool(rule.bodies) != bool(rule.reports):
        return "lists kinds of body and of report, or neither"
    for day in (rule.applies_from, rule.applies_until):
        if day is not None and not dates.is_exact(day):
            return "has applies_from and applies_until as days (YYYY-MM-DD)"
    if rule.applies_from and rule.applies_until and rule.applies_until < rule.applies_from:
        return "ends on or after the day on which it begins"
    return None


class _Table:
    """One entry of a file while it is read: each key is taken once, and none may be left."""

    def __init__(self, word: str, table: Mapping[str, object]) -> None:
        self._left = dict(table)
        self._name = f"{word} {table.get('id', 'without an id')}"

    def unfit(self, duty: str) -> Unfit:
        return Unfit(f"The {self._name} is refused: each one {duty}.")

    def id(self) -> str:
        found = self.text("id")
        if not ID.fullmatch(found):
            raise self.unfit("has an id of 1 to 80 lower-case letters, digits and hyphens")
        return found

    def text(self, key: str) -> str:
        found = self.required(key, str).strip()
        if not found:
            raise self.unfit(f"has words in `{key}`")
        return found

    def one_of(self, key: str, words: Collection[str], default: str | None = None) -> str:
        found = self.optional(key, str) or default
        if found is None or found not in words:
            raise self.unfit(f"has `{key}`, one of {', '.join(words)}")
        return found

    def one_if_any(self, key: str, words: Collection[str]) -> str | None:
        found = self.optional(key, str)
        if found is not None and found not in words:
            raise self.unfit(f"has in `{key}`, if at all, one of {', '.join(words)}")
        return found

    def strings(self, key: str, words: Collection[str] | None = None) -> tuple[str, ...]:
        found = cast(list[object], self.optional(key, list) or [])
        texts = tuple(item for item in found if isinstance(item, str))
        if len(texts) != len(found) or len(set(texts)) != len(texts):
            raise self.unfit(f"lists texts in `{key}`, each once")
        if words is not None and not set(texts) <= set(words):
            raise self.unfit(f"lists in `{key}` some of {', '.join(words)}")
        return texts

    def part(self, key: str) -> "_Table | None":
        """Return the table that a key holds, if it is there."""
        given = self.optional(key, dict)
        return None if given is None else self._part(key, given)

    def _part(self, key: str, table: Mapping[str, object]) -> "_Table":
        part = _Table("part", table)
        part._name = f"{self._name} ({key})"
        return part

    def required(self, key: str, of: type[_T]) -> _T:
        found = self.optional(key, of)
        if found is None:
            raise self.unfit(f"has `{key}`")
        return found

    def optional(self, key: str, of: type[_T]) -> _T | None:
        found = self._left.pop(key, None)
        if found is not None and type(found) is not of:  # True is no number, a moment no day
            raise self.unfit(f"has `{key}` as {of.__name__}, if at all")
        return found

    def day(self, key: str) -> str | None:
        found = self.optional(key, date)
        return None if found is None else found.isoformat()

    def given_day(self, key: str) -> str:
        if (found := self.day(key)) is None:
            raise self.unfit(f"has `{key}`")
        return found

    def parts(self, key: str) -> Iterator["_Table"]:
        """Yield each table of a list; when it was taken, nothing of it may be left."""
        for part in cast(list[object], self.optional(key, list) or []):
            if not isinstance(part, dict):
                raise self.unfit(f"lists tables in `{key}`")
            one = self._part(key, part)
            yield one
            one.refuse_the_rest()

    def refuse_the_rest(self) -> None:
        if self._left:
            unknown = ", ".join(sorted(self._left))
            raise Unfit(f"The {self._name} is refused: it has unknown keys ({unknown}).")


def _shipped(name: str) -> str:
    return files(__name__).joinpath(name).read_text(encoding="utf-8")


def _tables(toml: str, words: Sequence[str]) -> dict[str, list[Mapping[str, object]]]:
    try:
        whole = tomllib.loads(toml)
    except tomllib.TOMLDecodeError as error:
        raise Unfit(f"The list of {words[0]} entries is not TOML: {error}.") from error
    found: dict[str, list[Mapping[str, object]]] = {}
    for word, listed in whole.items():
        tables = isinstance(listed, list) and all(isinstance(one, dict) for one in listed)
        if word not in words or not tables:
            found.clear()
            break
        found[word] = listed
    if not found:
        *first, last = (f"[[{word}]]" for word in words)
        said = f"{', '.join(first)} and {last}" if first else last
        raise Unfit(f"A list of {words[0]} entries has {said} tables and nothing else.")
    return found


def _refuse_repeats(word: str, names: list[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise Unfit(f"The {word} {name} is listed twice.")


MOST = 4
"""How many names are told at most."""
_ALIKE = 0.75
"""How alike two names are at least, from 0 to 1."""


def unknown_body(given: str, bodies: Mapping[str, BodyRegistered]) -> Refused:
    """Return the refusal of a body that is not registered, which names the ids that are near it, or
    of a name that several have, which names them."""
    if len(several := sorted(bodies_named(given, bodies))) > 1:
        ids = f"{', '.join(several[:-1])} and {several[-1]}"
        said = f"“{given}” is a name of {ids}: give the id of the one that you mean."
        return Refused("unknown-body", said)
    said = f"“{given}” is not in the register of bodies"
    if not bodies:
        return Refused("unknown-body", f"{said}; it is empty: `answerable migrate` fills it.")
    near = nearest(given, bodies)
    if not near:
        return Refused("unknown-body", f"{said}.")
    return Refused("unknown-body", f"{said}. Near it: {', '.join(near)}.")


def body_named(given: str, bodies: Mapping[str, BodyRegistered]) -> str | None:
    """Return the id of the one body that an id or a name means; None where it means none or
    several."""
    found = bodies_named(given, bodies)
    return found[0] if len(found) == 1 else None


def bodies_named(given: str, bodies: Mapping[str, BodyRegistered]) -> list[str]:
    """Return the ids of the bodies that an id or a name means: a name now, in Welsh or before,
    either of two names of which one stands in brackets, with `HM` for `His Majesty's`."""
    if (own := given.strip().casefold()) in bodies:
        return [own]
    wanted = {_as_named(given), *_as_named_in_parts(given)}
    named = (
        body.id
        for body in bodies.values()
        for name in names_of(body)
        if not wanted.isdisjoint({_as_named(name), *_as_named_in_parts(name)})
    )
    return list(dict.fromkeys(named))


def names_of(body: BodyRegistered) -> tuple[str, ...]:
    """Return the names of a body: now, in Welsh if it has one, and before."""
    welsh = () if body.names is None else (body.names.cy,)
    return body.name, *welsh, *(one.name for one in body.former_names or ())


@lru_cache(maxsize=4_000)
def as_searched(name: str) -> str:
    """Return a name as compared and searched: in small letters, without accents. Offices write both
    `Throsedd` and `Throseddu`, so these are one."""
    plain = unicodedata.normalize("NFKD", name.replace("’", "'").replace("&", "and").casefold())
    letters = "".join(ch for ch in plain if not unicodedata.combining(ch))
    return " ".join(letters.replace("throseddu", "throsedd").split())


@lru_cache(maxsize=4_000)
def _as_named(name: str) -> str:
    """Return a name as compared: case, accents, quotation marks, `&`, articles and reigns are no
    difference."""
    words = re.sub(r"\b(?:his|her) majesty's\b", "hm", as_searched(name).removeprefix("the "))
    words = re.sub(r"\bei [fm]awrhydi\b|\bem\b", "ef", words).replace(" yr ", " ")
    return re.sub(r"^hmi (?=[a-z])", "hm inspectorate of ", words.removeprefix("y "))


def _as_named_in_parts(name: str) -> tuple[str, ...]:
    """Return the names before and in brackets, where one is given in both ways."""
    parts = re.fullmatch(r"(.+?) \(([^()]{3,})\)", name.strip())
    return (_as_named(parts[1]), _as_named(parts[2])) if parts else ()


def nearest(given: str, bodies: Mapping[str, BodyRegistered]) -> list[str]:
    """Return the ids of bodies that are spelt alike, or whose name or id has all the words
    given."""
    asked = "-".join(as_searched(given).split())
    words = set(asked.replace("-", " ").split())
    searched = {name: [as_searched(one) for one in names_of(body)] for name, body in bodies.items()}
    named = {"-".join(one.split()): name for name, several in searched.items() for one in several}
    alike = get_close_matches(asked, bodies, MOST, _ALIKE)
    alike += [named[one] for one in get_close_matches(asked, named, MOST, _ALIKE)]
    having = [
        name
        for name, several in searched.items()
        if words and words <= set(" ".join((name, *several)).replace("-", " ").split())
    ]
    return list(dict.fromkeys([*alike, *having]))[:MOST]


def unknown_report(given: str, references: Sequence[str]) -> str:
    """Return the refusal of a report that is not recorded, with the references near it."""
    return _with_near(f"No report “{given}” is recorded", given, references)


def unknown_type(given: str, topic: str, types: Sequence[str]) -> str:
    """Return the refusal of an unknown type of event, with the types near it, as `topic`."""
    return _with_near(f"No event is of type “{given}”", topic, types)


def unknown_name(given: str, names: Sequence[str]) -> str:
    """Return the refusal of an unknown name in an address, with the name near it and all that it
    takes."""
    said = f"“{given}” is not asked here"
    if not names:
        return f"{said}: this address takes nothing after its question mark."
    alike = get_close_matches(re.sub(r"[\s-]+", "_", given.lower()), names, 1, _ALIKE)
    meant = f": did you mean {alike[0]}?" if alike else "."
    taken = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
    return f"{said}{meant} This address takes {taken}."


def _with_near(said: str, given: str, names: Sequence[str]) -> str:
    asked = "-".join(given.lower().split())
    alike = get_close_matches(asked, names, MOST, _ALIKE)
    having = [one for one in names if asked and asked in one]
    near = list(dict.fromkeys([*alike, *having]))[:MOST]
    return f"{said}. Near it: {', '.join(near)}." if near else f"{said}."
