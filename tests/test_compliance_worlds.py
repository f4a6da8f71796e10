"""The verdict against an oracle that walks through every day that remains possible."""

from collections.abc import Sequence, Set
from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from projections.verdict.compliance import Duty, Publication, verdict
from projections.verdict.silence import Entered, Holder, Silence
from tests.conftest import examples
from tests.response_cases import (
    ASKED,
    DUTIES,
    DUTY,
    KEPT_HERE,
    RECORDED,
    REPORT,
    SEVERAL,
    publications,
)

A_YEAR = [(day, f"{day}") for day in (REPORT + timedelta(days=n) for n in range(365))]


def possible_days(one: Publication) -> list[date]:
    """Every day on which it can have been published, tried one by one."""
    return [
        day
        for day, said in A_YEAR
        if said.startswith(one.occurred_on or "")
        and day <= one.recorded_on
        and (one.captured_on is None or day <= one.captured_on)
    ]


def possible_first_days(several: Sequence[Publication]) -> set[date]:
    """Every day on which the first of them can have been published."""
    firsts: set[date] = set()
    for one in several:
        days = set(possible_days(one))
        firsts = {min(a, b) for a in firsts for b in days} if firsts else days
    return firsts


def in_a_world(
    first: date | None, due_on: date, on: date, ended_on: date = date.max
) -> tuple[str, int]:
    """The truth on a day, if the first publication was on that day; `ended_on`: the last day on
    which somebody held the office."""
    if first is not None and first <= on:
        if first <= due_on:
            return ("in_time", 0)
        days = days_held(due_on, first, ended_on)
        return ("late", days) if days else ("nobody", 0)
    if on <= due_on:
        return ("pending", (due_on - on).days)
    days = days_held(due_on, on, ended_on)
    return ("overdue", days) if days else ("nobody", 0)


def days_held(due_on: date, until: date, ended_on: date) -> int:
    """The days after the last one, up to a day, on which somebody held the office: one by one."""
    days = (due_on + timedelta(days=n) for n in range(1, (until - due_on).days + 1))
    return sum(day <= ended_on for day in days)


def oracle(
    several: Sequence[Publication], due_on: date, on: date, ended_on: date = date.max
) -> tuple[str, int | None, bool]:
    """The verdict from all the worlds that are possible: what is so in every one of them."""
    firsts = {*possible_first_days(several)} if several else {None}
    return in_every_world(firsts, due_on, on, ended_on)


def in_every_world(
    firsts: Set[date | None], due_on: date, on: date, ended_on: date = date.max
) -> tuple[str, int | None, bool]:
    """The same of the days on which the first publication can have been; None stands for no
    publication."""
    worlds = {in_a_world(first, due_on, on, ended_on) for first in firsts}
    words = {word for word, _ in worlds}
    days = min(days for _, days in worlds)
    if words == {"in_time"}:
        return ("in_time", None, False)
    if "pending" in words:
        left = (due_on - on).days
        return ("due" if left <= 14 else "not_due", left, False)
    if words & {"in_time", "nobody"}:
        return ("not_shown", None, False)
    if words == {"overdue"}:
        return ("overdue", days, False)
    return ("late", days, len(firsts) > 1)


@settings(max_examples=examples(100, 3_000))
@given(duty=DUTIES, several=SEVERAL, on=ASKED)
def test_the_verdict_is_what_is_so_in_every_possible_world(
    duty: Duty, several: list[Publication], on: date
) -> None:
    assert duty.due_on is not None
    found = verdict(duty, several, [], on, silence=KEPT_HERE)
    assert (found.verdict, found.days, found.at_least) == oracle(several, duty.due_on, on)


@settings(max_examples=examples(100, 3_000))
@given(duty=DUTIES, several=SEVERAL, on=ASKED, ended=st.integers(-20, 60))
def test_no_day_counts_on_which_nobody_held_the_office(
    duty: Duty, several: list[Publication], on: date, ended: int
) -> None:
    assert duty.due_on is not None
    ended_on = duty.due_on + timedelta(days=ended)
    if ended_on >= on:  # it is there still
        return
    entered = (Entered("duty", "a-body", REPORT),)
    silence = Silence((Holder("a-body", date.min, ended_on),), entered)
    found = verdict(replace(duty, ended_on=ended_on), several, [], on, silence=silence)
    assert (found.verdict, found.days, found.at_least) == oracle(several, duty.due_on, on, ended_on)


@given(several=SEVERAL, on=ASKED)
def test_publications_to_come_make_no_difference(several: list[Publication], on: date) -> None:
    so_far = [one for one in several if min(possible_days(one)) <= on]
    found = verdict(DUTY, several, [], on, silence=KEPT_HERE)
    alone = structs.replace(verdict(DUTY, so_far, [], on, silence=KEPT_HERE), first_held=None)
    assert structs.replace(found, held=bool(so_far), first_held=None) == alone


@given(several=st.permutations(range(3)), drawn=st.lists(publications(), min_size=3, max_size=3))
def test_the_order_of_the_publications_makes_no_difference(
    several: list[int], drawn: list[Publication]
) -> None:
    def judged(ones: Sequence[Publication]) -> tuple[object, ...]:
        found = verdict(DUTY, ones, [], RECORDED)
        return (found.verdict, found.days, found.at_least, found.bases, found.published_on)

    assert judged(drawn) == judged([drawn[n] for n in several])


@given(several=SEVERAL, on=ASKED)
def test_a_basis_above_somebody_s_word_needs_nobody_s_word(
    several: list[Publication], on: date
) -> None:
    found = verdict(DUTY, several, [], on, silence=KEPT_HERE)
    begun = [one for one in several if min(possible_days(one)) <= on]
    assert (found.bases.published is None) == (not begun)
    wordless = [structs.replace(one, occurred_on=None) for one in begun]
    if found.bases.published == "captured":
        wordless = [
            structs.replace(one, recorded_on=one.captured_on) for one in wordless if one.captured_on
        ]
    if found.bases.published in ("captured", "recorded"):
        alone = verdict(DUTY, wordless, [], on, silence=KEPT_HERE)
        assert (alone.verdict, alone.days, alone.at_least) == (
            found.verdict,
            found.days,
            found.at_least,
        )
    if found.verdict == "late":
        assert found.bases.published == "stated"
