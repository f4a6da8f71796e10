"""The receivers of webhooks: the addresses that are allowed, the signatures, and one request to an
address.

Requests are signed as Standard Webhooks says (https://www.standardwebhooks.com), by its library. A
subscription's secrets are stored nowhere. Each is derived from ANSWERABLE_SECRET_KEY, the
subscription's id and the secret's number (HKDF, RFC 5869), so a copy of the database has none.
"""

import base64
import hashlib
import re
import ssl
import threading
import time
from collections.abc import Collection, Mapping
from datetime import datetime
from http.client import HTTPConnection, HTTPException
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
connect. The rest of an answer is not read."""
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


def send(
    url: str,
    headers: Mapping[str, str],
    body: bytes,
    inside: Collection[str],
    seconds: float = SECONDS,
) -> Outcome:
    """Send a body to a receiver and return the outcome; never raise an error. It takes at most
    `seconds`, plus the look-up of the name. Redirections are not followed."""
    try:
        check(url, inside)
    except Unfit as error:
        return Outcome(None, error.sentence)
    ends = time.monotonic() + seconds
    try:
        return _send(url, headers, body, (urlsplit(url).hostname or "") in inside, ends)
    except Inside as error:
        return Outcome(None, f"{error}, where webhooks are not sent.")
    except (OSError, HTTPException, ValueError) as error:
        if time.monotonic() >= ends or isinstance(error, TimeoutError):
            return Outcome(None, f"It did not answer within {seconds:g} seconds.")
        why = shown(str(error).rstrip(".")[:200]) or type(error).__name__
        return Outcome(None, f"No answer came: {why}.")


def _send(url: str, headers: Mapping[str, str], body: bytes, inside: bool, ends: float) -> Outcome:
    parts = urlsplit(url)
    host, secure = parts.hostname or "", parts.scheme == "https"
    port = parts.port or PORTS[parts.scheme]
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    with outbound.connected(
        host, port, ends, secure=secure, inside=inside, connect=CONNECT_SECONDS
    ) as line:
        stopped = threading.Timer(max(ends - time.monotonic(), 0), outbound.hang_up, [line])
        stopped.start()
        try:
            if isinstance(line, ssl.SSLSocket):
                line.do_handshake()
            connection = HTTPConnection(host, port)
            connection.sock = line
            connection.request(
                "POST", target, body, {"Host": host_header(host, parts.port), **headers}
            )
            with connection.getresponse() as answer:
                status, wait = answer.status, answer.headers.get("Retry-After", "")
        finally:
            stopped.cancel()
    return Outcome(status, _fault(status), float(wait) if re.fullmatch("[0-9]{1,5}", wait) else 0.0)


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
