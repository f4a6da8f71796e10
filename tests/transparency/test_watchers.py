"""`watch` and `compare`: whoever looks at a log now and then finds a rewriting."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ledger.verify import checkpoint as checkpoints
from ledger.verify import compare, note, watch
from ledger.verify.checkpoint import Checkpoint
from tests.transparency.served import Served, serving


@pytest.fixture
def log() -> Iterator[Served]:
    """Yield a log of three entries, served."""
    with serving(Served()) as served:
        served.grow("one", "two", "three")
        yield served


class Watcher:
    """Somebody's file, and what the last look said."""

    def __init__(self, log: Served, path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.log, self.path, self.capsys = log, path, capsys

    def look(self, *more: str) -> int:
        """Watch once."""
        return self.run(watch.main, self.log.url, "--keep", str(self.path), *more)

    def run(self, command: Any, *arguments: str) -> int:
        """Run a command with the log's key, and keep what it says."""
        code: int = command([*arguments, "--key", self.log.key.vkey, "--json"])
        self.said = json.loads(self.capsys.readouterr().out)
        return code

    @property
    def lines(self) -> list[dict[str, Any]]:
        """What is kept."""
        return [json.loads(line) for line in self.path.read_text().splitlines()]


@pytest.fixture
def watcher(log: Served, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Watcher:
    """Return a watcher that has not looked yet."""
    return Watcher(log, tmp_path / "a.jsonl", capsys)


@pytest.fixture
def other(log: Served, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Watcher:
    """Somebody else."""
    return Watcher(log, tmp_path / "b.jsonl", capsys)


def both(a: Watcher, b: Watcher, *more: str) -> int:
    """Set their files side by side; `a` has what was said."""
    return a.run(compare.main, str(a.path), str(b.path), *more)


def test_a_log_that_grows_is_kept_look_by_look(log: Served, watcher: Watcher) -> None:
    assert watcher.look() == 0
    assert (watcher.said["size"], watcher.said["held_since"]) == (3, None)
    log.grow(*(f"more {n}" for n in range(600)))
    assert watcher.look() == 0
    assert (watcher.said["size"], watcher.said["kept"]) == (603, 2)
    assert watcher.said["held_since"] == watcher.lines[0]["seen_at"]
    assert [line["finding"] for line in watcher.lines] == [None, None]


def test_the_bytes_of_a_full_tile_serve_for_the_partial_one_that_is_gone(
    log: Served, watcher: Watcher
) -> None:
    log.grow(*(f"more {n}" for n in range(253)))
    assert watcher.look() == 0
    log.grow(*(f"more {n}" for n in range(256)))
    log.shown = 300
    assert watcher.look() == 0, watcher.said
    assert watcher.said["size"] == 300


def test_the_same_checkpoint_again_is_kept_again(watcher: Watcher) -> None:
    assert (watcher.look(), watcher.look()) == (0, 0)
    assert len(watcher.lines) == 2


def test_a_rewritten_entry_is_found_and_its_checkpoint_kept(log: Served, watcher: Watcher) -> None:
    watcher.look()
    log.entries[1] = b"another two"
    log.grow("four")
    assert watcher.look() == 1
    assert watcher.said["finding"] is True
    assert "rewritten" in watcher.said["detail"]
    evidence = watcher.lines[1]
    assert "rewritten" in evidence["finding"]
    assert checkpoints.open(evidence["checkpoint"], [log.key.verifier]).checkpoint.size == 4


def test_a_finding_does_not_become_what_the_next_look_trusts(log: Served, watcher: Watcher) -> None:
    watcher.look()
    honest = list(log.entries)
    log.entries[0] = b"another one"
    log.grow("four")
    assert (watcher.look(), watcher.look()) == (1, 1)
    log.entries = [*honest, b"four"]
    assert watcher.look() == 0


@pytest.mark.parametrize(
    "line",
    ["[" * 100_000, '{"seen_at": "", "url": "", "checkpoint": "\\ud800"}', "{}", "[1]", "\x00"],
)
def test_a_line_that_no_watcher_wrote_is_refused_in_a_sentence(
    line: str, log: Served, watcher: Watcher
) -> None:
    watcher.look()
    with watcher.path.open("a") as file:
        file.write(line + "\n")

    assert watcher.look() == 1
    assert "line 2: no checkpoint as kept by watch" in watcher.said["detail"]


def test_a_log_that_shrank_is_found(log: Served, watcher: Watcher) -> None:
    watcher.look()
    del log.entries[2]
    assert watcher.look() == 1
    assert "cut off" in watcher.said["detail"]


def test_a_root_that_changed_at_one_size_is_found(log: Served, watcher: Watcher) -> None:
    watcher.look()
    log.entries[2] = b"another three"
    assert watcher.look() == 1
    assert "a fork" in watcher.said["detail"]


def label(key: note.SigningKey) -> str:
    """Return the name and hash by which a key is known."""
    return "+".join(key.vkey.split("+")[:2])


def test_a_fork_by_a_key_in_two_hands_says_whose_key_it_is_and_what_to_do(
    log: Served, watcher: Watcher, other: Watcher
) -> None:
    watcher.look()
    log.entries[2] = b"another three"
    assert watcher.look() == 1
    assert f"Both are signed by {label(log.key)}: whoever has that key" in watcher.said["detail"]
    assert "show them to the log's operator" in watcher.said["detail"]
    assert label(log.key) in watcher.lines[1]["finding"], "it is kept with the evidence"

    other.look()
    assert both(watcher, other) == 1
    assert f"Both are signed by {label(log.key)}" in watcher.said["findings"][-1]
    assert "Until the log says which key is compromised" in watcher.said["findings"][-1]


def test_a_fork_by_two_keys_says_which_signed_what(
    log: Served, watcher: Watcher, other: Watcher
) -> None:
    watcher.look()
    first = log.key
    log.key = note.generate(first.name)
    log.entries[0] = b"another one"
    trusted = ["--key", first.vkey]

    assert watcher.look(*trusted) == 1
    says = (
        f"Signed by {label(first)} is the one that you hold, by {label(log.key)} the one that is "
        "shown: ask which of these keys was in use"
    )
    assert says in watcher.said["detail"]

    other.look(*trusted)
    assert both(watcher, other, *trusted) == 1
    says = f"Signed by {label(first)} is what {watcher.path} saw, by {label(log.key)} what"
    assert says in watcher.said["findings"][-1]


def test_a_signature_of_another_key_is_no_checkpoint(log: Served, watcher: Watcher) -> None:
    honest = log.key.vkey
    log.key = note.generate(log.key.name)
    keep = ["--keep", str(watcher.path), "--key", honest, "--json"]
    assert watch.main([log.url, *keep]) == 1
    said = json.loads(watcher.capsys.readouterr().out)
    assert (said["ok"], said["finding"]) == (False, False)
    signer = "+".join(log.key.vkey.split("+")[:2])
    assert f"No key that you trust signed this. Under it stands {signer}." in said["detail"]
    assert watcher.path.read_text() == ""


def test_witnesses_asked_for_are_needed(log: Served, watcher: Watcher) -> None:
    witness = note.generate("witness.example")
    asked = ("--witness", witness.witness.vkey)
    assert watcher.look(*asked) == 1
    assert "0 of 1 witnesses" in watcher.said["detail"]
    text = Checkpoint(
        log.key.name, 3, checkpoints.parse(log.checkpoint.split("\n\n")[0] + "\n").root
    )
    log.cosignatures = note.cosignature(text.text, witness, 1_800_000_000)
    assert watcher.look(*asked) == 0
    assert watcher.said["cosigned"] == 1


def test_a_checkpoint_with_too_few_cosignatures_still_speaks_against_a_fork(
    log: Served, watcher: Watcher
) -> None:
    witness = note.generate("witness.example")
    asked = ("--witness", witness.witness.vkey)

    def cosign() -> None:
        text = note.split(log.checkpoint)[0]
        log.cosignatures = note.cosignature(text, witness, 1_800_000_000)

    cosign()
    assert watcher.look(*asked) == 0
    log.cosignatures = ""
    log.grow("the entry that I saw")
    assert watcher.look(*asked) == 1

    honest = list(log.entries)
    log.entries[3] = b"another in its place"
    cosign()
    assert watcher.look(*asked) == 1
    assert "a fork" in watcher.said["detail"]
    log.entries, log.cosignatures = honest, ""
    cosign()
    assert watcher.look(*asked) == 0


def test_a_whole_last_line_that_lost_its_end_is_kept(log: Served, watcher: Watcher) -> None:
    watcher.look()
    log.grow("the entry that I saw")
    watcher.look()
    held = watcher.path.read_bytes().removesuffix(b"\n")
    watcher.path.write_bytes(held)
    log.entries[3] = b"another in its place"

    assert watcher.look() == 1
    assert "a fork" in watcher.said["detail"]
    assert watcher.path.read_bytes().startswith(held + b"\n")
    assert len(watcher.lines) == 3


def test_a_line_cut_short_by_a_crash_gives_way(watcher: Watcher) -> None:
    watcher.look()
    with watcher.path.open("a") as file:
        file.write('{"seen_at": "2026-')
    assert watcher.look() == 0
    assert len(watcher.lines) == 2


def test_a_file_of_something_else_is_refused_and_left_alone(watcher: Watcher) -> None:
    watcher.path.write_text("hello\n")
    assert watcher.look() == 1
    assert "line 1" in watcher.said["detail"]
    assert watcher.path.read_text() == "hello\n"


@pytest.mark.parametrize(
    "url", ["http://log.example", "ftp://log.example", "log.example", "https://", "file:///etc"]
)
def test_only_https_or_this_machine_is_asked(watcher: Watcher, url: str) -> None:
    assert watcher.run(watch.main, url, "--keep", str(watcher.path)) == 1
    assert url in watcher.said["detail"]


def test_no_key_is_wrong_usage(log: Served, capsys: pytest.CaptureFixture[str]) -> None:
    assert watch.main([log.url]) == 2
    assert "--key" in capsys.readouterr().err


def test_two_watchers_of_one_log_agree(log: Served, watcher: Watcher, other: Watcher) -> None:
    watcher.look()
    other.look()
    log.grow("four")
    other.look()
    assert both(watcher, other) == 0
    assert (watcher.said["common"], watcher.said["not_compared"]) == ([3], [4])
    assert both(watcher, other, "--url", log.url) == 0
    assert (watcher.said["tied"], watcher.said["not_compared"]) == ([3, 4], [])


@pytest.mark.parametrize("serve", [False, True])
def test_an_empty_file_agrees_with_nobody(
    log: Served, watcher: Watcher, other: Watcher, serve: bool
) -> None:
    watcher.look()
    other.path.write_bytes(b"")
    assert both(watcher, other, *(("--url", log.url) if serve else ())) == 1
    assert "b.jsonl keeps no checkpoint" in watcher.said["findings"][0]


def test_one_size_is_not_said_to_be_shown_by_tiles_that_nobody_read(
    log: Served, watcher: Watcher, other: Watcher
) -> None:
    watcher.look()
    other.look()
    assert both(watcher, other, "--url", "http://127.0.0.1:1") == 0
    assert (watcher.said["common"], watcher.said["tied"]) == ([3], [])


@pytest.mark.parametrize("line", ['{"event": {}, "position": 1}', "[]", "{}", "null", "7"])
def test_a_file_of_something_else_is_refused_in_plain_words(
    watcher: Watcher, other: Watcher, line: str
) -> None:
    watcher.look()
    other.path.write_text(line + "\n")
    assert both(watcher, other) == 1
    (finding,) = watcher.said["findings"]
    assert finding.endswith(
        "line 1: no checkpoint as kept by watch (it has not seen_at, url and checkpoint)."
    )


def test_a_file_that_is_not_there_is_named(watcher: Watcher, other: Watcher) -> None:
    watcher.look()
    assert both(watcher, other) == 1
    (finding,) = watcher.said["findings"]
    assert finding == f"{other.path} cannot be used: No such file or directory."


def test_a_log_shown_differently_to_each_is_found(
    log: Served, watcher: Watcher, other: Watcher
) -> None:
    watcher.look()
    log.entries[0] = b"another one"
    other.look()
    assert both(watcher, other) == 1
    assert "forked" in watcher.said["findings"][0]


def test_the_size_of_a_fork_is_not_listed_as_common(
    log: Served, watcher: Watcher, other: Watcher
) -> None:
    watcher.look()
    other.look()
    honest = list(log.entries)
    for one, entry in ((watcher, "four"), (other, "another four")):
        log.entries = [*honest, entry.encode()]
        assert one.look() == 0

    assert both(watcher, other) == 1
    assert watcher.said["common"] == [3]
    assert (watcher.said["forked"], watcher.said["not_compared"]) == ([4], [])
    assert not watcher.said["parted"]
    keep = [str(watcher.path), str(other.path), "--key", log.key.vkey]
    assert compare.main(keep) == 1
    said = watcher.capsys.readouterr().out
    assert "Sizes that both saw, with the same root: 3.\n" in said
    assert "Sizes that were seen with more than one root: 4.\n" in said


def test_a_fork_at_no_common_size_is_found_by_the_tiles(
    log: Served, watcher: Watcher, other: Watcher
) -> None:
    watcher.look()
    log.entries[0] = b"another one"
    log.grow("four")
    other.look()
    assert both(watcher, other) == 1, "nothing was compared: that is no agreement"
    assert (watcher.said["findings"], watcher.said["not_compared"]) == ([], [3, 4])
    assert both(watcher, other, "--url", log.url) == 1
    assert "rewritten" in watcher.said["findings"][0]


def test_compare_reads_checkpoints_that_a_watcher_refused(
    log: Served, watcher: Watcher, other: Watcher
) -> None:
    watcher.look()
    honest = list(log.entries)
    log.entries[0] = b"another one"
    watcher.look()
    log.entries = honest
    other.look()
    assert both(watcher, other) == 1
    assert len(watcher.said["findings"]) == 2


@pytest.mark.parametrize("serve", [False, True])
@pytest.mark.parametrize("bad", ["no witness", "an old copy"])
def test_a_bad_day_of_an_honest_log_is_none_of_a_fork(
    log: Served, watcher: Watcher, other: Watcher, bad: str, serve: bool
) -> None:
    witness = note.generate("witness.example")
    asked = ("--witness", witness.witness.vkey)

    def day(entry: str, *, cosign: bool = True, shown: int | None = None) -> tuple[int, int]:
        log.grow(entry)
        log.shown, log.cosignatures = shown, ""
        if cosign:
            text = note.split(log.checkpoint)[0]
            log.cosignatures = note.cosignature(text, witness, 1_800_000_000)
        return watcher.look(*asked), other.look(*asked)

    assert (day("four"), day("five")) == ((0, 0), (0, 0))
    assert day("six", cosign=bad != "no witness", shown=4 if bad == "an old copy" else None) == (
        1,
        1,
    )
    assert day("seven") == (0, 0)
    more = ["--url", log.url] if serve else []
    assert both(watcher, other, *asked, *more) == 0, watcher.said


def test_an_old_copy_that_nobody_else_saw_is_tied_by_the_tiles_alone(
    log: Served, watcher: Watcher, other: Watcher
) -> None:
    watcher.look()
    log.shown = 2
    assert watcher.look() == 1
    log.shown = None
    other.look()

    assert both(watcher, other) == 1
    assert "cut off" in watcher.said["findings"][0]
    assert both(watcher, other, "--url", log.url) == 0


def test_files_of_two_logs_are_not_one(
    log: Served, watcher: Watcher, other: Watcher, tmp_path: Path
) -> None:
    watcher.look()
    with serving(Served()) as another:
        another.key = note.generate("another.example")
        another.grow("one")
        keep = ["--keep", str(other.path), "--key", another.key.vkey]
        assert watch.main([another.url, *keep]) == 0
        other.capsys.readouterr()
        assert both(watcher, other, "--key", another.key.vkey) == 1
    assert "different logs" in watcher.said["findings"][0]
