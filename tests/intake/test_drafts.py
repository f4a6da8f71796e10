"""A page as a draft: written, changed by a person, read back, and recorded; or refused in a
sentence with the line, and then nothing is recorded."""

import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from api.commands.context import body_id
from api.commands.imports import (
    draft_file,
    import_account,
    lookup,
    page_file,
    propose,
    record,
)
from ledger.acts.decision import Notice
from ledger.acts.report import Raise, publish_report
from ledger.application import Ledger
from ledger.errors import AnswerableError, Refused
from ledger.events import (
    ChiefOfficerCommentsReceived,
    RecommendationRaised,
    ReportPublished,
    ResponsePublished,
    Source,
    UpdateReceived,
)
from ledger.events.texts import say
from ledger.intake.pages.draft_file import read_draft, write_draft
from ledger.intake.proposals.draft import PageFile
from ledger.states.service import SETUP
from tests.intake.changing import no_report
from tests.intake.suggesting import suggested
from tests.servers import FreshDatabase

BODY = "kent-pcc"
PAGE = """<html><body><main><h1>Commissioner’s response to ‘Cold cells’</h1>
<p>HMICFRS published the report on 4 March 2024.</p>
<p>Report title: Cold cells</p>
<p>Report published: 4 March 2024</p>
<h2>Recommendations</h2>
<p>Recommendation 1: By 30 June 2024, chief constables should heat their cells.</p>
<p>Recommendation 2: By 30 June 2024, chief constables should count their blankets.</p>
<h2>From the top of the house</h2>
<p>Nobody should be cold in custody.</p>
<p>On recommendation 1, a boiler was ordered in April. On recommendation 2 nothing was said.</p>
<h2>Chief Constable’s comments</h2>
<p>We are grateful.</p>
</main></body></html>
"""


@pytest.fixture
def log(begun_database: FreshDatabase) -> Ledger:
    import_account(begun_database.ledger, BODY)
    return begun_database.ledger


def settled(log: Ledger, path: Path) -> PageFile:
    """Return the page of a draft as a person settled it."""
    return draft_file(read_draft(path, lookup(log)))


def draft(folder: Path, page: str = PAGE, *changes: tuple[str, str]) -> Path:
    """Return the draft of a page, with what a person changed in it."""
    path = folder / "page.html"
    path.write_text(page, encoding="utf-8")
    raw = path.read_bytes()
    (found,) = suggested(raw, path.name, BODY)
    text = write_draft(found, raw, body=BODY, url="https://kent.example/cold", out="draft.toml")
    for was, now in changes:
        assert was in text
        text = text.replace(was, now, 1)
    to = folder / "draft.toml"
    to.write_text(text, encoding="utf-8")
    return to


@cache
def as_suggested() -> str:
    """Return the draft of the page, before a person looked at it."""
    (found,) = suggested(PAGE.encode(), "page.html", BODY)
    return write_draft(found, PAGE.encode(), body=BODY, url=None, out="draft.toml")


def part(text: str, now: str) -> tuple[str, str]:
    """Return the change of the part of the block that begins with a text."""
    told = as_suggested()
    line = re.search(rf'(part = .*)\ntext = "{re.escape(text)}', told)
    assert line is not None
    block = re.search(rf'block = \d+\n{re.escape(line[1])}\ntext = "{re.escape(text)}', told)
    assert block is not None
    return block[0], re.sub(r"part = .*", f'part = "{now}"', block[0])


SETTLED = (
    part("HMICFRS published", "not needed"),
    part("Nobody should", "commissioner"),
    part("On recommendation 1", "commissioner 1"),
    part("We are grateful", "chief officer"),
    ('kind = ""', 'kind = "national_thematic"'),
)


