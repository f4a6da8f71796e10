"""A mapping: which column of a register is what, and what its words mean. It is kept as a TOML
file, so that the next export is read in the same way."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

import msgspec

from ledger.date_phrases import DateProblem, read_date
from ledger.errors import AnswerableError
from ledger.events.recommendation import Kind
from ledger.events.report import REPORT_KINDS, ReportKind
from ledger.intake.sheets.cells import Place
from ledger.intake.sheets.fields import plain_name
from ledger.intake.sheets.layout import Column, TargetRead, columns_of

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
    "superseded": "superseded by another, and it is not known which",
    "withdrawn": "withdrawn by the publisher",
    "refused": "the publisher refused to close it",
    "reopened": "opened again by the publisher",
    "awaiting_review": "complete by the body's word; the publisher has not said so",
    "being_progressed": "an update, which claims nothing",
    "nothing": "nothing is recorded of this status",
}
"""The meanings that a status can have, and what is recorded of each."""


@dataclass(frozen=True, slots=True)
class StatusRead:
    """A status in the register's word, with its meaning and its day, as far as known."""

    word: str
    meaning: Meaning
    on: str | None


# fmt: off
@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterRow:
    """A row of a register, with None or nothing for empty cells. Its columns are the keys of a
    mapping; without what the first eight say, it cannot be known."""

    place: Place
    publisher_number: Annotated[str | None, Column("publisher number",
        "the publisher's own number, by which the next export finds its row")]
    title: Annotated[str | None, Column("title", "the report's title")]
    published_on: Annotated[str | None, Column("published on",
        "the day on which the report was published", "date")]
    publishers: Annotated[tuple[str, ...],
        Column("publisher", "who published the report", "listed")]
    addressees: Annotated[tuple[str, ...],
        Column("addressee", "to whom the recommendation is addressed", "listed")]
    kind: Annotated[Kind | None, Column("kind",
        "its kind: a recommendation, an area for improvement, a cause of concern")]
    number: Annotated[str | None, Column("number", "its number in the report", "number")]
    text: Annotated[str | None, Column("text", "its words", "text")]
    target: Annotated[TargetRead | None, Column("target", "when it is to be done", "when")]
    theme: Annotated[str | None, Column("theme", "its theme, in the publisher's words")]
    level: Annotated[str | None, Column("level", "its level, in the publisher's words")]
    status: Annotated[str | None, Column("status", "how it stands")]
    status_on: Annotated[str | None,
        Column("status on", "the day since which it stands so", "date")]
    history: Annotated[str | None, Column("history", "earlier statuses, each with its day: "
        "1 May 2023: Being progressed; 2 June 2024: …", "text")]
    comment: Annotated[str | None, Column("comment", "words about how it stands", "text")]
    comment_by: Annotated[str | None, Column("comment by",
        "whose words the comment is: publisher, addressee, or a body by its name")]
    response_on: Annotated[str | None, Column("response on",
        "the day on which the response to the report was published", "date")]
    response_url: Annotated[str | None,
        Column("response url", "the address of that response", "url")]
    looked_on: Annotated[str | None, Column("looked on",
        "the day on which somebody looked for the response and did not find it", "date")]
    looked_where: Annotated[str | None, Column("looked where",
        "where they looked for it, in words or as an address", "text")]
    statuses: tuple[StatusRead, ...] = ()
    """In the order of the register: earlier ones of its history first."""
# fmt: on


