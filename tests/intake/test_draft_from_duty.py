"""A draft that begins from a recorded report: it asks when the response was published, and whose
words its blocks are. Nothing that isn't sure is recorded before a person confirms it."""

import re
from pathlib import Path

import pytest

from api.commands.imports import draft_file, import_account, lookup, page_file, propose, record
from ledger.acts.correction import correct_entry
from ledger.acts.decision import Decision, Notice
from ledger.acts.report import Raise, publish_report
from ledger.application import Ledger
from ledger.errors import AnswerableError, NotRecorded
from ledger.events import (
    AssuranceSought,
    ChiefOfficerCommentsReceived,
    CommissionerStatementIssued,
    RecommendationRaised,
    ReportPublished,
    ResponseDutyArose,
    ResponsePublished,
    Source,
    StatementRevised,
    UpdateReceived,
)
from ledger.events.texts import say
from ledger.intake.pages.draft_file import read_draft, write_draft
from ledger.intake.proposals.draft import PageFile
from ledger.intake.proposals.page import suggested
from ledger.intake.proposals.recorded_reports import looks_like
from ledger.states.service import SETUP
from tests.servers import FreshDatabase

BODY, REPORT = "kent-pcc", "cold-cells"
TITLE = "Cold cells: how forces heat custody"
ASKED = {
    "1": "By 30 June 2024, chief constables should heat their cells.",
    "2": "By 30 June 2024, chief constables should count their blankets.",
    "3": "By 30 June 2024, police and crime commissioners should visit the cells.",
}
PAGE = """<html><body><main><h1>Our response</h1>
<h2>Recommendation 1</h2>
<p>By 30 June 2024, chief constables should heat their cells.</p>
<h2>Chief Constable’s comments</h2>
<p>A boiler was ordered in April.</p>
<h2>From the top of the house</h2>
<p>On recommendation 2, I will be looking for assurance that each blanket is counted.</p>
<p>Nobody should be cold in custody.</p>
</main></body></html>
"""


@pytest.fixture
def log(begun_database: FreshDatabase) -> Ledger:
    """A log with a report that asks three things, and the duties of all."""
    log = begun_database.ledger
    import_account(log, BODY)
    groups = {"3": "all-local-policing-bodies"}
    log.record(
        SETUP,
        publish_report,
        ReportPublished(title=TITLE, kind="national_thematic", publisher="hmicfrs"),
        Notice(occurred_on="2024-03-04", source=Source(note=say("the report", "office"))),
        reference=REPORT,
        bodies=[BODY],
        recommendations=[
            Raise(
                event=RecommendationRaised(number=n, text=say(text), kind="recommendation"),
                addressees=(groups.get(n, "all-chief-constables"),),
            )
            for n, text in ASKED.items()
        ],
    )
    return log


def draft(log: Ledger, folder: Path, page: str = PAGE, report: str = REPORT) -> Path:
    """Return the draft of a page that begins from the report."""
    path = folder / "page.html"
    path.write_text(page, encoding="utf-8")
    file = page_file(path, "https://kent.example/cold")
    (found,) = suggested(Decision(log, SETUP), file, BODY, report=report)
    to = folder / "draft.toml"
    text = write_draft(found, file.raw, body=BODY, url=file.url, out=to.name)
    to.write_text(text, encoding="utf-8")
    return to


def say_of(path: Path, *changes: tuple[str, str]) -> None:
    """Change the parts of the blocks that begin with some words."""
    text = path.read_text(encoding="utf-8")
    for words, part in changes:
        found = re.search(rf'part = [^\n]*\n(assurance[^\n]*\n)?text = "{re.escape(words)}', text)
        assert found is not None, words
        now = re.sub(r"part = .*", f'part = "{part}"', found[0], count=1)
        text = text.replace(found[0], now, 1)
    path.write_text(text, encoding="utf-8")


def settled(log: Ledger, path: Path) -> PageFile:
    return draft_file(read_draft(path, lookup(log)))


SETTLED = (
    ("A boiler", "chief officer"),
    ("On recommendation 2", "commissioner 2"),
    ("Nobody should", "commissioner"),
)


def test_it_asks_nothing_of_the_report(log, tmp_path):
    text = draft(log, tmp_path).read_text(encoding="utf-8")

    report = text.partition("[report]")[2].partition("[response]")[0]
    assert report.split() == ["attach", "=", f'"{REPORT}"']
    assert "[[recommendation]]" not in text
    assert f"“{TITLE}”, hmicfrs, 4 March 2024" in text
    assert "#   2: By 30 June 2024, chief constables should count" in text


