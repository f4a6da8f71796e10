"""Answers accuse a body only if the log's own words do. Random questions, with every kind of date
and through every door, are compared with a naive oracle (`own_words`)."""

import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random, SystemRandom
from typing import Any

import pytest
from click.testing import CliRunner

from api.cli import main
from ledger.dates import london_date
from ledger.replay import log as replay_log
from ledger.replay.answers import answers
from ledger.replay.world import World
from tests.api.site import FORCE, PFCC, Site, json_of, problem_of
from tests.projections.living import drawn, live
from tests.projections.own_words import Accused, OwnWords
from tests.projections.test_replay_oracle import rows

pytestmark = pytest.mark.long

ACCUSING = ("overdue", "late", "incomplete")
Asked = dict[str, Any]


@dataclass
class Questions:
    """A site that lived, its log, and what was found by asking."""

    site: Site
    chance: Random
    own_words: OwnWords
    folder: Path
    first: date
    began: int
    seen: Counter[str]
    wrong: list[str]
    replayed: replay_log.Log

    def dates(self) -> Asked:
        """Two dates, one of them, or none; of every form."""
        chance, lines = self.chance, self.own_words.lines
        position = chance.randint(self.began, len(lines))
        moment = self.own_words.moments[position - 1] + timedelta(
            seconds=chance.choice((-1, 0, 0, 3600, 90_000))
        )
        moment = min(moment, self.site.ledger.now())
        forms = {
            "position": str(position),
            "moment": moment.isoformat().replace("+00:00", "Z"),
            "day": (london_date(moment) - timedelta(days=1)).isoformat(),
        }
        form = chance.choice(tuple(forms))
        about = london_date(moment)
        days = (chance.randint(-60, 0), chance.randint(-12, 0), chance.randint(-3, 3), 0)
        on = (about + timedelta(days=chance.choice(days))).isoformat()
        which = chance.choice(("known_at", "known_at", "effective_on", "both", "both", "none"))
        self.seen[f"{which} {form if which in ('known_at', 'both') else ''}".strip()] += 1
        if form == "position" and which in ("known_at", "both"):
            inside = position < len(lines) and (
                self.own_words.moments[position - 1] == self.own_words.moments[position]
            )
            self.seen["inside a transaction"] += inside
        asked = {"known_at": forms[form], "effective_on": on}
        if which == "none":
            return {}
        return asked if which == "both" else {which: asked[which]}

    def ask(self) -> None:
        """One question, through one door."""
        asked = self.dates()
        meant = self.own_words.dates(
            asked.get("known_at"), asked.get("effective_on"), self.site.ledger.now()
        )
        if meant is None:
            self.refused(asked)
            return
        position, on = meant
        expected, there = self.own_words.accused(position, on)
        doors: dict[str, Callable[..., None]] = {
            "single": self.single,
            "working": self.working,
            "list": self.list,
            "filtered": self.filtered,
            "report": self.report,
            "body": self.body,
            "page": self.page,
            "compliance": self.compliance,
            "replay": self.replay,
        }
        names = [*doors, "single", "list", "filtered", "page"]
        name = "export" if self.chance.random() < 0.02 else self.chance.choice(names)
        self.seen[f"door {name}"] += 1
        self.seen["accusations that may be made"] += len(expected)
        before = len(self.wrong)
        doors.get(name, self.export)(asked, position, on, expected, there)
        self.wrong[before:] = [f"{name} {asked} {one}" for one in self.wrong[before:]]

    def refused(self, asked: Asked) -> None:
        self.seen["refused"] += 1
        path = self.chance.choice(
            ("/api/responses", "/api/recommendations", "/api/compliance", f"/api/bodies/{PFCC}")
        )
        problem = problem_of(self.site.anybody.get(path, **asked), 422, "not-known-yet")
        named = re.search(r"give effective_on=(\d{4}-\d{2}-\d{2}) or", problem["detail"])
        assert named is not None, problem
        last = asked | {"effective_on": named[1]}
        assert self.site.anybody.get(path, **last).status_code == 200
        over = asked | {
            "effective_on": (date.fromisoformat(named[1]) + timedelta(days=1)).isoformat()
        }
        assert self.site.anybody.get(path, **over).status_code == 422

    # Doors

    def compare(self, path: str, said: tuple[str, int] | None, expected: Accused) -> None:
        if said != expected.get(path):
            self.wrong.append(f"{path}: said {said}, may be said {expected.get(path)}")
        self.seen[f"said {said[0]}" if said else "said nothing"] += 1

    def as_of(self, answer: Any, position: int, on: date) -> None:
        as_of = answer["as_of"]
        if (as_of["position"], as_of["effective_on"]) != (position, on.isoformat()):
            self.wrong.append(f"is answered for {as_of}, and not for {position} on {on}")

    def one_of(self, there: set[str], kind: str = "") -> str | None:
        found = sorted(one for one in there if one.startswith(f"/api/{kind}"))
        return self.chance.choice(found) if found else None

    def single(self, asked: Asked, position: int, on: date, expected: Accused, there: set[str]):
        if (path := self.one_of(there)) is not None:
            where, named = path_and_name(path)
            answer = self.site.anybody.reads(where, **named, **asked)
            self.as_of(answer, position, on)
            self.compare(path, accusation(answer), expected)

    def working(self, asked: Asked, position: int, on: date, expected: Accused, there: set[str]):
        if (path := self.one_of(there, "responses")) is not None:
            where, named = path_and_name(path)
            answer = self.site.anybody.reads(f"{where}/working", **named, **asked)
            self.as_of(answer, position, on)
            self.compare(path, accusation(answer), expected)
            words = " ".join(answer["sentences"]).lower()
            if path not in expected and re.search(r"overdue by|days? late\b|time without", words):
                self.wrong.append(f"{path}: its sentences accuse: {words}")

    def listed(self, path: str, asked: Asked, position: int, on: date) -> dict[str, Any]:
        found: dict[str, Any] = {}
        page: dict[str, Any] | None = None
        after: dict[str, Any] = {}
        while page is None or page["next"]:
            page = self.site.anybody.reads(path, limit=40, **asked, **after)
            self.as_of(page, position, on)
            found |= {one["links"]["self"]: one for one in page["items"]}
            after = {"after": page["next"]}
        return found

    def list(self, asked: Asked, position: int, on: date, expected: Accused, there: set[str]):
        kind = self.chance.choice(("responses", "recommendations"))
        found = self.listed(f"/api/{kind}", asked, position, on)
        if found.keys() != (theirs := {one for one in there if one.startswith(f"/api/{kind}/")}):
            self.wrong.append(f"lists {sorted(found.keys() ^ theirs)}, or not")
        for path, one in found.items():
            self.compare(path, accusation(one), expected)

    def filtered(self, asked: Asked, position: int, on: date, expected: Accused, there: set[str]):
        word = self.chance.choice(("overdue", "late", "incomplete", "passed"))
        path, name = ("recommendations", "target") if word == "passed" else ("responses", "verdict")
        found = self.listed(f"/api/{path}", asked | {name: word}, position, on)
        wanted = {one for one, (said, _) in expected.items() if said == word}
        if found.keys() != wanted:
            self.wrong.append(f"{word} are {sorted(found)}, and may be {sorted(wanted)}")

    def report(self, asked: Asked, position: int, on: date, expected: Accused, there: set[str]):
        if (path := self.one_of(there)) is not None:
            answer = self.site.anybody.reads(f"/api/reports/{path.split('/')[3]}", **asked)
            self.as_of(answer, position, on)
            for one in (*answer["recommendations"], *answer["responses"]):
                self.compare(one["links"]["self"], accusation(one), expected)

    def body(self, asked: Asked, position: int, on: date, expected: Accused, there: set[str]):
        answer = self.site.anybody.get(f"/api/bodies/{self.chance.choice((PFCC, FORCE))}", **asked)
        if answer.status_code == 404:
            return
        found = json_of(answer)
        self.as_of(found, position, on)
        for one in (*found["attention"], *found["passed"]):
            self.compare(one["links"]["self"], accusation(one), expected)

    def page(self, asked: Asked, position: int, on: date, expected: Accused, there: set[str]):
        if (path := self.one_of(there)) is None:
            return
        where, named = path_and_name(path)
        answer = self.site.anybody.get(where.removeprefix("/api"), **named, **asked)
        assert answer.status_code == 200, answer.text[:300]
        said: tuple[str, int] | None = None
        if path.startswith("/api/responses"):
            tag = re.search(
                r'tag-(overdue|late)">(?:<svg.*?</svg>)\w+ by (?:at least )?(\d+) day', answer.text
            )
            said = (tag[1], int(tag[2])) if tag else None
            if "tag-incomplete" in answer.text:
                said = ("incomplete", 0)
        elif passed := re.search(r"(\d+) days? ago\. No closure and no claim", answer.text):
            said = ("passed", int(passed[1]))
        self.compare(path, said, expected)
        if path not in expected and "improved" not in answer.text:
            assert "tag-overdue" not in answer.text
        days = {f"{on.day} {on:%B %Y}", on.isoformat()}
        if not any(day in answer.text for day in days):
            self.wrong.append(f"{path}: the page does not say that it is of {on}")

    def compliance(self, asked: Asked, position: int, on: date, expected: Accused, there: set[str]):
        group = self.chance.choice(("body", "kind", "year"))
        answer = self.site.anybody.reads("/api/compliance", group_by=group, **asked)
        self.as_of(answer, position, on)
        for word in ACCUSING:
            days = sorted(many for said, many in expected.values() if said == word)
            total = answer["total"]
            worst = total[word]["worst_days"] if word != "incomplete" else max(days, default=None)
            found = (total["verdicts"].get(word, 0), worst)
            if found != (len(days), max(days, default=None)):
                self.wrong.append(f"counts {word} {found}, and may count {days}")
            many = sum(one["verdicts"].get(word, 0) for one in answer["items"])
            if many != len(days):
                self.wrong.append(f"counts {many} {word} by {group}, and may count {len(days)}")

    def export(self, asked: Asked, position: int, on: date, expected: Accused, there: set[str]):
        kind = self.chance.choice(("responses", "recommendations"))
        path = self.folder / f"{self.seen['door export']}-{position}.jsonl"
        dates = [f"--{name.replace('_', '-')}={value}" for name, value in asked.items()]
        done = CliRunner().invoke(main, ["--json", "export", kind, str(path), *dates])
        assert done.exit_code == 0, done.output
        self.as_of(json.loads(done.stdout), position, on)
        for one in map(json.loads, path.read_text().splitlines()):
            self.compare(one["links"]["self"], accusation(one), expected)
        path.unlink()

    def replay(self, asked: Asked, position: int, on: date, expected: Accused, there: set[str]):
        day = asked.get("effective_on")
        meant = replay_log.asked(
            self.replayed.lines,
            asked.get("known_at"),
            date.fromisoformat(day) if day else None,
            self.site.ledger.now(),
        )
        if (meant.position, meant.on) != (position, on):
            self.wrong.append(f"replay takes it for {meant}, and not for {position} on {on}")
        found = answers(World(self.replayed, meant.position, meant.on))
        for path, one in (found.responses | found.recommendations).items():
            self.compare(path, accusation(one), expected)


