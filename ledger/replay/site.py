"""Asking a site for the answers that are compared: over HTTP or HTTPS, this machine's own address
included. Redirects are not followed, so that the site asked is the site compared.
"""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from datetime import date
from http.client import HTTPException
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, Protocol
from urllib.parse import quote, urlencode, urlsplit

from ledger.replay.answers import FILTERS, GROUPS, Answers
from ledger.replay.log import DEEPEST, RESPONSE, Refused, too_deep
from ledger.replay.recommendation import Answer

AT_ONCE = 500
TIMEOUT, IN_ALL = 60, 3_600
"""Seconds that a site may take for one answer, from the first byte asked to the last that comes,
and for all of them."""
MOST, MOST_SAID = 50_000_000, 64_000
"""Bytes of an answer, and of one that says why not."""
MOST_THINGS = 2_000_000
"""Commas and brackets of an answer: one of many small things takes far more room than its bytes."""
LONGEST = 1_000
"""Characters of a path."""
_LONG = 300
"""Characters of what a site says in place of what the log says: no more are shown."""

Get = Callable[[str, Mapping[str, str]], Answer]
"""Answers a question: its path, and what is asked."""


def of_the_site(get: Get, known_at: int, on: date, mine: Answers, most: int) -> Answers:
    """Return a site's answers as known at a position and effective on a day, as far as the log has
    them too. Lists may not be longer than the log, of so many entries at most.

    Raises: Refused: it cannot be asked, or its lists never end, or list a thing twice. LookupError,
    TypeError, ...: it answers in another form than the contract.
    """
    pinned = {"known_at": str(known_at), "effective_on": on.isoformat()}
    return Answers(
        listed(get, "/api/recommendations", pinned, mine.recommendations, most),
        listed(get, "/api/responses", pinned, mine.responses, most),
        {by: get("/api/compliance", pinned | {"group_by": by}) for by in GROUPS},
        listed(get, "/api/reports", pinned, mine.reports, most),
        {
            f"{path}?{name}={value}": set(listed(get, path, pinned | {name: value}, {}, most))
            for path, (name, values) in FILTERS.items()
            for value in values
        },
        graded(get, pinned, mine.grades),
    )


def graded(get: Get, asked: Mapping[str, str], mine: Mapping[str, Answer]) -> dict[str, Answer]:
    """Read the grades of each report that gave some by the log."""
    return {path: like(get(path, asked), said) for path, said in mine.items()}


def listed(
    get: Get, path: str, asked: Mapping[str, str], mine: Mapping[str, Answer], most: int
) -> dict[str, Answer]:
    """Read all pages of a list, each thing by its path, as far as the log has it too. Raise Refused
    if the list has a thing twice, and so may state two things about it, or never ends."""
    found: dict[str, Answer] = {}
    after: dict[str, str] = {}
    while True:
        page = get(path, {**asked, "limit": str(AT_ONCE), **after})
        for one in page["items"]:
            if (name := _path(path, one)) in found:
                raise Refused(f"{path} lists {name} twice: which of both does it show?")
            found[name] = like(one, mine.get(name, {}))
        if not page["next"]:
            return found
        if not page["items"] or len(found) > most:
            raise Refused(f"{path} goes on without end: it lists more than the log has.")
        after = {"after": page["next"]}


def _path(path: str, one: Answer) -> str:
    """Return the path of an item of a list, from its own fields."""
    names = {"recommendations": ("key", "addressee"), "responses": ("body",), "reports": ()}
    kind = path.rpartition("/")[2]
    found = "/".join([path, *(one[name] for name in ("report", *names[kind]))])
    if kind == "responses" and one.get("name", RESPONSE) != RESPONSE:
        found += f"?name={one['name']}"
    if len(found) > LONGEST:
        raise Refused(f"{path} lists what has a path of {len(found):,} characters.")
    return found


def _within(seconds: float, read: Callable[[], bytes]) -> bytes:
    """Return the answer of a call. Raise TimeoutError if it takes longer, however slowly it comes
    in; the call is abandoned."""
    done: SimpleQueue[bytes | BaseException] = SimpleQueue()

    def run() -> None:
        try:
            done.put(read())
        except BaseException as error:  # noqa: BLE001 - it is raised where it is waited for
            done.put(error)

    Thread(target=run, daemon=True).start()
    try:
        found = done.get(timeout=seconds)
    except Empty:
        raise TimeoutError("it takes too long to answer") from None
    if isinstance(found, BaseException):
        raise found
    return found


class _Answer(Protocol):
    """An answer that comes in piece by piece."""

    def read1(self, n: int, /) -> bytes: ...


def _read(answer: _Answer, most: int) -> bytes:
    """Read an answer, or its first bytes, whatever size it states."""
    parts, left = [], most
    while left > 0 and (part := answer.read1(min(left, 1 << 16))):
        parts.append(part)
        left -= len(part)
    return b"".join(parts)


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


def asking(url: str) -> Get:
    """Return a function that asks a site at an address, such as http://127.0.0.1:8000.

    Raises: Refused: the address is no http or https address.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Refused(f"“{url}” is no address of a site: give one such as https://log.example.")
    opener = urllib.request.build_opener(_Stay)
    base, until = url.rstrip("/"), time.monotonic() + IN_ALL

    def get(path: str, asked: Mapping[str, str]) -> Answer:
        where = f"{base}{quote(path)}?{urlencode(asked)}"

        def read() -> bytes:
            try:
                with opener.open(where, timeout=TIMEOUT) as answer:
                    body = _read(answer, MOST + 1)
            except urllib.error.HTTPError as error:
                raise Refused(f"{where} answered {error.code}: {_detail(error)}") from error
            if len(body) > MOST:
                raise ValueError(f"it has more than {MOST:,} bytes")
            if sum(map(body.count, (b",", b"[", b"{"))) > MOST_THINGS:
                raise ValueError(f"it says more than {MOST_THINGS:,} things")
            if too_deep(body):
                raise ValueError(f"it has more than {DEEPEST} lists and objects in one another")
            return body

        try:
            if time.monotonic() > until:
                raise TimeoutError("all its answers together take too long")
            found = json.loads(_within(TIMEOUT, read), object_pairs_hook=_once)
        except (OSError, HTTPException, ValueError, OverflowError) as error:
            raise Refused(f"{where} could not be asked: {error}") from error
        if not isinstance(found, dict):
            raise Refused(f"{where} answered no JSON object.")
        return found

    return get


def _once(members: list[tuple[str, Any]]) -> Answer:
    """Return the members of an object. Raise ValueError if one stands twice."""
    found = dict(members)
    if len(found) != len(members):
        raise ValueError("it says one member of an object twice")
    return found


def _detail(error: urllib.error.HTTPError) -> str:
    try:
        return str(json.loads(_read(error, MOST_SAID))["detail"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return error.reason


def like(said: Any, mine: Any) -> Any:
    """Keep of a site's answer only what the log has too. The rest may go on without end, and is not
    compared."""
    if isinstance(said, dict) and isinstance(mine, dict):
        return {name: like(said[name], one) for name, one in mine.items() if name in said}
    if isinstance(said, list) and isinstance(mine, list) and len(said) == len(mine):
        return [like(*both) for both in zip(said, mine, strict=True)]
    if said == mine or len(shown := repr(said)) <= _LONG:
        return said
    return (f"{shown[:_LONG]}…",)  # a tuple, which JSON has not: it equals nothing in the log
