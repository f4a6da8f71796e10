"""The domain's vectors through `replay`: logs of a few lines, written by hand.

The report is of 16 May 2025 with the publisher's page held, so that responses are due on 10 July.
Everything is recorded on 24 November 2025 unless a vector says another day.
"""

import json
from datetime import UTC, date, datetime
from itertools import count
from typing import Any

import pytest

from ledger.replay.answers import answers
from ledger.replay.log import Log, Refused, read
from ledger.replay.log import asked as dates_asked
from ledger.replay.recommendation import Answer
from ledger.replay.world import World
from tests.vectors import CASES, LATER, Case
from tests.vectors_of_parts import VECTORS, Added, Asked, Came, Out, Vector

SITE = "https://hmicfrs.example"


class Writing:
    """A log as it is written, line after line, with a report of a day on its first lines."""

    def __init__(
        self,
        published_on: str | None = "2025-05-16",
        *,
        period: int | None = 56,
        parts: list[str] | None = None,
        entered_by: str = "a-body/clerk",
    ) -> None:
        self.lines: list[str] = []
        self._ids = count(1)
        self._versions: dict[str, int] = {}
        rule: dict[str, Any] = {"id": "a-rule", "version": 1, "citation": "An Act, s.1"}
        rule |= {"period_days": period} | ({"parts": parts} if parts else {})
        body = {"kind": "local_policing_body", "force": "a-force"}
        inspectors = {"kind": "inspectorate", "websites": ["hmicfrs.example"]}
        self.write("service", "rule-adopted", rule, "2025-05-16")
        self.write(
            "service", "body-registered", {"id": "a-body", "name": "B", **body}, "2025-05-16"
        )
        self.write(
            "service", "body-registered", {"id": "hmicfrs", "name": "H", **inspectors}, "2025-05-16"
        )
        self.capture("page", "2025-05-16", f"{SITE}/a", how="fetched", host="hmicfrs.example")
        self.report = self.write(
            "report/r",
            "report-published",
            {"title": "R", "kind": "peel", "publisher": "hmicfrs", "listed_by": "report"},
            "2025-05-20",
            published_on,
            capture="page",
        )
        self.duty(published_on, recorded_by=entered_by)

    def write(
        self,
        stream: str,
        kind: str,
        data: dict[str, Any],
        recorded: str,
        occurred_on: str | None = None,
        capture: str | None = None,
        recorded_by: str = "a-body/clerk",
        by: str = "a-body",
        batch: str | None = None,
    ) -> str:
        """One more line; the id of its entry. `recorded` is a day (noon) or a moment."""
        name = f"e{next(self._ids)}"
        self._versions[stream] = version = self._versions.get(stream, 0) + 1
        event = {
            "id": name,
            "stream": stream,
            "type": kind,
            "version": version,
            "occurred_on": occurred_on,
            "by": by,
            "recorded_by": recorded_by,
            "batch": {"id": "a-batch", "kind": batch} if batch else None,
            "provenance": "first_hand",
            "source": {"capture": capture} if capture else None,
            "data": data,
        }
        moment = recorded if "T" in recorded else f"{recorded}T12:00:00.000000Z"
        line = {"event": event, "position": len(self.lines) + 1, "recorded_at": moment}
        self.lines.append(json.dumps(line))
        return name

    def capture(
        self, name: str, received: str, url: str = "https://a-body.example/a", **more: str
    ) -> None:
        data = {"audience": "public", "url": url, **more}
        self.write(f"capture/{name}", "capture-kept", data, received)

    def duty(
        self,
        trigger_on: str | None,
        recorded: str = "2025-05-20",
        recorded_by: str = "a-body/clerk",
        batch: str | None = None,
        **more: Any,
    ) -> str:
        data = {"rule": {"id": "a-rule", "version": 1}, "trigger": self.report, **more}
        said = {"trigger_on": trigger_on} if trigger_on else {}
        return self.write("response/r/a-body", "response-duty-arose", data | said, recorded,
                          trigger_on, recorded_by=recorded_by, batch=batch)  # fmt: skip

    def keeping(self, recorded: str, since: str, until: str | None = None) -> str:
        data = {"body": "a-body", "since": since} | ({"until": until} if until else {})
        return self.write("service", "record-kept-here", data, recorded)

    def lookup(self, on: str | None, recorded: str = LATER) -> str:
        data = {"where": {"sha256": "a"}}
        stream = "response/r/a-body"
        return self.write(stream, "response-looked-for", data, recorded, on)

    def statement(self, on: str | None, recorded: str = LATER, capture: str | None = None) -> str:
        data = {"statement": f"s{len(self.lines)}", "parts": ["comments"]}
        stream = "response/r/a-body"
        return self.write(stream, "response-published", data, recorded, on, capture)

    def log(self) -> Log:
        return read(self.lines)

    def asked(self, on: str, known_at: str | None = None) -> Answer:
        log = self.log()
        now = datetime(2030, 1, 1, tzinfo=UTC)
        dates = dates_asked(log.lines, known_at, date.fromisoformat(on), now)
        found = answers(World(log, dates.position, dates.on))
        return found.responses["/api/responses/r/a-body"]


