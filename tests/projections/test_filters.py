"""A filter keeps exactly what fits it, a total counts what the filter of its cell keeps:
each compared with the whole list, read by eye."""

import json
import random
import re
from collections import Counter
from typing import Any, get_args

import pytest

from ledger.events.recommendation import Kind
from ledger.states.recommendation import Status
from projections.questions import filters, paging
from projections.verdict.compliance import BASES, VERDICTS
from tests.api.site import FORCE, NOTE, PFCC, problem_of, recommendation
from tests.conftest import cells
from tests.projections.test_paging import paged

DAYS = ("2022-06-30", "2024-03-31", "2025-11-24")


@pytest.fixture(scope="module")
def year(seeded_site):
    """Years of three offices, and reports of other kinds, days and publishers."""
    for kind, day in (("peel", "2025-06"), ("joint", None)):
        _publish(seeded_site, kind=kind, published_on=day)
    others = {"kind": "child_protection", "publisher": "iopc", "published_on": "2024-02-05"}
    made = _publish(seeded_site, bodies=[], **others)
    duty = {"rule": "manual", "due_on": "2024-03-05", "source": NOTE}
    seeded_site.admin.act(f"{made.response}/duties", duty)
    question = {"of": FORCE, "question": "Is it done?", "occurred_on": "2025-09-01"}
    reference = seeded_site.publish().reference
    seeded_site.clerk.act(f"/api/recommendations/{reference}/02/{FORCE}/assurances", question)
    seeded_site.catch_up()
    return seeded_site


def _publish(site, **said):
    return site.publish(
        site.admin,
        source=NOTE,
        recommendations=[
            recommendation("1", addressees=[FORCE, PFCC]),
            recommendation("2", kind="afi"),
        ],
        **said,
    )


def reports(site, **asked) -> dict[str, Any]:
    return {one["report"]: one for one in paged(site, "/api/reports", 500, **asked)}


def year_of(report) -> str:
    return (report["published_on"] or "not_known")[: 9 if not report["published_on"] else 4]


@pytest.mark.sampled
@pytest.mark.parametrize(("name", "day"), cells(("recommendations", "responses"), DAYS, 2))
def test_lists_are_filtered_by_publisher_and_year_of_the_report(year, name, day):
    asked = {"known_at": year.position, "effective_on": day}
    about = reports(year, **asked)
    whole = paged(year, f"/api/{name}", 500, **asked)

    for publisher in {one["publisher"] for one in about.values()}:
        for of_year in {year_of(one) for one in about.values()}:
            found = paged(year, f"/api/{name}", 100, publisher=publisher, year=of_year, **asked)
            assert found == [
                one
                for one in whole
                if about[one["report"]]["publisher"] == publisher
                and year_of(about[one["report"]]) == of_year
            ]


@pytest.mark.parametrize("day", DAYS)
def test_reports_are_kept_by_publisher_kind_and_year(year, day):
    asked = {"known_at": year.position, "effective_on": day}
    about = reports(year, **asked)

    for column in ("publisher", "kind"):
        for value, many in Counter(one[column] for one in about.values()).items():
            found = reports(year, **{column: value}, **asked)
            assert len(found) == many
            assert {one[column] for one in found.values()} == {value}
    for value, many in Counter(map(year_of, about.values())).items():
        assert len(reports(year, year=value, **asked)) == many


@pytest.mark.parametrize(
    ("of", "name", "words"),
    [
        ("recommendations", "status", get_args(Status)),
        ("recommendations", "kind", get_args(Kind)),
        ("responses", "verdict", VERDICTS),
        ("responses", "basis", BASES),
    ],
)
def test_lists_are_kept_by_a_word_that_each_item_says(year, of, name, words):
    whole = paged(year, f"/api/{of}", 500)

    for word in words:
        found = paged(year, f"/api/{of}", 500, **{name: word})
        assert found == [one for one in whole if one[name] == word]


def test_responses_are_kept_by_the_kind_of_their_report_and_by_who_owes_them(year):
    about = reports(year)
    whole = paged(year, "/api/responses", 500)

    for kind in {one["kind"] for one in about.values()}:
        found = paged(year, "/api/responses", 100, kind=kind, verdict="overdue")
        assert found == [
            one
            for one in whole
            if about[one["report"]]["kind"] == kind and one["verdict"] == "overdue"
        ]
    for body in {one["body"] for one in whole}:
        found = paged(year, "/api/responses", 100, responder=body)
        assert found == [one for one in whole if one["body"] == body]
    assert paged(year, "/api/responses", 100, responder=FORCE, body=PFCC) == []


def test_recommendations_are_kept_by_whom_they_are_to_and_by_questions_without_a_reply(year):
    whole = paged(year, "/api/recommendations", 500)

    found = paged(year, "/api/recommendations", 100, addressee=PFCC)
    assert found == [one for one in whole if one["addressee"] == PFCC]
    assert found
    found = paged(year, "/api/recommendations", 100, addressee=FORCE, body=PFCC)
    assert found == [one for one in whole if one["addressee"] == FORCE]
    found = paged(year, "/api/recommendations", 7, assurances="open")
    assert found == [one for one in whole if one["assurances"]["open"]]
    assert found


def test_reports_are_found_by_words_of_their_titles(year):
    title = year.title()
    reference = year.publish(title=f"{title}: marlinspikes ashore").reference
    year.catch_up()

    assert [*reports(year, q="marlinspike")] == [reference]
    assert [*reports(year, q="“marlinspikes ashore”")] == [reference]
    assert reports(year, q="marlinspike", kind="peel") == {}
    refused = problem_of(year.anybody.get("/api/reports", q="the"), 422, "unfit")
    assert refused["errors"][0]["field"] == "q"


