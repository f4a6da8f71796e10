"""The history of a recommendation in an office's spreadsheet: assurances, updates, closures."""

from dataclasses import replace

import pytest

from ledger.acts.decision import Notice
from ledger.acts.recommendation import seek_assurance
from ledger.events import AssuranceSought, ClosureConfirmed, UpdateReceived
from ledger.events.texts import say
from tests.intake_sheets.conftest import new_importer
from tests.intake_sheets.importer import BACKLOG, BODY, FORCE, NOTE, TWO

ASSURANCES = (
    "report,number,addressee,of,question,occurred on,reply by,source note\n"
    "stores-2024,2,force,force,Who counts?,3 May 2024,1 June 2024,letter\n"
    "stores-2024,Rec 03,force,force,Who tells?,,,\n"
)
UPDATES = (
    "report,number,addressee,update,occurred on,claim as stated,means,expected on,answers\n"
    "stores-2024,2,force,The stores are counted.,May 2024,Green,on track,2024-10-01,Who counts?\n"
)
CLOSURES = (
    "report,number,addressee,occurred on,by,reason,source note\n"
    "stores-2024,3,force,2024-12-01,,Evidence was seen.,letter of 3 December\n"
)
WHOLE = (*BACKLOG, ASSURANCES, UPDATES, CLOSURES)
OF_TWO = f"recommendation/stores-2024/2/{FORCE}"
OF_THREE = f"recommendation/stores-2024/3/{FORCE}"


@pytest.fixture(scope="module")
def whole(postgres, begun, tmp_path_factory):
    """Yield an importer that took a whole backlog with its history; nothing is recorded later."""
    with new_importer(postgres, begun, tmp_path_factory.mktemp("whole")) as importer:
        assert importer.takes(*WHOLE)["unread"] == []
        yield importer


@pytest.fixture(scope="module")
def unchanged(postgres, taken, tmp_path_factory):
    """Yield an importer that took a backlog, and nothing of the rows that a test is about."""
    with new_importer(postgres, taken, tmp_path_factory.mktemp("unchanged")) as importer:
        yield importer


def acts(importer, stream, kind):
    return [entry for entry in importer.log.read_stream(stream) if isinstance(entry.data, kind)]


def words(importer, entry, path):
    return importer.log.openings([entry.position])[(entry.position, path)].body


def test_a_whole_backlog_with_its_history_is_recorded_at_once_as_backfill(whole):
    (asked,) = acts(whole, OF_TWO, AssuranceSought)
    (update,) = acts(whole, OF_TWO, UpdateReceived)
    (closed,) = acts(whole, OF_THREE, ClosureConfirmed)
    assert {one.batch.kind for one in (asked, update, closed)} == {"backfill"}
    assert {one.source.capture is not None for one in (asked, update, closed)} == {True}
    assert len({one.recorded_at for one in (asked, update, closed)}) == 1


def test_an_assurance_is_the_bodys_own_act_with_its_question_for_the_office(whole):
    (asked,) = acts(whole, OF_TWO, AssuranceSought)
    assert (asked.by, asked.occurred_on) == (BODY, "2024-05-03")
    assert (asked.data.of, asked.data.reply_by) == (FORCE, "2024-06-01")
    assert asked.data.question.audience == asked.source.note.audience == "office"
    assert words(whole, asked, "question") == "Who counts?"
    (open_one,) = acts(whole, OF_THREE, AssuranceSought)
    assert (open_one.occurred_on, open_one.data.reply_by) == (None, None)


def test_an_update_is_the_forces_and_answers_the_question_that_it_names(whole):
    (asked,) = acts(whole, OF_TWO, AssuranceSought)
    (update,) = acts(whole, OF_TWO, UpdateReceived)
    assert (update.by, update.provenance, update.occurred_on) == (FORCE, "reported", "2024-05")
    assert update.data.answers == asked.id
    claim = update.data.claim
    assert (claim.means, claim.expected_on) == ("on_track", "2024-10-01")
    assert claim.as_stated.audience == update.data.text.audience == "office"


def test_a_closure_is_the_inspectorates_as_reported_with_its_note(whole):
    (closed,) = acts(whole, OF_THREE, ClosureConfirmed)
    assert (closed.by, closed.recorded_by) == ("hmicfrs", "cumbria-pfcc/import")
    assert (closed.provenance, closed.occurred_on) == ("reported", "2024-12-01")
    assert words(whole, closed, "source.note") == "letter of 3 December"
    assert closed.source.note.audience == "public"
    assert [one.number for one in whole.open()] == ["02"]


def test_the_same_history_twice_records_nothing(whole):
    before = whole.position

    again = whole.takes(*WHOLE)

    assert (again["recorded"], again["unread"]) == (0, [])
    assert again["already"] == 7 + 4
    assert whole.position == before


def test_an_update_may_name_the_question_by_its_entry(importer):
    importer.takes(*BACKLOG, ASSURANCES)
    (asked,) = acts(importer, OF_TWO, AssuranceSought)

    answer = importer.takes(UPDATES.replace("Who counts?", asked.id.upper()))

    assert answer["unread"] == []
    (update,) = acts(importer, OF_TWO, UpdateReceived)
    assert update.data.answers == asked.id


