"""A body that changes its name, its force or its end: as it was on the day asked, as known then."""

from typing import Any

import pytest

from tests.api.founding import RECORD_KEPT
from tests.api.town import FORCE, NOTE, PFCC, Town, problem_of, statement

FOUNDING = RECORD_KEPT
"""What is silent is overdue."""


OLD, NEW = "Cumbria Police, Fire and Crime Commissioner", "Mayor of Cumbria"
MAYOR = "cumbria-mayor"
UPDATE = {"text": "Half of it is done.", "occurred_on": "2025-09-01", "source": NOTE}


def renamed(town: Town, name: str, on: str | None, body: str = PFCC) -> int:
    """Record a new name: the position before it."""
    before = town.position
    said = {"id": body, "name": name, "occurred_on": on, "source": NOTE}
    town.admin.records("/api/bodies/changes", said)
    town.catch_up()
    return before


def followed(town: Town, on: str | None = "2025-10-01") -> int:
    """A mayor follows the commissioner: the position before it."""
    mayor = {"id": MAYOR, "name": NEW, "kind": "local_policing_body", "force": FORCE}
    town.admin.records("/api/bodies", mayor)
    before = town.position
    said = {"id": PFCC, "successor": MAYOR, "occurred_on": on, "source": NOTE}
    town.admin.records("/api/bodies/successions", said)
    town.catch_up()
    return before


def names(town: Town, path: str, **asked: Any) -> set[str]:
    """The name in the answer itself, in the list, and in the register."""
    body = {one["id"]: one["name"] for one in town.anybody.reads("/api/bodies", **asked)["items"]}
    listed = town.anybody.reads("/api/responses", body=PFCC, **asked)["items"]
    return {
        town.anybody.reads(path, **asked)["body_name"],
        *(one["body_name"] for one in listed),
        body[PFCC],
    }


def test_a_renamed_body_has_the_name_of_the_day_asked(new_town):
    report = new_town.publish()
    before = renamed(new_town, NEW, "2025-09-01")

    assert names(new_town, report.response) == {NEW}
    assert names(new_town, report.response, effective_on="2025-09-01") == {NEW}
    assert names(new_town, report.response, effective_on="2025-08-31") == {OLD}
    assert names(new_town, report.response, known_at=str(before)) == {OLD}


def test_a_name_of_a_day_not_known_counts_from_its_recording(new_town):
    report = new_town.publish()
    renamed(new_town, NEW, None)

    assert names(new_town, report.response, effective_on="2025-11-23") == {OLD}
    assert names(new_town, report.response, effective_on="2025-11-24") == {NEW}


def test_names_count_in_the_order_of_their_days_not_of_their_entries(new_town):
    report = new_town.publish()
    renamed(new_town, NEW, "2025-09-01")
    renamed(new_town, "Commissioner for Cumbria", "2025-07-01")

    assert names(new_town, report.response) == {NEW}
    assert names(new_town, report.response, effective_on="2025-08-01") == {
        "Commissioner for Cumbria"
    }


def test_pages_show_the_name_of_the_day_asked(new_town):
    report = new_town.publish()
    renamed(new_town, "Cumbria Police Service", "2025-09-01", FORCE)
    page = report.recommendation.removeprefix("/api")

    now = new_town.anybody.get(page).text
    then = new_town.anybody.get(page, effective_on="2025-08-31").text

    assert "to Cumbria Police Service, in" in now
    assert "to Cumbria Constabulary, in" in then


@pytest.mark.parametrize("path", ["/api/responses", "/api/recommendations", "/api/reports"])
def test_a_bodys_duties_concern_its_successor(new_town, path):
    new_town.publish()
    before = followed(new_town)

    def found(body: str, **asked: Any) -> int:
        return len(new_town.anybody.reads(path, body=body, **asked)["items"])

    assert found(MAYOR) == found(PFCC) == 1
    if path == "/api/responses":  # both knew the force's before
        assert found(MAYOR, known_at=str(before)) == 0
        assert found(MAYOR, effective_on="2025-09-30") == 0
        assert found(MAYOR, effective_on="2025-10-01") == 1


def test_a_body_is_asked_about_from_when_it_was_registered(new_town):
    report = new_town.publish()
    before = new_town.position
    followed(new_town)

    found = new_town.anybody.reads(f"/api/bodies/{MAYOR}", effective_on="2025-11-24")
    (late,) = found["taken_over"]["responses"]
    assert (late["report"], late["body"], late["verdict"]) == (report.reference, PFCC, "overdue")
    assert (found["attention"], found["responses"]) == ([], {})
    assert found["last_meeting"] is None
    answer = new_town.anybody.get(f"/api/bodies/{MAYOR}", known_at=str(before))
    problem_of(answer, 404, "not-known-then")
    problem_of(new_town.anybody.get("/api/bodies/atlantis"), 404, "not-recorded")


