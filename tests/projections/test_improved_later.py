"""What bettered a verdict by an entry made after the last day, against every verdict there was."""

from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.acts import duty, response
from ledger.acts.decision import Decision, Told
from ledger.dates import london_date
from ledger.errors import AnswerableError
from ledger.events import Source
from ledger.events.texts import say
from ledger.replay.log import ending, last_day, read
from ledger.replay.verdict import owed
from projections.verdict.compliance import Finding, improves
from tests.api.town import NOTE, PAGE, PFCC, Published, Town, json_of, recommendation, statement
from tests.projections.test_replay_oracle import rows as exported

WHY = {"reason": "A slip."}
ASKED_ON = ["2025-06-30", "2025-07-10", "2025-07-12", "2025-07-20", "2025-09-01", "2026-05-01"]
BREACH = ("late", "overdue")


@pytest.mark.parametrize(
    ("after", "before", "is_better"),
    [
        (Finding("in_time"), Finding("overdue", 10), True),
        (Finding("in_time"), Finding("late", 4), True),
        (Finding("in_time"), Finding("not_shown"), True),
        (Finding("not_shown"), Finding("late", 4), True),
        (Finding("not_shown"), Finding("overdue", 4), True),
        (Finding("disapplied"), Finding("overdue", 4), True),
        (Finding("due", 3), Finding("overdue", 4), True),
        (Finding("late", 2), Finding("late", 4), True),
        (Finding("overdue", 2), Finding("overdue", 4), True),
        (Finding("late", 4), Finding("overdue", 10), False),
        (Finding("overdue", 1), Finding("late", 4), False),
        (Finding("late", 4), Finding("late", 4, at_least=True), False),
        (Finding("late", 4), Finding("not_shown"), False),
        (Finding("not_shown"), Finding("in_time"), False),
        (Finding("not_due", 20), Finding("due", 3), False),
        (Finding("in_time"), Finding("due", 3), False),
        (Finding("no_period"), Finding("in_time"), False),
    ],
)
def test_less_bad_is_better_and_so_are_fewer_days_of_the_same(after, before, is_better):
    assert improves(after, before) == is_better


DAYS = ["2025-06-01", "2025-07-10", "2025-07-12", "2025-07", "2025", None]


@dataclass(frozen=True)
class Step:
    """One command: what it does, how many days after the one before, of which day, on what."""

    does: str
    later: int
    day: str | None
    nth: int


steps = st.builds(
    Step,
    st.sampled_from(
        ["statement", "statement", "at once", "at once", "correct day", "correct day",
         "correct report", "retract", "retract", "disapply", "extend", "retract report", "raise"]
    ),
    st.integers(0, 25),
    st.sampled_from(DAYS),
    st.integers(0, 1000),
)  # fmt: skip


def command(report: Published, step: Step, entries: list[str]) -> tuple[str, dict[str, Any]]:
    """The path and body of a step; many are refused."""
    entry, source = entries[step.nth % len(entries)], {"source": PAGE}
    match step.does:
        case "statement":
            return f"{report.response}/statement", statement(step.day, explanations=[])
        case "correct day":
            said = {"field": "occurred_on", "now": step.day}
            return f"/api/entries/{entry}/corrections", said | source | WHY
        case "correct report":
            day = ("2025-05-20", "2025-04-01", "2025-05", "2025-06-01", None)[step.nth % 5]
            said = {"field": "published_on", "now": day}
            return f"/api/entries/{entries[0]}/corrections", said | source | WHY
        case "disapply":
            said = {"basis": "not_the_subject", "decided_by": "HMICFRS", "occurred_on": step.day}
            return f"{report.response}/disapplications", said
        case "extend":
            said = {
                "applied_on": "2025-06-01",
                "granted_on": "2025-06-02",
                "granted_by": "G.",
                "due_on": ("2025-07-20", "2025-08-20")[step.nth % 2],
                "basis": "B.",
                "occurred_on": step.day,
            }
            return f"{report.response}/extensions", said
        case "retract report":
            return f"/api/entries/{entries[0]}/retraction", WHY
        case "raise":
            more = recommendation(str(step.nth % 9 + 3), occurred_on=step.day, source=NOTE)
            return f"{report.path}/recommendations", more
        case _:
            return f"/api/entries/{entry}/retraction", WHY


def live_through(town: Town, day: date, by_hand: bool, chosen: list[Step]) -> Published:
    """A report with a duty, and what happened to it, each command on a day of its own."""
    town.clock.set(f"{day}T09:00:00+00:00")
    town.clerk.post(f"/api/bodies/{PFCC}/keeping", {"from": "2005-01-01"})  # once: then it is said
    kind = {"bodies": [], "kind": "other"} if by_hand else {"bodies": [PFCC]}
    report = town.publish(**kind, recommendations=[recommendation("2")])
    if by_hand:
        duty = {"rule": "manual", "due_on": "2025-07-10", "source": NOTE}
        town.clerk.records(f"{report.response}/duties", duty)
    entries = [one["id"] for one in report.answer["events"]]
    for step in chosen:
        day += timedelta(days=step.later)
        town.clock.set(f"{day}T09:00:{len(entries) % 60:02}+00:00")
        if step.does == "at once":
            entries += at_once(town, report, [step.day, DAYS[step.nth % len(DAYS)], "2025-07-11"])
            continue
        path, body = command(report, step, entries)
        answer = town.admin.post(path, body | ({"by": PFCC, "source": NOTE} if "/api/r" in path
                                               else {}))  # fmt: skip
        assert answer.status_code in (201, 404, 409), answer.text
        if answer.status_code == 201:
            entries += [one["id"] for one in json_of(answer)["events"]]
    town.catch_up()
    return report


