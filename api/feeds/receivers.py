"""The receivers of webhooks: the addresses that are allowed, the signatures, and the requests to an
address.

Requests are signed as Standard Webhooks says (https://www.standardwebhooks.com), by its library. A
subscription's secrets are stored nowhere. Each is derived from ANSWERABLE_SECRET_KEY, the
subscription's id and the secret's number (HKDF, RFC 5869), so a copy of the database has none.
"""

import base64
import hashlib
import re
import ssl
import time
from collections.abc import Collection, Mapping
from contextlib import suppress
from datetime import datetime
from http.client import HTTPException, HTTPResponse
from ipaddress import ip_address
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from standardwebhooks.webhooks import Webhook

from api import outbound
from api.outbound import PORTS, Inside, host_header, is_public
from api.store.subscriptions import Outcome, Subscription
from ledger.errors import AnswerableError, Fault, Unfit
from ledger.verify.report import shown

SECONDS, CONNECT_SECONDS = 10.0, 5.0
"""The first is for a whole request, including the head of its answer; the second, within it, to
connect."""
_REST, _REST_SECONDS = 4096, 1.0
"""An answer's body of so many bytes is read within so many seconds. The connection is ended if the
body is longer or takes longer."""
MOST_LETTERS = 2000
_PLAIN = re.compile(r"[!-\[\]-~]+")
"""Printable ASCII without space and backslash, which URL parsers treat differently."""
_NAME = re.compile(r"([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?")
_INSIDE = (".localhost", ".local", ".internal", ".lan", ".home.arpa", ".onion")


def check(url: str, inside: Collection[str]) -> None:
    """Raise Unfit for an address to which no webhook may be sent. `inside` are hosts that the
    operator allows by any port, by http, and inside a network.

    Each attempt looks the name up again, and may refuse its address then.
    """
    if (why := _why_not(url, inside)) is not None:
        raise Unfit(why, Fault("url", why))


def _why_not(url: str, inside: Collection[str]) -> str | None:
    if len(url) > MOST_LETTERS or not _PLAIN.fullmatch(url):
        return f"An address has at most {MOST_LETTERS:,} letters of ASCII, without spaces and \\."
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "This is no address: give one such as https://receiver.example/answerable."
    if parts.scheme not in PORTS or not host:
        return "Give an address that begins with https://."
    if parts.username is not None or parts.password is not None:
        return "Leave the user and the password out: a webhook proves itself by its signature."
    if parts.fragment or url.endswith("#"):
        return "Leave the part from # on out: it is sent to nobody."
    if host in inside:
        return None
    if parts.scheme != "https":
        return "Give an address that begins with https://: others could read what is sent."
    if port not in (None, PORTS["https"]):
        return "Webhooks are sent to the port 443 alone: leave the port out."
    return _why_not_host(host)


def _why_not_host(host: str) -> str | None:
    try:
        address = ip_address(host)
    except ValueError:
        if _NAME.fullmatch(host) and not host.endswith(_INSIDE):
            return None
        return f"{host[:200]} is no name of a host in the open internet."
    if is_public(address):
        return None
    return f"{host} is an address inside a network, where webhooks are not sent."


