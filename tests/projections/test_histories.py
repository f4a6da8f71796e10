"""Histories at random: lists say what the log says, a rebuild says what following said, and the
same question with the same two dates has the same answer for ever."""

from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from projections.tables import projector, tables
from projections.tables.rebuild import compare, rebuild
from tests.api.town import (
    FORCE,
    NOTE,
    PFCC,
    Published,
    Town,
    explanation,
    json_of,
    recommendation,
    said,
    statement,
)

SAME = dict.fromkeys(tables.NAMES, 0)
DAYS = ["2025-05-16", "2025-05-20", "2025-06", "2025-06-15", "2025-07-10", "2025-07-11", "2025-08",
        "2025", None]  # fmt: skip
ASKED_ON = ["2025-05-15", "2025-05-16", "2025-05-21", "2025-06-30", "2025-07-10", "2025-07-12",
            "2025-08-31", "2025-11-24"]  # fmt: skip
BODIES = (PFCC, "dorset-pcc")
FORCES = (FORCE, "dorset-police")
CLAIMS: list[dict[str, Any] | None] = [
    None,
    {"as_stated": "Done!", "means": "complete"},
    {"as_stated": "OK", "means": "on_track"},
]
FIELDS = [
    ("text", "Other."),
    ("claim.means", "complete"),
    ("kind", "afi"),
    ("on", "2025-12-01"),
    ("title", "Other"),
    ("target.on", None),
]
WHY = {"reason": "A slip."}


@dataclass(frozen=True)
class Step:
    """One command of a history: what it does, of which day, on which of the things there are."""

    does: str
    day: str | None
    nth: int
    catch_up: bool


steps = st.builds(
    Step,
    st.sampled_from(
        ["assurances", "updates", "targets", "closure-proposals", "closures", "refusals",
         "reopenings", "statement", "comments", "copies", "raise", "duty", "revise", "revise",
         "correct day", "correct day", "correct report", "correct field",
         "retract", "retract", "retract"]
    ),
    st.sampled_from(DAYS),
    st.integers(0, 1000),
    st.booleans(),
)  # fmt: skip

ONE_DUTY_RETRACTED = [
    Step("retract", None, -1, False),  # the last that came with the report: a duty
    Step("correct report", "2025-05-20", 0, True),
    Step("statement", "2025-07-10", 0, True),
    Step("updates", None, 0, False),
]


