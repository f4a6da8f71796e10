"""Words in texts: found in what a reader may read, at the moment asked about; nothing else is."""

import random

import psycopg
import pytest

from tests.api.founding import COUNTRY
from tests.api.site import FORCE, explanation, problem_of, recommendation, statement

FOUNDING = COUNTRY


LIST = "/api/recommendations"


@pytest.fixture
def said(site):
    """A report whose recommendation 02 has words of its own at each place that is searched."""
    report = site.publish(
        recommendations=[
            recommendation(
                text="Forces should count their turnstiles.", target={"phrase": "by lammastide"}
            ),
            recommendation("03", text="Forces should paint their gasometers."),
        ]
    )
    passage = explanation(text="On recommendation 2 I ask about marlinspikes.")
    site.clerk.act(f"{report.response}/statement", statement(explanations=[passage]))
    return report


def test_offices_of_today_come_first_and_former_ones_say_until_when(site):
    found = site.anybody.reads("/api/search", q="gwent")["bodies"]

    assert found[0]["id"] == "gwent-pcc"
    assert [one["until"] for one in found[:-1]] == [None] * (len(found) - 1)
    assert (found[-1]["id"], found[-1]["until"]) == ("gwent-police-authority", "2012-11-21")


def finds(site, who, q, **more):
    site.catch_up()
    found = site.caller(who).reads(LIST, q=q, **more)["items"]
    return [f"{one['report']}/{one['number']}" for one in found]


@pytest.mark.parametrize(
    ("q", "first"),
    [
        ("Heddlu Gwent", "gwent-police"),
        ("comisiynydd gogledd cymru", "north-wales-pcc"),
        ("gwasanaethau tan", "hmicfrs"),
        ("tân achub", "hmicfrs"),
    ],
)
def test_a_body_is_found_by_its_welsh_name_with_and_without_accents(site, q, first):
    found = site.anybody.reads("/api/search", q=q)["bodies"]
    assert found[0]["id"] == first

    body = site.anybody.reads(f"/api/bodies/{first}")
    assert found[0]["names"] == body["names"]
    in_welsh = site.anybody.get("/cy/search", q=body["name"].replace("&", "")).text
    assert f">{body['names']['cy']}</a>" in in_welsh
    assert f"({body['names']['cy']})" in site.anybody.get(f"/bodies/{first}").text


FOUND = ["turnstiles", "TURNSTILE", "count turnstiles", "“count their turnstiles”", "lammastide"]
FOUND += ["marlinspike", "turnstiles or gasworks", '"their turnstiles"']
NOT_FOUND = ["turnstiles gasometers", '"turnstiles count"', "turnst", "gasometers -paint", "02"]


def test_anybody_finds_a_recommendation_by_words_that_all_stand_in_one_public_text(site, said):
    for words in FOUND:
        assert finds(site, None, words, report=said.reference) == [f"{said.reference}/02"], words
    for words in NOT_FOUND:
        assert finds(site, None, words, report=said.reference) == [], words


def test_both_are_found_and_each_other_filter_holds_as_well(site, said):
    both = [f"{said.reference}/02", f"{said.reference}/03"]

    assert finds(site, None, "forces should", report=said.reference) == both
    assert finds(site, None, "forces", report=said.reference, status="closed") == []
    assert finds(site, None, "turnstiles", body="dorset-pcc") == []
    assert f"{said.reference}/02" in finds(site, None, "turnstiles", body="cumbria-pfcc")


def test_pages_of_a_search_go_on_where_the_last_ended(site):
    numbers = ["1", "2", "3"]
    items = [recommendation(number, text="Mend the weathercocks.") for number in numbers]
    report = site.publish(recommendations=items)
    site.catch_up()

    path, found = LIST, []
    asked = {"q": "weathercocks", "limit": 2}
    while path:
        answer = site.anybody.get(path, **asked)
        found.append([one["number"] for one in answer.json["items"]])
        link = answer.headers.get("Link", "")
        path, asked = link.partition(">")[0].removeprefix("<"), {}

    assert found == [["1", "2"], ["3"]]
    assert report.reference


OTHERS = (None, "dorset", "hmicfrs", "panel")


def test_a_word_of_an_office_text_is_found_by_its_readers_alone_until_it_is_released(site, report):
    question = {"of": FORCE, "question": "Where are the astrolabes?", "occurred_on": None}
    entry = site.clerk.act(f"{report.recommendation}/assurances", question)

    own = [f"{report.reference}/02"]
    for reader in ("clerk", "force", "auditor", "admin"):
        assert finds(site, reader, "astrolabes", report=report.reference) == own
    for who in OTHERS:
        assert finds(site, who, "astrolabes", report=report.reference) == [], who
        assert finds(site, who, "-astrolabes spring", report=report.reference) == own

    site.clerk.act(f"/api/entries/{entry}/release", {"field": "question"})

    for who in OTHERS:
        assert finds(site, who, "astrolabes", report=report.reference) == own


