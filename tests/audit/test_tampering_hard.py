"""An audit reports data that would stop it half way, and goes on. It prints none of its control
characters."""

import pytest

from tests.conftest import some

MIDDLE = "position = (SELECT max(position) / 2 FROM ledger.entries)"
LAST = "position = (SELECT max(position) FROM ledger.entries)"
HALF = r"""'{"a":"\ud800"}'"""
UNREADABLE = {
    "arrays in arrays": (f"state = convert_to(repeat('[', 60000), 'UTF8') WHERE {MIDDLE}",
                         "not-an-entry"),
    "half a character": (f"state = convert_to({HALF}, 'UTF8') WHERE {MIDDLE}", "not-an-entry"),
    "no UTF-8": (f"state = '\\xff00ff' WHERE {MIDDLE}", "not-an-entry"),
    "nothing": (f"state = '' WHERE {MIDDLE}", "not-an-entry"),
    "for ever": (f"recorded_at = 'infinity' WHERE {LAST}", "recorded-ahead"),
    "the year 20000": (f"recorded_at = '20000-01-01' WHERE {LAST}", "recorded-ahead"),
    "before Christ": (f"recorded_at = '0044-03-15 BC' WHERE {MIDDLE}", "recorded-backwards"),
    "before all time": (f"recorded_at = '-infinity' WHERE {LAST}", "recorded-backwards"),
    "4713 years before": (f"recorded_at = '4713-01-01 BC' WHERE {LAST}", "recorded-backwards"),
    "no state": (f"state = NULL WHERE {MIDDLE}", "not-an-entry"),
    "no moment": (f"recorded_at = NULL WHERE {LAST}", "recorded-ahead"),
    "far below": (f"position = -9223372036854775808 WHERE {MIDDLE}", "position-missing"),
}  # fmt: skip


@pytest.mark.sampled
@pytest.mark.parametrize("how", some(UNREADABLE, 6))
def test_an_audit_names_unreadable_entries_and_goes_on(trial, how):
    sets, kind = UNREADABLE[how]
    trial.tamper(
        "ALTER TABLE ledger.entries DROP CONSTRAINT entries_position_check,"
        " ALTER state DROP NOT NULL, ALTER recorded_at DROP NOT NULL",
        f"UPDATE ledger.entries SET {sets}",
        "DELETE FROM ledger.captures WHERE salt IS NULL",
    )

    found = trial.audit_of_the_log()

    assert {kind, "root-differs", "entry-differs", "capture-missing"} <= set(found)


@pytest.mark.parametrize("stream", ["service", "recommendation/%"])
def test_the_read_models_of_what_cannot_be_read_are_a_finding_too(trial, stream):
    trial.tamper(
        "UPDATE ledger.entries SET state = '\\xff00ff' WHERE position ="
        " (SELECT max(position) FROM ledger.entries WHERE stream LIKE %(stream)s)",
        stream=stream,
    )

    assert {"not-an-entry", "read-models-unfit"} <= set(trial.audit())


TOKEN = (
    "INSERT INTO api.tokens"
    " (id, sha256, account, created_at, expires_on, revoked_at, scopes, position)"
    " SELECT 'one', sha256(''), 'service/clerk', {}, '{{}}', 0"
)
STAMP = "INSERT INTO ledger.stamps SELECT max(size), 'them', {}, '' FROM ledger.checkpoints"
COSIGNED = "INSERT INTO ledger.cosignatures SELECT size, 'they', now(), '' FROM ledger.checkpoints"
BESIDE = {
    "a version after which comes none": (
        f"UPDATE ledger.entries SET version = 2147483647 WHERE {MIDDLE}", "version-missing"
    ),
    "a name that has no letters": (
        ("CREATE CAST (bytea AS text) WITHOUT FUNCTION;"
        f"UPDATE ledger.entries SET stream = '\\xff00ff'::bytea::text WHERE {MIDDLE}"),
        "column-differs",
    ),
    "a token made before Christ": (TOKEN.format("'0044-03-15 BC', NULL, NULL"), "token-unknown"),
    "a token of the year 20000": (TOKEN.format("'20000-01-01', NULL, NULL"), "token-unknown"),
    "a token revoked for ever": (TOKEN.format("now(), NULL, 'infinity'"), "token-unknown"),
    "a token until for ever": (TOKEN.format("now(), 'infinity', NULL"), "token-unknown"),
    "a request of all positions": (
        ("INSERT INTO ledger.requests VALUES"
        " ('service/clerk', 'all', sha256(''), -9223372036854775807, 9223372036854775807)"),
        "request-differs",
    ),
    "a stamp at the end of time": (STAMP.format("'294276-12-31'"), "stamp-differs"),
    "a stamp before all time": (STAMP.format("'4713-01-01 BC'"), "stamp-differs"),
    "sealed before all time": (
        "UPDATE ledger.checkpoints SET sealed_at = '4713-01-01 BC'", "sealed-at-differs"
    ),
    "a root that is none": (
        ("ALTER TABLE ledger.checkpoints ALTER root DROP NOT NULL;"
        " UPDATE ledger.checkpoints SET root = NULL"),
        "unreadable",
    ),
    "texts of another type": (
        ("DROP VIEW ledger.shown_texts, ledger.held_against_the_log; DROP INDEX ledger.texts_words;"
        " ALTER TABLE ledger.texts ALTER body TYPE bytea USING convert_to(body, 'UTF8')"),
        "unreadable",
    ),
}  # fmt: skip
FORGED = (  # found by the checks of two parts of an audit
    "DELETE FROM ledger.captures WHERE salt IS NULL",
    "INSERT INTO ledger.requests VALUES ('service/nobody', 'key', '', 1, 1)",
)
MARKS = {"capture-missing", "request-differs"}


