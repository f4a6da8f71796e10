"""What webhooks are signed with (https://www.standardwebhooks.com), by its library.

A subscription's secrets are nowhere written down: each is derived from ANSWERABLE_SECRET_KEY, the
subscription's id and the secret's number (HKDF, RFC 5869). A copy of the database holds none.
"""

import base64
import hashlib
from datetime import datetime

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from standardwebhooks.webhooks import Webhook

from api.subscriptions import Subscription
from ledger.errors import AnswerableError

_BYTES = 32


class CannotSign(AnswerableError):
    """The secret that a receiver was given cannot be made here; the sentence says why."""


def secret(key: str | None, subscription: str, number: int) -> str:
    """A secret of a subscription, as its receiver is given it: `whsec_` and Base64. CannotSign."""
    if key is None:
        raise CannotSign(
            "This service has no ANSWERABLE_SECRET_KEY, from which secrets of webhooks are made: "
            "whoever runs it has to set one, the same for the web server and the worker."
        )
    info = f"answerable webhook {subscription} {number}".encode()
    made = HKDF(SHA256(), _BYTES, salt=None, info=info).derive(key.encode())
    return f"whsec_{base64.b64encode(made).decode()}"


def sha256(secret: str) -> bytes:
    """By which it is known again."""
    return hashlib.sha256(secret.encode()).digest()


def headers(
    key: str | None, subscription: Subscription, message: str, body: str, now: datetime
) -> dict[str, str]:
    """The headers of a delivery, signed now: by the secret in use, and by the one before it while
    that is good. CannotSign, also where the secret in use was made by another key."""
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