def test_facts_that_a_person_settled_are_recorded_once_with_the_page_as_it_came(log, tmp_path):
    on_its_own = '"On recommendation 1, a boiler was ordered in April. On recommendation 2 nothing'
    done = SETTLED[:2] + SETTLED[3:]
    path = draft(tmp_path, PAGE, *done)
    text = path.read_text(encoding="utf-8")
    block = re.search(r"block = (\d+)\npart = .*\ntext = \"On recommendation 1.*", text)
    assert block is not None
    assert on_its_own in text
    parted = "\n\n[[block]]\n".join(
        f'block = {block[1]}\npart = "{part}"\ntext = "{words}"'
        for part, words in (
            ("force 1", "On recommendation 1, a boiler was ordered in April."),
            ("commissioner 2", "On recommendation 2 nothing was said."),
        )
    )
    path.write_text(text.replace(block[0], parted), encoding="utf-8")

    file = settled(log, path)
    assert record(log, [file], BODY) > 0
    assert record(log, [file], BODY) == 0

    entries = {type(entry.data): entry for prefix in ("report/", "response/", "recommendation/")
               for entry in log.read_below(prefix)}  # fmt: skip
    report, response = entries[ReportPublished], entries[ResponsePublished]
    assert report.data.title == "Cold cells"
    assert report.occurred_on == "2024-03-04"
    opened = log.openings([response.position, entries[UpdateReceived].position])
    assert opened[response.position, "text"].body == (
        "Nobody should be cold in custody.\nOn recommendation 2 nothing was said."
    )
    update = entries[UpdateReceived]
    assert update.by == "kent-police"
    assert opened[update.position, "text"].body.endswith("ordered in April.")
    assert ChiefOfficerCommentsReceived in entries
    capture = log.read_stream(f"capture/{response.source.capture}")[0]
    assert log.kept(capture).body == PAGE.encode()
    # The page itself is known by its bytes from then on.
    assert record(log, [page_file(tmp_path / "page.html", None)], BODY) == 0


def test_without_a_person_nothing_unsure_is_recorded_and_it_says_how_to_go_on(log, tmp_path):
    draft(tmp_path)
    before = log.head()
    with pytest.raises(
        Refused, match=r"no words of the commissioner .* `answerable draft page\.html"
    ):
        propose(log, [page_file(tmp_path / "page.html", None)], BODY)
    assert log.head() == before


def test_two_reports_that_look_alike_are_shown_side_by_side_until_a_person_says_which(
    log, tmp_path
):
    record(log, [settled(log, draft(tmp_path, PAGE, *SETTLED))], BODY)
    alike = PAGE.replace("title: Cold cells", "title: Cold cell")
    other = tmp_path / "other"
    other.mkdir()
    path = draft(other, alike, *SETTLED, ("kent.example/cold", "kent.example/other"))
    with pytest.raises(Refused, match="look alike") as refused:
        propose(log, [settled(log, path)], BODY)
    (reference,) = {entry.stream for entry in log.read_below("report/")}
    reference = reference.removeprefix("report/")
    assert all(
        words in refused.value.sentence for words in ("“Cold cell”", "“Cold cells”", reference)
    )

    for attach, reports in ((reference, 1), ("new", 2)):
        text = path.read_text(encoding="utf-8")
        said = re.sub(r'attach = ".*"', f'attach = "{attach}"', text)
        path.write_text(said, encoding="utf-8")
        record(log, [settled(log, path)], BODY)
        assert len({entry.stream for entry in log.read_below("report/")}) == reports


def test_an_offices_draft_attaches_to_the_report_that_was_entered_once_for_everybody(log, tmp_path):
    def once(number: str, text: str) -> Raise:
        event = RecommendationRaised(number=number, text=say(text), kind="recommendation")
        return Raise(event=event, addressees=("all-chief-constables",))

    log.record(
        SETUP,
        publish_report,
        ReportPublished(title="Cold cells", kind="national_thematic", publisher="hmicfrs"),
        Notice(occurred_on="2024-03-04", source=Source(note=say("the report", "office"))),
        reference="cold-cells",
        recommendations=[
            once("1", "By 30 June 2024, chief constables should heat their cells."),
            once("2", "By 30 June 2024, chief constables should count their blankets."),
        ],
    )
    before = len(log.read_below("recommendation/"))
    assert before == 2 * 43

    file = settled(log, draft(tmp_path, PAGE, *SETTLED[:4]))
    intake = propose(log, [file], BODY)
    record(log, [file], BODY)

    assert intake.reports == ["cold-cells"]
    topics = [entry.data.TOPIC for entry in log.read_below("recommendation/")][before:]
    assert topics == ["commissioner-statement-issued"] * 2
    assert len(log.read_below("report/")) == 1


