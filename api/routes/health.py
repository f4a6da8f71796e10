"""Liveness, readiness and metrics for Prometheus: counts of requests of all web processes, and
figures read from the database on demand. None of it names a person, an account or a text."""

import hmac
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from importlib.metadata import version
from typing import Any, LiteralString, cast

import psycopg
from flask import Blueprint, Response, current_app, jsonify, request
from prometheus_client import CollectorRegistry, generate_latest, multiprocess
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

from api import readiness
from api.requests import callers, current
from api.requests.answers import WEB, unkept
from api.store import subscriptions
from ledger import clock
from ledger.errors import AnswerableError, Unreadable
from ledger.postgres.connections import patience, unreadable
from ledger.postgres.migrate import MigrationError
from ledger.seal.attempts import Attempts, attempts
from projections.questions import totals
from projections.questions.question import asking

PATIENCE = 3.0
"""The seconds that the database may take for an answer to a monitor."""
MOST_LISTED = 20
"""At most so many texts that should be gone are listed."""

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def healthz() -> Response:
    """Answer that the process is alive."""
    return jsonify({"status": "ok"})


@blueprint.get("/readyz")
def readyz() -> tuple[Response, int]:
    """Answer 200 if the service is ready, else 503 with each reason (api/readiness.py)."""
    try:
        with patience(PATIENCE):
            return _readiness()
    except (MigrationError, Unreadable) as error:
        why = error.sentence
    except psycopg.DataError as error:
        why = unreadable(error).sentence
    reason = {"name": "unreadable", "says": why}
    return jsonify({"status": "not ready", "reasons": [reason], "unreadable": why}), 503


def _readiness() -> tuple[Response, int]:
    url, origin, log = current.settings().database_url, current.settings().origin, None
    assert url is not None
    with current.ledger().pool.connection() as conn:
        found = readiness.look(conn, url)
    if not found.migrations_missing:
        log = current.ledger().service().keys.origin
    reasons = [*found.reasons, *readiness.another_origin(origin, log), *_of_the_replica()]
    body = {
        "status": "not ready" if reasons else "ready",
        "reasons": [asdict(one) for one in reasons],
        "migrations_missing": found.migrations_missing,
        "origin": {"set": origin, "log": log},
        "held_against_the_log": [one.says for one in found.held_against_the_log[:MOST_LISTED]],
        "followers": [one.plain for one in found.followers],
    }
    return jsonify(body), 503 if reasons else 200


def _of_the_replica() -> list[readiness.Reason]:
    """Return the reasons against the database that reads are answered from, if it is another."""
    if (url := current.settings().read_database_url) is None:
        return []
    with current.ledger().readers.connection() as conn:
        found = readiness.look(conn, url).reasons
    return [one for one in found if one.name.endswith("-behind")]


metrics_blueprint = Blueprint("metrics", __name__)

_VERDICTS = "answerable_verdicts"


@metrics_blueprint.get("/metrics")
def metrics() -> Response:
    """Return the metrics as text (https://prometheus.io/docs/instrumenting/exposition_formats/).
    Needs the token of ANSWERABLE_METRICS_TOKEN, or the scope `admin`."""
    token = current.settings().metrics_token
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if token is None or not hmac.compare_digest(given.encode(), token.encode()):
        callers.needs(callers.account_needed(), "admin", "this")
    registry = CollectorRegistry()
    if folder := os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        multiprocess.MultiProcessCollector(registry, folder)  # type: ignore[no-untyped-call]  # theirs
    else:
        registry.register(WEB)
    registry.register(_BuildInfo())
    registry.register(_OfTheLog())
    with patience(PATIENCE):
        said = generate_latest(registry)
    return unkept(Response(said, content_type=CONTENT_TYPE_LATEST))


class _BuildInfo(Collector):
    """The running version, as a label of a gauge that is always 1."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        found = GaugeMetricFamily(
            "answerable_build_info", "The version that runs.", labels=["version"]
        )
        found.add_metric([version("answerable")], 1)
        yield found


class _OfTheLog(Collector):
    """Figures from the database. If it does not answer, only `answerable_database_up` is given."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        try:
            found = [*_of_the_log()]
        except (psycopg.Error, AnswerableError):
            found = []
        yield GaugeMetricFamily(
            "answerable_database_up", "Whether the database answers.", value=bool(found)
        )
        yield from found


