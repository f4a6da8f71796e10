"""Hostile hosts that serve a log, are a witness or send a watcher's file. They try to keep the
reader for ever, to stop it, or to make it believe them."""

import json
import shutil
import socket
import threading
import time
import urllib.request
from collections import namedtuple
from contextlib import contextmanager
from http.client import HTTPMessage, parse_headers
from io import BytesIO

import pytest

from ledger.seal import witnesses
from ledger.seal.witnesses import WitnessError
from ledger.verify import checkpoint, compare, mirror, note, policy, verify, watch
from ledger.verify.checkpoint import Checkpoint
from ledger.verify.mirror import MirrorError
from ledger.verify.policy import PolicyError
from ledger.verify.sightings import Sighting
from tests.transparency.made import KEY, WITNESSES, small
from tests.transparency.served import Served, serving


def read_request(peer):
    """To its end: who closes a connection with something unread resets it, and the asker may lose
    what was said."""
    with peer.makefile("rb") as asked:
        asked.readline()
        asked.read(int(parse_headers(asked).get("Content-Length", 0)))


@contextmanager
def talking(say):
    """Takes connections, and has `say` talk to each: the address."""
    over = threading.Event()
    server = socket.create_server(("127.0.0.1", 0))

    def take():
        while not over.is_set():
            try:
                peer, _ = server.accept()
            except OSError:
                return
            threading.Thread(target=talk, args=(peer,), daemon=True).start()

    def talk(peer):
        with peer:
            try:
                read_request(peer)
                say(peer, over)
            except OSError:
                pass

    threading.Thread(target=take, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
    finally:
        over.set()
        server.close()


def dripping(before):
    """Says something, and then a byte now and then, for ever."""

    def say(peer, over):
        peer.sendall(before)
        while not over.wait(0.05):
            peer.sendall(b"x")

    return say


def silent(peer, over):
    over.wait()


HEADER = b"HTTP/1.0 200 OK\r\nX-One: "
BODY = b"HTTP/1.0 200 OK\r\n\r\n"
REFUSAL = b"HTTP/1.0 500 No\r\n\r\n"


@pytest.mark.parametrize("say", [dripping(HEADER), dripping(BODY), dripping(b""), silent])
def test_a_host_that_never_ends_an_answer_or_its_headers_is_given_up(
    monkeypatch, capsys, tmp_path, say
):
    monkeypatch.setattr(mirror, "_SECONDS", 0.3)
    with talking(say) as url:
        assert verify.main([url, "--key", KEY.vkey]) == 1
        keep = ["--keep", str(tmp_path / "watched.jsonl")]
        assert watch.main([url, "--key", KEY.vkey, *keep]) == 1
    said = capsys.readouterr()
    assert "cannot be read" in said.out
    assert "cannot be read" in said.err


@pytest.mark.parametrize("say", [dripping(HEADER), dripping(REFUSAL), silent])
def test_a_witness_that_never_ends_what_it_says_is_given_up(monkeypatch, say):
    monkeypatch.setattr(witnesses, "_SECONDS", 0.3)
    with talking(say) as url, pytest.raises(WitnessError, match="cannot be reached"):
        witnesses.cosign(url, WITNESSES[0].witness, small().reseal(), 0, lambda old: [])


def test_the_refusal_of_a_witness_is_passed_on():
    def say(peer, over):
        peer.sendall(b"HTTP/1.0 403 No\r\n\r\nI know you not.")

    with talking(say) as url, pytest.raises(WitnessError, match=r"403 .*I know you not"):
        witnesses.cosign(url, WITNESSES[0].witness, small().reseal(), 0, lambda old: [])


@pytest.mark.parametrize("at", [1 << 62, 253_402_300_800])
def test_a_witness_of_a_year_that_no_calendar_has_is_not_believed(at):
    sealed = small().reseal()
    line = note.cosignature(note.split(sealed)[0], WITNESSES[0], at)

    def say(peer, over):
        peer.sendall(BODY + line.encode())

    with talking(say) as url, pytest.raises(WitnessError, match="no cosignature by"):
        witnesses.cosign(url, WITNESSES[0].witness, sealed, 0, lambda old: [])


@pytest.mark.parametrize("port", ["99999999", "-1", "x"])
def test_an_address_with_a_port_that_is_none_is_refused_in_a_sentence(port, capsys):
    assert verify.main([f"https://log.example:{port}/", "--key", KEY.vkey]) == 1
    assert "is no address" in capsys.readouterr().out


@pytest.mark.parametrize(
    "there",
    [
        "https://10.0.0.1/x",
        "https://127.0.0.1/x",
        "https://localhost/x",
        "https://[::1]/x",
        "https://0x7f.1/x",
        "https://2130706433/x",
        "https://log.example:99999999/x",
        "https://127.1./x",
        "https://127.0.0.%31/x",
        "https://%31%30.0.0.%31:8443/x",
        "https://%6cocalhost/x",
        "https://%E2%93%9Bocalhost/x",
        "https://x@cdn.example/x",
        "https://ip6-localhost/x",
        "https://[::1%25lo]/x",
    ],
)
def test_a_log_elsewhere_sends_nobody_to_an_address_without_a_name(there):
    asked = urllib.request.Request("https://log.example/log/checkpoint")

    with pytest.raises(MirrorError):
        mirror._SameKind().redirect_request(asked, BytesIO(), 302, "", HTTPMessage(), there)


@pytest.mark.parametrize(
    ("here", "there"),
    [
        ("https://log.example/log/checkpoint", "https://cdn.example/log/checkpoint"),
        ("https://10.0.0.1/log/checkpoint", "https://10.0.0.1/other/checkpoint"),
    ],
)
def test_a_log_may_send_on_to_another_name_and_within_itself(here, there):
    asked = urllib.request.Request(here)

    found = mirror._SameKind().redirect_request(asked, BytesIO(), 302, "", HTTPMessage(), there)
    assert found is not None
    assert found.full_url == there


def test_a_chunk_of_a_negative_size_lifts_no_limit(monkeypatch):
    monkeypatch.setattr(mirror, "_SECONDS", 5)
    sent = list[int]()

    def say(peer, over):
        peer.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n")
        while not over.is_set() and len(sent) < 1_000:
            peer.sendall(b"x" * 100_000)
            sent.append(100_000)

    with talking(say) as url, pytest.raises(MirrorError, match=r"more than 1,000,000 bytes"):
        mirror.fetch_checkpoint(url)
    assert sum(sent) < 20_000_000  # the rest is what sockets hold


def test_all_entries_of_a_log_together_have_an_end(monkeypatch, capsys):
    monkeypatch.setattr(mirror, "_WHOLE", -1)
    with serving(Served()) as log:
        log.grow("one")
        assert verify.main([log.url, "--key", log.key.vkey]) == 1
    assert "takes too long to answer all that is asked" in capsys.readouterr().out


def test_a_log_that_goes_on_for_ever_leaves_half_of_the_room(monkeypatch, capsys):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(0, 0, 4_000))
    with serving(Served()) as log:
        log.grow(*("x" * 100 for _ in range(600)))
        assert verify.main([log.url, "--key", log.key.vkey]) == 1
    assert "there is no room for more" in capsys.readouterr().out


