"""The number of requests that a client may make: so many a minute by its token or session, else by
its address. Each process counts for itself, and forgets when it ends."""

import math
import threading
import time
from collections.abc import Mapping

from flask import Flask, Response, current_app, g, request
from werkzeug.exceptions import TooManyRequests, Unauthorized

from api.requests import callers
from ledger.settings import Settings

_EXTENSION = "answerable_limits"
_FREE = {"/healthz", "/readyz", "/metrics"}
"""Monitors are not limited."""
_MINUTE = 60.0
_MOST_CLIENTS = 10_000


class Budget:
    """The requests of each client: `most` at once, and as many more each minute. (This is the
    generic cell rate algorithm: one moment for each client, up to which it has used its share.)"""

    def __init__(self, most: int) -> None:
        self.most = most
        self._used: dict[str, float] = {}
        self._lock = threading.Lock()

    def wait(self, client: str, now: float) -> float:
        """Count a request at a moment (in seconds) and return 0. At the limit, count nothing and
        return the seconds until the next may come."""
        with self._lock:
            used = max(self._used.get(client, now), now) + _MINUTE / self.most
            if used > now + _MINUTE:
                return used - now - _MINUTE
            if len(self._used) >= _MOST_CLIENTS:
                self._used = {one: until for one, until in self._used.items() if until > now}
            self._used[client] = used
            return 0.0

    def left(self, client: str, now: float) -> tuple[int, int]:
        """Return how many requests a client may make at once, and the seconds until it may make
        `most` again."""
        used = max(self._used.get(client, now) - now, 0.0)
        share = (_MINUTE - used) * self.most / _MINUTE
        return int(share + 1e-6), math.ceil(used)  # a sum of shares falls short by its rounding


def bound(app: Flask, settings: Settings) -> None:
    """Count the requests of an application from now on, if the settings limit them."""
    of = {"address": settings.requests_of_an_address, "token": settings.requests_of_a_token}
    app.extensions[_EXTENSION] = {kind: Budget(most) for kind, most in of.items() if most}


def count() -> None:
    """Refuse (429) a request of a client that made too many."""
    budgets: Mapping[str, Budget] = current_app.extensions[_EXTENSION]
    if not budgets or request.path in _FREE:
        return
    try:
        client = callers.client()
    except Unauthorized:  # a client that tries tokens counts as an address
        client = callers.address()
    kind = "address" if client.startswith("address") else "token"
    budget = budgets.get(kind)
    if budget is None:
        return
    g.limit = kind, budget, client
    if wait := budget.wait(client, time.monotonic()):
        raise TooManyRequests(
            f"This process answers {budget.most} requests a minute of one {kind}: send the same "
            f"one again in {math.ceil(wait)} s.",
            retry_after=math.ceil(wait),
        )


def tell(answer: Response) -> Response:
    """Add what the client may still ask (draft-ietf-httpapi-ratelimit-headers), if it is
    limited."""
    if "limit" in g:
        kind, budget, client = g.limit
        left, seconds = budget.left(client, time.monotonic())
        answer.headers["RateLimit-Policy"] = f'"{kind}";q={budget.most};w={int(_MINUTE)}'
        answer.headers["RateLimit"] = f'"{kind}";r={left};t={seconds}'
    return answer
