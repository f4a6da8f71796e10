"""Clients that are slow, or send half of what they began: others are answered as if they were not
there. A real gunicorn of one process, over raw sockets."""

import errno
import os
import resource
import select
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
import requests

import api.web
from tests.api.reading import SECONDS, Web
from tests.conftest import some
from tests.processes import children, open_files

pytestmark = pytest.mark.long

MANY = 64
GET = b"GET /healthz HTTP/1.1\r\nHost: log.example\r\n"
WHOLE = GET + b"\r\n"
POST = b"POST /api/reports HTTP/1.1\r\nHost: log.example\r\nContent-Type: application/json\r\n"
HALF_A_BODY = b'Content-Length: 9000\r\n\r\n{"title":'
HALF_A_LARGE_BODY = HALF_A_BODY.replace(b"9000", b"900000")


def line(web: Web, sent: bytes, **options: int) -> socket.socket:
    """A connection on which this was sent."""
    place = urlsplit(web.url)
    made = socket.socket()
    for option in options.values():
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, option)
    made.settimeout(SECONDS)
    made.connect((place.hostname, place.port))
    made.sendall(sent)
    return made


def answer(made: socket.socket) -> bytes:
    """Return the bytes on a connection, up to the end of a short answer."""
    came = b""
    while b"\r\n\r\n" not in came:
        more = made.recv(65536)
        assert more, came
        came += more
    return came


@contextmanager
def slow(web: Web, sent: bytes, many: int = MANY, **options: int) -> Iterator[list[socket.socket]]:
    """Many who have sent this, and do nothing more."""
    with ExitStack() as stack:
        yield [stack.enter_context(line(web, sent, **options)) for _ in range(many)]


def clerks(founding: dict[str, str], rest: bytes) -> bytes:
    return POST + f"Authorization: Bearer {founding['clerk']}\r\n".encode() + rest


SLOW: dict[str, Callable[[dict[str, str]], bytes]] = {
    "nothing": lambda founding: b"",
    "half a head": lambda founding: GET,
    "an answer, then half a head": lambda founding: WHOLE + GET,
    "half a body": lambda founding: POST + HALF_A_BODY,
    "half a large body": lambda founding: POST + HALF_A_LARGE_BODY,
    "half a body of an account": lambda founding: clerks(founding, HALF_A_BODY),
    "half a body that nobody reads": lambda founding: GET + b"Content-Length: 9\r\n\r\n{",
    "half a body in chunks": lambda founding: GET + b"Transfer-Encoding: chunked\r\n\r\n9\r\n{",
    "all of it, and keeps the connection": lambda founding: WHOLE,
}


def sockets(web: Web) -> set[str]:
    """Return the sockets that the process which answers has open, by names that are given once."""
    return {one for one in open_files(process_of(web)) if one.startswith("socket:")}


@pytest.mark.sampled
@pytest.mark.parametrize("name", some(SLOW, 3))
def test_a_reader_is_answered_before_any_of_many_has_had_its_time_who_sent(web, founding, name):
    before = sockets(web)
    with slow(web, SLOW[name](founding)) as lines:
        for path in ("/healthz", "/api/reports"):
            assert web.get(path).ok
        assert len(sockets(web) - before) >= len(lines), "some have gone meanwhile"


def keep(web: Web, founding: dict[str, str], body: bytes) -> tuple[str, int]:
    """Keep a public capture: its address, and the log's end. No projector runs here."""
    kept = requests.post(
        f"{web.url}/api/captures",
        headers={"Authorization": f"Bearer {founding['clerk']}"},
        data={"audience": "public"},
        files={"file": ("page.txt", body)},
        timeout=SECONDS,
    )
    assert kept.status_code == 201, kept.text
    return kept.headers["Location"], kept.json()["position"]


def test_a_reader_is_answered_while_many_take_no_answer(web, founding):
    address, _ = keep(web, founding, b"x" * 8_000_000)
    asked = f"GET {address} HTTP/1.1\r\nHost: log.example\r\n\r\n".encode()
    before = sockets(web)
    with slow(web, asked, many=16, receives=4096) as lines:
        for one in lines:
            one.recv(1)  # its answer has begun
        assert web.get("/api/reports").ok
        assert len(sockets(web) - before) >= len(lines), "some have gone meanwhile"


@pytest.mark.parametrize("beyond", [0, 1], ids=["the read models'", "the log's"])
def test_a_reader_is_answered_beside_many_who_wait_for_what_is_beyond_the_end_of(
    web, founding, beyond
):
    _, last = keep(web, founding, f"page {beyond}".encode())
    asked = f"GET /api/reports?min_position={last + beyond} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    with slow(web, asked) as lines:
        assert web.get("/api/reports?known_at=1").status_code in (200, 404)
        assert web.get("/api/entries").ok
        answered, _, _ = select.select(lines, [], [], 0)
        assert beyond or len(answered) < len(lines), "it came after all who wait"
        statuses = {answer(one).split()[1] for one in lines}
    assert statuses == ({b"422"} if beyond else {b"503"})


