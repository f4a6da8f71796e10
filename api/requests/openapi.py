"""The OpenAPI text: which errors each operation can answer with, all problems (RFC 9457)."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from apispec import BasePlugin
from flask_smorest import Api

from api.requests.errors import PROBLEM
from api.schemas.answers import Problem

_ALWAYS = {400, 422, 503}
"""The address has U+0000 or says a thing twice; the database, or the read models, do not answer."""
_WRITES = {401, 403, 404, 409, 412, 413, 415}
_MORE: Mapping[str, set[int]] = {
    "/api/captures/{capture_id}": {403, 410},
    "/api/changes": {404},
    "/api/entries": {409},
    "/api/entries/stream": {409},
    "/log/checkpoint": {404},
    "/log/consistency": {404},
    "/log/key": {404},
}
"""What reads of an address answer beside what all do: held or redacted, a meeting that there is
none of, the position of another log, what is not sealed yet."""


def statuses(path: str, method: str) -> set[int]:
    """The errors that an operation can answer with; 500 is our mistake, and in no table."""
    if method == "post":
        return _ALWAYS | _WRITES
    token = {401} if path.startswith("/api/") else set()
    named = {404} if "{" in path else set()
    return _ALWAYS | token | named | _MORE.get(path, set())


class Errors(BasePlugin):
    """Adds to each operation the errors that it can answer with."""

    def operation_helper(
        self, path: str | None = None, operations: dict[str, Any] | None = None, **_: Any
    ) -> None:
        for method, operation in (operations or {}).items():
            responses = operation.setdefault("responses", {})
            for status in sorted(statuses(path or "", method) - set(map(_number, responses))):
                responses[str(status)] = HTTPStatus(status).name


def _number(status: str | int) -> int:
    return 0 if status == "default" else int(status)


class Documented(Api):
    """The OpenAPI text, in which errors are what they are: problems (RFC 9457)."""

    ERROR_SCHEMA = Problem

    def errors_are_problems(self) -> None:
        """Call it when all routes are there: only then all responses are described."""
        for response in self.spec.components.responses.values():
            response["content"] = {PROBLEM: response["content"]["application/json"]}
