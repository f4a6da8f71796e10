"""The same recommendation across the bodies that it was made to: by name, with how each thing is
known, and what is not kept here apart from what is not recorded."""

import csv
import io
import re
from html import unescape

import pytest

from tests.api.founding import COUNTRY
from tests.api.site import (
    FORCE,
    NOTE,
    PFCC,
    by_its_clock,
    explanation,
    problem_of,
    recommendation,
    statement,
)

FOUNDING = COUNTRY


DORSET, KENT = "dorset-police", "kent-police"
WHY = {"reason": "It is so.", "source": NOTE}
CLAIM = {"text": "All done.", "claim": {"as_stated": "Done!", "means": "complete"}}


@pytest.fixture(scope="module")
def across(shared_site):
    """Return the path of a recommendation to three forces: one claims, one is silent and its
    office keeps its record here, of the third nothing is kept here."""
    with by_its_clock(shared_site) as site:
        return recorded(site)


def recorded(site):
    """Record these acts. Return the report."""
    given = [recommendation("02", addressees=[KENT, FORCE, DORSET])]
    report = site.publish(bodies=[PFCC, "dorset-pcc"], recommendations=given)
    site.dorset.records("/api/bodies/dorset-pcc/keeping", {"from": "2025-01-01"})
    told = statement(explanations=[explanation(stance="taken", text="We trained everybody.")])
    site.clerk.records(f"{report.response}/statement", told)
    said = CLAIM | {"by": FORCE, "occurred_on": "2025-09-01", "source": NOTE}
    site.clerk.act(f"{report.recommendation}/updates", said)
    refused = WHY | {"occurred_on": "2025-10-01", "by": "hmicfrs"}
    site.clerk.act(f"{report.recommendation}/refusals", refused)
    site.catch_up()
    return report.reference


def test_each_body_is_there_by_name_with_what_is_known_of_it(site, across):
    found = site.anybody.reads("/api/recommendations/across", report=across, number="2")

    names = ["Cumbria Constabulary", "Dorset Police", "Kent Police"]
    assert [one["addressee_name"] for one in found["items"]] == names
    cumbria, dorset, kent = found["items"]
    assert found["text"] == cumbria["text"] == kent["text"]
    assert [one["body"] for one in cumbria["responses"]] == [PFCC]
    verdict = cumbria["responses"][0]["verdict"], cumbria["responses"][0]["published_on"]
    assert verdict == ("in_time", "2025-07-10")
    assert (cumbria["stance"], cumbria["statement"]["text"]) == ("taken", "We trained everybody.")
    assert cumbria["statement"]["provenance"] == "first_hand"
    claim = cumbria["claim"]
    assert (claim["means"], claim["provenance"]) == ("complete", "reported")
    assert claim["reported_by_name"] == site.anybody.reads(f"/api/bodies/{PFCC}")["name"]
    assert (cumbria["status"], cumbria["refused"]["on"]) == ("refused", "2025-10-01")
    assert (cumbria["recorded"], cumbria["record_kept_here"]) == (True, False)
    assert (dorset["recorded"], dorset["record_kept_here"]) == (False, True)
    assert (kent["recorded"], kent["record_kept_here"]) == (False, False)
    assert [one["responses"] for one in (kent,)] == [[]]


def test_an_office_s_texts_are_open_to_the_office_alone(site, across):
    asked = {"report": across, "number": "2"}
    (public, *_) = site.anybody.reads("/api/recommendations/across", **asked)["items"]
    (own, *_) = site.clerk.reads("/api/recommendations/across", **asked)["items"]

    assert public["claim"]["as_stated"] is None
    assert {one["by"] for one in public["held"]} == {PFCC}
    assert own["claim"]["as_stated"] == "Done!"
    assert own["claim"]["source_note"] == "e-mail of 3 March"


def test_the_page_says_what_is_not_kept_here_apart_from_what_is_not_recorded(site, across):
    page = unescape(site.anybody.get(f"/across/{across}/02").text)
    lines = dict(re.findall(r'<li id="([^"]*)">(.*?)</li>', page, re.DOTALL))

    assert list(lines) == [FORCE, DORSET, KENT]
    words = site.anybody.reads("/api/recommendations/across", report=across, number="2")["text"]
    assert page.count(words.splitlines()[0]) == 1
    cumbria = "Cumbria Police, Fire and Crime Commissioner"
    assert lines[FORCE].count(f"on {cumbria}’s own word") == 2, "the response's and the passage's"
    assert f"as reported by {cumbria}" in lines[FORCE]
    assert f"on the word of {cumbria}, which reported it</span></h1>" in page
    assert "Closure refused by HMICFRS, 1 October 2025" in lines[FORCE]
    assert "The rest is not kept here." in lines[FORCE]
    assert (
        "Recorded here: no answer, update or decision has come since it was raised on 16 May 2025."
        in lines[DORSET]
    )
    assert "Not kept here." in lines[KENT]
    assert "%" not in re.sub(r"<[^>]*>", "", page)


def test_bodies_with_other_words_each_show_their_own(site):
    given = [
        recommendation("1", addressees=[FORCE]),
        recommendation("1", addressees=[DORSET], text="Look after the horses."),
    ]
    report = site.publish(bodies=[], recommendations=given)
    site.catch_up()
    found = site.anybody.reads("/api/recommendations/across", report=report.reference, number="1")
    page = site.anybody.get(f"/across/{report.reference}/1").text

    assert found["text"] is None
    assert page.count("Look after the horses.") == 1
    assert page.count(found["items"][0]["text"][:30]) == 1


def test_what_was_not_known_then_or_is_recorded_nowhere_is_404(site, across):
    before = {"known_at": "2025-01-01"}
    for number, asked, kind in (("7", {}, "not-recorded"), ("2", before, "not-known-then")):
        for path, named in (
            ("/api/recommendations/across", {"report": across, "number": number}),
            (f"/across/{across}/{number}", {}),
        ):
            answer = site.anybody.get(path, **named, **asked)
            assert answer.status_code == 404, path
            if not named:
                continue
            problem_of(answer, 404, kind)
    assert site.anybody.get("/api/recommendations/across", number="2").status_code == 422


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_a_file_has_the_same_bodies_in_the_same_order(site, across, form):
    asked = {"report": across, "number": "2"}
    listed = site.anybody.reads("/api/recommendations/across", **asked)["items"]
    file = site.anybody.get(f"/api/recommendations/across.{form}", **asked).text

    if form == "jsonl":
        assert [line.count('"addressee"') for line in file.splitlines()] == [1, 1, 1]
        return
    rows = list(csv.DictReader(io.StringIO(file.removeprefix("\ufeff"))))
    assert [row["Addressee"] for row in rows] == [one["addressee"] for one in listed]
    assert [row["Response verdict"] for row in rows][:1] == ["in_time"]
    assert [row["Record kept here"] for row in rows] == ["no", "yes", "no"]
    assert [row["Recorded"] for row in rows] == ["yes", "no", "no"]
