"""A register in columns of its own is recorded by a mapping: nothing of it is lost or guessed."""

from pathlib import Path
from typing import Any

import pytest

from api.commands.imports import RegisterFile, import_account, propose, record, summary, take
from ledger.acts.decision import Decision
from ledger.acts.recommendation import placed
from ledger.errors import AnswerableError
from ledger.events import (
    ClosureConfirmed,
    RecommendationRaised,
    Reopened,
    ReportPublished,
    ResponseDutyArose,
    ResponseLookedFor,
    ResponsePublished,
    Superseded,
    UpdateReceived,
)
from ledger.intake.proposals.draft import Intake
from ledger.intake.proposals.register import RegisterDraft
from ledger.intake.registers.mapping import mapping_of
from ledger.intake.registers.register import read_register
from ledger.intake.sheets.open_sheet import open_sheet
from ledger.states.effect import in_effect
from ledger.states.recommendation import fold
from tests.intake_sheets.importer import BODY, FORCE, Importer

MAPPING = """
publisher_number = "Ref"
title = "Inspection"
published_on = "Date"
addressee = "Force"
kind = "Rec or AFI"
number = "No."
text = "Wording"
target = "Deadline"
theme = "Theme"
level = "Level"
status = "Status"
status_on = "Changed"
history = "History"
comment = "Notes"
response_on = "Answered"
response_url = "Answer"
looked_on = "Looked"
looked_where = "Where"
[statuses]
Complete = "complete"
"Being progressed" = "being progressed"
"Awaiting review" = "awaiting_review"
Reopened = "reopened"
Superseded = "superseded"
"No longer relevant" = "no_longer_relevant"
[kinds]
"Rec." = "recommendation"
[given]
publisher = "HMICFRS"
report_kind = "other"
"""
THEMATIC = MAPPING.replace("other", "national thematic")
HEADER = ("Ref", "Inspection", "Date", "Force", "Rec or AFI", "No.", "Wording", "Status", "Changed")
ROW = ("7001", "Lost and found", "12/03/2024", "Cumbria", "Rec.", "1", "Label it.", "", "")
REPORT = "hmicfrs-2024-03-12-lost-and-found"
CASES: dict[str, tuple[type, dict[str, Any]]] = {
    "Complete": (ClosureConfirmed, {"ground": "done"}),
    "No longer relevant": (ClosureConfirmed, {"ground": "no_longer_relevant"}),
    "Superseded": (Superseded, {"superseded_by": None}),
    "Reopened": (Reopened, {}),
    "Being progressed": (UpdateReceived, {"claim": None}),
}


