"""Sealing over HTTP: receipts of writes, the log as tiles, and nothing that leaves unsealed."""

import html
import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import html5lib
import pytest

from api.requests import current
from ledger.acts.decision import Notice
from ledger.acts.key import add_key
from ledger.events import KeyAdded
from ledger.postgres.embedded import Running
from ledger.seal.checkpoints import SealBell
from ledger.seal.notebook import Notebook
from ledger.seal.sealer import Sealer
from ledger.states.service import SETUP
from ledger.verify import checkpoint, note, tree
from ledger.verify.checkpoint import Checkpoint, parse_proof, verify_proof
from ledger.verify.note import SigningKey
from tests.api.conftest import fresh_site
from tests.api.founding import FEW_BODIES, founded
from tests.api.site import FORCE, Published, Site, problem_of, statement
from tests.log.following import running

ORIGIN = "log.example/town"
ASSURANCE = {"of": FORCE, "question": "Is it done?", "occurred_on": "2025-09-01"}


@dataclass
class SealedSite:
    """A site whose log has a key, and what seals it when it is told to."""

    site: Site
    folder: Path
    key: SigningKey
    notebooks: list[Notebook] = field(default_factory=list)

    def sealer(self) -> Sealer:
        notebook = Notebook(self.folder / "notebook.sqlite", ORIGIN)
        self.notebooks.append(notebook)
        return Sealer(self.site.url, notebook, self.folder / "signing.key")

    def seal(self) -> None:
        sealer = self.sealer()
        sealer.catch_up()
        sealer.close()

    @contextmanager
    def being_sealed(self) -> Iterator[None]:
        """While a sealer runs, and the service has heard of it."""
        self.seal()
        bell: SealBell = self.site.app.extensions[current.EXTENSION]["seal_bell"]
        while not bell.wait_for(self.site.position, 30):
            threading.Event().wait(0.005)
        with running(self.sealer()), self.waited_for():
            yield

    @contextmanager
    def waited_for(self) -> Iterator[None]:
        """While a write waits for its seal, half a minute at most."""
        settings = self.site.app.extensions[current.EXTENSION]["settings"]
        object.__setattr__(settings, "receipt_wait", 30)
        yield
        object.__setattr__(settings, "receipt_wait", 0)

    def opened(self, signed: str) -> Checkpoint:
        return checkpoint.open(signed, [self.key.verifier], ORIGIN).checkpoint

    def newest(self) -> Checkpoint:
        return self.opened(self.site.anybody.get("/log/checkpoint").text)

    def verify(self, receipt: str, entry: str) -> Checkpoint:
        """Check a receipt against the canonical bytes of its entry."""
        raw = self.site.anybody.get(f"/api/entries/{entry}/raw").data
        found = parse_proof(receipt)
        return verify_proof(found, tree.leaf_hash(raw), [self.key.verifier], ORIGIN).checkpoint


FOUNDING = FEW_BODIES
"""How a log is sealed is seen of one that begins with few bodies, but for its tiles."""


@contextmanager
def sealing(site: Site, folder: Path) -> Iterator[SealedSite]:
    """A site that gets a key, which lies in a folder."""
    key = note.generate(ORIGIN)
    (folder / "signing.key").write_text(key.text)
    site.ledger.record(SETUP, add_key, KeyAdded(vkey=key.vkey), Notice())
    made = SealedSite(site, folder, key)
    yield made
    for notebook in made.notebooks:
        notebook.close()


@pytest.fixture
def sealed(new_site: Site, tmp_path: Path) -> Iterator[SealedSite]:
    with sealing(new_site, tmp_path) as made:
        yield made


@pytest.fixture
def large(whole_site: Site, tmp_path: Path) -> Iterator[SealedSite]:
    """One whose log has several tiles."""
    assert whole_site.position > tree.WIDTH
    with sealing(whole_site, tmp_path) as made:
        yield made


@pytest.fixture(scope="module")
def read(postgres: Running, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SealedSite]:
    """The same, sealed: for those who only read it."""
    folder = tmp_path_factory.mktemp("read")
    with fresh_site(postgres, founded(postgres)) as site, sealing(site, folder) as made:
        made.seal()
        while made.newest().size % tree.WIDTH == tree.WIDTH - 1:
            site.publish()  # else the last tile would be full with one more
            made.seal()
        yield made


