"""The relay to NATS JetStream: each entry once, in order, whatever is killed."""

import json
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any, Self

import nats.errors
import pytest
from click.testing import CliRunner
from nats.aio.msg import Msg
from nats.js import JetStreamContext

from api.cli import main
from api.feeds.relay import NoRelay, Relay
from ledger.acts.service import set_up
from ledger.application import Ledger
from ledger.log.follower import Progress, progress
from ledger.postgres.connections import connect, pool
from ledger.register import shipped_bodies, shipped_rules, shipped_successions
from ledger.seed import seed
from ledger.states.service import SETUP
from tests.api.brokers import (
    OF_STREAMS,
    Broker,
    Nkey,
    account_may,
    asked,
    cluster,
    last_of,
    relayed,
    running,
    settings_for,
    stream_gone,
)
from tests.api.founding import FEW_BODIES
from tests.api.site import FORCE, PFCC, Site, recommendation, streamed
from tests.api.test_asyncapi import Draft7Validator, fitting
from tests.api.test_sealed import sealed  # noqa: F401
from tests.e2e.service import clean_environment, free_port, inside
from tests.log import following
from tests.log.making import Database
from tests.processes import Python

ENTRIES = 30_000


FOUNDING = FEW_BODIES
"""How a log is relayed is seen of one that begins with few bodies."""


@pytest.fixture(scope="module")
def shared_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    broker = Broker(tmp_path_factory.mktemp("broker"))
    with running(broker):
        yield broker


@pytest.fixture
def broker(shared_broker: Broker) -> Iterator[Broker]:
    """A broker with no stream."""
    yield shared_broker
    if shared_broker.process is None:
        shared_broker.start()
    stream_gone([shared_broker.url])


@contextmanager
def relaying(site: Site, *brokers: Broker, **settings: Any) -> Iterator[Relay]:
    relay = Relay(site.url, site.ledger, settings_for(*brokers, **settings), jitter=lambda: 0.0)
    try:
        yield relay
    finally:
        relay.close()


def told(site: Site) -> Progress:
    """Return what `status` says of the relay."""
    with connect(site.url, autocommit=True) as conn:
        return next(one for one in progress(conn) if one.name == "relay")


def positions(messages: list[Msg]) -> list[int]:
    return [int(json.loads(one.data)["sequence"]) for one in messages]


def is_the_log(url: str, messages: list[Msg]) -> None:
    """Each entry of the log once, in order, with the ids of their events."""
    ids = Database(url).rows("SELECT event_id::text FROM ledger.entries ORDER BY position")
    assert [json.loads(one.data)["id"] for one in messages] == ids
    assert [one.headers["Nats-Msg-Id"] for one in messages if one.headers] == ids
    assert [one.metadata.sequence.stream for one in messages] == list(range(1, len(ids) + 1))


# What goes out


def test_each_entry_is_a_message_whose_sequence_is_its_position(site, report, broker):
    with relaying(site, broker) as relay:
        assert relay.catch_up() == site.position

    messages = relayed([broker.url])
    is_the_log(site.url, messages)
    assert {(one.headers or {})["Content-Type"] for one in messages} == {
        "application/cloudevents+json"
    }
    assert {one.subject.split(".")[0] for one in messages} == {"answerable"}
    sent = streamed(site.anybody, site.position)
    events = [json.loads(line[6:]) for line in sent.splitlines() if b'"specversion"' in line]
    assert [json.loads(one.data) for one in messages] == events
    assert [one.subject.split(".")[2] for one in messages] == [
        one["data"]["type"] for one in events
    ]
    assert told(site).lag == 0


def test_messages_fit_what_asyncapi_says_of_them(site, report, broker):
    document = site.anybody.reads("/asyncapi.json")
    with relaying(site, broker) as relay:
        relay.catch_up()

    channel, message = document["channels"]["relay"], document["components"]["messages"]["relayed"]
    payload = fitting(document, "entry")
    for one in relayed([broker.url]):
        assert payload.is_valid(json.loads(one.data)), one.data
        assert Draft7Validator(message["headers"]).is_valid(one.headers)
        area, kind = one.subject.split(".")[1:]
        assert channel["address"].format(area=area, type=kind) == one.subject
        assert kind in channel["parameters"]["type"]["enum"]