@pytest.mark.sampled
@pytest.mark.parametrize(("group_by", "day"), cells(("body", "kind", "year"), DAYS, 2))
def test_each_count_of_compliance_is_that_of_the_list_that_its_filter_keeps(year, group_by, day):
    asked = {"known_at": year.position, "effective_on": day}
    names = {"body": "responder", "kind": "kind", "year": "year"}
    found = year.anybody.reads("/api/compliance", group_by=group_by, **asked)

    for group in found["items"]:
        of_group = {names[group_by]: group[group_by] or "not_known"}
        for verdict, many in group["verdicts"].items():
            kept = paged(year, "/api/responses", 100, verdict=verdict, **of_group, **asked)
            assert len(kept) == many
    totals = found["total"]["verdicts"]
    assert sum(totals.values()) == len(paged(year, "/api/responses", 100, **asked))


def test_compliance_is_asked_of_some_reports(year):
    about = reports(year)
    whole = paged(year, "/api/responses", 500)

    for asked in ({"year": "2025"}, {"kind": "peel"}, {"publisher": "iopc"}, {"year": "not_known"}):
        ((name, value),) = asked.items()
        total = year.anybody.reads("/api/compliance", **asked)["total"]["responses"]
        kept = [
            one
            for one in whole
            if value == (year_of(about[one["report"]]) if name == "year"
                         else about[one["report"]][name])
        ]  # fmt: skip
        assert total == len(kept) > 0


@pytest.mark.parametrize(
    ("path", "asked", "field"),
    [
        ("recommendations", {"publisher": "hmicfsr"}, "publisher"),
        ("recommendations", {"addressee": "cumbria-constabulry"}, "addressee"),
        ("responses", {"responder": "cumbria-pcc"}, "responder"),
        ("responses", {"counted_with": "cumbria-pcc"}, "counted_with"),
        ("responses", {"year": "25"}, "year"),
        ("responses", {"kind": "afi"}, "kind"),
        ("compliance", {"year": "soon"}, "year"),
        ("reports", {"kind": "pel"}, "kind"),
        ("recommendations", {"assurances": "any"}, "assurances"),
        ("meetings", {"panel": "cumbria-panel"}, "panel"),
        ("meetings", {"after": "cumbria-panel"}, "after"),
    ],
)
def test_a_filter_that_can_be_none_is_refused_by_its_name(year, path, asked, field):
    refused = problem_of(year.anybody.get(f"/api/{path}", **asked), 422, "unfit")

    assert [one["field"] for one in refused["errors"]] == [field]


def _words(site) -> list[str]:
    """Return words that stand in texts, some common and some rare, and one that stands nowhere."""
    rows = site.owner.execute("SELECT body FROM ledger.texts").fetchall()
    many = Counter(re.findall(r"[a-z]{6,}", " ".join(body for (body,) in rows).lower()))
    some = random.Random(31).sample(sorted(set(many) - {"should"}), 5)
    return [*some, "custody", "-custody", "custody or training", "zeppelin"]


def _found(site, path, word, **asked):
    return [one["links"]["self"] for one in paged(site, path, q=word, **asked)]


@pytest.mark.parametrize(
    ("path", "sort"), [("/api/recommendations", "open"), ("/api/responses", "newest")]
)
def test_common_words_find_page_by_page_what_rare_words_find(year, monkeypatch, path, sort):
    found = {q: _found(year, path, q, limit=500, sort=sort) for q in _words(year)}
    monkeypatch.setattr(filters, "COMMON", -1)
    monkeypatch.setattr(paging, "LOOKED_THROUGH", -150)

    for q, rare in found.items():
        assert _found(year, path, q, limit=20, sort=sort) == rare, q
    assert found["zeppelin"] == []
    assert 0 < len(found["custody"]) <= len(found["custody or training"])


def test_each_recommendation_with_a_word_in_its_texts_is_found_and_no_other(year):
    items = paged(year, "/api/recommendations", 500)
    own = {one["links"]["self"]: json.dumps(one["text"]).lower() for one in items}
    rows = year.owner.execute(
        "SELECT e.stream, t.body FROM ledger.texts t JOIN ledger.entries e USING (position)"
    ).fetchall()
    said: dict[str, str] = {}
    for stream, body in rows:
        said[stream] = f"{said.get(stream, '')} {body.lower()}"

    for word in ("custody", "training", "vetting", "records"):
        found = set(_found(year, "/api/recommendations", word, limit=500))
        stem = word[:5]
        assert {name for name, text in own.items() if re.search(rf"\b{word}\b", text)} <= found
        for name in found:
            assert stem in said["recommendation/" + name.removeprefix("/api/recommendations/")]


def test_a_page_that_ends_early_says_so_and_leads_on(year, monkeypatch):
    monkeypatch.setattr(filters, "COMMON", -1)
    monkeypatch.setattr(paging, "LOOKED_THROUGH", -100)

    for address in ("/recommendations?q=zeppelin&limit=5", "/responses?q=zeppelin&limit=5"):
        page = year.anybody.get(address).text
        assert "This word is common, so this page looked through part of the list only." in page
        assert "Next page" in page
        assert "open to you has this word" not in page
    search = year.anybody.get("/search?q=zeppelin").text
    assert "All recommendations with this word" in search
    assert "Nothing recorded here has this word" not in search
