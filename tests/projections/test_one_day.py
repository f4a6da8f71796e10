"""A report's day, corrected at random, beside an oracle that knows nothing but a list of words.

The oracle keeps who said what at which position, and asks of each position anew what stood then.
What answers say of the day of a report, of its duties and of its recommendations, is that.
"""

import calendar
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ledger.dates import london_date
from ledger.events.entry import line
from ledger.replay.answers import answers
from ledger.replay.log import Log, read
from ledger.replay.world import World
from projections.tables import tables
from projections.tables.rebuild import compare, rebuild
from tests.api.town import FORCE, NOTE, PAGE, Caller, Published, Town, json_of, recommendation
from tests.api.town import statement as said_of

pytestmark = pytest.mark.long

WHY = {"reason": "A slip."}
BY_HAND, DUE_BY_HAND = "dorset-pcc", "2031-03-01"
NUMBERS = ("2", "3", "4")
DOES = (
    *("correct",) * 6, *("undo",) * 5, *("raise",) * 4, "correct raised", "correct raised",
    "retract", "take over", "revise", "statement",
)  # fmt: skip
DAYS: tuple[int | str | None, ...] = (0, 1, 5, 20, 60, "month 10", "month 70", "2017-05-01",
                                      "2017-05-02", "2017-05", "year", None, None)  # fmt: skip
"""So many days before, a month or year of them, a day by itself; none: not known."""


@dataclass(frozen=True)
class Step:
    """What it does, how many days after the one before, to which day, on which of its kind."""

    does: str
    later: int
    day: int | str | None
    nth: int


STEPS = st.randoms(use_true_random=True).map(
    lambda chance: [
        Step(
            chance.choice(DOES),
            chance.choice((0, 0, 1, 10)),
            chance.choice(DAYS),
            chance.randrange(1000),
        )
        for _ in range(chance.randint(6, 16))
    ]
)


@dataclass(frozen=True)
class Word:
    """What was said of a day: of which entry, at which position; of a retraction no day."""

    entry: str
    target: str | None
    position: int
    day: str | None = None
    is_retraction: bool = False


@dataclass
class Oracle:
    """Every word about the days of a report and of what was raised in it."""

    report: str
    words: list[Word]
    recorded: dict[str, date]
    """The days on which the report and the recommendations were recorded."""
    raised: dict[str, str] = field(default_factory=dict)
    """By number, the entry that raised it."""

    def stands(self, entry: str, known_at: int) -> bool:
        return not any(
            one.is_retraction and one.target == entry and self.stands(one.entry, known_at)
            for one in self.words
            if one.position <= known_at
        )

    def last_word(self, entry: str, known_at: int) -> Word | None:
        """The last word on the day of an entry that stands; the entry's own at first."""
        about = [
            one
            for one in self.words
            if one.position <= known_at
            and not one.is_retraction
            and entry in (one.entry, one.target)
            and (one.entry == entry or self.stands(one.entry, known_at))
        ]
        return max(about, key=lambda one: one.position, default=None)

    def day(self, known_at: int) -> str | None:
        word = self.last_word(self.report, known_at)
        return word.day if word else None

    def raised_on(self, entry: str, known_at: int) -> tuple[str | None, date]:
        """The day on which one was raised, and that from which it is there."""
        word, day = self.last_word(entry, known_at), self.day(known_at)
        assert word is not None
        before = bool(word.day and day and last(word.day) < first(day))
        if before or word.day == self.day(word.position):
            return day, self.there(known_at)
        own = self.recorded[entry]
        hi = min(last(word.day), own) if word.day else own
        return word.day, max(hi, self.there(known_at))

    def there(self, known_at: int) -> date:
        """The day from which the report is there."""
        day, recorded = self.day(known_at), self.recorded[self.report]
        return min(last(day), recorded) if day else recorded


def first(day: str) -> date:
    return date.fromisoformat((day + "-01-01")[:10])


def last(day: str) -> date:
    year, month = int(day[:4]), int(day[5:7] or 12)
    return date.fromisoformat((f"{year}-{month:02}-{calendar.monthrange(year, month)[1]}", day)[
        len(day) == 10
    ])  # fmt: skip


