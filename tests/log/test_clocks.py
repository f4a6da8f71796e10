"""The clock of the database: what it refuses, and what it is not trusted with.

In these databases, which are dropped afterwards, the function that reads the clock is exchanged.
"""

import psycopg
import pytest

from ledger.errors import ClockUnsure, Refused
from ledger.log.append import append
from ledger.postgres.connections import connect
from tests.log.making import event


def set_clock(database, expression: str) -> None:
    """Let this database's clock say `expression`, in which real_clock() is the true instant."""
    with psycopg.connect(database.url, autocommit=True) as connection:
        connection.execute("SET allow_system_table_mods = on")
        connection.execute("ALTER FUNCTION pg_catalog.clock_timestamp() RENAME TO real_clock")
        connection.execute(
            "CREATE FUNCTION pg_catalog.clock_timestamp() RETURNS timestamptz VOLATILE"
            f" LANGUAGE sql AS $$ SELECT {expression} $$".encode()
        )


def append_dated(database_url: str, day: str) -> tuple[str | None, ...] | None:
    """Append an act of a day, without saying what the caller's clock says. Return the verdict."""
    with connect(database_url, autocommit=True) as app:
        return app.execute(
            "SELECT refused, why FROM ledger.append(ARRAY[gen_random_uuid()],"
            " ARRAY[gen_random_uuid()::text], '{1}', '{t}', ARRAY['x'::bytea],"
            " event_items => '{1}', latest_occurred => ARRAY[%s::date])",
            [day],
        ).fetchone()


@pytest.mark.parametrize(
    ("instant", "today", "tomorrow"),
    [
        ("2025-05-15 22:59:59.999999Z", "2025-05-15", "2025-05-16"),  # BST
        ("2025-05-15 23:00:00Z", "2025-05-16", "2025-05-17"),
        ("2025-12-15 23:59:59.999999Z", "2025-12-15", "2025-12-16"),  # GMT
        ("2025-12-16 00:00:00Z", "2025-12-16", "2025-12-17"),
        ("2025-03-30 00:59:59Z", "2025-03-30", "2025-03-31"),  # the clocks go forward
        ("2025-03-30 23:00:00Z", "2025-03-31", "2025-04-01"),
        ("2025-10-26 23:59:59Z", "2025-10-26", "2025-10-27"),  # they went back at 01:00Z
    ],
)
def test_an_act_of_a_day_that_has_not_come_in_london_is_refused(
    database, database_url, instant, today, tomorrow
):
    set_clock(database, f"'{instant}'::timestamptz")

    assert append_dated(database_url, today) == (None, None)
    assert append_dated(database_url, tomorrow) == (
        "AN005",
        f"{tomorrow} has not come yet in London",
    )

    assert database.positions() == [1]


def test_an_act_in_the_future_is_refused_in_a_sentence(connections, database):
    tomorrow = database.rows("SELECT ((now() AT TIME ZONE 'Europe/London')::date + 1)")[0]

    with pytest.raises(Refused, match="This lies in the future") as refused:
        append(connections, [event()], latest_occurred=tomorrow)

    assert refused.value.rule == "not-in-the-future"
    assert database.positions() == []


@pytest.mark.parametrize("shift", ["+ interval '70 seconds'", "- interval '70 seconds'"])
def test_clocks_more_than_a_minute_apart_are_not_trusted(connections, database, shift):
    set_clock(database, f"real_clock() {shift}")

    with pytest.raises(ClockUnsure, match="The clocks disagree, so nothing is recorded"):
        append(connections, [event()])

    assert database.positions() == []


@pytest.mark.parametrize("shift", ["+ interval '50 seconds'", "- interval '50 seconds'"])
def test_clocks_less_than_a_minute_apart_are(connections, database, shift):
    set_clock(database, f"real_clock() {shift}")

    append(connections, [event()])

    assert database.positions() == [1]


def test_a_clock_more_than_a_minute_behind_the_last_entry_is_not_trusted(connections, database):
    append(connections, [event("a/1", 1)])
    database.do(
        "INSERT INTO ledger.entries SELECT 2, clock_timestamp() + interval '70 seconds',"
        " gen_random_uuid(), 'a/1', 2, topic, state FROM ledger.entries"
    )

    with pytest.raises(ClockUnsure, match="its last entry was recorded at"):
        append(connections, [event("a/1", 3)])

    assert database.positions() == [1, 2]
