"""The form that corrects an entry offers the fields that are ever corrected, and no others."""

import pytest
from selectolax.lexbor import LexborHTMLParser

from tests.api.signing_in import browser, provided
from tests.conftest import some
from tests.pages.test_lives import SAYS

pytestmark = pytest.mark.sampled
BY_ITS_RULE = "response-duty-arose"
"""Which of its two days was given depends on its rule."""


def offered(here, entry):
    """Return the fields that the form offers."""
    page = here.get(f"/record/entries/{entry}/corrections")
    assert page.status_code == 200, page.text
    links = LexborHTMLParser(page.text).css("#fields a")
    return {one.attributes["data-field"] or "" for one in links}


def test_each_field_that_the_form_offers_may_be_corrected(site):
    refused = set()
    before = site.position
    with provided(site):
        here = browser(site)
        assert here.signs_in("service/keeper").status_code == 303
        for topic in some(sorted({*SAYS} - {BY_ITS_RULE}), 4):
            entry = site.anybody.reads("/api/entries", type=topic, limit=1)["items"][0]["id"]
            for field in offered(here, entry):
                empty = {"field": field, "now": "", "reason": "A slip."}  # it fits no field
                answer = site.admin.post(f"/api/entries/{entry}/corrections", empty)
                if answer.json["type"].endswith((":not-correctable", ":no-such-field")):
                    refused.add((topic, field))

    assert not refused
    assert site.position == before


def test_the_form_offers_a_day_by_its_name_and_each_text_and_word_that_was_said(site):
    wanted = {
        "report-revised": {"seen_on", "source.note"},
        "closure-confirmed": {"occurred_on", "reason", "source.note"},
        "recommendation-raised": {"text", "kind"},
        BY_ITS_RULE: {"trigger_on"},
    }
    with provided(site):
        here = browser(site)
        assert here.signs_in("service/keeper").status_code == 303
        for topic, fields in wanted.items():
            entry = site.anybody.reads("/api/entries", type=topic, limit=1)["items"][0]["id"]
            found = offered(here, entry)

            assert fields <= found, topic
            assert not {one for one in found if one.endswith((".sha256", ".audience", ".lang"))}
            assert "number" not in found
