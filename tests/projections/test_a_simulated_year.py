"""A year of Cumbria at random, day by day, over HTTP. There are reports, responses of several parts
with days of every precision, copies, comments, invitations and look-ups. Acts are corrected,
retracted, disputed and disapplied, and days of reports are corrected. The office keeps its record
here. A mayor follows the commissioner, recorded before, on or after the day.

At random dates each response has the verdict of an oracle of possible worlds. It is counted once,
in lists and totals, with the body that the oracle names. `replay` says the same.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random, SystemRandom
from typing import Any

import pytest

from ledger.dates import london_date
from ledger.replay.answers import answers
from ledger.replay.log import read
from ledger.replay.world import World
from tests.api.site import NOTE, Caller, Site, json_of, recommendation, statement
from tests.projections.possible_worlds import (
    FORCE,
    MAYOR,
    OFFICE,
    PERIOD,
    Kind,
    Matter,
    Noted,
    Said,
)
from tests.projections.test_replay_oracle import rows

BEGINS, DAYS, LATER = date(2025, 1, 2), 300, 20
OWN = "comments"
THEIRS = "chief_officer_comments"
PARTS: Sequence[list[str] | None] = (
    *(None, None, [OWN], [OWN], [OWN, THEIRS], [THEIRS]),
    [OWN, THEIRS, "reply"],
)
SAME = ("basis", "bases", "published_on", "comments_received_not_published")
"""Fields on which every answer agrees with `replay`, and which the oracle lacks."""
WHY = {"reason": "A slip."}


@dataclass
class Year:
    """The year of one site, and what was taken."""

    site: Site
    chance: Random
    today: date = BEGINS
    taken: dict[str, list[Noted]] = field(default_factory=dict)
    """By report, in the order of the log."""
    of_the_office: list[Noted] = field(default_factory=list)
    captures: dict[str, list[tuple[str, date]]] = field(default_factory=dict)
    ends: dict[date, int] = field(default_factory=dict)
    """Each day with its last position."""
    statements: dict[str, str] = field(default_factory=dict)
    """By the id of a statement, that of its publication."""
    mayor: Caller | None = None
    seen: Counter[str] = field(default_factory=Counter)
    _texts: int = 0

    def text(self) -> str:
        self._texts += 1
        return f"I welcome it, for the time no. {self._texts}."

    # What happens

    def live(self, reports: int, most: int) -> None:
        """Live through all days: so many reports, and at most so many acts a day."""
        chance = self.chance
        term = chance.randrange(60, 240)
        published = [BEGINS + timedelta(days=chance.randrange(term)) for _ in range(reports)]
        entered = [day + timedelta(days=chance.choice((0, 0, 3, 20, 70))) for day in published]
        follows = BEGINS + timedelta(days=term)
        said = follows + timedelta(days=chance.choice((-60, -3, 0, 5, 40)))
        for n in range(DAYS):
            day = BEGINS + timedelta(days=n)
            hour = chance.choice(("00:30", "09:00", "22:40", "23:30"))
            self.site.clock.set(f"{day}T{hour}:00+00:00")
            self.today = london_date(self.site.ledger.now())
            if day == said:
                self.succeed(follows)
            for of, on in zip(published, entered, strict=True):
                if on == day:
                    self.publish(of)
            for _ in range(chance.randint(0, most)):
                self.act()
            self.ends[self.today] = self.site.position
        self.site.clock.set(f"{BEGINS + timedelta(days=DAYS + LATER)}T12:00:00+00:00")
        self.today = london_date(self.site.ledger.now())
        self.ends[self.today] = self.site.position
        self.site.catch_up()

    def succeed(self, follows: date) -> None:
        begins = follows.isoformat()
        body = {"id": MAYOR, "name": "Mayor of Cumbria", "kind": "local_policing_body"}
        body |= {"area": "cumbria", "begins": begins}
        held = [{"body": FORCE, "from": begins}]
        self.site.admin.records("/api/bodies", body | {"forces": held})
        said = {"from": OFFICE, "to": MAYOR, "on": begins, "source": NOTE}
        answer = self.site.admin.records("/api/bodies/successions", said)
        self.of_the_office.append(self.noted("succeeded", answer, "service", said=begins))
        self.mayor = self.site.account(f"{MAYOR}/editor", MAYOR, "record")

    def publish(self, day: date) -> None:
        by, recorder = self.chance.choice(
            ((self.site.hmicfrs, "hmicfrs"), (self.site.hmicfrs, "hmicfrs"), self.office())
        )
        said = day.isoformat() if self.chance.random() < 0.93 else day.isoformat()[:7]
        body = self.site.report(published_on=said, recommendations=[recommendation()])
        if (answer := self.send("report", by, "/api/reports", body)) is not None:
            reference = answer["event"]["stream"].removeprefix("report/")
            arose = self.noted("report", answer, recorder, said=said, duty_by=recorder)
            self.taken[reference] = [arose]

    def office(self) -> tuple[Caller, str]:
        """Return the account and body that speak for the office today, as far as is recorded."""
        first = next((one.said for one in self.of_the_office if one.kind == "succeeded"), None)
        if first is not None and first <= self.today.isoformat():
            assert self.mayor is not None
            return self.mayor, MAYOR
        return self.site.clerk, OFFICE

    def somebody(self) -> tuple[Caller, str]:
        panel = "cumbria-police-fire-and-crime-panel"
        return self.chance.choice(
            (
                *(self.office(), self.office(), self.office(), (self.site.force, FORCE)),
                *((self.site.panel, panel), (self.site.hmicfrs, "hmicfrs")),
            )
        )

    def act(self) -> None:
        """Do one thing, about a report or about the office itself."""
        what = self.chance.choices(tuple(ACTS), tuple(ACTS.values()))[0]
        if what == "keep":
            self.keep()
        elif self.taken:
            getattr(self, what)(self.chance.choice(sorted(self.taken)))

    def keep(self) -> None:
        by, whose = self.office()
        since = (BEGINS + timedelta(days=self.chance.randrange(-20, 150))).isoformat()
        until = (self.today + timedelta(days=self.chance.randrange(120))).isoformat()
        body = {"from": since} | ({"until": until} if self.chance.random() < 0.3 else {})
        answer = self.send("keep", by, f"/api/bodies/{whose}/keeping", body)
        if answer is not None:
            kept = self.noted("kept", answer, whose, said=since, until=body.get("until"))
            self.of_the_office.append(kept)

    def state(self, report: str) -> None:
        by, whose = self.somebody()
        parts = self.chance.choice(PARTS)
        said = self.day(report)
        body: dict[str, Any] = statement(said, text=self.text(), explanations=[])
        body |= {"parts": parts} if parts else {}
        if self.chance.random() < 0.15:  # its day and address alone: its parts are not known
            del body["text"]
            body |= {"url": f"https://cumbria.example/{self._texts}"}
        known = tuple(parts or ([OWN] if "text" in body else []))
        body |= {} if whose in (OFFICE, MAYOR) else {"source": dict(NOTE)}
        self.take("published", report, "statement", (by, whose), body, parts=known, said=said)

    def add(self, report: str) -> None:
        body = {"field": THEIRS, "now": self.text(), "seen_on": self.day(report), "source": NOTE}
        answer = self.send("add", self.office()[0], f"{path(report)}/revisions", body)
        if answer is not None:
            to = self.statements[answer["event"]["data"]["statement"]]
            self.note(report, "added", answer, self.office()[1], target=to, said=body["seen_on"])

    def comment(self, report: str) -> None:
        by, whose = self.somebody()
        said = self.day(report)
        body: dict[str, Any] = {"text": self.text(), "occurred_on": said, "source": dict(NOTE)}
        self.take("comments", report, "comments", (by, whose), body, said=said)

    def invite(self, report: str) -> None:
        said = self.day(report)
        before = (self.today + timedelta(days=self.chance.randrange(-20, 40))).isoformat()
        before = before if self.chance.random() < 0.8 else before[:7]
        body = {"reply_by": before, "occurred_on": said}
        self.take("invited", report, "invitations", self.office(), body, said=said, before=before)

    def look(self, report: str) -> None:
        said = self.day(report)
        if said is not None:
            body = {"looked_on": said, "where": "Its page.", "source": NOTE}
            self.take("looked", report, "lookups", self.somebody(), body, said=said)

    def disapply(self, report: str) -> None:
        said = self.day(report)
        basis = self.chance.choice(("not_the_subject", "recorded_in_error"))
        body = {"basis": basis, "decided_by": "The office", "occurred_on": said}
        of = self.office()
        self.take("disapplied", report, "disapplications", of, body, said=said, basis=basis)

    def confirm(self, report: str) -> None:
        if (last := self.taken_of(report, "disapplied")) is None:
            return
        due = Matter([*self.taken[report], *self.of_the_office], 2**62, self.today).due_on
        if due is not None and last.recorded_on > due:
            body = {**WHY, "source": NOTE}
            of = (self.site.hmicfrs, "hmicfrs")
            self.take("confirmed", report, "confirmations", of, body)

    def capture(self, report: str) -> None:
        kept = self.site.capture(self.text().encode(), url="https://x.example", by=self.office()[0])
        self.captures.setdefault(report, []).append((kept, self.today))

    def correct(self, report: str) -> None:
        one = self.taken_of(report, "published", "comments", "invited", "looked")
        said = self.day(report)
        if one is None or said is None:
            return
        where = f"/api/entries/{one.id}/corrections"
        if one.parts and self.chance.random() < 0.2:
            part = self.chance.choice((OWN, THEIRS, "reply"))
            body: dict[str, Any] = {"field": "parts.0", "now": part, **WHY, "source": NOTE}
            self.change("corrected", report, one, where, body, field="parts.0", parts=(part,))
            return
        if one.before and self.chance.random() < 0.4:
            body = {"field": "reply_by", "now": said[:7], **WHY, "source": NOTE}
            self.change("corrected", report, one, where, body, field="reply_by", before=said[:7])
            return
        day = {"published": "published_on", "looked": "looked_on"}.get(one.kind, "occurred_on")
        body = {"field": day, "now": said, **WHY, "source": NOTE}
        self.change("corrected", report, one, where, body, said=said)

    def correct_report(self, report: str) -> None:
        one = self.taken[report][0]
        moved = timedelta(days=self.chance.randrange(-8, 9))
        now = (Matter([one], 2**62, self.today).days(one, BEGINS).hi + moved).isoformat()
        if now <= self.today.isoformat():
            body = {"field": "published_on", "now": now, **WHY, "source": self.site.own_page()}
            where = f"/api/entries/{one.id}/corrections"
            self.change("corrected", report, one, where, body, said=now)

    def retract(self, report: str) -> None:
        kinds: tuple[Kind, ...] = ("published", "comments", "corrected", "retracted", "invited")
        one = self.taken_of(report, *kinds, "looked", "disapplied", "disputed", "added")
        if one is not None:
            self.change("retracted", report, one, f"/api/entries/{one.id}/retraction", {**WHY})

    def dispute(self, report: str) -> None:
        if (one := self.taken_of(report, "comments", "published")) is not None:
            body = {"text": "No."}
            self.change("disputed", report, one, f"/api/entries/{one.id}/disputes", body)

    # What was taken

    def day(self, report: str) -> str | None:
        """Return a day as somebody may say it: of today or before, whole, as its month or year, or
        not at all."""
        before = timedelta(days=self.chance.choice((0, 0, 1, 5, 20, 40, 60)))
        said = str(self.taken[report][0].said)
        day = max(date.fromisoformat((said + "-01")[:10]), self.today - before)
        form = self.chance.choice((10, 10, 10, 10, 7, 7, 4, 0))
        return day.isoformat()[:form] or None

    def taken_of(self, report: str, *kinds: Kind) -> Noted | None:
        found = [one for one in self.taken[report] if one.kind in kinds]
        return self.chance.choice(found) if found else None

    def take(
        self,
        kind: Kind,
        report: str,
        what: str,
        of: tuple[Caller, str],
        body: dict[str, Any],
        **more: Any,
    ) -> None:
        """Send an act about a response, now and then citing a copy, and note it if it is taken."""
        copies = self.captures.get(report)
        if copies and kind in ("published", "comments") and self.chance.random() < 0.3:
            capture, received = self.chance.choice(copies)
            body["source"] = body.get("source", {}) | {"capture": capture}
            more["captured_on"] = received
        answer = self.send(what, of[0], f"{path(report)}/{what}", body)
        if answer is not None:
            self.note(report, kind, answer, of[1], **more)

    def change(
        self,
        kind: Kind,
        report: str,
        one: Noted,
        where: str,
        body: dict[str, Any],
        **more: Any,
    ) -> None:
        """Send a correction, a retraction or a dispute, by whoever may make it."""
        for by, whose in (self.office(), (self.site.force, FORCE), (self.site.hmicfrs, "hmicfrs")):
            if (answer := self.send(kind, by, where, body)) is not None:
                anew = any(each["type"] == "response-duty-arose" for each in answer["events"])
                more |= {"target": one.id, "duty_by": whose if anew else None}
                self.note(report, kind, answer, whose, **more)
                return

    def note(self, report: str, kind: Kind, answer: dict[str, Any], by: str, **more: Any) -> None:
        noted = self.noted(kind, answer, by, **more)
        for one in answer["events"]:
            if one["type"] == "response-published":
                self.statements[one["data"]["statement"]] = noted.id
        self.taken[report].append(noted)

    def noted(self, kind: Kind, answer: dict[str, Any], by: str, **more: Any) -> Noted:
        topics = {"published": "response-published"}
        events = answer["events"]
        one = next((e for e in events if e["type"] == topics.get(kind, e["type"])), events[0])
        position, at = answer["position"], self.today
        return Noted(
            kind=kind, id=one["id"], position=position, recorded_on=at, recorder=by, **more
        )

    def send(self, what: str, by: Caller, where: str, body: Any) -> dict[str, Any] | None:
        answer = by.post(where, body)
        assert answer.status_code in (201, 403, 404, 409, 422), answer.text
        self.seen[f"{what} {answer.status_code}"] += 1
        return json_of(answer) if answer.status_code == 201 else None

    # What is asked

    def dates(self) -> tuple[dict[str, str], int, date]:
        """Return two dates: as they are asked, and as they are meant."""
        chance = self.chance
        day, position = chance.choice(list(self.ends.items()))
        known_at = day.isoformat() if day < self.today else str(position)
        if chance.random() < 0.4 and self.taken:
            one = chance.choice(self.taken[chance.choice(sorted(self.taken))])
            day, position, known_at = one.recorded_on, one.position, str(one.position)
        elif chance.random() < 0.3:
            day, position = self.today, self.ends[self.today]
            known_at = str(position)
        on = day - timedelta(days=chance.choice((0, 0, chance.randrange(100))))
        if self.taken and chance.random() < 0.5:
            report = self.taken[chance.choice(sorted(self.taken))][0]
            due = date.fromisoformat((str(report.said) + "-15")[:10]) + PERIOD
            on = min(
                day, due + timedelta(days=chance.choice((-1, 0, 1, chance.randrange(-20, 60))))
            )
        asked = {"known_at": known_at, "effective_on": on.isoformat()}
        return asked, position, on

    def ask(self) -> list[str]:
        """Ask about all responses at two dates: what is wrong."""
        asked, known_at, on = self.dates()
        wrong: list[str] = []
        expected: dict[str, tuple[Said, str]] = {}
        for report, acts in self.taken.items():
            matter = Matter([*acts, *self.of_the_office], known_at, on)
            if matter.is_there:
                expected[path(report)] = matter.judged(), matter.counted_with
        reader = self.site.anybody
        items = reader.reads("/api/responses", limit=500, **asked)["items"]
        listed = {one["links"]["self"]: one for one in items}
        if listed.keys() != expected.keys():
            wrong.append(f"there are {sorted(listed.keys() ^ expected.keys())}, or not")
        log = read(rows(self.site)) if self.chance.random() < 0.1 else None
        mine = answers(World(log, known_at, on)).responses if log else {}
        for where in listed.keys() & expected.keys():
            said, whose = expected[where]
            for one in (listed[where], *([mine[where]] if where in mine else [])):
                got = Said(one["verdict"], one["days"], one["at_least"])
                office = one["office"]["counted_with"] if one["office"] else OFFICE
                if (got, office) != (said, whose):
                    wrong.append(f"{where}: {got} of {office}, and may be {said} of {whose}")
            if where in mine:
                wrong += [
                    f"{where}, {n} by replay" for n in SAME if mine[where][n] != listed[where][n]
                ]
                self.seen["by replay"] += 1
            self.seen["judged"] += 1
            self.seen[f"verdict {said.verdict}"] += 1
            self.seen[f"counted with {whose}"] += 1
        if listed:
            where = self.chance.choice(sorted(listed))
            alone = reader.reads(where, **asked)
            alike = (*SAME, "verdict", "days", "at_least", "office")
            wrong += [f"{where} alone: {n}" for n in alike if alone[n] != listed[where][n]]
        wrong += self.counted(asked, expected)
        return [f"{asked}: {one}" for one in wrong]

    def counted(self, asked: dict[str, str], expected: dict[str, tuple[Said, str]]) -> list[str]:
        """Ask for the lists of each body and the totals: what is wrong."""
        reader, wrong = self.site.anybody, list[str]()
        totals = reader.reads("/api/compliance", group_by="body", **asked)["items"]
        found = {one["body"]: one["verdicts"] for one in totals}
        meant: dict[str, Counter[str]] = {}
        for said, whose in expected.values():
            meant.setdefault(whose, Counter())[said.verdict] += 1
        if found != meant:
            wrong.append(f"totals are {found}, and may be {meant}")
        for body in sorted(meant):
            mine = {where for where, (_, whose) in expected.items() if whose == body}
            for name in ("counted_with", "responder"):
                kept = {name: body, "limit": 500, **asked}
                items = reader.reads("/api/responses", **kept)["items"]
                there = [one["links"]["self"] for one in items]
                if sorted(there) != sorted(mine):
                    wrong.append(f"{name}={body} has {there}, and may have {mine}")
        return wrong


ACTS = {
    "state": 22,
    "capture": 8,
    "comment": 22,
    "invite": 6,
    "add": 4,
    "look": 6,
    "correct": 12,
    "retract": 9,
    "correct_report": 4,
    "dispute": 5,
    "disapply": 6,
    "confirm": 6,
    "keep": 3,
}
"""How often each is tried, beside the others."""


def path(report: str) -> str:
    return f"/api/responses/{report}/{OFFICE}"


VERDICTS = (
    *("not_due", "due", "overdue", "not_looked_for", "in_time", "incomplete", "late"),
    *("not_shown", "disapplied"),
)


def test_a_year_has_the_verdicts_of_every_possible_world(site):
    year = Year(site, Random(1))
    year.live(reports=24, most=1)
    wrong = [one for _ in range(20) for one in year.ask()]
    assert wrong == [], "\n".join(wrong[:10])
    assert all(year.seen[f"verdict {word}"] for word in VERDICTS), year.seen
    assert year.seen[f"counted with {MAYOR}"], year.seen


@pytest.mark.soak
def test_twenty_years_have(new_site, capsys):
    seen: Counter[str] = Counter()
    for _ in range(20):
        seed = SystemRandom().randrange(10**9)
        with capsys.disabled():
            print(f"seed {seed}, so far {seen['judged']:,} judged", flush=True)  # noqa: T201
        with new_site() as site:
            year = Year(site, Random(seed))
            year.live(reports=40, most=1 + seed % 4)
            wrong = [one for _ in range(100) for one in year.ask()]
        assert wrong == [], f"seed {seed}: " + "\n".join(wrong[:10])
        seen += year.seen
    with capsys.disabled():
        print(dict(sorted(seen.items())))  # noqa: T201
    assert all(seen[f"verdict {word}"] for word in VERDICTS), seen
