"""The log as it grows, over server-sent events from a real gunicorn."""

import asyncio
import json
import os
import re
import signal
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict
from werkzeug.exceptions import ServiceUnavailable

from api.feeds.hub import Hub, Page, StreamRequest
from api.requests.current import EXTENSION
from ledger.errors import LogUnreachable
from ledger.postgres.connections import pool
from ledger.postgres.embedded import SUPERUSER, Running
from ledger.seal.checkpoints import SealBell, Sealed
from tests.api import site as sites
from tests.api.founding import FEW_BODIES, Founding
from tests.api.reading import SECONDS, Reader, Web, serving, wait_until_up
from tests.api.site import FORCE, PFCC, Site, in_a_loop, problem_of, streamed
from tests.api.test_sealed import ORIGIN, SealedSite, sealing
from tests.conftest import examples
from tests.log.following import running
from tests.processes import ROOT, children
from tests.servers import new_database

pytestmark = pytest.mark.long

STREAMS = 21
LOGIN = "streaming"


@dataclass
class Scene:
    """A sealed log, written to from here, and a web server that streams it."""

    sealed: SealedSite
    web: Web
    web_url: str
    """The database as the web server knows it: it has a login of its own."""

    @property
    def site(self) -> Site:
        return self.sealed.site

    def grow(self) -> int:
        """Record three entries, which are not sealed yet: the last position."""
        self.site.publish()
        return self.site.position

    @property
    def connections(self) -> int:
        """How many connections to the database the web server has."""
        query = "SELECT count(*) FROM pg_stat_activity WHERE usename = %s"
        found: int = self.site.rows(query, LOGIN)[0][0]
        return found


