"""Events in plain English, texts in paragraphs, dates and counts in words."""

import re
import typing
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec import convert, to_builtins

from api.reading import entry_fields, response_sentences, texts, trail, words
from api.reading.pictures import shapes
from ledger.events import BY_TOPIC, EVENTS
from ledger.events.recommendation import Kind, Means, Stance
from ledger.events.report import REPORT_KINDS
from ledger.events.service import BODY_KINDS
from ledger.states.recommendation import Status
from projections.answers.response import ResponseState
from projections.verdict.compliance import BASES
from tests.api.site import FORCE, PFCC
from tests.pages.recorded import REPORT, recommendation
from tests.typed import trail_entry

PAGES = Path(texts.__file__).parent
ENTRY = "0197d000-0000-7000-8000-000000000001"


@pytest.mark.parametrize("sheet", ["answerable.css", "forms.css", "paper.css", "pictures.css"])
def test_a_stylesheet_has_nothing_that_no_page_uses(sheet):
    """Classes and elements that no template names, nor a verdict or standing makes."""
    style = re.sub(r"/\*.*?\*/", "", (PAGES / "static" / sheet).read_text("utf-8"), flags=re.S)
    selectors = " ".join(one for one in re.findall(r"([^{}]+){", style) if "@" not in one)
    pages = [*PAGES.rglob("*.html"), *PAGES.with_name("recording").rglob("*.html")]
    there = "".join(one.read_text("utf-8") for one in pages)
    there += " ".join(
        [f"tag-{one}" for one in words.VERDICTS]
        + [f"status-{one}" for one in words.STATUSES]
        + [f"bar-{mark}" for _, mark, _ in shapes.COLUMNS]
    )

    classes = set(re.findall(r"\.([a-z][\w-]*)", selectors))
    elements = set(
        re.findall(
            r"(?<![\w.:#\[-])([a-z][a-z0-9]*)(?![\w-])",
            re.sub(r"\([^)]*\)|\[[^]]*\]", "", selectors),
        )
    )
    unused = {one for one in classes if not re.search(rf"(?<![\w-]){one}(?![\w-])", there)}
    unused |= {one for one in elements if f"<{one}" not in there}
    assert unused <= FORMS


FORMS = {"textarea", "legend"}
"""Elements of the forms by which an office records."""


@pytest.mark.parametrize("topic", BY_TOPIC)
def test_every_event_has_a_partial_that_is_there(site, topic):
    assert site.app.jinja_env.get_template(trail.partial_for(topic))


def test_an_event_that_none_declares_has_no_partial():
    with pytest.raises(LookupError):
        trail.partial_for("never-declared")


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.TOPIC)
def test_every_field_has_a_label_in_words(event):
    for label in entry_fields.labels(event.TOPIC).values():
        assert label
        assert label[0].isupper()
        assert "`" not in label
        assert not label.endswith(".")


def test_a_name_is_derived():
    assert entry_fields.event_name("update-received") == "Update received"


def test_rows_follow_the_declaration_and_leave_out_what_is_empty(site):
    history = site.anybody.reads(f"{recommendation('04')}/history")["items"]
    asked = next(one for one in history if one["type"] == "assurance-sought")

    rows = entry_fields.fields_in_words(trail_entry(asked), {FORCE: "Cumbria"})

    said = [(row.label, row.words) for row in rows]
    assert said[0] == ("The body that is asked", "Cumbria")
    assert said[2] == ("The day by which a reply is asked for", "30 September 2025")
    assert rows[1].text is not None
    assert rows[1].text.held


def test_values_of_every_form_have_rows(site):
    asked = {"type": "report-published", "report": REPORT}
    (listed,) = site.anybody.reads("/api/entries", **asked)["items"]
    published = site.anybody.reads(f"/api/entries/{listed['id']}")

    by_path = {row.path: row for row in entry_fields.fields_in_words(trail_entry(published), {})}

    assert by_path["kind"].words == "National thematic"
    assert by_path["same_as.0"].url == "https://hmicfrs.example/oic"


@pytest.mark.parametrize(
    ("listed", "known"),
    [
        (typing.get_args(Status), words.STATUSES),
        (typing.get_args(Means), words.CLAIMS),
        (typing.get_args(Kind) + typing.get_args(Stance), words.WORDS),
        (REPORT_KINDS + BODY_KINDS, words.WORDS),
        (BASES, words.BASES),
    ],
)
def test_every_listed_word_has_its_words(listed, known):
    assert set(listed) <= set(known)


def test_texts_keep_their_words_in_paragraphs_and_lists():
    assert texts.blocks("One\r\ntwo\n\nThree:\n- a\n- b\nfour") == [
        ("p", ["One"]),
        ("p", ["two"]),
        ("p", ["Three:"]),
        ("ul", ["a", "b"]),
        ("p", ["four"]),
    ]


