"""A response in two languages: one response with two texts."""

import csv

import pytest
from selectolax.lexbor import LexborHTMLParser

from tests.api.founding import COUNTRY
from tests.api.signing_in import provided
from tests.api.site import recommendation, statement
from tests.api.test_forms import Form, follow, new_browser
from tests.api.test_redaction import confirm, seek
from tests.api.test_sealed_files import inside, sealing, verified, vkey

FOUNDING = COUNTRY

__all__ = ["sealing"]
OFFICE, FORCE = "gwent-pcc", "gwent-police"
CLERK = f"{OFFICE}/clerk"
ENGLISH = "I accept this recommendation. Constable Aubergine leads the work."
WELSH = "Rwy’n derbyn yr argymhelliad hwn. Cwnstabl Aubergine sy’n arwain y gwaith."
WELSH_PAGE = "https://www.gwent.example/cy/ymateb"
TRANSLATION = {"lang": "cy", "text": WELSH, "url": WELSH_PAGE}


@pytest.fixture
def clerk(site):
    return site.account(CLERK, OFFICE, "record") if CLERK not in site.tokens else site.caller(CLERK)


@pytest.fixture
def report(site):
    asked = recommendation(addressees=[FORCE])
    return site.publish(by=site.hmicfrs, bodies=[OFFICE], recommendations=[asked])


def path(report):
    return f"/api/responses/{report.reference}/{OFFICE}"


def published(**changed):
    return statement(text=ENGLISH, explanations=[], url="https://www.gwent.example/en") | changed


def test_a_response_in_two_languages_is_recorded_by_form_read_found_and_verified(
    new_site, tmp_path, capsys, sealing
):
    site = new_site
    site.account(CLERK, OFFICE, "record")
    asked = recommendation(addressees=[FORCE])
    report = site.publish(by=site.hmicfrs, bodies=[OFFICE], recommendations=[asked])
    with provided(site):
        here = new_browser(site, CLERK)
        form = Form(here, f"/record/responses/{report.reference}/{OFFICE}/statement")
        assert all(
            label in form.text
            for label in ("Text in English", "Text in Welsh", "Address of the Welsh page")
        )
        typed = {"published_on": "10 July 2025", "text": ENGLISH}
        filled = {"translations.0.text": WELSH, "translations.0.url": WELSH_PAGE}
        passage = {"how": "named", "stance": "taken", "text": "I accept it."}
        passages = {f"explanations.0.{name}": said for name, said in passage.items()}
        form.records(**typed, **filled, **passages)

    found = site.anybody.reads(path(report))
    page = LexborHTMLParser(site.anybody.get(path(report).removeprefix("/api")).text)
    (one,) = found["statements"]
    assert (found["verdict"], found["published_on"]) == ("in_time", "2025-07-10")
    assert (one["lang"], one["text"], one["translations"]) == ("en", ENGLISH, [TRANSLATION])
    assert [words.text(strip=True) for words in page.css("details .words[lang=cy]")][:1] == [WELSH]
    (row,) = csv.DictReader(site.anybody.get("/api/responses.csv").text.splitlines())
    assert (row["Language of the statement"], row["Statement text"]) == ("en", ENGLISH)
    assert (row["Translation text"], row["Translation url"]) == (WELSH, WELSH_PAGE)
    for below, first, who in (
        ("", ENGLISH, "Gwent Police and Crime Commissioner"),
        ("/cy", WELSH, "Comisiynydd yr Heddlu a Throsedd Gwent"),
    ):
        page = LexborHTMLParser(site.anybody.get(below + path(report).removeprefix("/api")).text)
        assert page.css("details .words")[0].text(strip=True) == first
        assert who in page.css("h1")[0].text()
        assert [one for one in page.css(".step") if who in one.text()]
    for q in ("derbyn argymhelliad", "accept recommendation", "Aubergine"):
        (hit,) = site.anybody.reads("/api/search", q=q)["responses"]
        assert (hit["report"], hit["body"]) == (report.reference, OFFICE)

    sealing.seal()
    bundle = tmp_path / "bundle.zip"
    raised = f"/api/recommendations/{report.reference}/02/{FORCE}"
    bundle.write_bytes(site.anybody.get(f"{raised}/bundle").data)
    assert verified(capsys, bundle, vkey(sealing))["openings"]["ok"]
    assert WELSH.encode() in inside(bundle.read_bytes())["texts.jsonl"]