def test_a_reader_is_answered_while_an_account_has_half_sent_large_bodies(web, founding):
    before = sockets(web)
    with slow(web, clerks(founding, HALF_A_LARGE_BODY), many=16) as lines:
        assert web.get("/api/reports").ok
        assert len(sockets(web) - before) >= len(lines), "some have gone meanwhile"


def test_a_body_that_does_not_come_whole_has_a_deadline(web):
    with line(web, POST + HALF_A_BODY) as made:
        assert answer(made).startswith(b"HTTP/1.1 408 ")
        assert b"" in iter(lambda: made.recv(65536), None)


def test_a_head_that_comes_byte_by_byte_is_answered(web):
    with line(web, b"") as made:
        for byte in WHOLE:
            made.sendall(bytes([byte]))
        assert answer(made).startswith(b"HTTP/1.1 200 ")


def test_a_second_request_is_answered_after_the_first(web):
    with line(web, WHOLE + GET.replace(b"/healthz", b"/nothing")) as made:
        assert answer(made).startswith(b"HTTP/1.1 200 ")
        made.sendall(b"\r\n")
        assert b"HTTP/1.1 404 " in answer(made)


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (GET + b"X: " + b"x" * 70_000, b"431"),
        (GET + b"".join(b"X-%d: x\r\n" % n for n in range(101)) + b"\r\n", b"431"),
        (b"GET / HTTP/1.1\nHost: log.example\n\n", b"400"),
        (b"\r\n\r\n", b"400"),
    ],
    ids=["a long field", "many fields", "bare ends of lines", "no line"],
)
def test_a_head_that_is_none_is_refused_at_once(web, sent, status):
    with line(web, sent) as made:
        assert answer(made).split()[1] == status


def test_a_large_body_that_does_not_come_is_a_408_that_says_so_and_records_nothing(web, founding):
    with slow(web, clerks(founding, HALF_A_LARGE_BODY), many=16) as begun:
        refused = b"".join(iter(lambda: begun[-1].recv(65536), b""))
    assert refused.startswith(b"HTTP/1.1 408 ")
    assert b"did not come in time, so nothing was recorded" in refused
    assert web.get("/api/reports").json()["items"] == []


def test_a_large_body_that_comes_at_a_pace_is_read_and_its_place_is_free_again(web, founding):
    body = b'{"title": "' + b"x" * 2_000_000 + b'"}'
    head = clerks(founding, b"Content-Length: %d\r\n\r\n" % len(body))
    for _ in range(8):
        with line(web, head) as made:
            for begin in range(0, len(body), 100_000):
                made.sendall(body[begin : begin + 100_000])
            assert answer(made).split()[1] == b"422"


def test_a_client_that_waits_to_be_told_to_go_on_is_told(web, founding):
    with line(web, clerks(founding, b"Expect: 100-continue\r\nContent-Length: 2\r\n\r\n")) as made:
        assert answer(made).startswith(b"HTTP/1.1 100 ")
        made.sendall(b"{}")
        assert answer(made).split()[1] == b"422"


def process_of(web: Web) -> int:
    """The number of the process that answers."""
    (process,) = children(web.process.pid)
    return process


def test_those_who_had_their_answer_use_up_no_files(web):
    process, asked = process_of(web), GET + b"Connection: close\r\n\r\n"
    with line(web, WHOLE) as kept:
        assert answer(kept).startswith(b"HTTP/1.1 200 ")
        few = len(os.listdir(f"/proc/{process}/fd")) + MANY
        before = resource.prlimit(process, resource.RLIMIT_NOFILE)
        resource.prlimit(process, resource.RLIMIT_NOFILE, (few, before[1]))
        try:
            with ExitStack() as stack:
                for _ in range(2 * MANY):  # each has its answer before the next one comes
                    one = stack.enter_context(line(web, asked))
                    assert answer(one).startswith(b"HTTP/1.1 200 ")
                kept.sendall(WHOLE)
                assert b"HTTP/1.1 200 " in answer(kept)  # behind the end of the one before
        finally:
            resource.prlimit(process, resource.RLIMIT_NOFILE, before)


def test_an_idle_connection_is_kept_longer_than_a_proxy_keeps_its_own():
    assert api.web.KEEP_ALIVE > 60


def test_the_kernel_ends_a_connection_whose_client_takes_nothing(monkeypatch):
    monkeypatch.setattr("api.web.TAKE_SECONDS", 1)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        api.web.when_ready(SimpleNamespace(LISTENERS=[SimpleNamespace(sock=listener)]))
        with socket.create_connection(listener.getsockname()), listener.accept()[0] as accepted:
            accepted.settimeout(SECONDS)
            with pytest.raises(OSError, match="timed out") as cut:
                accepted.sendall(b"x" * 2**26)

    assert cut.value.errno == errno.ETIMEDOUT
