"""The service answers as its own OpenAPI text says, whatever is sent that fits that text."""

import time
from collections import Counter
from importlib import import_module
from typing import Any

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from api.requests.current import EXTENSION
from tests.api.addresses import places
from tests.api.test_fuzz import GOOD
from tests.api.town import FORCE, NOTE, PFCC, Town

schemathesis: Any = import_module("schemathesis")
rules: Any = import_module("schemathesis.specs.openapi.checks")
CHECKS = [
    import_module("schemathesis.checks").not_a_server_error,
    rules.status_code_conformance,
    rules.content_type_conformance,
    rules.response_headers_conformance,
    rules.response_schema_conformance,
]


@pytest.fixture
def there(new_town: Town) -> dict[str, Any]:
    """The parts of addresses of what is there."""
    report = new_town.publish()
    found = places(new_town, report)
    new_town.catch_up()
    set_for_webhooks(new_town)
    return {**found, "entry_id": report.entry("recommendation-raised"), "publisher": "hmicfrs"}


def set_for_webhooks(town: Town) -> None:
    """A service without a key makes no secrets, so it takes no subscription."""
    settings = town.app.extensions[EXTENSION]["settings"]
    object.__setattr__(settings, "secret_key", "k" * 40)


ENDLESS = "/api/entries/stream"
"""An answer that is not over is not checked: tests/api/test_stream.py asks for it."""


def operations(town: Town) -> list[Any]:
    schema = schemathesis.openapi.from_wsgi("/openapi.json", town.app)
    found = [one.ok() for one in schema.get_all_operations()]
    assert ENDLESS in {one.path for one in found}
    return [one for one in found if one.path != ENDLESS]


def parts(operation: Any, there: dict[str, Any]) -> dict[str, Any]:
    """The parts of an operation's address, of what is there."""
    values = {**there, "body": PFCC, "responder": PFCC, "addressee": FORCE}
    return {one.name: values[one.name] for one in operation.path_parameters if one.name in values}


@st.composite
def cases(draw: st.DrawFn, operation: Any, there: dict[str, Any]) -> Any:
    """A request that fits the text: of something that is there, more often than not, with dates
    that there are, and a body that can be recorded."""
    known = draw(st.sampled_from([True, True, False]))
    given = {"path_parameters": parts(operation, there)} if known else {}
    case = draw(operation.as_strategy(**given))
    query = case.query or {}
    if known:
        for name in ("known_at", "effective_on", "from", "to", "since_meeting", "after", "body"):
            query.pop(name, None)
        if operation.path in ("/api/changes", "/log/consistency"):
            query["from"] = 1
        word = operation.path.rpartition("/")[2]
        if operation.method == "post" and word in GOOD and draw(st.booleans()):
            case.body = GOOD[word] | {"source": NOTE}
    return case


def answers_as_it_says(
    town: Town, operation: Any, there: dict[str, Any], many: int, chance: int
) -> Counter[int]:
    """Send so many requests to an operation: how often each status came."""
    found: Counter[int] = Counter()
    documented = set(operation.definition.raw["responses"])

    @seed(chance)
    @settings(
        max_examples=many, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(case=cases(operation, there))
    def once(case: Any) -> None:
        who = town.tokens["admin"]
        # In one process nobody unpacks what the library asks to be packed.
        sent = {"Authorization": f"Bearer {who}", "Accept-Encoding": "identity"}
        answer = case.call(headers=sent)
        case.validate_response(answer, checks=CHECKS)
        # `default` would let any error through: whatever comes must be named.
        assert str(answer.status_code) in documented, (operation.label, answer.text[:300])
        found[answer.status_code] += 1

    once()
    return found


def test_every_operation_answers_as_the_text_says(new_town, there):
    found: Counter[int] = Counter()
    answered = set()
    for n, operation in enumerate(operations(new_town)):
        came = answers_as_it_says(new_town, operation, there, 2, n)
        found += came
        if came[200] + came[201]:
            answered.add(operation.label)

    assert sum(found.values()) > 100
    assert len(answered) > 20, found


@pytest.mark.soak
def test_every_operation_answers_as_the_text_says_for_five_minutes(new_town, there):
    ends = time.monotonic() + 300
    found: Counter[int] = Counter()
    n = 0
    while time.monotonic() < ends:
        for operation in operations(new_town):
            found += answers_as_it_says(new_town, operation, there, 12, n)
            n += 1
        new_town.catch_up()
    assert found[200] > 500
    assert found[201] > 50
