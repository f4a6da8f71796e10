"""What is published for programs, and what would break those that were written by it.

`released/openapi.json` is the OpenAPI text of the last release, `released/events.json` the JSON
Schema of every event in every version of its form; both without words for people. At a release,

    python -m tests.golden.published

writes them anew, where nothing in them breaks. docs/compatibility.md says the rules.
"""

import json
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
from flask import Flask

from api.schemas.events import document, schema_path
from ledger.events import EVENTS
from ledger.postgres.connections import connect_owner
from ledger.postgres.migrate import migrate
from ledger.settings import Settings
from tests.api.site import an_app
from tests.servers import temporary_server

FOLDER = Path(__file__).parent / "released"
Json = dict[str, Any]
Out = bool
"""Whether something is answered; else it is sent."""
_FOR_PEOPLE = {"description", "summary", "example", "examples"}
_AT_LEAST = ("minimum", "minLength", "minItems")
_AT_MOST = ("maximum", "maxLength", "maxItems")


def bare(value: Any, names: bool = False) -> Any:
    """Return a schema without its words for people. `names`: the keys of this object are names of
    fields, so that `description` is one of them."""
    if isinstance(value, list):
        return [bare(one) for one in value]
    if not isinstance(value, dict):
        return value
    answer = not names and "description" in value and value.keys() & {"content", "headers"}
    words = {"description": ""} if answer else {}
    return words | {
        name: bare(one, names=name in ("properties", "schemas", "responses") and not names)
        for name, one in value.items()
        if names or name not in _FOR_PEOPLE
    }


def text_of(app: Flask) -> Json:
    """Return the OpenAPI text, without words for people."""
    found: Json = bare(app.extensions["flask-smorest"]["apis"][""]["ext_obj"].document)
    return {**found, "info": {"title": "Answerable", "version": "v1"}, "servers": []}


def events() -> Json:
    """Return the JSON Schema of each event, by its path."""
    return {schema_path(event): bare(document(event, "")) for event in EVENTS}


def breaks(was: Json, now: Json) -> list[str]:
    """What of an OpenAPI text breaks a program that was written by an earlier one, in sentences."""
    return list(_Compared(was, now).operations())


def breaks_of_events(was: Json, now: Json) -> list[str]:
    """Return what breaks the schemas of events. Each of them stays while its version does."""
    found = []
    for path, schema in was.items():
        if path not in now:
            found.append(f"{path} is gone")
        else:
            compared = _Compared(schema, now[path])
            found += compared.schemas(path, schema, now[path], out=True)
    return found


