"""A duty comes and goes with its report: that is a change, though no entry is its own."""

from tests.api.town import PFCC


def _gone(town, since, **asked):
    town.catch_up()
    found = town.anybody.reads("/api/changes", **{"from": since}, **asked)
    return {
        (one["about"]["type"], one["because"]): [each["type"] for each in one["entries"]]
        for one in found["items"]
        if one["change"] == "removed"
    }


def test_a_report_that_is_retracted_takes_what_is_owed_with_it(town):
    report = town.publish(recommendations=[])
    town.catch_up()
    since = town.position

    path = f"/api/entries/{report.entry('report-published')}/retraction"
    town.clerk.records(path, {"reason": "It is another body's."})

    for asked in ({"report": report.reference}, {"body": PFCC}):
        assert _gone(town, since, **asked) == {
            ("report", "entries"): ["entry-retracted"],
            ("response", "entries"): ["entry-retracted"],
        }