def in_short(found: Answer) -> str:
    """`late, at least 22`, as the table of vectors has it."""
    if found["days"] is None:
        return str(found["verdict"])
    return f"{found['verdict']}, {'at least ' if found['at_least'] else ''}{found['days']}"


@pytest.mark.parametrize("case", CASES)
def test_each_vector_gives_its_verdict(case: Case) -> None:
    writing = Writing()
    for n, said in enumerate(case.said):
        if said.captured:
            writing.capture(f"c{n}", said.captured)
    for n, said in enumerate(case.said):
        writing.statement(said.published_on, said.recorded, f"c{n}" if said.captured else None)

    found = writing.asked(case.asked_on, case.known_at)

    assert (found["verdict"], found["days"], found["at_least"]) == (
        case.verdict,
        case.days,
        case.at_least,
    )
    assert found["bases"] == {"trigger": "publisher", "published": case.published}
    assert found["basis"] == (case.published or "publisher")
    assert found["due_on"] == "2025-07-10"


PAGE = f"{SITE}/a"
SENT: dict[str, Any] = {"audience": "public", "url": PAGE}
FETCHED = SENT | {"how": "fetched", "host": "hmicfrs.example"}


@pytest.mark.parametrize(
    ("kept", "recorder", "basis"),
    [
        (FETCHED, "a-body/clerk", "publisher"),
        (FETCHED | {"host": "a-body.example"}, "a-body/clerk", "stated"),
        (FETCHED | {"host": "www.hmicfrs.example"}, "a-body/clerk", "stated"),
        (FETCHED | {"host": "a-body.example"}, "hmicfrs/editor", "stated"),
        (FETCHED | {"url": "http://hmicfrs.example/a"}, "a-body/clerk", "stated"),
        (FETCHED | {"audience": "office"}, "a-body/clerk", "stated"),
        (SENT, "a-body/clerk", "stated"),  # from before it was told: uploaded
        (SENT | {"how": "uploaded"}, "a-body/clerk", "stated"),
        (SENT | {"how": "uploaded", "host": "hmicfrs.example"}, "a-body/clerk", "stated"),
        (SENT, "hmicfrs/editor", "publisher"),
        (SENT | {"how": "uploaded", "url": None}, "hmicfrs/editor", "publisher"),
    ],
)
def test_a_capture_is_the_word_of_its_publisher_or_sender(
    kept: dict[str, Any], recorder: str, basis: str
) -> None:
    writing = Writing()
    for body in ("a-body", "hmicfrs"):
        account = {"account": f"{body}/{'clerk' if body == 'a-body' else 'editor'}", "body": body}
        writing.write("service", "account-opened", account, "2025-05-20")
    writing.write("capture/forged", "capture-kept", kept, "2025-05-20", recorded_by=recorder)
    writing.write(
        "report/r",
        "entry-corrected",
        {"target": writing.report, "field": "source.capture", "now": "forged"},
        "2025-05-21",
    )

    found = writing.asked("2025-11-24")

    assert found["bases"]["trigger"] == basis


def test_a_verdict_as_known_before_the_recording_stays():
    writing = Writing()
    writing.statement("2025-07-10", "2025-08-01")

    assert in_short(writing.asked("2025-07-20", known_at="2025-07-20")) == "overdue, 10"
    now = writing.asked("2025-07-20")
    assert in_short(now) == "in_time"
    (better,) = now["improved_later"]
    assert (better["from"]["verdict"], better["from"]["days"]) == ("overdue", 22)
    assert (better["to"]["verdict"], better["type"]) == ("in_time", "response-published")