def at_once(town: Town, report: Published, days: list[str | None]) -> list[str]:
    """Record at one moment that the body owes a response, where it did not, and its statements."""
    source = Source(note=say("Its page."))

    def decide(decision: Decision) -> None:
        with suppress(AnswerableError):  # it owes one already, or no such report is known any more
            duty.raise_duty(decision, report.reference, PFCC, Told(source=source))
        for day in days:
            told = Told(occurred_on=day, by=PFCC, source=source)
            text = say("We accept it.")
            response.publish_response(
                decision, report.reference, PFCC, told, explanations=(), text=text
            )

    try:
        recorded = town.ledger.decide(town.ledger.account("service/keeper"), decide)
    except AnswerableError:
        return []
    return [entry.id for entry in recorded.entries]


def oracle(town: Town, report: Published, known_at: int) -> list[tuple[Any, ...]]:
    """By the verdict before and after each command that there was, whatever it was about, on the
    day on which it was recorded."""
    log, duty = read(exported(town)), f"response/{report.reference}/{PFCC}/response"

    def verdict(position: int, on: date) -> dict[str, Any] | None:
        found = owed(log, duty, position, on, None)
        if found is None:
            return None
        due_on = found.duty.due_on
        return asdict(found.on(on)) | {"due_on": due_on and due_on.isoformat()}

    rows = town.rows(
        "SELECT position, recorded_at, event_id::text, topic FROM ledger.entries"
        " WHERE split_part(stream, '/', 2) = %s AND position <= %s ORDER BY position",
        report.reference,
        known_at,
    )
    commands: dict[datetime, list[Any]] = {}
    for row in rows:
        commands.setdefault(row[1], []).append(row)
    found: list[tuple[Any, ...]] = []
    for recorded_at, made in commands.items():
        on = london_date(recorded_at)
        before, named = verdict(made[0][0] - 1, on), made[0]
        after = before
        for row in made:
            last, after = after, verdict(row[0], on)
            if (last and in_short(last)) != (after and in_short(after)):
                named = made[0] if row[3].startswith("response-duty-arose") else row
        if before and after and is_improvement(before, after):
            due_on = before["due_on"] or after["due_on"]
            if due_on and on.isoformat() > due_on:
                found.append((named[2], in_short(before), in_short(after)))
    return found


def is_improvement(before: dict[str, Any], after: dict[str, Any]) -> bool:
    was, now = before["verdict"], after["verdict"]
    if was in BREACH:
        return now not in BREACH or (now == was and after["days"] < before["days"])
    return was == "not_shown" and now not in (*BREACH, "not_shown")


def in_short(found: dict[str, Any]) -> tuple[Any, ...]:
    return found["verdict"], found["days"], found["at_least"]


@pytest.mark.parametrize("many", [9, pytest.param(100, marks=pytest.mark.soak)])
def test_histories_at_random(town, many):
    seen: set[str] = set()

    @settings(
        max_examples=many, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(
        chosen=st.lists(steps, min_size=3, max_size=10),
        by_hand=st.booleans(),
        asked=st.lists(
            st.tuples(st.integers(0, 1000), st.sampled_from(ASKED_ON)), min_size=2, max_size=3
        ),
    )
    def agree(chosen: list[Step], by_hand: bool, asked: list[tuple[int, str]]) -> None:
        last = london_date(town.ledger.now())
        first = max(date(2025, 6, 1), last)
        report = live_through(town, first, by_hand, chosen)
        began = report.answer["event"]["position"]
        for back, on in asked:
            position = town.position - back % (town.position - began + 1)
            lines, today = read(exported(town)).lines, london_date(town.ledger.now())
            position = ending(lines, position)
            on = min(on, last_day(lines, position, today).isoformat())
            dates = {"known_at": str(position), "effective_on": on}
            answer = town.anybody.get(report.response, **dates)
            if answer.status_code != 200 or json_of(answer)["verdict"] is None:
                continue  # it is not there, or the duty was retracted
            one = json_of(answer)["improved_later"]
            (listed,) = town.anybody.reads("/api/responses", report=report.reference, **dates)[
                "items"
            ]
            assert listed["improved_later"] == one
            expected = oracle(town, report, position)
            assert [
                (each["entry"], in_short(each["from"]), in_short(each["to"])) for each in one
            ] == expected
            counted = town.anybody.reads("/api/compliance", report=report.reference, **dates)
            assert counted["total"]["improved_later"] == bool(expected)
            seen.update(f"{each['from']['verdict']}-{each['to']['verdict']}" for each in one)

    agree()

    assert len(seen) > 2, "too little happened"