def path_and_name(path: str) -> tuple[str, Asked]:
    """Return the address of a duty, and what else it is asked by."""
    where, _, name = path.partition("?name=")
    return where, {"name": name} if name else {}


def accusation(answer: Any) -> tuple[str, int] | None:
    """Return the accusation of an answer, and by how many days."""
    if answer.get("verdict") in ACCUSING:
        return answer["verdict"], answer["days"] or 0
    target = answer.get("target") or {}
    return ("passed", target["days"]) if target.get("standing") == "passed" else None


@contextmanager
def asking(
    site: Site, chance: Random, began: int, first: date, last: date, folder: Path
) -> Iterator[Questions]:
    """Yield a site in which much happened, some weeks later."""
    site.clock.set(f"{last + timedelta(days=chance.randint(1, 90))}T10:00:00+00:00")
    log = rows(site)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANSWERABLE_DATABASE_URL", site.url)
        patch.setenv("ANSWERABLE_ORIGIN", "log.example/town")
        yield Questions(
            site, chance, OwnWords(log), folder, first, began, Counter(), [], replay_log.read(log)
        )


def enough(seen: Counter[str]) -> bool:
    """Return whether all was seen that has to be."""
    said = (*(f"said {word}" for word in (*ACCUSING, "passed")), "inside a transaction", "refused")
    return all(seen[one] for one in said)


