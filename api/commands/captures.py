"""`capture`: keeps the bytes of a file, or of one page as it is published now, as evidence.

A page is fetched over HTTP, and its bytes are kept as they were sent. Each redirect is checked like
the first address (`api.outbound`).
"""

import hashlib
import ipaddress
import time
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from typing import get_args
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

import click

from api import outbound
from api.commands.context import Context, body_id, ledger, with_context
from api.commands.imports import import_account
from api.outbound import PORTS, Inside, host_header, is_public
from ledger.acts.capture import keep_capture, received
from ledger.acts.decision import Notice
from ledger.dates import rfc3339
from ledger.errors import AnswerableError
from ledger.events import CaptureKept, texts
from ledger.events.texts import Audience
from ledger.log.captures import MAX_BYTES
from ledger.verify.report import shown


class CannotCapture(AnswerableError):
    """The file or page could not be kept."""


@click.command("capture")
@click.argument("what", metavar="FILE|URL")
@click.option("--body", required=True, help="The body that keeps it, by its id or name.")
@click.option("--url", help="Where a file was published.")
@click.option(
    "--audience",
    type=click.Choice(get_args(Audience)),
    help="Who may fetch the bytes: public where it was published at an address, else office.",
)
@click.option(
    "--allow-private",
    is_flag=True,
    help="Fetch from addresses inside this network too, for trials.",
)
@with_context
def capture_command(
    here: Context,
    what: str,
    body: str,
    url: str | None,
    audience: Audience | None,
    allow_private: bool,
) -> None:
    """Keep the bytes of a file or of one page, and print id, SHA-256 and time of reception.

    PDF, Word (.docx), HTML, PNG, e-mail (.eml) or plain text, 25 MB at most. Links of a page are
    not followed.
    """
    if url is not None and (fault := texts.why_unfit("url", url)):
        raise CannotCapture(f"--url {url}: {fault}")
    if what.lower().startswith(("http://", "https://")):
        if url is not None:
            raise CannotCapture("A page that is fetched has its own address: leave --url out.")
        fetched = fetch(what, allow_private=allow_private)
        raw, url, host = fetched.body, fetched.url, fetched.host
    elif "://" in what:
        raise CannotCapture(f"{what[:200]} was not fetched. {texts.why_unfit('url', what)}")
    else:
        raw, host = _read(Path(what)), None
    came = received(raw, url, audience, host=host)
    with ledger(here.settings, begins=True) as (log, _):
        entry = log.record(
            import_account(log, body_id(log, body)), keep_capture, came, Notice()
        ).entries[0]
    assert isinstance(entry.data, CaptureKept)
    name = entry.stream.removeprefix("capture/")
    answer = {
        "id": name,
        "sha256": hashlib.sha256(raw).hexdigest(),
        "received_at": rfc3339(entry.instant),
        "position": entry.position,
        "entry": entry.id,
        "media_type": entry.data.media_type,
        "length": entry.data.length,
        "audience": entry.data.audience,
        "url": entry.data.url,
        "how": entry.data.how,
        "host": entry.data.host,
        "commitment": entry.data.sha256 if entry.data.salted else None,
    }
    lines = [
        f"capture    {name}",
        f"SHA-256    {answer['sha256']}",
        f"received   {answer['received_at']}",
        f"position   {entry.position}",
        f"kept       {entry.data.length:,} bytes, {entry.data.media_type}, for {came.audience}"
        + (f", of {url}" if url else ""),
        f"fetched    {host} answered" if host else f"uploaded   by {entry.recorded_by}",
    ]
    if entry.data.salted:
        lines.append(f"salted     {entry.data.sha256} (in the log, so that it tells nothing)")
    here.answer(answer, "\n".join(lines))


def _read(path: Path) -> bytes:
    """Return the bytes of a file, at most one more than may be kept, so that a larger file is
    refused for its size."""
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise CannotCapture(f"{path} cannot be read: {error.strerror}.") from None


SECONDS = 30.0
MOST_REDIRECTS = 5
_CHUNK = 64 * 1024
_MOVED = {301, 302, 303, 307, 308}
_IN_A_TARGET = "/%:@!$&'()*+,;=~?[]"
_HEADERS = {
    "Accept": "*/*",
    "Accept-Encoding": "identity",
    "Connection": "close",
    "User-Agent": "answerable-capture",
}