def test_no_text_goes_out(site, report, broker):
    secret = "What the office alone may read."
    site.force.records(f"{report.recommendation}/updates", {"text": secret, "occurred_on": None})
    with relaying(site, broker) as relay:
        relay.catch_up()

    last = relayed([broker.url])[-1]
    assert last.subject == "answerable.cumbria.update-received"
    assert secret.encode() not in last.data
    assert b'"sha256"' in last.data


def test_a_follower_of_an_area_and_the_nation_has_the_entries_of_that_area(site, broker):
    begins = site.position
    here = site.publish()
    everywhere = site.publish(
        site.hmicfrs,
        bodies=[PFCC, "dorset-pcc"],
        recommendations=[recommendation(addressees=[FORCE, "dorset-police"])],
    )
    site.hmicfrs.records(
        f"{here.recommendation}/closures", {"reason": "Done.", "occurred_on": "2025-09-01"}
    )
    with relaying(site, broker) as relay:
        relay.catch_up()

    messages = relayed([broker.url])[begins:]
    area = {json.loads(one.data)["subject"]: one.subject.split(".")[1] for one in messages}
    assert area == {
        f"report/{here.reference}": "cumbria",
        f"response/{here.reference}/{PFCC}": "cumbria",
        f"recommendation/{here.reference}/2/{FORCE}": "cumbria",
        f"report/{everywhere.reference}": "national",
        f"response/{everywhere.reference}/{PFCC}": "cumbria",
        f"response/{everywhere.reference}/dorset-pcc": "dorset",
        f"recommendation/{everywhere.reference}/2/{FORCE}": "cumbria",
        f"recommendation/{everywhere.reference}/2/dorset-police": "dorset",
    }
    followed = relayed([broker.url], "answerable.dorset.>", "answerable.national.>")
    assert {one.subject.split(".")[1] for one in followed} == {"dorset", "national"}


def test_a_report_has_the_area_that_it_had_when_it_was_recorded(site, broker):
    here = site.publish(site.hmicfrs)
    with relaying(site, broker) as relay:
        relay.catch_up()
        before = relayed([broker.url], "answerable.*.report-published")[-1]
        more = recommendation("3", addressees=["dorset-police"], occurred_on=None)
        site.hmicfrs.records(f"{here.path}/recommendations", more)
        stream_gone([broker.url])
        relay.step()
        relay.catch_up()
    again = relayed([broker.url])[before.metadata.sequence.stream - 1]

    assert (again.subject, again.data) == (before.subject, before.data)
    assert before.subject == "answerable.cumbria.report-published"


def test_nothing_leaves_that_is_not_sealed(sealed, broker):  # noqa: F811
    sealed.seal()
    upto = sealed.site.position
    sealed.site.publish()
    with relaying(sealed.site, broker) as relay:
        relay.catch_up()
        assert last_of([broker.url]) == upto
        sealed.seal()
        relay.catch_up()
        assert last_of([broker.url]) == sealed.site.position


# What is killed


def test_whatever_is_killed_each_entry_comes_once_and_in_order(whole_site, broker):
    """Some hundred entries: the log's beginning."""
    site = whole_site
    with relaying(site, broker) as relay:
        relay.step()
        assert 0 < last_of([broker.url]) < site.position
        broker.kill()
        assert relay.step() == (0, False)
        broker.start()

        with working(site.url, broker) as worker:
            last = reaches([broker], 300)
            worker.send_signal(signal.SIGKILL)
            worker.wait()
        assert last <= last_of([broker.url]) <= site.position
        site.publish()
        relay.catch_up()

    is_the_log(site.url, relayed([broker.url]))


def test_a_message_that_the_broker_took_without_a_word_is_not_sent_again(whole_site, broker):
    site = whole_site
    with Deaf(broker.port) as deaf, relaying(site, Broker(broker.folder, port=deaf.port)) as relay:
        assert relay.step()[0] > 0
        first = last_of([broker.url])
        deaf.loses_answers.set()
        assert relay.step() == (0, False)
        assert last_of([broker.url]) > first

    with relaying(site, broker) as relay:
        relay.catch_up()
    is_the_log(site.url, relayed([broker.url]))


def test_one_relay_leads_and_another_takes_over(site, broker):
    with (
        relaying(site, broker) as one,
        relaying(site, broker) as other,
        following.running(one, 0.05),
        following.running(other, 0.05),
    ):
        reaches([broker], site.position)
        leads = next(each for each in (one, other) if each._broker is not None)
        waits = other if leads is one else one
        assert waits._broker is None
        site.rows(
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"
            " AND classid = 20170503 AND granted"
        )
        site.publish()
        reaches([broker], site.position)

    is_the_log(site.url, relayed([broker.url]))


