"""The language of a page: English, or Welsh below `/cy`.

A route is declared once. Below `/cy` its path is the application's root, so that every address of
`url_for` stays there. The sentences of pages are looked up where they are shown; the English
sentence is its own key. JSON, files, feeds and the log are English and have no address below `/cy`.
"""

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from functools import cache
from gettext import GNUTranslations
from pathlib import Path
from typing import TYPE_CHECKING

from flask import Response, g, request
from markupsafe import Markup

from api.reading.texts import isolated
from api.requests.parsing import of_machines
from projections.language import say, say_noun, saying, speak, spoken, written

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


def in_template(message: str, **values: object) -> Markup:
    """Return a sentence for a template. It may have elements; its values are escaped and
    isolated."""
    return _filled(say(message), values)


def many_in_template(one: str, many: str, number: int, **values: object) -> Markup:
    """Return the form of a sentence that fits a number, for a template."""
    return _filled(say_noun(one, many, number), {"number": number, **values})


def _filled(said: str, values: Mapping[str, object]) -> Markup:
    sentence = Markup(said)  # noqa: S704  # ours, and not others' words
    if not values:
        return sentence
    return sentence % {name: isolated(value) for name, value in written(values).items()}


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
        speak(_welsh() if welsh else None)
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
    speak(None)


def named(answer: Response) -> Response:
    """Name the language of a page in its headers."""
    if answer.mimetype == "text/html":
        answer.headers["Content-Language"] = of_frame()
    return answer


def speaking(language: str) -> AbstractContextManager[None]:
    """Render in a language, whatever the page's is."""
    return saying(_welsh() if language == "cy" else None)


def in_frame(caller: Callable[[], Markup]) -> Markup:
    """Render a part of the frame, which is Welsh below `/cy` around English content too."""
    with speaking(of_frame()):
        return caller()
