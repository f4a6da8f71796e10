"""Each disagreement between the log and what lies beside it is found, and has a name."""

import pytest

from projections.read_models.tables import NAMES
from tests.conftest import some

HONEST = {
    "positions", "times", "columns", "states", "texts", "captures", "streams", "requests",
    "stores", "guards", "read models", "tree", "hashes", "signatures", "notebook", "witnesses",
}  # fmt: skip
A_TEXT = "(SELECT max(position) FROM ledger.texts)"
MIDDLE = "(SELECT max(position) / 6 FROM ledger.entries)"
"""An entry of the register, whose stream has others after it."""
LAST = "(SELECT max(position) FROM ledger.entries)"
FOLLOWS = {"row-differs", "read-models-unfit", "read-models-ahead"}
"""Findings about read models, if the log that they follow was changed."""
SEALED = {"root-differs", "log-shorter", "leaf-differs", "tile-differs", "entry-differs"}
"""Further findings, if the entries are not those that were signed."""


def test_an_honest_log_has_no_finding_nor_is_anything_changed_and_progress_is_shown(trial):
    """The control, beside a checkpoint that somebody kept: it ends with 0, all of it checked."""
    (kept := trial.folder / "kept.checkpoint").write_text(trial.notes[-1], "utf-8")
    changes = (
        "SELECT sum(n_tup_ins + n_tup_upd + n_tup_del) FROM pg_stat_user_tables"
        " WHERE schemaname <> 'projections_next'"
    )
    trial.tamper("SELECT pg_stat_force_next_flush()")
    before = trial.value(changes)

    done = trial.run("audit", "--since", str(kept))

    said = done.stdout.splitlines()
    assert said[-1] == "Nothing found."
    assert {line.split(":")[0].removeprefix("  ok   ") for line in said} >= HONEST
    trial.tamper("SELECT pg_stat_force_next_flush()")
    assert trial.value(changes) == before
    assert f"audit: {trial.position:,} of {trial.position:,} (100 %)" in done.stderr
    assert "audit: " not in done.stdout


def change(table: str, sets: str, where: str) -> str:
    return f"UPDATE ledger.{table} SET {sets} WHERE {where}"


def at(position: str) -> str:
    return f"position = {position}"


def copied(position: int) -> str:
    """Return a text once more, for another position."""
    return (
        f"INSERT INTO ledger.texts SELECT {position}, field, commitment, salt, body"
        f" FROM ledger.texts WHERE position = {A_TEXT} LIMIT 1"
    )


FORGED = (
    "body = 'Forged', commitment = sha256('answerable/text/v1'::bytea || '\\x00'::bytea || salt"
    " || 'Forged'::bytea)"
)
ONE_MORE_FIELD = (
    "state = convert_to(replace(convert_from(state, 'UTF8'), '\"data\":{',"
    ' \'"data":{"a":"a word",\'), \'UTF8\')'
)
TAMPERED = [
    (f"DELETE FROM ledger.entries WHERE {at(MIDDLE)}", "position-missing version-missing"),
    (change("entries", "recorded_at = recorded_at - interval '1 day'", at(MIDDLE)),
     "recorded-backwards"),
    (change("entries", "recorded_at = recorded_at + interval '1 day'", at(LAST)),
     "recorded-ahead sealed-at-differs"),
    (change("entries", "topic = 'withdrawn'", at(MIDDLE)), "column-differs"),
    (change("entries", "event_id = gen_random_uuid()", at(MIDDLE)), "column-differs"),
    (change("entries", "stream = stream || 'x', version = 1", at(LAST)), "column-differs"),
    (change("entries", "version = version + 1", at(LAST)), "column-differs version-missing"),
    (change("entries", "state = state || ' '::bytea", at(MIDDLE)), "not-canonical"),
    (change("entries", "state = '{}'", at(MIDDLE)), "not-an-entry"),
    (change("entries", ONE_MORE_FIELD, at(LAST)), "unknown-field"),
    (change("texts", "body = body || '.'", at(A_TEXT)), "text-differs"),
    (change("texts", "salt = sha256(salt)", at(A_TEXT)), "text-differs"),
    (change("texts", FORGED, at(A_TEXT)), "text-differs"),
    (f"DELETE FROM ledger.texts WHERE {at(A_TEXT)}", "text-missing"),
    (copied(1), "text-without-entry"),
    (copied(100_000), "text-without-entry"),
    (change("captures", "body = body || ' '::bytea", "salt IS NOT NULL"), "capture-differs"),
    (change("captures", "salt = sha256(''::bytea)", "salt IS NULL"), "capture-differs"),
    ("DELETE FROM ledger.captures WHERE salt IS NULL", "capture-missing"),
    (change("captures", "position = 1", "salt IS NULL"), "capture-missing capture-without-entry"),
    ("INSERT INTO ledger.requests VALUES ('a', 'k', sha256(''::bytea), 1, 100000)",
     "request-differs"),
    ("ALTER TABLE ledger.texts DISABLE TRIGGER redacted_only", "guard-missing"),
    ("DROP TRIGGER append_only ON ledger.entries", "guard-missing"),
]  # fmt: skip