@pytest.fixture
def published(sealed: SealedSite) -> Published:
    return sealed.site.publish()


def assurances(report: Published) -> str:
    return f"{report.recommendation}/assurances"


# Receipts


def test_a_write_answers_with_a_receipt_that_proves_its_entry(sealed, published):
    with sealed.being_sealed():
        answer = sealed.site.clerk.records(assurances(published), ASSURANCE)

    event = answer["event"]
    found = sealed.verify(answer["receipt"], event["id"])
    assert parse_proof(answer["receipt"]).index == event["position"] - 1
    assert found.size >= answer["position"]
    assert len(answer["receipt"]) < 1500


def test_a_write_that_is_recorded_is_201_though_no_receipt_can_be_had(sealed, published):
    key = {"Idempotency-Key": "once"}
    first = sealed.site.clerk.post(assurances(published), ASSURANCE, key)
    sealed.seal()
    owner = sealed.site.owner
    owner.execute("SET session_replication_role = replica")
    owner.execute("UPDATE ledger.checkpoints SET leaves = substr(leaves, 1, 32)")
    owner.execute("RESET session_replication_role")

    again = sealed.site.clerk.post(assurances(published), ASSURANCE, key)

    asked = sealed.site.anybody.get(f"/api/entries/{again.json['event']['id']}/receipt")
    assert asked.status_code >= 400, "a receipt can be had"
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json["receipt"]["status"] == "pending"
    assert again.json["event"] == first.json["event"]


def test_every_entry_of_a_write_has_a_receipt_of_its_own(large):
    sealed, published = large, large.site.publish()
    path = f"{published.response}/statement"
    with sealed.being_sealed():
        answer = sealed.site.clerk.records(path, statement())

    assert len(answer["events"]) > 1
    for event in answer["events"]:
        receipt = sealed.site.anybody.get(f"/api/entries/{event['id']}/receipt")
        assert receipt.content_type == "text/plain; charset=utf-8"
        sealed.verify(receipt.text, event["id"])
    assert (
        sealed.site.anybody.get(f"/api/entries/{answer['event']['id']}/receipt").text
        == answer["receipt"]
    )


def test_a_receipt_is_pending_without_a_sealer_and_comes_when_it_is_sealed(sealed, published):
    answer = sealed.site.clerk.records(assurances(published), ASSURANCE)
    event = answer["event"]["id"]
    assert answer["receipt"] == {"status": "pending", "href": f"/api/entries/{event}/receipt"}
    early = sealed.site.anybody.get(answer["receipt"]["href"])
    problem_of(early, 404, "not-sealed-yet")
    assert early.headers["Retry-After"] == "1"

    sealed.seal()

    sealed.verify(sealed.site.anybody.get(answer["receipt"]["href"]).text, event)


def test_writes_do_not_wait_for_a_stuck_sealer(sealed, published):
    sealed.seal()
    sealed.site.clerk.records(assurances(published), ASSURANCE)
    sealed.site.clock.set("2025-11-24T15:00:00+00:00")  # it has waited for hours

    with sealed.waited_for(), ThreadPoolExecutor(1) as client:
        path = assurances(published)
        writing = client.submit(sealed.site.clerk.records, path, ASSURANCE)
        wait([writing], 20)  # the waiting request has the receipt, since the entry is sealed
        sealed.seal()

    assert writing.result()["receipt"]["status"] == "pending"


def test_a_process_in_which_nobody_waits_listens_no_more_and_does_again_for_the_next_who_waits(
    sealed, published
):
    def last_said() -> list[str]:
        asked = "SELECT query FROM pg_stat_activity WHERE query LIKE '%%answerable_sealed'"
        return [query for (query,) in sealed.site.rows(asked)]

    with sealed.being_sealed():
        sealed.site.clerk.records(assurances(published), ASSURANCE)
    with running(sealed.sealer()):
        while last_said() != ["UNLISTEN answerable_sealed"]:
            sealed.site.clerk.records(assurances(published), ASSURANCE)
        with sealed.waited_for():
            for _ in range(3):
                answer = sealed.site.clerk.records(assurances(published), ASSURANCE)
                sealed.verify(answer["receipt"], answer["event"]["id"])


# Nothing leaves unsealed


