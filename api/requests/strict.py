"""Reading a request strictly, and answering a write."""

import hashlib
import json
import re
from typing import Any
from urllib.parse import urlencode

import flask_smorest
from flask import Request as FlaskRequest
from flask import Response, g, jsonify, request
from flask.json.provider import DefaultJSONProvider
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import BadRequest

from api.requests import current
from api.requests.query_names import shown
from ledger.application import How
from ledger.errors import Fault, Unfit
from ledger.events import CaptureKept, RecommendationRaised, ReportPublished
from ledger.events.entry import Entry
from ledger.log.append import Request
from ledger.log.reading import Recorded
from ledger.states.service import Account
from projections.answers.trail import bare

LARGEST_INTEGER = 2**53 - 1


class StrictJSON(DefaultJSONProvider):
    """JSON that reads back the same everywhere (RFC 8785, I-JSON): else refused with a sentence."""

    sort_keys = False

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        try:
            text = s.decode("utf-8") if isinstance(s, bytes) else s
            return json.loads(
                text,
                object_pairs_hook=_once_each,
                parse_int=_integer,
                parse_float=_no_fractions,
                parse_constant=_no_fractions,
            )
        except UnicodeDecodeError as error:
            raise BadRequest(f"Byte {error.start + 1} of this is not UTF-8.") from None
        except RecursionError:
            raise BadRequest("This is nested too deeply.") from None
        except json.JSONDecodeError as error:
            raise BadRequest(
                f"This is not JSON: {error.msg}, line {error.lineno} column {error.colno}."
            ) from None


class StrictParser(FlaskParser):
    """Takes a request's body as the door (api/requests/body.py) has read it."""

    def load_json(self, req: FlaskRequest, schema: Any) -> Any:
        return g.sent


class Blueprint(flask_smorest.Blueprint):
    """Routes that take what the door has read."""

    ARGUMENTS_PARSER = StrictParser()


def refuse_unstorable() -> None:
    """U+0000 is in no name that is recorded, and the database takes it in no question."""
    if any("\x00" in part for part in (request.path, *request.args, *request.args.values())):
        raise BadRequest("The address has the character U+0000, which no name has.")


def refuse_said_twice() -> None:
    """A question that gives one name two values: whichever was taken, half would be answered."""
    for name, values in request.args.lists():
        if len(set(filter(None, values))) > 1:
            sentence = f"{shown(name)} is given twice, and not as the same: give one."
            raise Unfit(sentence, Fault(shown(name), sentence))


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise Unfit("A name is there twice.", Fault(shown(name), "This name is there twice."))
        found[name] = value
    return found


def _integer(text: str) -> int:
    if len(text) > 17 or abs(int(text)) > LARGEST_INTEGER:
        raise Unfit(f"{text[:40]} is past 2^53-1, the largest integer that JSON keeps exactly.")
    return int(text)


def _no_fractions(text: str) -> float:
    raise Unfit(f"{text[:40]} is no whole number; no field here takes another.")


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
    receipt, which comes with the seal, and is the same ever after.
    """
    first = recorded.entries[0]
    answer = jsonify(
        {
            "event": bare(first),
            "events": [bare(entry) for entry in recorded.entries],
            "position": recorded.entries[-1].position,
            "origin": current.settings().origin,
            "receipt": _receipt(recorded),
        }
    )
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
        arguments = {**request.args.to_dict(), **pinned, "after": next_page}
        answer.headers["Link"] = f'<{request.path}?{urlencode(arguments)}>; rel="next"'
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
