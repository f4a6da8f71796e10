"""A page asks the database little: no more statements than the walks of its request allow, and no
stream twice."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import psycopg
import pytest

from projections.read_models import entry_index, tables
from tests.api.founding import COUNTRY
from tests.api.signing_in import browser, provided
from tests.api.site import FORCE, PAGE, PFCC, recommendation, statement

FOUNDING = COUNTRY


MOST = {"recommendation": 10, "recommendation as JSON": 4, "response": 12, "body": 12}
"""Statements at most, of a page of what has a trail, a response and copies. For a body, three are
about the meetings of its panel, and one about since when a text is held."""

PANEL = "cumbria-police-fire-and-crime-panel"


@contextmanager
def sent(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[str, object]]]:
    """The statements that are sent meanwhile, each with its parameters."""
    found: list[tuple[str, object]] = []
    plain = psycopg.Cursor.execute

    def execute(cursor, query, params=None, **options):
        text = query.decode() if isinstance(query, bytes) else query
        text = text if isinstance(text, str) else text.as_string(cursor)
        found.append((text, params))
        return plain(cursor, query, params, **options)

    with monkeypatch.context() as patched:
        patched.setattr(psycopg.Cursor, "execute", execute)
        yield found


@pytest.mark.parametrize("page", MOST)
def test_a_page_sends_few_statements_and_reads_no_stream_twice(site, report, monkeypatch, page):
    at = report.recommendation
    copy = {"source": {"capture": site.capture()}}
    site.clerk.act(
        f"{at}/updates",
        {"by": FORCE, "text": "We did it.", "occurred_on": "2025-06-01", **copy},
    )
    site.clerk.act(f"{report.response}/statement", statement() | copy)
    site.catch_up()
    address = {
        "recommendation": at.removeprefix("/api"),
        "response": report.response.removeprefix("/api"),
        "body": f"/bodies/{PFCC}",
        "recommendation as JSON": at,
    }[page]
    assert site.anybody.get(address).status_code == 200  # fills what a process remembers

    with site.behind(), sent(monkeypatch) as statements:
        assert site.anybody.get(address).status_code == 200

    named = _few(statements, MOST[page])
    assert len(named) == len(set(named))


def test_the_desk_of_a_panel_sends_few_statements_and_reads_no_stream_twice(
    site, report, monkeypatch
):
    meetings = [f"/api/meetings/{PANEL}/2025-10-{day}" for day in (16, 23)]
    recommendation = {"report": report.reference, "number": "2", "addressee": FORCE}
    for at in meetings:
        site.panel.records(f"{at}/held", {})
        said = {"recommendation": recommendation, "outcome": "Noted.", "question": "By when?"}
        site.panel.records(f"{at}/reviews", said)
    question = {"of": FORCE, "question": "Is it done?", "occurred_on": "2025-06-01"}
    site.clerk.act(f"{report.recommendation}/assurances", question)
    site.catch_up()
    with provided(site):
        officer = browser(site)
        officer.signs_in(f"{PANEL}/officer")
        assert "By when?" in officer.get("/record").text
        with site.behind(), sent(monkeypatch) as statements:
            assert officer.get("/record").status_code == 200

    named = _few(statements, 17)
    assert len(named) == len(set(named))


def _few(statements: list[tuple[str, object]], most: int) -> list[str]:
    """Assert that no more statements than `most` were sent. Return the streams that they read."""
    assert len(statements) <= most, "\n".join(
        " ".join(text.split())[:100] for text, _ in statements
    )
    return [
        name
        for text, params in statements
        if "stream = ANY" in text and isinstance(params, dict)
        for name in params["names"]
    ]


def test_a_search_asks_no_more_for_a_word_that_stands_in_an_office_text_alone(
    site, report, monkeypatch
):
    """Each statement takes time, and the time would tell what an office text holds."""
    question = {"of": FORCE, "question": "Where are the heliographs?", "occurred_on": None}
    site.clerk.act(f"{report.recommendation}/assurances", question)
    site.catch_up()

    def asked(who, word):
        with sent(monkeypatch) as statements:
            assert who.get("/api/recommendations", q=word).status_code == 200
        return len(statements)

    asked(site.anybody, "nowhere")  # fills what a process remembers
    assert asked(site.anybody, "heliographs") == asked(site.anybody, "nowhere")
    assert asked(site.clerk, "heliographs") > asked(site.clerk, "nowhere")


def test_compliance_sends_as_many_statements_however_many_texts_were_redacted(
    new_site, monkeypatch
):
    """Each redaction stands beside every response to its report: one look is for all of them."""
    owed = {
        FORCE: PFCC,
        "durham-constabulary": "durham-pcc",
        "essex-police": "essex-pfcc",
        "kent-police": "kent-pcc",
        "norfolk-constabulary": "norfolk-pcc",
    }
    each = [recommendation(str(n), addressees=[force]) for n, force in enumerate(owed, 1)]
    report = new_site.publish(bodies=list(owed.values()), recommendations=each).reference
    new_site.catch_up()

    def sent_for(many: int) -> int:
        assert new_site.anybody.reads("/api/compliance")["total"]["redactions"] == many
        with sent(monkeypatch) as statements:
            new_site.anybody.reads("/api/compliance")
        return len(statements)

    with_none = sent_for(0)
    with new_site.ledger.log.pool.connection() as conn:
        for n, force in enumerate(owed, 1):
            about = f"recommendation/{report}/{n}/{force}"
            entry_index.redact(conn, tables.SCHEMA, new_site.position - n, about)

    assert sent_for(len(owed)) == with_none + 1


def test_a_search_sends_as_many_statements_however_many_have_the_word(site, monkeypatch):
    """In updates, which no row has: the histories of all that may be found are read at once."""

    def sent_for(word: str, many: int) -> int:
        for _ in range(many):
            about = site.publish().recommendation
            said = {"by": FORCE, "text": f"A {word} was bought.", "occurred_on": "2025-06-01"}
            site.clerk.act(f"{about}/updates", said | {"source": PAGE})
        site.catch_up()
        asked = f"/api/recommendations?q={word}"
        assert len(site.clerk.reads(asked)["items"]) == many
        with sent(monkeypatch) as statements:
            site.clerk.reads(asked)
        return len(statements)

    assert sent_for("wheelbarrow", 5) == sent_for("tricycle", 1)


def test_one_thing_is_asked_for_by_plans_that_a_connection_keeps_and_lists_by_none(site, report):
    """A list's best plan depends on its values; one for any can take ten times as long."""
    site.catch_up()
    for _ in range(8):  # from the sixth time on a statement would be prepared by itself
        site.anybody.reads(report.recommendation)
        for several in ("/api/recommendations", "/api/compliance", f"/api/bodies/{PFCC}"):
            site.anybody.reads(several)

    pool, kept = site.ledger.pool, set()
    with ExitStack() as stack:
        for _ in range(pool.get_stats()["pool_size"]):
            conn = stack.enter_context(pool.connection())
            kept |= set(conn.execute("SELECT statement FROM pg_prepared_statements").fetchall())

    assert len([text for (text,) in kept if "one.key_order = " in text]) == 1
    assert not [text for (text,) in kept if "AS improved_later" in text]
