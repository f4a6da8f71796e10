"""The grades that a report gave: whose word they are, what shows them, and that each is recorded
once."""

import csv
import io

import pytest

from tests.api.site import FORCE, NOTE, PAGE, PFCC, Published
from tests.api.test_recommendation_page import words

HMICFRS = "His Majesty's Inspectorate of Constabulary and Fire & Rescue Services"
CRIME, TREATMENT = "Investigating crime", "Treatment of the public"
WHY = {"reason": "A slip."}


def grade(question: str = CRIME, given: str = "Adequate", **more):
    return {"question": question, "grade": given, "body": FORCE, "on": "2025-05-16"} | more


@pytest.fixture
def grades(report: Published) -> str:
    return f"{report.path}/grades"


def given(found) -> list[tuple[str, str]]:
    return [(one["question"], one["grade"]) for one in found["grades"]]


def test_a_grade_is_the_publishers_act_and_has_its_source(site, report, grades):
    site.refuses(site.clerk, grades, grade(), "source-required", "source")
    site.refuses(site.clerk, grades, grade(by=PFCC, source=PAGE), "whose-act", "not of")

    entry = site.clerk.act(grades, grade(source=PAGE | {"note": "Its page."}))

    (one,) = site.anybody.reads(report.path)["grades"]
    assert one == {
        "question": CRIME,
        "grade": "Adequate",
        "body": FORCE,
        "body_name": "Cumbria Constabulary",
        "on": "2025-05-16",
        "by": "hmicfrs",
        "by_name": HMICFRS,
        "provenance": "reported",
        "recorded_by": "cumbria-pfcc/clerk",
        "reported_by_name": "Cumbria Police, Fire and Crime Commissioner",
        "source_note": "Its page.",
        "source_url": PAGE["url"],
        "entry": entry,
    }
    site.hmicfrs.act(grades, grade(TREATMENT))
    assert site.anybody.reads(report.path)["grades"][1]["provenance"] == "first_hand"


def test_a_grade_is_of_a_recorded_report_and_of_a_body_of_the_register(site, grades):
    site.refuses(site.clerk, grades, grade(body="camelot", source=PAGE), "unknown-body", "camelot")
    path = "/api/reports/nothing/grades"
    site.refuses(site.clerk, path, grade(source=PAGE), "not-recorded", "nothing", status=404)
    early = grade(on="2025-05-15", source=PAGE)
    site.refuses(site.clerk, grades, early, "not-before-the-report", "before the report")


def test_the_same_question_body_and_day_has_one_grade(site, grades):
    first = site.hmicfrs.act(grades, grade())
    again = grade("investigating  Crime".replace("  ", " "), "Good")
    site.refuses(site.hmicfrs, grades, again, "grade-exists", first)
    site.hmicfrs.act(grades, again | {"body": "dorset-police"})
    site.hmicfrs.act(grades, again | {"on": "2025-09-01"})

    other = site.hmicfrs.act(grades, grade(TREATMENT))
    asked = WHY | {"field": "question", "now": CRIME}
    path = f"/api/entries/{other}/corrections"
    site.refuses(site.hmicfrs, path, asked, "grade-exists", first)
    retraction = site.hmicfrs.act(f"/api/entries/{first}/retraction", WHY)
    site.hmicfrs.act(path, asked)
    path = f"/api/entries/{retraction}/retraction"
    site.refuses(site.hmicfrs, path, WHY, "grade-exists", other)


def test_a_grade_is_corrected_and_retracted_and_was_known_otherwise_before(site, report, grades):
    entry = site.hmicfrs.act(grades, grade())
    before = site.position
    path = f"/api/entries/{entry}/corrections"
    site.refuses(
        site.hmicfrs, path, WHY | {"field": "body", "now": "dorset-police"}, "not-correctable",
        "which body",
    )  # fmt: skip
    site.hmicfrs.act(path, WHY | {"field": "grade", "now": "Good"})
    assert given(site.anybody.reads(report.path)) == [(CRIME, "Good")]

    site.hmicfrs.act(f"/api/entries/{entry}/retraction", WHY)

    assert given(site.anybody.reads(report.path)) == []
    assert given(site.anybody.reads(report.path, known_at=before)) == [(CRIME, "Adequate")]


def test_grades_come_by_question_in_the_order_in_which_they_were_recorded(site, report, grades):
    dorset = {"body": "dorset-police"}
    for one in (
        grade(TREATMENT, "Inadequate"),
        grade(CRIME, "Outstanding"),
        grade(TREATMENT, "Good", **dorset),
        grade(CRIME, "Good", on="2025-09-01"),
    ):
        site.hmicfrs.act(grades, one)

    assert given(site.anybody.reads(report.path)) == [
        (TREATMENT, "Inadequate"),
        (TREATMENT, "Good"),
        (CRIME, "Outstanding"),
        (CRIME, "Good"),
    ]
    assert given(site.anybody.reads(report.path, effective_on="2025-08-31"))[-1] == (
        CRIME,
        "Outstanding",
    )


