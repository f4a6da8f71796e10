"""Tiles: their paths and bytes, and a tree read back from them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.verify import checkpoint
from ledger.verify.tree import (
    Frontier,
    Tile,
    TileError,
    consistency_proof,
    entry_bundle,
    hash_at,
    hash_tile,
    inclusion_proof,
    leaf_hash,
    node_hash,
    parse_entry_bundle,
    parse_hash_tile,
    parse_path,
    root,
    tile_at,
    tiles_between,
    verify_consistency,
    verify_inclusion,
)

PATHS = {
    "tile/0/000": Tile(0, 0),
    "tile/0/x001/234.p/5": Tile(0, 1234, 5),
    "tile/entries/x001/x234/067": Tile(None, 1234067),
    "tile/63/999.p/255": Tile(63, 999, 255),
    "tile/entries/000.p/1": Tile(None, 0, 1),
}


def test_paths_are_spelt_and_read_as_specified():
    for path, tile in PATHS.items():
        assert tile.path == path
        assert parse_path(path) == tile
    assert parse_path("tile/0/x001/234.p/5").full == Tile(0, 1234)


@given(
    st.builds(
        Tile,
        st.one_of(st.none(), st.integers(0, 63)),
        st.integers(0, 10**12),
        st.integers(1, 256),
    )
)
def test_every_path_reads_back_the_same(tile):
    assert parse_path(tile.path) == tile


@pytest.mark.parametrize(
    "path",
    [
        "tile/64/000",
        "tile/00/000",
        "tile/0/0",
        "tile/0/0000",
        "tile/0/001/234",
        "tile/0/x001",
        "tile/0/x000/001",
        "tile/0/000.p/0",
        "tile/0/000.p/05",
        "tile/0/000.p/256",
        "tile/0/000.p/257",
        "tile/0/000/",
        "tile/0/000\n",
        "tile/0/\u0660\u0660\u0660",
        "tile/data/000",
        "/tile/0/000",
        "tile/0/../000",
        "tile/-1/000",
    ],
)
def test_such_a_path_is_of_no_tile(path):
    with pytest.raises(TileError, match="is the path of no tile"):
        parse_path(path)


def test_a_tree_of_70000_has_the_tiles_that_the_specification_counts():
    found = list(tiles_between(0, 70_000))

    assert sum(tile.level == 0 and tile.width == 256 for tile in found) == 273
    assert [tile for tile in found if tile.width < 256 or tile.level] == [
        Tile(0, 273, 112),
        Tile(1, 0),
        Tile(1, 1, 17),
        Tile(2, 0, 1),
    ]
    assert list(tiles_between(0, 256)) == [Tile(0, 0), Tile(1, 0, 1)]


@given(st.integers(0, 10**6), st.integers(0, 3000))
def test_the_tiles_between_are_those_that_were_not_there_before(old, more):
    def those(size: int, near: int) -> set[Tile]:
        found = set()
        for level in range(4):
            first = (near >> 8 * (level + 1)) - 1
            for index in range(max(first, 0), first + 15):
                if (tile := tile_at(level, index, size)) is not None:
                    found.add(tile)
        return found

    assert set(tiles_between(old, old + more)) == those(old + more, old) - those(old, old)


def test_a_log_of_another_implementation_reads_back(shared):
    log = shared / "vectors" / "tlog-tiles"
    for size in range(1, 16):
        text, _, _ = (log / f"checkpoint.{size}").read_text().partition("\n\n")
        whole = checkpoint.parse(f"{text}\n")
        at = hash_at(size, lambda path: (log / path).read_bytes())
        tile = Tile(None, 0, size)
        entries = parse_entry_bundle((log / tile.path).read_bytes(), size)

        assert root(size, at) == whole.root
        for index, entry in enumerate(entries):
            proof = inclusion_proof(index, size, at)
            verify_inclusion(index, size, leaf_hash(entry), proof, whole.root)
        assert entry_bundle(entries) == (log / tile.path).read_bytes()


@pytest.fixture(scope="module")
def stored() -> tuple[dict[str, bytes], list[Frontier]]:
    """Return the tiles of a log of 66,000 entries (three levels), and its tree at every 500th
    size."""
    size, levels = 66_000, [[leaf_hash(b"%d" % n) for n in range(66_000)]]
    grown, frontiers = Frontier(), []
    for n, leaf in enumerate(levels[0]):
        if n % 500 == 0:
            frontiers.append(Frontier(grown.size, list(grown.hashes)))
        grown.append(leaf)
    while len(levels[-1]) >= 256:
        below, above = levels[-1], []
        for at in range(0, len(below) - 255, 256):
            level = below[at : at + 256]
            while len(level) > 1:
                level = [node_hash(*level[n : n + 2]) for n in range(0, len(level), 2)]
            above += level
        levels.append(above)
    files = {}
    for tile in tiles_between(0, size):
        assert tile.level is not None
        first = tile.index * 256
        files[tile.path] = hash_tile(levels[tile.level][first : first + tile.width])
    return files, [*frontiers, grown]


def test_the_tree_and_its_proofs_are_read_from_tiles_of_three_levels(stored):
    files, frontiers = stored
    at = hash_at(66_000, files.__getitem__)
    whole = frontiers[-1].root()

    assert root(66_000, at) == whole
    for frontier in frontiers[1:]:
        proof = consistency_proof(frontier.size, 66_000, at)
        verify_consistency(frontier.size, 66_000, frontier.root(), whole, proof)
    for index in (0, 255, 256, 65_535, 65_536, 65_999):
        proof = inclusion_proof(index, 66_000, at)
        verify_inclusion(index, 66_000, leaf_hash(b"%d" % index), proof, whole)


def test_a_subtree_that_is_not_complete_is_not_read(stored):
    with pytest.raises(TileError, match="has no complete subtree 1 of level 16"):
        hash_at(66_000, stored[0].__getitem__)(16, 1)


@given(st.lists(st.binary(max_size=300), max_size=20))
def test_entries_read_back_from_their_bundle(entries):
    assert parse_entry_bundle(entry_bundle(entries), len(entries)) == entries


def test_a_bundle_or_tile_that_is_cut_or_has_another_width_is_refused():
    raw = entry_bundle([b"one", b"another"])
    for cut in (raw[:-1], raw[:6], raw + b"\0"):
        with pytest.raises(TileError, match="ends in the middle"):
            parse_entry_bundle(cut, 2)
    with pytest.raises(TileError, match="has 2 entries, not 3"):
        parse_entry_bundle(raw, 3)
    with pytest.raises(TileError, match="has 64 bytes, not 63"):
        parse_hash_tile(bytes(63), 2)


def test_an_entry_over_the_limit_goes_into_no_bundle():
    assert len(entry_bundle([bytes(65_535)])) == 65_537
    with pytest.raises(TileError, match="65535 bytes at most"):
        entry_bundle([bytes(65_536)])
