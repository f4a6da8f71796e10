"""Answers over HTTP: to a write, with its preconditions and its key; to a read, with its ETag and
links; and the headers of all."""

import gzip
import hashlib
import re
import time
from collections.abc import Sequence
from urllib.parse import quote, urlencode

import psycopg
import zstandard
from flask import Response, current_app, g, request
from msgspec import UNSET
from msgspec.structs import replace
from prometheus_client import CollectorRegistry, Gauge, Histogram

from api.requests import callers, current
from api.requests.parsing import ABOUT, BEGUN, READS, by_a_machine
from ledger import diagnostics
from ledger.application import How, Recorded
from ledger.errors import AnswerableError, Unfit
from ledger.events import CaptureKept, RecommendationRaised, ReportPublished
from ledger.events.entry import Entry
from ledger.log.append import Request
from ledger.states.service import Account
from projections.answers.entry import Pending, Written, entry
from projections.answers.trail import TrailEntry
from projections.as_of import AsOf
from projections.fields import Answer, json_of

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'none'; style-src 'self'; "
    "img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "X-Content-Type-Options": "nosniff",
}
"""These headers isolate a page: no script, no inline style, nothing from elsewhere."""
_PACKS_WELL = re.compile(
    r"text/(?!event-stream).+|application/([a-z+-]*\+)?(json|xml|yaml)|image/svg\+xml"
)
_WORTH_IT = 512
"""An answer of fewer bytes is not compressed."""
WEB = CollectorRegistry()
"""The metrics of this process about the requests that it answers."""
_SECONDS = Histogram(
    "answerable_request_seconds",
    "How long requests took until their answer began, by what they were for.",
    ["route", "method", "status"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
    registry=WEB,
)
_CONNECTIONS = Gauge(
    "answerable_pool",
    "Connections to the database that web processes have, those that are free, and requests that "
    "wait for one, when a request was last answered.",
    ["state"],
    registry=WEB,
    multiprocess_mode="livesum",
)
_POOL = {
    "pool_size": _CONNECTIONS.labels("open"),
    "pool_available": _CONNECTIONS.labels("free"),
    "requests_waiting": _CONNECTIONS.labels("waited_for"),
}


def how(asked: Request | None) -> How:
    """Return how a write is asked for: by its `If-Match`, and as the request of its key."""
    return How(if_match=_if_match(), request=asked)


def idempotent(account: Account, said: bytes | None = None) -> Request | None:
    """Return the request under its `Idempotency-Key`, or None without one.

    `said` stands for the content if its body can say the same in several ways.
    """
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    if not 1 <= len(key) <= 200 or not key.isprintable():
        raise Unfit("An Idempotency-Key has 1 to 200 printable characters.")
    body = request.get_data(cache=True) if said is None else said
    asked = f"{request.method} {request.path}\n".encode() + body
    return Request(account.name, key, hashlib.sha256(asked).digest())


def made_before(asked: Request | None) -> Response | None:
    """Return the answer to a request that was made before under the same key, if it was."""
    recorded = current.ledger().made_before(asked) if asked else None
    return written(recorded) if recorded else None


def unkept(answer: Response) -> Response:
    """Mark an answer as one that nobody may cache."""
    answer.headers["Cache-Control"] = "no-store"
    return answer


def json_answer(said: Answer, status: int = 200) -> Response:
    """Return a JSON answer to an account, which nobody may cache."""
    return unkept(Response(json_of(said), status, mimetype="application/json"))


def written(recorded: Recorded) -> Response:
    """Return the answer to a write: 201 with the act's entry, all entries, and the last position.

    It is made from the entries alone, so that a repeated request gets the same answer. There are
    two exceptions. The receipt comes with the seal, and then stays the same. `not_looked_into` of a
    redaction is only in the first answer.
    """
    first, events = recorded.entries[0], [entry(one) for one in recorded.entries]
    said = Written(
        event=events[0],
        events=events,
        position=recorded.entries[-1].position,
        origin=current.settings().origin,
        receipt=_receipt(recorded),
        not_looked_into=recorded.not_looked_into or UNSET,
    )
    answer = json_answer(said, 201)
    answer.headers["Location"] = _location(first)
    answer.set_etag(str(first.version))
    return answer


def sealed_or_not(items: Sequence[TrailEntry], as_of: AsOf) -> list[TrailEntry]:
    """Return an entry or a trail with `sealed` for each entry: whether a checkpoint covers it now.

    An answer as known then has no such field, since it must not change when a checkpoint comes. The
    receipt says it.
    """
    if as_of.known_at is not None:
        return list(items)
    size = current.sealed().size()
    return [replace(one, sealed=one.position <= size) for one in items]


def _receipt(recorded: Recorded) -> str | Pending:
    """Return the receipt of the act's own entry once all its entries are sealed, else the address
    where it will be. The address is also returned if the receipt cannot be read just now, since the
    act is recorded."""
    first = recorded.entries[0]
    try:
        if current.is_sealed(recorded.entries[-1].position):
            return current.sealed().first_receipt(first.position)
    except (AnswerableError, psycopg.Error) as error:
        diagnostics.warning("a receipt is not to be had", position=first.position, why=str(error))
    return Pending(status="pending", href=f"/api/entries/{first.id}/receipt")


def answered(body: Answer, version: int | None = None, known_at: str = "known_at") -> Response:
    """Return the answer to a read. `known_at` is the request's name for that date.

    An account's answer is never cached. Its ETag is the stream's version and, if both dates were
    asked for, these dates.

    Anybody else may cache the answer, but has to revalidate it, since due becomes overdue
    overnight, and a redaction reaches every past answer
    (docs/decisions/0069-kept-and-asked-for-anew.md). Its ETag has the version and a digest of the
    content. If that still matches, only 304 is sent.
    """
    answer = Response(json_of(body), mimetype="application/json")
    as_of: AsOf | None = getattr(body, "as_of", None)
    if callers.account() is None:
        answer.headers["Vary"] = "Authorization, Cookie"
        answer.headers["Cache-Control"] = "no-cache"
        digest = _digest(answer.get_data(), as_of)
        etag = digest if version is None else f"{version}@{digest}"
        answer.set_etag(etag)
        if request.if_none_match.contains_weak(etag):
            answer.status_code = 304
    else:
        answer.headers["Cache-Control"] = "no-store"
        if version is not None:
            answer.set_etag(f"{version}{_at_both(as_of)}")
    if as_of is not None and (next_page := getattr(body, "next", None)) is not None:
        pinned = _pinned(as_of, known_at)
        arguments = {**request.args.to_dict(flat=False), **pinned, "after": next_page}
        address = f"{quote(request.path)}?{urlencode(arguments, doseq=True)}"
        answer.headers["Link"] = f'<{address}>; rel="next"'
    return answer


def _digest(said: bytes, as_of: AsOf | None) -> str:
    """Return a digest of an answer without the log's end, so that entries which don't change the
    answer don't change the digest."""
    if as_of is not None:
        said = said.replace(json_of(as_of), json_of(replace(as_of, position=0)), 1)
    return hashlib.sha256(said).hexdigest()[:32]


def followed(answer: Response) -> Response:
    """Return the answer to a feed's reader. It may be cached, but has to be revalidated, so that a
    redaction shows at once. If nothing changed, only 304 is sent (RFC 9110, section 13)."""
    answer.headers["Cache-Control"] = "no-cache"
    answer.add_etag()
    answer.make_conditional(request)
    return answer


def _at_both(as_of: AsOf | None) -> str:
    if as_of is not None and as_of.settled and request.args.get("effective_on"):
        return f"@{as_of.position}.{as_of.effective_on}.m{as_of.method}"
    return ""


def _pinned(as_of: AsOf, name: str) -> dict[str, str]:
    """Return the dates of a page, to be asked for with the next page. Otherwise new entries could
    move rows from one page to the other."""
    known_at = as_of.known_at if as_of.settled else as_of.position
    return {name: str(known_at), "effective_on": as_of.effective_on}


def _location(entry: Entry) -> str:
    """Return the address of the thing that an act made: the report, recommendation or capture, or
    else the entry."""
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


def finished(answer: Response) -> Response:
    """Finish any answer before it is sent."""
    return _compressed(_open_to_scripts(_counted(_said_if_made_up(answer))))


def _said_if_made_up(answer: Response) -> Response:
    """Add a header to every answer of a made-up log. Files and pages say it in words; the content
    of JSON answers stays the same for ever. The service knows it when it starts. If a log is made
    up meanwhile, the header comes once a request has asked for it."""
    if current_app.extensions[current.EXTENSION].get("synthetic"):
        answer.headers["Answerable-Synthetic"] = "true"
    return answer


def _counted(answer: Response) -> Response:
    route = request.url_rule.rule if request.url_rule else "none"
    request.environ[ABOUT]["route"] = route
    took = time.perf_counter() - request.environ[BEGUN]
    _SECONDS.labels(route, request.method, answer.status_code).observe(took)
    pool = current.ledger().pool.get_stats()
    for name, gauge in _POOL.items():
        gauge.set(pool.get(name, 0))
    return answer


def _compressed(answer: Response) -> Response:
    """Compress an answer by a coding that its reader takes (RFC 9110, section 8.4.1).

    Never compress a stream, or an answer to a request with a cookie. A page with a secret beside
    words of its address would reveal the secret by its compressed size (BREACH). The ETag stays as
    it is: it names the content in any coding, and If-Match takes it.
    """
    if request.cookies or answer.direct_passthrough or not answer.is_sequence:
        return answer
    if not _PACKS_WELL.fullmatch(answer.mimetype or "") or "Content-Encoding" in answer.headers:
        return answer
    answer.vary.add("Accept-Encoding")
    said = answer.get_data()
    coding = request.accept_encodings.best_match(["zstd", "gzip"])
    if len(said) < _WORTH_IT or coding is None or answer.status_code == 304:
        return answer
    answer.set_data(
        zstandard.compress(said) if coding == "zstd" else gzip.compress(said, 6, mtime=0)
    )
    answer.headers["Content-Encoding"] = coding
    return answer


def _open_to_scripts(answer: Response) -> Response:
    """Let pages of any site read public answers (https://fetch.spec.whatwg.org/#cors). A browser
    sends no cookie or token with such a request, so nothing else can be read."""
    if request.method not in READS or not by_a_machine() or "by_session" in g:
        return answer
    answer.headers["Access-Control-Allow-Origin"] = "*"
    answer.headers["Access-Control-Expose-Headers"] = (
        "ETag, Link, RateLimit, RateLimit-Policy, Retry-After, X-Request-Id"
    )
    if request.method == "OPTIONS":
        answer.headers["Access-Control-Allow-Methods"] = "GET, HEAD"
        answer.headers["Access-Control-Allow-Headers"] = (
            "If-None-Match, Last-Event-ID, X-Request-Id, traceparent, tracestate"
        )
        answer.headers["Access-Control-Max-Age"] = "86400"
    return answer


def security_headers(answer: Response) -> Response:
    """Add the security headers that an answer lacks. A header that a view set is kept."""
    for name, value in _HEADERS.items():
        answer.headers.setdefault(name, value)
    if "by_session" in g:
        answer.headers["Cache-Control"] = "private, no-store"
        answer.vary.add("Cookie")
    return answer
