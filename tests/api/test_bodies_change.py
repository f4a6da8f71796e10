"""A body that changes its name, its force or its end: as it was on the day asked, as known then."""

from typing import Any

from tests.api.founding import RECORD_KEPT
from tests.api.site import FORCE, NOTE, PFCC, Site, problem_of, statement

FOUNDING = RECORD_KEPT
"""What is silent is overdue."""


OLD, NEW = "Cumbria Police, Fire and Crime Commissioner", "Mayor of Cumbria"
MAYOR = "cumbria-mayor"
UPDATE = {"text": "Half of it is done.", "occurred_on": "2025-09-01", "source": NOTE}


def renamed(site: Site, name: str, on: str | None, body: str = PFCC) -> int:
    """Record a new name: the position before it."""
    before = site.position
    said = {"id": body, "name": name, "occurred_on": on, "source": NOTE}
    site.admin.records("/api/bodies/changes", said)
    site.catch_up()
    return before


def followed(site: Site, on: str | None = "2025-10-01") -> int:
    """A mayor follows the commissioner: the position before it."""
    mayor = {"id": MAYOR, "name": NEW, "kind": "local_policing_body", "force": FORCE}
    site.admin.records("/api/bodies", mayor)
    before = site.position
    said = {"id": PFCC, "successor": MAYOR, "occurred_on": on, "source": NOTE}
    site.admin.records("/api/bodies/successions", said)
    site.catch_up()
    return before


def names(site: Site, path: str, **asked: Any) -> set[str]:
    """The name in the answer itself, in the list, and in the register."""
    body = {one["id"]: one["name"] for one in site.anybody.reads("/api/bodies", **asked)["items"]}
    listed = site.anybody.reads("/api/responses", body=PFCC, **asked)["items"]
    return {
        site.anybody.reads(path, **asked)["body_name"],
        *(one["body_name"] for one in listed),
        body[PFCC],
    }


def test_a_renamed_body_has_the_name_of_the_day_asked(new_site):
    report = new_site.publish()
    before = renamed(new_site, NEW, "2025-09-01")

    assert names(new_site, report.response) == {NEW}
    assert names(new_site, report.response, effective_on="2025-09-01") == {NEW}
    assert names(new_site, report.response, effective_on="2025-08-31") == {OLD}
    assert names(new_site, report.response, known_at=str(before)) == {OLD}


def test_a_name_of_a_day_not_known_counts_from_its_recording(new_site):
    report = new_site.publish()
    renamed(new_site, NEW, None)

    assert names(new_site, report.response, effective_on="2025-11-23") == {OLD}
    assert names(new_site, report.response, effective_on="2025-11-24") == {NEW}


def test_names_count_in_the_order_of_their_days_not_of_their_entries(new_site):
    report = new_site.publish()
    renamed(new_site, NEW, "2025-09-01")
    renamed(new_site, "Commissioner for Cumbria", "2025-07-01")

    assert names(new_site, report.response) == {NEW}
    assert names(new_site, report.response, effective_on="2025-08-01") == {
        "Commissioner for Cumbria"
    }


def test_pages_show_the_name_of_the_day_asked(new_site):
    report = new_site.publish()
    renamed(new_site, "Cumbria Police Service", "2025-09-01", FORCE)
    page = report.recommendation.removeprefix("/api")

    now = new_site.anybody.get(page).text
    then = new_site.anybody.get(page, effective_on="2025-08-31").text

    assert "to Cumbria Police Service, in" in now
    assert "to Cumbria Constabulary, in" in then


def test_a_bodys_duties_concern_its_successor(new_site):
    new_site.publish()
    before = followed(new_site)

    def found(body: str, name: str = "responses", **asked: Any) -> int:
        return len(new_site.anybody.reads(f"/api/{name}", body=body, **asked)["items"])

    for name in ("responses", "recommendations", "reports"):
        assert found(MAYOR, name) == found(PFCC, name) == 1
    # Both knew the force's before, but not what the other owes.
    assert found(MAYOR, known_at=str(before)) == 0
    assert found(MAYOR, effective_on="2025-09-30") == 0
    assert found(MAYOR, effective_on="2025-10-01") == 1


def test_a_body_is_asked_about_from_when_it_was_registered(new_site):
    report = new_site.publish()
    before = new_site.position
    followed(new_site)

    found = new_site.anybody.reads(f"/api/bodies/{MAYOR}", effective_on="2025-11-24")
    (late,) = found["taken_over"]["responses"]
    assert (late["report"], late["body"], late["verdict"]) == (report.reference, PFCC, "overdue")
    assert (found["attention"], found["responses"]) == ([], {})
    assert found["last_meeting"] is None
    answer = new_site.anybody.get(f"/api/bodies/{MAYOR}", known_at=str(before))
    problem_of(answer, 404, "not-known-then")
    problem_of(new_site.anybody.get("/api/bodies/atlantis"), 404, "not-recorded")


