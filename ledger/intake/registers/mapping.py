"""A mapping: which column of a register is what, and what its words mean. It is kept as a TOML
file, so that the next export is read in the same way."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from ledger.errors import AnswerableError
from ledger.events.recommendation import Kind
from ledger.events.report import REPORT_KINDS

Meaning = Literal[
    "complete",
    "no_longer_relevant",
    "superseded",
    "withdrawn",
    "refused",
    "reopened",
    "awaiting_review",
    "being_progressed",
    "nothing",
]
MEANINGS: dict[Meaning, str] = {
    "complete": "closed by the publisher: it is done",
    "no_longer_relevant": "closed by the publisher: it is no longer relevant",
    "superseded": "another recommendation took its place, and it is not known which",
    "withdrawn": "withdrawn by the publisher",
    "refused": "the publisher refused to close it",
    "reopened": "opened again by the publisher",
    "awaiting_review": "the body says that it is complete, and the publisher has not said so",
    "being_progressed": "an update, which claims nothing",
    "nothing": "no act: nothing is recorded of this status",
}
"""The meanings that a status can have, and what is recorded of each."""
KEYS = {
    "publisher_number": "the publisher's own number, by which the next export finds its row",
    "title": "the report's title",
    "published_on": "the day on which the report was published",
    "publisher": "who published the report",
    "addressee": "to whom the recommendation is addressed",
    "kind": "what it is: a recommendation, an area for improvement, a cause of concern",
    "number": "its number in the report",
    "text": "its words",
    "target": "when it is to be done",
    "theme": "its theme, in the publisher's words",
    "level": "its level, in the publisher's words",
    "status": "how it stands",
    "status_on": "the day since which it stands so",
    "history": "earlier statuses, each with its day: 1 May 2023: Being progressed; 2 June 2024: …",
    "comment": "words about how it stands",
    "response_on": "the day on which the response to the report was published",
    "response_url": "the address of that response",
    "looked_on": "the day on which somebody looked for the response and did not find it",
    "looked_where": "where they looked, in words or as an address",
}
"""The keys of columns, each with what the column holds."""
GIVEN = {
    "publisher": "who published the reports",
    "report_kind": "what kind of report they are",
    "title": "the one report's title",
    "published_on": "the day on which the one report was published",
    "addressee": "to whom all of it is addressed",
}
"""The keys that a mapping gives once for all rows, where no column says them."""
KINDS = get_args(Kind)
STATUSES: dict[str, Meaning] = {
    "Complete": "complete",
    "Being progressed": "being_progressed",
    "Awaiting review": "awaiting_review",
    "Reopened": "reopened",
    "Superseded": "superseded",
    "No longer relevant": "no_longer_relevant",
}
"""The usual words for statuses."""
USUAL_KINDS = {
    "Recommendation": "recommendation",
    "Area for improvement": "afi",
    "Cause of concern": "cause_of_concern",
    "Accelerated cause of concern": "accelerated_cause_of_concern",
}
"""The usual words for kinds."""
_TABLES = ("statuses", "kinds", "bodies", "reports", "duties", "given")
MOST_BYTES = 1_000_000


class BadMapping(AnswerableError):
    """The mapping cannot be used. The sentence names what is wrong with it, and what to write."""


@dataclass(frozen=True)
class RegisterMapping:
    """Which column is what, by its key; and what words mean, as they are compared (`plain`)."""

    columns: dict[str, str] = field(default_factory=dict)
    statuses: dict[str, Meaning] = field(default_factory=dict)
    kinds: dict[str, Kind] = field(default_factory=dict)
    bodies: dict[str, str] = field(default_factory=dict)
    """Ids of bodies, by the names that the register has for them."""
    reports: dict[str, str] = field(default_factory=dict)
    """By title: the reference of the recorded report that it is, or `new`."""
    duties: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """By title: the bodies that must respond, where a person said so."""
    given: dict[str, str] = field(default_factory=dict)


def plain(words: str) -> str:
    """Return words as they are compared: single spaces, no `_`, lower case."""
    return " ".join(words.replace("_", " ").split()).casefold()


def read_mapping(path: Path) -> RegisterMapping:
    """Return the mapping of a file. Raise BadMapping if it is none."""
    with path.open("rb") as file:
        raw = file.read(MOST_BYTES + 1)
    return mapping_of(raw, path.name)


def mapping_of(raw: bytes, name: str) -> RegisterMapping:
    """Return the mapping that the bytes of a file say. Raise BadMapping if they say none."""
    if len(raw) > MOST_BYTES:
        raise BadMapping(f"{name} is larger than {MOST_BYTES:,} bytes, which no mapping is.")
    try:
        said = tomllib.loads(raw.decode("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadMapping(f"{name} is no TOML file in UTF-8: {error}.") from None
    tables = {one: _table(name, one, said.pop(one, {})) for one in _TABLES}
    columns = dict(_words(name, "", said))
    _known(name, "", columns, KEYS)
    given = dict(_words(name, "given", tables["given"]))
    _known(name, "given", given, GIVEN)
    if (kind := given.get("report_kind")) is not None:
        given["report_kind"] = _listed(name, "given.report_kind", kind, REPORT_KINDS)
    return RegisterMapping(
        columns=columns,
        statuses=_meanings(name, "statuses", tables["statuses"], tuple(MEANINGS)),
        kinds=_meanings(name, "kinds", tables["kinds"], KINDS),
        bodies={plain(one): body for one, body in _words(name, "bodies", tables["bodies"])},
        reports={plain(one): said for one, said in _words(name, "reports", tables["reports"])},
        duties={plain(one): _each(name, one, said) for one, said in tables["duties"].items()},
        given=given,
    )


def _table(name: str, table: str, said: Any) -> dict[str, Any]:
    if not isinstance(said, dict):
        raise BadMapping(f"{name}: `{table}` is a table: write [{table}], and its lines below it.")
    return said


def _words(name: str, table: str, said: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the lines of a table that say something. Raise BadMapping for what is no text."""
    for key, value in said.items():
        if not isinstance(value, str):
            where = f"[{table}] {key}" if table else key
            raise BadMapping(f"{name}: `{where}` is no text: write it in quotation marks.")
        if value.strip():
            yield key, value.strip()