def complete(seen: Counter[str], wrong: list[str], questions: int) -> None:
    """Nothing was wrong, and all was seen that has to be."""
    sys.stdout.write("".join(f"{many:>8,} {what}\n" for what, many in sorted(seen.items())))
    assert wrong == [], "\n".join(wrong[:20])
    assert enough(seen)
    asked = sum(many for what, many in seen.items() if what.startswith("door ")) + seen["refused"]
    assert asked == questions


def test_nobody_is_accused_of_what_by_the_logs_own_words_may_not_be(lived, lived_site, tmp_path):
    chance = Random(55)
    with asking(
        lived_site, chance, lived.began + 1, lived.first, lived.last, tmp_path
    ) as questions:
        asked = 0
        while asked < 12 or (not enough(questions.seen) and asked < 60):
            questions.ask()
            asked += 1

    complete(questions.seen, questions.wrong, asked)


@pytest.mark.soak
def test_nobody_is_in_ten_sites(new_site, tmp_path):
    seen: Counter[str] = Counter()
    wrong: list[str] = []
    for _ in range(10):
        seed = SystemRandom().randrange(10**9)
        chance = Random(seed)
        with new_site() as site:
            began, first = site.position + 1, london_date(site.ledger.now()) + timedelta(days=1)
            last = max(one.today for one in live(site, first, drawn(chance, 10)))
            with asking(site, chance, began, first, last, tmp_path) as questions:
                for _ in range(500):
                    questions.ask()
        seen += questions.seen
        wrong += [f"seed {seed}: {one}" for one in questions.wrong]

    complete(seen, wrong, 5000)