def test_it_is_recorded_once_and_nothing_of_the_report_changes(log, tmp_path):
    path = draft(log, tmp_path)
    say_of(path, *SETTLED)
    text = path.read_text(encoding="utf-8")
    path.write_text(re.sub(r'published_on = "".*', 'published_on = "2024-04-20"', text))
    raised = len(log.read_below("recommendation/"))
    file = settled(log, path)

    assert record(log, [file], BODY) > 0
    assert record(log, [file], BODY) == 0

    assert len(log.read_below("report/")) == 1
    came = {type(entry.data) for entry in log.read_below("recommendation/")[raised:]}
    assert came == {CommissionerStatementIssued}
    duty, *acts = log.read_stream(f"response/{REPORT}/{BODY}")
    assert isinstance(duty.data, ResponseDutyArose)
    assert {type(one.data) for one in acts} == {ResponsePublished, ChiefOfficerCommentsReceived}
    (response,) = (one for one in acts if isinstance(one.data, ResponsePublished))
    assert response.occurred_on == "2024-04-20"
    assert log.openings([response.position])[response.position, "text"].body.split("\n") == [
        "On recommendation 2, I will be looking for assurance that each blanket is counted.",
        "Nobody should be cold in custody.",
    ]


def test_what_it_comes_to_is_said_in_names_and_dates(log, tmp_path):
    path = draft(log, tmp_path)
    say_of(path, *SETTLED)
    text = path.read_text(encoding="utf-8")
    path.write_text(re.sub(r'published_on = "".*', 'published_on = "2024-04-20"', text))

    comes_to = propose(log, [settled(log, path)], BODY)
    says = [one.says for one in comes_to.proposals if one.new]

    kent = "Kent Police and Crime Commissioner"
    assert says[0] == f"response of {kent}, published on 20 April 2024"
    assert "it names recommendation 2" in says
    assert comes_to.unanswered == ["1", "3"]
    assert not any("recommendation 1" in one for one in says)
    assert not any(BODY in one or "kent-police" in one or "2024-" in one for one in says)


def test_a_speaker_that_is_not_sure_is_never_recorded_untouched(log, tmp_path):
    page = PAGE.replace("Chief Constable’s comments", "The Chief Constable told us as follows")
    path = draft(log, tmp_path, page)
    text = path.read_text(encoding="utf-8")
    opened = re.findall(r'part = "(\?[^"]*)"', text)
    assert opened
    before = log.head()

    with pytest.raises(AnswerableError) as refused:
        settled(log, path)

    lines = text.split("\n")
    at = [int(each) for each in re.findall(r"draft\.toml, line (\d+)", refused.value.sentence)]
    assert [lines[n - 1].startswith('part = "?') for n in at] == [True] * len(opened)
    assert log.head() == before


def test_to_take_the_question_mark_away_confirms_it(log, tmp_path):
    path = draft(log, tmp_path)
    text = path.read_text(encoding="utf-8")
    assert 'part = "? ' in text
    path.write_text(text.replace('part = "? ', 'part = "'), encoding="utf-8")
    say_of(path, ("Nobody should", "commissioner"))

    assert record(log, [settled(log, path)], BODY) > 0


@pytest.mark.parametrize("chosen", [False, True])
def test_an_assurance_is_recorded_only_if_somebody_chose_it(log, tmp_path, chosen):
    path = draft(log, tmp_path)
    say_of(path, *SETTLED)
    text = path.read_text(encoding="utf-8")
    if "assurance = false" not in text:
        text = text.replace('text = "On rec', 'assurance = false\ntext = "On rec')
    if chosen:
        text = text.replace("assurance = false", "assurance = true")
    path.write_text(text, encoding="utf-8")
    file = settled(log, path)

    says = [one.says for one in propose(log, [file], BODY).proposals]
    record(log, [file], BODY)

    sought = [one for one in log.read_below("recommendation/")
              if isinstance(one.data, AssuranceSought)]  # fmt: skip
    assert ["assurance sought of Kent Police about recommendation 2" in says, len(sought)] == [
        chosen,
        chosen,
    ]


