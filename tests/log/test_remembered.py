"""A process remembers streams as the log has them, whatever other processes record."""

import psycopg
import pytest

from ledger.acts.capture import keep_capture, received
from ledger.acts.correction import correct_entry
from ledger.acts.decision import Notice
from ledger.acts.duty import grant_extension, raise_duty
from ledger.acts.recommendation import confirm_closure, course, receive_update, reopen
from ledger.acts.retraction import retract_entry
from ledger.acts.service import adopt_rule, change_body, register_body
from ledger.application import Ledger
from ledger.events import (
    BodyChanged,
    BodyRegistered,
    ClosureConfirmed,
    ExtensionGranted,
    Reopened,
    RuleAdopted,
    Source,
    UpdateReceived,
)
from ledger.events.recommendation import Claim
from ledger.events.streams import SERVICE, recommendation_stream, report_stream
from ledger.events.texts import say
from ledger.log.reading import Remembered
from ledger.states.recommendation import fold
from ledger.states.service import SETUP
from tests.log.making import TO

STREAM = recommendation_stream(TO.report, TO.key, TO.addressee)
TOLD = Notice(source=Source(note=say("their letter")))
RULE = RuleAdopted(
    id="within-a-month",
    version=1,
    title="A month, and more where it is granted",
    citation="made for a test",
    text="Whoever is asked answers within 30 days.",
    reports=("other",),
    match="either",
    publishers=("hmicfrs",),
    period_days=30,
    extension=True,
    sha256="",
)
OFFICE = BodyRegistered(id="avalon-police", name="Avalon Police", kind="force")
EXTENSION = ExtensionGranted(
    applied_on="2025-05-20",
    granted_on="2025-05-21",
    granted_by=say("The inspectorate"),
    due_on="2025-07-01",
    basis=say("It is a long one."),
)


@pytest.fixture
def other(ledger, connections, database_url):
    """Return the ledger of another process, which has read the log."""
    made = Ledger(connections, database_url)
    made.look([STREAM])
    return made


def update(ledger, clerk, text="An update"):
    (entry,) = ledger.record(
        clerk, receive_update, TO, UpdateReceived(text=say(text)), Notice()
    ).entries
    return entry


def cut_off(database_url, position):
    """Take back what was recorded after a position, as an older backup does."""
    with psycopg.connect(database_url) as superuser:
        superuser.execute("SET session_replication_role = replica")
        for table in ("entries", "texts"):
            superuser.execute(
                f"DELETE FROM ledger.{table} WHERE position > %s".encode(), [position]
            )


def test_a_process_sees_entries_of_another_process(ledger, clerk, other):
    for _ in range(3):
        entry = update(ledger, clerk)

        found = other.look([STREAM, report_stream("r")])

        assert found.streams[STREAM][-1] == entry
        assert list(found.streams[STREAM]) == ledger.read_stream(STREAM)
        assert list(found.streams[report_stream("r")]) == ledger.read_stream(report_stream("r"))


def test_a_process_sees_changes_of_the_register_by_another_process(ledger, other):
    ledger.record(SETUP, change_body, BodyChanged(id="hmicfrs", name="The inspectorate"), Notice())

    assert other.service().bodies["hmicfrs"].name == "The inspectorate"


def test_a_stream_that_there_is_not_is_empty_until_there_is_one(ledger, clerk):
    fresh = Remembered(ledger.log)
    assert list(fresh.look(["recommendation/r/2/cumbria-constabulary"]).streams.values()) == [()]

    assert len(fresh.look([STREAM]).streams[STREAM]) == 1


def test_it_holds_no_text_even_of_what_it_saw_recorded(ledger, clerk, other):
    update(ledger, clerk, "Nobody is to remember this")
    update(other, clerk, "Nor this")

    entries = [*ledger.look([STREAM]).streams[STREAM], *other.look([STREAM]).streams[STREAM]]

    assert all(one.data.text.opening is None for one in entries)


def test_a_process_forgets_a_log_that_an_older_backup_replaced(ledger, clerk, other, database_url):
    kept = update(ledger, clerk)
    lost = [update(ledger, clerk), update(ledger, clerk)]
    assert other.look([STREAM]).streams[STREAM][-1] == lost[-1]
    cut_off(database_url, kept.position)
    assert other.look([STREAM]).streams[STREAM][-1] == kept

    others = [update(Ledger(ledger.log.pool, database_url), clerk) for _ in lost]

    assert list(ledger.look([STREAM]).streams[STREAM][-2:]) == others
    assert update(other, clerk).version == others[-1].version + 1


