"""Extract the sentences of the pages, merge them into api/reading/welsh/cy.po and compile it:
python -m tests.welsh"""

import ast
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO

from babel.messages import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from jinja2.ext import babel_extract

import api.app  # noqa: F401  # every table of words is made
from api.reading.language import CATALOGUE
from api.reading.words import NOUNS
from projections.language import TABLES

READING = CATALOGUE.parents[1]
PROJECTIONS = READING.parents[1] / "projections"
SOURCE = CATALOGUE.with_suffix(".po")
REVIEW = "for review by a Welsh speaker"
FORMS = "nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n==3 ? 3 : n==6 ? 4 : 5)"
"""The plural forms of Welsh by CLDR."""
HEAD = "# The Welsh of the pages. It is written by hand; python -m tests.welsh adds what is new."
KEYWORDS = {"say": None, "say_many": (1, 2)}
_TEMPLATES = {"trim_blocks": "true", "lstrip_blocks": "true"}
Message = str | tuple[str, str]


def messages() -> Iterator[tuple[Message, str]]:
    """Yield each sentence, or a singular with its plural, and the file that says it."""
    for room in (READING, PROJECTIONS):
        for file in sorted(room.rglob("*.py")):
            for message in _calls(ast.parse(file.read_text())):
                yield message, str(file.relative_to(room))
    for file in sorted(READING.rglob("*.html")):
        with file.open("rb") as opened:
            for _, _, found, _ in babel_extract(opened, tuple(KEYWORDS), [], _TEMPLATES):
                said = [one for one in (found if isinstance(found, tuple) else (found,)) if one]
                yield (
                    (said[0] if len(said) == 1 else (said[0], said[1])),
                    str(file.relative_to(READING)),
                )
    for table in TABLES:
        for words in table.english.values():
            for message in (words,) if isinstance(words, str) else words:
                yield message, "tables"
    for pair in NOUNS.items():
        yield pair, "nouns"


def _calls(module: ast.Module) -> Iterator[Message]:
    """Yield the sentences of a module, also those inside an f-string. A sentence that is worked
    out stands in a table of words."""
    for call in ast.walk(module):
        match call:
            case ast.Call(ast.Name("say"), [ast.Constant(str() as said), *_]):
                yield said
            case ast.Call(
                ast.Name("say_many"), [ast.Constant(str() as one), ast.Constant(str() as many), *_]
            ):
                yield one, many
            case _:
                pass


def template() -> Catalog:
    """Return every sentence, without its Welsh."""
    made = Catalog(charset="utf-8")
    for message, file in messages():
        if message:
            made.add(message, locations=[(file, 1)])
    return made


def source() -> Catalog:
    """Return the Welsh sentences as they are written down."""
    with SOURCE.open("rb") as file:
        return read_po(file, locale="cy")


def merged() -> Catalog:
    """Return the Welsh sentences, with those that are new, and without those that are gone."""
    catalogue = source()
    catalogue.update(template(), no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    for one in catalogue:
        one.user_comments = [REVIEW] if one.id else []
    return catalogue


def written(catalogue: Catalog) -> bytes:
    """Return the source of a catalogue."""
    buffer = BytesIO()
    write_po(
        buffer, catalogue, width=100, omit_header=True, include_lineno=False, sort_by_file=True
    )
    head = f'{HEAD}\nmsgid ""\nmsgstr ""\n"Language: cy\\n"\n'
    head += f'"Content-Type: text/plain; charset=utf-8\\n"\n"Plural-Forms: {FORMS};\\n"\n\n'
    return head.encode() + buffer.getvalue()


def compiled(catalogue: Catalog) -> bytes:
    """Return a catalogue as gettext reads it."""
    catalogue.creation_date = catalogue.revision_date = datetime(2026, 11, 30, tzinfo=UTC)
    buffer = BytesIO()
    write_mo(buffer, catalogue)
    return buffer.getvalue()


def missing(catalogue: Catalog) -> list[str]:
    """Return the sentences that have no Welsh, or not all of its forms."""
    return [
        str(one.id)
        for one in catalogue
        if one.id and not all(one.string if isinstance(one.string, tuple) else (one.string,))
    ]


if __name__ == "__main__":
    whole = merged()
    SOURCE.write_bytes(written(whole))
    CATALOGUE.write_bytes(compiled(source()))
    if left := missing(source()):
        sys.exit("\n".join(["These have no Welsh yet:", *left]))