def test_the_broker_refuses_a_second_relay_that_leads_by_mistake(site, broker):
    with relaying(site, broker) as one, relaying(site, broker) as other:
        one.step()
        other.step()
        one.catch_up()
        other.step()
        site.publish()
        one.catch_up()
        other.catch_up()

    is_the_log(site.url, relayed([broker.url]))


# Streams that do not fit


def test_the_log_goes_on_while_the_broker_is_away_and_status_says_so(site, broker):
    site.catch_up()
    broker.kill()
    with relaying(site, broker) as relay, following.running(relay, 0.05):
        while (before := told_or_none(site)) is None or before.held_why is None:
            a_moment()
        site.publish()
        site.catch_up()
        ready = site.anybody.get("/readyz")
        status = status_of(site)
        broker.start()
        reaches([broker], site.position)
        while told(site).held_why is not None:
            a_moment()

    assert not [one for one in ready.get_json()["reasons"] if "relay" in one["name"]]
    (said,) = [one for one in ready.get_json()["followers"] if one["name"] == "relay"]
    assert (said["held_at"], said["led"]) == (None, True)
    assert "no servers available" in said["held_why"]
    assert "waits: The broker cannot be used: nats: no servers available" in status
    is_the_log(site.url, relayed([broker.url]))


def test_waits_grow_and_are_not_all_alike(site, broker):
    broker.kill()
    waits: dict[float, list[float]] = {}
    for jitter in (0.0, 1.0):
        relay = Relay(site.url, site.ledger, settings_for(broker), jitter=partial(float, jitter))
        for _ in range(8):
            relay.step()
            waits.setdefault(jitter, []).append(relay._rest)
        relay.close()

    assert waits[1.0] == [0.5, 1, 2, 4, 8, 16, 30, 30]
    assert waits[0.0] == [one / 2 for one in waits[1.0]]


def test_a_stream_into_which_somebody_else_publishes_is_not_gone_on_with(site, report, broker):
    with relaying(site, broker) as relay:
        relay.catch_up()
        last = site.position
        says_something(broker)
        site.publish()
        relay.step()
        assert "wrong last" in (told(site).held_why or "")
        relay.step()
        why = told(site).held_why or ""

    assert f"Message {last + 1} of the stream answerable is not entry {last + 1}" in why
    assert last_of([broker.url]) == last + 1
    assert told(site).held_at is None


def test_the_stream_of_another_log_is_left_alone(site, new_site, broker):
    with relaying(site, broker) as relay:
        relay.catch_up()
    last = last_of([broker.url])
    for _ in range(last):
        new_site.publish()
        if new_site.position > last:
            break
    with relaying(new_site, broker) as relay:
        relay.step()
    assert "is not entry" in (told(new_site).held_why or "")
    settings = settings_for(broker)
    object.__setattr__(settings, "origin", "log.example/other")
    relay = Relay(new_site.url, new_site.ledger, settings)
    relay.step()
    relay.close()
    assert "is that of the log log.example/town" in (told(new_site).held_why or "")
    assert last_of([broker.url]) == last


def test_a_stream_that_is_ahead_of_the_log_waits_for_it_to_be_recovered(site, report, broker):
    async def ahead(jetstream: JetStreamContext) -> None:
        await jetstream.add_stream(
            name="answerable", subjects=["answerable.>"], first_seq=site.position + 2
        )

    asked([broker.url], ahead)
    with relaying(site, broker) as relay:
        relay.step()

    assert "an older backup was restored (docs/keys.md)" in (told(site).held_why or "")


@pytest.mark.parametrize(
    ("made", "says"),
    [
        ({"subjects": ["answerable.>", "else.>"]}, "takes other subjects than answerable.>"),
        ({"retention": "workqueue"}, "keeps messages by workqueue"),
        ({"num_replicas": 1}, "has 1 replicas, and ANSWERABLE_NATS_REPLICAS is 2: set that to 1"),
    ],
    ids=["subjects", "retention", "replicas"],
)
def test_a_stream_that_keeps_no_promise_is_refused_in_a_sentence(site, broker, made, says):
    async def add(jetstream: JetStreamContext) -> None:
        await jetstream.add_stream(name="answerable", **{"subjects": ["answerable.>"]} | made)

    asked([broker.url], add)
    replicas = 2 if "num_replicas" in made else 1
    with relaying(site, broker, nats_replicas=replicas, nats_monitors=nobody()) as relay:
        relay.step()

    assert says in (told(site).held_why or "")
    assert last_of([broker.url]) == 0


