"""A checkpoint that somebody has read is there after PostgreSQL was killed."""

from contextlib import closing
from pathlib import Path

from api.commands.keys import ensure
from ledger.application import Ledger
from ledger.postgres.connections import connect, connect_owner, pool
from ledger.postgres.migrate import migrate
from ledger.seal.checkpoints import newest_checkpoint
from ledger.seal.notebook import Notebook
from ledger.seal.sealer import Sealer
from ledger.settings import Settings
from tests.clusters import Cluster, primary


def newest(cluster: Cluster) -> int:
    with connect(cluster.url(), autocommit=True) as conn:
        found = newest_checkpoint(conn)
    assert found is not None
    return found.size


def test_a_checkpoint_that_was_read_is_there_after_postgresql_was_killed(tmp_path: Path):
    with primary() as cluster:
        cluster.stop()
        cluster.start("wal_writer_delay=10s")  # a commit that waits for no disk is lost
        with connect_owner(cluster.url()) as owner:
            migrate(owner)
        settings = Settings(database_url=cluster.url(), data=tmp_path)
        with (
            pool(cluster.url(), max_size=2) as connections,
            closing(Notebook(tmp_path / "notebook", settings.origin)) as notebook,
            closing(Sealer(cluster.url(), notebook, tmp_path / "signing.key")) as sealer,
        ):
            ensure(settings, Ledger(connections, cluster.url()))
            assert sealer._lead()
            assert sealer.catch_up() > 0
            read = newest(cluster)
            cluster.kill()
        cluster.start()
        assert newest(cluster) == read