def test_entries_of_one_moment_are_one_step():
    writing = Writing()
    writing.statement("2025-07-14", "2025-08-01")
    in_time = writing.statement("2025-07-09", "2025-08-01")
    writing.statement("2025-07-20", "2025-08-01")

    (better,) = writing.asked("2025-07-20")["improved_later"]

    assert better["entry"] == in_time
    assert (better["from"]["verdict"], better["to"]["verdict"]) == ("overdue", "in_time")


@pytest.mark.parametrize(
    ("published_on", "due_on"),
    [
        ("2025-05-16", "2025-07-10"),
        ("2025-02-28", "2025-04-24"),
        ("2024-02-05", "2024-03-31"),  # a Sunday: no roll-forward
    ],
)
def test_the_day_of_publication_is_day_1(published_on, due_on):
    assert Writing(published_on).asked(LATER)["due_on"] == due_on


def test_a_rule_without_a_period_and_a_day_that_is_not_known():
    assert Writing("2017-05-01", period=None).asked(LATER)["verdict"] == "no_period"
    for day in (None, "2025", "2025-05"):
        found = Writing(day).asked(LATER)
        assert (found["verdict"], found["due_on"]) == ("not_shown", None)


def test_a_minute_past_midnight_in_london_is_the_day_after():
    writing = Writing()
    writing.statement(None, "2025-07-10T22:59:00.000000Z")
    assert writing.asked(LATER)["verdict"] == "in_time"
    writing = Writing()
    writing.statement(None, "2025-07-10T23:01:00.000000Z")
    assert writing.asked(LATER)["verdict"] == "not_shown"


@pytest.mark.parametrize(
    ("recorded", "verdict"), [("2025-07-10", "disapplied"), ("2025-07-11", "overdue, 137")]
)
def test_a_disapplication_replaces_the_verdict_if_it_was_recorded_by_the_last_day(
    recorded, verdict
):
    writing = Writing()
    stream, said = "response/r/a-body", {"basis": "not_the_subject"}
    writing.write(stream, "duty-disapplied", said, recorded, "2025-06-01")

    assert in_short(writing.asked(LATER)) == verdict


def test_a_retraction_that_is_retracted_and_a_correction_after_another():
    writing = Writing()
    said = writing.statement("2025-07-14")
    stream = "response/r/a-body"

    def correct(now: str) -> str:
        data = {"target": said, "field": "published_on", "now": now}
        return writing.write(stream, "entry-corrected", data, LATER)

    def retract(target: str) -> str:
        return writing.write(stream, "entry-retracted", {"target": target}, LATER)

    seen = [in_short(writing.asked(LATER))]
    correct("2025-07-12")
    second = correct("2025-07-09")
    seen.append(in_short(writing.asked(LATER)))
    gone = retract(second)
    seen.append(in_short(writing.asked(LATER)))
    retract(gone)
    seen.append(in_short(writing.asked(LATER)))
    retract(said)
    seen.append(in_short(writing.asked(LATER)))

    assert seen == ["late, 4", "in_time", "late, 2", "in_time", "overdue, 137"]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("1", 4),
        ("7", 7),
        ("2025-05-19", 4),
        ("2025-05-20T11:59:59Z", 4),
        ("2025-05-20T13:00:00+01:00", 6),
        ("2025-05-20t12:00:00z", 6),
        ("2026-01-01T23:59:59Z", 7),
    ],
)
def test_a_position_a_moment_and_a_past_day(asked, found):
    writing = Writing()
    writing.statement(None)

    now = datetime(2026, 1, 1, 23, 59, 59, tzinfo=UTC)
    assert dates_asked(writing.log().lines, asked, None, now).position == found


@pytest.mark.parametrize(
    "asked",
    [
        "8",
        "-1",
        "2026-01-01",
        "2025-13-01",
        "2025-05-20T12:00:00",
        "2026-01-02T00:00:00Z",
        "9999-12-31T23:59:59-14:00",
        "2025-W20-1",
        "20250520T120000Z",
        "2025-05-20x12:00:00Z",
    ],
)
def test_a_word_that_is_no_position_moment_or_past_day_is_refused(asked):
    writing = Writing()
    writing.statement(None)

    with pytest.raises(Refused):
        dates_asked(writing.log().lines, asked, None, datetime(2026, 1, 1, 23, 59, tzinfo=UTC))


