"""`/readyz` and `answerable status` name every reason for which the service is not ready, alike."""

import json
import os
import re
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner
from psycopg.conninfo import conninfo_to_dict

from api import readiness
from api.cli import main
from api.commands.context import Database, begin
from api.commands.keys import ensure
from api.requests.current import EXTENSION
from api.routes import health
from api.store import subscriptions
from ledger import clock
from ledger.acts.decision import Notice
from ledger.acts.service import open_account
from ledger.application import Ledger
from ledger.events import AccountOpened
from ledger.postgres.connections import connect, connect_owner, pool
from ledger.postgres.embedded import Running
from ledger.postgres.migrate import migrate
from ledger.seal.notebook import Notebook
from ledger.seal.sealer import Sealer
from ledger.settings import Settings
from ledger.states.service import SETUP
from projections.read_models import projector, schemas
from projections.read_models.rebuild import rebuild
from tests.api.site import Clock, an_app, as_owner
from tests.clusters import primary, replica
from tests.servers import new_database


@dataclass
class Scene:
    """A log that is sealed and projected, whose projector and sealer this process leads."""

    url: str
    settings: Settings
    log: Ledger
    owner: psycopg.Connection
    leaders: ExitStack

    def reasons(self, url: str | None = None) -> dict[str, str]:
        """Return what `/readyz` says, by name; `status` says the same."""
        given = url or self.url
        with an_app(replace(self.settings, database_url=given)) as app:
            answer = app.test_client().get("/readyz")
        said = {one["name"]: one["says"] for one in answer.get_json()["reasons"]}
        assert answer.status_code == (503 if said else 200)
        assert answer.get_json()["status"] == ("not ready" if said else "ready")
        done = CliRunner().invoke(main, ["status", "--json"], env=environment(given))
        told = json.loads(done.stdout)
        assert {one["name"] for one in told["reasons"]} == said.keys()
        assert (done.exit_code, told["ready"]) == ((1, False) if said else (0, True))
        if len(said) != 1:
            in_words = CliRunner().invoke(main, ["status"], env=environment(given)).stdout
            assert in_words.count("NOT READY") == len(said)
        return said

    def record(self, name: str) -> None:
        self.log.record(SETUP, open_account, AccountOpened(account=f"service/{name}"), Notice())

    def stop_leading(self) -> None:
        self.leaders.close()


def environment(url: str) -> dict[str, str | None]:
    none: dict[str, str | None] = {name: None for name in os.environ if "ANSWERABLE" in name}
    return {**none, "ANSWERABLE_DATABASE_URL": url}


@contextmanager
def leading(url: str, folder: Path) -> Iterator[tuple[Settings, Ledger, ExitStack]]:
    """A log that is sealed and projected, and who leads its followers."""
    settings = Settings(database_url=url, data=folder)
    with ExitStack() as leaders, pool(url, max_size=3) as connections:
        log = Ledger(connections, url)
        ensure(settings, log)
        with connect(url, autocommit=True) as conn:
            schemas.prepare(conn)
        notebook = leaders.enter_context(closing(Notebook(folder / "notebook", settings.origin)))
        for one in (projector.follower(url), Sealer(url, notebook, folder / "signing.key")):
            leaders.enter_context(closing(one))
            assert one._lead()
            one.catch_up()
        yield settings, log, leaders


@pytest.fixture
def scene(postgres: Running, begun: str, tmp_path: Path) -> Iterator[Scene]:
    with (
        new_database(postgres, begun) as url,
        as_owner(url) as owner,
        leading(url, tmp_path) as (settings, log, leaders),
    ):
        yield Scene(url, settings, log, owner, leaders)


def not_sealed(scene: Scene) -> None:
    """An entry waits for its seal for eleven seconds."""
    scene.record("clerk-1")
    assert scene.reasons() == {}
    Clock(scene.owner).set((clock.now() + timedelta(seconds=11)).isoformat())


def never_sealed(scene: Scene) -> None:
    """No entry was ever sealed."""
    scene.owner.execute("SET session_replication_role = replica")
    scene.owner.execute("DELETE FROM ledger.checkpoints")
    Clock(scene.owner).set((clock.now() + timedelta(seconds=11)).isoformat())


def test_an_entry_that_waits_for_its_seal_is_a_reason(scene):
    not_sealed(scene)
    (name,), (says,) = zip(*scene.reasons().items(), strict=True)
    assert name == "not-sealed"
    assert re.search(r"Entry \d+ has waited for its seal for \d+ s: start the sealer", says)

    never_sealed(scene)
    assert "Entry 1 has waited for its seal" in scene.reasons()["not-sealed"]


def test_each_thing_that_is_wrong_is_a_reason_until_it_is_mended(scene):
    name = conninfo_to_dict(scene.url)["dbname"]
    held = "UPDATE follow.positions SET held_at = {at}, held_why = 'It is odd.' WHERE name = '{of}'"
    read_only = f"ALTER DATABASE {name} {{}} default_transaction_read_only"
    forget = "DELETE FROM public.answerable_migrations WHERE number = {last}"
    last = "(SELECT max(number) FROM public.answerable_migrations)"
    started = "pg_postmaster_start_time()"
    assert scene.reasons() == {}
    for wrong, mend, reason, says in (
        ("UPDATE ledger.vouch SET server_started = 'epoch'",
         f"UPDATE ledger.vouch SET server_started = {started}", "not-vouched", ""),
        (held.format(at=7, of="projector"), held.format(at="NULL", of="projector"),
         "projector-held", "The projector is held at position 7: It is odd."),
        (held.format(at=7, of="sealer"), held.format(at="NULL", of="sealer"),
         "sealer-held", "The sealer is held at position 7: It is odd."),
        (read_only.format("SET") + " = on", read_only.format("RESET"),
         "takes-no-writes", "it is set read-only"),
        (forget.format(last=last), "", "migrations-missing", ""),
    ):  # fmt: skip
        scene.owner.execute(wrong.encode())
        found = scene.reasons()
        assert found.keys() == {reason}
        assert says in found[reason]
        if mend:
            scene.owner.execute(mend.encode())