@pytest.mark.sampled
@pytest.mark.parametrize(("statement", "kinds"), some(TAMPERED, 6), ids=str)
def test_an_audit_names_each_changed_row(trial, statement, kinds):
    trial.tamper(statement)

    found = trial.audit_of_the_log()

    assert set(found) - SEALED >= set(kinds.split())
    assert set(found) - SEALED <= {*kinds.split(), "text-without-entry"}
    for kind in kinds.split():
        for one in found[kind]:
            assert not one["position"] or f"{one['position']:,}" in one["says"]


def test_the_read_models_of_a_log_that_was_changed_are_compared_as_well(trial):
    trial.tamper(f"DELETE FROM ledger.entries WHERE {at(MIDDLE)}")

    found = set(trial.audit())

    missing = {"position-missing", "version-missing"}
    assert missing <= found - SEALED <= missing | FOLLOWS | {"text-without-entry"}
    assert found & FOLLOWS


def test_a_redacted_text_that_is_back_is_named(trial):
    trial.tamper(
        "INSERT INTO ledger.texts SELECT e.position, 'key_findings', t.commitment, t.salt, t.body"
        " FROM ledger.entries e, (SELECT * FROM ledger.texts LIMIT 1) t"
        " WHERE e.stream = 'report/seed-00002' AND e.version = 1"
    )

    assert set(trial.audit_of_the_log()) == {"text-still-held", "text-differs"}


def test_a_text_in_another_store_is_named(trial):
    words = trial.value("SELECT body FROM ledger.texts WHERE position > 200 LIMIT 1")
    trial.tamper(
        "CREATE TABLE api.answers (account text, answer jsonb)",
        "INSERT INTO api.answers SELECT 'a', jsonb_build_object('text', body) FROM ledger.texts",
        "GRANT SELECT ON api.answers TO answerable_app",
    )

    found = trial.audit_of_the_log()

    assert set(found) == {"text-elsewhere", "guard-changed"}
    assert all("api.answers" in one["says"] for one in found["text-elsewhere"])
    assert words not in trial.audit_in_words(expect=1)


def test_a_row_of_the_read_models_is_named_by_what_it_is_of(trial):
    trial.tamper(
        "UPDATE projections.recommendations SET status = 'closed' WHERE ctid ="
        " (SELECT min(ctid) FROM projections.recommendations WHERE status = 'open')"
    )

    said = trial.audit_in_words(expect=1).splitlines()

    (one,) = (line for line in said if "row-differs" in line)
    assert "recommendation/seed-0000" in one
    assert "differs from what the log says in status." in one


def test_rows_that_are_gone_or_were_added_are_named(trial):
    trial.tamper(
        "DELETE FROM projections.responses WHERE report = 'seed-00002'",
        "INSERT INTO projections.redactions VALUES (1, 'service')",
    )

    says = [one["says"] for one in trial.audit()["row-differs"]]

    assert any("response/seed-00002/" in one and "has no row" in one for one in says)
    assert any("position 1: has a row that the log does not lead to" in one for one in says)


def test_read_models_that_were_never_made_are_not_checked_and_it_says_so(trial):
    trial.tamper(*(f"DROP TABLE projections.{table}" for table in NAMES))

    said = trial.audit_in_words()

    assert "read models: not checked" in said
    assert said.splitlines()[-1] == "Nothing found. Not checked: read models."


def test_findings_beyond_a_hundred_are_counted(trial):
    trial.tamper("UPDATE ledger.texts SET body = body || '.'")

    many = trial.value("SELECT count(*) FROM ledger.texts")
    said = trial.audit_in_words(expect=1)

    assert f"FOUND  texts: {many:,} in " in said
    assert f"and {many - 100:,} more" in said


COPIES = {
    "public.fixed_letters": "SELECT position, body::char(4000) FROM ledger.texts",
    "public.letters_in_a_domain": "SELECT body::public.words FROM ledger.texts",
    "public.bytes": "SELECT convert_to(body, 'UTF8') FROM ledger.texts",
    "public.several_bytes": "SELECT ARRAY[convert_to(body, 'UTF8')] FROM ledger.texts",
    "public.a_row": "SELECT ROW(position, body)::public.said FROM ledger.texts",
    "public.json_of_it": "SELECT to_json(body) FROM ledger.texts",
    "projections.copy": "SELECT body FROM ledger.texts",
}


def test_texts_that_were_copied_are_found_in_any_type_and_beside_the_read_models(trial):
    trial.tamper(
        "CREATE DOMAIN public.words AS text",
        "CREATE TYPE public.said AS (position bigint, body text)",
        *(f"CREATE TABLE {one} AS {texts} WHERE position < 120" for one, texts in COPIES.items()),
        *(f"GRANT SELECT ON {table} TO PUBLIC" for table in COPIES),
    )

    found = trial.audit_of_the_log()

    assert set(found) == {"text-elsewhere"}
    says = " ".join(one["says"] for one in found["text-elsewhere"])
    assert [table for table in COPIES if table not in says] == []


def test_a_tile_that_no_entries_fill_is_named(trial):
    trial.tamper(
        "INSERT INTO ledger.tiles (level, tile, root, hashes)"
        " VALUES (1, 7, sha256(''), decode(repeat('00', 8192), 'hex'))"
    )

    (one,) = trial.audit_of_the_log()["tile-differs"]

    assert "tile 7 of level 1 is there, and no entries fill it" in one["says"]
