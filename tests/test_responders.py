"""The rules bind bodies to respond to a report, by a day: `ledger.states.responders`."""

from datetime import date
from functools import cache

import pytest

from ledger.events import AccountOpened, RuleAdopted
from ledger.events.entry import Entry
from ledger.register import shipped_bodies, shipped_rules, shipped_successions
from ledger.states.responders import Responder, in_words, responders
from ledger.states.service import Service, fold

TODAY = date(2026, 11, 29)
CUMBRIA, KENT = "cumbria-constabulary", "kent-police"


@cache
def service(*left_out: str) -> Service:
    """The shipped register and rules, without some versions of rules."""
    rules = [one for one in shipped_rules() if f"{one.id} v{one.version}" not in left_out]
    events = [*rules, *shipped_bodies(), *(one.event for one in shipped_successions())]
    found = fold(None, [entry(n, event) for n, event in enumerate(events, start=1)])
    assert found is not None
    return found


def entry(n: int, event: RuleAdopted | AccountOpened | object) -> Entry:
    return Entry(
        id=str(n),
        stream="service",
        version=n,
        occurred_on=None,
        by=None,
        recorded_by="service/setup",
        provenance="first_hand",
        source=None,
        batch=None,
        data=event,  # type: ignore[arg-type]
        position=n,
        recorded_at=None,
    )


def bound(
    kind: str,
    *addressees: str,
    publishers: tuple[str, ...] = ("hmicfrs",),
    published_on: str | None = "2025-05-16",
    known: Service | None = None,
) -> dict[str, Responder]:
    found = responders(
        known or service(),
        kind=kind,
        publishers=publishers,
        published_on=published_on,
        addressees=addressees,
        today=TODAY,
    )
    return {one.body: one for one in found}


def test_a_national_thematic_binds_every_local_policing_body_whoever_it_addresses() -> None:
    found = bound("national_thematic", CUMBRIA)

    assert len(found) == 43
    assert {f"{one.rule.id} v{one.rule.version}" for one in found.values()} == {"pa96-s55 v3"}
    assert {one.due.due_on for one in found.values()} == {date(2025, 7, 10)}
    assert not any(one.asks or one.needs_a_day for one in found.values())


@pytest.mark.parametrize("kind", ["peel", "force_inspection", "child_protection", "custody"])
def test_another_report_binds_those_of_the_forces_that_it_addresses(kind: str) -> None:
    assert set(bound(kind, CUMBRIA, KENT, "college-of-policing")) == {"cumbria-pfcc", "kent-pcc"}
    assert bound(kind, "college-of-policing") == {}


def test_the_office_of_the_reports_day_is_bound() -> None:
    before = bound("peel", "greater-manchester-police", published_on="2016-05-16")
    after = bound("peel", "greater-manchester-police", published_on="2018-05-16")

    assert {one.rule.id for one in before.values()} == {"pa96-s55-2001"}
    assert set(before).isdisjoint(after)
    assert len(before) == len(after) == 1


def test_a_person_is_asked_about_joint_reports_and_several_publishers() -> None:
    assert all(one.asks for one in bound("joint", CUMBRIA).values())
    together = bound("custody", CUMBRIA, publishers=("hmi-prisons", "hmicfrs"))
    assert [bool(one.asks) for one in together.values()] == [True]
    assert [one.asks for one in bound("custody", CUMBRIA).values()] == [None]


def test_another_inspectorate_alone_and_a_targeted_area_inspection_bind_nobody() -> None:
    assert bound("joint", CUMBRIA, publishers=("ofsted",)) == {}
    assert bound("national_thematic", publishers=("hmi-probation",)) == {}
    assert bound("joint_targeted_area", CUMBRIA, publishers=("ofsted", "hmicfrs")) == {}


def test_a_log_that_has_not_adopted_the_third_version_goes_by_the_second() -> None:
    before = service("pa96-s55 v3")

    found = bound("joint", CUMBRIA, publishers=("ofsted",), known=before)

    assert [one.rule.version for one in found.values()] == [2]


def test_a_commissioners_report_asks_of_each_body_that_it_addresses() -> None:
    found = bound(
        "commissioner_report", CUMBRIA, "npcc", publishers=("domestic-abuse-commissioner",)
    )

    assert set(found) == {CUMBRIA, "npcc"}
    assert all(one.asks for one in found.values())


def test_a_recommendation_of_the_iopc_needs_the_day_on_which_it_was_made() -> None:
    (found,) = bound("iopc", KENT, publishers=("iopc",)).values()

    assert (found.body, found.needs_a_day, found.due.due_on) == (KENT, True, None)
    assert found.asks


def test_state_of_policing_binds_nobody_and_a_fire_authority_without_a_period() -> None:
    assert bound("state_of_policing", CUMBRIA) == {}
    (fire,) = bound("fire_inspection", "cumbria-fire").values()
    assert (fire.body, fire.rule.id, fire.due.due_on) == (
        "cumbria-fire",
        "no-statutory-period",
        None,
    )


def test_from_a_day_that_is_not_known_everybody_is_bound_and_no_last_day_told() -> None:
    found = bound("national_thematic", published_on=None)

    assert len(found) == 43
    assert {one.due.due_on for one in found.values()} == {None}


def test_a_sentence_says_who_must_respond() -> None:
    def said(kind: str, *addressees: str, **more: object) -> list[str]:
        found = bound(kind, *addressees, **more)  # type: ignore[arg-type]
        return in_words(service(), list(found.values()), "2026-11-20", TODAY)

    assert said("national_thematic", published_on="2026-11-20") == [
        "Who must respond (s.55): all 43 commissioners, by 14 January 2027"
    ]
    (joint,) = said("joint", CUMBRIA, published_on="2026-11-20")
    assert joint.startswith(
        "Who must respond (s.55): Cumbria Police, Fire and Crime Commissioner, by 14 January 2027."
        " A person answers first: Is this report on an inspection"
    )
    (iopc,) = said("iopc", KENT, publishers=("iopc",))
    assert "from the day on which it was made, which a person gives" in iopc
