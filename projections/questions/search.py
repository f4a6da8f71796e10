"""Words in texts: where they stand. Whether a reader may know that, the reader's rights say."""

from collections.abc import Iterator

import psycopg

from ledger.errors import Fault, Unfit
from ledger.events import AssuranceSought, UpdateReceived
from ledger.events.entry import texts
from ledger.events.streams import report_of, report_stream
from ledger.states.report import report
from projections.moment import At
from projections.states import recommendation
from projections.states.values import Said, said
from projections.streams.reader import LogReader

Places = frozenset[tuple[int, str]]
"""(position, field) of texts."""
_QUOTES = str.maketrans("“”", '""')


def places(conn: psycopg.Connection, words: str, upto: int) -> dict[str, Places]:
    """Where texts of recommendations have these words, by stream, as known at a position.

    `words` are as one types them into a web search: all of them, “in this order”, or, -not; by
    their English stems. Unfit where there is none to look for.
    """
    words = words.translate(_QUOTES)
    row = conn.execute("SELECT numnode(websearch_to_tsquery('english', %s))", [words]).fetchone()
    if row is None or not row[0]:
        sentence = f"“{words[:80]}” has no word that could be looked for."
        raise Unfit(sentence, Fault("q", sentence))
    rows = conn.execute(
        """
        SELECT e.stream, array_agg(t.position), array_agg(t.field)
          FROM ledger.shown_texts t JOIN ledger.entries e USING (position)
         WHERE to_tsvector('english', left(t.body, 50000))
               @@ websearch_to_tsquery('english', %(words)s)
           AND t.position <= %(upto)s
           AND e.stream >= 'recommendation/' AND e.stream < 'recommendation0'
         GROUP BY e.stream
        """,
        {"words": words, "upto": upto},
    ).fetchall()
    return {
        stream: frozenset(zip(positions, fields, strict=True)) for stream, positions, fields in rows
    }


def told(reader: LogReader, when: At, stream: str) -> Iterator[Said]:
    """The texts of the updates and assurances of a recommendation that are in effect and had
    happened, as known at the two dates: those that its state does not hold, too."""
    reference = report_of(stream)
    assert reference is not None
    reader.read_ahead([stream, report_stream(reference)])
    found = report(reader.stream(report_stream(reference), when.position))
    if found is None:
        return
    acts = recommendation.dated(
        reader.stream(stream, when.position), found, reader.context(when.position)
    )
    for hi, act in acts:
        if hi <= when.effective_on and isinstance(act.data, UpdateReceived | AssuranceSought):
            for path, text in texts(act.entry):
                if (one := said(act, path, text)) is not None:
                    yield one