COLUMNS = columns_of(RegisterRow)
KEYS = {column.name.replace(" ", "_"): column.says for column, *_ in COLUMNS.values()}
"""The keys of columns, each with what the column holds: shortly, then more after a mark."""
GIVEN = {
    "publisher": "who published the reports",
    "report_kind": "what kind of report they are",
    "title": "the one report's title",
    "published_on": "the day on which the one report was published",
    "addressee": "to whom all of it is addressed",
    "comment_by": "whose words the comments are: publisher, addressee, or a body by its name",
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
MOST_BYTES = 1_000_000


class BadMapping(AnswerableError):
    """The mapping cannot be used. The sentence names what is wrong with it, and what to write."""


@dataclass(frozen=True)
class RegisterMapping:
    """Which column is what, by its key; and what words mean, as compared by `plain_name`."""

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


def read_mapping(path: Path) -> RegisterMapping:
    """Return the mapping of a file. Raise BadMapping if it is none."""
    with path.open("rb") as file:
        raw = file.read(MOST_BYTES + 1)
    return mapping_of(raw, path.name)


_Given = msgspec.defstruct(
    "_Given",
    [(key, ReportKind if key == "report_kind" else str, msgspec.UNSET) for key in GIVEN],
    forbid_unknown_fields=True,
)
_TABLES: dict[str, Any] = {
    "statuses": dict[str, Meaning],
    "kinds": dict[str, Kind],
    "bodies": dict[str, str],
    "reports": dict[str, str],
    "duties": dict[str, str | list[str]],
    "given": _Given,
}
_File = msgspec.defstruct(
    "_File",
    [
        *((key, str, "") for key in KEYS),
        *((table, of, msgspec.field(default_factory=dict)) for table, of in _TABLES.items()),
    ],
    forbid_unknown_fields=True,
)
"""The file of a mapping: the names of columns, then the tables."""
_LISTED = {"statuses": tuple(MEANINGS), "kinds": KINDS, "given": REPORT_KINDS}
"""The words that the lines of a table may say."""


def mapping_of(raw: bytes, name: str) -> RegisterMapping:
    """Return the mapping that the bytes of a file say. Raise BadMapping if they say none."""
    if len(raw) > MOST_BYTES:
        raise BadMapping(f"{name} is larger than {MOST_BYTES:,} bytes, which no mapping is.")
    try:
        text = raw.decode("utf-8-sig")
        said = {key: _as_spelt(key, value) for key, value in tomllib.loads(text).items()}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadMapping(f"{name} is no TOML file in UTF-8: {error}.") from None
    try:
        file: Any = msgspec.convert(said, _File)
    except msgspec.ValidationError:
        raise _mistake(text, name, said) from None
    tables = {one: msgspec.to_builtins(getattr(file, one)) for one in _TABLES}
    known = {one: {plain_name(word): to for word, to in tables[one].items()} for one in tables}
    duties = {
        title: (bodies,) if isinstance(bodies, str) else tuple(bodies)
        for title, bodies in known.pop("duties").items()
    }
    if (day := tables["given"].get("published_on")) is not None:
        read = read_date(day)
        if isinstance(read, DateProblem) or read.on is None:
            raise BadMapping(f"{name}: `[given] published_on` is “{day[:60]}”: write 16 May 2025.")
        tables["given"]["published_on"] = read.on
    columns = {key: said[key].strip() for key in said if key in KEYS and said[key].strip()}
    return RegisterMapping(**{**known, "given": tables["given"]}, columns=columns, duties=duties)


def _as_spelt(table: str, said: Any) -> Any:
    """Return a table of a file without the lines that say nothing, and its listed words as we spell
    them."""
    if not isinstance(said, dict):
        return said
    found = {}
    for key, value in said.items():
        if isinstance(value, str):
            value = value.strip()
            if table in ("statuses", "kinds") or key == "report_kind":
                value = plain_name(value).replace(" ", "_")
        if value:
            found[key] = value
    return found


def _mistake(text: str, name: str, said: Mapping[str, Any]) -> BadMapping:
    """Return the refusal of the first line that does not fit: the line, its key, and what to
    write."""
    for table, value in said.items():
        inside = table in _TABLES and isinstance(value, dict)
        for key, one in value.items() if inside else [("", value)]:
            try:
                msgspec.convert({table: {key: one} if inside else one}, _File)
            except msgspec.ValidationError:
                begins = re.search(rf"^\s*\[\s*{table}\s*\]", text, re.MULTILINE) if key else None
                line = re.compile(rf"^\s*[\"']?{re.escape(key or table)}[\"']?\s*=", re.MULTILINE)
                there = line.search(text, begins.end() if begins else 0)
                at = f"{name}, line {text.count(chr(10), 0, there.end()) + 1}" if there else name
                return BadMapping(f"{at}: {_what_to_write(table, key, one)}")
    raise AssertionError("each line fits, but not all of them")


def _what_to_write(table: str, key: str, said: Any) -> str:
    where = f"[{table}] {key}" if key else table
    known = GIVEN if table == "given" else KEYS
    if table in _TABLES and not key:
        return f"`{table}` is a table: write [{table}], and its lines below it."
    if (key or table) not in known and table in ("given", where):
        return f"there is no key `{where}`; there are {', '.join(known)}."
    if table == "duties":
        return f"[duties] “{key}” is no list of bodies: write their ids."
    if isinstance(said, str):
        return f"`{where}` is “{said[:60]}”, and none of {', '.join(_LISTED[table])}."
    return f"`{where}` is no text: write it in quotation marks."


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
