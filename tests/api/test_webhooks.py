"""Webhooks: entries sent as they are sealed, to receivers that behave and to those that do not. The
clock of the queue is given to it."""

import base64
import os
import re
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html import unescape
from itertools import count, pairwise
from pathlib import Path
from typing import Any

import html5lib
import psycopg
import pytest
from standardwebhooks.webhooks import Webhook

from api.feeds.webhooks import Webhooks
from api.requests.current import EXTENSION
from ledger.acts.decision import Notice
from ledger.acts.service import close_account, revoke_scope
from ledger.events import AccountClosed, ScopeRevoked
from ledger.settings import Settings
from ledger.states.service import SETUP
from tests.api import receiving as bad
from tests.api.founding import FEW_BODIES
from tests.api.reading import SECONDS
from tests.api.receiving import Receiver, Sent, receiving
from tests.api.site import ACCOUNTS, FORCE, PFCC, Caller, Site, problem_of
from tests.api.test_sealed import sealed  # noqa: F401
from tests.conftest import examples, whole
from tests.processes import Python

pytestmark = pytest.mark.long

KEY = "a key of forty letters, for the tests ..."
PATH = "/api/subscriptions"
INTEGRATOR, *_ = ACCOUNTS["integrator"]
BEGAN = datetime(2026, 11, 27, 12, tzinfo=UTC)


@dataclass
class Clock:
    """The clock that the queue goes by."""

    now: datetime = BEGAN

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, **time: float) -> None:
        self.now += timedelta(**time)


@dataclass
class Post:
    """A site from which entries are sent."""

    site: Site
    name: str = INTEGRATOR
    clock: Clock = field(default_factory=Clock)
    integrator: Caller = field(init=False)
    sender: Webhooks = field(init=False)
    senders: list[Webhooks] = field(default_factory=list)

    def __post_init__(self) -> None:
        founded = self.name == INTEGRATOR
        self.integrator = (
            self.site.caller("integrator")
            if founded
            else self.site.account(self.name, None, "subscribe")
        )
        self.sender = self.another_sender()

    def another_sender(self, key: str | None = KEY, jitter: float = 0.5) -> Webhooks:
        made = Webhooks(
            self.site.url,
            self.site.ledger,
            "log.example/town",
            key,
            {"127.0.0.1"},
            address=self.site.app.extensions[EXTENSION]["settings"].address,
            now=self.clock,
            jitter=lambda: jitter,
            seconds=2.0,
        )
        self.senders.append(made)
        return made

    def subscribe(self, url: str, **asked: Any) -> tuple[str, str]:
        """A subscription to a receiver: its id and its secret."""
        made = self.integrator.records(PATH, {"url": url, **asked})
        return made["subscription"]["id"], made["secret"]

    def shown(self, name: str) -> dict[str, Any]:
        return self.integrator.reads(f"{PATH}/{name}")

    def deliveries(self, name: str) -> list[dict[str, Any]]:
        """The oldest first."""
        found: list[dict[str, Any]] = []
        asked: dict[str, Any] = {"limit": 500}
        while True:
            page = self.integrator.reads(f"{PATH}/{name}/deliveries", **asked)
            found += page["items"]
            if page["next"] is None:
                return found[::-1]
            asked["after"] = page["next"]

    def grow(self) -> list[int]:
        """Record three entries, which the read models know: their positions."""
        before = self.site.position
        self.site.publish()
        self.site.catch_up()
        return list(range(before + 1, self.site.position + 1))


@contextmanager
def set_for_webhooks(settings: Settings) -> Iterator[None]:
    given = {"secret_key": KEY, "webhook_hosts": "127.0.0.1", "receipt_wait": 0}
    before = {name: getattr(settings, name) for name in given}
    for name, value in given.items():
        object.__setattr__(settings, name, value)
    try:
        yield
    finally:
        for name, value in before.items():
            object.__setattr__(settings, name, value)


@contextmanager
def posting(site: Site, name: str = INTEGRATOR) -> Iterator[Post]:
    with set_for_webhooks(site.app.extensions[EXTENSION]["settings"]):
        post = Post(site, name)
        site.catch_up()
        try:
            yield post
        finally:
            for sender in post.senders:
                sender.close()


_numbers = count(1)


FOUNDING = FEW_BODIES
"""How a log is sent is seen of one that begins with few bodies."""


@pytest.fixture
def post(site: Site) -> Iterator[Post]:
    """An account of one's own in the site of the file; nobody else has subscriptions."""
    with posting(site, f"{INTEGRATOR}-{next(_numbers)}") as made:
        yield made
    site.rows("DELETE FROM api.subscriptions RETURNING id")


@pytest.fixture
def own_post(new_site: Site) -> Iterator[Post]:
    """A site of one's own, where its log or its accounts matter."""
    with posting(new_site) as made:
        yield made


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as made:
        yield made


