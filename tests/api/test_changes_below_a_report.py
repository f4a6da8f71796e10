"""A duty comes and goes with its report: that is a change, though no entry is its own."""

from tests.api.site import PFCC


def _gone(site, since, **asked):
    site.catch_up()
    found = site.anybody.reads("/api/changes", **{"from": since}, **asked)
    return {
        (one["about"]["type"], one["because"]): [each["type"] for each in one["entries"]]
        for one in found["items"]
        if one["change"] == "removed"
    }


def test_a_report_that_is_retracted_takes_what_is_owed_with_it(site):
    report = site.publish(recommendations=[])
    site.catch_up()
    since = site.position

    path = f"/api/entries/{report.entry('report-published')}/retraction"
    site.clerk.records(path, {"reason": "It is another body's."})

    for asked in ({"report": report.reference}, {"body": PFCC}):
        assert _gone(site, since, **asked) == {
            ("report", "entries"): ["entry-retracted"],
            ("response", "entries"): ["entry-retracted"],
        }
