"""Answers over HTTP: to a write, by its preconditions and its key; to a read, with what pins it;
and the headers of every one."""

import hashlib
import re
from typing import Any
from urllib.parse import quote, urlencode

from flask import Response, g, jsonify, request

from api.requests import current
from ledger.application import How, Recorded
from ledger.errors import Unfit
from ledger.events import CaptureKept, RecommendationRaised, ReportPublished
from ledger.events.entry import Entry
from ledger.log.append import Request
from ledger.states.service import Account
from projections.answers.trail import bare

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'none'; style-src 'self'; "
    "img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "X-Content-Type-Options": "nosniff",
}
"""They keep a page to itself: no script, no inline style, nothing from elsewhere."""


def how(account: Account, said: bytes | None = None) -> How:
    """`If-Match` and `Idempotency-Key` of a write."""
    return How(if_match=_if_match(), request=idempotent(account, said))


def idempotent(account: Account, said: bytes | None = None) -> Request | None:
    """The request under its `Idempotency-Key`, if it has one.

    `said` stands for what it says, where its body says the same in many ways.
    """
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    if not 1 <= len(key) <= 200 or not key.isprintable():
        raise Unfit("An Idempotency-Key has 1 to 200 printable characters.")
    body = request.get_data(cache=True) if said is None else said
    asked = f"{request.method} {request.path}\n".encode() + body
    return Request(account.name, key, hashlib.sha256(asked).digest())


def made_before(account: Account, said: bytes | None = None) -> Response | None:
    """The answer to a request that was made before under the same key, if it was."""
    if (asked := idempotent(account, said)) is None:
        return None
    recorded = current.ledger().made_before(asked)
    return written(recorded) if recorded else None


def written(recorded: Recorded) -> Response:
    """The answer to a write: 201 with the act's entry, all entries, and the last position.

    Made from the entries alone, so that a request sent again gets the same answer: but for the
    receipt, which comes with the seal, and is the same ever after; and for what a redaction could
    not look into, which is said once.
    """
    first = recorded.entries[0]
    said: dict[str, Any] = {
        "event": bare(first),
        "events": [bare(entry) for entry in recorded.entries],
        "position": recorded.entries[-1].position,
        "origin": current.settings().origin,
        "receipt": _receipt(recorded),
    }
    if recorded.not_looked_into:
        said["not_looked_into"] = recorded.not_looked_into
    answer = jsonify(said)
    answer.status_code = 201
    answer.headers["Location"] = _location(first)
    answer.headers["Cache-Control"] = "no-store"
    answer.set_etag(str(first.version))
    return answer


def sealed_or_not(found: dict[str, Any]) -> dict[str, Any]:
    """An entry or a trail, with whether a checkpoint covers each entry: as known now.

    What is asked as known then says nothing of it, since it must not change when a checkpoint
    comes: the receipt tells.
    """
    if found["as_of"]["known_at"] is not None:
        return found
    size = current.sealed().size()
    if "items" not in found:
        return {**found, "sealed": found["position"] <= size}
    items = [{**item, "sealed": item["position"] <= size} for item in found["items"]]
    return {**found, "items": items}


def _receipt(recorded: Recorded) -> str | dict[str, str]:
    """The receipt of the act's own entry, or where it will be: once all of it is sealed."""
    first = recorded.entries[0]
    if current.is_sealed(recorded.entries[-1].position):
        return current.sealed().first_receipt(first.position)
    return {"status": "pending", "href": f"/api/entries/{first.id}/receipt"}


def answered(
    body: dict[str, Any], version: int | None = None, known_at: str = "known_at"
) -> Response:
    """The answer to a read: never cached, since due becomes overdue overnight, and what is redacted
    goes from every past answer (docs/decisions/0017-no-answer-is-cached.md). `known_at` is what
    the request calls that date of its two.

    The ETag is the stream's version; where both dates were asked for, with what they mean.
    """
    answer = jsonify(body)
    answer.headers["Cache-Control"] = "no-store"
    if version is not None:
        answer.set_etag(f"{version}{_at_both(body['as_of'])}")
    if (next_page := body.get("next")) is not None:
        pinned = _pinned(body["as_of"], known_at)
        arguments = {**request.args.to_dict(flat=False), **pinned, "after": next_page}
        address = f"{quote(request.path)}?{urlencode(arguments, doseq=True)}"
        answer.headers["Link"] = f'<{address}>; rel="next"'
    return answer


def followed(answer: Response) -> Response:
    """The answer to who follows a feed: it may be kept, and is asked for anew each time, so that a
    redaction shows at once; where nothing changed, 304 alone is sent (RFC 9110, section 13)."""
    answer.headers["Cache-Control"] = "no-cache"
    answer.add_etag()
    answer.make_conditional(request)
    return answer


def _at_both(as_of: dict[str, Any]) -> str:
    if as_of["settled"] and request.args.get("effective_on"):
        return f"@{as_of['position']}.{as_of['effective_on']}"
    return ""


def _pinned(as_of: dict[str, Any], name: str) -> dict[str, str]:
    """The dates of a page, for the next one to be asked for: else what is recorded meanwhile
    could move rows from one page to the other."""
    known_at = as_of["known_at"] if as_of["settled"] else as_of["position"]
    return {name: str(known_at), "effective_on": as_of["effective_on"]}


def _location(entry: Entry) -> str:
    """Where what an act made is read: the report or recommendation itself, or else the entry."""
    if isinstance(entry.data, ReportPublished):
        return f"/api/reports/{entry.stream.removeprefix('report/')}"
    if isinstance(entry.data, RecommendationRaised):
        return f"/api/recommendations/{entry.stream.removeprefix('recommendation/')}"
    if isinstance(entry.data, CaptureKept):
        return f"/api/captures/{entry.stream.removeprefix('capture/')}"
    return f"/api/entries/{entry.id}"


def _if_match() -> int | None:
    given = request.headers.get("If-Match")
    if given is None or given.strip() == "*":
        return None
    match = re.fullmatch(r'\s*"([0-9]{1,9})(?:@[^"]*)?"\s*', given)
    if match is None:
        raise Unfit('If-Match takes the ETag of the stream as it was read, such as "7".')
    return int(match[1])


def security_headers(answer: Response) -> Response:
    """The same answer with the headers that it lacks; what a view set itself is left alone."""
    for name, value in _HEADERS.items():
        answer.headers.setdefault(name, value)
    if "by_session" in g:
        answer.headers["Cache-Control"] = "private, no-store"
        answer.vary.add("Cookie")
    return answer
