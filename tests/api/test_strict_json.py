"""Requests are read strictly: what does not read back the same everywhere is refused, in words."""

import json

import pytest

from api.requests.parsing import MOST_NESTED, MOST_VALUES
from tests.api.site import FORCE, problem_of

ASSURANCE = {"of": FORCE, "question": "Is it done?", "occurred_on": "2025-09-01"}
GOOD = json.dumps(ASSURANCE).encode()
TOO_DEEP = b"[" * (MOST_NESTED + 1) + b"]" * (MOST_NESTED + 1)
TOO_MANY = b"{%s}" % b",".join(b'"%d":1' % n for n in range(MOST_VALUES + 1))


def sent(text):
    """A good request, with other bytes in place of the question."""
    return GOOD.replace(b'"Is it done?"', text)


def test_bytes_that_are_not_strict_json_of_the_form_are_refused(site, report):
    for data, status, kind, says in [
        (b"", 400, "bad-request", "This is not JSON: Expecting value, line 1 column 1."),
        (b"{", 400, "bad-request", "This is not JSON"),
        (GOOD + b"x", 400, "bad-request", "This is not JSON: Extra data"),
        (b"\xef\xbb\xbf" + GOOD, 400, "bad-request", "This is not JSON"),
        (GOOD.decode().encode("utf-16"), 400, "bad-request", "is not UTF-8"),
        (sent(b'"\xff"'), 400, "bad-request", "of this is not UTF-8."),
        (sent(b'"\xed\xa0\x80"'), 400, "bad-request", "of this is not UTF-8."),
        (sent(b'"a\nb"'), 400, "bad-request", "This is not JSON: Invalid control character"),
        (sent(b"'x'"), 400, "bad-request", "This is not JSON"),
        (b"[" * 100_000, 400, "bad-request", "This is nested too deeply."),
        (b'{"a":' * 100_000, 400, "bad-request", "This is nested too deeply."),
        (TOO_DEEP, 400, "bad-request", "This is nested too deeply."),
        (TOO_MANY, 413, "request-entity-too-large", ""),
        (sent(b'"x","question":"y"'), 422, "unfit", "A name is there twice."),
        (sent(b'{"text":"x","text":"y"}'), 422, "unfit", "A name is there twice."),
        (sent(b"1e400"), 422, "unfit", "1e400 is no whole number"),
        (sent(b"-1E400"), 422, "unfit", "is no whole number"),
        (sent(b"0.1"), 422, "unfit", "0.1 is no whole number"),
        (sent(b"NaN"), 422, "unfit", "NaN is no whole number"),
        (sent(b"Infinity"), 422, "unfit", "Infinity is no whole number"),
        (sent(b"-Infinity"), 422, "unfit", "is no whole number"),
        (sent(b"9007199254740992"), 422, "unfit", "is past 2^53-1, the largest integer"),
        (sent(b"-9007199254740992"), 422, "unfit", "is past 2^53-1"),
        (sent(b"9" * 5000), 422, "unfit", "is past 2^53-1"),
        (sent(b'"\\u0000"'), 422, "unfit", "question: Character 1 is U+0000"),
        (sent(b'"a\\ud800"'), 422, "unfit", "question: Character 2 is half of a surrogate pair"),
        (sent(b'"\\udc00\\ud800"'), 422, "unfit", "half of a surrogate pair"),
        (GOOD.replace(b'"of"', b'"o\\u0000f"'), 422, "unfit", "of: Missing data"),
        (GOOD.replace(b'"of"', b'"\\ud800"'), 422, "unfit", "Missing data"),
        (b"null", 422, "unfit", "Invalid input type."),
        (b"[]", 422, "unfit", "Invalid input type."),
        (b'"text"', 422, "unfit", "Invalid input type."),
        (b"7", 422, "unfit", "Invalid input type."),
        (b"{}", 422, "unfit", "of: Missing data for required field."),
    ]:
        before = site.position

        answer = site.clerk.send(f"{report.recommendation}/assurances", data)

        problem = problem_of(answer, status, kind)
        assert says in problem["detail"]
        assert site.position == before


def test_a_surrogate_pair_is_one_character_and_read_back_as_one(site, report):
    answer = site.clerk.send(f"{report.recommendation}/assurances", sent(b'"\\ud83d\\udc6e"'))

    assert answer.status_code == 201
    items = site.clerk.reads(report.recommendation)["assurances"]["items"]
    assert items[0]["question"] == "\N{POLICE OFFICER}"


@pytest.mark.parametrize(
    "content_type", ["application/json; charset=utf-8", "application/vnd.answerable+json"]
)
def test_json_by_another_name_is_json(site, report, content_type):
    answer = site.clerk.send(f"{report.recommendation}/assurances", GOOD, content_type)

    assert answer.status_code == 201