@dataclass
class Life:
    """A report in a town, and the oracle of its day."""

    town: Town
    report: Published
    oracle: Oracle
    ends: list[int] = field(default_factory=list)
    """The last positions of the commands."""
    undoable: list[str] = field(default_factory=list)
    page: str = ""
    """The publisher's page, as its own account holds it: a capture."""

    @property
    def today(self) -> date:
        return london_date(self.town.ledger.now())

    def on(self, day: int | str | None) -> str | None:
        if isinstance(day, int):
            return (self.today - timedelta(days=day)).isoformat()
        if day == "year":
            return str(self.today.year)
        if day is not None and day.startswith("month"):
            return (self.today - timedelta(days=int(day[6:]))).isoformat()[:7]
        return day

    def take(self, step: Step) -> None:
        town, report, oracle, day = self.town, self.report, self.oracle, self.on(step.day)
        if step.later:
            town.clock.set(f"{self.today + timedelta(days=step.later)}T09:00:00+00:00")
            day = self.on(step.day)
        raised = list(oracle.raised.values())
        about = {"source": {"capture": self.page}} | WHY
        match step.does:
            case "correct":
                self._say(
                    oracle.report, "corrections", about | {"field": "published_on", "now": day}
                )
            case "correct raised" if raised:
                now = {"field": "occurred_on", "now": day}
                self._say(raised[step.nth % len(raised)], "corrections", now | WHY)
            case "undo" if self.undoable:
                self._say(self.undoable[step.nth % len(self.undoable)], "retraction", WHY)
            case "retract":
                self._say(oracle.report, "retraction", WHY)
            case "raise":
                more = recommendation(NUMBERS[step.nth % 3], occurred_on=day, source=PAGE)
                self._post(f"{report.path}/recommendations", more)
            case "take over":
                self._post(f"{report.path}/takeover", {"source": PAGE}, town.hmicfrs)
            case "revise":
                seen = {"field": "title", "now": f"Now {town.position}", "seen_on": day}
                self._post(f"{report.path}/revisions", {**seen, "source": PAGE})
            case "statement":
                self._post(f"{report.response}/statement", said_of(day, explanations=[]))
            case _:
                pass

    def _say(self, entry: str, what: str, body: dict[str, Any], by: Caller | None = None) -> None:
        self._post(f"/api/entries/{entry}/{what}", body, by)

    def _post(self, path: str, body: dict[str, Any], by: Caller | None = None) -> None:
        answer = (by or self.town.admin).post(path, body)
        assert answer.status_code in (201, 404, 409), answer.text
        if answer.status_code == 201:
            self.remember(json_of(answer)["events"])

    def remember(self, events: list[dict[str, Any]]) -> None:
        for one in events:
            data, position = one["data"], one["position"]
            match one["type"]:
                case "entry-corrected":
                    word = Word(one["id"], data["target"], position, data.get("now"))
                    if data["field"] in ("occurred_on", "published_on"):
                        self.oracle.words.append(word)
                        self.undoable.append(one["id"])
                case "entry-retracted":
                    gone = Word(one["id"], data["target"], position, is_retraction=True)
                    self.oracle.words.append(gone)
                    self.undoable.append(one["id"])
                case "report-published" | "recommendation-raised":
                    own = Word(one["id"], None, position, one["occurred_on"])
                    self.oracle.words.append(own)
                    self.oracle.recorded[one["id"]] = self.today
                    if one["type"] == "recommendation-raised":
                        self.oracle.raised[one["stream"].split("/")[2]] = one["id"]
                case _:
                    pass
        self.ends.append(events[-1]["position"])


def begin(town: Town, nth: int) -> Life:
    today = london_date(town.ledger.now())
    days = (today - timedelta(days=70), today - timedelta(days=3), None)
    day = days[nth % 3]
    report = town.publish(
        town.admin,
        published_on=day and (day.isoformat()[:7] if nth % 5 == 0 else day.isoformat()),
        recommendations=[recommendation("2")] if nth % 4 else [],
    )
    life = Life(town, report, Oracle(report.entry("report-published"), [], {}))
    life.remember(report.answer["events"])
    kept = town.hmicfrs.upload(b"<p>The report</p>", url=PAGE["url"])
    life.page = kept.headers["Location"].rpartition("/")[2]
    due = {"rule": "manual", "due_on": DUE_BY_HAND, "source": NOTE}
    life._post(f"/api/responses/{report.reference}/{BY_HAND}/duties", due)
    return life


def due_on(day: str | None) -> str | None:
    """The last day of 56, of a report since 2 May 2017."""
    if day is None or len(day) < 10 or day < "2017-05-02":
        return None
    return (date.fromisoformat(day) + timedelta(days=55)).isoformat()


def edges(life: Life, known_at: int, today: date) -> list[date]:
    """Days on which something comes to be there, the days before, and the last one to ask about."""
    oracle = life.oracle
    since = {oracle.there(known_at), today + timedelta(days=1)}
    for entry in oracle.raised.values():
        if oracle.last_word(entry, known_at):
            since.add(oracle.raised_on(entry, known_at)[1])
    days = since | {one - timedelta(days=1) for one in since}
    return sorted(one for one in days if one <= today)


