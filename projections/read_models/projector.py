"""The projector: the follower that keeps the read models. After a clock that was wrong, and where
they have the shape of another version or are far behind, it has them built anew beside those that
are there."""

from collections.abc import Sequence

import psycopg

from ledger.events import ClockWasWrong
from ledger.log.follower import Follower
from ledger.log.storage import Stored
from projections.read_models import schemas
from projections.read_models.projection import BATCH, project
from projections.read_models.rebuild import far_behind, rebuild
from projections.read_models.tables import PROJECTOR, SCHEMA
from projections.streams import Streams

PAUSE = 0.06
"""The seconds that it rests while entries follow each other closely. A single entry is projected at
once."""


class Projector(Follower):
    """The follower that keeps the read models."""

    _in_shape = False

    def step(self) -> tuple[int, bool]:
        """Process one batch. Before the first one, have read models that are of another version, or
        far behind, built anew: their rows stay for whoever reads them, until the new ones take
        their place."""
        if not self._in_shape:
            self._build()
            self._in_shape = True
        return super().step()

    def _build(self) -> None:
        conn = self._connection()
        if schemas.are_ours(conn) and not far_behind(conn):
            return

        def report(done: int, of: int) -> None:
            self._tell(conn, None, f"{done:,} of {of:,} entries about reports are in them")

        rebuild(self._url, report)


def follower(url: str, *, batch: int = BATCH) -> Projector:
    """Return the projector, ready to run."""
    kept: Streams | None = None

    def work(conn: psycopg.Connection, batch: Sequence[Stored]) -> None:
        nonlocal kept
        before, kept = kept, None  # after a batch that fails, nothing is at hand
        kept = project(conn, batch, SCHEMA, before)

    def before(batch: Sequence[Stored]) -> None:
        if any(_was_wrong(one, batch[0]) for one in batch):
            rebuild(url, lambda done, of: None)

    return Projector(PROJECTOR, url, work, batch=batch, pause=PAUSE, whole=True, before=before)


def _was_wrong(one: Stored, first: Stored) -> bool:
    """Return whether an entry says that entries before the batch count as recorded at another
    moment. Their rows are then built anew."""
    if one.topic != ClockWasWrong.TOPIC:
        return False
    data = one.entry.data
    return isinstance(data, ClockWasWrong) and data.first_position < first.id