def csv_of(*rows: tuple[str, ...], header: tuple[str, ...] = HEADER) -> str:
    quoted = (",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows)
    return "\n".join([",".join(header), *quoted]) + "\n"


def row(**cells: str) -> tuple[str, ...]:
    """Return the usual row with some cells otherwise, by the names of their columns."""
    names = {"ref": 0, "title": 1, "date": 2, "force": 3, "kind": 4, "number": 5, "text": 6,
             "status": 7, "on": 8}  # fmt: skip
    found = list(ROW)
    for name, cell in cells.items():
        found[names[name]] = cell
    return tuple(found)


def register(text: str, mapping: str = MAPPING, name: str = "register.csv") -> RegisterFile:
    raw = text.encode()
    return RegisterFile(open_sheet(raw, name), raw, None, mapping_of(mapping.encode(), "map.toml"))


def takes(
    importer: Importer, text: str, mapping: str = MAPPING, body: str | None = None
) -> dict[str, Any]:
    """Import a register: the command's answer."""
    files = [register(text, mapping)]
    proposed = propose(importer.log, files, body)
    new = any(proposal.new for proposal in proposed.proposals)
    return summary(proposed, record(importer.log, files, body) if new else 0)


def acts(
    importer: Importer, number: str = "1", force: str = FORCE, report: str = REPORT
) -> list[Any]:
    """Return (event, day) of what is recorded of a recommendation."""
    entries = importer.log.read_stream(f"recommendation/{report}/{number}/{force}")
    return [(one.data, one.entry.occurred_on) for one in in_effect(entries)]


def standing(importer: Importer, number: str = "1") -> str:
    entries = importer.log.read_stream(f"recommendation/{REPORT}/{number}/{FORCE}")
    decision = Decision(importer.log, importer.account)
    return fold(placed(decision, decision.report(REPORT), list(entries))).status


def why(answer: dict[str, Any], column: str) -> list[str]:
    return [one["why"] for one in answer["unread"] if one["column"] == column]


def test_a_row_is_a_recommendation_with_the_publishers_own_words(importer):
    header = (*HEADER, "Deadline", "Theme", "Level")
    text = csv_of((*ROW, "within 28 days", "Custody", "National"), header=header)

    answer = takes(importer, text, THEMATIC)

    assert answer["reports"] == [REPORT]
    ((raised, day),) = acts(importer)
    assert isinstance(raised, RecommendationRaised)
    assert (raised.publisher_number, raised.theme, raised.level) == ("7001", "Custody", "National")
    assert (raised.number, raised.kind, day) == ("1", "recommendation", "2024-03-12")
    assert raised.target is not None
    assert raised.target.on is None
    (published,) = importer.events("report/")
    assert isinstance(published, ReportPublished)
    assert (published.publisher, published.kind) == ("hmicfrs", "national_thematic")


@pytest.mark.parametrize("word", CASES)
def test_a_status_is_an_act_of_its_day_as_the_register_reports_it(importer, word):
    takes(importer, csv_of(row(status=word, on="20/04/2025")))

    _, (event, day) = acts(importer)
    kind, fields = CASES[word]
    assert (type(event), day) == (kind, "2025-04-20")
    assert {name: getattr(event, name) for name in fields} == fields
    entry = importer.log.read_stream(f"recommendation/{REPORT}/1/{FORCE}")[-1]
    assert (entry.provenance, entry.recorded_by) == ("reported", "service/import")
    assert entry.source is not None
    assert entry.source.capture is not None


def test_what_awaits_review_is_a_claim_and_no_closure(importer):
    takes(importer, csv_of(row(status="Awaiting review", on="20/04/2025")))

    _, (event, _) = acts(importer)
    assert isinstance(event, UpdateReceived)
    assert event.claim is not None
    assert event.claim.means == "complete"
    assert standing(importer) == "claimed_complete"


def test_a_status_that_the_mapping_does_not_name_is_listed_and_not_guessed(importer):
    text = csv_of(row(status="Signed off", on="20/04/2025"))

    answer = takes(importer, text)

    assert [type(event) for event, _ in acts(importer)] == [RecommendationRaised]
    assert "what “Signed off” means" in why(answer, "Status")[0]
    named = MAPPING.replace("[statuses]", '[statuses]\n"signed OFF" = "complete"')
    assert takes(importer, text, named)["recorded"] == 2  # the closure, and the file
    assert standing(importer) == "closed"


def test_each_column_is_recorded_or_named_as_left_out(importer):
    text = csv_of((*ROW, "Chief Constable Doe"), header=(*HEADER, "Lead officer"))

    answer = takes(importer, text)

    assert "no key" in why(answer, "Lead officer")[0]
    lacking = {"Deadline", "Theme", "Level", "History", "Notes", "Answered", "Answer", "Looked",
               "Where"}  # fmt: skip
    assert {one["column"] for one in answer["unread"]} == lacking | {"Lead officer"}


def test_the_same_file_twice_records_nothing_and_neither_does_an_older_one(importer):
    first = csv_of(row(), row(ref="7002", number="2", status="Being progressed"))
    second = csv_of(row(), row(ref="7002", number="2", status="Complete"))
    third = csv_of(row(), row(ref="7002", number="2", status="Reopened"))
    assert [takes(importer, one)["recorded"] for one in (first, first)] == [5, 0]
    assert [takes(importer, one)["recorded"] for one in (second, third)] == [2, 2]
    before = importer.position
    assert [takes(importer, one)["recorded"] for one in (third, second, first)] == [0, 0, 0]
    assert (importer.position, standing(importer, "2")) == (before, "reopened")
    again = csv_of(
        row(), row(ref="7002", number="2", status="Complete"), row(ref="7003", number="3")
    )
    assert takes(importer, again)["recorded"] == 3  # closed once more, a new row, the file
    assert standing(importer, "2") == "closed"


def test_the_next_export_finds_its_row_by_the_publishers_number(importer):
    takes(importer, csv_of(row(status="Being progressed")))
    changed = csv_of(
        row(title="Lost and Found: a review", number="9", status="Complete", on="01/09/2025"),
    )

    answer = takes(importer, changed)

    assert answer["recorded"] == 2
    assert [type(event) for event, _ in acts(importer)][-1] is ClosureConfirmed
    assert len(importer.events("report/")) == 1
    assert "recorded as “Lost and found”" in why(answer, "Inspection")[0]
    assert "it is recorded as 1" in why(answer, "No.")[0]


def test_a_publishers_number_is_recorded_once_though_two_registers_bring_it_at_once(importer):
    takes(importer, csv_of(row(ref="7000", number="5")))
    mine = register(csv_of(row(title="Stores: a second look")), name="mine.csv")
    theirs = register(csv_of(row()), name="theirs.csv")

    def decide(decision: Decision) -> None:
        take(decision, [mine], None, importer.log)
        if not acts(importer):
            record(importer.log, [theirs], None)

    importer.log.decide(import_account(importer.log, None), decide)

    raised = [one for one in importer.events("recommendation/") if one.publisher_number == "7001"]
    assert (len(raised), len(importer.events("report/"))) == (1, 1)


def test_a_number_that_another_report_of_the_day_has_in_the_same_words_is_listed(importer):
    takes(importer, csv_of(row(ref="7000", number="5")))
    takes(importer, csv_of(row(title="Stores: a second look"), row(ref="7002", number="2")))

    answer = takes(importer, csv_of(row(), row(ref="7003", number="3", text="Count it.")))

    raised = [one.publisher_number for one in importer.events("recommendation/")]
    assert sorted(raised) == ["7000", "7001", "7002", "7003"]
    assert "“Stores: a second look”, of the same day, has this number" in why(answer, "Ref")[0]


def test_two_registers_of_one_import_bring_a_publishers_number_once(importer):
    takes(importer, csv_of(row(ref="7000", number="5")))
    more = [register(csv_of(row()), name="a.csv")]
    more.append(register(csv_of(row(title="Stores: a second look")), name="b.csv"))

    record(importer.log, more, None)

    raised = [one for one in importer.events("recommendation/") if one.publisher_number == "7001"]
    assert (len(raised), len(importer.events("report/"))) == (1, 1)


def test_a_number_that_begins_anew_with_each_report_makes_no_two_reports_one(importer):
    takes(importer, csv_of(row(ref="1")))
    takes(importer, csv_of(row(ref="1", title="Another report", date="01/05/2024")))

    assert len(importer.events("report/")) == 2


def test_a_history_gives_each_act_its_day(importer):
    header = (*HEADER, "History")
    told = "1 May 2024: Being progressed; Complete (2 June 2024); 09/09/2024 - Reopened"
    text = csv_of((*row(status="Complete", on="01/02/2025"), told), header=header)

    takes(importer, text)

    days = [day for _, day in acts(importer)][1:]
    assert days == ["2024-05-01", "2024-06-02", "2024-09-09", "2025-02-01"]
    assert standing(importer) == "closed"
    before = importer.position
    rows = [
        row(status="Complete", on="01/02/2025"),
        row(status="Being progressed", on="01/05/2024", text="", title="", date=""),
        row(status="Complete", on="2 June 2024", text=""),
    ]
    assert takes(importer, csv_of(*rows))["recorded"] == 0
    assert importer.position == before


def test_a_comment_is_the_reason_of_a_decision_and_for_the_office(importer):
    header = (*HEADER, "Notes")
    theirs = f'{MAPPING}comment_by = "publisher"\n'
    one = csv_of((*row(status="Complete", on="01/02/2025"), "Letter of 1 February"), header=header)
    takes(importer, one, theirs)
    _, (closed, _) = acts(importer)
    assert closed.reason.audience == "office"

    more = csv_of((*row(status="Complete", on="01/02/2025"), "Seen on 3 March"), header=header)

    assert takes(importer, more, theirs)["recorded"] == 2
    remark, _ = acts(importer)[-1]
    assert isinstance(remark, UpdateReceived)
    assert remark.remark
    entry = importer.log.read_stream(f"recommendation/{REPORT}/1/{FORCE}")[-1]
    assert (entry.by, entry.provenance) == ("hmicfrs", "reported")
    assert standing(importer) == "closed"
    assert takes(importer, more, theirs)["recorded"] == 0


@pytest.mark.parametrize(
    ("by", "whose", "is_remark"),
    [("publisher", "hmicfrs", True), ("addressee", FORCE, None), (BODY, BODY, True)],
)
def test_a_comment_is_the_word_of_whom_the_register_says(importer, by, whose, is_remark):
    header = (*HEADER, "Notes", "Who")
    mapping = MAPPING.replace('comment = "Notes"', 'comment = "Notes"\ncomment_by = "Who"')
    claimed = row(status="Awaiting review", on="20/04/2025")
    takes(importer, csv_of((*claimed, "", ""), header=header), mapping)

    takes(importer, csv_of((*claimed, "We saw the store.", by), header=header), mapping)

    entry = importer.log.read_stream(f"recommendation/{REPORT}/1/{FORCE}")[-1]
    assert isinstance(entry.data, UpdateReceived)
    assert (entry.by, entry.data.remark, entry.data.claim) == (whose, is_remark, None)
    assert standing(importer) == ("claimed_complete" if is_remark else "open")


def test_a_comment_of_which_nobody_says_whose_it_is_is_listed_and_its_status_is_recorded(importer):
    text = csv_of((*row(status="Complete", on="01/02/2025"), "Seen."), header=(*HEADER, "Notes"))

    answer = takes(importer, text)

    assert "give comment_by in the mapping" in why(answer, "Notes")[0]
    _, (closed, _) = acts(importer)
    assert closed.reason.audience == "public"


@pytest.mark.parametrize(
    ("name", "says_whose"),
    [("Inspector’s remarks", True), ("HMICFRS comments", True), ("HMICFRS lead’s notes", False)],
)
def test_the_name_of_a_column_may_say_that_its_comments_are_the_inspectorates(
    importer, name, says_whose
):
    mapping = MAPPING.replace('"Notes"', f'"{name}"')
    text = csv_of((*ROW, "We saw the store."), header=(*HEADER, name))

    answer = takes(importer, text, mapping)

    remarks = [one for one, _ in acts(importer) if isinstance(one, UpdateReceived) and one.remark]
    assert (len(remarks), bool(why(answer, name))) == ((1, False) if says_whose else (0, True))


def test_a_closure_without_a_day_does_not_stand_behind_a_later_reopening(importer):
    takes(importer, csv_of(row(status="Complete")))
    takes(importer, csv_of(row(status="Reopened", on="22/06/2025")))

    assert standing(importer) == "reopened"
    reopened = [day for event, day in acts(importer) if isinstance(event, Reopened)]
    assert reopened == ["2025-06-22", None]
    assert takes(importer, csv_of(row(status="Reopened", on="22/06/2025")))["recorded"] == 0


def test_one_that_a_rule_refuses_is_listed_and_the_others_are_recorded(importer):
    text = csv_of(row(status="Complete", on="01/03/2024"), row(ref="7002", number="2"))

    answer = takes(importer, text)

    assert answer["recorded"] == 4  # the report, two recommendations, and the file
    assert "before the report was published" in why(answer, "Status")[0]


def test_nobody_is_accused_by_a_register(importer):
    joint = MAPPING.replace("other", "joint")
    answer = takes(importer, csv_of(row()), joint)

    assert not any(isinstance(one, ResponseDutyArose) for one in importer.events("response/"))
    assert "until a person answers yes" in why(answer, "[duties]")[0]
    answered = joint + f'[duties]\n"Lost and found" = ["{BODY}"]\n'
    takes(importer, csv_of(row()), answered)
    (duty,) = importer.events("response/")
    assert isinstance(duty, ResponseDutyArose)
    entry = importer.log.read_stream(f"response/{REPORT}/{BODY}")[0]
    assert entry.batch is not None
    assert entry.batch.kind == "backfill"


def test_responses_and_look_ups_come_in_bulk_where_a_duty_is_recorded(importer):
    header = (*HEADER, "Answered", "Answer", "Looked", "Where")
    answered = (*ROW, "02/05/2024", "https://pfcc.example/1", "", "")
    again = (*row(ref="7002", number="2"), "02/05/2024", "https://pfcc.example/1", "", "")
    looked = (*row(ref="7001", force="Kent Police"), "", "", "03/05/2026", "https://kent.example")

    takes(importer, csv_of(answered, again, looked, header=header), THEMATIC)

    published = [
        one for one in importer.log.read_stream(f"response/{REPORT}/{BODY}")
        if isinstance(one.data, ResponsePublished)
    ]  # fmt: skip
    assert [(one.occurred_on, one.data.url) for one in published] == [
        ("2024-05-02", "https://pfcc.example/1")
    ]
    found = importer.log.read_stream(f"response/{REPORT}/kent-pcc")
    looks = [one for one in found if isinstance(one.data, ResponseLookedFor)]
    assert [(one.occurred_on, one.data.url) for one in looks] == [
        ("2026-05-03", "https://kent.example")
    ]
    same = takes(importer, csv_of(answered, again, looked, header=header), THEMATIC)
    assert same["recorded"] == 0


def test_a_response_makes_no_duty(importer):
    text = csv_of((*ROW, "02/05/2024"), header=(*HEADER, "Answered"))

    answer = takes(importer, text)

    assert importer.events("response/") == []
    assert "no duty of cumbria-pfcc" in why(answer, "Answered")[0]


def test_recommendations_and_areas_with_one_number_are_two(importer):
    text = csv_of(
        row(), row(ref="7002", kind="AFI", text="Count it."), row(ref="7003", text="Lock it.")
    )

    takes(importer, text)

    streams = {one.stream for one in importer.log.read_below(f"recommendation/{REPORT}/")}
    assert {one.split("/")[2] for one in streams} == {"1", "afi-1", "7003"}


def test_what_has_no_number_is_found_by_its_words(importer):
    ours = MAPPING.replace('publisher_number = "Ref"', "")
    text = csv_of(row(number="", kind="AFI"), row(number="", kind="AFI", text="Count it."))
    takes(importer, text, ours)
    before = importer.position

    assert takes(importer, text, ours)["recorded"] == 0
    (raised, _), *_ = acts(importer, "afi-2")
    assert (raised.numbered_by, importer.position) == ("us", before)


def test_an_office_records_what_concerns_it_and_the_rest_is_listed(importer):
    rows = [row(status="Complete"), row(ref="7009", force="Kent Police", status="Complete")]

    answer = takes(importer, csv_of(*rows), body=BODY)

    assert standing(importer) == "closed"
    assert [type(one) for one, _ in acts(importer, force="kent-police")] == [RecommendationRaised]
    assert "cannot record on a recommendation to “kent-police”" in why(answer, "Status")[0]


@pytest.mark.parametrize(
    ("text", "column", "says"),
    [
        (csv_of(row(force="Rutland")), "Force", "write its id in [bodies] of the mapping"),
        (csv_of(row(kind="Advice")), "Rec or AFI", "add it to [kinds]"),
        (csv_of(row(date="31/02/2024")), "Date", "does not exist"),
        (csv_of(row(text="")), "Wording", "it has no words"),
        (csv_of(row(title="")), "Inspection", "neither a column nor [given] says its report"),
    ],
)
def test_a_row_that_cannot_be_taken_says_why(importer, text, column, says):
    before = importer.position

    answer = takes(importer, text)

    assert [one for one in why(answer, column) if says in one], answer["unread"]
    assert acts(importer) == []
    assert answer["recorded"] in (0, 2), (before, importer.position)


def test_a_row_of_totals_makes_no_report(importer):
    total = row(ref="", title="Total: 1", date="", force="", kind="", number="", text="")

    answer = takes(importer, csv_of(ROW, total))

    assert len(importer.events("report/")) == 1
    assert "it has no words" in why(answer, "Wording")[0]


def test_the_force_is_the_one_of_the_office_whose_register_it_is(importer):
    takes(importer, csv_of(row(force="The Force")), body=BODY)

    assert len(acts(importer)) == 1


def test_two_reports_that_look_alike_wait_for_a_person(importer):
    takes(importer, csv_of(row()))
    other = csv_of(row(ref="9001", date="14/03/2024"))

    answer = takes(importer, other)

    assert "looks like" in why(answer, "[reports]")[0]
    assert len(importer.events("report/")) == 1
    said = MAPPING.replace("[kinds]", '[reports]\n"Lost and found" = "new"\n[kinds]')
    takes(importer, other, said)
    assert len(importer.events("report/")) == 2


def test_a_file_without_the_columns_is_refused_in_a_sentence(importer):
    with pytest.raises(AnswerableError, match="the mapping names"):
        takes(importer, "a,b\n1,2\n")
    with pytest.raises(AnswerableError, match="`text`"):
        takes(importer, "Inspection,Status\nLost and found,Complete\n")
    with pytest.raises(AnswerableError, match="there twice"):
        takes(importer, "Ref,Inspection,Wording,Wording\n1,Lost,Find it.,Lose it.\n")


@pytest.mark.parametrize("rows", [4, 40])
def test_the_texts_of_a_recorded_report_are_read_at_once_however_many_rows_it_has(
    importer, rows, monkeypatch
):
    text = csv_of(*(row(ref=f"{n}", number=f"{n}", text=f"Count {n}.") for n in range(1, rows)))
    takes(importer, text)
    asked: list[int] = []

    read_openings = importer.log.openings

    def openings(positions):
        asked.append(len(positions))
        return read_openings(positions)

    monkeypatch.setattr(importer.log, "openings", openings)
    file, intake = register(text), Intake()
    read = read_register(file.book, file.mapping)
    decision = Decision(importer.log, importer.account)
    RegisterDraft(decision, read, file, None, intake).take_rows()

    assert intake.already == rows  # the report, and its recommendations
    assert len(asked) == 1


def test_a_header_may_stand_below_a_title(importer):
    text = "Register of recommendations,\n" + csv_of(ROW)

    assert takes(importer, text)["recorded"] >= 3


def test_a_midnight_is_a_day(importer):
    takes(importer, csv_of(row(date="2024-03-12T00:00:00Z")))

    assert acts(importer)[0][1] == "2024-03-12"


def test_mappings_of_examples_can_be_read():
    folder = Path(__file__).parents[2] / "examples" / "registers"
    for file in folder.glob("*.toml"):
        assert mapping_of(file.read_bytes(), file.name).columns
