"""Puts signed checkpoints into the database, with the hash tiles that are full by then."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, LiteralString

import psycopg

from ledger.seal.checkpoints import CHANNEL
from ledger.seal.notebook import Notebook, Signed

# One statement, so that all of it is there or nothing, in one round trip: with a write that waits
# for its receipt, each step costs every writer.
_CHECKPOINTS: LiteralString = """
    checkpoints AS (
      INSERT INTO ledger.checkpoints (size, root, note, leaves)
      SELECT * FROM unnest(%(sizes)b::bigint[], %(roots)b::bytea[], %(notes)b::text[],
                           %(leaves)b::bytea[])
    ), follower AS (
      INSERT INTO follow.positions (name, position) VALUES (%(name)s, %(size)s)
      ON CONFLICT (name) DO UPDATE
         SET position = excluded.position, held_at = NULL, held_why = NULL
    )
    SELECT pg_notify(%(channel)s, %(size)s::text)
"""
_TILES: LiteralString = """
    tiles AS (
      INSERT INTO ledger.tiles (level, tile, root, hashes)
      SELECT * FROM unnest(%(levels)b::smallint[], %(tiles)b::bigint[], %(tile_roots)b::bytea[],
                           %(hashes)b::bytea[])
      ON CONFLICT DO NOTHING  -- where checkpoints went and are published again, tiles stayed
    ),
"""
_PUBLISH: LiteralString = "WITH" + _CHECKPOINTS
_WITH_TILES: LiteralString = "WITH" + _TILES + _CHECKPOINTS


def publish(
    conn: psycopg.Connection,
    name: str,
    notebook: Notebook,
    after: int,
    notes: Sequence[tuple[Signed, str]],
) -> None:
    """Put there what was signed beyond a size, with its notes, and say so to whoever waits for it.

    `name` is that of the follower, whose position this is.
    """
    sizes = [signed.size for signed, _ in notes]
    arguments: dict[str, Any] = {
        "sizes": sizes,
        "roots": [signed.root for signed, _ in notes],
        "notes": [note for _, note in notes],
        "leaves": [notebook.leaves(*ends) for ends in pairwise([after, *sizes])],
        "name": name,
        "channel": CHANNEL,
        "size": sizes[-1],
    }
    query = _PUBLISH
    if tiles := notebook.tiles_between(after, sizes[-1]):
        query = _WITH_TILES
        arguments |= {
            "levels": [tile.level for tile in tiles],
            "tiles": [tile.tile for tile in tiles],
            "tile_roots": [tile.root for tile in tiles],
            "hashes": [tile.hashes for tile in tiles],
        }
    conn.execute(query, arguments)