def signed_by(sent: Sent, *secrets: str) -> None:
    """Return whether it has the signatures of these secrets and no others."""
    at = datetime.fromtimestamp(int(sent.headers["webhook-timestamp"]), UTC)
    expected = [Webhook(one).sign(sent.id, at, sent.body.decode()) for one in secrets]
    assert sent.headers["webhook-signature"].split(" ") == expected


def linked(came: list[Sent]) -> None:
    """Return whether each names the one before it, so that a receiver knows that it missed none."""
    for before, after in pairwise(one.event for one in came):
        assert after["previoussequence"] == before["sequence"]
        assert after["previousid"] == before["id"]


# What is sent


def test_each_entry_comes_once_in_order_as_the_list_has_it_with_the_one_before(post, receiver):
    name, secret = post.subscribe(receiver.url)
    positions = post.grow() + post.grow()
    post.sender.catch_up()

    assert receiver.positions == positions
    listed = post.site.anybody.reads("/api/entries", after=positions[0] - 1)["items"]
    for sent, item in zip(receiver.came, listed, strict=True):
        event = sent.event
        del event["previoussequence"]
        event.pop("previousid")
        assert event == item
        assert sent.headers["content-type"].startswith("application/cloudevents+json")
        signed_by(sent, secret)
    linked(receiver.came)
    before = post.site.anybody.reads("/api/entries", after=positions[0] - 2, limit=1)["items"][0]
    assert receiver.came[0].event["previousid"] == before["id"]
    assert post.shown(name)["position"] == positions[-1]
    assert [one["delivered_at"] is not None for one in post.deliveries(name)] == [True] * 6


@pytest.mark.parametrize("behave", [bad.answer(204), bad.answer(200, body=b"ok")])
def test_a_receiver_is_sent_one_entry_after_another_on_one_connection(post, receiver, behave):
    receiver.behave = behave
    post.subscribe(receiver.url)
    positions = post.grow()
    post.sender.catch_up()

    assert [one.position for one in receiver.came] == positions
    assert len({one.connection for one in receiver.came}) == 1


def test_a_receiver_that_hangs_up_after_each_answer_is_sent_each_entry_once(post, receiver):
    receiver.behave = bad.closing_after_it
    name, _ = post.subscribe(receiver.url)
    positions = post.grow() + post.grow()
    post.sender.catch_up()

    assert [one.position for one in receiver.came] == positions
    assert len({one.connection for one in receiver.came}) == len(positions)
    assert [one["attempts"] for one in post.deliveries(name)] == [1] * len(positions)


def test_an_entry_whose_answer_lacks_its_body_was_taken(post, receiver):
    receiver.behave = bad.owing_its_body
    name, _ = post.subscribe(receiver.url, type="report-published")
    post.grow()
    post.sender.catch_up()

    (said,) = post.deliveries(name)
    assert (said["status"], said["error"], len(receiver.came)) == (200, None, 1)


def test_a_subscriber_to_the_whole_log_gets_it_from_its_first_entry(own_post, receiver):
    own_post.subscribe(receiver.url, after=0)
    own_post.sender.catch_up()

    assert receiver.positions == list(range(1, own_post.site.position + 1))
    assert receiver.came[0].event["previoussequence"] == "0" * 16
    assert "previousid" not in receiver.came[0].event
    linked(receiver.came)


FILTERS: tuple[dict[str, str | list[str]], ...] = (
    {"type": "ResponseDutyArose"},
    {"type": ["ReportPublished", "report-published", "paper-issued"]},
    {"by": "hmicfrs"},
    {"body": FORCE},
    {"body": PFCC},
)


def test_filtered_deliveries_are_those_of_the_list_and_each_names_the_one_before(own_post):
    site = own_post.site
    own_post.grow()
    after = site.position
    before = [site.anybody.reads("/api/entries", limit=500, **one)["items"][-1] for one in FILTERS]
    with ExitStack() as stack:
        receivers = [stack.enter_context(receiving()) for _ in FILTERS]
        names = [
            own_post.subscribe(each.url, after=after, **asked)[0]
            for each, asked in zip(receivers, FILTERS, strict=True)
        ]
        paper = {"title": "x", "known_at": 1, "effective_on": "2017-01-02", "occurred_on": None}
        for day in range(1, 4):
            own_post.grow()
            meeting = f"/api/meetings/cumbria-police-fire-and-crime-panel/2025-10-0{day}"
            site.panel.records(f"{meeting}/papers", paper)
            site.catch_up()
            own_post.sender.catch_up()

        for asked, last, receiver, name in zip(FILTERS, before, receivers, names, strict=True):
            items = site.anybody.reads("/api/entries", after=after, limit=500, **asked)["items"]
            assert items
            assert receiver.positions == [int(one["sequence"]) for one in items]
            assert receiver.came[0].event["previousid"] == last["id"]
            linked(receiver.came)
            types = own_post.shown(name)["wanted"].get("types")
            assert types is None or {each["type"] for each in items} == {
                f"answerable.{each}.v1" for each in types
            }


