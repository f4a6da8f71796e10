"""Reports, as JSON: publishing one with all that it brings, and reading them."""

from typing import Any

from flask import Response

from api import current
from api.acts import add_routes, writes
from api.requests import Blueprint, answered, how, made_before, written
from api.schemas.acts import SCHEMAS
from api.schemas.answers import Answer, Asked, AskedReports, Page, Written
from ledger.acts.report import Raise
from ledger.application import How
from ledger.events import RecommendationRaised, ReportPublished, ReportRevised, ReportTakenOver
from ledger.reading import Recorded
from ledger.service import Account
from ledger.vocabulary import ACTS, Act

blueprint = Blueprint("reports", __name__, description="Reports and their recommendations.")


@blueprint.post("/api/reports")
@blueprint.arguments(SCHEMAS[ReportPublished])
@blueprint.response(201, Written)
@writes
def publish_report(sent: dict[str, Any]) -> Response:
    """Publish a report with its recommendations and the duties of the bodies named."""
    account = current.account_needed()
    if (before := made_before(account)) is not None:
        return before
    recorded = current.ledger().publish_report(
        account,
        ReportPublished(**sent["said"]),
        sent["told"],
        reference=sent.get("reference"),
        bodies=sent["bodies"],
        recommendations=[_raise(one) for one in sent.get("recommendations", [])],
        how=how(account),
    )
    return written(recorded)


@blueprint.post("/api/reports/<report>/recommendations")
@blueprint.arguments(SCHEMAS[RecommendationRaised])
@blueprint.response(201, Written)
@writes
def raise_recommendation(sent: dict[str, Any], report: str) -> Response:
    """Raise one more recommendation of a report, to one or more bodies."""
    account = current.account_needed()
    if (before := made_before(account)) is not None:
        return before
    recorded = current.ledger().raise_recommendation(
        account, report, _raise(sent), sent["told"], how(account)
    )
    return written(recorded)


@blueprint.get("/api/reports")
@blueprint.arguments(AskedReports, location="query")
@blueprint.response(200, Page)
def reports(asked: dict[str, Any]) -> Response:
    """The reports, newest first."""
    current.names_are_known(asked)
    return answered(
        current.register().reports(
            current.when(),
            body=asked.get("body"),
            after=asked.get("after"),
            limit=asked["limit"],
        )
    )


@blueprint.get("/api/reports/<report>")
@blueprint.arguments(Asked, location="query")
@blueprint.response(200, Answer)
def report(asked: dict[str, Any], report: str) -> Response:
    """A report with its recommendations and the responses owed to it."""
    found = current.register().report(current.when(), report)
    return answered(found, found["version"])


def _record(
    account: Account, act: Act, sent: dict[str, Any], where: dict[str, str], how: How
) -> Recorded:
    ledger, report = current.ledger(), where["report"]
    if act.event is ReportTakenOver:
        return ledger.take_report_over(account, report, sent["told"], how)
    return ledger.revise_report(
        account,
        report,
        sent["told"],
        field=sent["said"]["field"],
        now=sent["now"],
        how=how,
    )


def _raise(sent: dict[str, Any]) -> Raise:
    return Raise(event=RecommendationRaised(**sent["said"]), addressees=tuple(sent["addressees"]))


add_routes(
    blueprint, [act for act in ACTS if act.event in (ReportRevised, ReportTakenOver)], _record
)
