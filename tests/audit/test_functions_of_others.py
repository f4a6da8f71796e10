"""A function in another schema, with the name of one that we call, whose arguments fit better than
those of PostgreSQL's: nothing of ours calls it."""

import psycopg

from tests.audit import forging


def as_superuser(trial, *statements):
    rows = []
    with psycopg.connect(trial.url, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        for one in statements:
            cursor = connection.execute(one.encode())
            rows = cursor.fetchall() if cursor.description else []
    return rows


def test_none_hides_a_forged_row_of_the_pages(trial):
    key = as_superuser(
        trial,
        "SELECT addressee, report, key, known_from, status, state FROM projections.recommendations"
        " WHERE known_to = 9223372036854775807 AND effective_to = '9999-12-31'"
        " ORDER BY addressee, report, key LIMIT 1",
    )[0]
    addressee, report, number, since, status, state = key
    forging.edit_row(trial)
    as_superuser(
        trial,
        f"""
        CREATE FUNCTION public.hash_record_extended(r projections.recommendations, seed bigint)
        RETURNS bigint LANGUAGE plpgsql AS $f$ BEGIN
          IF (r.addressee, r.report, r.key, r.known_from)
             = ('{addressee}', '{report}', '{number}', {since})
             AND r.effective_to = '9999-12-31' THEN
            r.status := '{status}'; r.state := $q${state}$q$;
          END IF;
          RETURN pg_catalog.hash_record_extended(r, seed);
        END $f$""",
    )

    assert "0 rows differ" not in trial.run("rebuild", "--verify", expect=1).output
    assert "row-differs" in trial.audit()


def test_none_ends_the_audit_or_hides_copies_of_texts(trial):
    as_superuser(
        trial,
        "CREATE TABLE public.kept AS TABLE ledger.texts",
        "GRANT SELECT ON public.kept TO PUBLIC",
        "CREATE FUNCTION public.unnest(text[]) RETURNS SETOF text LANGUAGE plpgsql"
        " AS $$ BEGIN RAISE EXCEPTION 'no'; END $$",
    )

    assert "text-elsewhere" in trial.audit_of_the_log()
