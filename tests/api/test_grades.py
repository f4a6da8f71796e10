"""The grades that a report gave: whose word they are, what shows them, and that each is recorded
once."""

import pytest

from tests.api.test_recommendation_page import words
from tests.api.town import FORCE, NOTE, PAGE, PFCC, Published

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


def test_a_grade_is_the_publishers_act_and_has_its_source(town, report, grades):
    town.refuses(town.clerk, grades, grade(), "source-required", "source")
    town.refuses(town.clerk, grades, grade(by=PFCC, source=PAGE), "whose-act", "not of")

    entry = town.clerk.act(grades, grade(source=PAGE | {"note": "Its page."}))

    (one,) = town.anybody.reads(report.path)["grades"]
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
    town.hmicfrs.act(grades, grade(TREATMENT))
    assert town.anybody.reads(report.path)["grades"][1]["provenance"] == "first_hand"


def test_a_grade_is_of_a_recorded_report_and_of_a_body_of_the_register(town, grades):
    town.refuses(town.clerk, grades, grade(body="camelot", source=PAGE), "unknown-body", "camelot")
    path = "/api/reports/nothing/grades"
    town.refuses(town.clerk, path, grade(source=PAGE), "not-recorded", "nothing", status=404)
    early = grade(on="2025-05-15", source=PAGE)
    town.refuses(town.clerk, grades, early, "not-before-the-report", "before the report")


def test_the_same_question_body_and_day_has_one_grade(town, grades):
    first = town.hmicfrs.act(grades, grade())
    again = grade("investigating  Crime".replace("  ", " "), "Good")
    town.refuses(town.hmicfrs, grades, again, "grade-exists", first)
    town.hmicfrs.act(grades, again | {"body": "dorset-police"})
    town.hmicfrs.act(grades, again | {"on": "2025-09-01"})

    other = town.hmicfrs.act(grades, grade(TREATMENT))
    asked = WHY | {"field": "question", "now": CRIME}
    path = f"/api/entries/{other}/corrections"
    town.refuses(town.hmicfrs, path, asked, "grade-exists", first)
    retraction = town.hmicfrs.act(f"/api/entries/{first}/retraction", WHY)
    town.hmicfrs.act(path, asked)
    path = f"/api/entries/{retraction}/retraction"
    town.refuses(town.hmicfrs, path, WHY, "grade-exists", other)


def test_a_grade_is_corrected_and_retracted_and_was_known_otherwise_before(town, report, grades):
    entry = town.hmicfrs.act(grades, grade())
    before = town.position
    path = f"/api/entries/{entry}/corrections"
    town.refuses(
        town.hmicfrs, path, WHY | {"field": "body", "now": "dorset-police"}, "not-correctable",
        "which body",
    )  # fmt: skip
    town.hmicfrs.act(path, WHY | {"field": "grade", "now": "Good"})
    assert given(town.anybody.reads(report.path)) == [(CRIME, "Good")]

    town.hmicfrs.act(f"/api/entries/{entry}/retraction", WHY)

    assert given(town.anybody.reads(report.path)) == []
    assert given(town.anybody.reads(report.path, known_at=before)) == [(CRIME, "Adequate")]


def test_grades_come_by_question_in_the_order_in_which_they_were_recorded(town, report, grades):
    dorset = {"body": "dorset-police"}
    for one in (
        grade(TREATMENT, "Inadequate"),
        grade(CRIME, "Outstanding"),
        grade(TREATMENT, "Good", **dorset),
        grade(CRIME, "Good", on="2025-09-01"),
    ):
        town.hmicfrs.act(grades, one)

    assert given(town.anybody.reads(report.path)) == [
        (TREATMENT, "Inadequate"),
        (TREATMENT, "Good"),
        (CRIME, "Outstanding"),
        (CRIME, "Good"),
    ]
    assert given(town.anybody.reads(report.path, effective_on="2025-08-31"))[-1] == (
        CRIME,
        "Outstanding",
    )


def test_an_office_adds_grades_of_its_own_force_alone_to_anothers_report(town):
    report = town.publish(by=town.hmicfrs)
    path = f"{report.path}/grades"

    town.clerk.act(path, grade(source=PAGE))

    other = grade(body="dorset-police", source=PAGE)
    town.refuses(town.clerk, path, other, "report-owner", "grades given to its own body or force")


def test_a_report_that_is_retracted_has_no_grades_and_has_them_again(town, report, grades):
    town.hmicfrs.act(grades, grade())
    entry = report.entry("report-published")

    gone = town.clerk.act(f"/api/entries/{entry}/retraction", WHY)
    assert town.anybody.get(report.path).status_code == 404
    town.clerk.act(f"/api/entries/{gone}/retraction", WHY)

    assert given(town.anybody.reads(report.path)) == [(CRIME, "Adequate")]


# What shows them


def test_the_page_of_the_report_cites_them_with_whose_word_they_are(town, report, grades):
    town.hmicfrs.act(grades, grade())
    town.hmicfrs.act(grades, grade(TREATMENT, "Good"))

    text = words(town.anybody.get(report.path.removeprefix("/api")))

    assert (
        "Grades Given to Cumbria Constabulary by HMICFRS on 16 May 2025. Cited as published: "
        f"nothing is added up or ranked. {CRIME} Adequate The entry {TREATMENT} Good The entry"
    ) in text


def test_a_grade_of_several_sources_says_each(town, report, grades):
    town.hmicfrs.act(grades, grade())
    town.clerk.act(grades, grade(TREATMENT, "Good", body="dorset-police", source=NOTE))

    text = words(town.anybody.get(report.path.removeprefix("/api")))

    assert f"{CRIME} Cumbria Constabulary: Adequate by HMICFRS on 16 May 2025 The entry" in text
    assert f"{TREATMENT} Dorset Police: Good by HMICFRS on 16 May 2025, as reported by" in text


def test_the_pack_of_the_body_has_those_of_the_last_three_reports(new_town):
    reports = [new_town.publish(published_on=f"202{year}-03-01") for year in range(1, 5)]
    for n, one in enumerate(reports):
        path, on = f"{one.path}/grades", {"on": f"202{n + 1}-03-01"}
        new_town.hmicfrs.act(path, grade(given=f"Grade {n}", **on))
        new_town.hmicfrs.act(path, grade(given="Not here", body="dorset-police", **on))

    for body in (PFCC, FORCE):
        found = new_town.anybody.reads(f"/api/bodies/{body}")["grades"]

        assert [one["report"] for one in found] == [one.reference for one in reports[:0:-1]]
        assert [given(one) for one in found] == [[(CRIME, f"Grade {n}")] for n in (3, 2, 1)]
    text = words(new_town.anybody.get(f"/bodies/{PFCC}/pack"))
    assert "Grades of the inspectorates: 3 reports" in text
    assert "Given to Cumbria Constabulary by HMICFRS on 1 March 2024." in text
    assert "Not here" not in text
