"""A mapping proposed for a register by the names of its columns and by the words in them. A person
confirms whatever is not sure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ledger.intake.registers.mapping import (
    KINDS,
    MEANINGS,
    STATUSES,
    USUAL_KINDS,
    RegisterMapping,
)
from ledger.intake.sheets.cells import Book, Broken, UnreadableSheet
from ledger.intake.sheets.fields import Header, header_of, plain_name, shown

_NAMES: Mapping[str, Sequence[str]] = {
    "publisher_number": (
        "publisher number", "unique reference", "unique id", "reference number", "urn", "ref",
        "reference", "id", "recommendation id", "hmicfrs id", "hmicfrs reference", "our ref",
    ),
    "title": (
        "title", "report title", "report", "report name", "inspection", "inspection title",
        "inquiry", "inquiry name", "publication",
    ),
    "published_on": (
        "published on", "publication date", "date published", "date of publication", "published",
        "report date", "date of report", "report published",
    ),
    "publisher": ("publisher", "inspectorate", "published by", "source", "organisation"),
    "addressee": (
        "addressee", "addressed to", "force", "force name", "police force", "recipient", "body",
        "department", "lead department", "responsible body", "owner", "addressees",
    ),
    "kind": (
        "kind", "type", "recommendation type", "rec or afi", "category", "cause for concern type",
    ),
    "number": (
        "number", "recommendation number", "rec no", "rec number", "no", "recommendation no",
        "rec", "paragraph",
    ),
    "text": (
        "text", "recommendation text", "recommendation", "wording", "full text", "description",
        "detail", "recommendation wording",
    ),
    "target": ("target", "deadline", "target date", "due", "due date", "due by", "by when"),
    "theme": ("theme", "themes", "topic", "subject", "area", "question", "tags"),
    "level": ("level", "national or local", "scope"),
    "status": ("status", "current status", "progress status", "state", "position", "rag"),
    "status_on": (
        "status on", "status date", "date of status", "status changed", "last updated", "updated",
        "date closed", "closed on", "date of change",
    ),
    "history": ("history", "status history", "earlier statuses", "previous statuses"),
    "comment": (
        "comment", "comments", "remarks", "notes", "note", "update", "progress", "latest update",
    ),
    "comment_by": ("comment by", "commented by", "comment from"),
    "response_on": ("response on", "response published", "response date", "date of response"),
    "response_url": ("response url", "response link", "response address", "link to response"),
    "looked_on": ("looked on", "looked for on", "date looked", "checked on", "last checked"),
    "looked_where": ("looked where", "looked at", "where looked", "checked at", "where checked"),
}  # fmt: skip
"""Names that columns have in registers, by key."""
_VAGUE = frozenset(
    {"id", "reference", "ref", "report", "source", "body", "type", "category", "no", "rec", "area",
     "scope", "state", "position", "rag", "updated", "update", "progress", "description", "detail",
     "due", "question", "tags", "published", "subject", "owner", "last updated", "organisation",
     "department", "recommendation", "paragraph", "date closed", "closed on", "publication"}
)  # fmt: skip
"""Names that may mean something else: a person looks at them."""
_MEANT: Mapping[str, str] = {
    **{plain_name(word): meaning for word, meaning in STATUSES.items()},
    **{plain_name(word): word for word in MEANINGS},
    "completed": "complete",
    "closed": "complete",
    "implemented": "complete",
    "in progress": "being_progressed",
    "ongoing": "being_progressed",
    "open": "being_progressed",
    "submitted for review": "awaiting_review",
    "pending review": "awaiting_review",
    "re-opened": "reopened",
    "not accepted": "refused",
    "not started": "nothing",
}
"""Meanings proposed for words of statuses; only the usual ones are sure."""
_KINDS_MEANT: Mapping[str, str] = {
    **{plain_name(word): kind for word, kind in USUAL_KINDS.items()},
    **{plain_name(word): word for word in KINDS},
    "afi": "afi",
    "areas for improvement": "afi",
    "rec": "recommendation",
    "coc": "cause_of_concern",
    "causes of concern": "cause_of_concern",
    "acoc": "accelerated_cause_of_concern",
}
MOST_WORDS = 60
"""A column with more different words than this is no list of statuses or kinds."""
_LONGEST_WORD = 80


@dataclass(frozen=True, slots=True)
class Guess:
    """Something of a register, and what it may be. `meaning` is empty where nothing is proposed."""

    name: str
    meaning: str
    is_sure: bool
    examples: tuple[str, ...] = ()
    count: int = 0


def propose_columns(book: Book, before: RegisterMapping) -> list[Guess]:
    """Return what the columns of a file are, in their order: by a mapping that was given, or else
    by their names. Raise UnreadableSheet if the file has no columns."""
    header = main_header(book, tuple(before.columns.values()))
    given = {plain_name(name): key for key, name in before.columns.items()}
    found: dict[int, tuple[str, bool]] = {}
    taken: set[str] = set()
    for at, name in header.names.items():
        key, is_sure = (given.get(plain_name(name), ""), True) if given else _key_of(name)
        found[at] = ("", False) if key in taken else (key, is_sure)
        taken.add(key)
    for at in header.names:
        if not (given or found[at][0]) and (key := _key_of_words(header, at)) not in taken:
            found[at] = key, False
            taken.add(key)
    return [Guess(name, *found[at], _examples(header, at)) for at, name in header.names.items()]


def propose_words(book: Book, before: RegisterMapping, key: str, name: str) -> list[Guess]:
    """Return what the words of a column mean, the most frequent first: of its statuses or kinds, as
    its key says."""
    header = main_header(book, (name,))
    at = header.column(name)
    if at is None:
        return []
    if key == "status":
        return _words(header, at, before.statuses, _MEANT, STATUSES)
    return _words(header, at, before.kinds, _KINDS_MEANT, _KINDS_MEANT)


def main_header(book: Book, names: Sequence[str]) -> Header:
    """Return the header of the sheet that has most rows."""
    sheets = [sheet for sheet in book.sheets if sheet.rows]
    if not sheets:
        raise UnreadableSheet(f"{book.file} has no row with something in it.")
    header = header_of(max(sheets, key=lambda sheet: len(sheet.rows)), names)
    if not header.below:
        raise UnreadableSheet(f"{book.file}: there is no row below a header.")
    return header


def _key_of(name: str) -> tuple[str, bool]:
    """Return the key that a column's name stands for, and whether that is sure."""
    bare = plain_name(name).replace(".", "").replace(":", "").strip()
    for key, names in _NAMES.items():
        if bare == plain_name(key) or bare in names:
            return key, bare not in _VAGUE
    near = [
        (len(one), key)
        for key, names in _NAMES.items()
        for one in names
        if f" {one} " in f" {bare} "
    ]
    return (max(near)[1], False) if near else ("", False)