def test_the_list_of_entries_ends_where_the_seal_does(sealed, published):
    sealed.seal()
    size = sealed.newest().size
    answer = sealed.site.clerk.records(assurances(published), ASSURANCE)

    found = sealed.site.anybody.reads("/api/entries", after=size - 1)

    assert [int(one["sequence"]) for one in found["items"]] == [size]
    assert found["as_of"]["position"] == size
    sealed.seal()
    found = sealed.site.anybody.reads("/api/entries", after=size - 1)
    assert int(found["items"][-1]["sequence"]) == answer["position"]


def test_a_list_up_to_what_is_not_sealed_yet_waits_and_is_told_so(sealed, published):
    sealed.seal()
    answer = sealed.site.clerk.records(assurances(published), ASSURANCE)

    for asked in ({"known_at": answer["position"]}, {"min_position": answer["position"]}):
        sealed.site.catch_up()
        refused = sealed.site.anybody.get("/api/entries", **asked)
        assert "The log is sealed up to" in problem_of(refused, 503, "not-there-yet")["detail"]


def test_an_entry_and_a_history_say_what_is_sealed(sealed, published):
    sealed.seal()
    answer = sealed.site.clerk.records(assurances(published), ASSURANCE)
    entry = f"/api/entries/{answer['event']['id']}"

    def said() -> tuple[bool, list[bool]]:
        items = sealed.site.anybody.reads(f"{published.recommendation}/history")["items"]
        return sealed.site.anybody.reads(entry)["sealed"], [one["sealed"] for one in items]

    assert said() == (False, [True, False])
    sealed.seal()
    assert said() == (True, [True, True])


def test_the_bytes_of_an_entry_leave_once_they_are_sealed_and_no_cache_keeps_an_answer(
    sealed, published
):
    sealed.seal()
    answer = sealed.site.clerk.records(assurances(published), ASSURANCE)
    raw = f"/api/entries/{answer['event']['id']}/raw"

    refused = sealed.site.anybody.get(raw)
    assert "not sealed yet" in problem_of(refused, 404, "not-sealed-yet")["detail"]
    assert refused.headers["Cache-Control"] == "no-store"
    sealed.seal()
    for one in (raw, raw.replace("raw", "receipt")):
        served = sealed.site.anybody.get(one)
        assert (served.status_code, served.headers["Cache-Control"]) == (200, "no-cache")


# The log as it is served


def test_a_page_shows_the_log_its_key_and_checkpoint_and_that_nobody_else_answers_for_it(sealed):
    sealed.seal()

    answer = sealed.site.anybody.get("/log")

    html5lib.HTMLParser(strict=True).parse(answer.text)
    words = html.unescape(answer.text)
    for part in (ORIGIN, sealed.key.vkey, sealed.site.anybody.get("/log/checkpoint").text.strip()):
        assert part in words
    assert re.search("signed by an outside witness</dt><dd>nobody yet", answer.text)
    host = "http://127.0.0.1:8000/"  # as it is set, whatever the request calls it
    for command in ("verify", "watch"):
        assert f"<code>answerable-verify.pyz {command} {host} --key …</code>" in answer.text
    assert "None of this proves that an entry is true, or that nothing was left out." in words


def test_before_it_is_sealed_the_page_of_the_log_says_so(site):
    assert "none: nothing is sealed yet" in site.anybody.get("/log").text


def test_before_anything_is_sealed_there_is_no_checkpoint(site):
    problem_of(site.anybody.get("/log/checkpoint"), 404, "not-sealed-yet")


def test_the_verifier_key_is_served(read):
    assert read.site.anybody.get("/log/key").text == f"{read.key.vkey}\n"


def test_full_tiles_may_be_kept_for_ever_and_others_not(read):
    for path in ("tile/0/000", "tile/entries/000", "tile/1/000.p/1"):
        answer = read.site.anybody.get(f"/log/{path}")
        assert answer.content_type == "application/octet-stream"
        assert ("immutable" in answer.headers["Cache-Control"]) == (".p/" not in path)


NO_TILES = ("0/x000/001", "0/1", "0/000.p/256", "64/000", "entry/000", "0/001.p/0", "0/000/")
NOT_YET = (
    *("entries/" + "x999/" * 300 + "999", "0/999", "0/{last:03}.p/{wider}", "0/{last:03}"),
    *("7/000.p/1", "entries/{last:03}", "entries/{beyond:03}"),
)


