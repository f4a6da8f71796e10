"""The AsyncAPI text is true of what is sent. `tests/foreign` checks that it is AsyncAPI."""

import json
import re
from functools import cache
from importlib import import_module
from typing import Any

import pytest

from tests.api.founding import FEW_BODIES
from tests.api.receiving import Receiver, receiving
from tests.api.site import Site, streamed
from tests.api.test_webhooks import PATH, Post, posting

Draft7Validator: Any = import_module("jsonschema").Draft7Validator


FOUNDING = FEW_BODIES
"""Entries of every kind are there where a log begins with few bodies."""


@pytest.fixture
def document(site: Site) -> dict[str, Any]:
    return site.anybody.reads("/asyncapi.json")


def fitting(document: dict[str, Any], name: str) -> Any:
    """A validator of a message's payload, or of its headers."""
    schema = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
    Draft7Validator.check_schema(schema)
    return Draft7Validator(schema)


def test_every_entry_of_the_stream_fits_what_is_said_of_it(site, report, document):
    validator = fitting(document, "entry")
    said = streamed(site.anybody, site.position)
    said_of_entries = re.findall(rb"^id: [0-9]+\ndata: (.*)$", said, re.MULTILINE)
    events = [json.loads(one) for one in said_of_entries]

    assert len(events) == site.position
    for event in events:
        assert [one.message for one in validator.iter_errors(event)] == []
    assert not validator.is_valid({**events[0], "type": "answerable.nothing.v1"})
    assert not validator.is_valid({**events[0], "sequence": 5})


def test_deliveries_of_webhooks_fit_their_schema(new_site):
    document = new_site.anybody.reads("/asyncapi.json")
    with receiving() as receiver, posting(new_site) as post:
        name, _ = post.subscribe(receiver.url, after=new_site.position - 3)
        post.integrator.records(f"{PATH}/{name}/test", {})
        post.sender.catch_up()
        kinds = _fit(receiver, document)
        _all_of_it(post, receiver, document)

    assert sorted(kinds) == ["delivered", "delivered", "delivered", "test"]


def _fit(receiver: Receiver, document: dict[str, Any]) -> list[str]:
    kinds, fits = [], cache(lambda payload: fitting(document, payload))
    messages = document["components"]["messages"]
    for sent in receiver.came:
        kind = "test" if "test" in sent.id else "delivered"
        payload = messages[kind]["payload"]["$ref"].rpartition("/")[2]
        assert fits(payload).is_valid(sent.event), sent.event
        assert Draft7Validator(messages[kind]["headers"]).is_valid(sent.headers), sent.headers
        assert sent.headers["content-type"].startswith(messages[kind]["contentType"])
        kinds.append(kind)
    return kinds


def _all_of_it(post: Post, receiver: Receiver, document: dict[str, Any]) -> None:
    """The whole log: its first entry has none before it."""
    receiver.came.clear()
    post.subscribe(receiver.url, after=0)
    post.sender.catch_up()
    assert "previousid" not in receiver.came[0].event
    _fit(receiver, document)


def test_the_stream_takes_what_openapi_says_that_it_takes(site, document):
    asked = document["operations"]["streamEntries"]["bindings"]["http"]["query"]["properties"]

    assert {"after", "body", "by", "late_by", "origin", "report", "type"} <= asked.keys()


def test_every_reference_leads_somewhere(document):
    found = 0

    def look(value: Any) -> None:
        nonlocal found
        if isinstance(value, dict):
            if "$ref" in value:
                place = document
                for step in value["$ref"].removeprefix("#/").split("/"):
                    place = place[step]
                found += 1
            for inner in value.values():
                look(inner)
        elif isinstance(value, list):
            for inner in value:
                look(inner)

    look(document)
    assert found > 8