def test_one_type_is_shown_as_before_and_several_as_a_list(post, receiver):
    for asked, wanted in (
        ("PaperIssued", {"type": "paper-issued", "types": ["paper-issued"]}),
        (["paper-issued"], {"type": "paper-issued", "types": ["paper-issued"]}),
        (["reopened", "paper-issued"], {"types": ["paper-issued", "reopened"]}),
        ("", {}),
    ):
        assert post.shown(post.subscribe(receiver.url, type=asked)[0])["wanted"] == wanted


def test_no_text_is_sent_opened(post, receiver):
    report = post.site.publish()
    post.subscribe(receiver.url)
    words = {"text": {"text": "Only the office reads this.", "audience": "office"}}
    post.site.force.records(f"{report.recommendation}/updates", words | {"occurred_on": None})
    post.sender.catch_up()

    assert receiver.positions == [post.site.position]
    assert b"Only the office" not in receiver.came[0].body
    assert b'"sha256"' in receiver.came[0].body


def test_entries_since_the_seal_wait_though_more_is_sent(sealed, receiver):  # noqa: F811
    with posting(sealed.site) as post:
        sealed.seal()
        post.subscribe(receiver.url)
        positions = post.grow()
        sealed.seal()
        post.grow()
        post.sender.catch_up()

        assert receiver.positions == positions


def test_a_test_is_sent_at_once_signed_and_is_no_entry(post, receiver):
    name, secret = post.subscribe(receiver.url)
    asked = post.integrator.records(f"{PATH}/{name}/test", {})
    post.sender.catch_up()

    (sent,) = receiver.came
    assert sent.event["type"] == "answerable.test.v1"
    assert sent.id == asked["message"]
    signed_by(sent, secret)
    (said,) = post.deliveries(name)
    assert (said["kind"], said["entry"], said["status"], said["error"]) == ("test", None, 204, None)
    post.sender.catch_up()
    assert len(receiver.came) == 1


# Receivers that do not take it


@pytest.mark.parametrize(
    ("behave", "status", "says"),
    [
        (bad.answer(500), 500, "answered 500"),
        (bad.answer(404), 404, "answered 404"),
        (bad.answer(302, {"Location": "http://127.0.0.1:1/"}), 302, "not followed"),
        (bad.closing_early, None, "No answer came"),
        (bad.closing_in_its_head, None, "No answer came"),
        (bad.endless_heads, None, "No answer came"),
    ],
    ids=["500", "404", "redirect", "closing", "closing-in-its-head", "endless-heads"],
)
def test_a_delivery_that_is_not_taken_is_tried_again_and_the_next_waits(
    post, receiver, behave, status, says
):
    name, secret = post.subscribe(receiver.url)
    positions = post.grow()
    receiver.behave = behave
    post.sender.catch_up()
    post.sender.catch_up()  # it is not due yet

    assert len(receiver.came) == 1
    assert post.shown(name)["state"] == "failing"
    (failed,) = post.deliveries(name)
    assert (failed["attempts"], failed["status"]) == (1, status)
    assert says in failed["error"]

    receiver.behave = bad.ok
    post.clock.pass_(seconds=7)
    post.sender.catch_up()
    assert receiver.positions == positions
    assert receiver.came[0].id == receiver.came[1].id
    assert [one["attempts"] for one in post.deliveries(name)] == [2, 1, 1]
    assert post.shown(name)["state"] == "active"
    signed_by(receiver.came[1], secret)


def test_a_redirection_leads_nowhere(post, receiver):
    with receiving() as elsewhere:
        receiver.behave = bad.answer(307, {"Location": elsewhere.url})
        post.subscribe(receiver.url)
        post.grow()
        post.sender.catch_up()

        assert len(receiver.came) == 1
        assert elsewhere.came == []


def test_an_answer_of_a_gigabyte_is_not_read(post, receiver):
    receiver.behave = bad.a_gigabyte
    name, _ = post.subscribe(receiver.url)
    positions = post.grow()
    post.sender.catch_up()

    assert [one.position for one in receiver.came] == positions
    assert post.shown(name)["position"] == positions[-1]


def test_a_slow_receiver_holds_up_nobody_else(post, receiver):
    let_go = threading.Event()
    with receiving() as slow:
        slow.behave = lambda request: bad.ok(request) if let_go.wait(30) else None
        name, _ = post.subscribe(slow.url)
        for _ in range(3):
            post.subscribe(receiver.url)
        positions = post.grow()
        post.sender.step()
        assert slow.arrived.acquire(timeout=30)
        while len(receiver.taken) < 9:  # all others come while it hangs
            assert receiver.arrived.acquire(timeout=30)
            threading.Event().wait(0.01)
        hung = post.sender.catch_up() is not None and not let_go.is_set()
        let_go.set()

        assert hung
        assert sorted(receiver.positions) == sorted(positions * 3)
        (failed,) = post.deliveries(name)
        assert "did not answer within" in failed["error"]


