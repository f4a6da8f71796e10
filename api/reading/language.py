"""The language of a page: English, or Welsh below `/cy`.

A route is declared once. Below `/cy` its path is the application's root, so that every address of
`url_for` stays there. The sentences of pages are looked up where they are shown; the English
sentence is its own key. JSON, files, feeds and the log are English and have no address below `/cy`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from gettext import GNUTranslations
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

from flask import Response, g, request
from markupsafe import Markup

from api.reading.texts import isolated
from api.requests.parsing import of_machines

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

ROOT = "/cy"
CATALOGUE = Path(__file__).parent / "welsh" / "cy.mo"
"""The compiled sentences. `python -m tests.welsh` writes it from `cy.po` beside it."""
PAGES = frozenset(
    f"pages.{view}"
    for view in (
        "across",
        "body",
        "changes",
        "compliance",
        "find_body",
        "home",
        "late_entries",
        "meeting",
        "meeting_pack",
        "meetings",
        "page_box",
        "recommendation",
        "recommendations",
        "report",
        "reports",
        "response",
        "responses",
        "search",
    )
)
"""The pages whose content is Welsh below `/cy`. The others have a Welsh frame around English."""
_spoken: ContextVar[GNUTranslations | None] = ContextVar("spoken", default=None)
"""The catalogue of what is being rendered; None for English."""
Key = TypeVar("Key", bound=str)
Words = TypeVar("Words", bound=str | tuple[str, str])
TABLES: list["Table[Any, Any]"] = []
"""Every table of listed words, for the catalogue."""


class Table(Mapping[Key, Words]):
    """Listed words, or tuples of them, said in the language of the page when they are read."""

    def __init__(self, words: Mapping[Key, Words]) -> None:
        self.english: Mapping[Key, Words] = words
        TABLES.append(self)

    def __getitem__(self, key: Key) -> Words:
        found = self.english[key]
        return cast(Words, say(found) if isinstance(found, str) else tuple(map(say, found)))

    def __iter__(self) -> Iterator[Key]:
        return iter(self.english)

    def __len__(self) -> int:
        return len(self.english)


def say(message: str, **values: object) -> str:
    """Return a sentence in the language of the page, with its values (`%(day)s`)."""
    found = _spoken.get()
    said = message if found is None else found.gettext(message)
    return said % _written(values) if values else said


def say_many(one: str, many: str, number: int, **values: object) -> str:
    """Return the form of a sentence that fits a number (`%(number)s`), with its values."""
    return say_noun(one, many, number) % _written({"number": number, **values})


def say_noun(one: str, many: str, number: int) -> str:
    """Return the form of a noun that follows a number."""
    found = _spoken.get()
    if found is None:
        return one if number == 1 else many
    return found.ngettext(one, many, number)


def in_template(message: str, **values: object) -> Markup:
    """Return a sentence for a template. It may have elements; its values are escaped and
    isolated."""
    return _filled(say(message), values)


def many_in_template(one: str, many: str, number: int, **values: object) -> Markup:
    """Return the form of a sentence that fits a number, for a template."""
    return _filled(say_noun(one, many, number), {"number": number, **values})


def _written(values: Mapping[str, object]) -> dict[str, object]:
    """Return values with their numbers as pages write them: `1,000`."""
    return {name: f"{one:,}" if isinstance(one, int) else one for name, one in values.items()}


def _filled(said: str, values: Mapping[str, object]) -> Markup:
    sentence = Markup(said)  # noqa: S704  # ours, and not others' words
    if not values:
        return sentence
    return sentence % {name: isolated(value) for name, value in _written(values).items()}


def spoken() -> str:
    """Return the language of what is being rendered: `en` or `cy`."""
    return "en" if _spoken.get() is None else "cy"


def of_frame() -> str:
    """Return the language of this page's frame: its navigation, heading and footer."""
    return "cy" if request.script_root == ROOT else "en"


def below_cy(app: "WSGIApplication") -> "WSGIApplication":
    """Return the application with its pages below `/cy` too, in Welsh."""

    def called(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        inside = path.removeprefix(ROOT) or "/"
        welsh = path.startswith(ROOT) and inside.startswith("/") and not of_machines(inside)
        if welsh:
            environ["SCRIPT_NAME"], environ["PATH_INFO"] = ROOT, inside
        _spoken.set(_welsh() if welsh else None)
        return app(environ, start_response)

    return called


@cache
def _welsh() -> GNUTranslations:
    with CATALOGUE.open("rb") as file:
        return GNUTranslations(file)


def choose() -> None:
    """Keep the content of this request's page English if it isn't translated."""
    if request.endpoint not in PAGES:
        in_english()
    g.lang = spoken()


def in_english() -> None:
    """Keep the content of this request's page English, as refusals are."""
    _spoken.set(None)


def named(answer: Response) -> Response:
    """Name the language of a page in its headers."""
    if answer.mimetype == "text/html":
        answer.headers["Content-Language"] = of_frame()
    return answer


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Render in a language, whatever the page's is."""
    before = _spoken.set(_welsh() if language == "cy" else None)
    try:
        yield
    finally:
        _spoken.reset(before)


def in_frame(caller: Callable[[], Markup]) -> Markup:
    """Render a part of the frame, which is Welsh below `/cy` around English content too."""
    with speaking(of_frame()):
        return caller()
