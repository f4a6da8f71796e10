"""What lists are asked for by, in the address of their JSON and of their page alike."""

from typing import get_args

import marshmallow as ma

from api.schemas.answers import Asked, AskedList
from ledger.events.recommendation import Kind
from ledger.events.report import REPORT_KINDS
from ledger.states.recommendation import Status
from projections.questions.filters import ASSURANCES, DECIDED, NOT_KNOWN
from projections.questions.totals import GROUPS
from projections.states.recommendation import STANDINGS
from projections.verdict.compliance import BASES, VERDICTS

MOST_WORDS = 200
"""Characters of words to look for."""


COUNTED_WITH = (
    "Those that the page of this body counts: as `body`, but where one office follows another, "
    "what is open with whoever holds it, and the rest with whoever held it when the last day had "
    "passed or it was done with."
)


class AboutReports(ma.Schema):
    """What is asked of a report, or of the report that something is about."""

    publisher = ma.fields.String(
        metadata={
            "description": "Reports that this body published, alone or with others, or what is "
            "about them."
        }
    )
    year = ma.fields.String(
        validate=ma.validate.Regexp(
            rf"([0-9]{{4}}|{NOT_KNOWN})?\Z", error="Give a year in four digits, such as 2025."
        ),
        metadata={
            "description": f"The year in which the report was published; `{NOT_KNOWN}`: that is "
            "not known."
        },
    )


class AskedReports(AskedList, AboutReports):
    body = ma.fields.String(metadata={"description": "Those that concern this body."})
    kind = ma.fields.String(
        validate=ma.validate.OneOf(REPORT_KINDS), metadata={"description": "Those of this kind."}
    )
    q = ma.fields.String(
        validate=ma.validate.Length(max=MOST_WORDS),
        metadata={"description": "Words in its title, as in a web search."},
    )


class AskedRecommendations(AskedList, AboutReports):
    body = ma.fields.String(metadata={"description": "Those that concern this body."})
    counted_with = ma.fields.String(metadata={"description": COUNTED_WITH})
    addressee = ma.fields.String(metadata={"description": "Those to this body itself."})
    report = ma.fields.String(metadata={"description": "Those of this report, by its reference."})
    kind = ma.fields.String(
        validate=ma.validate.OneOf(get_args(Kind)),
        metadata={"description": "What the report calls it."},
    )
    status = ma.fields.String(
        validate=ma.validate.OneOf(get_args(Status)),
        metadata={"description": "How it stands. A claim is not closure."},
    )
    target = ma.fields.String(
        validate=ma.validate.OneOf(STANDINGS),
        metadata={
            "description": "`passed`: its day is over, and neither closure nor a claim of "
            "completion is recorded; `over`: one is, or it was withdrawn or superseded, or it may "
            "have been so by then, or been given more time, which does not say that the target was "
            "met."
        },
    )
    decided = ma.fields.String(
        validate=ma.validate.OneOf(tuple(DECIDED)),
        metadata={
            "description": "`refused`: closure was refused; `reopened`: it was opened again; "
            "where nothing closed or ended it since."
        },
    )
    assurances = ma.fields.String(
        validate=ma.validate.OneOf(ASSURANCES),
        metadata={"description": "`open`: an assurance was sought that has no reply on record."},
    )
    q = ma.fields.String(
        validate=ma.validate.Length(max=MOST_WORDS),
        metadata={
            "description": "Words in its texts that the reader may read, its updates and "
            "assurances among them, as in a web search: all of them, “in this order”, or, -not. "
            "Of a text, the first 50,000 characters count."
        },
    )


class AskedResponses(AskedList, AboutReports):
    body = ma.fields.String(metadata={"description": "Those that concern this body."})
    counted_with = ma.fields.String(metadata={"description": COUNTED_WITH})
    responder = ma.fields.String(metadata={"description": "Those that this body itself owes."})
    report = ma.fields.String(metadata={"description": "Those to this report, by its reference."})
    kind = ma.fields.String(
        validate=ma.validate.OneOf(REPORT_KINDS), metadata={"description": "Of the report."}
    )
    verdict = ma.fields.String(
        validate=ma.validate.OneOf(VERDICTS),
        metadata={"description": "Whether it is in time, on the day asked about."},
    )
    basis = ma.fields.String(
        validate=ma.validate.OneOf(BASES),
        metadata={"description": "What the verdict rests on."},
    )


class EveryRecommendation(AskedRecommendations):
    """What a file of all of them takes."""

    class Meta(AskedRecommendations.Meta):
        exclude = ("after", "limit")


class EveryResponse(AskedResponses):
    """What a file of all of them takes."""

    class Meta(AskedResponses.Meta):
        exclude = ("after", "limit")


class AskedSearch(Asked):
    q = ma.fields.String(
        required=True,
        validate=ma.validate.Length(min=1, max=MOST_WORDS),
        metadata={
            "description": "Words, as in the lists of reports and recommendations; of bodies, the "
            "beginnings of words in their names."
        },
    )


class AskedCompliance(Asked, AboutReports):
    group_by = ma.fields.String(
        load_default="body",
        validate=ma.validate.OneOf(GROUPS),
        metadata={"description": "By body, by kind of report, or by the report's year."},
    )
    body = ma.fields.String(metadata={"description": "Responses that concern this body."})
    report = ma.fields.String(metadata={"description": "Responses to this report."})
    kind = ma.fields.String(
        validate=ma.validate.OneOf(REPORT_KINDS),
        metadata={"description": "Responses to reports of this kind."},
    )


class AskedMeetings(AskedList):
    panel = ma.fields.String(metadata={"description": "Those of this panel."})