def as_a_login(url: str) -> str:
    """The URL with the web server's own login, which is made."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {LOGIN} LOGIN IN ROLE answerable_app".encode())
    return url.replace(f"//{SUPERUSER}@", f"//{LOGIN}@")


FOUNDING = FEW_BODIES
"""How a log is streamed is seen of one that begins with few bodies."""


@pytest.fixture(scope="module")
def scene(
    postgres: Running, founding: Founding, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("stream")
    with (
        new_database(postgres, founding.template) as url,
        sites.opened(url, founding) as opened,
        sites.by_its_clock(opened) as site,
        sealing(site, folder) as sealed,
    ):
        site.publish()
        sealed.seal()
        site.catch_up()
        settings = {"stream_heartbeat": 1, "web_threads": 5, "web_streams": STREAMS}
        settings |= {"streams_of_a_client": STREAMS - 1}
        web_url = as_a_login(url)
        # Streams read the log; a test that breaks connections breaks the follower's too.
        with site.behind(), serving(web_url, ORIGIN, **settings) as web:
            yield Scene(sealed, web, web_url)


def test_each_entry_comes_once_and_in_order_while_many_record_as_the_list_has_it(scene):
    begins = scene.site.position

    def record(n: int) -> None:
        clerk = scene.site.caller("clerk")
        for _ in range(3):
            scene.site.publish(clerk)

    with scene.web.follow() as reader, running(scene.sealed.sealer()):
        with ThreadPoolExecutor(3) as writers:
            list(writers.map(record, range(3)))
        reader.upto(scene.site.position)

    assert scene.site.position == begins + 27
    assert reader.ids == list(range(1, scene.site.position + 1))
    listed = scene.web.get("/api/entries", limit=500)
    assert b'"items":[' + b",".join(one.data for one in reader.came) + b"]" in listed.content


def test_a_reader_who_comes_again_with_the_last_id_misses_nothing(scene):
    came: list[int] = []
    last: int | None = None
    while (left := scene.site.position - max(came, default=1)) > 0:
        with scene.web.follow(last, after=1) as reader:  # the address stays as it was
            came += [one.id for one in reader.take(min(left, len(came) + 1))]
        last = came[-1]
        if len(came) < 20:
            scene.grow()
            scene.sealed.seal()

    assert came == list(range(2, scene.site.position + 1))


def test_an_entry_comes_once_it_is_sealed(scene):
    with scene.web.follow(after=scene.site.position) as reader:
        last = scene.grow()
        reader.sign_of_life()
        reader.sign_of_life()
        scene.sealed.seal()

        assert reader.upto(last) == [last - 2, last - 1, last]


def test_a_reader_that_is_ahead_of_the_log_waits_for_it(scene):
    ahead = scene.site.position + 2
    with scene.web.follow(ahead) as reader:
        last = scene.grow()
        scene.sealed.seal()

        assert reader.take(1)[0].id == last == ahead + 1


@pytest.mark.parametrize(
    "asked",
    [
        {"report": True, "type": "report-published"},
        {"late_by": 3},
        {"type": ["recommendation-raised", "report-published"], "by": PFCC},
        {"type": ["report-published", "capture-kept"], "body": FORCE},
    ],
    ids=str,
)
def test_a_filtered_stream_has_the_entries_that_the_list_finds(scene, asked):
    report = scene.site.publish()
    scene.sealed.seal()
    scene.site.catch_up()
    if "report" in asked:
        asked = asked | {"report": report.reference}
    items = scene.web.get("/api/entries", limit=500, **asked).json()["items"]
    with scene.web.follow(**asked) as reader:
        reader.upto(int(items[-1]["sequence"]))
        of_another = scene.site.clerk.upload(b"of nobody", url="https://a.example/").json
        scene.sealed.seal()
        scene.site.catch_up()

        assert reader.ids == [int(one["sequence"]) for one in items]
        if asked.keys() <= {"type", "report"}:
            reader.sign_of_life()
        assert of_another["position"] not in reader.ids


def test_entries_that_concern_a_body_come_once_the_read_models_know_them(scene):
    scene.site.catch_up()
    with scene.web.follow(after=scene.site.position, body=PFCC) as reader:
        last = scene.grow()
        scene.sealed.seal()
        reader.sign_of_life()  # they are behind
        scene.site.catch_up()

        assert reader.upto(last) == [last - 2, last - 1, last]


def test_every_entry_comes_where_nothing_was_ever_sealed(site):
    before = site.position
    with ThreadPoolExecutor(1) as reader:
        reading = reader.submit(streamed, site.anybody, before + 3)
        site.publish()

        said = reading.result(SECONDS)

    ids = [int(line[4:]) for line in said.splitlines() if line.startswith(b"id: ")]
    assert ids == list(range(1, before + 4))


# In a browser


def test_the_code_of_the_document_misses_nothing_in_a_browser_while_the_service_starts_anew(
    scene,
    browser,
):
    document = (ROOT / "docs" / "follow.md").read_text("utf-8")
    (code,) = re.findall(r"```js\n(.*?)```", document, re.DOTALL)
    page = browser.new_page()
    page.goto(f"{scene.web.url}/healthz")  # any page from there

    def come(last: int) -> None:
        page.wait_for_function("last => came.at(-1) === last", arg=last, timeout=1000 * SECONDS)

    page.evaluate(f"window.came = []; take = (one) => came.push(Number(one.sequence)); {code}")
    come(scene.site.position)
    scene.web.process.send_signal(
        signal.SIGHUP
    )  # another process takes the port once this one has ended
    for _ in range(2):
        scene.grow()
        scene.sealed.seal()
        come(scene.site.position)

    assert page.evaluate("came") == list(range(1, scene.site.position + 1))
    page.close()
    wait_until_up(scene.web)


# What is refused


WRONG: tuple[tuple[str, dict[str, Any], str], ...] = (
    ("x", {}, "Last-Event-ID"),
    ("-1", {}, "Last-Event-ID"),
    ("1.5", {"after": 3}, "Last-Event-ID"),
    (str(2**53), {}, "Last-Event-ID"),
    ("9" * 30, {}, "Last-Event-ID"),
    ("", {"after": "-1"}, "after"),
    ("", {"after": "x"}, "after"),
    ("1", {"known_at": "5"}, "known_at"),
    ("1", {"body": "camelot"}, "body"),
    ("1", {"late_by": "-1"}, "late_by"),
)


def test_a_stream_that_cannot_be_followed_is_refused_with_a_sentence(site):
    for last, asked, field in WRONG:
        answer = site.anybody.get("/api/entries/stream", {"Last-Event-ID": last}, **asked)

        (fault,) = problem_of(answer, 422, "unfit")["errors"]
        assert fault["field"] in (field, f"query.{field}"), asked
        assert fault["message"].endswith(".")


@pytest.mark.parametrize("path", ["/api/entries", "/api/entries/stream"])
def test_a_position_of_another_log_is_a_conflict(site, path):
    answer = site.anybody.get(path, after=5, origin="log.example/another")

    said = problem_of(answer, 409, "refused:another-log")["detail"]
    assert "log.example/town" in said
    assert "log.example/another" in said
    assert site.anybody.get("/api/entries", after=5, origin="log.example/town").status_code == 200


def test_a_token_that_is_not_good_gets_no_stream_and_takes_no_place(scene):
    for _ in range(STREAMS + 1):
        answer = scene.site.anybody.get("/api/entries/stream", {"Authorization": "Bearer x"})
        problem_of(answer, 401, "unauthorized")


def test_a_head_request_tells_what_a_stream_would_be(scene):
    head = scene.site.anybody.client.head("/api/entries/stream")
    options = scene.site.anybody.client.options("/api/entries/stream")

    assert (head.status_code, head.data) == (200, b"")
    assert head.content_type == "text/event-stream; charset=utf-8"
    assert head.headers["Cache-Control"] == "no-store"
    assert head.headers["X-Accel-Buffering"] == "no"
    assert set(options.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}


# Many readers


def refused(reader: Reader, status: int, says: str) -> None:
    assert reader.answer.status == status
    assert reader.answer.headers["Retry-After"] == "5"
    assert reader.answer.headers["Content-Type"] == "application/problem+json"
    assert says in json.loads(reader.answer.read())["detail"]
    reader.close()


def test_many_readers_need_few_connections_and_one_client_may_not_have_all_places(scene, founding):
    token = founding["clerk"]
    with ExitStack() as stack:
        after = scene.site.position
        readers = [stack.enter_context(scene.web.follow(after=after)) for _ in range(STREAMS - 1)]
        refused(scene.web.connect(), 429, f"You follow {STREAMS - 1} streams")
        readers.append(stack.enter_context(scene.web.follow(after=after, token=token)))
        refused(scene.web.connect(token=token), 503, f"All {STREAMS} places")
        for _ in range(3):
            last = scene.grow()
            scene.sealed.seal()
            assert all(reader.upto(last)[-3:] == [last - 2, last - 1, last] for reader in readers)
        assert scene.web.get("/api/entries", limit=1).ok
        assert 2 <= scene.connections <= 4


@pytest.mark.soak
def test_two_hundred_readers_and_more_need_no_more_connections(scene):
    most = 220
    begins = scene.site.position
    with (
        serving(
            scene.web_url, ORIGIN, web_streams=most, streams_of_a_client=most, stream_heartbeat=300
        ) as web,
        ExitStack() as stack,
    ):
        before = scene.connections
        readers = [stack.enter_context(web.follow(after=begins)) for _ in range(most)]
        for _ in range(50):
            scene.grow()
            scene.sealed.seal()
            for reader in readers:
                reader.upto(scene.site.position)
            assert web.get("/healthz").ok

        all_that_came = list(range(begins + 1, scene.site.position + 1))
        assert all(reader.ids == all_that_came for reader in readers)
        assert scene.connections - before <= 4


async def comes_and_goes(web: Web, after: int, upto: int, many: int) -> list[int]:
    """The positions that somebody has who goes after so many events each time, and comes again."""
    place, came, last = urlsplit(web.url), [], after
    while last < upto:
        reader, writer = await asyncio.open_connection(place.hostname, place.port)
        with suppress(OSError, asyncio.IncompleteReadError):
            asked = f"Host: x\r\nConnection: close\r\nLast-Event-ID: {last}\r\n\r\n"
            writer.write(b"GET /api/entries/stream HTTP/1.1\r\n" + asked.encode())
            for _ in range(many):
                block = await reader.readuntil(b"\n\n")
                if found := re.search(rb"id: (\d+)\n(data: .)?", block):
                    last = int(found[1])
                    came += [last] if found[2] else []
                if last >= upto:
                    break
        writer.close()
    return came


@pytest.mark.sampled
def test_each_reader_has_each_entry_once_and_in_order_while_processes_are_killed_and_cut_off(scene):
    readers, acts, kills = examples(12, 200), examples(6, 3_400), examples(2, 5)
    begins = scene.site.position
    upto = begins + 3 * acts

    async def all_readers(web: Web) -> list[list[int]]:
        return await asyncio.gather(
            *(
                comes_and_goes(web, begins, upto, (3 + n % 50) * examples(1, 20))
                for n in range(readers)
            )
        )

    cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    cut += " WHERE usename = %s AND query LIKE 'LISTEN%%'"
    with (
        serving(scene.web_url, ORIGIN, streams_of_a_client=2 * readers) as web,
        running(scene.sealed.sealer()),
        ThreadPoolExecutor(1) as follows,
    ):
        following = follows.submit(lambda: asyncio.run(all_readers(web)))
        for n in range(acts):
            scene.grow()
            if n % (acts // kills) == 1:
                scene.site.rows(cut, LOGIN)
                os.kill(children(web.process.pid)[0], signal.SIGKILL)
                wait_until_up(web)
        came = following.result(examples(SECONDS, 40 * SECONDS))

    assert came == [list(range(begins + 1, upto + 1))] * readers


# When something ends


def test_nothing_is_missed_over_a_database_that_breaks_all_connections_and_takes_none(scene):
    name = scene.site.rows("SELECT current_database()")[0][0]
    first = scene.site.position + 1
    with (
        psycopg.connect(scene.site.url.replace(name, "postgres"), autocommit=True) as elsewhere,
        scene.web.follow(after=scene.site.position) as reader,
    ):
        for _ in range(2):
            elsewhere.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false".encode())
            elsewhere.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = %s AND pid <> %s",
                [name, scene.site.owner.info.backend_pid],  # but for who looks on
            )
            reader.sign_of_life()
            reader.sign_of_life()
            elsewhere.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true".encode())
            scene.site.ledger.log.pool.check()
            last = scene.grow()
            scene.sealed.seal()

            assert reader.upto(last) == list(range(first, last + 1))


class Receiver:
    """Somebody who is sent a stream by the hub, and takes it or not."""

    def __init__(self, *, takes: bool = True) -> None:
        self.came = b""
        self._takes = takes
        self._more = asyncio.Event()

    async def send(self, text: bytes) -> None:
        self.came += text
        self._more.set()
        if not self._takes:
            await asyncio.Event().wait()

    async def until(self, text: bytes) -> None:
        async with asyncio.timeout(SECONDS):
            while text not in self.came:
                await self._more.wait()
                self._more.clear()


def test_a_page_that_could_not_be_read_is_read_again(site):
    hub = Hub(site.app.extensions[EXTENSION]["seal_bell"], most=1, most_each=1, heartbeat=15)
    broken = iter([psycopg.OperationalError("terminating connection"), LogUnreachable("no answer")])

    def read(after: int, horizon: int) -> Page:
        for error in broken:
            raise error
        return Page(b"the page", horizon, horizon)

    async def follow() -> None:
        line = Receiver()
        following = asyncio.create_task(hub.follow(StreamRequest("all", read, 0), line.send))
        await line.until(b"the page")
        hub.end()
        await asyncio.wait_for(following, SECONDS)

    site.publish()
    in_a_loop(follow())


def test_an_unreadable_entry_ends_the_streams_that_want_it_alone(site):
    hub = Hub(site.app.extensions[EXTENSION]["seal_bell"], most=2, most_each=2, heartbeat=15)

    def fails(after: int, horizon: int) -> Page:
        raise ValueError("our mistake")

    async def follow() -> None:
        line = Receiver()
        other = asyncio.create_task(
            hub.follow(
                StreamRequest("all", lambda _, horizon: Page(b"more", 1, horizon), 0), line.send
            )
        )
        await asyncio.wait_for(
            hub.follow(StreamRequest("broken", fails, 0), Receiver().send), SECONDS
        )
        await line.until(b"more")
        assert not other.done()
        hub.end()
        await asyncio.wait_for(other, SECONDS)

    site.publish()
    in_a_loop(follow())


def test_a_stream_from_the_beginning_waits_where_the_logs_end_is_not_to_be_seen(
    postgres, database_url
):
    async def follow(hub: Hub) -> None:
        line = Receiver()
        following = asyncio.create_task(
            hub.follow(StreamRequest("all", cast(Any, None), 0), line.send)
        )
        await line.until(b"\n\n:\n\n")
        hub.end()
        await asyncio.wait_for(following, SECONDS)
        assert b"caught-up" not in line.came

    with (
        pool(database_url, max_size=1) as connections,
        psycopg.connect(postgres.url("postgres"), autocommit=True) as elsewhere,
    ):
        name = conninfo_to_dict(database_url)["dbname"]
        elsewhere.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false".encode())
        elsewhere.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name]
        )
        bell = SealBell(Sealed(connections), database_url)
        in_a_loop(follow(Hub(bell, most=1, most_each=1, heartbeat=0.1)))


def test_a_reader_who_is_gone_leaves_a_place_and_a_stop_ends_all_streams(scene):
    """No header keeps a place: `Version` becomes HTTP_VERSION, by which gunicorn names the protocol
    to an application."""
    # A process that did not end by itself would say nothing for longer than a reader waits.
    settings = {"stream_heartbeat": 4 * SECONDS, "web_threads": 5, "web_streams": 4}
    asked = b"GET /api/entries/stream?after=9999999 HTTP/1.1\r\nHost: x\r\nVersion: 2\r\n\r\n"
    patient = serving(scene.web_url, ORIGIN, patience=2 * SECONDS, **settings)
    with patient as web, ExitStack() as stack:
        place = urlsplit(web.url)
        with socket.create_connection((place.hostname, place.port), timeout=SECONDS) as gone:
            gone.sendall(asked)
            assert gone.recv(12) == b"HTTP/1.1 200"
        after = scene.site.position
        first, *readers = [stack.enter_context(web.follow(after=after)) for _ in range(4)]
        first.close()
        readers.append(stack.enter_context(web.follow(after=after)))

        web.process.terminate()
        for reader in readers:
            reader.end()
        web.process.wait(SECONDS)

        assert web.process.returncode == 0
        assert web.said() == ""


def test_a_reader_with_every_entry_hears_it_and_a_filter_moves_the_position_on(scene):
    """A browser takes an `id` by itself as the position to go on from, and shows nobody an event
    (https://html.spec.whatwg.org/multipage/server-sent-events.html#dispatchMessage)."""
    scene.grow()
    scene.sealed.seal()
    end = scene.site.position
    with scene.web.follow(after=end - 3, type="capture-kept") as reader:
        assert reader.block() == [f"id: {end}".encode()]
        assert reader.caught_up() == end
        last = scene.grow()
        scene.sealed.seal()
        while (said := reader.block()) == [b":"]:
            pass
        assert said == [f"id: {last}".encode()]
    with scene.web.follow(after=last - 3) as reader:
        assert reader.upto(last) == [last - 2, last - 1, last]
        assert reader.caught_up() == last


def test_a_reader_that_takes_nothing_holds_no_process_up(site):
    hub = Hub(site.app.extensions[EXTENSION]["seal_bell"], most=2, most_each=2, heartbeat=15)

    async def follow() -> None:
        line = Receiver(takes=False)
        following = asyncio.create_task(
            hub.follow(StreamRequest("all", cast(Any, None), 0), line.send)
        )
        await line.until(b"retry")
        hub.end()
        await asyncio.wait([following], timeout=SECONDS)
        assert following.cancelled()

    in_a_loop(follow())
    with pytest.raises(ServiceUnavailable):
        hub.enter("somebody else")