def test_waits_grow_to_four_hours_and_after_three_days_it_is_disabled(post, receiver):
    receiver.behave = bad.answer(503)
    name, _ = post.subscribe(receiver.url)
    positions = post.grow()
    times = []
    while (now := post.shown(name))["state"] != "disabled":
        if now["next_at"] is not None:
            post.clock.now = datetime.fromisoformat(now["next_at"]) - timedelta(seconds=1)
            post.sender.catch_up()  # nothing is sent before its time
            post.clock.pass_(seconds=1)
        post.sender.catch_up()
        times.append(post.clock.now)
        assert len(receiver.came) == len(times)

    waits = [after - before for before, after in pairwise(times)]
    assert waits[0] < timedelta(seconds=7)
    assert waits == sorted(waits)
    assert timedelta(hours=3.9) < waits[-1] <= timedelta(hours=4.2)
    assert timedelta(days=3) <= times[-1] - times[0] < timedelta(days=3, hours=5)
    assert 25 < len(times) < 35
    why = post.shown(name)["disabled"]["why"]
    assert f"Entry {positions[0]} was not taken for 3 days" in why
    assert "503" in why
    post.clock.pass_(days=9)
    post.sender.catch_up()
    assert len(receiver.came) == len(times)

    receiver.behave = bad.ok
    assert post.integrator.records(f"{PATH}/{name}/replay", {})["state"] == "active"
    post.sender.catch_up()
    assert receiver.positions == positions


def test_waits_differ_by_a_fifth_and_heed_what_the_receiver_asks_for(post, receiver):
    receiver.behave = bad.answer(503)
    waits = []
    for jitter in (0.0, 1.0):
        post.sender = post.another_sender(jitter=jitter)
        name, _ = post.subscribe(receiver.url)
        post.grow()
        post.sender.catch_up()
        at = datetime.fromisoformat(post.shown(name)["next_at"])
        waits.append((at - post.clock.now).total_seconds())
    receiver.behave = bad.answer(429, {"Retry-After": "120"})
    name, _ = post.subscribe(receiver.url)
    post.grow()
    post.sender.catch_up()
    at = datetime.fromisoformat(post.shown(name)["next_at"])

    assert waits == [4.0, 6.0]
    assert at - post.clock.now == timedelta(seconds=120)


def test_a_receiver_that_is_gone_is_sent_nothing_more(post, receiver):
    receiver.behave = bad.answer(410)
    name, _ = post.subscribe(receiver.url)
    post.grow()
    post.sender.catch_up()
    post.clock.pass_(days=1)
    post.sender.catch_up()

    assert len(receiver.came) == 1
    shown = post.shown(name)
    assert shown["state"] == "disabled"
    assert "410" in shown["disabled"]["why"]


# Again


def test_a_replayed_delivery_has_the_id_that_it_had(post, receiver):
    name, _ = post.subscribe(receiver.url)
    positions = post.grow() + post.grow()
    post.sender.catch_up()
    first = list(receiver.came)
    post.integrator.records(f"{PATH}/{name}/replay", {"after": positions[2]})
    post.sender.catch_up()
    again = receiver.came[6:]

    assert [one.position for one in again] == positions[3:]
    assert [one.id for one in again] == [one.id for one in first[3:]]
    assert [one.body for one in again] == [one.body for one in first[3:]]


def test_a_subscription_moved_while_sending_stays_where_it_was_moved_to(post, receiver):
    moved, to = threading.Event(), post.site.position - 20

    def behave(request: Any) -> None:
        if not moved.is_set():
            moved.set()
            post.integrator.records(f"{PATH}/{name}/replay", {"after": to})
        bad.answer(204)(request)

    receiver.behave = behave
    name, _ = post.subscribe(receiver.url)
    post.grow()
    post.sender.catch_up()

    came = [one.position for one in receiver.came]
    assert came[1:] == list(range(to + 1, post.site.position + 1))


def test_a_thousand_deliveries_are_kept(post, receiver):
    name, _ = post.subscribe(receiver.url)
    post.site.rows(
        """
        INSERT INTO api.deliveries
               (subscription, message, position, event, attempts, delivered_at)
        SELECT %s, 'old', 1, event_id, 1, now()
          FROM generate_series(1, 1200), ledger.entries AS e WHERE e.position = 1 RETURNING id
        """,
        name,
    )
    positions = post.grow()
    post.sender.catch_up()
    kept = post.deliveries(name)

    assert len(kept) == 1000
    assert [one["entry"]["position"] for one in kept[-3:]] == positions


# Secrets


def test_the_former_secret_signs_for_a_day_beside_the_new_one(post, receiver):
    name, first = post.subscribe(receiver.url)
    made = post.integrator.records(f"{PATH}/{name}/secret", {})
    second = made["secret"]
    until = datetime.fromisoformat(made["subscription"]["former_secret_until"])
    assert first != second
    post.clock.now = until - timedelta(hours=1)
    post.grow()
    post.sender.catch_up()
    post.clock.now = until + timedelta(minutes=1)
    post.grow()
    post.sender.catch_up()

    signed_by(receiver.came[0], second, first)
    signed_by(receiver.came[-1], second)


