"""`verify URL`: a log read from the files of tlog-tiles, served by a plain web server."""

import json
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest

from ledger.verify import verify
from ledger.verify.mirror import MirrorError, prefix_of
from ledger.verify.tree import Tile, entry_bundle
from tests.transparency.made import KEY, Log, Say, small


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture
def served(tmp_path):
    """Yield (the folder under /log, its site's address)."""
    folder = tmp_path / "site" / "log"
    folder.mkdir(parents=True)
    handler = partial(Quiet, directory=str(tmp_path / "site"))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield folder, f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def lay_out(folder, log, sealed=None, width=None):
    (folder / "checkpoint").write_text(sealed or log.reseal())
    for index in range(0, len(log.lines), 256):
        some = log.lines[index : index + 256]
        path = folder / Tile(None, index // 256, width or len(some)).path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(entry_bundle(some))


def run(url, capsys, *options):
    code = verify.main([url, "--key", KEY.vkey, "--json", *options])
    answer = json.loads(capsys.readouterr().out)
    failed = {one["check"]: one["says"] for one in answer["checks"] if one["ok"] is False}
    assert code == bool(failed)
    return failed


def test_a_served_log_passes(served, capsys):
    folder, site = served
    log = Log()
    for n in range(300):
        log.add("update-received", {"text": Say(f"Update {n}.")}, f"recommendation/{n % 7}")
    lay_out(folder, log)

    assert run(site, capsys) == {}
    assert run(f"{site}/log/", capsys) == {}


def test_the_full_bundle_is_read_where_the_partial_one_is_no_longer_there(served, capsys):
    folder, site = served
    log = Log()
    for n in range(256):
        log.add("update-received", {"text": Say(f"Update {n}.")})
    lay_out(folder, log, sealed=log.reseal(200))

    assert run(site, capsys) == {}


def test_a_served_log_that_was_edited_is_refused(served, capsys):
    folder, site = served
    log, sealed = small(), small().reseal()
    log.change(2, data={"title": "Another report"})
    lay_out(folder, log, sealed=sealed)

    assert run(site, capsys).keys() == {"root"}


def test_verify_names_files_that_are_missing_or_damaged(served, capsys):
    folder, site = served
    assert "/log/checkpoint answers 404" in run(site, capsys)["reading"]

    lay_out(folder, small(), width=10)
    assert "tile/entries/000 answers 404" in run(site, capsys)["reading"]

    lay_out(folder, small())
    (folder / "tile/entries/000.p/11").write_bytes(b"\x00\x0atoo short")
    assert "ends in the middle" in run(site, capsys)["reading"]


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/log",
        "http://127.0.0.1.example.org",
        "http://localhost@example.org",
        "ftp://localhost/log",
        "https://",
        "https://example.org/log?x=1",
    ],
)
def test_only_https_or_this_machine_is_asked(url):
    with pytest.raises(MirrorError):
        prefix_of(url)


def test_a_site_alone_means_its_log():
    assert prefix_of("https://example.org") == "https://example.org/log"
    assert prefix_of("https://example.org/mirror/") == "https://example.org/mirror"
    assert prefix_of("http://[::1]:8000/") == "http://[::1]:8000/log"
