"""The OpenAPI text: valid 3.1 as far as its own schemas say, and true about the routes."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from api.app import flask_app
from api.description import openapi
from api.description.openapi import DEPRECATED, Deprecated, path_of
from api.requests.current import EXTENSION
from ledger.acts.table import ACTS
from ledger.events import EVENTS
from tests.api.site import json_of, recommendation, statement

meta: Any = import_module("jsonschema_rs").meta
Draft202012Validator: Any = import_module("jsonschema").Draft202012Validator


@pytest.fixture(scope="module")
def spec(shared_site):
    return shared_site.anybody.reads("/openapi.json")


def operations(spec: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in spec["paths"].items():
        for method, operation in item.items():
            if method in {"get", "post", "put", "patch", "delete"}:
                yield path, method, operation


def everything(value: Any) -> Iterator[dict[str, Any]]:
    """Every object in a JSON value."""
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from everything(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from everything(inner)


def resolved(spec: dict[str, Any], value: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in value:
        found: Any = spec
        for step in value["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        value = found
    return value


def test_it_says_what_it_is(spec):
    assert re.fullmatch(r"3\.1\.\d+", spec["openapi"])
    assert spec["info"]["title"] == "Answerable"
    assert spec["info"]["version"] == version("answerable")
    assert spec["info"]["contact"]["url"].endswith("/help")
    assert spec["info"]["license"] == {"name": "Apache-2.0", "identifier": "Apache-2.0"}
    assert set(spec) <= {"openapi", "info", "paths", "components", "tags", "servers", "security"}


def test_every_reference_leads_somewhere(spec):
    references = [one for one in everything(spec) if "$ref" in one]

    assert references
    for one in references:
        assert resolved(spec, one)


def test_every_schema_is_a_json_schema(spec):
    for schema in spec["components"]["schemas"].values():
        meta.validate(schema)
        for one in everything(schema):
            assert "nullable" not in one, "that is OpenAPI 3.0"


def test_every_operation_says_all_that_a_client_is_made_from(spec):
    """One rule for all, so that a new operation hears in a sentence what it lacks."""
    found = list(operations(spec))
    assert len(found) > 70

    seen: set[int] = set()
    wanting = [
        f"{one[2]['operationId']}: {lack}" for one in found for lack in lacks(spec, seen, *one)
    ]
    assert wanting == []
    ids = [operation["operationId"] for _, _, operation in found]
    assert len(ids) == len(set(ids)), "two views have one name: give one of them another"


def lacks(
    spec: dict[str, Any], seen: set[int], path: str, method: str, said: dict[str, Any]
) -> Iterator[str]:
    """Yield what an operation does not say, as sentences; skip schemas that were `seen` before."""
    if not re.fullmatch("[a-z]+([A-Z][a-z]+)*", said["operationId"]):
        yield "its id is no verb with its object, such as receiveUpdate"
    parameters = said["parameters"]
    if {one["name"] for one in parameters if one["in"] == "path"} != set(
        re.findall(r"\{(\w+)\}", path)
    ):
        yield "a part of its path is not described (PARTS)"
    names = [one["name"] for one in parameters]
    if len(names) != len(set(names)) or ("requestBody" in said and "body" in names):
        yield "two things in it have one name, of which clients make one argument"
    for one in parameters:
        if not one.get("description") or "type" not in one["schema"]:
            yield f"{one['name']} has no description, or no type"
    if method == "post" and "example" not in next(iter(said["requestBody"]["content"].values())):
        yield "its request has no example"
    if not said["security"]:
        yield "it does not say who may"
    for status, answer in said["responses"].items():
        answer = resolved(spec, answer)
        for media, content in answer.get("content", {}).items():
            yield from vague(spec, seen, f"{status} {media}", content.get("schema", {}))
        if not answer["description"]:
            yield f"{status} has no description"
        if status == "201" and "Location" not in answer["headers"]:
            yield "201 says no Location"
        if status >= "400":
            assert list(answer["content"]) == ["application/problem+json"]
        if "400" <= status < "600" and not re.search(
            "`urn:answerable:problem:", answer["description"]
        ):
            yield f"{status} names no type of problem"
    if not {"400", "422", "503", "default"} <= said["responses"].keys():
        yield "it does not say which errors it can answer with"


AS_STORED = "200 application/json.event.data"
"""The line of an entry is what was once stored: in any form that its event ever had."""


def vague(
    spec: dict[str, Any], seen: set[int], where: str, schema: dict[str, Any]
) -> Iterator[str]:
    """Yield each part of a schema that may be anything."""
    waiting = [(where, schema)]
    while waiting:
        at, one = waiting.pop()
        one = resolved(spec, one)
        if id(one) in seen or at == AS_STORED:
            continue
        seen.add(id(one))
        if not one.keys() & {"type", "enum", "const", "oneOf", "anyOf", "allOf"}:
            yield f"{at} may be anything"
        inner = one.get("properties", {})
        if one.get("type") == "object" and not one.keys() & {"properties", "additionalProperties"}:
            yield f"{at} is an object of anything"
        waiting += [(f"{at}.{name}", each) for name, each in inner.items()]
        waiting += [(at, each) for word in ("oneOf", "anyOf") for each in one.get(word, ())]
        waiting += [(f"{at}[]", one["items"])] if "items" in one else []
        if isinstance(more := one.get("additionalProperties"), dict) and more:
            waiting.append((f"{at}.*", more))


def test_examples_of_requests_fit_their_schemas(spec):
    for path, method, said in operations(spec):
        for media, content in said.get("requestBody", {}).get("content", {}).items():
            if media == "application/json":
                whole = {"components": spec["components"], **content["schema"]}
                faults = Draft202012Validator(whole).iter_errors(content["example"])
                assert [one.message for one in faults] == [], (method, path)


def test_an_entry_is_one_of_all_events_by_its_type(spec):
    schemas = spec["components"]["schemas"]
    for name in ("Entry", "TrailEntry"):
        mapping = schemas[name]["discriminator"]["mapping"]
        assert list(mapping) == [event.TOPIC for event in EVENTS]
        assert [{"$ref": one} for one in mapping.values()] == schemas[name]["oneOf"]
        for topic, one in mapping.items():
            found = resolved(spec, {"$ref": one})
            assert found["properties"]["type"]["const"] == topic
            assert found["properties"]["data"]["$ref"].endswith("Data")


def test_an_operation_says_which_problems_it_can_be(spec):
    def types(path: str, method: str, status: str) -> list[str]:
        answer = resolved(spec, spec["paths"][path][method]["responses"][status])
        return re.findall("`urn:answerable:problem:([^`]+)`", answer["description"])

    assert types("/api/reports", "get", "422") == ["not-known-yet", "unfit"]
    assert types("/api/reports", "post", "422") == ["unfit", "key-reused"]
    assert types("/api/reports", "post", "409") == ["refused:*"]
    assert types("/api/entries/{entry_id}/receipt", "get", "404") == [
        "not-known-then",
        "not-sealed-yet",
        "not-recorded",
    ]
    assert types("/api/recommendations.{form}", "get", "422") == [
        "not-known-yet",
        "unfit",
        "too-much",
    ]


def test_each_operation_documents_the_errors_that_it_can_answer_with(spec):
    def errors(path, method="get"):
        answers = map(int, filter(str.isdigit, spec["paths"][path][method]["responses"]))
        return {one for one in answers if one != 304}

    assert errors("/api/recommendations") == {200, 400, 401, 422, 429, 503}
    assert errors("/api/reports/{report}") == {200, 400, 401, 404, 422, 429, 503}
    assert errors("/api/captures/{capture_id}") == {200, 400, 401, 403, 404, 410, 422, 429, 503}
    assert errors("/api/entries") == errors("/api/entries/stream")
    assert 409 in errors("/api/entries")
    assert errors("/log/tile/{tile}") == {200, 400, 404, 422, 429, 503}
    writes = {400, 401, 403, 404, 409, 412, 413, 415, 422, 429, 503}
    for path, method, _ in operations(spec):
        assert method in ("get", "delete") or errors(path, method) == {201, *writes}


def test_every_route_of_the_api_is_described(site, spec):
    rules = {
        (path_of(rule), method.lower())
        for rule in site.app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.rule.startswith(("/api/", "/log/", "/feeds/"))
    }

    assert rules == {(path, method) for path, method, _ in operations(spec)}


def test_the_stream_documents_what_it_takes_and_what_it_is(spec):
    operation = spec["paths"]["/api/entries/stream"]["get"]

    taken = {one["name"] for one in operation["parameters"]}
    listed = {one["name"] for one in spec["paths"]["/api/entries"]["get"]["parameters"]}
    assert taken - listed == {"Last-Event-ID"}
    assert listed - taken == {"known_at", "effective_on", "min_position", "limit", "since"}
    assert list(operation["responses"]["200"]["content"]) == ["text/event-stream"]


def test_every_act_documents_its_token_its_headers_and_its_body(spec):
    by_id = {one["operationId"]: one for _, _, one in operations(spec)}
    for act in ACTS:
        operation = by_id[name_of(act.decide.__name__)]
        assert operation["security"] == [{"bearer": [act.scope]}], act.word
        headers = {one["name"] for one in operation["parameters"] if one["in"] == "header"}
        assert headers == {"Idempotency-Key", "If-Match"}, act.word
        body = resolved(spec, operation["requestBody"]["content"]["application/json"]["schema"])
        assert body["additionalProperties"] is False, act.word
        assert body["properties"]["source"], act.word
        answer = operation["responses"]["201"]["content"]["application/json"]["schema"]
        event = resolved(spec, answer)["properties"]["event"]["$ref"]
        assert event.endswith(f"/{act.event.__name__}Entry")


def name_of(view: str) -> str:
    first, *others = view.split("_")
    return first + "".join(map(str.capitalize, others))


def validator(spec: dict[str, Any], path: str) -> Any:
    content = spec["paths"][path]["post"]["requestBody"]["content"]["application/json"]
    return Draft202012Validator({"components": spec["components"], **content["schema"]})


def test_the_service_takes_what_the_schema_lets_through(site, spec):
    reports = validator(spec, "/api/reports")
    body = site.report(
        recommendations=[
            recommendation(partners=["College"], target={"on": None, "phrase": "By 30 April 2026"}),
            recommendation("3", text={"text": "x", "audience": "public", "lang": "cy"}),
        ],
        same_as=[f"https://hmicfrs.example/{site.title().replace(' ', '-')}"],
        key_findings={"text": "x"},
        batch={"id": "a", "kind": "entered"},
    )

    assert list(reports.iter_errors(body)) == []
    report = site.publish(**body)
    said = statement(None, also=[])
    path = "/api/responses/{report}/{responder}/statement"
    assert list(validator(spec, path).iter_errors(said)) == []
    site.clerk.records(f"{report.response}/statement", said)


def test_the_service_refuses_what_the_schema_refuses(site, spec):
    fits = validator(spec, "/api/reports")
    unfit: list[dict[str, Any]] = [
        {"title": None},
        {"title": 7},
        {"kind": "thought"},
        {"colour": "red"},
        {"bodies": "cumbria-pfcc"},
        {"recommendations": [{}]},
        {"source": {"page": "x"}},
        {"key_findings": 7},
        {"key_findings": {"words": "x"}},
        {"key_findings": {"text": "x", "audience": "all"}},
        {"published_on": 2025},
    ]
    for changed in unfit:
        body = site.report(**changed)
        assert list(fits.iter_errors(body)), changed
        assert site.clerk.post("/api/reports", body).status_code == 422, changed


def test_an_operation_that_is_going_says_since_when_until_when_and_what_to_use(site, monkeypatch):
    since, until = datetime(2026, 12, 1, tzinfo=UTC), datetime(2028, 12, 31, tzinfo=UTC)
    one = Deprecated(since, until, "https://x.example/rules")
    monkeypatch.setattr(openapi, "DEPRECATED", {"listRules": one})
    monkeypatch.setattr("api.app.prepared", [])  # its text may have been read already
    app = flask_app(site.app.extensions[EXTENSION]["settings"])
    client = app.test_client()
    for method in (client.get, client.head):
        going = method("/api/rules").headers
        assert going["Deprecation"] == f"@{int(since.timestamp())}"
        assert going["Sunset"] == "Sun, 31 Dec 2028 00:00:00 GMT"
        assert going["Link"] == '<https://x.example/rules>; rel="deprecation"; type="text/html"'
    paths = json_of(client.get("/openapi.json"))["paths"]
    app.extensions[EXTENSION]["ledger"].log.pool.close()

    assert paths["/api/rules"]["get"]["deprecated"]
    assert "deprecated" not in paths["/api/rules"]["post"]
    assert "Deprecation" not in client.get("/api/bodies").headers


def test_the_operations_said_to_go_are_those_that_go():
    page = Path("docs/compatibility.md").read_text("utf-8")
    rows = re.findall(r"^\| `?(\w+)`? \|.*\|.*\|.*\|$", page.partition("| operation |")[2], re.M)

    assert rows == (list(DEPRECATED) or ["none"])