def test_a_new_secret_that_is_asked_for_again_under_its_key_is_the_same_one(post, receiver):
    """As by a program whose answer was lost: the first secret goes on signing for its day."""
    name, first = post.subscribe(receiver.url)
    path, key = f"{PATH}/{name}/secret", {"Idempotency-Key": "once"}

    made = post.integrator.records(path, {}, key)
    again = post.integrator.records(path, {}, key)

    assert again == made
    until = datetime.fromisoformat(made["subscription"]["former_secret_until"])
    post.clock.now = until - timedelta(hours=1)
    post.grow()
    post.sender.catch_up()
    signed_by(receiver.came[0], made["secret"], first)
    another = post.integrator.records(path, {}, {"Idempotency-Key": "twice"})["secret"]
    by_another = post.site.admin.records(path, {}, {"Idempotency-Key": "twice"})["secret"]
    without = [post.integrator.records(path, {})["secret"] for _ in range(2)]
    assert len({first, made["secret"], another, by_another, *without}) == 6


def test_a_new_secret_that_is_asked_for_twice_at_once_under_its_key_is_one(post, receiver):
    name, _ = post.subscribe(receiver.url)
    waiting = (
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE wait_event_type = 'Lock' AND datname = current_database()"
    )

    def asks():
        caller = Caller(post.site.app.test_client(), post.integrator.token)
        return caller.post(f"{PATH}/{name}/secret", {}, {"Idempotency-Key": "once"})

    with ThreadPoolExecutor(2) as threads, psycopg.connect(post.site.url) as connection:
        connection.execute("SELECT FROM api.subscriptions FOR UPDATE")
        running = [threads.submit(asks) for _ in range(2)]
        while post.site.rows(waiting) != [(2,)]:
            threading.Event().wait(0.002)
        connection.rollback()
    one, two = (each.result() for each in running)

    assert (one.status_code, two.status_code) == (201, 201), two.text
    assert one.json == two.json


def test_secrets_are_whole_differ_and_lie_in_no_table(post, receiver):
    made = [post.subscribe(receiver.url) for _ in range(3)]
    secrets = [secret for _, secret in made]

    assert len(set(secrets)) == 3
    for secret in secrets:
        assert len(base64.b64decode(secret.removeprefix("whsec_"))) == 32
        rows = str(post.site.rows("SELECT s::text FROM api.subscriptions s"))
        assert secret not in rows
        assert secret.removeprefix("whsec_") not in rows
        assert base64.b64decode(secret.removeprefix("whsec_")).hex() not in rows


@pytest.mark.parametrize("key", [None, "another key of forty letters, not the one"])
def test_a_delivery_that_another_key_would_sign_is_not_sent_and_says_so(post, receiver, key):
    name, _ = post.subscribe(receiver.url)
    positions = post.grow()
    wrong = post.another_sender(key)
    wrong.catch_up()

    assert receiver.came == []
    assert "ANSWERABLE_SECRET_KEY" in post.deliveries(name)[0]["error"]
    post.clock.pass_(minutes=1)
    post.sender.catch_up()
    assert receiver.positions == positions


def test_a_service_without_a_key_takes_no_subscription(post, receiver):
    settings = post.site.app.extensions[EXTENSION]["settings"]
    object.__setattr__(settings, "secret_key", None)
    refused = post.integrator.post(PATH, {"url": receiver.url})

    assert "ANSWERABLE_SECRET_KEY" in problem_of(refused, 409, "refused:no-secret-key")["detail"]


# Whose it is


def test_subscriptions_are_for_accounts_with_the_scope_and_each_sees_its_own(post, receiver):
    name, _ = post.subscribe(receiver.url)
    other = post.site.account("service/other", None, "subscribe")
    admin = post.site.admin
    asked = {"url": receiver.url}

    assert post.site.anybody.post(PATH, asked).status_code == 401
    assert post.site.anybody.get(PATH).status_code == 401
    for caller in (post.site.clerk, post.site.auditor):
        for refused in (caller.post(PATH, asked), caller.get(PATH), caller.get(f"{PATH}/{name}")):
            assert "“subscribe”" in problem_of(refused, 403, "not-allowed")["detail"]
    report = {"title": "x"}
    problem_of(post.integrator.post("/api/reports", report), 403, "not-allowed")
    for path in (f"{PATH}/{name}", f"{PATH}/{name}/deliveries", f"{PATH}/none"):
        problem_of(other.get(path), 404, "not-recorded")
    for act in ("replay", "test", "secret"):
        problem_of(other.post(f"{PATH}/{name}/{act}", {}), 404, "not-recorded")
    deleted = other.client.delete(
        f"{PATH}/{name}", headers={"Authorization": f"Bearer {other.token}"}
    )
    problem_of(deleted, 404, "not-recorded")
    assert other.reads(PATH) == {"items": []}
    assert [one["id"] for one in post.integrator.reads(PATH)["items"]] == [name]
    assert [one["id"] for one in admin.reads(PATH)["items"]] == [name]