class Receiver:
    """A receiver at its address, with one connection, which is used again while both keep it."""

    def __init__(self, url: str, inside: Collection[str], seconds: float = SECONDS) -> None:
        """`seconds` are those of one request."""
        parts = urlsplit(url)
        host = parts.hostname or ""
        self._url = url
        self._inside = inside
        self._seconds = seconds
        self._target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._host = host, parts.port
        self._connection = outbound.Connection(
            host,
            parts.port or PORTS[parts.scheme],
            secure=parts.scheme == "https",
            inside=host in inside,
            connect=CONNECT_SECONDS,
        )

    def close(self) -> None:
        self._connection.close()

    def send(self, headers: Mapping[str, str], body: bytes) -> Outcome:
        """Send a body and return the outcome; never raise an error. It takes at most the seconds of
        a request, plus the look-up of the name. Redirections are not followed."""
        try:
            check(self._url, self._inside)
        except Unfit as error:
            return Outcome(None, error.sentence)
        ends = self._connection.ends = time.monotonic() + self._seconds
        try:
            return self._send(headers, body)
        except Inside as error:
            return Outcome(None, f"{error}, where webhooks are not sent.")
        except (OSError, HTTPException, ValueError) as error:
            self.close()
            if time.monotonic() >= ends or isinstance(error, TimeoutError):
                return Outcome(None, f"It did not answer within {self._seconds:g} seconds.")
            why = shown(str(error).rstrip(".")[:200]) or type(error).__name__
            return Outcome(None, f"No answer came: {why}.")

    def _send(self, headers: Mapping[str, str], body: bytes) -> Outcome:
        """Send a body on the connection that is kept, or on a new one if the receiver has ended
        that."""
        if self._connection.sock is not None:
            try:
                return self._posted(headers, body)
            except (ConnectionError, ssl.SSLEOFError):
                self.close()
        return self._posted(headers, body)

    def _posted(self, headers: Mapping[str, str], body: bytes) -> Outcome:
        connection = self._connection
        given = {"Host": host_header(*self._host), **headers}
        connection.request("POST", self._target, body, given)
        with connection.getresponse() as answer:
            status, wait = answer.status, answer.headers.get("Retry-After", "")
            if connection.sock is not None:
                self._keep(answer)
        seconds = float(wait) if re.fullmatch("[0-9]{1,5}", wait) else 0.0
        return Outcome(status, _fault(status), seconds)

    def _keep(self, answer: HTTPResponse) -> None:
        """Read the rest of an answer, so that the connection can be used again. End the connection
        if the rest is long or does not come."""
        connection = self._connection
        if answer.length is not None and answer.length <= _REST:
            connection.ends = min(connection.ends, time.monotonic() + _REST_SECONDS)
            with suppress(OSError, HTTPException):
                answer.read()
                return
        self.close()


def _fault(status: int) -> str | None:
    if 200 <= status < 300:
        return None
    if 300 <= status < 400:
        return f"It answered {status}, a redirection, which is not followed: give its new address."
    return f"It answered {status}."


_BYTES = 32


class CannotSign(AnswerableError):
    """A receiver's secret cannot be made here; the sentence says why."""


def secret(key: str | None, subscription: str, number: int) -> str:
    """Return a subscription's secret in the form that its receiver gets: `whsec_` and Base64. Raise
    CannotSign."""
    if key is None:
        raise CannotSign(
            "This service has no ANSWERABLE_SECRET_KEY, from which secrets of webhooks are made: "
            "whoever runs it has to set one, the same for the web server and the worker."
        )
    info = f"answerable webhook {subscription} {number}".encode()
    made = HKDF(SHA256(), _BYTES, salt=None, info=info).derive(key.encode())
    return f"whsec_{base64.b64encode(made).decode()}"


def sha256(secret: str) -> bytes:
    """Return the hash that identifies a secret."""
    return hashlib.sha256(secret.encode()).digest()


def headers(
    key: str | None, subscription: Subscription, message: str, body: str, now: datetime
) -> dict[str, str]:
    """Return the headers of a delivery, signed now by the current secret, and by the former one
    while that is valid. Raise CannotSign, also if the current secret was made by another key."""
    given = secret(key, subscription.id, subscription.secret)
    if sha256(given) != subscription.secret_sha256:
        raise CannotSign(
            "ANSWERABLE_SECRET_KEY is not the one that this subscription's secret was made from: "
            "set that one again, or make a new secret (POST …/secret) and give it to the receiver."
        )
    signing = [given]
    if subscription.former_until is not None and now < subscription.former_until:
        signing.append(secret(key, subscription.id, subscription.secret - 1))
    return {
        "webhook-id": message,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(Webhook(one).sign(message, now, body) for one in signing),
    }