def test_all_tiles_of_a_look_together_have_an_end(monkeypatch):
    monkeypatch.setattr(mirror, "_IN_ALL", -1)
    with serving(Served()) as log:
        log.grow("one")
        with pytest.raises(MirrorError, match="takes too long"):
            mirror.reader(f"{log.url}/log")("tile/0/000.p/1")


def test_a_tile_is_asked_for_once(monkeypatch):
    asked = []

    def noted(path):
        asked.append(path)
        return answer(path)

    with serving(Served()) as log:
        log.grow("one")
        answer = log.answer
        monkeypatch.setattr(log, "answer", noted)
        read = mirror.reader(f"{log.url}/log")
        assert read("tile/0/000.p/1") == read("tile/0/000.p/1")
    assert asked == ["tile/0/000.p/1"]


@pytest.mark.parametrize(
    "body",
    [b"<!doctype html><p>Hello.</p>\n", b"\xff\xfe", b"", b"\n\n", b"a\n\n\xe2\x80\x94 b c\n" * 99],
)
def test_a_page_is_no_checkpoint(body, capsys):
    def say(peer, over):
        peer.sendall(BODY + body)

    with talking(say) as url:
        assert verify.main([url, "--key", KEY.vkey]) == 1
    assert "FAIL  checkpoint:" in capsys.readouterr().out


# Watchers' files.


def sealed(size, name, key=KEY):
    """Return a checkpoint of a size, by the log's key, with a root of a name."""
    return checkpoint.sign(Checkpoint(key.name, size, name.encode().ljust(32, b"\0")), key)


@pytest.fixture
def compared(tmp_path, capsys):
    """Compares two files of checkpoints: the exit code, and what was said."""

    def compared(a, b, *options):
        for name, lines in (("a", a), ("b", b)):
            (tmp_path / name).write_bytes(b"".join(lines))
        paths = [str(tmp_path / one) for one in "ab"]
        code = compare.main([*paths, "--key", KEY.vkey, "--json", *options])
        return code, json.loads(capsys.readouterr().out)

    return compared


