"""What a site answers at two dates: every page of its lists, and its counts.

Over HTTP or HTTPS, this machine's own address included; redirects are not followed, so that the
site asked is the site compared.
"""

import json
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from datetime import date
from http.client import HTTPException
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from ledger.transparency.replay_answers import Answer, Answers
from ledger.transparency.replay_compliance import GROUPS
from ledger.transparency.replay_log import Refused

AT_ONCE = 500
TIMEOUT = 60
"""Seconds that a site may take for one answer."""

Get = Callable[[str, Mapping[str, str]], Answer]
"""Answers a question: its path, and what is asked."""


def of_the_site(get: Get, known_at: int, on: date, groups: tuple[str, ...] = GROUPS) -> Answers:
    """All that a site says as known at a position and effective on a day.

    Raises:
        Refused: it cannot be asked, or answers otherwise than the contract says.
    """
    pinned = {"known_at": str(known_at), "effective_on": on.isoformat()}
    return Answers(
        _listed(get, "/api/recommendations", pinned),
        _listed(get, "/api/responses", pinned),
        {by: get("/api/compliance", pinned | {"group_by": by}) for by in groups},
    )


def _listed(get: Get, path: str, pinned: Mapping[str, str]) -> dict[str, Answer]:
    found: dict[str, Answer] = {}
    after: dict[str, str] = {}
    while True:
        page = get(path, {**pinned, "limit": str(AT_ONCE), **after})
        for one in page["items"]:
            found[_path(path, one)] = one
        if not page["next"]:
            return found
        after = {"after": page["next"]}


def _path(path: str, one: Answer) -> str:
    """Where one of a list is found, from what it says of itself."""
    names = (
        (one["report"], one["key"], one["addressee"])
        if path.endswith("recommendations")
        else (one["report"], one["body"])
    )
    return "/".join([path, *map(str, names)])


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


def asking(url: str) -> Get:
    """How to ask a site at an address, such as http://127.0.0.1:8000.

    Raises:
        Refused: the address is no http or https address.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Refused(f"“{url}” is no address of a site: give one such as https://log.example.")
    opener = urllib.request.build_opener(_Stay)
    base = url.rstrip("/")

    def get(path: str, asked: Mapping[str, str]) -> Answer:
        where = f"{base}{quote(path)}?{urlencode(asked)}"
        try:
            with opener.open(where, timeout=TIMEOUT) as answer:
                found = json.load(answer)
        except urllib.error.HTTPError as error:
            raise Refused(f"{where} answered {error.code}: {_detail(error)}") from error
        except (OSError, HTTPException, ValueError) as error:
            raise Refused(f"{where} could not be asked: {error}") from error
        if not isinstance(found, dict):
            raise Refused(f"{where} answered no JSON object.")
        return found

    return get


def _detail(error: urllib.error.HTTPError) -> str:
    try:
        return str(json.load(error)["detail"])
    except (ValueError, KeyError, TypeError):
        return error.reason
