"""The published API stays true for programs that were written by it (docs/compatibility.md)."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.golden.published import breaks, breaks_of_events, events, kept, text_of

DOCUMENT = Path(__file__).parents[2] / "docs" / "compatibility.md"
ONE = "/api/recommendations/{report}/{number}/{addressee}"


_RETRACTED = "a duty was never retracted"
CHANGED = {
    "response-published.v1.json.data.text is not always there": "`text` of a published",
    "events[].data.text is not always there": "`text` of a published",
    "superseded.v2.json.data.superseded_by is not always there": "`superseded_by` was always",
    "events[].data.superseded_by is not always there": "`superseded_by` was always",
    "coverage.causes_of_concern.explained_now may be null": "`text` of a published",
    **{
        f"{where}.{name} {how}": _RETRACTED
        for where in ("getReport: 200.responses[]", "getResponse: 200")
        for name, answer in (
            ("bases", "Bases"),
            ("basis", "Basis"),
            ("coverage", "ResponseCoverage"),
            ("verdict", "Verdict"),
        )
        for how in (f"has no choice {answer} any more", f"may be {answer}", "may be null")
    },
}
"""The changes that 0.2 makes, each with the first words of its row in docs/compatibility.md. It
goes when the text of 0.2 is the one released."""


def unexplained(broken: list[str]) -> list[str]:
    """Return what breaks a program and has no row in *Changed in 0.2*."""
    return [one for one in broken if not any(one.endswith(end) for end in CHANGED)]


def test_nothing_that_was_published_is_broken(site):
    assert unexplained(breaks(kept("openapi"), text_of(site.app))) == []


def test_the_schema_of_no_event_that_was_published_is_broken():
    assert unexplained(breaks_of_events(kept("events"), events())) == []


def test_changes_of_0_2_stand_in_the_document():
    section = DOCUMENT.read_text("utf-8").split("## Changed in 0.2")[1].split("\n## ")[0]
    for row in CHANGED.values():
        assert f"\n| {row}" in section


def schema(text: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = text["components"]["schemas"][name]
    return found


def parameter(text: dict[str, Any], path: str, name: str) -> dict[str, Any]:
    parameters = text["paths"][path]["get"]["parameters"]
    return next(one for one in parameters if one["name"] == name)


BROKEN: dict[str, Callable[[dict[str, Any]], Any]] = {
    "post /api/rules is gone": lambda text: text["paths"]["/api/rules"].pop("post"),
    "receiveUpdate is called updateReceived": lambda text: text["paths"][f"{ONE}/updates"][
        "post"
    ].update(operationId="updateReceived"),
    "getReport is filed under bodies": lambda text: text["paths"]["/api/reports/{report}"][
        "get"
    ].update(tags=["bodies"]),
    "listReports takes no publisher": lambda text: text["paths"]["/api/reports"]["get"][
        "parameters"
    ].remove(parameter(text, "/api/reports", "publisher")),
    "listReports needs year": lambda text: parameter(text, "/api/reports", "year").update(
        required=True
    ),
    "listReports: limit has another maximum": lambda text: parameter(text, "/api/reports", "limit")[
        "schema"
    ].update(maximum=100),
    "publishReport: what is sent.kind has no peel": lambda text: schema(text, "ReportKind")[
        "enum"
    ].remove("peel"),
    "getReport needs another scope": lambda text: text["paths"]["/api/reports/{report}"][
        "get"
    ].update(security=[{"bearer": []}]),
    "receiveUpdate: what is sent.answers is needed": lambda text: schema(text, "UpdateReceived")[
        "required"
    ].append("answers"),
    "receiveUpdate: what is sent.batch is gone": lambda text: schema(text, "UpdateReceived")[
        "properties"
    ].pop("batch"),
    "receiveUpdate: what is sent.text has no choice string any more": lambda text: schema(
        text, "UpdateReceived"
    )["properties"]["text"]["anyOf"].pop(0),
    "publishReport: what is sent.title has another maxLength": lambda text: schema(
        text, "ReportPublished"
    )["properties"]["title"].update(maxLength=200),
    "publishReport: what is sent.title takes another pattern": lambda text: schema(
        text, "ReportPublished"
    )["properties"]["title"].update(pattern="^[A-Z]"),
    "getBody: 200.claimed[].claim.means is gone": lambda text: schema(text, "ClaimMade")[
        "properties"
    ].pop("means"),
    "getResponse: 200.headline is not always there": lambda text: schema(text, "ResponseFound")[
        "required"
    ].remove("headline"),
    "getResponse: 200.headline may be null": lambda text: schema(text, "ResponseFound")[
        "properties"
    ].update(headline={"anyOf": [{"type": "string"}, {"type": "null"}]}),
    "getCompliance: 200.total.responses was integer, and is string": lambda text: schema(
        text, "Counts"
    )["properties"].update(responses={"type": "string"}),
    "listReports: 200 has no Link": lambda text: text["paths"]["/api/reports"]["get"]["responses"][
        "200"
    ]["headers"].pop("Link"),
    "followEntries: 200 has no text/event-stream": lambda text: text["paths"][
        "/api/entries/stream"
    ]["get"]["responses"]["200"].update(content={}),
    "keepCapture answers no 201": lambda text: text["paths"]["/api/captures"]["post"][
        "responses"
    ].pop("201"),
}


@pytest.fixture(scope="module")
def was():
    return kept("openapi")


@pytest.mark.parametrize("sentence", BROKEN)
def test_a_change_that_breaks_a_program_is_said_in_a_sentence(was, sentence):
    changed = kept("openapi")
    BROKEN[sentence](changed)

    assert sentence in breaks(was, changed)


def added(text: dict[str, Any]) -> None:
    """All that may be added."""
    text["paths"]["/api/new"] = text["paths"]["/api/reports"]
    text["paths"]["/api/reports"]["get"]["parameters"].append(
        {"in": "query", "name": "colour", "required": False, "schema": {"type": "string"}}
    )
    schema(text, "UpdateReceived")["properties"]["colour"] = {"type": "string"}
    schema(text, "ReportPublished")["properties"]["title"]["maxLength"] = 5000
    schema(text, "ReportFound")["properties"]["colour"] = {"type": "string"}
    schema(text, "ReportFound")["required"].append("colour")
    schema(text, "ReportKind")["enum"].append("thought")
    entry = copy.deepcopy(schema(text, "ReopenedEntry"))
    entry["properties"]["type"]["const"] = "thought-of"
    text["components"]["schemas"]["ThoughtOfEntry"] = entry
    schema(text, "Entry")["oneOf"].append({"$ref": "#/components/schemas/ThoughtOfEntry"})


def test_additions_break_no_program():
    was, changed = kept("openapi"), kept("openapi")
    added(changed)

    assert breaks(was, changed) == []


def test_a_field_that_an_event_has_no_more_breaks_who_reads_it():
    path, changed = "/schemas/update-received.v1.json", kept("events")
    del changed[path]["$defs"]["ClaimSaid"]["properties"]["means"]
    del changed["/schemas/withdrawn.v1.json"]

    assert breaks_of_events(kept("events"), changed) == [
        f"{path}.data.claim.means is gone",
        "/schemas/withdrawn.v1.json is gone",
    ]