def test_a_past_state_is_searched_by_what_its_texts_said_then(new_site):
    report = new_site.publish(recommendations=[recommendation(text="Count the zeppelins.")])
    before = new_site.position
    entry = report.entry("recommendation-raised")
    new_site.clerk.act(
        f"/api/entries/{entry}/corrections",
        {"field": "text", "now": "Count the biplanes.", "reason": "Misread."},
    )

    found = [f"{report.reference}/02"]
    assert finds(new_site, None, "zeppelins", known_at=before) == found
    assert finds(new_site, None, "zeppelins") == []
    assert finds(new_site, None, "biplanes") == found
    assert finds(new_site, None, "biplanes", known_at=before) == []
    assert finds(new_site, None, "zeppelins", effective_on="2025-05-15") == []


def test_the_words_of_an_update_are_found_by_its_readers_alone_until_it_is_released(site, report):
    path = f"{report.recommendation}/updates"
    told = {"text": "The sextants are bought.", "occurred_on": "2025-09-01"}
    entry = site.force.act(path, told)
    site.force.act(path, told | {"text": "All is well.", "occurred_on": "2025-10-01"})

    own = [f"{report.reference}/02"]
    for reader in ("clerk", "force", "auditor", "admin"):
        assert finds(site, reader, "sextants", report=report.reference) == own
    for who in OTHERS:
        assert finds(site, who, "sextants", report=report.reference) == [], who

    site.force.act(f"/api/entries/{entry}/release", {"field": "text"})

    for who in OTHERS:
        assert finds(site, who, "sextants", report=report.reference) == own
        assert finds(site, who, "sextants", report=report.reference, limit=1) == own


def test_an_update_is_found_by_what_it_said_then_once_it_had_happened(site, report):
    path = f"{report.recommendation}/updates"
    public = {"audience": "public"}
    told = {"text": {"text": "The chronometers came.", **public}, "occurred_on": "2025-09-01"}
    entry = site.force.act(path, told)
    known = site.position
    correction = {"field": "text", "now": "The barometers came.", "reason": "A slip."}
    site.force.act(f"/api/entries/{entry}/corrections", correction)
    corrected = site.position
    site.force.act(f"/api/entries/{entry}/retraction", {"reason": "Of another report."})
    of = {"report": report.reference}

    own = [f"{report.reference}/02"]
    assert finds(site, None, "chronometers", known_at=known, **of) == own
    assert finds(site, None, "chronometers", known_at=known - 1, **of) == []
    early = {"known_at": known, "effective_on": "2025-08-31"}
    assert finds(site, None, "chronometers", **early, **of) == []
    assert finds(site, None, "chronometers", known_at=corrected, **of) == []
    assert finds(site, None, "barometers", known_at=corrected, **of) == own
    assert finds(site, None, "barometers", **of) == []


def test_words_that_nothing_can_be_found_by_are_refused_with_a_sentence(site):
    for words in ("the", "&!()", "of the"):
        problem = problem_of(site.anybody.get(LIST, q=words), 422, "unfit")
        assert problem["detail"] == f"“{words}” has no word that could be looked for."
    assert site.anybody.get(LIST, q="x" * 201).status_code == 422
    assert site.anybody.get(LIST, q=" ").status_code == 200


@pytest.mark.parametrize(
    "text",
    [
        "".join(f"{chr(0x20000 + n)} " for n in range(60_000)),
        "".join(f"w{n}-x{n} " for n in range(40_000)),
        "a-" * 100_000,
        "x" * 3_000_000,
        "https://a.example/" * 20_000,
        "".join(random.Random(1).choices("ab<>&;/.@:-_ 01", k=200_000)),
    ],
    ids=["many words", "hyphens", "one hyphen after another", "one word", "addresses", "noise"],
)
def test_any_text_can_be_recorded_however_many_words_it_has(site, text):
    report = site.publish(recommendations=[recommendation(text=f"Ombrometer. {text}")])

    assert f"{report.reference}/02" in finds(site, None, "ombrometer", report=report.reference)


def test_the_index_is_what_a_search_goes_by(site, said):
    with psycopg.connect(site.url) as connection:
        connection.execute("SET enable_seqscan = off")
        plan = connection.execute(
            "EXPLAIN SELECT FROM ledger.texts t WHERE to_tsvector('english', left(t.body, 50000))"
            " @@ websearch_to_tsquery('english', 'x')"
        ).fetchall()
        options = connection.execute(
            "SELECT reloptions FROM pg_class WHERE oid = 'ledger.texts_words'::regclass"
        ).fetchone()

    assert any("texts_words" in line for (line,) in plan)
    assert options == (["gin_pending_list_limit=4096"],)