def test_an_extension_gives_more_time_at_its_place_or_changes_nothing():
    writing = Writing(period=None)
    writing.duty("2025-05-16", due_on="2025-08-01")
    for due_on, granted in (("2025-09-01", None), ("2025-10-01", "2025-07-20")):
        data = {"due_on": due_on}
        writing.write("response/r/a-body", "extension-granted", data, "2025-07-30", granted)

    days = ("2025-07-19", "2025-07-20", LATER)  # the first, of a day not known, comes last
    assert [writing.asked(day)["due_on"] for day in days] == [
        "2025-08-01",
        "2025-10-01",
        "2025-10-01",
    ]


def test_a_day_after_the_capture_that_shows_it_is_told_once_that_day_has_come():
    writing = Writing()
    writing.duty("2025-05-16")
    writing.statement("2025-08-15", capture="2025-07-20")

    days = ("2025-08-14", "2025-08-15")
    assert [writing.asked(day)["published_on"] for day in days] == [None, "2025-08-15"]


# --- in time means all of it


@pytest.mark.parametrize("vector", VECTORS, ids=lambda one: one.about)
def test_in_time_means_all_of_it(vector: Vector) -> None:
    log = Writing(parts=["comments", "chief_officer_comments", "reply"])
    lines: list[tuple[str, str, dict[str, Any], str | None, str | None]] = []
    received: list[str] = []
    recorder, force = {"body": "a-body", "force": "a-force", "another": "a-panel"}, "a-force"
    for act in vector.acts:
        match act:
            case Came():
                lines.append((act.recorded, "received", {"teller": act.by}, act.on, act.captured))
            case Asked():
                lines.append((act.recorded, "invited", {"reply_by": act.before}, act.on, None))
            case Out():
                said = {"statement": "s", "parts": [*act.parts]}
                lines.append((act.recorded, "published", said, act.on, act.captured))
            case Added():
                seen = {"statement": "s", "field": "chief_officer_comments", "now": {"sha256": "a"}}
                lines.append((act.recorded, "revised", seen, act.seen_on, None))
    captured = {one[4] for one in lines if one[4]}
    for day in sorted({one[0] for one in lines} | captured):
        if day in captured:
            log.capture(f"c{day}", day)
        for recorded, what, data, on, capture in lines:
            if recorded == day:
                teller = data.pop("teller", "body")
                written = log.write(
                    "response/r/a-body",
                    TYPES[what],
                    data,
                    day,
                    on,
                    capture and f"c{capture}",
                    recorded_by=f"{recorder[teller]}/clerk",
                    by=force if what == "received" else "a-body",
                )
                received += [written] if what == "received" else []
    if any(isinstance(act, Came) and act.disputed for act in vector.acts):
        log.write("response/r/a-body", "entry-disputed", {"target": received[0]}, LATER)

    found = log.asked(vector.on, vector.known_at)

    answered = (found["verdict"], found["days"], found["bases"]["published"])
    assert answered == (vector.verdict, vector.days, vector.published)


def test_a_rule_that_names_no_parts_looks_at_the_bodys_comments_alone() -> None:
    log = Writing()
    came = "chief-officer-comments-received"
    log.write("response/r/a-body", came, {}, "2025-07-01", "2025-07-01")
    log.statement("2025-07-10")
    assert in_short(log.asked(LATER)) == "in_time"


TYPES = {
    "received": "chief-officer-comments-received",
    "invited": "chief-officer-comments-invited",
    "published": "response-published",
    "revised": "statement-revised",
}


