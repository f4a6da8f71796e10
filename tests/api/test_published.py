"""The published API stays true for programs that were written by it (docs/compatibility.md)."""

import copy
from pathlib import Path
from typing import Any

import pytest

from tests.golden.published import breaks, breaks_of_events, events, kept, text_of

DOCUMENT = Path(__file__).parents[2] / "CHANGELOG.md"
ONE = "/api/recommendations/{report}/{number}/{addressee}"


_RETRACTED = "a duty was never retracted"
CHANGED = {
    "response-published.v1.json.data.text is not always there": "`text` of a published",
    "events[].data.text is not always there": "`text` of a published",
    "superseded.v2.json.data.superseded_by is not always there": "`superseded_by` was always",
    "events[].data.superseded_by is not always there": "`superseded_by` was always",
    "held is not True": "`held` of an opening",
    "getTile: tile takes another pattern": "the place of a `tile`",
    "coverage.causes_of_concern.explained_now may be null": "`text` of a published",
    **{
        f"{operation} {how}": "`body` in the address"
        for operation in ("getBody", "getBodyPack", "getUpdatesSheetFile")
        for how in ("takes no body", "needs body_id")
    },
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
"""The changes since 0.1, each with the first words of its row in CHANGELOG.md. It
goes when the text of 0.2 is the one released."""


def unexplained(broken: list[str]) -> list[str]:
    """Return what breaks a program and has no row in *Changed for programs*."""
    return [one for one in broken if not any(one.endswith(end) for end in CHANGED)]


def test_nothing_that_was_published_is_broken(site):
    assert unexplained(breaks(kept("openapi"), text_of(site.app))) == []


def test_the_schema_of_no_event_that_was_published_is_broken():
    assert unexplained(breaks_of_events(kept("events"), events())) == []


def test_each_change_stands_in_the_changelog():
    _, *sections = DOCUMENT.read_text("utf-8").split("### Changed for programs")
    rows = "".join(section.split("\n#")[0] for section in sections)
    for row in CHANGED.values():
        assert f"\n| {row}" in rows


def schema(text: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = text["components"]["schemas"][name]
    return found


GOING = "/api/entries/stream"
Change = dict[str, Any] | str | None
BROKEN: dict[str, tuple[str, Change]] = {
    "post /api/rules is gone": ("/api/rules post", None),
    "receiveUpdate is called updateReceived": (
        f"{ONE}/updates post", {"operationId": "updateReceived"}),
    "getReport is filed under bodies": ("/api/reports/{report} get", {"tags": ["bodies"]}),
    "listReports takes no publisher": ("/api/reports get ?publisher", None),
    "listReports needs year": ("/api/reports get ?year", {"required": True}),
    "listReports: limit has another maximum": ("/api/reports get ?limit schema", {"maximum": 100}),
    "publishReport: what is sent.kind has no peel": ("ReportKind enum", "peel"),
    "getReport needs another scope": ("/api/reports/{report} get", {"security": [{"bearer": []}]}),
    "receiveUpdate: what is sent.answers is needed": (
        "UpdateReceived", {"required": ["answers", "text", "occurred_on"]}),
    "receiveUpdate: what is sent.batch is gone": ("UpdateReceived properties batch", None),
    "receiveUpdate: what is sent.text has no choice string any more": (
        "UpdateReceived properties text anyOf 0", None),
    "publishReport: what is sent.title has another maxLength": (
        "ReportPublished properties title", {"maxLength": 200}),
    "publishReport: what is sent.title takes another pattern": (
        "ReportPublished properties title", {"pattern": "^[A-Z]"}),
    "getBody: 200.claimed[].claim.means is gone": ("ClaimMade properties means", None),
    "getResponse: 200.headline is not always there": ("ResponseFound required", "headline"),
    "getResponse: 200.headline may be null": (
        "ResponseFound properties headline", {"anyOf": [{"type": "string"}, {"type": "null"}]}),
    "getCompliance: 200.total.responses was integer, and is string": (
        "Counts properties responses", {"type": "string"}),
    "listReports: 200 has no Link": ("/api/reports get responses 200 headers Link", None),
    "followEntries: 200 has no text/event-stream": (f"{GOING} get responses 200", {"content": {}}),
    "keepCapture answers no 201": ("/api/captures post responses 201", None),
}  # fmt: skip
"""What is said of each change: where it is made, by the keys that lead there; then the fields that
it changes, or the value that leaves a list, or None where all of it goes."""


def changed(text: dict[str, Any], where: str, change: Change) -> None:
    """Make a change in a text."""
    first, *keys = where.split(" ")
    parent: Any = text["paths"] if first.startswith("/") else text["components"]["schemas"]
    key: Any = first
    for following in keys:
        parent = parent[key]
        key = int(following) if isinstance(parent, list) else following
        if following.startswith("?"):
            parent = parent["parameters"]
            key = next(n for n, one in enumerate(parent) if one["name"] == following[1:])
    if change is None:
        parent.pop(key)
    elif isinstance(change, str):
        parent[key].remove(change)
    elif "anyOf" in change:
        parent[key] = change
    else:
        parent[key].update(change)


@pytest.fixture(scope="module")
def was():
    return kept("openapi")


@pytest.mark.parametrize("sentence", BROKEN)
def test_a_change_that_breaks_a_program_is_said_in_a_sentence(was, sentence):
    now = kept("openapi")
    changed(now, *BROKEN[sentence])

    assert sentence in breaks(was, now)


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
    was, now = kept("openapi"), kept("openapi")
    added(now)

    assert breaks(was, now) == []


def test_a_field_that_an_event_has_no_more_breaks_who_reads_it():
    path, changed = "/schemas/update-received.v1.json", kept("events")
    del changed[path]["$defs"]["ClaimSaid"]["properties"]["means"]
    del changed["/schemas/withdrawn.v1.json"]

    assert breaks_of_events(kept("events"), changed) == [
        f"{path}.data.claim.means is gone",
        "/schemas/withdrawn.v1.json is gone",
    ]
