"""One recommendation, one response, and all that is about a report, are the same from the read
models and worked out from the log."""

from dataclasses import replace
from random import Random

import pytest

from ledger.errors import AnswerableError
from projections.as_of import NotKnownYet
from projections.questions import one
from projections.questions.question import asking
from tests.api.town import FORCE
from tests.conftest import examples

ASKED = examples(60, 2000)


def _said(ask, question, of):
    try:
        return ask(question, *of)
    except AnswerableError as error:
        return type(error), str(error)


@pytest.mark.sampled
def test_it_is_the_same_from_the_read_models_and_from_the_log(lived_town):
    lived_town.catch_up()
    entries = lived_town.ledger.read(0, 100_000)
    raised = sorted({e.stream for e in entries if e.stream.startswith("recommendation/")})
    owed = sorted({e.stream for e in entries if e.stream.startswith("response/")})
    days = sorted({e.occurred_on for e in entries if e.occurred_on and len(e.occurred_on) == 10})
    draw, there = Random(1), 0
    for _ in range(ASKED):
        _, report, key, addressee = draw.choice(raised).split("/")
        _, answered, body = draw.choice(owed).split("/")
        known_at = draw.choice([None, str(draw.randint(1, len(entries)))])
        day = draw.choice([None, draw.choice(days)])
        try:
            with asking(lived_town.ledger, None, known_at, day) as question:
                from_log = replace(question, now=None)
                for ask, of in (
                    (one.recommendation, (report, key, addressee)),
                    (one.report, (report,)),
                    (one.response, (answered, body)),
                ):
                    found = _said(ask, question, of)

                    assert found == _said(ask, from_log, of)
                    there += isinstance(found, dict)
        except NotKnownYet:  # nobody knew what would happen by that day
            continue
    assert there > 3 * ASKED // 5


def test_what_was_recorded_a_moment_ago_is_there_before_the_read_models_have_it(town):
    report = town.publish()
    town.catch_up()
    before = town.anybody.reads(report.recommendation)
    asked = {"of": FORCE, "question": "Is it done?", "occurred_on": None}
    town.clerk.act(f"{report.recommendation}/assurances", asked)

    after = town.anybody.reads(report.recommendation)

    (beside,) = town.anybody.reads(report.path)["recommendations"]
    assert beside["assurances"] == after["assurances"]
    assert after["version"] == before["version"] + 1
    assert after["assurances"]["open"] == before["assurances"]["open"] + 1


def test_so_is_what_a_body_published_a_moment_ago(town):
    report = town.publish()
    town.catch_up()
    before = town.anybody.reads(report.response)
    town.clerk.act(
        f"{report.response}/statement",
        {"text": "We accept it.", "published_on": None, "explanations": []},
    )

    after = town.anybody.reads(report.response)

    assert after["version"] == before["version"] + 1
    assert (before["verdict"], after["verdict"]) == ("not_looked_for", "not_shown")
