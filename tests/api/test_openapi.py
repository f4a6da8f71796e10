"""The OpenAPI text: valid 3.1 as far as its own schemas say, and true about the routes."""

import re
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest

from ledger.acts.table import ACTS
from tests.api.town import recommendation, statement

Draft202012Validator: Any = import_module("jsonschema").Draft202012Validator


@pytest.fixture
def spec(town):
    return town.anybody.reads("/openapi.json")


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
    assert spec["info"]["license"] == {"name": "Apache-2.0", "identifier": "Apache-2.0"}
    assert set(spec) <= {"openapi", "info", "paths", "components", "tags", "servers", "security"}


def test_every_reference_leads_somewhere(spec):
    references = [one for one in everything(spec) if "$ref" in one]

    assert references
    for one in references:
        assert resolved(spec, one)


def test_every_schema_is_a_json_schema(spec):
    for schema in spec["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)
        for one in everything(schema):
            assert "nullable" not in one, "that is OpenAPI 3.0"


def test_every_operation_is_described_once(spec):
    described = list(operations(spec))

    assert len(described) > 25
    for path, _, operation in described:
        assert operation["summary"]
        assert operation["responses"]
        parameters = [resolved(spec, one) for one in operation.get("parameters", [])]
        parameters += [resolved(spec, one) for one in spec["paths"][path].get("parameters", [])]
        in_path = {one["name"] for one in parameters if one["in"] == "path"}
        assert in_path == set(re.findall(r"\{(\w+)\}", path))
        assert all(one["required"] for one in parameters if one["in"] == "path")
        names = [(one["in"], one["name"]) for one in parameters]
        assert len(names) == len(set(names))
    ids = [one["operationId"] for _, _, one in described if "operationId" in one]
    assert len(ids) == len(set(ids))


def test_errors_are_documented_as_problems(spec):
    for _, _, operation in operations(spec):
        errors = {
            status: resolved(spec, one)
            for status, one in operation["responses"].items()
            if status == "default" or status >= "400"
        }
        if "default" not in errors:
            continue
        for error in errors.values():
            assert list(error["content"]) == ["application/problem+json"]
            schema = resolved(spec, error["content"]["application/problem+json"]["schema"])
            assert {"type", "title", "status", "detail", "errors"} <= set(schema["properties"])


def test_every_api_route_documents_its_errors(spec):
    without = [
        (method, path)
        for path, method, operation in operations(spec)
        if "default" not in operation["responses"]
    ]

    assert without == []


def test_each_operation_documents_the_errors_that_it_can_answer_with(spec):
    def errors(path, method="get"):
        return {int(one) for one in spec["paths"][path][method]["responses"] if one.isdigit()}

    assert errors("/api/recommendations") == {200, 400, 401, 422, 503}
    assert errors("/api/reports/{report}") == {200, 400, 401, 404, 422, 503}
    assert errors("/api/captures/{capture_id}") == {200, 400, 401, 403, 404, 410, 422, 503}
    assert errors("/api/entries") | {429} == errors("/api/entries/stream")
    assert 409 in errors("/api/entries")
    assert errors("/log/tile/{tile}") == {200, 400, 404, 422, 503}
    writes = {400, 401, 403, 404, 409, 412, 413, 415, 422, 503}
    for path, method, _ in operations(spec):
        assert method in ("get", "delete") or errors(path, method) == {201, *writes}


def test_every_route_of_the_api_is_described(town, spec):
    rules = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in town.app.url_map.iter_rules()
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


@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.word)
def test_every_act_documents_its_token_its_headers_and_its_body(spec, act):
    operation = spec["paths"][act.path]["post"]

    assert operation["security"] == [{"bearer": []}]
    headers = {one["name"] for one in operation["parameters"] if one["in"] == "header"}
    assert headers == {"Idempotency-Key", "If-Match"}
    body = resolved(spec, operation["requestBody"]["content"]["application/json"]["schema"])
    assert body["additionalProperties"] is False
    assert body["properties"]["source"]
    assert "201" in operation["responses"]


def validator(spec: dict[str, Any], path: str) -> Any:
    content = spec["paths"][path]["post"]["requestBody"]["content"]["application/json"]
    return Draft202012Validator({"components": spec["components"], **content["schema"]})


def test_what_the_schema_lets_through_is_what_the_service_takes(town, spec):
    reports = validator(spec, "/api/reports")
    body = town.report(
        recommendations=[
            recommendation(partners=["College"], target={"on": None, "phrase": "By 30 April 2026"}),
            recommendation("3", text={"text": "x", "audience": "public", "lang": "cy"}),
        ],
        same_as=[f"https://hmicfrs.example/{town.title().replace(' ', '-')}"],
        key_findings={"text": "x"},
        batch={"id": "a", "kind": "entered"},
    )

    assert list(reports.iter_errors(body)) == []
    report = town.publish(**body)
    said = statement(None, also=[])
    path = "/api/responses/{report}/{body}/statement"
    assert list(validator(spec, path).iter_errors(said)) == []
    town.clerk.records(f"{report.response}/statement", said)


@pytest.mark.parametrize(
    "changed",
    [
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
    ],
    ids=str,
)
def test_what_the_schema_refuses_the_service_refuses_too(town, spec, changed):
    body = town.report(**changed)

    assert list(validator(spec, "/api/reports").iter_errors(body))
    assert town.clerk.post("/api/reports", body).status_code == 422