class _Compared:
    """Two texts, and what of the later one breaks who knows the earlier."""

    def __init__(self, was: Json, now: Json) -> None:
        self._was, self._now = was, now
        self._met: set[tuple[str, str, Out]] = set()

    def operations(self) -> Iterator[str]:
        there = {_wire(path): item for path, item in self._now["paths"].items()}
        for path, item in self._was["paths"].items():
            for method, was in item.items():
                now = there.get(_wire(path), {}).get(method)
                if now is None:
                    yield f"{method} {path} is gone"
                else:
                    yield from self._operation(was["operationId"], was, now)

    def _operation(self, called: str, was: Json, now: Json) -> Iterator[str]:
        if called != now["operationId"]:
            yield f"{called} is called {now['operationId']}"
        if was["tags"] != now["tags"]:  # generated clients have a module for each
            yield f"{called} is filed under {', '.join(now['tags'])}"
        if any(one not in now["security"] for one in was["security"]):
            yield f"{called} needs another scope"
        yield from self._parameters(called, was, now)
        sent, takes = was.get("requestBody", {}), now.get("requestBody", {})
        if takes.get("required") and not sent:
            yield f"{called} needs a body"
        yield from self._contents(f"{called}: what is sent", sent, takes, out=False)
        for status, answer in was["responses"].items():
            if status >= "300":
                continue
            if status not in now["responses"]:
                yield f"{called} answers no {status}"
                continue
            answers = now["responses"][status]
            for header in answer.get("headers", {}):
                if header not in answers.get("headers", {}):
                    yield f"{called}: {status} has no {header}"
            yield from self._contents(f"{called}: {status}", answer, answers, out=True)

    def _parameters(self, called: str, was: Json, now: Json) -> Iterator[str]:
        before = {(one["in"], one["name"]): one for one in was["parameters"]}
        after = {(one["in"], one["name"]): one for one in now["parameters"]}
        for key, one in after.items():
            if one["required"] and not before.get(key, {}).get("required"):
                yield f"{called} needs {key[1]}"
        for key, one in before.items():
            if key not in after:
                yield f"{called} takes no {key[1]}"
            else:
                where = f"{called}: {key[1]}"
                yield from self.schemas(where, one["schema"], after[key]["schema"], out=False)

    def _contents(self, where: str, was: Json, now: Json, out: Out) -> Iterator[str]:
        for media, content in was.get("content", {}).items():
            if media not in now.get("content", {}):
                yield f"{where} has no {media}"
            else:
                other = now["content"][media]
                yield from self.schemas(where, content["schema"], other["schema"], out)

    def schemas(self, where: str, was: Json, now: Json, out: Out) -> Iterator[str]:
        """What differs between two schemas so that it breaks: of what is answered, what a reader
        counted on is gone; of what is sent, what was taken is refused."""
        met = (was.get("$ref", ""), now.get("$ref", ""), out)
        if all(met[:2]) and met in self._met:
            return
        self._met.add(met)
        named = was
        was, now = _resolved(self._was, was), _resolved(self._now, now)
        before, after = _choices(was), _choices(now)
        if len(before) > 1 or len(after) > 1:
            is_one = not out and named.get("$ref") in [
                one.get("$ref") for one in after if "$ref" in one
            ]
            yield from self._of_choices(where, [named] if is_one else before, after, out)
            return
        yield from _words(where, was, now)
        if _types(was) != _types(now) and not (_types(was) < _types(now) and not out):
            yield f"{where} was {_said(was)}, and is {_said(now)}"
            return
        if not out:
            yield from _narrower(where, was, now)
        elif now.get("format") != was.get("format") and was.get("format"):
            yield f"{where} has not the form {was['format']}"
        if "items" in was and "items" in now:
            yield from self.schemas(f"{where}[]", was["items"], now["items"], out)
        more = was.get("additionalProperties"), now.get("additionalProperties")
        if isinstance(more[0], dict) and isinstance(more[1], dict):
            yield from self.schemas(f"{where}.*", more[0], more[1], out)
        yield from self._fields(where, was, now, out)

    def _fields(self, where: str, was: Json, now: Json, out: Out) -> Iterator[str]:
        before, after = was.get("properties", {}), now.get("properties", {})
        needed, needs = set(was.get("required", [])), set(now.get("required", []))
        for name, one in before.items():
            if name not in after:
                yield f"{where}.{name} is gone"
                continue
            if out and name in needed - needs:
                yield f"{where}.{name} is not always there"
            yield from self.schemas(f"{where}.{name}", one, after[name], out)
        if not out:
            for name in sorted(needs - needed):
                yield f"{where}.{name} is needed"

    def _of_choices(
        self, where: str, before: list[Json], after: list[Json], out: Out
    ) -> Iterator[str]:
        """Yield what breaks the rule that each earlier choice is still there. Answers have no new
        choices, except entries of a new event."""
        left = list(after)
        for one in before:
            near = self._near(one, left)
            if near is None:
                yield f"{where} has no choice {_said(_resolved(self._was, one))} any more"
                continue
            left.remove(near)
            yield from self.schemas(where, one, near, out)
        for other in left if out else ():
            if "type" not in _resolved(self._now, other).get("properties", {}):
                yield f"{where} may be {_said(_resolved(self._now, other))}"

    def _near(self, one: Json, others: list[Json]) -> Json | None:
        """Return the choice that a choice has become: the one of the same name, or else of the same
        type."""
        for other in others:
            if one.get("$ref") == other.get("$ref") is not None:
                return other
        types = _types(_resolved(self._was, one))
        return next(
            (
                other
                for other in others
                if "$ref" not in {**one, **other} and _types(other) == types
            ),
            None,
        )


