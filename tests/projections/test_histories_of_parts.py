"""Histories of responses at random: comments that came in time and not, invitations with a date and
without, parts in one publication or in several, days known and not, corrected and set aside.

Every verdict at random dates is that of a naive oracle, which tries every day that each act can
have had (from the rules in docs/law.md, by the log's own words); and `replay` says the same.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from random import Random
from typing import Any

from ledger.dates import london_date
from ledger.replay.log import ending, last_day, read
from ledger.replay.replay import answers
from ledger.replay.world import World
from tests.api.town import Town
from tests.projections.every_act import Step, step
from tests.projections.living import History, live
from tests.projections.own_words import Known, OwnWords, Said, heard, london, to_publish
from tests.projections.test_replay_oracle import rows
from tests.test_compliance_worlds import in_every_world
from tests.test_incomplete import of_the_rest

DOES = (
    *("comments", "comments", "comments", "invitation", "invitation", "statement", "statement"),
    *("statement", "revision", "correct day", "correct day", "correct", "retract", "undo"),
)
SAID = ("verdict", "days", "at_least")
ALSO = ("basis", "bases", "published_on", "comments_received_not_published")
"""What `replay` says too, and the oracle does not."""


def drawn(chance: Random, many: int) -> list[History]:
    return [
        (
            chance.choice([n for n in range(48) if n // 4 % 4 < 2 or n % 5 == 0]),
            [step_of_parts(chance) for _ in range(chance.randint(4, 12))],
        )
        for _ in range(many)
    ]


def step_of_parts(chance: Random) -> Step:
    made = step(chance)
    nth = made.nth + (made.nth % 17 == 0)  # on the report itself, and not the one beside it
    return replace(made, does=chance.choice(DOES), nth=nth, catch_up=chance.random() < 0.01)


def expected(known: Known, acts: Sequence[Said], on: date) -> tuple[str, int | None, bool] | None:
    """The verdict on a response from the log's own words, day by day; None: nothing is owed."""
    duties = [act for act in acts if act.type == "response-duty-arose"]
    if not duties or duties[-1].hi > on:
        return None
    if (due := duties[-1].data.get("due_on")) is None:
        return ("not_shown", None, False)
    due_on = date.fromisoformat(due)
    said = in_every_world(first_days(published(acts, "comments")), due_on, on)
    wanted = "chief_officer_comments" in duties[-1].data.get("wanted", [])
    if said[0] == "overdue":
        return of_silence(heard(known, acts, due_on, on), due_on)
    if said[0] != "in_time" or not wanted or not to_publish(acts, due_on, on):
        return said
    return of_the_rest(first_days(published(acts, "chief_officer_comments")), due_on, on)


def of_silence(found: tuple[date, bool] | None, due_on: date) -> tuple[str, int | None, bool]:
    """The verdict after the last day where nothing is recorded."""
    if found is None:
        return "not_looked_for", None, False
    return "overdue", (found[0] - due_on).days, found[1]


def published(acts: Sequence[Said], part: str) -> list[set[date]]:
    """The days on which each publication can have been that has a part; what was seen added to one
    can have been there as soon as that was."""
    responses = {act.data["statement"]: act for act in acts if act.type == "response-published"}
    found = [days(act.lo, act.hi) for act in responses.values() if part in parts(act)]
    for act in acts:
        added = act.type == "statement-revised" and act.data["field"] == part
        if added and act.data.get("now") is not None and act.data["statement"] in responses:
            to = responses[act.data["statement"]]
            found.append(days(to.lo, max(to.hi, act.hi)))
    return found


def parts(published: Said) -> list[str]:
    found: list[str] = published.data.get("parts", ["comments"])
    return found


def days(lo: date, hi: date) -> set[date]:
    lo = max(lo, hi - timedelta(days=500))  # long enough before all of it
    return {lo + timedelta(days=n) for n in range((hi - lo).days + 1)}


def first_days(several: Sequence[set[date]]) -> set[date | None]:
    """The days on which the first of several can have been: each day of one that every other one
    can follow, or share."""
    if not several:
        return {None}
    until = min(max(one) for one in several)
    return {day for one in several for day in one if day <= until}


def judged(town: Town, chance: Random, questions: int, many: int) -> Counter[str]:
    """Live through histories, and ask; what was seen."""
    seen: Counter[str] = Counter()
    began, first = town.position, london_date(town.ledger.now()) + timedelta(days=1)
    lives = live(town, first, drawn(chance, many))
    log, words = read(rows(town)), OwnWords(rows(town))
    wrong: list[str] = []
    for _ in range(questions):
        known_at = ending(log.lines, chance.randint(began + 1, town.position))
        today = london_date(town.ledger.now())
        about = london(words.moments[known_at - 1])
        on = min(
            about + timedelta(days=chance.choice((0, 0, chance.randint(-90, 60)))),
            last_day(log.lines, known_at, today),
        )
        replayed = answers(World(log, known_at, on)).responses
        answered = listed(town, "responses", known_at, on)
        if answered.keys() != replayed.keys():
            wrong.append(f"{known_at} on {on}: {answered.keys() ^ replayed.keys()}")
            continue
        known = words.known(known_at)
        for path, one in answered.items():
            by_hand = expected(
                known, known[path.removeprefix("/api/").replace("responses/", "response/")], on
            )
            said = tuple(one[name] for name in SAID)
            again = replayed[path]
            if said != by_hand or any(one[name] != again[name] for name in (*SAID, *ALSO)):
                wrong.append(f"{path} known at {known_at} on {on}: {said}, by hand {by_hand}")
            seen[one["verdict"]] += 1
            seen["without theirs, and they came"] += one["comments_received_not_published"]
    assert wrong == [], "\n".join(wrong[:20])
    seen["histories"] = len(lives)
    seen["refused"] = sum(sum(one.refused.values()) for one in lives)
    return seen


def listed(town: Town, which: str, known_at: int, on: date, **kept: str) -> dict[str, Any]:
    """The items of a list at two dates, by their address."""
    found: dict[str, Any] = {}
    after: dict[str, Any] = {}
    asked = {"known_at": str(known_at), "effective_on": on.isoformat(), "limit": 500, **kept}
    while True:
        page = town.anybody.reads(f"/api/{which}", **asked, **after)
        found |= {one["links"]["self"]: one for one in page["items"]}
        if not page["next"]:
            return found
        after = {"after": page["next"]}


WORDS = (
    "not_due",
    "due",
    "overdue",
    "not_looked_for",
    "in_time",
    "incomplete",
    "late",
    "not_shown",
)


def test_every_verdict_is_what_is_so_on_every_possible_day(new_town):
    with new_town() as town:
        seen = judged(town, Random(1996), questions=8, many=12)

    assert all(seen[word] for word in WORDS if word != "late"), seen