def test_a_forces_recommendations_concern_its_successor_and_its_office(new_town):
    new_town.publish()
    force = {"id": "north-west-police", "name": "North West Police", "kind": "force"}
    new_town.admin.records("/api/bodies", force)
    new_town.admin.records(
        "/api/bodies",
        {"id": MAYOR, "name": NEW, "kind": "local_policing_body", "force": force["id"]},
    )
    said = {"id": FORCE, "successor": force["id"], "occurred_on": None, "source": NOTE}
    new_town.admin.records("/api/bodies/successions", said)
    new_town.catch_up()

    for body in (force["id"], MAYOR):
        items = new_town.anybody.reads("/api/recommendations", body=body)["items"]
        assert [one["addressee"] for one in items] == [FORCE]


def test_a_body_that_follows_another_answers_for_what_that_one_owed(new_town):
    report = new_town.publish()
    said = {"id": PFCC, "successor": "dorset-pcc", "occurred_on": "2025-10-01", "source": NOTE}
    path = f"{report.response}/statement"
    problem_of(new_town.dorset.post(path, statement()), 403, "not-allowed")

    new_town.admin.records("/api/bodies/successions", said)

    new_town.refuses(new_town.dorset, path, statement(), "source-required", "say by=dorset-pcc")
    answer = new_town.dorset.records(path, statement() | {"by": "dorset-pcc"})
    assert answer["event"]["provenance"] == "first_hand"
    new_town.dorset.records(f"{report.recommendation}/updates", UPDATE)


def test_a_body_that_follows_another_has_its_papers(new_town):
    """It reads, corrects, opens, retracts and takes out what the other recorded."""
    report = new_town.publish()
    path, private = report.recommendation, "How many are asked for?"
    asked = new_town.clerk.act(
        f"{path}/assurances", {"of": FORCE, "question": private, "occurred_on": "2025-09-01"}
    )
    entry = f"/api/entries/{asked}"
    better = {"field": "question", "now": "How many are there?", "reason": "A slip."}
    problem_of(new_town.dorset.post(f"{entry}/corrections", better), 403, "not-allowed")
    assert new_town.dorset.reads(entry)["texts"]["question"]["held"]

    said = {"id": PFCC, "successor": "dorset-pcc", "occurred_on": "2025-10-01", "source": NOTE}
    new_town.admin.records("/api/bodies/successions", said)
    new_town.catch_up()

    assert new_town.dorset.reads(entry)["texts"]["question"]["text"] == private
    new_town.dorset.records(f"{entry}/release", {"field": "question"})
    new_town.dorset.records(f"{entry}/corrections", better)
    sought = {"field": "question", "basis": "entered_in_error"}
    new_town.dorset.records(f"{entry}/redaction", sought)
    new_town.dorset.records(f"{entry}/retraction", {"reason": "It was never sent."})
    new_town.catch_up()
    assert new_town.clerk.reads(path)["assurances"]["items"] == []


def test_a_successors_publication_for_its_predecessor_is_its_own_word(new_town):
    report = new_town.publish()
    said = {"id": PFCC, "successor": "dorset-pcc", "occurred_on": "2025-10-01", "source": NOTE}
    new_town.admin.records("/api/bodies/successions", said)
    own = statement("2025-07-10") | {"by": "dorset-pcc"}

    new_town.dorset.records(f"{report.response}/statement", own)
    new_town.catch_up()

    sentences = new_town.anybody.reads(f"{report.response}/working")["sentences"]
    assert any("on the body’s own word" in one for one in sentences), sentences
    assert new_town.anybody.reads(report.response)["coverage"]["explained_now"] == 1
    page = new_town.anybody.get(report.response.removeprefix("/api")).text
    assert "On recommendation 2 I will seek assurance." in page
    assert "No record of an answer" not in page


def test_a_body_that_ended_has_no_part_in_what_its_successor_owes(new_town):
    said = {"id": "dorset-pcc", "successor": PFCC, "occurred_on": None, "source": NOTE}
    new_town.admin.records("/api/bodies/successions", said)
    report = new_town.publish()

    answer = new_town.dorset.post(f"{report.recommendation}/updates", UPDATE)

    problem_of(answer, 403, "not-allowed")
    assert new_town.anybody.reads("/api/responses", body="dorset-pcc")["items"] == []


def test_a_body_is_not_followed_by_one_that_it_follows(new_town):
    for one, two in (("dorset-pcc", "kent-pcc"), ("kent-pcc", "surrey-pcc")):
        said = {"id": one, "successor": two, "occurred_on": None, "source": NOTE}
        new_town.admin.records("/api/bodies/successions", said)

    new_town.refuses(
        new_town.admin,
        "/api/bodies/successions",
        {"id": "surrey-pcc", "successor": "dorset-pcc", "occurred_on": None, "source": NOTE},
        "own-successor",
        "“surrey-pcc” follows “dorset-pcc” already",
    )