def test_a_stream_whose_messages_are_gone_is_gone_on_with(site, report, broker):
    with relaying(site, broker) as relay:
        relay.catch_up()
    last = site.position
    asked([broker.url], lambda jetstream: jetstream.purge_stream("answerable"))
    site.publish()
    with relaying(site, broker) as relay:
        relay.catch_up()

    assert positions(relayed([broker.url])) == list(range(last + 1, site.position + 1))


def test_a_stream_that_was_deleted_is_made_again(site, report, broker):
    with relaying(site, broker) as relay:
        relay.catch_up()
        stream_gone([broker.url])
        site.publish()
        relay.step()
        relay.catch_up()

    is_the_log(site.url, relayed([broker.url]))


def test_an_entry_that_is_larger_than_a_message_is_named(site, tmp_path):
    small = Broker(tmp_path / "small", "max_payload: 1024\n")
    with running(small), relaying(site, small) as relay:
        relay.step()
        why = told(site).held_why or ""

    assert "and the broker takes 1024 in a message: raise its max_payload." in why


def test_a_broker_that_asks_who_comes_and_speaks_tls_is_relayed_to(site, tmp_path):
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
            *("-nodes", "-subj", "/CN=broker", "-addext", "subjectAltName=IP:127.0.0.1"),
            *("-days", "2", "-keyout", str(key), "-out", str(certificate)),
        ],
        check=True,
        capture_output=True,
    )
    careful = Broker(
        tmp_path / "careful",
        f"tls {{ cert_file: {certificate}, key_file: {key} }}\n"
        "authorization { user: relay, password: secret }\n",
    )
    with running(careful):
        url = f"tls://relay:secret@127.0.0.1:{careful.port}"
        settings = settings_for(nats_ca=certificate)
        for given, says in ((url.replace("secret", "wrong"), "Authorization"), (url, None)):
            object.__setattr__(settings, "nats_url", given)
            relay = Relay(site.url, site.ledger, settings)
            relay.catch_up()
            relay.close()
            said = told(site).held_why
            assert said is None if says is None else says in (said or ""), said
            assert "secret" not in (said or "")
    assert told(site).lag == 0


def test_a_broker_that_asks_for_credentials_is_relayed_to(site, tmp_path):
    operator, system, account, user = (Nkey(kind) for kind in ("O", "A", "A", "U"))
    preload = (
        f"{system.public}: {operator.signs(system, account_may())}, "
        f"{account.public}: {operator.signs(account, account_may(*OF_STREAMS))}"
    )
    careful = Broker(
        tmp_path / "careful",
        f"operator: {operator.signs(operator, {'type': 'operator'})}\n"
        f"system_account: {system.public}\n"
        f"resolver: MEMORY\nresolver_preload: {{ {preload} }}\n",
    )
    file = tmp_path / "relay.creds"
    told_of = []
    with running(careful):
        for text in (account.gives(user), Nkey("A").gives(user), "no credentials"):
            file.write_text(text)
            with relaying(site, careful, nats_credentials=file) as relay:
                relay.catch_up()
            told_of.append((told(site).lag, told(site).held_why))

    assert told_of[0] == (0, None)
    assert "Authorization Violation" in (told_of[1][1] or "")
    assert told_of[2][1] == f"{file} is no file of credentials: it has no token and key."


def test_a_service_that_cannot_relay_says_what_is_missing(monkeypatch, broker, site):
    said = inside("worker", "--only", "relay", expect=1).stderr
    assert said.startswith("The relay needs ANSWERABLE_NATS_URL, such as nats://127.0.0.1:4222")
    with pytest.raises(NoRelay, match="needs ANSWERABLE_NATS_MONITORS, the monitoring address of"):
        Relay(site.url, site.ledger, settings_for(broker, nats_replicas=3, nats_monitors=""))

    monkeypatch.setitem(sys.modules, "nats", None)
    with pytest.raises(Exception, match=r"extra “nats”: pip install 'answerable\[nats\]'"):
        Relay(site.url, site.ledger, settings_for(broker))


# A cluster


