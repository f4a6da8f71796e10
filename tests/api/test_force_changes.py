"""A body that comes to hold another force to account: what it had to explain before stays."""

import pytest

from tests.api.founding import FEW_BODIES
from tests.api.site import FORCE, NOTE, PFCC, explanation, recommendation, statement

FOUNDING = FEW_BODIES

OTHER = "dorset-police"


@pytest.fixture
def report(new_site):
    """One recommendation to the force that the body held to account, one to another force."""
    return new_site.publish(
        recommendations=[recommendation("2"), recommendation("3", addressees=[OTHER])]
    )


def changed(site, force=OTHER):
    said = {"id": PFCC, "force": force, "occurred_on": None, "source": NOTE}
    site.admin.records("/api/bodies/changes", said)


def addressed(site, report, **asked):
    site.catch_up()
    one = site.anybody.reads(report.response, **asked)
    (listed,) = site.anybody.reads("/api/responses", report=report.reference, **asked)["items"]
    assert listed["coverage"] == one["coverage"]
    assert [each["addressee"] for each in one["recommendations"]] == [FORCE]
    return one["coverage"]["addressed"]


def test_corrections_after_the_register_changed_are_counted(new_site, report):
    changed(new_site)
    raised = report.entry("recommendation-raised")
    kind = {"field": "kind", "now": "cause_of_concern", "reason": "A slip."}
    new_site.clerk.records(f"/api/entries/{raised}/corrections", kind)

    assert addressed(new_site, report) == 0


def test_explanations_after_the_register_changed_are_counted(new_site, report):
    new_site.clerk.records(f"{report.response}/statement", statement(explanations=[]))
    changed(new_site)
    changed(new_site, FORCE)
    more = statement(text="We will do more.", explanations=[explanation()])
    new_site.clerk.records(f"{report.response}/statement", more)
    changed(new_site)

    assert addressed(new_site, report) == 1
    assert new_site.anybody.reads(report.response)["coverage"]["explained_now"] == 1


def test_a_duty_that_arises_later_is_by_the_register_of_then(new_site, report):
    changed(new_site)
    later = new_site.publish(
        recommendations=[recommendation("2"), recommendation("3", addressees=[OTHER])]
    )
    new_site.catch_up()

    found = new_site.anybody.reads(later.response)["recommendations"]
    assert [one["addressee"] for one in found] == [OTHER]
    assert addressed(new_site, report) == 1


def test_a_duty_that_is_worked_out_again_is_by_the_register_as_it_first_arose(new_site, report):
    changed(new_site)
    day = {
        "field": "published_on",
        "now": "2025-05-15",
        "reason": "A slip.",
        "source": new_site.own_page(),
    }
    new_site.clerk.records(f"/api/entries/{report.entry('report-published')}/corrections", day)

    assert addressed(new_site, report) == 1
    assert new_site.anybody.reads(report.response)["due_on"] == "2025-07-09"