LIST = """Report title: Cold cells
Report published: 4 March 2024
Type of inspection: National thematic
Inspecting body: HMICFRS

Recommendations

Recommendation 1: By 30 June 2024, chief constables should heat their cells.

Recommendation 2: By 30 June 2024, police and crime commissioners should visit them.

Recommendation 3: By 30 June 2024, the Home Office and chief constables should pay.
"""


def for_everybody(folder: Path, text: str = LIST) -> Path:
    page = folder / "list.txt"
    page.write_text(text, encoding="utf-8")
    (found,) = suggested(page.read_bytes(), page.name, BODY, listed=True)
    told = write_draft(
        found, page.read_bytes(), body=BODY, url=None, out="all.toml", everybody=True
    )
    path = folder / "all.toml"
    path.write_text(told, encoding="utf-8")
    return path


def test_a_report_is_entered_from_its_list_once_for_everybody(log, tmp_path):
    file = settled(log, for_everybody(tmp_path))
    intake = propose(log, [file], BODY)
    says = [one.says for one in intake.proposals]
    assert len(says) == 5
    assert says[4] == "Who must respond (s.55): all 43 commissioners, by 28 April 2024"
    assert says[1].startswith("recommendation 1 to Avon and Somerset Police and 42 others")
    record(log, [file], BODY)
    assert record(log, [file], BODY) == 0

    raised = [entry.stream.split("/") for entry in log.read_below("recommendation/")]
    assert Counter(key for _, _, key, _ in raised) == {"1": 43, "2": 43, "3": 44}
    assert [one.data.TOPIC for one in log.read_below("response/")] == ["response-duty-arose"] * 43
    (report,) = log.read_below("report/")
    assert report.data.listed_by == "report"


def test_a_publisher_and_a_body_may_go_by_name(log, tmp_path):
    path = for_everybody(tmp_path)
    told = path.read_text(encoding="utf-8").replace('["hmicfrs"]', '["HMICFRS"]')
    path.write_text(told, encoding="utf-8")
    record(log, [settled(log, path)], BODY)
    (report,) = log.read_below("report/")
    assert report.data.publisher == "hmicfrs"
    assert body_id(log, log.service().bodies[BODY].name) == BODY
    with pytest.raises(Refused, match="essex-fire and essex-fire-authority: give the id"):
        body_id(log, "Essex County Fire and Rescue Service")


def test_a_body_is_taken_off_with_a_reason_in_the_same_transaction(log, tmp_path):
    path = for_everybody(tmp_path)
    off = '\n[[taken_off]]\nbody = "kent-pcc"\nreason = "Its force is not the subject."\n'
    path.write_text(path.read_text(encoding="utf-8") + off, encoding="utf-8")
    file = settled(log, path)

    says = [one.says for one in propose(log, [file], BODY).proposals]
    record(log, [file], BODY)

    kent = "Kent Police and Crime Commissioner"
    assert f"the duty of {kent} to respond, taken off: Its force is not the subject." in says
    assert "Who must respond (s.55): 42 bodies, by 28 April 2024" in says
    duty, off = (one for one in log.read_below("response/") if one.stream.endswith("/kent-pcc"))
    assert (duty.data.TOPIC, off.data.TOPIC) == ("response-duty-arose", "duty-disapplied")
    assert duty.recorded_at == off.recorded_at
    assert off.data.basis == "not_the_subject"
    assert off.data.reason is not None


def test_nobody_must_respond_where_the_draft_says_so(log, tmp_path):
    path = for_everybody(tmp_path)
    told = path.read_text(encoding="utf-8").replace("by_rule = true", "by_rule = false")
    path.write_text(told, encoding="utf-8")

    record(log, [settled(log, path)], BODY)

    assert log.read_below("response/") == []