@pytest.mark.parametrize("how", ["closed", "revoked"])
def test_a_subscription_of_an_account_that_lost_its_scope_is_sent_nothing(own_post, receiver, how):
    name, _ = own_post.subscribe(receiver.url)
    own_post.grow()
    if how == "closed":
        event: Any = AccountClosed(account=INTEGRATOR)
        own_post.site.ledger.record(SETUP, close_account, event, Notice())
    else:
        event = ScopeRevoked(account=INTEGRATOR, scope="subscribe")
        own_post.site.ledger.record(SETUP, revoke_scope, event, Notice())
    own_post.sender.catch_up()

    assert receiver.came == []
    (shown,) = own_post.site.admin.reads(PATH)["items"]
    assert shown["state"] == "disabled"
    assert INTEGRATOR in shown["disabled"]["why"]
    assert shown["id"] == name


def test_an_ended_subscription_is_sent_nothing_and_is_gone(post, receiver):
    name, _ = post.subscribe(receiver.url)
    headers = {"Authorization": f"Bearer {post.integrator.token}"}
    ended = post.integrator.client.delete(f"{PATH}/{name}", headers=headers)
    post.grow()
    post.sender.catch_up()

    assert ended.status_code == 204
    assert receiver.came == []
    problem_of(post.integrator.get(f"{PATH}/{name}"), 404, "not-recorded")


def test_the_same_request_again_makes_no_second_subscription(post, receiver):
    key = {"Idempotency-Key": "once"}
    first = post.integrator.records(PATH, {"url": receiver.url}, key)
    again = post.integrator.records(PATH, {"url": receiver.url}, key)
    other = post.integrator.post(PATH, {"url": receiver.url, "by": PFCC}, key)

    assert first == again
    problem_of(other, 422, "key-reused")
    assert len(post.integrator.reads(PATH)["items"]) == 1


def test_an_account_has_twenty(post, receiver):
    for _ in range(20):
        post.subscribe(receiver.url)
    refused = post.integrator.post(PATH, {"url": receiver.url})

    problem_of(refused, 409, "refused:too-many-subscriptions")


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({}, "url"),
        ({"url": "x", "colour": "red"}, "colour"),
        ({"type": "update-recieved"}, "type"),
        ({"type": ["update-received", "update-recieved"]}, "type"),
        ({"type": ["update-received", 5]}, "type"),
        ({"type": []}, "type"),
        ({"body": "camelot"}, "body"),
        ({"report": "none"}, "report"),
        ({"after": -1}, "after"),
        ({"after": 10**9}, "after"),
        ({"after": "5"}, "after"),
    ],
)
def test_a_malformed_subscription_is_refused_with_a_sentence(post, receiver, asked, field):
    said = {"url": receiver.url, **asked} if asked else {}
    problem = problem_of(post.integrator.post(PATH, said), 422, "unfit")

    assert any(one["field"].endswith(field) for one in problem["errors"]), problem
    assert post.integrator.reads(PATH)["items"] == []


def test_a_position_of_another_log_is_a_conflict(post, receiver):
    asked = {"url": receiver.url, "after": 1, "origin": "elsewhere.example/log"}

    problem_of(post.integrator.post(PATH, asked), 409, "refused:another-log")


# Their pages


def page(caller: Caller, path: str) -> str:
    answer = caller.get(path)
    assert answer.status_code == 200, answer.text
    html5lib.HTMLParser(strict=True).parse(answer.text)
    assert answer.headers["Cache-Control"] == "no-store"
    return answer.text


def test_its_page_says_what_was_taken_what_was_not_and_why_it_was_disabled(post, receiver):
    empty = page(post.integrator, "/subscriptions")
    assert "This account has none" in empty
    name, _ = post.subscribe(receiver.url, by=PFCC)
    here = f"/subscriptions/{name}"
    assert "Nothing was sent yet" in page(post.integrator, here)
    positions = post.grow()
    receiver.behave = bad.answer(500)
    post.sender.catch_up()
    failing = page(post.integrator, here)
    receiver.behave = bad.ok
    post.clock.pass_(minutes=1)
    post.sender.catch_up()
    taken = page(post.integrator, here)
    post.grow()
    receiver.behave = bad.answer(410)
    post.sender.catch_up()
    gone = page(post.integrator, here)

    assert "Not taken" in failing
    assert "It answered 500." in failing
    assert f">Entry {positions[0]}</a>" in taken
    assert "2 attempts" in taken
    assert "Active." in taken
    assert "Disabled" in gone
    assert "410" in gone
    assert "Disabled" in page(post.integrator, "/subscriptions")


def test_a_page_of_many_deliveries_leads_to_older_ones(post, receiver):
    post.site.publish_many()
    began = post.site.position - 120
    name, _ = post.subscribe(receiver.url, after=began)
    post.sender.catch_up()
    seen: list[str] = []
    address: str | None = f"/subscriptions/{name}"
    while address is not None:
        shown = page(post.integrator, address)
        seen += re.findall(r">Entry ([0-9]+)</a>", shown)
        older = re.search(r'rel="next" href="([^"]+)"', shown)
        address = older and unescape(older[1])

    assert seen == [str(one) for one in range(post.site.position, began, -1)]