def command(
    report: Published, step: Step, entries: list[str], page: dict[str, str]
) -> tuple[str, dict[str, Any]]:
    """The path and body of a step; `page`: the publisher's own, as a source. Many are refused: that
    is as it should be."""
    n, day = step.nth, step.day
    entry = entries[n % len(entries)]
    to = f"/api/recommendations/{report.reference}/{('02', '02', '3')[n % 3]}/{FORCES[n // 3 % 2]}"
    dated: dict[str, Any] = {"occurred_on": day, "source": NOTE}
    said: dict[str, Any]
    match step.does:
        case "assurances":
            return f"{to}/assurances", dated | {"of": FORCE, "question": "Done?"}
        case "updates":
            said = {"text": "U.", "claim": CLAIMS[n % 3]}
            return f"{to}/updates", dated | said | ({"answers": entry} if n % 5 == 0 else {})
        case "targets":
            on = f"2025-{n % 12 + 1:02}-28"
            return f"{to}/targets", dated | {"on": on, "origin": "internal"} | WHY
        case "closure-proposals" | "closures" | "refusals" | "reopenings":
            return f"{to}/{step.does}", dated | WHY
        case "statement":
            of = [explanation("2", how=("named", "general")[n % 2])] if n % 3 else []
            return f"{report.response}/statement", statement(day, explanations=of)
        case "revise":
            seen: dict[str, Any] = {"seen_on": day, "now": ("Now.", None)[n % 4 == 0]}
            if n % 2:
                return f"{report.response}/revisions", seen | {"field": "text", "now": "Now."}
            which = {"field": "passage", "number": ("2", "3")[n // 2 % 2], "addressee": FORCE}
            return f"{report.response}/revisions", seen | which
        case "comments":
            return f"{report.response}/comments", dated | {"text": "C."}
        case "copies":
            return f"{report.response}/copies", dated | {"to": "inspectorate"}
        case "raise":
            more = recommendation(("3", "04")[n % 2], addressees=[FORCES[n // 2 % 2]])
            return f"{report.path}/recommendations", dated | more
        case "duty":
            return f"/api/responses/{report.reference}/{BODIES[n % 2]}/duties", {}
        case "correct day":
            return f"/api/entries/{entry}/corrections", {"field": "occurred_on", "now": day} | WHY
        case "correct report":
            said = {"field": "published_on", "now": day, "source": page} | WHY
            return f"/api/entries/{entries[0]}/corrections", said
        case "correct field":
            field, now = FIELDS[n % len(FIELDS)]
            return f"/api/entries/{entry}/corrections", {"field": field, "now": now} | WHY
        case _:
            return f"/api/entries/{entry}/retraction", WHY | {"source": page}


def live_through(town: Town, chosen: list[Step]) -> Published:
    """A report, and what happened to it after, followed in batches of some sizes."""
    bodies = [PFCC] if len(chosen) % 2 else list(BODIES)
    target = {"on": "2025-06-30", "phrase": "By 30 June"}
    report = town.publish(
        bodies=bodies, recommendations=[recommendation("02", addressees=FORCES, target=target)]
    )
    entries, page = [one["id"] for one in report.answer["events"]], town.own_page()
    # By turns: each keeps what it read, and meets entries that another one has processed.
    followers = [projector.follower(town.url, batch=batch) for batch in (1, 2, 3)]
    for step in chosen:
        path, body = command(report, step, entries, page)
        answer = (town.dorset if "dorset" in path else town.clerk).post(path, body)
        assert answer.status_code in (201, 403, 404, 409), answer.text
        if answer.status_code == 201:
            entries += [one["id"] for one in json_of(answer)["events"]]
        if step.catch_up:
            followers[step.nth % 3].catch_up()
    for follower in followers:
        follower.close()
    town.catch_up()
    return report


def one_and_many_agree(town: Town, report: Published, dates: dict[str, Any]) -> None:
    """Each list has exactly the subjects that stand then, and says of each what it says."""
    for path, named in (
        (
            "/api/recommendations",
            [f"{number}/{force}" for number in ("2", "3", "4") for force in FORCES],
        ),
        ("/api/responses", list(BODIES)),
    ):
        listed = town.clerk.reads(path, report=report.reference, limit="500", **dates)
        by_path = {one["links"]["self"]: one for one in listed["items"]}
        there = {}
        for name in named:
            single = f"{path}/{report.reference}/{name}"
            answer = town.clerk.get(single, **dates)
            assert answer.status_code in (200, 404), answer.text
            if answer.status_code == 404:
                continue
            found = json_of(answer)
            if "retracted" in found:  # its address answers on, without a verdict; no list has it
                assert found["verdict"] is None
                continue
            there[single] = found
        assert by_path.keys() == there.keys()
        for single, item in by_path.items():
            assert item == {name: there[single][name] for name in item}
    listed = town.clerk.reads("/api/reports", limit="500", **dates)
    items = [one for one in listed["items"] if one["report"] == report.reference]
    answer = town.clerk.get(report.path, **dates)
    assert [answer.status_code] == ([200] if items else [404]), answer.text
    for item in items:
        found = json_of(answer)
        counts = {name: len(found[name]) for name in ("recommendations", "responses")}
        assert item == {name: found[name] for name in item} | counts


Question = tuple[str, dict[str, Any]]


def questions(report: Published, dates: dict[str, Any]) -> list[Question]:
    listed = dates | {"report": report.reference, "limit": "500"}
    return [
        (report.path, dates),
        (report.recommendation, dates),
        (f"{report.recommendation}/history", dates),
        (report.response, dates),
        (f"{report.response}/working", dates),
        (f"{report.response}/history", dates),
        ("/api/recommendations", listed),
        ("/api/responses", listed),
        ("/api/reports", dates),
        ("/api/entries", dates | {"report": report.reference}),
    ]


@pytest.mark.parametrize("many", [3, pytest.param(60, marks=pytest.mark.soak)])
def test_histories_at_random(town, many):
    answers: dict[str, tuple[Question, Any]] = {}

    def ask_again() -> None:
        for (path, dates), data in answers.values():
            assert said(town.clerk.get(path, **dates)) == data

    @given(
        chosen=st.lists(steps, min_size=3, max_size=25),
        asked=st.lists(
            st.tuples(st.integers(0, 1000), st.sampled_from(ASKED_ON)), min_size=2, max_size=4
        ),
    )
    @settings(
        deadline=None,
        max_examples=many,
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    @example(chosen=ONE_DUTY_RETRACTED, asked=[(-1, "2025-05-15"), (-1, "2025-11-24")])
    def lives(chosen: list[Step], asked: list[tuple[int, str]]) -> None:
        began = town.position
        report = live_through(town, chosen)
        for n, day in asked:
            position = began + n % (town.position - began) + 1
            dates = {"known_at": str(position), "effective_on": day}
            one_and_many_agree(town, report, dates)
            for question in questions(report, dates)[n % 3 :: 3]:
                answers[str(question)] = (
                    question,
                    said(town.clerk.get(question[0], **question[1])),
                )

    lives()
    ask_again()  # after all that was recorded since

    assert compare(town.url, lambda _position, _head: None).differences == SAME
    assert rebuild(town.url, lambda _position, _head: None).differences == SAME
    ask_again()