def _each(name: str, title: str, said: Any) -> tuple[str, ...]:
    several = [said] if isinstance(said, str) else said
    if not isinstance(several, list) or not all(isinstance(one, str) for one in several):
        raise BadMapping(f"{name}: [duties] “{title}” is no list of bodies: write their ids.")
    return tuple(one.strip() for one in several if one.strip())


def _known(name: str, table: str, said: Mapping[str, str], known: Mapping[str, str]) -> None:
    for key in said:
        if key not in known:
            where = f"[{table}] {key}" if table else key
            raise BadMapping(f"{name}: there is no key `{where}`; there are {', '.join(known)}.")


def _meanings(name: str, table: str, said: Mapping[str, Any], known: tuple[Any, ...]) -> Any:
    return {
        plain(word): _listed(name, f"[{table}] {word}", meaning, known)
        for word, meaning in _words(name, table, said)
    }


def _listed(name: str, where: str, word: str, known: tuple[str, ...]) -> str:
    """Return the listed word that a word is, however it is spelt."""
    found = next((one for one in known if plain(one) == plain(word)), None)
    if found is None:
        raise BadMapping(f"{name}: `{where}` is “{word[:60]}”, and none of {', '.join(known)}.")
    return found


def written(mapping: RegisterMapping) -> str:
    """Return a mapping as the text of its file, with what each key means."""
    lines = [
        "# Which column of the register is what. A key without a column is left out.",
        *(_line(key, mapping.columns.get(key, ""), says) for key, says in KEYS.items()),
        "",
        "[statuses]",
        "# What its words for statuses mean. A word that is not here is listed, and not recorded.",
        *(f"#   {meaning}: {says}" for meaning, says in MEANINGS.items()),
        *(_line(word, meaning) for word, meaning in mapping.statuses.items()),
        "",
        "[kinds]",
        f"# What its words for kinds mean: {', '.join(KINDS)}.",
        *(_line(word, kind) for word, kind in mapping.kinds.items()),
        "",
        "[bodies]",
        "# Its names for bodies that the register of bodies does not have, each with the id.",
        *(_line(word, body) for word, body in mapping.bodies.items()),
        "",
        "[reports]",
        "# Titles of reports that look like recorded ones: the reference of the recorded, or new.",
        *(_line(title, reference) for title, reference in mapping.reports.items()),
        "",
        "[duties]",
        "# Titles of reports of which a rule asks something first: the bodies that must respond.",
        *(
            f"{_quoted(title)} = [{', '.join(map(_quoted, bodies))}]"
            for title, bodies in mapping.duties.items()
        ),
        "",
        "[given]",
        "# What no column says, once for all rows.",
        *(_line(key, mapping.given.get(key, ""), says) for key, says in GIVEN.items()),
    ]
    return "\n".join(lines) + "\n"


def _line(key: str, value: str, says: str = "") -> str:
    name = key if key.replace("_", "").isascii() and key.replace("_", "").isalnum() else None
    said = f"{name or _quoted(key)} = {_quoted(value)}"
    return f"{said}  # {says}" if says else said


def _quoted(words: str) -> str:
    """Return words as a string of TOML."""
    plainly = words.replace("\\", "\\\\").replace('"', '\\"')
    return (
        '"' + "".join(one if one.isprintable() else f"\\U{ord(one):08X}" for one in plainly) + '"'
    )


def template() -> str:
    """Return a mapping to fill in: every key, with the usual words."""
    names = {key: key.replace("_", " ").capitalize() for key in KEYS}
    usual = RegisterMapping(
        columns=names,
        statuses=STATUSES,
        kinds=USUAL_KINDS,  # type: ignore[arg-type]  # the kinds as words
        given={"publisher": "hmicfrs", "report_kind": "other"},
    )
    return written(usual)