def test_its_page_is_for_its_account_alone(post, receiver):
    name, _ = post.subscribe(receiver.url)
    other = post.site.account("service/another", None, "subscribe")
    for path, caller, status in (
        ("/subscriptions", post.site.anybody, 401),
        (f"/subscriptions/{name}", post.site.anybody, 401),
        (f"/subscriptions/{name}", post.site.clerk, 403),
        (f"/subscriptions/{name}", other, 404),
        (f"/subscriptions/{name}?after=x", post.integrator, 422),
    ):
        answer = caller.get(path)
        assert answer.status_code == status, path
        assert receiver.url not in answer.text
        assert answer.content_type.startswith("text/html")


# Followed as a follower


# Where webhooks are never sent

INSIDE = """
    http://receiver.example/ https://receiver.example:8443/ https://receiver.example:22/
    ftp://receiver.example/ file:///etc/passwd gopher://127.0.0.1:6379/_FLUSHALL
    javascript:alert(1) //receiver.example/ https:///x https:// receiver.example
    https://user@receiver.example/ https://user:word@receiver.example/
    https://receiver.example@127.0.0.1/ https://127.0.0.2/ https://0.0.0.0/ https://10.0.0.1/
    https://172.16.0.1/ https://192.168.1.1/ https://100.64.0.1/
    https://169.254.169.254/latest/meta-data/ https://224.0.0.1/ https://255.255.255.255/
    https://192.0.0.8/ https://192.88.99.1/ https://2130706433/ https://0x7f000001/
    https://0x7f.0.0.1/ https://0177.0.0.1/ https://127.1/ https://[::1]/ https://[::]/
    https://[::ffff:127.0.0.1]/ https://[::ffff:7f00:1]/ https://[::127.0.0.1]/
    https://[64:ff9b::7f00:1]/ https://[64:ff9b::10.0.0.1]/ https://[64:ff9b:1::7f00:1]/
    https://[2002:7f00:1::]/ https://[2001:0:53aa:64c:0:0:80ff:fffe]/ https://[fe80::1]/
    https://[fe80::1%25eth0]/ https://[fc00::1]/ https://[fd00:ec2::254]/ https://[ff02::1]/
    https://[2001:db8::1]/ https://localhost/ https://LOCALHOST/ https://localhost./
    https://a.localhost/ https://printer.local/ https://metadata.google.internal/
    https://intranet/ https://receiver.example./ https://127.0.0.%31/ https://%6cocalhost/
    https://①②⑦.⓪.⓪.①/ https://receiver.example/#@127.0.0.1/ https://receiver.example:99999/
    https://receiver.example:x/ https://[::1/ https://receiver..example/ https://-.example/
"""
TRICKS = [
    *INSIDE.split(),
    "https://receiver.example\\@127.0.0.1/",
    "https://loc\u200balhost/",
    "https://receiver.example/ /x",
    "https://receiver.example/\r\nHost: 127.0.0.1",
    "https://receiver.example/\x00",
    "https://receiver.example/" + "x" * 2000,
]


def test_an_address_that_leads_inside_is_refused_in_a_sentence(post):
    for url in TRICKS:
        answer = post.integrator.post(PATH, {"url": url})
        (fault,) = problem_of(answer, 422, "unfit")["errors"]
        assert fault["field"] == "url", url
        assert fault["message"].endswith("."), url
    assert post.integrator.reads(PATH)["items"] == []


OPEN = [
    "https://receiver.example/hook?x=1",
    "https://receiver.example:443/",
    "https://93.184.215.14/",
    "https://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]/",
    "https://xn--bcher-kva.example/",
    "http://127.0.0.1:8080/hook",  # a setting allows it
]


def test_an_address_in_the_open_internet_is_taken(post):
    for url in OPEN:
        assert post.integrator.post(PATH, {"url": url}).status_code == 201, url


LEADING_INSIDE = [
    ["127.0.0.1"],
    ["::1"],
    ["10.1.2.3"],
    ["169.254.169.254"],
    ["::ffff:10.0.0.1"],
    ["64:ff9b::a00:1"],
    ["93.184.215.14", "127.0.0.1"],
    ["fe80::1%2"],
]


def test_a_name_that_leads_inside_is_connected_to_nowhere(post, monkeypatch):
    connected: list[Any] = []
    addresses: list[str] = []

    def names(host: str, port: int, **_: Any) -> list[Any]:
        return [(0, socket.SOCK_STREAM, 6, "", (one, port)) for one in addresses]

    name, _ = post.subscribe("https://receiver.example/")
    post.grow()
    connect_ = "api.outbound.socket.create_connection"
    monkeypatch.setattr("api.outbound.socket.getaddrinfo", names)
    monkeypatch.setattr(connect_, lambda *given, **_: connected.append(given))
    for tried, addresses[:] in enumerate(LEADING_INSIDE, 1):
        post.clock.pass_(hours=5)
        post.sender.catch_up()
        (said,) = post.deliveries(name)
        assert said["attempts"] == tried, addresses
        assert "lies inside a network" in said["error"], addresses

    assert connected == []