def test_a_path_of_no_tile_is_not_found(read):
    last, width = divmod(read.newest().size, tree.WIDTH)
    for kind, paths in (
        ("not-recorded", (*NO_TILES, "99999999999999999999/000")),
        ("not-sealed-yet", NOT_YET),
    ):
        for path in paths:
            named = path.format(last=last, wider=width + 1, beyond=last + 1)
            problem_of(read.site.anybody.get(f"/log/tile/{named}"), 404, kind)


def test_each_checkpoint_is_shown_to_go_on_from_each_before(large):
    sealed, published = large, large.site.publish()
    seen: list[Checkpoint] = []
    for _ in range(4):
        sealed.seal()
        seen.append(sealed.newest())
        sealed.site.clerk.records(assurances(published), ASSURANCE)

    for old in seen:
        for new in seen[seen.index(old) :]:
            found = sealed.site.anybody.reads(
                "/log/consistency", **{"from": old.size, "to": new.size}
            )
            hashes = [note.from_base64(one) for one in found["proof"]]
            tree.verify_consistency(old.size, new.size, old.root, new.root, hashes)


def test_a_malformed_question_about_two_sizes_is_refused(read):
    for asked in ({}, {"from": -1}, {"from": "x"}, {"from": 3, "to": 2}):
        problem_of(read.site.anybody.get("/log/consistency", **asked), 422, "unfit")
    beyond = read.site.anybody.get("/log/consistency", **{"from": 1, "to": 10**9})
    problem_of(beyond, 404, "not-sealed-yet")


@pytest.mark.parametrize("batch", [100, 1000])
def test_a_client_that_knows_tiles_alone_gets_the_root_from_the_entries(large, batch):
    sealed = large
    sealed.site.publish_many()
    assert sealed.site.position > 2 * tree.WIDTH
    sealer = sealed.sealer()
    sealer._batch = batch
    sealer.catch_up()
    sealer.close()

    assert mirrored_root(sealed, sealed.newest().size) == sealed.newest().root
    assert tree.root(sealed.newest().size, from_tiles(sealed)) == sealed.newest().root


def mirrored_root(sealed: SealedSite, size: int) -> bytes:
    """The root of the log, from its entry bundles alone."""
    grown = tree.Frontier()
    while grown.size < size:
        tile = tree.tile_at(None, grown.size // tree.WIDTH, size)
        assert tile is not None
        raw = sealed.site.anybody.get(f"/log/{tile.path}").data
        for entry in tree.parse_entry_bundle(raw, tile.width):
            grown.append(tree.leaf_hash(entry))
    return grown.root()


def from_tiles(sealed: SealedSite) -> Any:
    """The hashes of the tree, from its hash tiles alone."""

    def read(path: str) -> bytes:
        answer = sealed.site.anybody.get(f"/log/{path}")
        assert answer.status_code == 200, answer.text
        return bytes(answer.data)

    return tree.hash_at(sealed.newest().size, read)


# Links of pages


def test_a_page_leads_to_the_evidence_as_it_shows_it_once_that_is_sealed(sealed, published):
    site = sealed.site
    site.catch_up()
    pages = [of.removeprefix("/api") for of in (published.recommendation, published.response)]
    for page in pages:
        assert re.search(r"Evidence [\w ]+: not sealed yet", site.anybody.client.get(page).text)

    sealed.seal()
    dates = {"known_at": site.position, "effective_on": "2025-11-24"}
    for page in pages:
        for address in (page, f"{page}?{urlencode(dates)}"):
            said = site.anybody.client.get(address).text
            links = re.findall(r'href="(/api/recommendations/[^"]+/bundle\?[^"]+)" download', said)
            assert links, address
            for link in map(html.unescape, links):
                assert dict(parse_qsl(urlsplit(link).query)) == {
                    k: str(v) for k, v in dates.items()
                }
                answer = site.anybody.client.get(link)
                assert (answer.status_code, answer.mimetype) == (200, "application/zip")

    site.clerk.act(assurances(published), ASSURANCE)
    site.catch_up()
    said = site.anybody.client.get(pages[0]).text  # the bundle of now, as far as it is sealed
    (link,) = re.findall(r'href="(/api/recommendations/[^"]+/bundle)" download', said)
    assert site.anybody.client.get(link).status_code == 200