class CannotFetch(AnswerableError):
    """A page was not fetched, so nothing was recorded."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """Bytes as they were sent, and the address that sent them, after all redirects."""

    body: bytes
    url: str
    host: str
    """The host that answered: its name, with the port unless it is the usual one. A host inside a
    network is named by its IP address, since any name can point there."""


def fetch(
    url: str, *, allow_private: bool = False, seconds: float = SECONDS, most: int = MAX_BYTES
) -> Fetched:
    """Fetch a page. Raise CannotFetch if it is missing, not allowed, too large or too slow.

    `seconds` covers everything, redirects included; a name's look-up has the system's own limit.
    """
    ends = time.monotonic() + seconds
    for _ in range(MOST_REDIRECTS + 1):
        try:
            answer = _ask(url, allow_private, ends, seconds, most)
        except Inside as error:
            raise CannotFetch(
                f"{error.host} was not asked: {error.address} is an address inside a network, not "
                "a public one (--allow-private lets it through, for trying out)."
            ) from None
        except (OSError, HTTPException, ValueError) as error:
            if time.monotonic() >= ends:
                raise _too_slow(url, seconds) from None
            why = shown(str(error).rstrip(".")[:200]) or type(error).__name__
            raise CannotFetch(f"{url} was not fetched: {why}.") from None
        if isinstance(answer, Fetched):
            return answer
        url = answer
    raise CannotFetch(f"{url} was not asked: {MOST_REDIRECTS} redirects came before it.")


def _ask(url: str, allow_private: bool, ends: float, seconds: float, most: int) -> Fetched | str:
    """Return the page at an address, or the address that it redirects to."""
    if not url.isprintable():
        raise CannotFetch(f"{ascii(url)[:200]} was not asked: no address has such characters.")
    if fault := texts.why_unfit("url", url):
        raise CannotFetch(f"{url[:200]} was not asked. {fault}")
    parts = urlsplit(url)
    host = parts.hostname or ""
    secure = parts.scheme == "https"
    target = quote(urlunsplit(("", "", parts.path or "/", parts.query, "")), safe=_IN_A_TARGET)
    port = parts.port or PORTS[parts.scheme]
    connection = outbound.Connection(host, port, secure=secure, inside=allow_private)
    connection.ends = ends
    with closing(connection):
        connection.request(
            "GET", target, headers=_HEADERS | {"Host": host_header(host, parts.port)}
        )
        answering = _answering(host, parts.port, connection.address, usual=PORTS[parts.scheme])
        with connection.getresponse() as answer:
            location = answer.headers.get("Location")
            if answer.status in _MOVED and location:
                return urljoin(url, location).partition("#")[0]
            body = _body(url, answer, most)
    if time.monotonic() >= ends:
        raise _too_slow(url, seconds)
    return Fetched(body, url, answering)


def _answering(host: str, port: int | None, connected: str, *, usual: int) -> str:
    """Return the host that answers, in the form that a capture names it. `connected` is its
    address."""
    address = ipaddress.ip_address(connected.partition("%")[0])
    name = host.rstrip(".") if is_public(address) else str(address)
    return host_header(name, None if port == usual else port)


def _body(url: str, answer: HTTPResponse, most: int) -> bytes:
    """Return the whole body, with at most `most` bytes of it in memory."""
    if answer.status != 200:
        raise CannotFetch(f"{url} was not fetched: it answers {answer.status}.")
    coding = answer.headers.get("Content-Encoding", "identity").strip().lower()
    if coding not in ("", "identity"):
        raise CannotFetch(
            f"{url} was not fetched: it is sent only packed ({shown(coding[:40])}). "
            "Save the page as a file, and capture that."
        )
    body = bytearray()
    # `read` accepts a chunk with a negative size, and then reads everything that comes.
    read = answer.read1 if answer.chunked else answer.read
    while chunk := read(_CHUNK):
        body += chunk
        if len(body) > most:
            raise CannotFetch(f"{url} was not fetched: it has more than {most:,} bytes.")
    if answer.length:
        raise CannotFetch(f"{url} was not fetched: it ended {answer.length:,} bytes too early.")
    return bytes(body)


def _too_slow(url: str, seconds: float) -> CannotFetch:
    return CannotFetch(f"{url} was not fetched: it took more than {seconds:g} seconds.")