def kept(size, name="x"):
    return Sighting("2026-06-01T06:00:00Z", "https://log.example/log", sealed(size, name)).line


def test_a_fork_after_the_last_common_size_is_not_taken_for_one_log(compared):
    code, said = compared([kept(5), kept(10, "a")], [kept(5), kept(12, "b")])

    assert (code, said["parted"], said["common"]) == (1, True, [5])
    assert said["not_compared"] == [10, 12]


def test_a_watcher_that_saw_all_checkpoints_of_the_other_agrees(compared):
    code, said = compared([kept(5), kept(10)], [kept(7), kept(10), kept(12)])

    assert (code, said["parted"], said["common"]) == (0, False, [10])


@pytest.mark.parametrize(
    "members", [{"seen_at": "\ud800"}, {"url": "\udfff"}, {"finding": "\ud800"}, {"finding": [[]]}]
)
@pytest.mark.parametrize("options", [[], ["--json"]])
def test_a_line_with_what_is_no_text_is_refused_in_a_sentence(tmp_path, capsys, members, options):
    good = kept(5)
    bad = json.dumps(json.loads(good) | members).encode() + b"\n"
    for name, line in (("a", good), ("b", bad)):
        (tmp_path / name).write_bytes(line)

    paths = [str(tmp_path / one) for one in "ab"]
    assert compare.main([*paths, "--key", KEY.vkey, *options]) == 1
    said = capsys.readouterr()
    assert "no checkpoint as kept by watch" in said.out + said.err


def test_many_sizes_are_compared_soon(compared, monkeypatch):
    monkeypatch.setattr(
        checkpoint,
        "open",
        lambda text, keys, origin=None: checkpoint.Opened(
            checkpoint.parse(note.split(text)[0]), note.Note("", ())
        ),
    )
    text = sealed(1, "x")
    lines = [
        Sighting("2026", "u", text.replace(f"{KEY.name}\n1\n", f"{KEY.name}\n{size}\n")).line
        for size in range(1, 20_001)
    ]
    began = time.process_time()
    code, said = compared(lines[::2], lines[1::2])

    assert (code, said["parted"], len(said["not_compared"])) == (1, True, 20_000)
    assert time.process_time() - began < 20


def test_a_log_of_no_entries_has_the_one_root_of_none(tmp_path, capsys, monkeypatch):
    with serving(Served()) as log:
        false = checkpoint.sign(Checkpoint(log.key.name, 0, b"x" * 32), log.key)
        keep = ["--keep", str(tmp_path / "watched.jsonl"), "--key", log.key.vkey]
        assert watch.main([log.url, *keep]) == 0
        monkeypatch.setattr(log, "answer", lambda path: false.encode())
        assert watch.main([log.url, *keep]) == 1
    assert "FOUND: A log of no entries has one root" in capsys.readouterr().err


ODD = "\x9b2J\u202e"
"""It begins a command to a terminal, and turns round what comes after it."""


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_words_of_others_are_printed_spelt_out(tmp_path, capsys, options):
    served = Served()
    served.key = note.generate(f"log.example/{ODD}")
    with serving(served) as log:
        log.grow("one")
        keep = ["--keep", str(tmp_path / "a"), "--key", log.key.vkey]
        assert watch.main([log.url, *keep, *options]) == 0
    (tmp_path / "b").write_bytes(Sighting("2026", "u", sealed(1, "x"), ODD).line)
    paths = [str(tmp_path / one) for one in "bb"]
    assert compare.main([*paths, "--key", KEY.vkey, *options]) == 1

    assert not {"\x9b", "\u202e"} & set("".join(capsys.readouterr()))


# Policies.


@pytest.mark.parametrize(
    "line", [f"log {ODD}+00000000+AAAA", f"group {ODD} 1 x", f"group g {ODD} x", f"quorum {ODD}"]
)
def test_the_words_of_a_policy_are_printed_spelt_out(tmp_path, capsys, line):
    path = tmp_path / "policy"
    path.write_text(f"log {KEY.vkey}\nwitness x {WITNESSES[0].witness.vkey}\n{line}\n")

    assert verify.main(["log.jsonl", "--policy", str(path)]) == 2
    assert not {"\x9b", "\u202e"} & set(capsys.readouterr().err)


def test_a_policy_of_groups_within_groups_has_an_end():
    vkey = WITNESSES[0].witness.vkey
    groups = "".join(f"group g{n} any {f'g{n - 1}' if n else 'w'}\n" for n in range(5_000))
    text = f"log {KEY.vkey}\nwitness w {vkey}\n{groups}quorum g4999\n"

    with pytest.raises(PolicyError, match=r"Line 53 .* more than 50 deep"):
        policy.parse(text)