_WATCHED: LiteralString = """
    SELECT extract(epoch FROM clock_timestamp() - %(here)s::timestamptz),
           pg_database_size(current_database()),
           (SELECT coalesce(extract(epoch FROM clock_timestamp() - min(xact_start)), 0)
              FROM pg_stat_activity WHERE datname = current_database()),
           (SELECT extract(epoch FROM clock_timestamp() - max(seen_at)) FROM ledger.cosignatures)
"""


def _of_the_log() -> Iterator[GaugeMetricFamily]:
    url = current.settings().database_url
    assert url is not None
    with current.ledger().pool.connection() as conn:
        found = readiness.look(conn, url)
        reasons = {one.name: 1 for one in found.reasons}
        yield _each(
            "answerable_not_ready", "Each reason for which /readyz is red.", "reason", reasons
        )
        if found.migrations_missing:
            return
        head = max((one.head for one in found.followers), default=0)
        behind = subscriptions.furthest_behind(conn, head)
        watched = conn.execute(_WATCHED, {"here": clock.now()}).fetchone()
        outside = attempts(conn)
    yield from _of_the_database(watched)
    yield from _outside(outside)
    seal = current.sealed().look()
    yield _one("answerable_log_position", "The last position of the log.", head)
    yield _one("answerable_sealed_position", "The last position that is sealed.", seal.size)
    yield _one(
        "answerable_seal_age_seconds", "How long an entry has waited for its seal.", seal.seconds
    )
    for name, says, value in (
        ("position", "The last position that a follower has processed.", "position"),
        ("lag", "Entries that a follower has not processed.", "lag"),
        ("lag_seconds", "How long the next entry has waited for a follower.", "waited"),
        ("led", "Whether a process leads a follower.", "led"),
    ):
        by = {one.name: getattr(one, value) for one in found.followers}
        yield _each(f"answerable_follower_{name}", says, "follower", by)
    held = {one.name: one.held_at is not None for one in found.followers}
    yield _each("answerable_follower_held", "Whether an entry holds a follower.", "follower", held)
    yield _each("answerable_subscriptions", "Webhooks, by their state.", "state", found.webhooks)
    yield _one(
        "answerable_deliveries_behind",
        "Entries that the webhook furthest behind has not looked at or had taken.",
        behind,
    )
    yield _each(_VERDICTS, "Responses owed today, by their verdict.", "verdict", _verdicts(head))


def _of_the_database(row: tuple[Any, ...] | None) -> Iterator[GaugeMetricFamily]:
    """Yield what `_WATCHED` asks. Nothing is said of cosignatures where there are none."""
    assert row is not None
    ahead, size, oldest, cosigned = row
    yield _one(
        "answerable_clock_ahead_seconds",
        "How far the database's clock is ahead of this machine's.",
        ahead,
    )
    yield _one("answerable_database_bytes", "How large the database is.", size)
    yield _one(
        "answerable_oldest_transaction_seconds",
        "How long the oldest transaction of the service's login has gone on.",
        oldest,
    )
    if cosigned is not None:
        yield _one(
            "answerable_cosignature_age_seconds",
            "How long ago a witness last cosigned a checkpoint.",
            cosigned,
        )


def _outside(places: Sequence[Attempts]) -> Iterator[GaugeMetricFamily]:
    """Yield how each place outside takes checkpoints. A place that never took one has no age."""
    now = clock.now()
    ages = {one.place: (now - one.taken_at).total_seconds() for one in places if one.taken_at}
    yield _each(
        "answerable_outside_age_seconds",
        "How long ago a place outside (witness, authority, copy) last took the checkpoint.",
        "place",
        ages,
    )
    failing = {
        one.place: (now - one.failing_since).total_seconds() if one.failing_since else 0.0
        for one in places
    }
    yield _each(
        "answerable_outside_failing_seconds",
        "How long a place outside has refused checkpoints; 0: it took the last one.",
        "place",
        failing,
    )


def _verdicts(head: int) -> Mapping[str, int]:
    """Return the numbers of responses by verdict today. They are counted anew when the log has
    grown or the day has changed."""
    kept = current_app.extensions[current.EXTENSION]
    with asking(current.ledger(), None) as question:
        at = (head, question.when.position, question.when.effective_on)
        if kept.get(_VERDICTS, (None,))[0] != at:
            kept[_VERDICTS] = (at, totals.compliance(question).total.verdicts)
    return cast(Mapping[str, int], kept[_VERDICTS][1])


def _one(name: str, says: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, says, value=value)


def _each(name: str, says: str, label: str, values: Mapping[str, Any]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, says, labels=[label])
    for one, value in values.items():
        family.add_metric([one], float(value))
    return family