@pytest.mark.parametrize(
    ("kept", "looked", "entered", "on", "known_at", "says"),
    [
        ([("2025-05-01", "2025-05-01")], [], "hmicfrs/editor", "2025-07-10", None, "due, 0"),
        ([("2025-05-01", "2025-05-01")], [], "hmicfrs/editor", "2025-07-11", None, "overdue, 1"),
        ([("2025-05-01", "2025-05-17")], [], "hmicfrs/editor", LATER, None, "not_looked_for"),
        ([], [], "hmicfrs/editor", "2025-07-11", None, "not_looked_for"),
        ([], [], "hmicfrs/editor", LATER, None, "not_looked_for"),
        ([], [], "a-body/clerk", "2025-07-10", None, "due, 0"),
        ([], [], "a-body/clerk", "2025-07-11", None, "overdue, 1"),
        ([("2025-11-01", "2025-05-01")], [], "hmicfrs/editor", "2025-10-31", "2025-10-31",
         "not_looked_for"),
        ([("2025-11-01", "2025-05-01")], [], "hmicfrs/editor", "2025-10-31", "2025-11-24",
         "overdue, 113"),
        ([], ["2025-09-01"], "hmicfrs/editor", "2025-08-31", None, "not_looked_for"),
        ([], ["2025-09-01"], "hmicfrs/editor", "2025-09-01", None, "overdue, at least 53"),
        ([], ["2025-09-01"], "hmicfrs/editor", LATER, None, "overdue, at least 53"),
        ([], ["2025-07-10"], "hmicfrs/editor", LATER, None, "not_looked_for"),
        ([("2025-05-01", "2025-05-01", "2025-08-01")], ["2025-09-01"], "hmicfrs/editor", LATER,
         None, "overdue, at least 22"),
        ([("2025-05-01", "2025-05-01", "2025-07-10")], ["2025-09-01"], "hmicfrs/editor", LATER,
         None, "overdue, at least 53"),
    ],
)  # fmt: skip
def test_silence_is_a_breach_only_where_somebody_looked(
    kept: list[tuple[str, ...]],
    looked: list[str],
    entered: str,
    on: str,
    known_at: str | None,
    says: str,
) -> None:
    log = Writing(entered_by=entered)
    for recorded, *days in kept:
        log.keeping(max(recorded, "2025-05-20"), *days)
    for day in looked:
        log.lookup(day, day)
    log.write("service", "account-opened", {"account": "x/y", "body": "x"}, LATER)

    found = log.asked(on, known_at)

    assert in_short(found) == says
    if says.startswith("overdue, at least 53"):
        assert found["bases"]["published"] == "stated"


@pytest.mark.parametrize("kind", ["imported", "backfill"])
def test_a_duty_that_was_not_entered_by_a_person_says_nothing_of_silence(kind: str) -> None:
    log = Writing(entered_by="hmicfrs/editor")
    log.duty("2025-05-16", batch=kind)
    assert log.asked(LATER)["verdict"] == "not_looked_for"
    log.duty("2025-05-16", "2025-07-11")
    assert log.asked(LATER)["verdict"] == "not_looked_for"
    log.lookup("2025-09-01")
    assert in_short(log.asked(LATER)) == "overdue, at least 53"


def test_a_form_of_the_duty_that_the_body_entered_itself_is_enough() -> None:
    log = Writing(entered_by="hmicfrs/editor")
    log.duty("2025-05-16", "2025-06-01", batch="entered")
    assert in_short(log.asked(LATER)) == "overdue, 137"


def test_a_keeping_that_was_retracted_accuses_nobody() -> None:
    log = Writing(entered_by="hmicfrs/editor")
    kept = log.keeping("2025-05-20", "2025-05-01")
    log.write("service", "entry-retracted", {"target": kept}, LATER)
    assert log.asked(LATER)["verdict"] == "not_looked_for"
    assert in_short(log.asked("2025-07-20", "2025-07-20")) == "overdue, 10"  # as known then


def test_a_publication_whose_parts_are_not_known_is_not_shown_and_never_incomplete() -> None:
    log = Writing(parts=["comments", "chief_officer_comments"])
    stream = "response/r/a-body"
    log.write(stream, "chief-officer-comments-received", {}, "2025-07-01", "2025-07-01")
    log.write(stream, "response-published", {"statement": "s", "parts": []}, LATER, "2025-07-10")

    found = log.asked(LATER)

    assert (found["verdict"], found["bases"]["published"]) == ("not_shown", "recorded")


def test_a_revision_is_about_the_duties_that_the_statement_answers_in_its_own_report() -> None:
    log = Writing()
    log.duty("2025-05-16", name="action-plan")
    said = {"statement": "s", "parts": []}
    by_duty = said | {"duties": ["action-plan"], "also": ["another"]}
    log.write("response/r/a-body", "response-published", by_duty, LATER, "2025-07-01")
    log.write("response/another/a-body", "response-published", said, LATER, "2025-07-01")
    added = {"statement": "s", "field": "chief_officer_comments", "now": {"sha256": "00"}}
    log.write("response/r/a-body", "statement-revised", added, LATER, "2025-07-02")

    world = World(log.log(), len(log.lines), date.fromisoformat(LATER))
    found = answers(world).responses["/api/responses/r/a-body?name=action-plan"]

    assert found["parts"] == ["chief_officer_comments"]