def test_a_forces_recommendations_concern_its_successor_and_its_office(new_site):
    new_site.publish()
    force = {"id": "north-west-police", "name": "North West Police", "kind": "force"}
    new_site.admin.records("/api/bodies", force)
    new_site.admin.records(
        "/api/bodies",
        {"id": MAYOR, "name": NEW, "kind": "local_policing_body", "force": force["id"]},
    )
    said = {"id": FORCE, "successor": force["id"], "occurred_on": None, "source": NOTE}
    new_site.admin.records("/api/bodies/successions", said)
    new_site.catch_up()

    for body in (force["id"], MAYOR):
        items = new_site.anybody.reads("/api/recommendations", body=body)["items"]
        assert [one["addressee"] for one in items] == [FORCE]


def test_a_body_that_follows_another_answers_for_what_that_one_owed(new_site):
    report = new_site.publish()
    said = {"id": PFCC, "successor": "dorset-pcc", "occurred_on": "2025-10-01", "source": NOTE}
    path = f"{report.response}/statement"
    problem_of(new_site.dorset.post(path, statement()), 403, "not-allowed")

    new_site.admin.records("/api/bodies/successions", said)

    new_site.refuses(new_site.dorset, path, statement(), "source-required", "say by=dorset-pcc")
    answer = new_site.dorset.records(path, statement() | {"by": "dorset-pcc"})
    assert answer["event"]["provenance"] == "first_hand"
    new_site.dorset.records(f"{report.recommendation}/updates", UPDATE)


def test_a_body_that_follows_another_has_its_papers(new_site):
    """It reads, corrects, opens, retracts and takes out what the other recorded."""
    report = new_site.publish()
    path, private = report.recommendation, "How many are asked for?"
    asked = new_site.clerk.act(
        f"{path}/assurances", {"of": FORCE, "question": private, "occurred_on": "2025-09-01"}
    )
    entry = f"/api/entries/{asked}"
    better = {"field": "question", "now": "How many are there?", "reason": "A slip."}
    problem_of(new_site.dorset.post(f"{entry}/corrections", better), 403, "not-allowed")
    assert new_site.dorset.reads(entry)["texts"]["question"]["held"]

    said = {"id": PFCC, "successor": "dorset-pcc", "occurred_on": "2025-10-01", "source": NOTE}
    new_site.admin.records("/api/bodies/successions", said)
    new_site.catch_up()

    assert new_site.dorset.reads(entry)["texts"]["question"]["text"] == private
    new_site.dorset.records(f"{entry}/release", {"field": "question"})
    new_site.dorset.records(f"{entry}/corrections", better)
    sought = {"field": "question", "basis": "entered_in_error"}
    new_site.dorset.records(f"{entry}/redaction", sought)
    new_site.dorset.records(f"{entry}/retraction", {"reason": "It was never sent."})
    new_site.catch_up()
    assert new_site.clerk.reads(path)["assurances"]["items"] == []


def test_a_successors_publication_for_its_predecessor_is_its_own_word(new_site):
    report = new_site.publish()
    said = {"id": PFCC, "successor": "dorset-pcc", "occurred_on": "2025-10-01", "source": NOTE}
    new_site.admin.records("/api/bodies/successions", said)
    own = statement("2025-07-10") | {"by": "dorset-pcc"}

    new_site.dorset.records(f"{report.response}/statement", own)
    new_site.catch_up()

    sentences = new_site.anybody.reads(f"{report.response}/working")["sentences"]
    assert any("on the body’s own word" in one for one in sentences), sentences
    assert new_site.anybody.reads(report.response)["coverage"]["explained_now"] == 1
    page = new_site.anybody.get(report.response.removeprefix("/api")).text
    assert "On recommendation 2 I will seek assurance." in page
    assert "No record of an answer" not in page


def test_a_body_that_ended_has_no_part_in_what_its_successor_owes(new_site):
    said = {"id": "dorset-pcc", "successor": PFCC, "occurred_on": None, "source": NOTE}
    new_site.admin.records("/api/bodies/successions", said)
    report = new_site.publish()

    answer = new_site.dorset.post(f"{report.recommendation}/updates", UPDATE)

    problem_of(answer, 403, "not-allowed")
    assert new_site.anybody.reads("/api/responses", body="dorset-pcc")["items"] == []


def test_a_body_is_not_followed_by_one_that_it_follows(whole_site):
    for one, two in (("dorset-pcc", "kent-pcc"), ("kent-pcc", "surrey-pcc")):
        said = {"id": one, "successor": two, "occurred_on": None, "source": NOTE}
        whole_site.admin.records("/api/bodies/successions", said)

    whole_site.refuses(
        whole_site.admin,
        "/api/bodies/successions",
        {"id": "surrey-pcc", "successor": "dorset-pcc", "occurred_on": None, "source": NOTE},
        "own-successor",
        "“surrey-pcc” follows “dorset-pcc” already",
    )
