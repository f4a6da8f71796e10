"""The clients of examples/clients against a real service. They read its history, follow it and go
on where they stopped. They take its webhooks, and refuse a log that went back, forked or has a
hole."""

import base64
import json
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests
from playwright.sync_api import Browser
from standardwebhooks.webhooks import Webhook

from ledger import clock
from ledger.seal import key_file
from ledger.verify import note
from ledger.verify.checkpoint import Checkpoint
from tests.conftest import served, some
from tests.e2e.service import Service, free_port
from tests.processes import ROOT

pytestmark = pytest.mark.long

CLIENTS = ROOT / "examples" / "clients"
NPM = ROOT / ".foreign" / "npm" / "node_modules"
SECRET = "whsec_" + base64.b64encode(b"k" * 32).decode()


@dataclass(frozen=True)
class Client:
    """How a client is run."""

    name: str
    command: list[str]
    once: list[str]
    """Arguments that make `follow` end when all has come. The shell's never ends."""

    def __call__(self, *arguments: str, **more: Any) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*self.command, *arguments],
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
            **more,
        )

    def asked(self, word: str, url: str, vkey: str, state: Path) -> list[str]:
        if self.name == "python":
            return [word, url, "--key", vkey, "--state", str(state)]
        return [word, url, vkey, str(state)]


@pytest.fixture(
    scope="module", params=["python", "shell", pytest.param("node", marks=pytest.mark.foreign)]
)
def client(request: pytest.FixtureRequest) -> Client:
    if request.param == "python":
        return Client("python", [sys.executable, str(CLIENTS / "answerable_client.py")], ["--once"])
    if request.param == "shell":
        return Client("shell", [str(CLIENTS / "answerable-client.sh")], [])
    if shutil.which("node") is None:
        pytest.skip("not run: node is not installed")
    return Client("node", ["node", str(CLIENTS / "answerable-client-node.mjs")], ["--once"])


@pytest.mark.foreign
def test_the_types_of_the_client_in_javascript_hold(tmp_path: Path) -> None:
    if not (NPM / "typescript").is_dir():
        pytest.skip("typescript is not installed: make foreign installs it, where it can")
    for file in CLIENTS.iterdir():
        if file.suffix in (".mjs", ".json"):
            shutil.copy(file, tmp_path)
    (tmp_path / "node_modules").symlink_to(NPM)
    checked = subprocess.run([NPM / ".bin/tsc", "-p", tmp_path], capture_output=True, check=False)
    assert checked.returncode == 0, checked.stdout


@pytest.fixture(scope="module")
def vkey(service: Service) -> str:
    found: str = service.command_json("key", "show")["vkey"]
    return found


def entries(done: subprocess.CompletedProcess[str]) -> list[int]:
    """Return the positions of what was handed over."""
    return [int(json.loads(line)["sequence"]) for line in done.stdout.splitlines()]


def grown(service: Service) -> int:
    """Record three more entries, and return the end of the log."""
    service.token(f"someone-{free_port()}", "office")
    wanted = service.position()
    service.get("/api/entries", known_at=wanted, limit=1)  # waits for its seal
    return wanted


def test_the_history_is_read_once_and_then_what_came_since(
    client: Client, service: Service, vkey: str, tmp_path: Path
) -> None:
    asked = client.asked("history", service.url, vkey, tmp_path / "state")
    first = client(*asked)
    assert first.returncode == 0, first.stderr
    size = entries(first)[-1]
    assert entries(first) == list(range(1, size + 1))

    wanted = grown(service)
    again = client(*asked)
    assert entries(again) == list(range(size + 1, wanted + 1)), again.stderr
    assert entries(client(*asked)) == []


def test_it_follows_from_where_it_stopped_and_has_each_entry_once(
    client: Client, service: Service, vkey: str, tmp_path: Path
) -> None:
    start = service.position() - 3
    state = tmp_path / "state"
    stopped_at(client, service, state, start)
    asked = client.asked("follow", service.url, vkey, state)
    came: list[int] = []
    for _ in range(2):  # it is killed, and goes on: what it was killed at may come again
        end = service.position()
        with subprocess.Popen([*client.command, *asked], stdout=subprocess.PIPE, text=True) as on:
            assert on.stdout is not None
            try:
                for wanted in (end, grown(service)):
                    while not came or came[-1] < wanted:
                        position = int(json.loads(on.stdout.readline())["sequence"])
                        assert position in (came or [start])[-1:] or position == start + 1
                        start = position
                        came += [position] if position not in came[-1:] else []
            finally:
                on.kill()
    assert came == [*range(came[0], service.position() + 1)]


