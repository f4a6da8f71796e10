"""Checkpoints leave the house: `answerable witness` copies them to a directory, a git repository
and an object store. `status` says which place does not take them, since when and why."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from ledger.verify import note, verify
from tests.processes import Python, until
from tests.transparency.sealing import Sealing


@dataclass
class Copied:
    """A sealed log whose checkpoints are copied to places."""

    sealing: Sealing
    monkeypatch: pytest.MonkeyPatch

    def to(self, *places: str) -> None:
        self.monkeypatch.setattr(
            Sealing,
            "environment",
            self.sealing.environment | {"ANSWERABLE_CHECKPOINTS_TO": ", ".join(places)},
        )

    def sealed(self) -> int:
        """Record something and seal it; the size of the log."""
        self.sealing.entry()
        self.sealing.seal()
        return self.sealing.sizes[-1]

    def says(self, expect: int = 0) -> dict[str, str]:
        """Copy the newest checkpoint; what is said of each place."""
        answer = self.sealing.json("witness", expect=expect)
        return {one["who"]: one["detail"] for one in answer["witnesses"]}

    def known(self) -> dict[str, dict[str, Any]]:
        """Return what `status` knows of each place."""
        answer = self.sealing.run("status", "--json", expect=1)  # no follower runs here
        return {one["place"]: one for one in json.loads(answer.stdout)["outside"]}


@pytest.fixture
def copied(sealing: Sealing, monkeypatch: pytest.MonkeyPatch) -> Copied:
    return Copied(sealing, monkeypatch)


def git(folder: Path, *words: str) -> str:
    done = subprocess.run(["git", *words], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@contextmanager
def full(folder: Path) -> Iterator[None]:
    """A file system of one page, which a file fills."""
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4k", "none", str(folder)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip("not run: a file system can't be mounted here")
    try:
        (folder / "all of it").write_bytes(bytes(4096))
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@dataclass
class Store:
    """An object store by the protocol of S3, of which a test says what it answers."""

    kept: dict[str, bytes] = field(default_factory=dict)
    refuses: int = 0
    """A status, or 0 for none."""
    port: int = 0

    def environment(self) -> dict[str, str]:
        return {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.port}",
            "AWS_ALLOW_HTTP": "true",
            "AWS_ACCESS_KEY_ID": "clerk",
            "AWS_SECRET_ACCESS_KEY": "hunter2",
            "AWS_REGION": "here",
        }


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    made = Store()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_PUT(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            assert "Signature=" in self.headers["Authorization"]
            assert self.headers["If-None-Match"] == "*"
            if made.refuses:
                self.answer(made.refuses)
            elif self.path in made.kept:
                self.answer(412)
            else:
                made.kept[self.path] = body
                self.answer(200)

        def do_GET(self) -> None:
            self.answer(200, made.kept[self.path])

        def answer(self, status: int, body: bytes = b"") -> None:
            self.send_response(status)
            self.send_header("ETag", '"one"')
            self.send_header("Last-Modified", "Mon, 30 Nov 2026 21:00:00 GMT")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.port = server.server_port
    for name, value in made.environment().items():
        monkeypatch.setenv(name, value)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_copy_lies_in_each_place_under_its_size_and_verify_takes_it(
    copied: Copied, store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, clone, far = tmp_path / "mount", tmp_path / "clone", tmp_path / "far.git"
    folder.mkdir()
    git(tmp_path, "init", "--quiet", "--bare", "--initial-branch=main", str(far))
    git(tmp_path, "clone", "--quiet", str(far), str(clone))
    places = (f"dir:{folder}", f"git:{clone}", "s3://bucket/log")
    copied.to(*places)

    never = copied.sealing.run("status", expect=1).stdout
    assert f"dir:{folder} was never tried: `answerable witness`, daily" in never

    first = copied.sealed()
    assert copied.says() == dict.fromkeys(places, "has")
    assert copied.says() == dict.fromkeys(places, "has"), "the same one again is no other"
    second = copied.sealed()
    assert copied.says() == dict.fromkeys(places, "has")

    files = [f"{first}.checkpoint", f"{second}.checkpoint"]
    assert {one.name for one in folder.iterdir()} == set(files)
    assert git(far, "ls-tree", "--name-only", "main").split() == sorted(files)
    assert git(far, "rev-list", "--count", "main").strip() == "2"
    assert sorted(store.kept) == sorted(f"/bucket/log/{one}" for one in files)
    texts = {(folder / files[0]).read_bytes(), git(far, "show", f"main:{files[0]}").encode()}
    assert texts == {store.kept[f"/bucket/log/{files[0]}"]}
    assert {one["size"] for one in copied.known().values()} == {second}

    copied.sealing.run("export", "log", str(tmp_path / "out"))
    vkey = copied.sealing.json("key", "show")["vkey"]
    log = str(tmp_path / "out" / "log.jsonl")
    assert verify.main([log, "--key", vkey, "--since", str(folder / files[0])], "verify") == 0
    assert "ok    since" in capsys.readouterr().out


def test_status_says_which_place_fails_since_when_and_why(
    copied: Copied, store: Store, tmp_path: Path
) -> None:
    clone, far = tmp_path / "clone", tmp_path / "far.git"
    git(tmp_path, "init", "--quiet", "--bare", "--initial-branch=main", str(far))
    git(tmp_path, "clone", "--quiet", str(far), str(clone))
    (far / "hooks/pre-receive").write_text("#!/bin/sh\necho 'no entry' >&2\nexit 1\n")
    (far / "hooks/pre-receive").chmod(0o755)
    store.refuses = 403
    missing = tmp_path / "not mounted"
    with full(tmp_path / "full"):
        places = {
            f"dir:{missing}": "see that",
            f"dir:{tmp_path / 'full'}": "No space left on device",
            "dir:/proc": "can't be written",
            f"git:{clone}": "no entry",
            "s3://bucket/log": "403",
        }
        copied.to(*places)
        size = copied.sealed()
        first = copied.says(expect=1)
        since = {place: one["failing_since"] for place, one in copied.known().items()}
        copied.says(expect=1)
    known = copied.known()

    for place, why in places.items():
        assert why in first[place]
        assert why in known[place]["why"]
        assert (known[place]["size"], known[place]["taken_at"]) == (None, None)
        assert known[place]["failing_since"] == since[place]
    assert (
        "s3://bucket/log has no checkpoint yet; FAILS since"
        in copied.sealing.run("status", expect=1).stdout
    )

    (far / "hooks/pre-receive").unlink()
    store.refuses = 0
    copied.to(f"git:{clone}", "s3://bucket/log")
    copied.says()
    assert git(far, "ls-tree", "--name-only", "main").split() == [f"{size}.checkpoint"]
    assert copied.known()["s3://bucket/log"]["failing_since"] is None
    copied.sealing.run("witness", "--forget", f"dir:{missing}")
    assert f"dir:{missing}" not in copied.known()


def test_another_checkpoint_of_the_same_size_is_told_and_never_replaced(
    copied: Copied, store: Store, tmp_path: Path
) -> None:
    size = copied.sealed()
    text, signed = note.split(copied.sealing.notes[-1])
    forged = f"{text.splitlines()[0]}\n{size}\n{'A' * 43}=\n\n{signed}".encode()
    (tmp_path / f"{size}.checkpoint").write_bytes(forged)
    store.kept[f"/bucket/{size}.checkpoint"] = forged
    copied.to(f"dir:{tmp_path}", "s3://bucket")

    said = copied.says(expect=1)

    assert all(
        "is not the checkpoint that the log has of this size" in one for one in said.values()
    )
    assert (tmp_path / f"{size}.checkpoint").read_bytes() == forged
    assert store.kept[f"/bucket/{size}.checkpoint"] == forged


def test_a_rotation_sends_its_checkpoint_by_itself_once_it_is_sealed(
    copied: Copied, tmp_path: Path
) -> None:
    folder = tmp_path / "mount"
    folder.mkdir()
    copied.to(f"dir:{folder}")
    copied.sealed()

    nobody_seals = copied.sealing.run("key", "rotate").stdout
    assert "was not sealed in time" in nobody_seals
    assert list(folder.iterdir()) == []
    assert "was not sealed in time" in copied.known()[f"dir:{folder}"]["why"]

    sealer = Python(*("-m", "api", "worker", "--only", "sealer"), env=copied.sealing.environment)
    try:
        until(lambda: copied.sealing.sizes[-1] == copied.sealing.position)
        rotated = copied.sealing.json("key", "rotate")
    finally:
        sealer.terminate()
        sealer.wait()
    assert [one["ok"] for one in rotated["witnesses"]] == [True]
    assert [one.name for one in folder.iterdir()] == [f"{copied.sealing.position}.checkpoint"]