@pytest.mark.parametrize(
    ("file", "column", "why"),
    [
        (ASSURANCES.replace(",2,", ",9,"), "number", "no recommendation 9 to"),
        (
            ASSURANCES.replace("force,force,Who c", "force,nobody,Who c"),
            "of",
            "not in the register",
        ),
        (UPDATES.replace("Who counts?", "Who pays?"), "answers", "no assurance with this question"),
        (UPDATES.replace(",force,", ",nobody,"), "addressee", "is not in the register"),
        (CLOSURES.replace("12-01,,", "12-01,nobody,"), "by", "is not in the register"),
        (CLOSURES.replace("stores", "attics"), "report", "no report “attics-2024” is recorded"),
        (CLOSURES.replace("Evidence was seen.", ""), "reason", "it is empty, and is needed"),
        (CLOSURES.replace("2024-12-01", "12/31/2024"), "occurred on", "no month 31"),
        (UPDATES.replace("on track", ""), "means", "is empty"),
    ],
)
def test_a_row_that_cannot_be_taken_is_listed_with_its_column(unchanged, file, column, why):
    answer = unchanged.takes(*BACKLOG, file)

    unread = [one for one in answer["unread"] if one["column"] == column]
    assert len(unread) == 1
    assert why in unread[0]["why"]
    assert (unread[0]["file"], unread[0]["row"]) == ("5.csv", 2)


@pytest.mark.parametrize(
    ("changed", "column", "why"),
    [
        (CLOSURES.replace("2024-12-01", "2024-12-02"), "occurred on", "closed by hmicfrs on 2024-"),
        (CLOSURES.replace("Evidence was seen.", "Other."), "reason", "with other reasons"),
        (ASSURANCES.replace("3 May 2024", "4 May 2024"), "occurred on", "sought on 2024-05-03"),
    ],
)
def test_history_recorded_otherwise_is_left_for_a_person(importer, changed, column, why):
    importer.takes(*WHOLE)
    before = importer.position

    answer = importer.takes(changed)

    assert importer.position == before
    (unread,) = answer["unread"]
    assert unread["column"] == column
    assert why in unread["why"]


def test_a_force_never_closes_by_a_sheet(backlog):
    sentence = backlog.refuses(CLOSURES.replace("12-01,,", "12-01,force,"))

    assert sentence.startswith("1.csv, row 2: Cumbria Constabulary cannot decide on closure")


def test_rows_about_a_rejected_report_and_doubles_are_rejected(importer):
    files = (ASSURANCES + ASSURANCES.splitlines()[1] + "\n", CLOSURES + CLOSURES.splitlines()[1])

    answer = importer.takes(*BACKLOG, *files)

    assert [(one["file"], one["row"], one["why"]) for one in answer["unread"]] == [
        ("5.csv", 4, "the same assurance stands in row 2 already"),
        ("6.csv", 3, "a closure of the same recommendation stands in row 2 already"),
    ]
    bad = (BACKLOG[0].replace("national thematic", "pear"), *files)
    fallen = importer.takes(*bad)["unread"]
    assert sum("its report in 1.csv, row 2 is rejected" in one["why"] for one in fallen) == 5


# The updates sheet: open questions go out, answers come back


@pytest.fixture
def asked(importer):
    importer.takes(*BACKLOG, ASSURANCES)
    return importer


def test_the_updates_sheet_shows_the_open_questions_with_their_ids(asked):
    two, three = asked.open()

    (question,) = two.questions
    (entry,) = acts(asked, OF_TWO, AssuranceSought)
    assert (question.entry, question.question) == (entry.id, "Who counts?")
    assert question.reply_by == "2024-06-01"
    assert [one.question for one in three.questions] == ["Who tells?"]


def test_an_answer_on_the_sheet_finds_its_question_by_yes_or_by_its_words(asked):
    two, three = (acts(asked, of, AssuranceSought)[0] for of in (OF_TWO, OF_THREE))
    did = {"what you did": "We do."}

    answer = asked.takes(
        asked.filled(
            did | {"answers the question": "Yes"}, did | {"answers the question": "Who tells?"}
        )
    )

    assert answer["unread"] == []
    for of, question in ((OF_TWO, two), (OF_THREE, three)):
        (update,) = acts(asked, of, UpdateReceived)
        assert update.data.answers == question.id
    assert [one.questions for one in asked.open()] == [(), ()]


def test_an_id_that_is_no_question_about_the_recommendation_is_listed(asked):
    (other,) = acts(asked, OF_THREE, AssuranceSought)

    two = {"what you did": "We do.", "answers the question": other.id}
    three = {"what you did": "x", "answers the question": "No"}

    answer = asked.takes(asked.filled(two, three))

    (unread,) = answer["unread"]
    assert unread["column"] == "answers the question"
    assert "no such question about this recommendation" in unread["why"]
    assert answer["recorded"] == 2


def test_two_rows_about_one_recommendation_may_answer_two_questions(asked):
    second = AssuranceSought(of=FORCE, question=say("And who checks?", "office"))
    asked.log.record(asked.account, seek_assurance, TWO, second, NOTE)
    (two, *_) = asked.open()
    one, other = (question.entry for question in two.questions)
    yes = {"answers the question": "Yes"}

    answer = asked.takes(
        asked.filled(yes | {"what you did": "We do."}, yes | {"what you did": "They do."}, {})
    )

    assert answer["unread"] == []
    updates = acts(asked, OF_TWO, UpdateReceived)
    assert [entry.data.answers for entry in updates] == [one, other]


def test_a_question_that_the_office_may_not_read_says_who_holds_it(asked):
    account = replace(asked.account, name="hmicfrs/editor", body="hmicfrs")
    held = AssuranceSought(of=FORCE, question=say("A secret.", "office"))
    asked.log.record(account, seek_assurance, TWO, held, Notice())

    (two, *_) = asked.open()

    assert two.questions[-1].question == "[held by hmicfrs, and not open to you]"