def test_followers_that_nobody_leads_are_reasons_also_where_nothing_waits(scene):
    scene.stop_leading()

    assert scene.reasons().keys() == {"projector-not-led", "sealer-not-led"}


def test_a_follower_that_never_began_is_listed_as_one_that_nobody_leads(postgres, begun, tmp_path):
    with new_database(postgres, begun) as url, an_app(Settings(database_url=url)) as app:
        answer = app.test_client().get("/readyz")

    (sealer,) = [one for one in answer.get_json()["followers"] if one["name"] == "sealer"]
    assert (sealer["position"], sealer["led"]) == (0, False)
    names = {one["name"] for one in answer.get_json()["reasons"]}
    assert {"sealer-not-led", "projector-not-led", "read-models-being-built"} <= names


def test_webhooks_are_a_reason_where_a_subscription_stands_and_the_relay_never_is(scene):
    for name in ("webhooks", "relay"):
        scene.owner.execute(
            "INSERT INTO follow.positions (name, held_at, held_why) VALUES (%s, 1, 'x')", [name]
        )
    assert scene.reasons() == {}

    subscribed(scene)

    assert scene.reasons().keys() == {"webhooks-held"}
    scene.owner.execute("UPDATE follow.positions SET held_at = NULL")
    assert scene.reasons().keys() == {"webhooks-not-led"}
    scene.owner.execute("UPDATE api.subscriptions SET disabled_at = now()")
    assert scene.reasons() == {}


def subscribed(scene: Scene) -> None:
    with connect(scene.url) as conn:
        assert subscriptions.create(
            conn,
            subscriptions.new_id(),
            "service/clerk",
            "https://receiver.example/",
            {},
            secret_sha256=bytes(32),
            position=0,
            previous=None,
            now=clock.now(),
            request=None,
        )


def test_clocks_that_disagree_are_a_reason(scene):
    scene.record("clerk-1")
    for minutes, says in ((2, "This machine's clock says"), (-2, "The last entry was recorded at")):
        Clock(scene.owner).set((clock.now() + timedelta(minutes=minutes)).isoformat())

        assert scene.reasons()["clocks-disagree"].startswith(says)


def test_read_models_that_are_built_for_the_first_time_are_a_reason_until_they_are(scene):
    rebuild(scene.url, lambda done, of: None)
    assert scene.reasons() == {}  # a rebuild beside the live ones is none
    with connect(scene.url, autocommit=True) as conn:
        schemas.drop(conn, "projections")
        assert "are not there" in scene.reasons()["read-models-being-built"]
        scene.stop_leading()
        schemas.prepare(conn)
        says = scene.reasons()["read-models-being-built"]
        assert f"are being built: 0 of {scene.log.head():,} entries" in says
        with closing(projector.follower(scene.url)) as follower:
            follower.catch_up()
            scene.record("clerk-1")  # behind by one, as every moment: that is no first time
            assert "read-models-being-built" not in scene.reasons()


def test_docs_say_what_to_do_by_each_reason():
    code = Path(readiness.__file__).read_text() + Path(health.__file__).read_text()
    names = re.findall(r'Reason\(f?"([^"]+)"|"name": "([^"]+)"', code)
    papers = (Path(__file__).parents[2] / "docs" / "run.md").read_text()
    for name in (one or other for one, other in names):
        for follower in ("projector", "sealer", "webhooks"):
            assert f"`{name.replace('{one.name}', follower)}`" in papers
    assert len(names) > 10


@pytest.fixture
def standby(tmp_path: Path) -> Iterator[str]:
    """The URL of a sealed log on a streaming replica."""
    with primary() as first:
        with connect_owner(first.url()) as owner:
            migrate(owner)
        begin(Database(first.url(), first.url(), first.url(), embedded=False))
        with leading(first.url(), tmp_path), replica(first) as second:
            yield second.url()


def test_a_standby_is_ready_where_its_url_says_that_it_is_for_reading(standby, capfd):
    """A standby does not see who leads, and nobody can listen there."""
    settings = Settings(database_url=standby)
    with an_app(settings) as app, app.app_context():
        said = app.test_client().get("/readyz").get_json()["reasons"]
        bell = app.extensions[EXTENSION]["seal_bell"]
        with bell.heard():
            assert bell.wait_beyond(10**6, 2.5) > 0
    reading = replace(settings, database_url=f"{standby}&target_session_attrs=prefer-standby")
    with an_app(reading) as app:
        answer = app.test_client().get("/readyz")

    assert [one["name"] for one in said] == ["takes-no-writes"]
    assert "it is a standby" in said[0]["says"]
    assert (answer.status_code, answer.get_json()["reasons"]) == (200, [])
    assert "LISTEN" not in capfd.readouterr().err
