"""The library of Standard Webhooks for JavaScript verifies our webhooks."""

import json
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ledger.postgres.embedded import Running
from tests.api import site as sites
from tests.api.receiving import Receiver, Sent, receiving
from tests.api.test_webhooks import PATH, Post, posting
from tests.foreign.conftest import INSTALLED, tool
from tests.servers import new_database

pytestmark = pytest.mark.foreign

VERIFIER = Path(__file__).parent / "webhooks.mjs"


@pytest.fixture
def post(postgres: Running, migrated: str) -> Iterator[Post]:
    with new_database(postgres, migrated) as url:
        with sites.founding(url) as tokens:
            pass
        with sites.opened(url, tokens) as site, sites.by_its_clock(site), posting(site) as made:
            made.clock.now = datetime.now(UTC)  # noqa: TID251  # the library asks the real clock
            yield made


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as made:
        yield made


def verified(given: list[dict[str, Any]]) -> list[str]:
    node = tool("node")
    place = INSTALLED / "npm"
    if not (place / "node_modules/standardwebhooks").is_dir():
        pytest.skip("standardwebhooks is not installed: make foreign installs it, where it can")
    said = "".join(json.dumps(one) + "\n" for one in given)
    done = subprocess.run(
        [node, str(VERIFIER), str(place)], input=said, capture_output=True, text=True, check=True
    )
    return done.stdout.splitlines()


def as_it_came(sent: Sent, secret: str) -> dict[str, Any]:
    return {"secret": secret, "body": sent.body.decode(), "headers": sent.headers}


def test_the_library_for_javascript_takes_what_is_sent_also_while_a_secret_is_rotated(
    post, receiver
):
    name, first = post.subscribe(receiver.url)
    post.grow()
    post.sender.catch_up()
    second = post.integrator.records(f"{PATH}/{name}/secret", {})["secret"]
    # The site lives in 2025: so that the former secret is good by the clock of the queue.
    post.site.rows("UPDATE api.subscriptions SET former_until = now() + '1 day' RETURNING id")
    post.grow()
    post.sender.catch_up()
    given = [as_it_came(one, first) for one in receiver.came]
    given += [as_it_came(one, second) for one in receiver.came[3:]]

    assert verified(given) == [one.event["id"] for one in (*receiver.came, *receiver.came[3:])]


def test_the_library_for_javascript_refuses_what_was_changed(post, receiver):
    _, secret = post.subscribe(receiver.url)
    _, another = post.subscribe(receiver.url, type="update-received")
    post.grow()
    post.sender.catch_up()
    good = as_it_came(receiver.came[0], secret)
    headers = good["headers"]

    said = verified(
        [
            good | {"body": good["body"] + " "},
            good | {"secret": another},
            good | {"headers": headers | {"webhook-id": "x"}},
            good | {"headers": headers | {"webhook-timestamp": "1700000000"}},
        ]
    )

    assert [one.partition(":")[0] for one in said] == ["refused"] * 4
