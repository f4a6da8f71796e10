"""A response page that is met again in other words: revisions, not corrections."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.commands.imports import import_account
from ledger.acts.capture import keep_capture, received
from ledger.acts.correction import correct_entry
from ledger.acts.decision import Notice
from ledger.application import Ledger
from ledger.events import Source
from ledger.events.streams import recommendation_stream, response_stream
from ledger.events.texts import say
from ledger.intake.proposals.wordings import same
from ledger.postgres.connections import pool
from ledger.postgres.embedded import Running
from tests.conftest import examples
from tests.intake.changing import BODY, FIRST, FORCE, NUMBERS, REPORT, Edition, Office
from tests.servers import FreshDatabase, fresh_database

OTHER = "On recommendation {} I now hold the chief constable to account every month."
NEVER = {"entry-corrected", "response-published", "commissioner-statement-issued"}


def office_on(log: Ledger, folder: Path) -> Office:
    import_account(log, BODY)
    return Office(log, folder)


@pytest.fixture
def office(begun_database: FreshDatabase, tmp_path: Path) -> Office:
    return office_on(begun_database.ledger, tmp_path)


MET = "page_met"


@pytest.fixture(scope="module")
def met_once(postgres: Running, begun: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the name of a database whose log took the page, which those of tests are copied
    from."""
    with psycopg.connect(postgres.url("postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {MET} TEMPLATE {begun}".encode())
    with pool(postgres.url(MET)) as connections:
        log = Ledger(connections, postgres.url(MET))
        one = office_on(log, tmp_path_factory.mktemp(MET))
        assert one.takes(FIRST)["unread"] == []
    return MET


@pytest.fixture
def met(postgres: Running, met_once: str, tmp_path: Path) -> Iterator[Office]:
    """Yield an office that took the page."""
    with fresh_database(postgres, met_once) as fresh:
        yield office_on(fresh.ledger, tmp_path)


def recorded_since(office: Office, position: int) -> list[str]:
    """Return the types of what was recorded about the report after a position, captures left
    out."""
    return [
        entry.data.TOPIC
        for prefix in ("report/", "response/", "recommendation/")
        for entry in office.log.read_below(prefix)
        if entry.position > position
    ]


def test_a_passage_in_other_words_is_one_revision_and_nothing_else(met):
    before = met.position

    answer = met.takes(FIRST.but("2", OTHER.format(2)))

    assert (answer["revised"], answer["unread"], answer["proposed"]) == (1, [], [])
    assert recorded_since(met, before) == ["statement-revised"]
    (revision,) = met.entries("statement-revised")
    said = revision.data
    assert (said.field, said.number, said.addressee, said.how) == ("passage", "2", FORCE, "named")
    assert revision.occurred_on == met.today.isoformat()
    assert (revision.by, revision.provenance) == (BODY, "first_hand")
    assert met.says(revision, "now") == OTHER.format(2)


def test_a_recommendation_that_a_page_comes_to_list_has_the_reports_day_as_it_is_known(met):
    (published,) = met.entries("report-published")
    account = import_account(met.log, BODY)
    address = "https://hmicfrs.justiceinspectorates.gov.uk/report"
    came = received(b"<p>10 March 2025</p>", address, host="hmicfrs.justiceinspectorates.gov.uk")
    kept = met.log.record(account, keep_capture, came, Notice()).entries[0]
    page = Notice(source=Source(capture=kept.stream.removeprefix("capture/")))
    met.log.record(
        account,
        correct_entry,
        met.log.entry(published.id),
        page,
        field="published_on",
        now="2025-03-10",
        reason=say("A slip."),
    )

    met.takes(replace(FIRST, asked={**FIRST.asked, "5": "The force should mend thing 5."}))

    raised = met.entries("recommendation-raised")[-1]
    assert (raised.data.number, raised.occurred_on) == ("5", "2025-03-10")


def test_a_revision_cites_the_new_capture_and_names_the_former_text_by_its_commitment(met):
    met.takes(FIRST.but("2", OTHER.format(2)))

    (revision,) = met.entries("statement-revised")
    captures = met.entries("capture-kept")
    stream = recommendation_stream(REPORT, "2", FORCE)
    (issued,) = [
        one for one in met.log.read_stream(stream) if one.data.TOPIC in NEVER
    ]  # fmt: skip
    assert len(captures) == 2
    assert revision.source.capture == captures[-1].stream.removeprefix("capture/")
    assert revision.data.was.sha256 == issued.data.text.sha256


def test_the_changed_page_again_records_nothing(office):
    changed = FIRST.but("2", OTHER.format(2))
    office.takes(FIRST)
    office.takes(changed)
    before = office.position

    answer = office.takes(changed)

    assert (answer["recorded"], answer["revised"], answer["unread"]) == (0, 0, [])
    assert answer["already"] == office.takes(FIRST)["already"]
    assert office.position == before


def test_an_older_file_is_an_earlier_wording_and_records_nothing(met):
    met.takes(FIRST.but("2", OTHER.format(2)))
    met.takes(FIRST.but("2", "On recommendation 2 all is done, says the force."))
    before = met.position

    for older in (FIRST, FIRST.but("2", OTHER.format(2))):
        answer = met.takes(older)
        assert (answer["recorded"], answer["revised"], answer["unread"]) == (0, 0, [])
    assert met.position == before


def test_an_older_file_with_one_new_passage_brings_only_that(met):
    met.takes(FIRST.but("2", OTHER.format(2)))

    answer = met.takes(FIRST.but("3", OTHER.format(3)))

    assert answer["revised"] == 1
    assert [one.data.number for one in met.entries("statement-revised")] == ["2", "3"]


def test_a_page_in_another_dress_says_what_it_said(office):
    quoted = FIRST.but(
        "2", 'On recommendation 2 I asked the force\'s staff: "what do you do?" – twice.'
    )
    office.takes(quoted)
    before = office.position

    dressed = quoted.but(
        "2",
        "On recommendation 2  I asked the force’s staff: &ldquo;what do you do?&rdquo; — twice.",
    )
    answer = office.takes(dressed)

    assert (answer["recorded"], answer["revised"], answer["unread"]) == (0, 0, [])
    assert office.position == before


def test_the_rest_of_the_text_is_one_revision_of_the_whole(met):
    changed = replace(FIRST, opening="I do not welcome this report at all.")

    assert met.takes(changed)["revised"] == 1

    (revision,) = met.entries("statement-revised")
    assert (revision.data.field, revision.data.number) == ("text", None)
    assert met.says(revision, "now").startswith("I do not welcome")
    assert met.takes(changed)["recorded"] == 0


def test_a_passage_that_appears_is_added_and_one_that_vanished_is_gone(office):
    office.takes(FIRST.but("3", ""))

    added = office.takes(FIRST)
    gone = office.takes(FIRST.but("4", ""))

    assert (added["revised"], gone["revised"]) == (1, 1)
    three, four, *again = [one.data for one in office.entries("statement-revised")]
    assert (three.number, three.was, three.how) == ("3", None, "named")
    assert three.now is not None
    assert (four.number, four.now, four.how) == ("4", None, "not_found")
    assert four.was is not None
    assert again == []


def test_the_comments_of_the_chief_officer_come_change_and_go(met):
    answers = [
        met.takes(replace(FIRST, comments=words))["revised"]
        for words in ("We are on it.", "We are done.", "", "We are done.")
    ]

    assert answers == [1, 1, 0, 0]
    fields = [one.data.field for one in met.entries("statement-revised")]
    assert fields == ["chief_officer_comments", "chief_officer_comments"]
    assert met.entries("chief-officer-comments-received") == []


def test_the_words_about_the_report_that_came_from_the_page_are_revised(met):
    changed = replace(
        FIRST,
        title="Lost and found property in custody",
        cites="Section 33 of the Police Act 1996",
        findings="Property goes missing less often.",
    )
    before = met.position

    answer = met.takes(changed)

    assert (answer["revised"], answer["reports"]) == (3, [REPORT])
    assert set(recorded_since(met, before)) == {"report-revised"}
    revised = {one.data.field: one for one in met.entries("report-revised")}
    assert set(revised) == {"title", "cites", "key_findings"}
    assert revised["title"].data.was == "Lost property in custody"
    assert {one.provenance for one in revised.values()} == {"reported"}
    assert met.takes(changed)["recorded"] == 0
    assert met.takes(FIRST)["recorded"] == 0


def test_a_recommendation_in_other_words_is_its_publishers_and_listed(met):
    before = met.position
    changed = replace(FIRST, asked={**FIRST.asked, "2": "The force should mend thing 2 at last."})

    answer = met.takes(changed)

    assert (answer["revised"], met.position) == (0, before)
    (unread,) = answer["unread"]
    assert unread["why"].endswith("is recorded in other words")


def test_another_day_of_the_report_is_listed_and_makes_no_second_report(met):
    before = met.position

    answer = met.takes(replace(FIRST, day="13/03/2025"))

    assert (answer["reports"], answer["recorded"]) == ([REPORT], 0)
    assert met.position == before
    assert "its publisher's own page would correct that" in answer["unread"][0]["why"]


def test_a_page_from_another_address_revises_nothing(met):
    before = met.position

    answer = met.takes(FIRST.but("2", OTHER.format(2)), url="https://kent-pcc.example/other")

    assert (answer["recorded"], answer["revised"]) == (0, 0)
    assert "a response in other words is recorded, published at" in answer["unread"][0]["why"]
    assert met.position == before


def test_an_assurance_in_other_words_is_left_to_a_person(office):
    seeks = "On recommendation 2, I will be looking for assurance that {} is done."
    office.takes(FIRST.but("2", seeks.format("it")))
    before = office.position

    answer = office.takes(FIRST.but("2", seeks.format("all of it")))

    assert answer["revised"] == 1
    assert recorded_since(office, before) == ["statement-revised"]
    assert answer["unread"][0]["text"] == seeks.format("all of it")


def test_a_day_that_appears_is_proposed_once_and_recorded_only_when_confirmed(met):
    dated = replace(FIRST, published="2 May 2025")
    before = met.position

    proposed = met.takes(dated)["proposed"]

    assert [(one["field"], one["was"], one["now"]) for one in proposed] == [
        ("published_on", None, "2025-05-02")
    ]
    assert met.position == before
    assert met.takes(dated, days=True)["revised"] == 0
    kinds = set(recorded_since(met, before))
    corrected = met.entries("entry-corrected")
    assert kinds == {"entry-corrected"}
    assert {(one.data.was, one.data.now) for one in corrected} == {(None, "2025-05-02")}
    assert {one.source.capture for one in corrected} == {
        met.entries("capture-kept")[-1].stream.removeprefix("capture/")
    }
    assert met.takes(dated)["proposed"] == []


def test_a_bare_day_that_appears_is_proposed_and_one_that_was_always_there_is_not(office):
    comments = replace(FIRST, comments="We are grateful.")
    bare = replace(FIRST, comments="We are grateful.\n\nPublished 2 May 2025")
    office.settles = False
    office.takes(bare)
    assert office.takes(bare, days=True)["proposed"] == []

    office.takes(comments)
    answer = office.takes(bare.but("2", OTHER.format(2)), days=True)

    assert [one["now"] for one in answer["proposed"]] == ["2025-05-02"]
    assert (answer["revised"], answer["unread"]) == (1, [])


def test_the_day_and_a_revision_at_once_leave_the_revision_its_own_day(met):
    met.takes(replace(FIRST.but("2", OTHER.format(2)), published="2 May 2025"), days=True)

    (revision,) = met.entries("statement-revised")
    targets = {one.data.target for one in met.entries("entry-corrected")}
    assert revision.occurred_on == met.today.isoformat()
    assert revision.id not in targets
    assert len(targets) == 1 + len(NUMBERS)


@pytest.mark.parametrize(
    ("day", "why"),
    [
        ("1 March 2025", "before the report was published"),
        ("1 May 2090", "did not happen later"),
    ],
)
def test_a_day_that_cannot_be_is_listed_with_its_reason(met, day, why):
    answer = met.takes(replace(FIRST, published=day), days=True)

    assert (answer["proposed"], answer["recorded"]) == ([], 0)
    assert why in answer["unread"][0]["why"]


def test_a_day_that_differs_from_the_one_recorded_changes_nothing(office):
    office.takes(replace(FIRST, published="2 May 2025"))

    answer = office.takes(replace(FIRST, published="3 May 2025"), days=True)

    assert (answer["proposed"], answer["recorded"]) == ([], 0)
    assert "is recorded as published on 2 May 2025" in answer["unread"][0]["why"]


def test_a_day_that_a_person_took_away_is_not_proposed_again(office):
    dated = replace(FIRST, published="2 May 2025")
    office.takes(dated)
    published = office.entries("response-published")[0]
    account = office.log.account(f"{BODY}/import")
    office.log.record(
        account,
        correct_entry,
        office.log.entry(published.id),
        Notice(),
        field="published_on",
        now=None,
        reason=say("A false date."),
    )

    answer = office.takes(dated, days=True)

    assert (answer["proposed"], answer["recorded"], answer["unread"]) == ([], 0, [])


def test_the_first_publication_keeps_its_place_whatever_comes_after(met):
    (before,) = met.entries("response-published")
    changed = replace(FIRST.but("1", OTHER.format(1)), opening="Other.", comments="We know.")

    met.takes(changed)

    assert met.entries("response-published") == [before]
    entries = met.log.read_stream(response_stream(REPORT, BODY))
    assert [one.data.TOPIC for one in entries[:2]] == ["response-duty-arose", "response-published"]


@pytest.mark.sampled
def test_any_passages_edited_are_that_many_revisions_and_nothing_else(
    postgres: Running, met_once: str, tmp_path: Path
) -> None:
    words = st.text("abcdefg hij ’“–", min_size=1, max_size=40).map(str.strip)

    @given(edits=st.dictionaries(st.sampled_from(NUMBERS), words))
    @settings(
        max_examples=examples(6, 100),
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    def edited(edits: dict[str, str]) -> None:
        changed: Edition = FIRST
        for number, more in edits.items():
            changed = changed.but(number, f"On recommendation {number} I say now: x {more}.")
        with fresh_database(postgres, met_once) as fresh:
            office = office_on(fresh.ledger, tmp_path)
            before = office.position
            answer = office.takes(changed)

            assert (answer["revised"], answer["unread"]) == (len(edits), [])
            assert recorded_since(office, before) == ["statement-revised"] * len(edits)
            revised = {one.data.number for one in office.entries("statement-revised")}
            assert revised == set(edits)
            again = office.takes(changed)
            assert (again["recorded"], again["revised"], again["unread"]) == (0, 0, [])

    edited()


def test_a_reference_that_is_no_character_is_words_like_others():
    long = f"It was &#{'9' * 5000}; done."

    assert same(long, long)
    assert not same(long, "It was done.")