def test_a_name_that_leads_elsewhere_a_moment_later_is_asked_where_it_was_looked_up(
    post, monkeypatch
):
    """In DNS rebinding a second look-up would lead inside: the sender makes none."""
    asked: list[str] = []
    connected: list[Any] = []

    def names(host: str, port: int, **_: Any) -> list[Any]:
        asked.append(host)
        address = "93.184.215.14" if len(asked) == 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    def connect_(address: Any, **_: Any) -> socket.socket:
        connected.append(address)
        raise OSError("not from a test")

    name, _ = post.subscribe("https://receiver.example/")
    post.grow()
    monkeypatch.setattr("api.outbound.socket.getaddrinfo", names)
    monkeypatch.setattr("api.outbound.socket.create_connection", connect_)
    post.sender.catch_up()

    assert connected == [("93.184.215.14", 443)]
    assert asked == ["receiver.example"]
    assert "not from a test" in post.deliveries(name)[0]["error"]


def test_a_certificate_that_nobody_answers_for_is_not_talked_to(post, monkeypatch, receiver):
    """The receiver speaks no TLS at all: its name is looked up as this machine's."""
    port = int(receiver.url.split(":")[2].split("/")[0])
    name, _ = post.subscribe(f"https://127.0.0.1:{port}/")
    post.grow()
    post.sender.catch_up()

    assert receiver.came == []
    assert "No answer came" in post.deliveries(name)[0]["error"]


# The process that sends is killed


class Worker:
    """`answerable worker --only webhooks` as a process of its own, which can be killed."""

    def __init__(self, site: Site, folder: Path) -> None:
        self._environment = {
            **os.environ,
            "ANSWERABLE_DATABASE_URL": site.url,
            "ANSWERABLE_DATA": str(folder),
            "ANSWERABLE_ORIGIN": "log.example/town",
            "ANSWERABLE_SECRET_KEY": KEY,
            "ANSWERABLE_WEBHOOK_HOSTS": "127.0.0.1",
        }
        self.starts = 0
        self.process: Python | None = None

    def start(self) -> None:
        command = ["-m", "api", "worker", "--only", "webhooks"]
        self.process = Python(*command, env=self._environment)
        self.starts += 1

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait(30)

    def stop(self) -> int:
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(30)


def test_a_worker_told_to_end_while_a_receiver_hangs_ends_well_and_goes_on_from_there(
    post, receiver, tmp_path
):
    post.subscribe(receiver.url)
    positions = post.grow()
    worker, asked, answers = Worker(post.site, tmp_path), threading.Event(), threading.Event()

    def hang(request: Any) -> None:
        asked.set()
        answers.wait(SECONDS)
        bad.answer(204)(request)

    receiver.behave = hang
    worker.start()
    assert asked.wait(SECONDS)
    assert worker.stop() == 0

    answers.set()
    receiver.behave = bad.answer(204)
    worker.start()
    while positions[-1] not in [one.position for one in receiver.came]:
        assert receiver.arrived.acquire(timeout=SECONDS)
    assert worker.stop() == 0
    first, *then = receiver.came
    assert first.id == then[0].id
    assert [one.position for one in then] == positions


@pytest.mark.sampled
def test_whatever_moment_the_worker_is_killed_at_nothing_is_lost_and_what_comes_twice_has_one_id(
    post, receiver, tmp_path
):
    before, after = ((4, 9), (14, 19)) if whole() else ((4,), (9,))
    name, secret = post.subscribe(receiver.url)
    positions = [one for _ in range(examples(4, 8)) for one in post.grow()]
    worker = Worker(post.site, tmp_path)
    killed = threading.Semaphore(0)

    def behave(request: Any) -> None:
        number = len(receiver.came)
        if number in before:  # before it is answered
            worker.kill()
            request.close_connection = True
            killed.release()
        elif number in after:  # it was answered, and may be written down or not
            bad.answer(204)(request)
            worker.kill()
            killed.release()
        else:
            bad.answer(204)(request)

    receiver.behave = behave
    for _ in (*before, *after):
        worker.start()
        assert killed.acquire(timeout=SECONDS)
    worker.start()
    until = time.monotonic() + SECONDS
    while post.shown(name)["position"] < positions[-1]:  # written down after it was answered
        if receiver.arrived.acquire(timeout=0.05):
            until = time.monotonic() + SECONDS
        assert time.monotonic() < until

    assert worker.stop() == 0
    ids = [one.id for one in receiver.came]
    once = {one.id: one for one in receiver.came}
    assert [one.position for one in once.values()] == positions
    assert len(before) <= len(ids) - len(once) <= len(before) + len(after)
    for first, second in pairwise(receiver.came):
        assert second.position >= first.position
        assert second.id != first.id or second.body == first.body
    linked(list(once.values()))
    for one in receiver.came:
        signed_by(one, secret)