def test_an_office_adds_grades_of_its_own_force_alone_to_anothers_report(site):
    report = site.publish(by=site.hmicfrs)
    path = f"{report.path}/grades"

    site.clerk.act(path, grade(source=PAGE))

    other = grade(body="dorset-police", source=PAGE)
    site.refuses(site.clerk, path, other, "report-owner", "grades given to its own body or force")


def test_a_report_that_is_retracted_has_no_grades_and_has_them_again(site, report, grades):
    site.hmicfrs.act(grades, grade())
    entry = report.entry("report-published")

    gone = site.clerk.act(f"/api/entries/{entry}/retraction", WHY)
    assert site.anybody.get(report.path).status_code == 404
    site.clerk.act(f"/api/entries/{gone}/retraction", WHY)

    assert given(site.anybody.reads(report.path)) == [(CRIME, "Adequate")]


# What shows them


def test_the_page_of_the_report_cites_them_with_whose_word_they_are(site, report, grades):
    site.hmicfrs.act(grades, grade())
    site.hmicfrs.act(grades, grade(TREATMENT, "Good"))

    text = words(site.anybody.get(report.path.removeprefix("/api")))

    assert (
        "Grades Given to Cumbria Constabulary by HMICFRS on 16 May 2025. Cited as published: "
        f"nothing is added up or ranked. {CRIME} Adequate The entry {TREATMENT} Good The entry"
    ) in text


def test_a_grade_of_several_sources_says_each(site, report, grades):
    site.hmicfrs.act(grades, grade())
    site.clerk.act(grades, grade(TREATMENT, "Good", body="dorset-police", source=NOTE))

    text = words(site.anybody.get(report.path.removeprefix("/api")))

    assert f"{CRIME} Cumbria Constabulary: Adequate by HMICFRS on 16 May 2025 The entry" in text
    assert f"{TREATMENT} Dorset Police: Good by HMICFRS on 16 May 2025, as reported by" in text


def test_a_file_has_those_of_a_report_or_body_with_the_source_of_each(site, report, grades):
    site.clerk.act(grades, grade(source=NOTE))
    site.hmicfrs.act(grades, grade(TREATMENT, "Good", body="dorset-police"))
    site.catch_up()

    def rows(**asked):
        asked["report"] = report.reference
        file = site.anybody.get("/api/reports/grades.csv", **asked).text.removeprefix("\ufeff")
        return list(csv.DictReader(io.StringIO(file)))

    cumbria, dorset = rows()
    assert (cumbria["Question"], cumbria["Grade"], cumbria["Body"]) == (CRIME, "Adequate", FORCE)
    assert (cumbria["Given on"], cumbria["Given by"]) == ("2025-05-16", "hmicfrs")
    assert (cumbria["Provenance"], cumbria["Source note"]) == ("reported", NOTE["note"])
    assert (dorset["Body"], dorset["Provenance"]) == ("dorset-police", "first_hand")
    assert rows(body=PFCC) == [cumbria]
    assert rows(effective_on="2025-05-15") == rows(year="2024") == []
    page = site.anybody.get(report.path.removeprefix("/api")).text
    assert f"/api/reports/grades.ods?report={report.reference}" in page


def test_the_pack_of_the_body_has_those_of_the_last_three_reports(new_site):
    reports = [new_site.publish(published_on=f"202{year}-03-01") for year in range(1, 5)]
    for n, one in enumerate(reports):
        path, on = f"{one.path}/grades", {"on": f"202{n + 1}-03-01"}
        new_site.hmicfrs.act(path, grade(given=f"Grade {n}", **on))
        new_site.hmicfrs.act(path, grade(given="Not here", body="dorset-police", **on))

    for body in (PFCC, FORCE):
        found = new_site.anybody.reads(f"/api/bodies/{body}")["grades"]

        assert [one["report"] for one in found] == [one.reference for one in reports[:0:-1]]
        assert [given(one) for one in found] == [[(CRIME, f"Grade {n}")] for n in (3, 2, 1)]
    text = words(new_site.anybody.get(f"/bodies/{PFCC}/pack"))
    assert "Grades of the inspectorates: 3 reports" in text
    assert "Given to Cumbria Constabulary by HMICFRS on 1 March 2024." in text
    assert "Not here" not in text