def _key_of_words(header: Header, at: int) -> str:
    """Return the key of a column of which most different words are those of statuses or kinds."""
    cells = (row.cells.get(at) for row in header.below)
    words = {plain_name(one) for one in cells if isinstance(one, str)}
    for key, meant in (("kind", _KINDS_MEANT), ("status", _MEANT)):
        if 2 * len(words & {*meant}) > len(words):
            return key
    return ""


def _examples(header: Header, at: int) -> tuple[str, ...]:
    """Return the first different values of a column, shortly."""
    found: dict[str, None] = {}
    for row in header.below:
        value = row.cells.get(at)
        if value is not None and not isinstance(value, Broken):
            found[" ".join(shown(value).split())[:60]] = None
        if len(found) == 2:
            break
    return tuple(found)


def _words(
    header: Header,
    at: int,
    before: Mapping[str, str],
    meant: Mapping[str, str],
    sure: Mapping[str, str],
) -> list[Guess]:
    """Return the words of a column, each with what it may mean."""
    cells = (row.cells.get(at) for row in header.below)
    words = Counter(" ".join(one.split()) for one in cells if isinstance(one, str))
    usual = {plain_name(word) for word in sure}
    return [
        Guess(
            word[:_LONGEST_WORD],
            before.get(plain_name(word)) or meant.get(plain_name(word), ""),
            plain_name(word) in before or plain_name(word) in usual,
            count=times,
        )
        for word, times in words.most_common(MOST_WORDS)
    ]