def _wire(path: str) -> str:
    """Return a path as programs send it: without the names of its parts."""
    return re.sub(r"\{\w+\}", "{}", path)


def _resolved(text: Json, schema: Json) -> Json:
    while "$ref" in schema:
        found: Any = text
        for step in schema["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        schema = found
    return schema


def _choices(schema: Json) -> list[Json]:
    for word in ("oneOf", "anyOf"):
        if word in schema:
            found: list[Json] = schema[word]
            return found
    return [schema]


def _types(schema: Json) -> set[str]:
    said = schema.get("type", [])
    return {said} if isinstance(said, str) else set(said)


def _said(schema: Json) -> str:
    return str(schema.get("title") or " or ".join(sorted(_types(schema))) or schema)


def _words(where: str, was: Json, now: Json) -> Iterator[str]:
    """Words that were in a list and are not; a list where there was none."""
    if "const" in was and now.get("const") != was["const"]:
        yield f"{where} is not {was['const']}"
    if "enum" in was and "enum" in now:
        for word in was["enum"]:
            if word not in now["enum"]:
                yield f"{where} has no {word}"


def _narrower(where: str, was: Json, now: Json) -> Iterator[str]:
    """What is refused that was taken."""
    if "enum" in now and "enum" not in was:
        yield f"{where} takes some words alone"
    if now.get("pattern") != was.get("pattern") and now.get("pattern"):
        yield f"{where} takes another pattern"
    if now.get("format") != was.get("format") and now.get("format"):
        yield f"{where} takes the form {now['format']} alone"
    if now.get("additionalProperties") is False and was.get("additionalProperties") is not False:
        yield f"{where} takes no other fields"
    sides: tuple[tuple[tuple[str, ...], Callable[[int, int], bool]], ...] = (
        (_AT_LEAST, lambda a, b: b > a),
        (_AT_MOST, lambda a, b: b < a),
    )
    for limits, tighter in sides:
        for limit in limits:
            if limit in now and (limit not in was or tighter(was[limit], now[limit])):
                yield f"{where} has another {limit}"


def kept(name: str) -> Json:
    """What was published."""
    found: Json = json.loads((FOLDER / f"{name}.json").read_text("utf-8"))
    return found


def written(text: Json) -> str:
    """Return a text a line for each of its operations and schemas, so that a change is seen."""

    def lines(value: Any, depth: int) -> str:
        if depth == 0 or not isinstance(value, dict):
            return json.dumps(value, sort_keys=True, separators=(",", ":"))
        each = (f"{json.dumps(name)}:{lines(value[name], depth - 1)}" for name in sorted(value))
        return "{\n" + ",\n".join(each) + "\n}"

    return lines(text, 3) + "\n"


def main() -> None:
    with temporary_server() as running:
        with psycopg.connect(running.owner_url, autocommit=True) as connection:
            connection.execute("CREATE DATABASE published")
        url = running.url("published")
        with connect_owner(url) as owner:
            migrate(owner)
        with an_app(Settings(database_url=url, origin="log.example")) as app:
            now = {"openapi": text_of(app), "events": events()}
    for name, broken in (("openapi", breaks), ("events", breaks_of_events)):
        file = FOLDER / f"{name}.json"
        faults = broken(kept(name), now[name]) if file.exists() else []
        if faults:
            sys.exit("\n".join([f"{file.name} stays as it is: this would break.", *faults]))
        file.parent.mkdir(exist_ok=True)
        file.write_text(written(now[name]), "utf-8")


if __name__ == "__main__":
    main()
