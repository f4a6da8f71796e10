"""The sealed log as files that anybody can mirror and check (https://c2sp.org/tlog-tiles)."""

from typing import Any

import marshmallow as ma
from flask import Response
from msgspec import field

from api.requests import current
from api.requests.answers import answered
from api.requests.parsing import Blueprint
from api.schemas.reads import whole
from ledger.errors import NotRecorded
from ledger.seal.checkpoints import NotSealedYet
from ledger.verify.tree import WIDTH
from projections.fields import Answer, Base64, Position

blueprint = Blueprint("log", __name__, description="The sealed log, to be mirrored and checked.")

_TEXT = "text/plain; charset=utf-8"
_FOR_EVER = "public, max-age=31536000, immutable"
_FOR_NOW = "no-cache"


class AskedConsistency(ma.Schema):
    """Two sizes of the log, in entries."""

    class Meta:
        unknown = ma.EXCLUDE

    # `from` is a keyword of Python.
    old = whole("The size of the checkpoint that you hold.", data_key="from", required=True)
    new = whole("The size of a later one; default: of the newest.", data_key="to")


class Consistency(Answer, frozen=True, kw_only=True):
    """A proof that the log at one size begins with the log at another (RFC 9162, section 2.1.4)."""

    from_: Position = field(name="from")
    to: Position
    from_root: Base64
    to_root: Base64
    proof: list[Base64]


@blueprint.get("/log/checkpoint")
@blueprint.file("text/plain")
def checkpoint() -> Response:
    """Return the newest checkpoint: origin, size and root, signed, with its cosignatures."""
    if (found := current.sealed().checkpoint()) is None:
        raise NotSealedYet("Nothing of this log is sealed yet: no sealer has run.")
    return _file(found.note, _TEXT, _FOR_NOW)


@blueprint.get("/log/witnessed")
@blueprint.file("application/x-ndjson")
def checkpoints_witnessed() -> Response:
    """Return every checkpoint that a witness cosigned, in the form that `watch` keeps: a JSON
    object on each line.

    Give it to `verify --since`, with the witnesses' keys, for the outside times of all entries.
    """
    lines = (kept.line for kept in current.witnessed().kept())
    return _file(b"".join(lines), "application/x-ndjson", _FOR_NOW)


@blueprint.get("/log/key")
@blueprint.file("text/plain")
def log_keys() -> Response:
    """Return the verifier keys in use, one on each line. They are for convenience: take the keys
    that you trust from elsewhere."""
    if not (keys := current.ledger().service().keys.in_use):
        raise NotRecorded("No key of this log is in use.")
    return _file("".join(f"{vkey}\n" for vkey in keys), _TEXT, _FOR_NOW)


@blueprint.get("/log/tile/<path:tile>")
@blueprint.file("application/octet-stream")
def tile(tile: str) -> Response:
    """Return a tile of hashes (`0/x001/234`, `1/000.p/5`) or of entries (`entries/000`).

    A missing tile is 404: `not-sealed-yet` if it is still to come, else `not-recorded`.
    """
    found, raw = current.sealed().tile(f"tile/{tile}")
    for_ever = found.width == WIDTH
    return _file(raw, "application/octet-stream", _FOR_EVER if for_ever else _FOR_NOW)


@blueprint.reads("/log/consistency", AskedConsistency, Consistency)
def consistency(asked: dict[str, Any]) -> Response:
    """Return the proof that the log at one size begins with the log at another."""
    found = current.sealed().consistency(asked["old"], asked.get("new"))
    return answered(
        Consistency(
            from_=found.old,
            to=found.new,
            from_root=found.old_root,
            to_root=found.new_root,
            proof=found.proof,
        )
    )


def _file(content: str | bytes, media_type: str, caching: str) -> Response:
    answer = Response(content, content_type=media_type)
    answer.headers["Cache-Control"] = caching
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer
