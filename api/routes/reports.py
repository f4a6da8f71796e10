"""Reports as JSON: publishing one with its recommendations and duties, and reading them; the
publishers' lists that they were compared with; and a search by words."""

from typing import Any

from flask import Response

from api.requests import questions
from api.requests.answers import answered
from api.requests.parsing import Blueprint
from api.routes.acts import add_routes
from api.schemas.reads import Asked, AskedReports, AskedSearch, string
from projections.answers.comparison import ListsCompared
from projections.answers.lists import ReportsPage
from projections.answers.report import ReportFound
from projections.answers.search import Found
from projections.questions import comparisons as with_lists
from projections.questions import lists
from projections.questions import report as report_question
from projections.questions import search as by_words

blueprint = Blueprint("reports", __name__, description="Reports and their recommendations.")
comparisons = Blueprint(
    "lists_compared", __name__, description="How complete the log is, as far as that is known."
)


@blueprint.reads("/api/reports", AskedReports, ReportsPage)
def reports(asked: dict[str, Any]) -> Response:
    """Return the reports, newest first."""
    filters = questions.filters(asked)
    return answered(lists.reports(questions.question(), **filters))


@blueprint.reads("/api/reports/<report>", Asked, ReportFound)
def report(asked: dict[str, Any], report: str) -> Response:
    """Return a report with its recommendations and the responses owed to it."""
    found = report_question.report(questions.question(), report)
    return answered(found, found.version)


add_routes(blueprint, "/api/reports")


class AskedListsCompared(Asked):
    publisher = string("Only this publisher, by its id.")


@comparisons.reads("/api/lists-compared", AskedListsCompared, ListsCompared)
def lists_compared(asked: dict[str, Any]) -> Response:
    """Return for each publisher the last comparison of its reports with its own list; null if none
    is recorded."""
    found = with_lists.lists_compared(questions.question(), publisher=asked.get("publisher"))
    return answered(found)


searches = Blueprint("search", __name__, description="Bodies, reports, recommendations by words.")


@searches.reads("/api/search", AskedSearch, Found)
def search(asked: dict[str, Any]) -> Response:
    """Return the first bodies, reports and recommendations that have some words."""
    return answered(by_words.search(questions.question(), asked["q"]))
