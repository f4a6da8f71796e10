"""The recommendations that have a number of their publisher's, which no stream is named by."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import LiteralString

import psycopg

_QUERY: LiteralString = """
    SELECT DISTINCT stream FROM (
        SELECT stream, topic, convert_from(state, 'UTF8')::jsonb -> 'data' AS data
          FROM ledger.entries
         WHERE topic IN ('recommendation-raised', 'entry-corrected')
           AND position > %(after)s AND position < %(before)s
           AND position('publisher_number'::bytea IN state) > 0
    ) said
     WHERE data ->> 'publisher_number' = ANY (%(numbers)s)
        OR (data ->> 'field' = 'publisher_number' AND data ->> 'now' = ANY (%(numbers)s))
"""
_NO_END = 2**62


@dataclass(frozen=True)
class Numbers:
    """Publishers' numbers that a decision looked for, in the log up to a position."""

    numbers: frozenset[str]
    up_to: int


def streams_numbered(
    conn: psycopg.Connection, numbers: Sequence[str], after: int = 0, before: int = _NO_END
) -> set[str]:
    """Return the streams of the recommendations that have or had one of these numbers, by the
    entries between two positions. This looks at the entries of all recommendations there."""
    asked = {"numbers": list(numbers), "after": after, "before": before}
    return {stream for (stream,) in conn.execute(_QUERY, asked).fetchall()}
