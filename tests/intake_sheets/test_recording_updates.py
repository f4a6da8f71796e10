"""Filled updates sheets to entries: what the force had not seen is refused by name."""

from dataclasses import replace

import pytest

from api.commands.imports import import_account
from ledger.acts.recommendation import confirm_closure, set_target_date, withdraw
from ledger.errors import AnswerableError
from ledger.events import ClosureConfirmed, TargetDateSet, Withdrawn
from ledger.events.texts import say
from tests.intake_sheets.importer import FORCE, NOTE, TWO


def test_the_updates_of_a_sheet_are_the_forces_own_acts(backlog):
    sheet = backlog.filled(
        {
            "what you did": "A count is made.",
            "on what day": "May 2024",
            "in your words": "Green",
            "how it stands": "on track",
            "done by": "1 October 2024",
        },
        {},
    )

    answer = backlog.takes(sheet)

    assert answer["unread"] == []
    assert answer["recorded"] == 2  # the update, and the capture of the sheet
    entry = backlog.log.read_stream(f"recommendation/stores-2024/2/{FORCE}")[-1]
    assert (entry.by, entry.recorded_by) == (FORCE, "cumbria-pfcc/import")
    assert (entry.provenance, entry.occurred_on) == ("reported", "2024-05")
    assert (entry.data.claim.means, entry.data.claim.expected_on) == ("on_track", "2024-10-01")
    assert entry.data.text.audience == entry.data.claim.as_stated.audience == "office"


def test_the_same_filled_sheet_twice_records_nothing_the_second_time(backlog):
    claim = {"in your words": "Green", "how it stands": "complete"}
    sheet = backlog.filled({"what you did": "A count is made.", **claim}, {"what you did": "Told."})
    assert backlog.takes(sheet)["recorded"] == 3
    before = backlog.position

    again = backlog.takes(sheet)

    assert (again["recorded"], again["already"], again["unread"]) == (0, 2, [])
    assert backlog.position == before


def test_a_later_sheet_may_say_the_same_words_again(backlog):
    assert (
        backlog.takes(backlog.filled({"what you did": "No change."}, {}, name="1.xlsx"))["recorded"]
        == 2
    )
    assert (
        backlog.takes(backlog.filled({"what you did": "No change."}, {}, name="2.xlsx"))["recorded"]
        == 2
    )


def test_a_row_whose_recommendation_moved_on_is_listed_and_the_others_are_recorded(backlog):
    sheet = backlog.filled({"what you did": "A count is made."}, {"what you did": "Told."})
    moved = TargetDateSet(on="2025-01-01", origin="internal", reason=say("More time."))
    backlog.log.record(backlog.account, set_target_date, TWO, moved, NOTE)

    answer = backlog.takes(sheet)

    (unread,) = answer["unread"]
    assert (unread["sheet"], unread["row"], unread["column"]) == ("updates", 2, "version")
    assert unread["why"] == "moved on since the sheet was made: version 2, now 3"
    assert unread["text"] == "A count is made."
    assert answer["recorded"] == 2


def test_a_sheet_mended_after_it_was_imported_is_no_repeat(backlog):
    green = {"in your words": "Green", "how it stands": "on_track"}
    red = {"in your words": "Red", "how it stands": "off_track"}
    first = backlog.filled({"what you did": "A count.", **green}, {}, name="1.xlsx")
    second = backlog.filled({"what you did": "A count.", **red}, {}, name="2.xlsx")
    backlog.takes(first)

    answer = backlog.takes(second)

    assert (answer["recorded"], answer["already"]) == (0, 0)
    assert "moved on" in answer["unread"][0]["why"]


def test_a_row_that_a_rule_refuses_is_listed_and_the_others_are_recorded(backlog):
    gone = replace(NOTE, occurred_on="2025-06-01")
    backlog.log.record(backlog.account, withdraw, TWO, Withdrawn(reason=say("No more.")), gone)
    early = {"what you did": "Early.", "on what day": "2023-01-01"}
    late = {"what you did": "Late.", "on what day": "2025-07-01"}
    before = backlog.position

    refused = backlog.takes(backlog.filled(late, early, on="2025-05-01"))

    assert (refused["recorded"], backlog.position) == (0, before)
    assert [(one["row"], one["column"], one["text"]) for one in refused["unread"]] == [
        (2, "", "Late."),
        (3, "", "Early."),
    ]
    assert refused["unread"][1]["why"].startswith("1 January 2023")
    answer = backlog.takes(
        backlog.filled(late, {"what you did": "Told."}, on="2025-05-01", name="2.xlsx")
    )
    assert (answer["recorded"], len(answer["unread"])) == (2, 1)
    newest = [entry.stream for entry in backlog.log.read(before, 10)]
    assert newest[-1].startswith("recommendation/stores-2024/3/")


def test_a_sheet_about_the_force_of_another_office_is_refused_and_records_nothing(backlog):
    sheet = backlog.filled({"what you did": "Told."}, {})
    import_account(backlog.log, "kent-pcc")
    before = backlog.position

    with pytest.raises(AnswerableError, match=r"^back\.xlsx, updates, row 2: kent-pcc/import"):
        backlog.takes(sheet, body="kent-pcc")

    assert backlog.position == before


def test_the_updates_sheet_has_what_is_open_and_is_read_back_without_updates(backlog):
    two, three = backlog.open()

    assert (two.number, two.addressee, two.title) == ("02", FORCE, "Lost and found")
    assert (two.text, two.status, two.target) == ("Label it.", "open", "1 October 2024")
    assert (three.target, three.last_update_on, three.version) == ("within 28 days", None, 2)
    assert backlog.open(FORCE) == [two, three]
    answer = backlog.takes(backlog.sheet())
    assert (answer["recorded"], answer["already"], answer["unread"]) == (0, 0, [])


def test_an_updates_sheet_of_the_past_has_what_was_open_then(backlog):
    before = backlog.position
    closed = ClosureConfirmed(reason=say("Done."))
    backlog.log.record(backlog.account, confirm_closure, TWO, closed, NOTE)

    assert [(one.number, one.version) for one in backlog.open(known_at=before)] == [
        ("02", 2),
        ("03", 2),
    ]
    assert [(one.number, one.version) for one in backlog.open()] == [("03", 2)]


def test_a_body_without_a_force_has_no_updates_sheet(importer):
    with pytest.raises(AnswerableError, match="has no force"):
        importer.open("hmicfrs")
