"""The AsyncAPI text fits the JSON Schema that AsyncAPI itself publishes."""

import json
from importlib import import_module
from typing import Any

import pytest

from tests.foreign.conftest import INSTALLED

pytestmark = pytest.mark.foreign

Draft7Validator: Any = import_module("jsonschema").Draft7Validator
SCHEMA = INSTALLED / "npm/node_modules/@asyncapi/specs/schemas/3.0.0.json"


def test_the_text_is_asyncapi(site):
    if not SCHEMA.is_file():
        pytest.skip("@asyncapi/specs is not installed: make foreign installs it, where it can")
    document = site.anybody.reads("/asyncapi.json")
    validator = Draft7Validator(json.loads(SCHEMA.read_text("utf-8")))

    faults = [
        f"{list(one.absolute_path)}: {one.message}" for one in validator.iter_errors(document)
    ]
    broken = {**document, "operations": {"x": {"action": "shout"}}}

    assert faults == []
    assert not validator.is_valid(broken)
