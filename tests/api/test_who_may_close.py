"""An inspectorate lets bodies close its recommendations: recorder by whose decision by what it
lets."""

import html
import re
from typing import Any

import pytest

from tests.api.founding import FEW_BODIES
from tests.api.site import FORCE, NOTE, PFCC, Published, Site, json_of

FOUNDING = FEW_BODIES

REASON = {"reason": "They have seen it done.", "occurred_on": "2025-07-01"}
THE_FORCE = ("force-never-closes", "Cumbria Constabulary cannot record this: a force's own word")
NOT_THE_FORCE = ("who-may-close", "Cumbria Constabulary cannot decide on closure")
NOT_THE_OFFICE = ("who-may-close", "Cumbria Police, Fire and Crime Commissioner cannot decide")
NOT_ITSELF = ("who-may-close", "that is cqc")
NOT_DORSET = ("who-may-close", "Dorset Police and Crime Commissioner cannot decide on closure")
NOT_THEIRS = ("not-allowed", "neither is it, nor holds it to account")

TABLE: list[tuple[list[str], str, str | None, dict[str, str] | None, Any]] = [
    # closes_by, who records, by, source, what comes of it
    (["cqc"], "hmicfrs", "cqc", NOTE, "reported"),
    (["cqc"], "clerk", "cqc", NOTE, "reported"),
    (["cqc"], "hmicfrs", None, None, NOT_ITSELF),
    (["inspectorate"], "hmicfrs", None, None, "first_hand"),
    (["inspectorate"], "hmicfrs", "cqc", NOTE, "reported"),
    (["inspectorate"], "clerk", PFCC, None, NOT_THE_OFFICE),
    ([PFCC], "clerk", PFCC, None, "first_hand"),
    ([PFCC], "hmicfrs", PFCC, NOTE, "reported"),
    ([PFCC], "force", PFCC, NOTE, THE_FORCE),
    (["local_policing_body"], "clerk", PFCC, None, "first_hand"),
    (["local_policing_body"], "clerk", "dorset-pcc", NOTE, NOT_DORSET),
    (["local_policing_body"], "dorset", "dorset-pcc", None, NOT_THEIRS),
    (["dorset-pcc"], "dorset", "dorset-pcc", None, "first_hand"),
    ([FORCE], "force", FORCE, None, THE_FORCE),
    (["force", FORCE], "clerk", FORCE, NOTE, NOT_THE_FORCE),
    (["force", "hmicfrs"], "force", None, NOTE, THE_FORCE),
]


def lets(site: Site, *closes_by: str) -> None:
    """Change who may close what HMICFRS recommends."""
    site.admin.records(
        "/api/bodies/changes",
        {"id": "hmicfrs", "closes_by": list(closes_by), "occurred_on": None, "source": NOTE},
    )


def decision(by: str | None, source: dict[str, str] | None) -> dict[str, Any]:
    return REASON | ({"by": by} if by else {}) | ({"source": source} if source else {})


def test_a_closure_is_taken_from_whom_the_inspectorate_lets(site):
    for closes_by, who, by, source, comes in TABLE:
        report = site.publish()
        lets(site, *closes_by)
        path, said = f"{report.recommendation}/closures", decision(by, source)

        if isinstance(comes, tuple):
            status = 403 if comes[0] == "not-allowed" else 409
            site.refuses(site.caller(who), path, said, *comes, status=status)
            assert site.anybody.reads(report.recommendation)["status"] == "open"
            continue
        site.caller(who).records(path, said)

        closed = site.anybody.reads(report.recommendation)["closed"]
        assert (closed["by"], closed["provenance"]) == (by or "hmicfrs", comes)
        assert closed["on"] == "2025-07-01"


def test_an_inspectorate_that_lets_another_close_still_withdraws_what_is_its_own(site):
    report = site.publish()
    lets(site, "cqc")

    site.hmicfrs.records(f"{report.recommendation}/withdrawals", REASON)

    assert site.anybody.reads(report.recommendation)["status"] == "withdrawn"


def test_a_closure_is_judged_by_the_register_of_its_recording(site):
    report = site.publish()
    lets(site, PFCC)
    then = site.position
    site.clerk.records(f"{report.recommendation}/closures", decision(PFCC, None))

    lets(site, "hmicfrs")

    def closers(**asked: Any) -> list[str]:
        bodies = site.anybody.reads("/api/bodies", **asked)["items"]
        found: list[str] = next(one["closes_by"] for one in bodies if one["id"] == "hmicfrs")
        return found

    assert (closers(known_at=str(then)), closers()) == ([PFCC], ["hmicfrs"])
    assert site.anybody.reads(report.recommendation)["status"] == "closed"
    another = site.publish()
    site.refuses(
        site.clerk,
        f"{another.recommendation}/closures",
        decision(PFCC, None),
        *NOT_THE_OFFICE,
    )


def test_closers_are_bodies_of_the_register_or_kinds(site):
    says = "“camelot” is neither in the register of bodies nor a kind of body"
    body = {"id": "avalon", "name": "Avalon", "kind": "inspectorate"}

    site.refuses(site.admin, "/api/bodies", body | {"closes_by": ["camelot"]}, "closes-by", says)
    site.refuses(
        site.admin,
        "/api/bodies/changes",
        {"id": "hmicfrs", "closes_by": ["hmicfrs", "camelot"], "occurred_on": None},
        "closes-by",
        says,
    )
    site.admin.records("/api/bodies", body | {"closes_by": ["avalon", "cqc", "panel"]})


def page(site: Site, report: Published) -> str:
    answer = site.anybody.get(report.recommendation.removeprefix("/api"))
    assert answer.status_code == 200
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


LETTER = {"note": {"text": "a letter of 3 March", "audience": "public"}}
FOR_THE_OFFICE = {"note": {"text": "e-mail of 3 March", "audience": "office"}}
OFFICE = "as reported by Cumbria Police, Fire and Crime Commissioner"


@pytest.mark.parametrize(
    ("source", "says"),
    [
        (LETTER, f"on 1 July 2025, {OFFICE} from “a letter of 3 March”."),
        ({"url": "https://a.example/l"}, f"on 1 July 2025, {OFFICE} from https://a.example/l."),
        (FOR_THE_OFFICE, f"on 1 July 2025, {OFFICE}."),
    ],
    ids=["letter", "address", "for-the-office"],
)
def test_a_closure_that_is_reported_reads_so(site, report, source, says):
    site.clerk.records(f"{report.recommendation}/closures", decision(None, source))

    said = page(site, report)

    assert "Closed by His Majesty" in said
    assert says in said


def test_a_closure_of_the_inspectorates_own_reads_plainly(site, report):
    site.hmicfrs.records(f"{report.recommendation}/closures", REASON)

    assert "Closed by HMICFRS on 1 July 2025." in page(site, report)
    assert json_of(site.anybody.get(report.recommendation))["closed"]["reported_by_name"] is None
