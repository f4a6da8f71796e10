"""What a request says is read strictly: else two programs could read one thing in two ways."""

import json
from typing import Any

import flask_smorest
from flask import Request as FlaskRequest
from flask import g, request
from flask.json.provider import DefaultJSONProvider
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import BadRequest

from api.requests.query_names import shown
from ledger.errors import Fault, Unfit

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