def stopped_at(client: Client, service: Service, state: Path, position: int) -> None:
    """A state as the client leaves it at a position, with the log's checkpoint of then or later."""
    checkpoint = requests.get(f"{service.url}/log/checkpoint", timeout=30).text
    if client.name == "shell":
        state.mkdir()
        (state / "checkpoint").write_text(checkpoint)
        (state / "position").write_text(f"{position}\n")
    else:
        number: Any = position if client.name == "python" else str(position)
        state.write_text(json.dumps({"checkpoint": checkpoint, "position": number}))


@contextmanager
def in_between(
    service: Service,
    changed: dict[str, Callable[[bytes], bytes]],
    refused: Collection[str] = (),
    broken: Collection[str] = (),
) -> Iterator[str]:
    """Yield a server that answers as the service does, but for some paths. It refuses some once, as
    a proxy without a server behind it does, or breaks off once within a chunk, as a process that is
    killed does; and then leads to the service itself."""
    left = {*refused, *broken}

    class Between(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            if path in broken and path in left:
                left.discard(path)
                self.send_response(200)
                self.send_header("Content-Type", "text/event-stream")
                self.send_header("Transfer-Encoding", "chunked")
                self.end_headers()
                self.wfile.write(b"20\r\nretry: 20")
                self.close_connection = True
                return
            if path in {*refused, *broken}:
                self.send_response(502 if path in left else 307)
                left.discard(path)
                self.send_header("Location", service.url + self.path)
                self.send_header("Retry-After", "0")
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            answer = requests.get(service.url + self.path, timeout=30)
            body = changed.get(path, bytes)(answer.content)
            self.send_response(200 if path in changed else answer.status_code)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's
            """Nothing."""

    with served(ThreadingHTTPServer(("127.0.0.1", 0), Between)) as address:
        yield address


def test_it_goes_on_after_a_proxy_refused_for_want_of_a_server(
    client: Client, service: Service, vkey: str, tmp_path: Path
) -> None:
    if client.name == "shell":  # its `follow` never ends, and curl tries again
        return
    with in_between(service, {}, refused=("/log/checkpoint", "/api/entries")) as url:
        done = client(*client.asked("history", url, vkey, tmp_path / "history"))
    assert (done.returncode, len(entries(done))) == (0, service.position()), done.stderr
    away = ("/log/checkpoint", "/api/entries/stream")
    with in_between(service, {}, refused=away) as url:
        done = client(*client.asked("follow", url, vkey, tmp_path / "state"), *client.once)
    assert done.returncode == 0, done.stderr
    assert entries(done) == list(range(1, service.position() + 1))


def test_it_goes_on_after_a_stream_broke_off_within_a_chunk(
    client: Client, service: Service, vkey: str, tmp_path: Path
) -> None:
    if client.name == "shell":  # its `follow` never ends, and curl tries again
        return
    with in_between(service, {}, broken=("/api/entries/stream",)) as url:
        asked = client.asked("follow", url, vkey, tmp_path / "state")
        done = client(*asked, *client.once)

    assert entries(done) == [*range(1, service.position() + 1)], done.stderr


@pytest.mark.parametrize("given", ["", "town+1a2b3c4d+none"])
def test_what_is_no_key_is_refused_in_a_sentence(
    client: Client, service: Service, tmp_path: Path, given: str
) -> None:
    refused = client(*client.asked("history", service.url, given, tmp_path / "state"))
    says = f"“{given}” is no key of a log: `answerable key show` prints it.\n"
    assert (refused.returncode, refused.stderr) == (2, says)


def other_root(service: Service, more: int) -> Callable[[bytes], bytes]:
    """Makes of the log's checkpoint one of another log, signed by its own key."""
    key = key_file.read(service.data / "signing.key")

    def forged(checkpoint: bytes) -> bytes:
        origin, size = checkpoint.decode().split("\n")[:2]
        text = Checkpoint(origin, int(size) + more, b"another root of 32 bytes........").text
        return note.sign(text, key).encode()

    return forged


def test_a_log_that_went_back_is_refused(
    client: Client, service: Service, vkey: str, tmp_path: Path
) -> None:
    older = requests.get(f"{service.url}/log/checkpoint", timeout=30).content
    grown(service)
    stopped_at(client, service, tmp_path / "state", service.position())

    with in_between(service, {"/log/checkpoint": lambda _: older}) as url:
        refused = client(*client.asked("history", url, vkey, tmp_path / "state"))
    assert (refused.returncode, refused.stdout) == (1, "")
    assert re.fullmatch(r"The log went back: from \d+ entries to \d+\.\n", refused.stderr)


@pytest.mark.sampled
@pytest.mark.parametrize("more", some([5, 0], 2), ids="more by {}".format)
def test_a_log_that_forked_is_refused_though_its_own_key_signed_it(
    client: Client, service: Service, vkey: str, tmp_path: Path, more: int
) -> None:
    grown(service)
    stopped_at(client, service, tmp_path / "state", service.position())
    before = snapshot(tmp_path / "state")
    hashes = [base64.b64encode(bytes([n] * 32)).decode() for n in range(8)]
    tile, width = divmod(service.position() + more, 256)
    partial = f"/log/tile/0/{tile:03}.p/{width}"
    changed: dict[str, Callable[[bytes], bytes]] = {
        "/log/checkpoint": other_root(service, more),
        "/log/consistency": lambda _: json.dumps({"proof": hashes}).encode(),
        partial: lambda _: bytes(32 * width),
    }

    with in_between(service, changed) as url:
        refused = client(*client.asked("history", url, vkey, tmp_path / "state"))
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.startswith("The log forked: "), refused.stderr
    assert snapshot(tmp_path / "state") == before, "what it knew is evidence"


def snapshot(state: Path) -> dict[str, str]:
    files = state.iterdir() if state.is_dir() else [state]
    return {file.name: file.read_text() for file in files}


def test_a_checkpoint_that_another_key_signed_is_refused(
    client: Client, service: Service, vkey: str, tmp_path: Path
) -> None:
    stranger = note.generate(vkey.split("+")[0]).vkey
    refused = client(*client.asked("history", service.url, stranger, tmp_path / "state"))
    assert refused.returncode == 1
    assert "not signed by" in refused.stderr


def test_a_hole_in_the_log_is_refused(
    client: Client, service: Service, vkey: str, tmp_path: Path
) -> None:
    def without_the_third(page: bytes) -> bytes:
        said = json.loads(page)
        del said["items"][2]
        return json.dumps(said).encode()

    with in_between(service, {"/api/entries": without_the_third}) as url:
        refused = client(*client.asked("history", url, vkey, tmp_path / "state"))
    assert entries(refused) == [1, 2]
    assert (refused.returncode, "After 2 came 4" in refused.stderr) == (1, True)


@pytest.mark.parametrize("changes", [{"by": "dorset-pcc"}, {"data": {"account": "somebody/else"}}])
def test_an_entry_that_is_not_the_one_that_was_sealed_is_refused(
    client: Client, service: Service, vkey: str, tmp_path: Path, changes: dict[str, Any]
) -> None:
    """The shell checks the checkpoints and the order of entries alone."""
    if client.name == "shell":
        return
    with in_between(service, {"/api/entries": third(data=changes)}) as url:
        refused = client(*client.asked("history", url, vkey, tmp_path / "state"))
    assert (refused.returncode, entries(refused)) == (1, [1, 2])
    assert "3 is not the entry that was sealed there." in refused.stderr


def third(data: dict[str, Any], **more: str) -> Callable[[bytes], bytes]:
    """Makes of a page of entries one in which the third of the log says otherwise."""

    def changed(page: bytes) -> bytes:
        said = json.loads(page)
        for one in said["items"]:
            if int(one["sequence"]) == 3:
                one |= more | {"data": one["data"] | data}
        return json.dumps(said).encode()

    return changed


def test_an_entry_that_was_stored_in_an_older_form_of_its_event_is_the_one_that_was_sealed(
    client: Client, service: Service, vkey: str, tmp_path: Path
) -> None:
    if client.name == "shell":
        return
    kind = service.get("/api/entries", after=2, limit=1)["items"][0]["type"].rpartition(".")[0]
    later = third(data={"data": {"called": "otherwise"}}, type=f"{kind}.v9")
    with in_between(service, {"/api/entries": later}) as url:
        done = client(*client.asked("history", url, vkey, tmp_path / "state"))
    assert done.returncode == 0, done.stderr
    assert entries(done) == list(range(1, len(entries(done)) + 1))


def delivery(service: Service, position: int) -> dict[str, Any]:
    """Return the body of a webhook about an entry."""
    event = service.get("/api/entries", after=position - 1, limit=1)["items"][0]
    return {**event, "previoussequence": f"{position - 1:016}"}


def signed(event: dict[str, Any], secret: str = SECRET) -> tuple[str, dict[str, str]]:
    """Return a delivery as it is sent, signed by the library of Standard Webhooks."""
    body, now = json.dumps(event, ensure_ascii=False), clock.now()
    name = f"5b0c-{event['sequence']}"
    return body, {
        "webhook-id": name,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(secret).sign(name, now, body),
    }


def test_it_takes_webhooks_once_in_order_and_verified(
    client: Client, service: Service, tmp_path: Path
) -> None:
    if client.name == "shell":
        body, headers = signed(delivery(service, 5))
        given = [headers[f"webhook-{name}"] for name in ("id", "timestamp", "signature")]
        assert client("webhook", SECRET, *given, input=body).returncode == 0
        assert client("webhook", SECRET, *given, input=f"{body} ").returncode == 1
        given[1] = str(int(given[1]) - 1000)
        late = client("webhook", SECRET, *given, input=body)
        assert (late.returncode, late.stderr) == (1, "Signed too long ago.\n")
        return
    port, state = free_port(), tmp_path / "received.json"
    asked = ["receive", str(port), SECRET, str(state)]
    if client.name == "python":
        asked = ["receive", "--port", str(port), "--secret", SECRET, "--state", str(state)]
    with subprocess.Popen([*client.command, *asked], stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        try:
            assert posted(port, signed(delivery(service, 5))) == 204
            assert posted(port, signed(delivery(service, 5))) == 204  # once more
            assert posted(port, signed(delivery(service, 7))) == 409  # 6 is missing
            assert posted(port, signed(delivery(service, 6))) == 204
            forged = "whsec_" + base64.b64encode(b"x" * 32).decode()
            assert posted(port, signed(delivery(service, 7), forged)) == 401
            taken = [json.loads(running.stdout.readline())["sequence"] for _ in range(2)]
        finally:
            running.kill()
    assert [int(one) for one in taken] == [5, 6]


def posted(port: int, sent: tuple[str, dict[str, str]]) -> int:
    """Return the status that a receiver answers, once it listens."""
    body, headers = sent
    with requests.Session() as session:
        retry = requests.adapters.Retry(connect=40, backoff_factor=0.1, backoff_max=0.5)
        session.mount("http://", requests.adapters.HTTPAdapter(max_retries=retry))
        return session.post(
            f"http://127.0.0.1:{port}/", data=body.encode(), headers=headers, timeout=30
        ).status_code


IN_A_BROWSER = """async ([url, vkey]) => {
  const { Log } = await import("/answerable-client.js");
  const [log, came] = [new Log(url, [vkey], localStorage), []];
  for await (const event of log.follow({ once: true })) {
    came.push(Number(event.sequence));
    await log.done(came.at(-1));
  }
  return came;
}"""


@pytest.mark.foreign
def test_a_page_of_another_site_follows_in_a_browser_and_goes_on_where_it_stopped(
    compiled: Path, service: Service, vkey: str, browser: Browser
) -> None:
    site = ThreadingHTTPServer(
        ("127.0.0.1", 0), partial(SimpleHTTPRequestHandler, directory=str(compiled))
    )
    thread = threading.Thread(target=site.serve_forever)
    thread.start()
    page = browser.new_page()
    try:
        came: list[int] = []
        end = 0
        for _ in range(2):
            end = grown(service)
            page.goto(f"http://127.0.0.1:{site.server_port}/package.json")  # any file of it
            came += page.evaluate(IN_A_BROWSER, [service.url, vkey])
    finally:
        page.close()
        site.shutdown()
        thread.join()
        site.server_close()
    assert came == list(range(1, end + 1))