@pytest.mark.parametrize(
    ("first", "later", "verdict", "day"),
    [
        ("2025-07-10", "2025-08-01", "in_time", "2025-07-10"),
        ("2025-07-14", "2025-07-20", "late", "2025-07-14"),
    ],
)
def test_a_text_that_is_added_later_is_no_second_response(
    site, clerk, report, first, later, verdict, day
):
    clerk.records(f"{path(report)}/statement", published(published_on=first))
    before = site.position
    added = {"field": "translation", "now": WELSH, "url": WELSH_PAGE, "seen_on": later}
    clerk.records(f"{path(report)}/revisions", added)
    site.catch_up()

    found = site.anybody.reads(path(report))
    assert (found["verdict"], found["published_on"]) == (verdict, day)
    assert [one["translations"] for one in found["statements"]] == [[TRANSLATION]]
    for then in ({"known_at": before}, {"effective_on": first}):
        assert site.anybody.reads(path(report), **then)["statements"][0]["translations"] == []
    assert (
        site.anybody.reads("/api/search", q="argymhelliad", effective_on=first)["responses"] == []
    )


def test_each_of_the_two_texts_is_redacted_by_itself(site, clerk, report):
    said = published(translations=[TRANSLATION])
    entry = clerk.act(f"{path(report)}/statement", said)
    other = {"field": "translation", "now": f"{WELSH} Diolch.", "seen_on": "2025-09-01"}
    revised = clerk.act(f"{path(report)}/revisions", other)

    confirm(site.admin, seek(clerk, entry, "translations.0.text"))

    (one,) = site.anybody.reads(path(report))["statements"]
    assert (one["text"], one["translations"][0]["text"]) == (ENGLISH, None)
    gone = site.anybody.reads(f"/api/entries/{revised}")["texts"]["now"]
    assert gone["redacted"]["basis"] == "personal_data"


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"text": None}, "Give the text of the response (text) too"),
        ({"translations": [TRANSLATION | {"lang": "en"}]}, "are both in English"),
        ({"text": {"text": WELSH, "lang": "cy"}}, "are both in Welsh"),
    ],
)
def test_a_translation_stands_beside_a_text_in_the_other_language(
    site, clerk, report, changed, says
):
    said = published(translations=[TRANSLATION]) | changed
    site.refuses(clerk, f"{path(report)}/statement", said, "translation", says)


def test_a_second_response_in_welsh_is_led_to_the_first(site, clerk, report):
    clerk.records(f"{path(report)}/statement", published())
    site.catch_up()
    page = path(report).removeprefix("/api")
    with provided(site):
        here = new_browser(site, CLERK)
        second = {"text": WELSH, "text.lang": "cy", "published_on": "11 July 2025"}
        check = Form(here, f"/record{page}/statement").check(**second)
        assert "If yours is the same in Welsh, it is no second response" in check.text

        form = Form(here, follow(here, page, "Add the text in Welsh"))
        assert not {"number", "addressee", "how"} & {
            one.attributes["name"] for one in form.page.css("select, textarea, input:not([type])")
        }
        form.records(now=WELSH, url=WELSH_PAGE, seen_on="11 July 2025")

    (one,) = site.anybody.reads(path(report))["statements"]
    assert one["translations"] == [TRANSLATION]
    assert "published its response in another language too" in site.anybody.get(page).text
