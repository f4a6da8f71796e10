"""The service answers as its own OpenAPI text says, whatever is sent over HTTP. Every check of
schemathesis runs, on requests that fit the text and on others, each alone and along links."""

import logging
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from itertools import count
from typing import Any
from uuid import uuid4

import pytest
from werkzeug.serving import make_server

from api.requests.current import EXTENSION
from projections.read_models import projector
from tests.api.addresses import places
from tests.api.site import FORCE, NOTE, PFCC, Site
from tests.api.test_fuzz import GOOD
from tests.conftest import examples, served, some, whole
from tests.log.following import running

schemathesis: Any = import_module("schemathesis")
engine: Any = import_module("schemathesis.engine")
events: Any = import_module("schemathesis.engine.events")
Config: Any = import_module("schemathesis.config").SchemathesisConfig

NOT_CHECKED = {
    "positive_data_acceptance": "422 says also what is true of this log alone: a day that has not "
    "come, a body that there is none of, a key that came before. tests/api/test_fuzz.py and the "
    "tests of each act send what is taken.",
}
REFUSALS = {
    "negative_data_rejection": {
        "expected-statuses": [400, 401, 403, 404, 405, 406, 409, 412, 415, 422, 428, 429, "5xx"]
    }
}
"""The statuses that refuse what the text does not allow. A precondition that fails is one (412)."""
LEFT_OUT = {
    "followEntries": "Its answer has no end: tests/api/test_stream.py asks for it.",
    "revokeToken": "It ends the token that asks.",
    "closeAccount": "It closes the account that asks.",
    "revokeScope": "It takes the scope from the account that asks.",
}
NAMES_OF_BEFORE = {"bodies", "successions", "revisions"}
"""Acts whose request in GOOD has older names of fields, or those of another address, which the text
lacks."""
METHODS = {"get", "post", "put", "patch", "delete"}
MOMENTS = ("known_at", "effective_on", "from", "to", "since_meeting", "after", "body", "origin")


@pytest.fixture
def there(new_site: Site) -> dict[str, Any]:
    """The parts of addresses of what is there."""
    report = new_site.publish()
    found = places(new_site, report)
    new_site.catch_up()
    entry = report.entry("recommendation-raised")
    named = {"body": PFCC, "responder": PFCC, "addressee": FORCE, "publisher": "hmicfrs"}
    return {**found, **named, "entry_id": entry}


def of_what_is_there(there: dict[str, Any]) -> Callable[..., None]:
    """Makes of most requests that fit the text such that there is something to answer to."""
    numbers = count()

    def before_call(context: Any, case: Any, kwargs: Any) -> None:
        if case.meta is None or case.meta.generation.mode.is_negative:
            return
        if any(one.mode.is_negative for one in case.meta.components.values()):
            return
        if case.headers:
            case.headers.pop("If-Match", None)
            if "Idempotency-Key" in case.headers:
                case.headers["Idempotency-Key"] = str(uuid4())
        if case.meta.phase.name.value == "stateful" or next(numbers) % 3 == 0:
            return
        parts = case.path_parameters or {}
        parts.update({name: there[name] for name in parts.keys() & there.keys()})
        query = case.query or {}
        for name in MOMENTS:
            query.pop(name, None)
        if case.operation.path in ("/api/changes", "/log/consistency"):
            query["from"] = 1
        word = case.operation.path.rpartition("/")[2]
        if case.operation.method == "post" and word in GOOD.keys() - NAMES_OF_BEFORE:
            case.body = GOOD[word] | {"source": NOTE}

    return before_call


@contextmanager
def hooked(before_call: Callable[..., None]) -> Iterator[None]:
    """While it is called before each request: the library takes such a hook for all texts alone."""
    schemathesis.hook(before_call)
    try:
        yield
    finally:
        import_module("schemathesis.hooks").unregister(before_call)


@contextmanager
def site_of(site: Site) -> Iterator[str]:
    """The address of the service, in threads of this process: a site has a clock of its own."""
    settings = site.app.extensions[EXTENSION]["settings"]
    object.__setattr__(settings, "secret_key", "k" * 40)  # without, it takes no subscription
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    site.follower.close()  # another one leads meanwhile
    server = make_server("127.0.0.1", 0, site.app, threaded=True)
    with served(server) as address, running(projector.follower(site.url), 0.2):
        yield address


@pytest.mark.sampled
def test_whatever_is_sent_is_answered_as_the_text_says(new_site: Site, there: dict[str, Any]):
    long = whole()
    token = new_site.tokens["admin"]
    phases = {"examples": False, "coverage": long, "fuzzing": True, "stateful": True}
    config = Config.from_dict(
        {
            "headers": {"Authorization": f"Bearer {token}", "Accept-Encoding": "identity"},
            "continue-on-failure": True,
            "generation": {
                "max-examples": 20 if long else 1,
                "no-shrink": True,
                "database": "none",
            },
            "checks": {name: {"enabled": False} for name in NOT_CHECKED} | REFUSALS,
            "phases": {name: {"enabled": runs} for name, runs in phases.items()},
            **({"max-time": 300} if long else {"seed": 1}),
        }
    )
    answered: Counter[int] = Counter()
    failed: list[str] = []
    with site_of(new_site) as url, hooked(of_what_is_there(there)):
        schema = schemathesis.openapi.from_url(f"{url}/openapi.json", config=config)
        names = [one["operationId"] for item in schema.raw_schema["paths"].values()
                 for method, one in item.items() if method in METHODS]  # fmt: skip
        schema = schema.include(operation_id=some(sorted({*names} - {*LEFT_OUT}), 4))
        for event in engine.from_schema(schema).execute():
            if isinstance(event, events.ScenarioFinished):
                answered += of_scenario(event.recorder, failed)
            elif isinstance(event, events.NonFatalError | events.FatalError):
                failed.append(str(event))

    assert failed == [], "\n".join(failed[:20])
    for status in (200, 201, 422):
        assert answered[status] > examples(1, 20), answered


def of_scenario(recorder: Any, failed: list[str]) -> Counter[int]:
    """How often each status came; what failed is added, in sentences."""
    statuses: Counter[int] = Counter()
    for number, node in recorder.cases.items():
        case, interaction = node.value, recorder.interactions.get(number)
        if interaction is None or interaction.response is None:
            continue
        answer = interaction.response
        statuses[answer.status_code] += 1
        sent = f"{interaction.request.method} {interaction.request.uri} {interaction.request.body}"
        said = f"{answer.status_code} {answer.text[:300]}"
        for check in recorder.checks.get(number, []):
            if check.status == engine.Status.FAILURE:
                failed.append(f"{check.name} of {sent[:600]}: {check.failure_info.failure}; {said}")
        # `default` would let any error through: whatever comes must be named.
        documented = case.operation.definition.raw["responses"]
        if (
            case.method.lower() == case.operation.method
            and str(answer.status_code) not in documented
        ):
            failed.append(f"{answer.status_code} is not named: {sent[:300]}: {said}")
    return statuses
