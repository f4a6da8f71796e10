"""Everybody reads public texts; office texts are for the bodies that deal with each other."""

from ledger.acts.table import ACTS
from tests.api.site import FORCE, NOTE, statement


def test_no_row_of_a_read_model_opens_an_office_text(new_site):
    """Only an entry of the log releases a text: the service itself may write read models."""
    report = new_site.publish()
    question = {"of": FORCE, "question": "office question", "occurred_on": None}
    entry = new_site.clerk.act(f"{report.recommendation}/assurances", question)
    new_site.catch_up()
    with new_site.ledger.log.pool.connection() as conn:
        conn.execute(
            "CREATE TABLE IF NOT EXISTS projections.released (position bigint, field text)"
        )
        conn.execute(
            "INSERT INTO projections.released SELECT position, 'question' FROM ledger.entries"
        )

    assert "office question" not in new_site.anybody.get(f"/api/entries/{entry}").text
    assert new_site.anybody.reads("/api/recommendations", q="office question")["items"] == []

    new_site.clerk.act(f"/api/entries/{entry}/release", {"field": "question"})

    assert "office question" in new_site.anybody.get(f"/api/entries/{entry}").text


def test_everybody_reads_where_word_of_a_closure_a_target_or_a_date_came_from(site, report):
    said = {"reason": "R.", "occurred_on": "2025-07-01", "source": NOTE}
    target = {"on": "2026-01-31", "origin": "force"}
    site.clerk.records(f"{report.recommendation}/targets", said | target)
    site.clerk.records(f"{report.recommendation}/closures", said)
    published = site.clerk.records(f"{report.response}/statement", statement(source=NOTE))
    day = {"field": "published_on", "now": "2025-07-09", "reason": "R.", "source": NOTE}
    site.clerk.records(f"/api/entries/{published['event']['id']}/corrections", day)

    for address in (report.recommendation, report.response):
        for one in site.anybody.reads(f"{address}/history")["items"]:
            note = one["texts"].get("source.note")
            assert note is None or (note["audience"], note["text"]) == ("public", NOTE["note"])


def test_the_meaning_of_a_claim_is_public_and_its_words_are_the_offices(site, report):
    claimed = {"as_stated": "GREEN", "means": "on_track"}
    said = {"text": "Half.", "occurred_on": None, "claim": claimed}
    site.force.act(f"{report.recommendation}/updates", said)

    claim = site.anybody.reads(report.recommendation)["claim"]

    assert (claim["means"], claim["as_stated"]) == ("on_track", None)


def test_the_form_of_each_act_says_who_reads_the_note_of_its_source(site):
    schemas = site.anybody.reads("/openapi.json")["components"]["schemas"]
    for act in ACTS:
        source = schemas[f"{act.event.__name__}"]["properties"]["source"]
        note = schemas[_named(source)]["properties"]["note"]
        assert schemas[_named(note)]["properties"]["audience"]["default"] == act.event.NOTE
        assert f"`{'office' if act.event.NOTE == 'public' else 'public'}`" in note["description"]


def _named(value):
    """The name of the schema that a field refers to."""
    refs = [value, *value.get("allOf", ()), *value.get("anyOf", ())]
    return next(one["$ref"] for one in refs if "$ref" in one).rpartition("/")[2]