def test_the_page_with_other_bytes_is_a_revision(log, tmp_path):
    path = draft(log, tmp_path)
    say_of(path, *SETTLED)
    record(log, [settled(log, path)], BODY)
    changed = draft(log, tmp_path, PAGE.replace("each blanket is", "each blanket and sheet is"))
    say_of(changed, *SETTLED)

    intake = propose(log, [settled(log, changed)], BODY)
    record(log, [settled(log, changed)], BODY)

    (revised,) = [one for one in intake.proposals if one.revises]
    assert (revised.was, revised.now) == (
        "… looking for assurance that each blanket is counted.",
        "… looking for assurance that each blanket and sheet is counted.",
    )
    acts = [one.data for one in log.read_stream(f"response/{REPORT}/{BODY}")]
    assert [one.field for one in acts if isinstance(one, StatementRevised)] == ["passage"]
    assert sum(isinstance(one, ResponsePublished) for one in acts) == 1


def test_the_forces_words_are_its_update(log, tmp_path):
    path = draft(log, tmp_path)
    say_of(path, ("A boiler", "force 1"), *SETTLED[1:])

    record(log, [settled(log, path)], BODY)

    (update,) = [one for one in log.read_below("recommendation/")
                 if isinstance(one.data, UpdateReceived)]  # fmt: skip
    assert (update.stream, update.by) == (f"recommendation/{REPORT}/1/kent-police", "kent-police")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (('attach = "cold-cells"', 'attach = "warm-cells"'), "no report “warm-cells” is recorded"),
        (('attach = "cold', 'kind = "peel"\nattach = "cold'), "its draft has no “kind”: take it"),
        (
            ("[response]", '[[recommendation]]\nnumber = "1"\n[response]'),
            "the recommendations are those of the recorded report: take this one out",
        ),
        (('"commissioner 2"', '"commissioner 7"'), "no recommendation 7; it has 1, 2, 3"),
        (('published_on = ""', 'published_on = "2024-03-01"'), "before its report of 4 March 2024"),
        (
            ('part = "commissioner"', 'assurance = true\npart = "commissioner"'),
            "name it, as in “commissioner 2”, or write assurance = false",
        ),
    ],
)
def test_a_fault_is_refused_with_its_line_and_what_to_do(log, tmp_path, change, why):
    path = draft(log, tmp_path)
    say_of(path, *SETTLED)
    text = path.read_text(encoding="utf-8")
    was, now = change
    assert was in text
    path.write_text(text.replace(was, now, 1), encoding="utf-8")

    with pytest.raises(AnswerableError, match=r"draft\.toml, line \d+: ") as refused:
        settled(log, path)

    assert why in refused.value.sentence


def test_a_report_that_is_not_recorded_is_refused(log, tmp_path):
    with pytest.raises(NotRecorded):
        draft(log, tmp_path, report="warm-cells")


@pytest.mark.parametrize(
    ("page", "common"),
    [
        (f"<p>On ‘{TITLE.upper()}’.</p>", ("its title",)),
        (
            f"<p>{TITLE}</p><p>Published: 04/03/2024</p>",
            ("its title", "its day, 4 March 2024"),
        ),
        (f"<ol><li>{ASKED['2']}</li></ol>", ("the words of 1 recommendation",)),
        ("<p>On 4 March 2024 we met.</p>", None),
        ("<p>Soup.</p>", None),
    ],
)
def test_a_page_without_a_duty_is_looked_up_in_the_log(log, tmp_path, page, common):
    path = tmp_path / "page.html"
    path.write_text(f"<html><body>{page}</body></html>", encoding="utf-8")
    file = page_file(path, None)

    found = looks_like(Decision(log, SETUP), BODY, file.blocks)

    assert [(one.reference, one.common) for one in found] == ([(REPORT, common)] if common else [])


def test_a_page_is_compared_with_the_title_and_words_that_a_report_has_now(log, tmp_path):
    path = tmp_path / "page.txt"
    path.write_text(f"On Warm cells: a second look. {ASKED['1']}", encoding="utf-8")
    blocks, published = page_file(path, None).blocks, log.read_stream(f"report/{REPORT}")[0]

    def found(now: str) -> tuple[str, ...]:
        said = {"field": "title", "now": now, "reason": say("The page says so.")}
        log.record(SETUP, correct_entry, published, Notice(), **said)
        (one,) = looks_like(Decision(log, SETUP), BODY, blocks)
        return one.common

    assert found("Warm cells: a second look") == ("its title", "the words of 1 recommendation")
    assert found("Tepid cells") == ("the words of 1 recommendation",)