def test_a_register_that_an_older_backup_took_the_place_of_is_read_anew(
    ledger, other, database_url
):
    before = ledger.log.max_notification_id()
    ledger.record(SETUP, change_body, BodyChanged(id="hmicfrs", name="Lost"), Notice())
    assert other.service().bodies["hmicfrs"].name == "Lost"
    cut_off(database_url, before)

    Ledger(ledger.log.pool, database_url).record(
        SETUP, change_body, BodyChanged(id="hmicfrs", name="Found"), Notice()
    )

    assert other.service().bodies["hmicfrs"].name == "Found"
    assert other.service().version == other.read_stream(SERVICE)[-1].version


@pytest.mark.parametrize("meanwhile", [(adopt_rule, RULE), (register_body, OFFICE)],
                         ids=["a rule", "a body"])  # fmt: skip
def test_an_act_that_rests_on_a_duty_newer_than_what_was_read_of_the_service_is_decided_anew(
    ledger, other, meanwhile
):
    """As of a request that looked up its account, and comes to a stream afterwards."""
    for act, event in ((adopt_rule, RULE), (register_body, OFFICE)):
        if (act, event) != meanwhile:
            ledger.record(SETUP, act, event, TOLD)
    seen = other.look()
    act, event = meanwhile
    ledger.record(SETUP, act, event, TOLD)
    ledger.record(SETUP, raise_duty, "r", OFFICE.id, TOLD, rule=RULE.id)

    done = other.decide(
        SETUP,
        lambda decision: grant_extension(decision, "r", OFFICE.id, EXTENSION, TOLD),
        seen=seen,
    )

    assert [one.data.due_on for one in done.entries] == ["2025-07-01"]


def course_of(ledger):
    """Return the course of the recommendation as a decision of this ledger reckons it."""
    found = []

    def ask(decision):
        found.append(course(decision, decision.report(TO.report), STREAM))

    ledger.decide(SETUP, ask, on=STREAM)
    (only,) = found
    return only


def test_the_course_that_a_process_keeps_is_what_the_whole_trail_gives(
    ledger, clerk, other, database_url
):
    page = received(b"<p>The letter</p>", "https://www.example.org/letter")
    (copy,) = ledger.record(SETUP, keep_capture, page, Notice()).entries
    letter = Source(capture=copy.stream.removeprefix("capture/"))
    done = Claim(as_stated=say("Done"), means="complete")

    def correct(decision, entry, field, now):
        return correct_entry(decision, entry, TOLD, field=field, now=now, reason=say("Misread"))

    (claimed,) = ledger.record(
        clerk,
        receive_update,
        TO,
        UpdateReceived(text=say("Done"), claim=done),
        Notice(occurred_on="2025-07-01"),
    ).entries
    closing = ClosureConfirmed(reason=say("It is done"))
    (report,) = ledger.read_stream(report_stream("r"))[:1]

    def by_letter(day=None):
        return Notice(occurred_on=day, source=letter)

    meanwhile = [
        (receive_update, TO, UpdateReceived(text=say("By letter")), by_letter()),
        (receive_update, TO, UpdateReceived(text=say("Done"), claim=done), by_letter("2025-06")),
        (confirm_closure, TO, closing, by_letter("2025-08-01")),
        (reopen, TO, Reopened(reason=say("Not yet")), by_letter("2025-08-15")),
        (correct, claimed, "occurred_on", "2025-08-16"),
        (receive_update, TO, UpdateReceived(text=say("More")), by_letter("2025-07-20")),
        (correct, report, "published_on", "2025-05-19"),
        (retract_entry, claimed, TOLD),
    ]
    for act, *said in meanwhile:
        named = {"reason": say("Wrong")} if act is retract_entry else {}
        ledger.record(SETUP, act, *said, **named)

        kept = course_of(other)

        assert (kept.acts, kept.standings) == whole(Ledger(other.pool, database_url))
    assert course_of(other) is course_of(other)


def whole(fresh):
    """Return the acts and the standings that a process finds which has read nothing before."""
    found = course_of(fresh)
    return found.acts, tuple(fold(found.acts[:n]) for n in range(len(found.acts) + 1))


def test_no_more_is_remembered_than_it_may_and_all_is_read_all_the_same(ledger, clerk):
    for _ in range(4):
        update(ledger, clerk)
    small = Remembered(ledger.log, most=4)

    for names in ([STREAM], [report_stream("r")], [STREAM, report_stream("r")]):
        found = small.look(names)

        assert {name: list(found.streams[name]) for name in names} == {
            name: ledger.read_stream(name) for name in names
        }
        assert small.entries <= 4
