"""`ledger.restore` refuses what does not continue the log, and everybody but the owner."""

import psycopg
import pytest

from ledger.postgres.connections import connect, connect_owner

ARGUMENTS = (
    "ARRAY[%(position)s]::bigint[], ARRAY[%(at)s]::timestamptz[], ARRAY[gen_random_uuid()],"
    " ARRAY['a/1'], ARRAY[%(version)s]::integer[], ARRAY['t'], ARRAY['x'::bytea]"
)


@pytest.mark.parametrize(
    ("position", "at", "version", "says"),
    [
        (0, "2100-01-01", 1, "does not continue it"),
        (2, "2100-01-01", 1, "does not continue it"),
        (1, "2001-01-01", 1, "was recorded at"),
        (1, "2100-01-01", 2, "is at version 0"),
    ],
)
def test_entries_that_do_not_continue_the_log_are_not_restored(trial, position, at, version, says):
    head = trial.position
    with connect_owner(trial.url) as owner, pytest.raises(psycopg.Error, match=says) as refused:
        owner.execute(
            f"SELECT ledger.restore({ARGUMENTS})".encode(),
            {"position": head + position, "at": at, "version": version},
        )

    assert refused.value.sqlstate == "AN008"
    assert trial.position == head


def test_the_service_may_restore_nothing(trial):
    given = {"position": trial.position + 1, "at": "2100-01-01", "version": 1}
    for role in ("answerable_app", "answerable_sealer"):
        with (
            connect(trial.url, role=role) as service,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            service.execute(f"SELECT ledger.restore({ARGUMENTS})".encode(), given)
