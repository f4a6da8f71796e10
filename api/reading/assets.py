"""The files that pages load, and the stylesheet of a printed sheet."""

import gzip
import hashlib
import re
from functools import cache
from http import HTTPStatus
from pathlib import Path

from flask import Response, abort, request, url_for

from api.reading.page import blueprint
from api.requests import current
from projections.language import say

_FILES = Path(__file__).parent / "static"
_TYPES = {".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}
FOR_A_YEAR = "public, max-age=31536000, immutable"
_LONGEST = 600
"""At most so many characters of an address are printed."""


@blueprint.get("/assets/<path:filename>")
def asset(filename: str) -> Response:
    """Return a file of the pages. It is cached for a year if its address has its version; otherwise
    it is revalidated each time."""
    if filename not in _assetnames_of():
        abort(HTTPStatus.NOT_FOUND)
    plain, version, packed = _read_asset(filename)
    answer = Response(plain, content_type=_TYPES[Path(filename).suffix])
    if request.accept_encodings["gzip"]:
        answer.data = packed
        answer.content_encoding = "gzip"
    answer.vary.add("Accept-Encoding")
    answer.headers["Cache-Control"] = FOR_A_YEAR if request.args.get("v") == version else "no-cache"
    return answer


def asset_address(name: str) -> str:
    """Return the address of a file of the pages, which both languages share. It changes when the
    file does."""
    address = url_for("pages.asset", filename=name, v=_read_asset(name)[1])
    return address.removeprefix(request.script_root)


@cache
def _assetnames_of() -> frozenset[str]:
    return frozenset(one.name for one in _FILES.iterdir())


@cache
def _read_asset(name: str) -> tuple[bytes, str, bytes]:
    """Return a file, the version that its address has, and the file compressed."""
    plain = (_FILES / name).read_bytes()
    return plain, hashlib.sha256(plain).hexdigest()[:12], gzip.compress(plain, mtime=0)


@blueprint.get("/print.css")
def page_box() -> Response:
    """Return the stylesheet for the margins of a printed sheet (CSS Paged Media, margin boxes).
    They show the page's address with its position and day, and the number of the sheet. They also
    say whether the log is synthetic."""
    pinned = request.args.get("of", "")
    said = _css_string(f"{current.settings().address}{pinned}"[:_LONGEST])
    page, of = _css_string(f"{say('page')} "), _css_string(f" {say('of')} ")
    answer = Response(
        "@page { margin: 16mm 15mm 18mm;"
        f" @bottom-left {{ content: {said}; font: 7.5pt sans-serif; width: 80%;"
        " letter-spacing: .1pt; }"  # an address that is copied must hold no ligature
        f" @bottom-right {{ content: {page} counter(page) {of}"
        " counter(pages); font: 7.5pt sans-serif; }"
        + (_made_up() if current.synthetic() else "")
        + " }"
        " body { font-variant-ligatures: none; }\n",
        content_type=_TYPES[".css"],
    )
    answer.headers["Cache-Control"] = FOR_A_YEAR
    return answer


def _made_up() -> str:
    said = _css_string(say("Made up: nothing on this sheet happened"))
    return f" @top-center {{ content: {said}; font: bold 9pt sans-serif; }}"


def _css_string(text: str) -> str:
    """Return a string of CSS (Syntax Module, section 4.3.7) that no character of the text can
    end."""
    return '"' + re.sub(r"[^A-Za-z0-9 ._~:/?&=,-]", lambda ch: f"\\{ord(ch[0]):06x}", text) + '"'