def wrong(life: Life, log: Log, known_at: int, on: date) -> list[str]:
    """What of all answers at two dates is not as the oracle has it."""
    town, report, oracle = life.town, life.report, life.oracle
    day = oracle.day(known_at)
    there = oracle.stands(oracle.report, known_at) and on >= oracle.there(known_at)
    by_hand = f"/api/responses/{report.reference}/{BY_HAND}"
    dates: dict[str, Any] = {"known_at": known_at, "effective_on": on.isoformat()}
    expected: dict[str, dict[str, Any]] = {}
    if there:
        expected[report.path] = {"published_on": day}
        expected[report.response] = {"trigger_on": day, "due_on": due_on(day)}
        before_2017 = day is not None and last(day) < date(2017, 5, 2)
        if before_2017 or due_on(day) is None:
            expected[report.response]["verdict"] = "no_period" if before_2017 else "not_shown"
        if known_at >= life.ends[1]:
            expected[by_hand] = {"trigger_on": day, "due_on": DUE_BY_HAND}
    for number, entry in oracle.raised.items():
        own = next(one for one in oracle.words if one.entry == entry)
        if there and own.position <= known_at and oracle.stands(entry, known_at):
            raised_on, since = oracle.raised_on(entry, known_at)
            if on >= since:
                path = f"/api/recommendations/{report.reference}/{number}/{FORCE}"
                expected[path] = {"raised_on": raised_on}
    paths = [report.path, report.response, by_hand]
    paths += [f"/api/recommendations/{report.reference}/{one}/{FORCE}" for one in NUMBERS]
    told: list[tuple[str, dict[str, dict[str, Any]]]] = []
    singles = {path: town.anybody.get(path, **dates) for path in paths}
    told.append(("one", {path: json_of(one) for path, one in singles.items()
                         if one.status_code == 200}))  # fmt: skip
    mine = answers(World(log, known_at, on), report.reference)
    replayed: dict[str, dict[str, Any]] = mine.responses | mine.recommendations
    listed = {
        one["links"]["self"]: one
        for name in ("responses", "recommendations")
        for one in town.anybody.reads(f"/api/{name}", report=report.reference, **dates)["items"]
    }
    below = {path: one for path, one in expected.items() if path != report.path}
    found = [f"{known_at} {on} {path}: {one.text}" for path, one in singles.items()
             if one.status_code not in (200, 404)]  # fmt: skip
    for who, said, wanted in (
        ("one", told[0][1], expected),
        ("replay", replayed, below),
        ("list", listed, below),
    ):
        shown = {
            path: {name: one[name] for name in wanted.get(path, {})} for path, one in said.items()
        }
        if shown != wanted:
            found.append(f"{known_at} {on} {who}: {shown}, and not {wanted}")
    for path in (report.response, by_hand):
        if path in expected:
            found += _working(life, path, day, expected[path]["due_on"], dates)
    return found


def _working(
    life: Life, path: str, day: str | None, due: str | None, dates: dict[str, Any]
) -> list[str]:
    """What a working says of the day, once in data and twice in words."""
    said = life.town.anybody.reads(f"{path}/working", **dates)
    oracle, known_at = life.oracle, dates["known_at"]
    word = oracle.last_word(oracle.report, known_at)
    corrected = word is not None and word.entry != oracle.report
    in_words = "not known" if day is None else _in_words(day)
    wanted = (
        day,
        due,
        True,
        [(oracle.report, day)] if corrected else [],
        [f"to {in_words}."] if corrected else [],
    )
    shown = (
        said["trigger"]["on"],
        said["due_on"],
        in_words in said["sentences"][0],
        [(one["entry"], one["now"]) for one in said["corrected"] if one["entry"] == oracle.report],
        [
            one[one.rindex(" to ") + 1 :]
            for one in said["sentences"]
            if one.startswith("The day of the report was first")
        ],
    )
    if shown != wanted:
        return [f"{dates} {path}: working {shown}, and not {wanted}"]
    if "is day 1" in said["counting"] and not said["counting"].startswith(in_words):
        return [f"{dates} {path}: {said['counting']}"]
    return []


def _in_words(day: str) -> str:
    year, month, number = (*day.split("-"), None, None)[:3]
    named = calendar.month_name[int(month)] if month else ""
    return " ".join(one for one in (number and str(int(number)), named, year) if one)


@pytest.mark.parametrize("many", [4, pytest.param(60, marks=pytest.mark.soak)])
def test_a_reports_day_is_one_day_in_every_answer_whatever_becomes_of_it(town, many):
    lived: list[Life] = []

    @given(STEPS, st.integers(0, 59))
    @settings(
        max_examples=many,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    def lives(steps: list[Step], nth: int) -> None:
        life = begin(town, nth)
        lived.append(life)
        for step in steps:
            life.take(step)
        town.catch_up()
        rows = town.ledger.log.select_notifications(1, 100_000)
        log = read(line(one.state, one.id, one.recorded_at) for one in rows)
        found = [
            one
            for n, known_at in enumerate(life.ends[-7:])
            for on in edges(life, known_at, log.lines[known_at - 1].recorded_on)[n % 3 :: 3]
            for one in wrong(life, log, known_at, on)
        ]
        assert found == []

    lives()

    assert sum(len(one.undoable) for one in lived) > 10
    same = dict.fromkeys(tables.NAMES, 0)
    assert compare(town.url, lambda _position, _head: None).differences == same
    assert rebuild(town.url, lambda _position, _head: None).differences == same