def test_a_person_confirms_a_joint_report_first(log, tmp_path):
    text = LIST.replace("National thematic", "Joint inspection")
    path = for_everybody(tmp_path, text)

    intake = propose(log, [settled(log, path)], BODY)
    (asked,) = [one for one in intake.unread if "Who must respond" in one.text]
    assert "until a person answers yes, by naming the body" in asked.why

    told = path.read_text(encoding="utf-8").replace("bodies = []", 'bodies = ["cumbria-pfcc"]')
    path.write_text(told, encoding="utf-8")
    record(log, [settled(log, path)], BODY)
    (duty,) = log.read_below("response/")
    assert duty.stream.endswith("/cumbria-pfcc")


def test_statements_have_no_place_in_a_report_for_everybody(tmp_path):
    path = for_everybody(tmp_path, LIST + "\nCommissioner's response\n\nI welcome all of it.\n")
    told = re.sub(r'part = .*(?=\ntext = "I welcome)', 'part = "commissioner"', path.read_text())
    path.write_text(told, encoding="utf-8")
    with pytest.raises(AnswerableError, match=r"all\.toml, line \d+: what somebody says"):
        read_draft(path, no_report)


@pytest.mark.parametrize(
    ("changes", "line", "why"),
    [
        ((), "part = ", "say what block 2 is"),
        ((*SETTLED, ("block = 9", "block = 99")), "block = 99", "block 99 is not on the page"),
        ((*SETTLED, ('title = "Cold', 'title = "Hot"\ntitle = "Cold')), 'title = "Cold', "no TOML"),
        ((*SETTLED, ("2024-03-04", "2024-13-04")), "2024-13-04", "is no day"),
        ((*SETTLED, ('"2024-06-30"', '"2024-05-30"')), "2024-05-30", "is 2024-06-30, and not"),
        ((*SETTLED, ('"Nobody', '"Somebody')), '"Somebody', "does not stand in block"),
        ((*SETTLED, ('"commissioner 1"', '"commissioner 7"')), "er 7", "no recommendation 7"),
        ((*SETTLED, ('["force"]', "[force]")), "[force]", "no TOML"),
        ((*SETTLED, ('["force"]', '"force"')), 'addressees = "force"', "is a list of texts"),
        ((*SETTLED, ('part = "commissioner"', 'part = "wizard"')), '"wizard"', "is no part"),
        ((*SETTLED, ('number = "2"', 'number = "1"')), 'number = "1"', "stands in the draft twice"),
        (
            (*SETTLED, ('part = "recommendation 2"', 'part = "not needed"')),
            'number = "2"',
            "it has no words",
        ),
        ((*SETTLED, ('body = "', 'bodies = "')), "bodies", "a draft has no “bodies”"),
        ((*SETTLED, ("sha256 = \"", "sha256 = \"0")), "sha256", "other bytes"),
        ((*SETTLED, ('page = "page', 'page = "../page')), "page = ", "lies beside the draft"),
    ],
)  # fmt: skip
def test_a_fault_is_refused_in_a_sentence_with_its_line(tmp_path, changes, line, why):
    path = draft(tmp_path, PAGE, *changes)
    with pytest.raises(AnswerableError) as refused:
        read_draft(path, no_report)
    sentence = refused.value.sentence
    assert why in sentence
    named = re.search(r"draft\.toml, line (\d+)", sentence)
    assert named is not None
    lines = path.read_text(encoding="utf-8").split("\n")
    assert line in lines[int(named[1]) - 1]


def test_a_recommendation_of_a_body_that_is_not_registered_is_listed_and_not_recorded(
    log, tmp_path
):
    path = draft(tmp_path, PAGE, *SETTLED, ('["force"]', '["atlantis-police"]'))
    intake = propose(log, [settled(log, path)], BODY)
    assert any("not in the register" in one.why for one in intake.unread)


def test_a_draft_or_page_that_is_too_large_is_refused(tmp_path):
    path = draft(tmp_path, PAGE, *SETTLED)
    (tmp_path / "page.html").write_bytes(b"x" * 50_000_000)
    with pytest.raises(AnswerableError, match="larger than 10 MB"):
        read_draft(path, no_report)
    path.write_bytes(b"#" * 50_000_000)
    with pytest.raises(AnswerableError, match="50,000,000 bytes is too large"):
        read_draft(path, no_report)