@pytest.mark.sampled
@pytest.mark.parametrize("how", some(BESIDE, 6))
def test_an_audit_names_unreadable_rows_beside_the_log_and_goes_on(trial, how):
    does, kind = BESIDE[how]
    trial.tamper(does, *FORGED)

    found = set(trial.audit_of_the_log())

    assert kind in found
    assert found & MARKS


RAISES = """
    CREATE FUNCTION public.raises() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN
        RAISE 'nothing to see'; END $$;
    GRANT CREATE ON SCHEMA public TO answerable_app
"""
POLICY = """
    ALTER TABLE {0} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
    CREATE POLICY hides ON {0} USING (public.raises())
"""
TABLES = [
    "ledger.entries", "ledger.texts", "ledger.captures", "ledger.requests", "ledger.checkpoints",
    "ledger.tiles", "ledger.cosignatures", "ledger.stamps", "api.tokens", "follow.positions",
    "projections.responses", "public.answerable_migrations", "public.mine",
]  # fmt: skip


@pytest.mark.sampled
@pytest.mark.parametrize("table", some(TABLES, 6))
def test_a_policy_that_fails_whoever_reads_is_named_and_the_rest_is_audited(trial, table):
    trial.tamper(
        RAISES, "CREATE TABLE public.mine AS SELECT 1; GRANT SELECT ON public.mine TO PUBLIC",
        TOKEN.format("now(), NULL, NULL"), STAMP.format("now()"), COSIGNED,
        POLICY.format(table), *FORGED,
    )  # fmt: skip

    of_the_log = table.startswith(("ledger.", "api.")) and table != "ledger.entries"
    found = trial.audit_of_the_log() if of_the_log else trial.audit()

    said = [one for kind in ("unreadable", "read-models-unfit") for one in found.get(kind, ())]
    if table != "public.answerable_migrations":  # asked before all else, and nothing lies there
        assert any("nothing to see" in one["says"] for one in said)
    if table != "public.mine":
        assert any(table in one["says"] for one in found["guard-changed"])
    if table != "ledger.entries":
        assert MARKS & set(found)


def test_a_view_that_ends_the_connection_ends_one_part_of_the_audit(trial):
    trial.tamper(
        "ALTER TABLE api.tokens RENAME TO really",
        "CREATE FUNCTION public.ends() RETURNS boolean SECURITY DEFINER LANGUAGE sql AS"
        " 'SELECT pg_terminate_backend(pg_backend_pid())'",
        "CREATE VIEW api.tokens AS SELECT * FROM api.really WHERE public.ends()",
        "INSERT INTO api.really (id, sha256, account, scopes, position)"
        " VALUES ('one', sha256(''), 'service/clerk', '{}', 0)",
        "GRANT SELECT ON api.tokens TO answerable_app",
        *FORGED,
    )  # fmt: skip

    found = trial.audit_of_the_log()

    assert "entries and tokens could not be read" in found["unreadable"][0]["says"]
    assert set(found) >= MARKS


def test_a_name_moves_no_cursor_of_whoever_audits(trial):
    trial.tamper(
        f"UPDATE ledger.entries SET stream = E'a\\x1b[2J\\nNothing found.\\u202e' WHERE {LAST}"
    )

    said = trial.audit_in_words(expect=1)

    assert "a\\x1b[2J\\nNothing found.\\u202e" in said
    assert "\x1b" not in said
    assert "\nNothing found." not in said


def test_an_id_that_two_entries_have_is_named_though_every_column_agrees(trial):
    entry = "(SELECT event_id FROM ledger.entries WHERE position = 1)"
    trial.tamper(
        "ALTER TABLE ledger.entries DROP CONSTRAINT entries_event_id_key",
        "UPDATE ledger.entries SET event_id = " + entry + ", state = convert_to(replace("
        f"convert_from(state, 'UTF8'), event_id::text, {entry}::text), 'UTF8') WHERE {MIDDLE}",
    )

    found = trial.audit_of_the_log()

    assert "column-differs" not in found
    (one,) = found["id-twice"]
    assert "has the id of an earlier entry" in one["says"]