@pytest.fixture
def stated(site) -> Callable[..., ResponseState]:
    """Returns the state of the office's response, with other fields."""
    items = site.anybody.reads("/api/responses", report=REPORT, body=PFCC)["items"]
    found = next(one for one in items if one["name"] == "response")
    return lambda **changed: convert(found | changed, ResponseState)


@pytest.mark.parametrize(
    ("response", "said"),
    [
        ({"verdict": "late", "days": 22, "at_least": True}, "Late by at least 22 days"),
        ({"verdict": "overdue", "days": 1}, "Overdue by 1 day"),
        ({"verdict": "due", "days": 0}, "Due: today is the last day"),
        ({"verdict": "due", "days": 14}, "Due: 14 days left"),
        ({"verdict": "not_due", "days": 40}, "Not due yet: 40 days left"),
        ({"verdict": "in_time", "days": None}, "In time"),
        ({"verdict": "not_shown", "days": None}, "Can’t be shown to be in time"),
        ({"verdict": "no_period", "days": None}, "No deadline in law"),
        ({"verdict": "disapplied", "days": None}, "Does not apply"),
    ],
)
def test_a_verdict_is_said_with_its_days(stated, response, said):
    assert response_sentences.verdict(stated(**response)) == said


@pytest.mark.parametrize(
    ("kind", "number", "said"),
    [
        ("afi", "AFI 9", "Area for improvement 9"),
        ("cause_of_concern", "coc-1", "Cause of concern 1"),
        ("cause_of_concern", "cause-of-concern-2", "Cause of concern 2"),
        (None, "02", "Recommendation 02"),
    ],
)
def test_a_recommendation_is_called_by_its_kind_and_number(kind, number, said):
    assert words.numbered(kind, number) == said


def test_a_moment_is_said_in_london():
    assert words.moment("2025-05-15T23:01:00Z") == "16 May 2025, 00:01"
    assert words.moment("soon") == "soon"


@pytest.mark.parametrize(
    ("happened", "said"),
    [("2025-07-10", "22 days after"), ("2025-08-01", "the same day"), ("2025-07", None)],
)
def test_a_lag_is_said_where_the_day_is_known(happened, said):
    assert words.lag(happened, "2025-08-01T09:00:00Z") == said


def test_a_paragraph_from_right_to_left_stands_at_the_right():
    assert texts.turned("יוקר (see B)") == ' dir="rtl"'
    assert texts.turned("(1) يجب على القوة") == ' dir="rtl"'
    assert texts.turned("Plain, then يجب") == ""
    assert texts.turned("74 %") == ""


def test_coverage_by_the_responses_own_list_says_that_the_reports_list_is_not_recorded(stated):
    lists = {"listed_by": "response", "addressed": 2, "explained_now": 1, "general": 0}
    coverage = stated().coverage
    assert coverage is not None

    assert response_sentences.coverage(stated(coverage=to_builtins(coverage) | lists)) == (
        "1 of 2 recommendations, none for certain by the last day",
        "of those that it lists itself; the report’s own list is not recorded here",
    )


def test_a_list_says_that_a_late_response_was_said_later_not_to_apply(stated):
    late = {
        "entry": ENTRY,
        "basis": "not_the_subject",
        "decided_by": None,
        "same_as_report": None,
        "decided_on": "2026-05-03",
        "recorded_on": "2026-05-04",
    }

    assert response_sentences.remarks(stated(disapplied=[late])) == (
        "The duty was said not to apply on 3 May 2026, after the last day."
    )
    assert (
        response_sentences.remarks(stated(disapplied=[late], verdict="disapplied", days=None)) == ""
    )


def test_a_list_says_what_a_verdict_was_before_a_later_entry_and_what_an_incomplete_one_lacks(
    stated,
):
    was = {"verdict": "overdue", "days": 136, "at_least": False}
    added = {
        "entry": ENTRY,
        "type": "response-published",
        "position": 1,
        "recorded_at": "2024-10-28T10:00:00.000000Z",
        "from": was,
        "to": {"verdict": "incomplete", "days": None, "at_least": False},
    }
    found = stated(verdict="incomplete", days=None, improved_later=[added])

    assert response_sentences.remarks(found) == (
        "Added here on 28 October 2024. Until then we held no response, 136 days after the last "
        "day."
    )
    assert response_sentences.due_and_published(found) == (
        "Due 10 July 2025. Published 14 July 2025 without the chief officer’s comments."
    )
    free = stated(verdict="no_period", days=None, due_on=None, published_on="2017-01-23")
    assert response_sentences.due_and_published(free) == "Published 23 January 2017."
