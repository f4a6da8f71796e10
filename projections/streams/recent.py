"""The streams that a follower read last, kept from one batch of the log to the next.

Entries never change, and a follower sees each of them in order: so a stream that was read once is
that and what the batches brought since, as long as no batch is missed.
"""

from collections.abc import Sequence

from ledger.events.entry import Entry

MOST = 50_000
"""The entries that are kept between batches, all streams together: some tens of MB."""


class KeptStreams:
    """Streams by name, each whole up to the last batch."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._position = 0
        self._streams: dict[str, list[Entry]] = {}

    def brought_on(self, batch: Sequence[Entry]) -> dict[str, list[Entry]]:
        """The streams at hand up to the end of a batch; who reads others puts them beside these.

        Where the batch isn't the one that comes next (another process led meanwhile, or the last
        one was rolled back), nothing is at hand.
        """
        if batch[0].position != self._position + 1:
            self._streams.clear()
        self._forget()
        for entry in batch:
            held = self._streams.pop(entry.stream, [])  # the one brought on last stands last
            if entry.version == len(held) + 1:  # else its beginning is not at hand
                held.append(entry)
                self._streams[entry.stream] = held
        self._position = batch[-1].position
        return self._streams

    def _forget(self) -> None:
        """Those first that were brought on longest ago."""
        many = sum(map(len, self._streams.values()))
        while many > self._most:
            many -= len(self._streams.pop(next(iter(self._streams))))