def test_a_broker_that_does_not_write_at_once_is_named_and_nothing_is_relayed(site, tmp_path):
    late = Broker(tmp_path / "late", "server_name: broker-late\n")
    prompt = Broker(tmp_path / "prompt", writes_at_once=True)
    monitors = f"{nobody()}, {prompt.monitor}, {late.monitor}"
    with running(late, prompt):
        with relaying(site, late, nats_replicas=3, nats_monitors=monitors) as relay:
            relay.step()
        refused = told(site).held_why or ""
        with relaying(site, prompt, nats_replicas=3) as relay:
            relay.step()
        of_one = told(site).held_why or ""

    assert refused.startswith(f"The broker broker-late ({late.monitor}) says that it has a message")
    assert "`sync_interval: always`" in refused
    assert "replicas > 1 not supported in non-clustered mode" in of_one


def nobody() -> str:
    """The address of a monitor that does not answer."""
    return f"http://127.0.0.1:{free_port()}"


@pytest.mark.soak
def test_three_brokers_of_which_the_leader_is_killed_have_the_log(database_url, tmp_path):
    three = cluster(tmp_path)
    servers = [one.url for one in three]
    with running(*three), pool(database_url) as connections:
        ledger = Ledger(connections, database_url)
        ledger.record(SETUP, set_up, shipped_bodies(), shipped_rules(), shipped_successions())
        last = seed(ledger, ENTRIES // 10, 43, lambda done, of: None)  # each is written at once
        has_a_leader(servers)
        for at in range(last // 6, last, last // 6):
            with working(database_url, *three, replicas=3) as worker:
                reaches(three, at)
                leader = three[leader_of(servers)]
                leader.kill()
                worker.kill()
            with working(database_url, *three, replicas=3):
                reaches(three, at + 1)
                leader.start()
        with working(database_url, *three, replicas=3):
            reaches(three, last)

        is_the_log(database_url, relayed(servers))


# Helpers of these tests


def told_or_none(site: Site) -> Progress | None:
    with connect(site.url, autocommit=True) as conn:
        return next((one for one in progress(conn) if one.name == "relay"), None)


def reaches(brokers: Sequence[Broker], position: int) -> int:
    """Wait until the brokers have the entry at a position: the last that they have then."""
    while True:
        with suppress(nats.errors.Error):
            if (last := last_of([one.url for one in brokers])) >= position:
                return last
        a_moment()


def a_moment() -> None:
    """Let others go on."""
    threading.Event().wait(0.02)


def leader_of(servers: Sequence[str]) -> int:
    """Which of a cluster's brokers leads the stream."""
    info = asked(servers, lambda jetstream: jetstream.stream_info("answerable"))
    assert info.cluster is not None
    assert info.cluster.leader is not None
    return int(info.cluster.leader.removeprefix("broker-"))


def says_something(broker: Broker) -> None:
    """Somebody else publishes a message."""

    async def say(jetstream: JetStreamContext) -> None:
        await jetstream.publish("answerable.national.something", b"said")

    asked([broker.url], say)


def has_a_leader(servers: Sequence[str]) -> None:
    """Wait until a cluster takes orders."""
    while True:
        with suppress(nats.errors.Error):
            asked(servers, lambda jetstream: jetstream.account_info())
            return
        a_moment()


@contextmanager
def working(url: str, *brokers: Broker, replicas: int = 1) -> Iterator[Python]:
    """`answerable worker --only relay` as a process of its own, which can be killed."""
    given = {
        "DATABASE_URL": url,
        "ORIGIN": "log.example/town",
        "NATS_URL": ",".join(one.url for one in brokers),
        "NATS_REPLICAS": str(replicas),
        "NATS_MONITORS": ",".join(one.monitor for one in brokers),
    }
    process = Python(
        *("-m", "api", "worker", "--only", "relay"),
        env=clean_environment() | {f"ANSWERABLE_{name}": text for name, text in given.items()},
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def status_of(site: Site) -> str:
    done = CliRunner().invoke(main, ["status"], env={"ANSWERABLE_DATABASE_URL": site.url})
    assert done.exit_code == 1, "nobody seals this site"
    return done.output


class Deaf:
    """A way to a broker that loses its answers when that is said, and the connection with them."""

    def __init__(self, port: int) -> None:
        self.loses_answers = threading.Event()
        self._broker = ("127.0.0.1", port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                with client, socket.create_connection(self._broker) as broker:
                    self._forward(client, broker)

    def _forward(self, client: socket.socket, broker: socket.socket) -> None:
        while True:
            ready, _, _ = select.select([client, broker], [], [])
            if client in ready:
                if not (data := client.recv(65536)):
                    return
                broker.sendall(data)
            elif not (data := broker.recv(65536)) or self.loses_answers.is_set():
                return
            else:
                client.sendall(data)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()
