"""Silence is a breach only where somebody looked: the vectors, the ends of a keeping, successors,
the sentences, and a property."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from msgspec import structs

from projections.verdict.compliance import (
    ChiefOfficer,
    Duty,
    Finding,
    Publication,
    improves,
    verdict,
)
from projections.verdict.silence import Entered, Holder, KeepingSaid, LookUp, Silence
from projections.verdict.working import Judged, headline, working
from tests.conftest import examples
from tests.response_cases import (
    ASKED,
    DUE,
    DUTIES,
    DUTY,
    KEPT_HERE,
    LATER,
    NOT_KEPT,
    RECORDED,
    REPORT,
    SEVERAL,
    WITH_THEIRS,
    asked,
    in_short,
    kept,
    looked,
    published,
    received,
    silences,
)

NAMES = {"a-body": "Cumbria’s office", "kent-pcc": "Kent’s office", "a-force": "The force"}


def keeping(*said: KeepingSaid, last_day: str | None = None) -> Silence:
    ends = date.fromisoformat(last_day) if last_day else None
    return Silence((Holder("a-body", date.min, ends, said),))


def entered(on: str, by: str = "a-body") -> Silence:
    one = Entered("duty", by, date.fromisoformat(on))
    return replace(NOT_KEPT, entered=(one,))


def looking(*several: LookUp) -> Silence:
    return replace(NOT_KEPT, looked=several)


@pytest.mark.parametrize(
    ("silence", "on", "says"),
    [
        (KEPT_HERE, "2025-07-10", "due, 0"),
        (KEPT_HERE, "2025-07-11", "overdue, 1"),
        (keeping(kept("2025-05-16")), "2025-07-11", "overdue, 1"),
        (keeping(kept("2025-05-17")), LATER, "not_looked_for"),
        (NOT_KEPT, "2025-07-10", "due, 0"),
        (NOT_KEPT, "2025-07-11", "not_looked_for"),
        (NOT_KEPT, LATER, "not_looked_for"),
        (Silence(), LATER, "not_looked_for"),
        (entered("2025-06-01"), "2025-07-10", "due, 0"),
        (entered("2025-06-01"), "2025-07-11", "overdue, 1"),
        (entered("2025-07-10"), LATER, "overdue, 137"),
        (entered("2025-07-11"), LATER, "not_looked_for"),
        (entered("2025-06-01", "hmicfrs"), LATER, "not_looked_for"),
        (looking(looked("2025-09-01")), "2025-08-31", "not_looked_for"),
        (looking(looked("2025-09-01")), "2025-09-01", "overdue, at least 53"),
        (looking(looked("2025-09-01")), LATER, "overdue, at least 53"),
        (looking(looked("2025-07-10")), LATER, "not_looked_for"),
        (looking(looked("2025-07-11")), LATER, "overdue, at least 1"),
        (looking(looked("2025-07-01", "2025-07-31")), LATER, "not_looked_for"),
        (looking(looked("2025-08-01", "2025-08-31")), "2025-08-15", "not_looked_for"),
        (looking(looked("2025-08-01", "2025-08-31")), LATER, "overdue, at least 22"),
        (looking(looked(None)), LATER, "not_looked_for"),
        (looking(looked("2025-09-01"), looked("2025-08-01", at=4)), LATER, "overdue, at least 53"),
        (looking(looked("2025-09-01"), looked("2025-10-01", at=4)), "2025-09-30",
         "overdue, at least 53"),
        (replace(KEPT_HERE, looked=(looked("2025-09-01"),)), LATER, "overdue, 137"),
    ],
)  # fmt: skip
def test_each_vector_of_silence_gives_its_verdict(silence: Silence, on: str, says: str) -> None:
    assert in_short(asked(on, silence=silence)) == says


@pytest.mark.parametrize(
    ("until", "on", "says"),
    [
        ("2025-07-10", LATER, "not_looked_for"),
        ("2025-07-11", "2025-07-11", "overdue, 1"),
        ("2025-07-11", LATER, "overdue, at least 1"),
        ("2025-08-01", "2025-07-20", "overdue, 10"),
        ("2025-08-01", "2025-08-01", "overdue, 22"),
        ("2025-08-01", "2025-08-02", "overdue, at least 22"),
        ("2026-01-01", LATER, "overdue, 137"),
    ],
)
def test_a_keeping_that_ended_accuses_up_to_its_end(until: str, on: str, says: str) -> None:
    assert in_short(asked(on, silence=keeping(kept("2025-05-01", until)))) == says


def test_a_look_up_counts_where_the_keeping_ended_by_the_last_day() -> None:
    ended = keeping(kept("2025-05-01", "2025-07-10"))
    both = replace(ended, looked=(looked("2025-09-01"),))
    assert in_short(asked(LATER, silence=both)) == "overdue, at least 53"


def test_the_newest_word_about_a_report_counts() -> None:
    again = keeping(kept("2025-05-01"), kept("2025-05-01", "2025-08-01"), kept("2025-06-01"))
    assert in_short(asked(LATER, silence=again)) == "overdue, at least 22"
    widened = keeping(kept("2025-05-01", "2025-08-01"), kept("2020-01-01"))
    assert in_short(asked(LATER, silence=widened)) == "overdue, 137"


def test_an_office_that_ends_keeps_no_record_any_more() -> None:
    assert in_short(asked(LATER, silence=keeping(kept("2025-05-01"), last_day="2025-08-01"))) == (
        "overdue, at least 22"
    )
    assert in_short(asked(LATER, silence=keeping(kept("2025-05-01"), last_day="2025-07-10"))) == (
        "not_looked_for"
    )


def followed(on: str, first: Sequence[KeepingSaid], second: Sequence[KeepingSaid]) -> Silence:
    """A body that another follows from a day on, and what each said."""
    day = date.fromisoformat(on)
    return Silence(
        (
            Holder("a-body", date.min, day - timedelta(days=1), tuple(first)),
            Holder("b-body", day, None, tuple(second)),
        )
    )


@pytest.mark.parametrize(
    ("silence", "says"),
    [
        # Open on the successor's first day: it owes the response, and says its own.
        (followed("2025-07-11", [kept("2025-05-01")], []), "not_looked_for"),
        (followed("2025-07-11", [], [kept("2025-05-01")]), "overdue, 137"),
        (followed("2025-07-11", [], [kept("2025-07-11")]), "not_looked_for"),
        # Overdue before: counted with the former body, whose word ended with its office.
        (followed("2025-07-12", [kept("2025-05-01")], []), "overdue, at least 1"),
        (followed("2025-07-12", [], [kept("2025-05-01")]), "not_looked_for"),
    ],
)
def test_a_successor_says_its_own(silence: Silence, says: str) -> None:
    assert in_short(asked(LATER, silence=silence)) == says


@pytest.mark.parametrize(
    ("on", "by", "says"),
    [
        ("2025-07-11", "a-body", "not_looked_for"),
        ("2025-07-11", "b-body", "overdue, 137"),
        ("2025-07-12", "a-body", "overdue, 137"),
        ("2025-07-12", "b-body", "not_looked_for"),
    ],
)
def test_the_duty_is_entered_by_the_body_that_owes_it(on: str, by: str, says: str) -> None:
    one = Entered("duty", by, REPORT)
    assert in_short(asked(LATER, silence=replace(followed(on, [], []), entered=(one,)))) == says


def test_a_look_up_is_somebodys_word_and_accuses_no_more_than_an_office_lasted() -> None:
    found = asked(LATER, silence=looking(looked("2025-09-01")))
    assert (found.bases.published, found.basis) == ("stated", "stated")
    gone = replace(DUTY, ended_on=date(2025, 8, 1))
    assert in_short(asked(LATER, duty=gone, silence=looking(looked("2025-09-01")))) == (
        "overdue, at least 22"
    )
    gone = replace(DUTY, ended_on=DUE)
    assert asked(LATER, duty=gone, silence=looking(looked("2025-09-01"))).verdict == "not_shown"


def test_a_publication_answers_a_look_up() -> None:
    silence = looking(looked("2025-09-01"))
    assert asked(LATER, published("2025-07-10"), silence=silence).verdict == "in_time"
    late = published("2025-09-05")
    assert in_short(asked("2025-09-04", late, silence=silence)) == "overdue, at least 53"
    assert in_short(asked(LATER, late, silence=silence)) == "late, 57"
    assert asked(LATER, published(None), silence=silence).verdict == "not_shown"


def test_nothing_is_looked_for_without_a_last_day() -> None:
    open_ended = replace(DUTY, due_on=None)
    assert asked(LATER, duty=open_ended, silence=looking(looked("2025-09-01"))).verdict == (
        "not_shown"
    )


def test_nobody_keeps_a_record_of_what_began_on_a_day_that_is_not_known() -> None:
    assert asked(LATER, duty=replace(DUTY, trigger_on=None)).verdict == "not_looked_for"


def test_more_time_that_may_have_been_granted_accuses_nobody() -> None:
    more = replace(DUTY, more_time_until=date(2025, 9, 1))
    assert asked("2025-08-01", duty=more, silence=KEPT_HERE).verdict == "not_shown"
    assert asked("2025-08-01", duty=more, silence=looking(looked("2025-07-20"))).verdict == (
        "not_shown"
    )
    assert in_short(asked(LATER, duty=more, silence=looking(looked("2025-09-11")))) == (
        "overdue, at least 10"
    )


def test_parts_that_are_not_known_are_not_shown_and_never_wanting() -> None:
    unknown = published("2025-07-10", perhaps=True)
    theirs = ChiefOfficer([received("2025-07-01")], published=[unknown])
    bare = published("2025-07-10")
    assert asked(LATER, bare, duty=WITH_THEIRS, theirs=theirs).verdict == "not_shown"
    assert asked("2025-07-09", duty=WITH_THEIRS, theirs=theirs).verdict == "due"
    later = structs.replace(unknown, entry="later", occurred_on="2025-07-20")
    late = ChiefOfficer([received("2025-07-01")], published=[later])
    assert asked(LATER, bare, duty=WITH_THEIRS, theirs=late).verdict == "not_shown"
    both = replace(theirs, published=[unknown, published("2025-07-05", entry="theirs")])
    assert asked(LATER, bare, duty=WITH_THEIRS, theirs=both).verdict == "in_time"


def said(silence: Silence, on: str = LATER, *several: Publication) -> str:
    return headline(asked(on, *several, silence=silence), lambda body: NAMES[body])


def test_the_headline_says_who_looked_and_when() -> None:
    assert said(looking(looked("2025-09-01"))) == (
        "Overdue by at least 53 days: Kent’s office looked for it on 1 September 2025 and did not "
        "find it."
    )
    assert said(looking(looked("2025-09-01", by=None))).startswith(
        "Overdue by at least 53 days: An account of no body looked for it"
    )
    assert said(keeping(kept("2025-05-01", "2025-08-01"))) == (
        "Overdue by at least 22 days: Cumbria’s office kept its record here until 1 August 2025, "
        "and no response is recorded as published by then."
    )
    assert said(NOT_KEPT) == (
        "No response is recorded here, and nobody has said that they looked for one."
    )
    assert said(NOT_KEPT, "2025-08-01", published("2025-08-05")) == (
        "The first response recorded here is of 5 August 2025; nobody has said that they looked "
        "before."
    )
    assert said(NOT_KEPT, "2025-07-20", published("2025-08")) == (
        "The first response recorded here was published on a day between 1 August 2025 and 31 "
        "August 2025; nobody has said that they looked before."
    )


def sentences(silence: Silence, on: date = RECORDED) -> list[str]:
    found = working(
        Judged(
            DUTY,
            [],
            [],
            effective_on=on,
            silence=silence,
            places={"look-up-3": "The page of responses."},
            name=lambda body: NAMES[body],
        )
    )
    return found.sentences[3:]


def test_the_working_says_why_silence_is_a_breach_or_is_none() -> None:
    assert sentences(looking(looked("2025-09-01"))) == [
        (
            "Kent’s office looked for the response on 1 September 2025 (The page of responses) and "
            "did not find it."
        ),
        (
            "Overdue by at least 53 days: Kent’s office looked for it on 1 September 2025 and did "
            "not find it."
        ),
    ]
    assert sentences(looking(looked("2025-06-01")))[0] == (
        "Kent’s office looked for the response on 1 June 2025 (The page of responses) and did not "
        "find it. That was not after the last day for certain, so that it accuses nobody."
    )
    assert sentences(entered("2025-06-01"))[0] == (
        "Cumbria’s office entered this duty here itself on 1 June 2025, by the last day: it would "
        "have recorded its response here."
    )
    assert sentences(NOT_KEPT)[0].startswith("Silence is called a breach only where the body keeps")


def test_another_s_word_of_the_chief_officers_comments_stands_beside_the_verdict() -> None:
    receipt = structs.replace(
        received("2025-07-01"), teller="force", recorder="a-force", force="a-force"
    )
    own = published("2025-07-10")

    def says(one: object) -> str:
        theirs = ChiefOfficer([one])  # type: ignore[list-item]
        found = asked(LATER, own, duty=WITH_THEIRS, theirs=theirs)
        assert found.verdict == "in_time"
        return headline(found, lambda body: NAMES[body])

    begins = "In time, on the body’s own word, entered 137 days later; "
    assert says(receipt) == (
        f"{begins}The force says that it had sent comments by 1 July 2025; the office has not said "
        "so."
    )
    assert says(structs.replace(receipt, disputed=True)).endswith("; the office disputes it.")
    panels = structs.replace(receipt, teller="another", recorder="kent-pcc")
    assert says(panels) == (
        f"{begins}Kent’s office says that The force had sent comments by 1 July 2025; the office "
        "has not said so."
    )


def test_another_s_word_is_not_named_where_it_would_change_nothing() -> None:
    receipt = structs.replace(received("2025-07-01"), teller="force", recorder="a-force")
    both = published("2025-07-10")
    theirs = ChiefOfficer([receipt], published=[both])
    assert asked(LATER, both, duty=WITH_THEIRS, theirs=theirs).said_by_others is None
    late = published("2025-07-14")
    found = asked(LATER, late, duty=WITH_THEIRS, theirs=ChiefOfficer([receipt]))
    assert (found.verdict, found.said_by_others) == ("late", None)


@pytest.mark.parametrize("after", ["in_time", "late", "not_shown", "overdue", "disapplied"])
def test_an_unlooked_for_response_is_no_verdict_to_better(after: str) -> None:
    days = 3 if after in ("late", "overdue") else None
    found = Finding(after, days)  # type: ignore[arg-type]
    assert not improves(found, Finding("not_looked_for"))
    assert improves(Finding("not_looked_for"), Finding("overdue", 5))
    assert not improves(Finding("not_looked_for"), Finding("not_shown"))


@given(silence=silences())
def test_the_ground_changes_on_the_turns_alone(silence: Silence) -> None:
    days = [DUE + timedelta(days=n) for n in range(1, 150)]
    grounds = [silence.heard("2025-05-16", DUE, day) for day in days]
    turns = silence.turns
    for day, before, after in zip(days[1:], grounds, grounds[1:], strict=False):
        assert day in turns or before == after


@settings(max_examples=examples(150, 5_000))
@given(duty=DUTIES, several=SEVERAL, on=ASKED, silence=silences())
def test_a_body_is_overdue_only_where_somebody_looked(
    duty: Duty, several: list[Publication], on: date, silence: Silence
) -> None:
    """Each way to be overdue, asked by itself; and of other verdicts, silence changes none."""
    assert duty.due_on is not None
    found = verdict(duty, several, [], on, silence=silence)
    with_keeping = verdict(duty, several, [], on, silence=KEPT_HERE)
    if found.verdict not in ("overdue", "not_looked_for"):
        assert found.verdict == with_keeping.verdict
        return
    assert with_keeping.verdict == "overdue"
    owes = [one for one in silence.holders if (one.since - duty.due_on).days <= 1][-1]
    itself = any(
        one.body == owes.body and one.recorded_on <= duty.due_on for one in silence.entered
    )
    newest = next((one for one in reversed(owes.said) if one.since <= REPORT), None)
    until = newest.until if newest is not None else None
    ends = [day for day in (owes.last_day, until) if day is not None]
    keeps = newest is not None and all(day > duty.due_on for day in ends)
    after = [
        one.interval.lo
        for one in silence.looked
        if one.interval.lo and one.interval.hi <= on and one.interval.lo > duty.due_on
    ]
    assert (found.verdict == "overdue") == (itself or keeps or bool(after))
    if found.verdict == "overdue":
        to = on if itself else min([on, *ends]) if keeps else max(after)
        assert found.days == (to - duty.due_on).days
        assert found.at_least == (to < on or not (itself or keeps))
