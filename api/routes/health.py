"""Whether the service lives, and whether it is ready: the log reachable, readable and ours, no
follower held or left lying, and nothing in its tables that it calls redacted."""

import psycopg
from flask import Blueprint, Response, jsonify

from api.feeds import relay
from api.requests import current
from ledger.errors import Unreadable
from ledger.log.follower import progress
from ledger.log.redactions import held_against_the_log
from ledger.postgres.connections import unreadable
from ledger.postgres.migrate import MigrationError, pending

MOST_LISTED = 20
"""So many texts that should be gone are listed."""

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def healthz() -> Response:
    """The process answers."""
    return jsonify({"status": "ok"})


@blueprint.get("/readyz")
def readyz() -> tuple[Response, int]:
    """The database answers, its schema is ours, its log can be read and has the name that is set,
    no follower is held or left lying, and nothing is held that the log calls redacted. Of the
    relay and its broker nobody is served who asks here: they are told, and are no reason."""
    try:
        return _readiness()
    except (MigrationError, Unreadable) as error:
        why = error.sentence
    except psycopg.DataError as error:
        why = unreadable(error).sentence
    return jsonify({"status": "not ready", "unreadable": why}), 503


def _readiness() -> tuple[Response, int]:
    with current.ledger().pool.connection() as conn:
        missing = pending(conn)
        followers = progress(conn)
        against = [] if missing else held_against_the_log(conn)
    origin, log = current.settings().origin, None
    if not missing:
        log = current.ledger().service().keys.origin
    ours = [one for one in followers if one.name != relay.NAME]
    held = [one for one in ours if one.held_at is not None or one.left_lying]
    ready = not missing and not held and not against and log in (None, origin)
    body = {
        "status": "ready" if ready else "not ready",
        "migrations_missing": missing,
        "origin": {"set": origin, "log": log},
        "held_against_the_log": [one.says for one in against[:MOST_LISTED]],
        "followers": [one.plain for one in followers],
    }
    return jsonify(body), 200 if ready else 503