def test_a_text_has_a_most(site, report):
    data = sent(b'"' + b"x" * (4 * 1024 * 1024 + 1) + b'"')

    problem = problem_of(site.clerk.send(f"{report.recommendation}/assurances", data), 422, "unfit")
    assert "4,194,304 is the most" in problem["detail"]


def test_an_entry_has_a_most(site):
    pages = [f"https://hmicfrs.example/{n}/{'x' * 1900}" for n in range(40)]

    site.refuses(
        site.clerk,
        "/api/reports",
        site.report(same_as=pages),
        "unfit",
        "65,535 is the most. Shorten its titles, addresses or lists.",
        status=422,
    )


def test_a_value_that_does_not_fit_the_form_is_named_with_its_field(site, report):
    for body, says in [
        (ASSURANCE | {"colour": "red"}, "colour: Unknown field."),
        (ASSURANCE | {"recorded_at": "2025-09-01T12:00:00Z"}, "recorded_at: Unknown field."),
        (ASSURANCE | {"source": {"page": "x"}}, "source.page: Unknown field."),
        (ASSURANCE | {"question": {"text": "x", "mood": "y"}}, "question: Unknown field 'mood'"),
        (ASSURANCE | {"question": {"text": "x", "audience": "all"}}, "question: The audience is"),
        (ASSURANCE | {"question": {"text": "x", "lang": "fr"}}, "question: The language is"),
        (ASSURANCE | {"question": {}}, "question: Give a text"),
        (ASSURANCE | {"question": None}, "question: Field may not be null."),
        (ASSURANCE | {"question": ["x"]}, "question: Give a text"),
        (ASSURANCE | {"question": " \n"}, "question: This text is empty."),
        (ASSURANCE | {"of": 7}, "of: Not a valid string."),
        (ASSURANCE | {"of": ["x"]}, "of: Not a valid string."),
        (ASSURANCE | {"of": "No Body"}, "of: “No Body” is not in the register of bodies."),
        (ASSURANCE | {"of": True}, "of: Not a valid string."),
        (ASSURANCE | {"occurred_on": 2025}, "occurred_on: Not a valid string."),
        (ASSURANCE | {"occurred_on": "05/13/2026"}, "occurred_on: “05/13/2026” is not a date"),
        (ASSURANCE | {"occurred_on": "2025-02-29"}, "is no day of the calendar."),
        (ASSURANCE | {"occurred_on": "2025-09-01T12:00:00Z"}, "is not a date"),
        (ASSURANCE | {"occurred_on": "\u0662\u0660\u0662\u0665"}, "is not a date"),
        (ASSURANCE | {"occurred_on": "0000"}, "is no day of the calendar."),
        (ASSURANCE | {"source": "the page"}, "source: Invalid input type."),
        (ASSURANCE | {"source": {"url": "javascript:alert(1)"}}, "source.url: Give an address"),
        (ASSURANCE | {"source": {"url": "https://a b.example"}}, "source.url: Give an address"),
        (ASSURANCE | {"source": {"url": "https://[::1"}}, "source.url: Give an address"),
        (ASSURANCE | {"batch": {"id": "x", "kind": "guessed"}}, "batch.kind: Must be one of"),
        (ASSURANCE | {"batch": {"id": "x"}}, "batch.kind: Missing data"),
        (
            {k: v for k, v in ASSURANCE.items() if k != "occurred_on"},
            "occurred_on: Say when it happened",
        ),
    ]:
        path = f"{report.recommendation}/assurances"

        problem = site.refuses(site.clerk, path, body, "unfit", says, status=422)

        assert any(
            f"{one['field']}: {one['message']}" == problem["detail"] for one in problem["errors"]
        )


def test_every_fault_is_named_at_once_by_its_path(site):
    body = site.report(
        kind="a thought",
        recommendations=[{"number": 2, "text": "x", "addressees": ["!", FORCE]}],
        source={"url": "x"},
    )

    problem = site.refuses(site.clerk, "/api/reports", body, "unfit", "", status=422)

    assert {one["field"] for one in problem["errors"]} == {
        "kind",
        "recommendations.0.number",
        "recommendations.0.addressees.0",
        "source.url",
    }


def test_an_address_that_is_none_says_where_all_are_listed(site):
    for problem in (
        problem_of(site.anybody.get("/api/nothing"), 404, "not-found"),
        problem_of(site.clerk.post("/api/bodies/x/y/z", {}), 404, "not-found"),
        problem_of(site.clerk.client.put("/api/entries"), 405, "method-not-allowed"),
    ):
        assert "/openapi.json" in problem["detail"]
