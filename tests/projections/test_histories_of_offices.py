"""Histories of offices at random, recorded through the real ledger, ahead of their day or late.
Bodies follow one another, are divided, hold forces and end. They owe several duties at once, and
publish responses of several parts. Acts are corrected and set aside.

At random dates a naive oracle gives the verdict and the holder of each duty by the log's own words.
It goes through the days one by one, and tries every day that each act can have had. The list
(judged in Python), the counts and filters (judged by the database) and `replay` agree with it.
"""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from random import Random, SystemRandom
from typing import Any

import pytest

from ledger.acts import correction, duty, recommendation, report, response, retraction, revision
from ledger.acts.decision import Decision, Notice
from ledger.acts.keeping import keep_record_here
from ledger.acts.service import change_body, open_account, register_body, succeed_body
from ledger.dates import london_date
from ledger.errors import NotRecorded, Refused
from ledger.events import (
    AccountOpened,
    BodyChanged,
    BodyRegistered,
    BodySucceeded,
    ChiefOfficerCommentsInvited,
    ChiefOfficerCommentsReceived,
    ClosureConfirmed,
    RecommendationRaised,
    ReportPublished,
    ResponseLookedFor,
    Source,
)
from ledger.events.recommendation import Target
from ledger.events.service import HeldForce
from ledger.events.streams import RecommendationId
from ledger.events.texts import say
from ledger.replay.answers import answers
from ledger.replay.log import ending, read
from ledger.replay.world import World
from tests.api.site import Site
from tests.projections.own_words import (
    Known,
    OwnWords,
    Said,
    concerned,
    duties_of,
    heard,
    held_on,
    to_publish,
)
from tests.projections.test_replay_oracle import rows
from tests.test_compliance_worlds import in_every_world
from tests.test_incomplete import of_the_rest

pytestmark = pytest.mark.long

FIRST, DAYS = date(2025, 12, 1), 200
SOURCE = Source(url="https://hmicfrs.example/report")
NAMES = ("response", "action-plan", "letter")
PARTS: Sequence[Any] = (
    *(("comments",), ("comments",), ("comments", "chief_officer_comments")),
    *(("chief_officer_comments",), ("comments", "chief_officer_comments", "reply")),
)
SHARES: Sequence[Sequence[Sequence[int]]] = (
    *([[0, 1], [0], [1]], [[0, 1], [0], [1]]),
    *([[0, 1], [0, 1], [0, 1]], [[], [], []]),
)
"""Which of a family's forces its three bodies hold."""
TOWNS, SIDE_BY_SIDE, ASKED = 8, 75, 6
"""Six hundred histories, in half an hour of a processor."""
RAISED = "recommendation-raised"
SAID = ("verdict", "days", "at_least")
ALSO = ("basis", "bases", "published_on", "comments_received_not_published")
"""Fields that `replay` gives too, and the oracle lacks."""
WORDS = (
    *("not_due", "due", "overdue", "not_looked_for", "in_time", "incomplete", "late"),
    "not_shown",
)
Whose = tuple[str, str, date | None]
"""With whom a matter is counted, who holds the office, and when that ended, if nobody does."""


@dataclass
class Family:
    """Bodies that may follow one another, and what is recorded about a report to the first."""

    name: str
    chance: Random
    entries: dict[str, list[str]] = field(default_factory=dict)
    """The ids of what was recorded, by what was done."""

    def body(self, n: int) -> str:
        return f"{self.name}-{'abc'[n]}"

    @property
    def forces(self) -> list[str]:
        """Those of the first body: the second and the third hold one of them each, or all."""
        return [f"{self.name}-police-{n}" for n in (1, 2)]

    def held(self, share: Sequence[int]) -> tuple[HeldForce, ...]:
        return tuple(HeldForce(body=self.forces[n]) for n in share)

    def happens(self) -> list[tuple[int, str]]:
        """Return the acts that are tried in this family, each with its day."""
        chance = self.chance
        begins = chance.randint(0, 60)
        kinds = (
            *("statement", "statement", "statement", "statement", "statement", "statement"),
            *("comments", "comments", "comments", "comments", "comments"),
            *("invitation", "duty", "duty", "revision", "correct day", "retract", "close", "end"),
            *("succeed 0", "succeed 0", "succeed 0", "succeed 1", "succeed 1"),
            *("divide", "divide", "divide", "forces", "withdraw"),
            *("correct succession", "retract succession"),
            *("keep 0", "keep 0", "keep 1", "unkeep", "look", "look"),
        )
        later = [
            (begins + int((DAYS - begins) * chance.random() ** 1.5), chance.choice(kinds))
            for _ in range(chance.randint(6, 16))
        ]
        before = chance.choices(([], ["succeed 0"], ["succeed 0", "divide"]), (6, 2, 4))[0]
        return [*((0, what) for what in before), (begins, "report"), *later]


def register(site: Site, families: Sequence[Family]) -> None:
    """All their bodies, in one transaction: one in three lasts up to a day."""

    def forces(decision: Decision) -> None:
        for force in (one for family in families for one in family.forces):
            register_body(decision, BodyRegistered(id=force, name=force, kind="force"), Notice())

    def decide(decision: Decision) -> None:
        for family in families:
            shares = family.chance.choice(SHARES)
            for n in range(3):
                ends = FIRST + timedelta(days=family.chance.randint(80, DAYS))
                body = BodyRegistered(
                    id=family.body(n),
                    name=family.body(n),
                    kind="local_policing_body",
                    ends=ends.isoformat() if family.chance.random() < 0.3 else None,
                    forces=family.held(shares[n]),
                )
                register_body(decision, body, Notice())

    def accounts(decision: Decision) -> None:
        for family in families:
            for n in range(3):
                opened = AccountOpened(account=f"{family.body(n)}/clerk", body=family.body(n))
                open_account(decision, opened, Notice(), ["record"])

    for each in (forces, decide, accounts):
        site.ledger.decide(site.ledger.account("service/keeper"), each)


def act(site: Site, family: Family, what: str) -> None:
    """Do what happens on this day, where the rules allow it."""
    ledger, chance, body = site.ledger, family.chance, family.body(0)
    keeper, today = ledger.account("service/keeper"), london_date(ledger.now())
    word, _, number = what.partition(" ")

    def record(decide: Callable[[Decision], object]) -> None:
        done = ledger.decide(keeper, decide)
        family.entries.setdefault(word, []).append(done.entries[0].id)
        raised = [one.id for one in done.entries if one.data.TOPIC == RAISED]
        family.entries.setdefault("raised", []).extend(raised)

    def a_day(said: str) -> date:
        return FIRST + timedelta(days=chance.randint(2, DAYS)) if said == "ahead" else today

    def told() -> Notice:
        day = today - timedelta(days=chance.choice((0, 0, 1, 5, chance.randint(0, 60))))
        said = chance.choice((day.isoformat(), day.isoformat(), day.isoformat()[:7], None))
        return Notice(occurred_on=said, source=SOURCE)

    def one_of(which: str) -> Any:
        return ledger.entry(chance.choice(family.entries[which]))

    named = chance.choice((None, None, None, *NAMES))
    match word:
        case "report":
            event = ReportPublished(
                title=f"A report to {body}", kind="force_inspection", publisher="hmicfrs"
            )
            target = Target(on=(today + timedelta(days=chance.randint(0, 90))).isoformat())
            raised = report.Raise(
                event=RecommendationRaised(number="1", text=say("Do it."), target=target),
                addressees=(body,),
            )
            to_forces = report.Raise(
                event=RecommendationRaised(number="2", text=say("Do that."), target=target),
                addressees=tuple(chance.choice(([], *([n] for n in family.forces), family.forces))),
            )
            both = [one for one in (to_forces, raised) if one.addressees]
            asks = both[: chance.choice((1, 1, 2))]
            day = today - timedelta(days=chance.randint(0, 30))
            said = Notice(occurred_on=day.isoformat(), source=SOURCE)
            record(
                lambda decision: report.publish_report(
                    decision,
                    event,
                    said,
                    reference=family.name,
                    bodies=[body],
                    recommendations=asks,
                )
            )
        case "duty":
            due = (today + timedelta(days=chance.randint(-5, 70))).isoformat()
            name = chance.choice(NAMES[1:])
            raise_ = partial(duty.raise_duty, rule="manual", due_on=due, name=name)
            record(lambda d: raise_(d, family.name, body, Notice(source=SOURCE)))
        case "statement":
            said, text = told(), say(f"I welcome it {chance.random()}.")
            state = partial(
                response.publish_response,
                explanations=(),
                text=text,
                parts=chance.choice(PARTS),
                duties=[named] if named else [],
            )
            record(lambda d: state(d, family.name, body, said))
        case "keep":
            whose = family.body(int(number))
            since = (FIRST - timedelta(days=chance.choice((90, 90, 0, -40)))).isoformat()
            until = today + timedelta(days=chance.randint(0, 60))
            last = until.isoformat() if chance.random() < 0.4 else None
            clerk = ledger.account(f"{whose}/clerk")
            kept = partial(keep_record_here, since=since, until=last)
            done = ledger.decide(clerk, lambda d: kept(d, whose, Notice()))
            family.entries.setdefault(word, []).append(done.entries[0].id)
        case "unkeep":
            of = one_of("keep")
            clerk = ledger.account(f"{of.data.body}/clerk")
            reason = say("Not yet.")
            ledger.decide(clerk, lambda d: retraction.retract_entry(d, of, Notice(), reason=reason))
        case "look":
            looked = ResponseLookedFor(where=say("Its page."), duty=named)
            said = told()
            record(lambda d: response.look_for_response(d, family.name, body, looked, said))
        case "comments":
            came = ChiefOfficerCommentsReceived(text=say("We agree."), duty=named)
            said = told()
            teller = chance.choice((keeper, *[ledger.account(f"{body}/clerk")] * 3))
            done = ledger.decide(
                teller, lambda d: response.receive_comments(d, family.name, body, came, said)
            )
            family.entries.setdefault(word, []).append(done.entries[0].id)
        case "invitation":
            by = (today + timedelta(days=chance.randint(-10, 40))).isoformat()
            asked = ChiefOfficerCommentsInvited(reply_by=chance.choice((by, by[:7])), duty=named)
            said = told()
            record(lambda d: response.invite_comments(d, family.name, body, asked, said))
        case "revision":
            revise = partial(
                revision.revise_statement, field="chief_officer_comments", now=say("We agree.")
            )
            said = told()
            record(lambda d: revise(d, family.name, body, said))
        case "close":
            to, closure = (
                RecommendationId(family.name, "1", body),
                ClosureConfirmed(reason=say("Done.")),
            )
            said = Notice(occurred_on=today.isoformat(), by="hmicfrs", source=SOURCE)
            record(lambda d: recommendation.confirm_closure(d, to, closure, said))
        case "end":
            ends = (today + timedelta(days=chance.randint(-60, 30))).isoformat()
            end = BodyChanged(id=family.body(chance.randint(0, 1)), ends=ends)
            on = Notice(occurred_on=chance.choice((None, today.isoformat())), source=SOURCE)
            record(lambda d: change_body(d, end, on))
        case "succeed":
            n, on_ = int(number), a_day(chance.choice(("ahead", "ahead", "today")))
            follows = BodySucceeded(
                id=family.body(n), successor=family.body(n + 1), on=on_.isoformat()
            )
            record(lambda d: succeed_body(d, follows, Notice(source=SOURCE)))
        case "divide":
            one = ledger.service().successions[body][0]
            follows = BodySucceeded(
                id=body,
                successor=next(x for x in (family.body(2), family.body(1)) if x != one.successor),
                on=one.on.isoformat(),
            )
            done = ledger.decide(keeper, lambda d: succeed_body(d, follows, Notice(source=SOURCE)))
            family.entries.setdefault("succeed", []).append(done.entries[0].id)
        case "forces":
            n = chance.randint(1, 2)
            held_now = family.held(chance.choice(([0], [1], [0, 1])))
            change = BodyChanged(id=family.body(n), forces=held_now)
            record(lambda d: change_body(d, change, Notice(source=SOURCE)))
        case "withdraw":
            of = one_of("raised")
            reason = say("It was never made.")
            record(lambda d: retraction.retract_entry(d, of, Notice(), reason=reason))
        case "correct":
            whose, field_, now = ("succeed", "on", a_day("ahead").isoformat())
            if number == "day":
                whose, field_ = chance.choice(("statement", "comments")), "occurred_on"
                now = (today - timedelta(days=chance.randint(0, 60))).isoformat()
                field_ = "published_on" if whose == "statement" else field_
            of = one_of(whose)
            correct = partial(
                correction.correct_entry, field=field_, now=now, reason=say("A slip.")
            )
            record(lambda d: correct(d, of, Notice(source=SOURCE)))
        case "retract":
            which = "succeed" if number else chance.choice(("statement", "comments", "correct"))
            of = one_of(which)
            record(lambda d: retraction.retract_entry(d, of, Notice(), reason=say("Never.")))
        case _:
            raise ValueError(what)


def lived(site: Site, seeds: Sequence[int]) -> list[Family]:
    """Families side by side, day after day; what was refused changed nothing."""
    families = [Family(f"family-{n}", Random(seed)) for n, seed in enumerate(seeds)]
    site.clock.set(FIRST.isoformat())
    register(site, families)
    due = [(day, n, what) for n, one in enumerate(families) for day, what in one.happens()]
    before = 0
    for day, n, what in sorted(due, key=lambda one: one[:2]):
        if day != before:
            site.clock.set((FIRST + timedelta(days=day)).isoformat())
            before = day
        with suppress(Refused, NotRecorded, LookupError):  # the act has no subject
            act(site, families[n], what)
    site.clock.set((FIRST + timedelta(days=DAYS + 1)).isoformat())
    site.catch_up()
    return families


def published(acts: Sequence[Said], part: str) -> list[set[date]]:
    """Return the days on which each publication can have been that has a part; what was seen added
    to one can have been there as soon as that was."""
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
    """Return the days on which the first of several can have been: each day of one that every other
    one can follow, or share."""
    if not several:
        return {None}
    until = min(max(one) for one in several)
    return {day for one in several for day in one if day <= until}


def listed(site: Site, which: str, known_at: int, on: date, **kept: str) -> dict[str, Any]:
    """Return the items of a list at two dates, by their address."""
    found: dict[str, Any] = {}
    after: dict[str, Any] = {}
    asked = {"known_at": str(known_at), "effective_on": on.isoformat(), "limit": 500, **kept}
    while True:
        page = site.anybody.reads(f"/api/{which}", **asked, **after)
        found |= {one["links"]["self"]: one for one in page["items"]}
        if not page["next"]:
            return found
        after = {"after": page["next"]}


@dataclass
class Offices:
    """The succession of offices and their ends, by the log's own words."""

    acts: Sequence[Said]

    known: Known

    def ends(self, body: str, on: date) -> date | None:
        said = [
            one
            for one in self.acts
            if one.type in ("body-registered", "body-changed")
            and one.data["id"] == body
            and one.hi <= on
            and one.data.get("ends")
        ]
        last = max(said, key=lambda one: one.place, default=None)
        return date.fromisoformat(last.data["ends"]) if last else None

    def whose(
        self, body: str, on: date, settling: Sequence[date], about: Collection[str] = ()
    ) -> Whose:
        """Go through the days from before anything was recorded. `about`: the bodies that the
        matter concerns."""
        follows: dict[str, list[tuple[str, date]]] = {}
        for one in self.acts:
            if one.type == "body-succeeded":
                after = one.data["successor"], date.fromisoformat(one.data["on"])
                follows.setdefault(one.data["id"], []).append(after)
        heirs = {body: self.heir(several, about) for body, several in follows.items()}
        holder = counted = body
        settled = False
        day = FIRST - timedelta(days=90)
        while day <= on:
            while (heir := heirs.get(holder)) and heir[1] <= day:
                holder = heir[0]
            if not settled:
                counted = holder
            settled = settled or day in settling
            day += timedelta(days=1)
        ends = self.ends(holder, on)
        several = [first for _, first in follows.get(holder, []) if first <= on]
        if several:  # it was divided, and this passed to nobody
            ends = min([several[0] - timedelta(days=1), *([ends] if ends else [])])
        return counted, holder, ends if ends is not None and ends < on else None

    def heir(
        self, several: Sequence[tuple[str, date]], about: Collection[str]
    ) -> tuple[str, date] | None:
        """To whom a matter passes, of those that follow a body."""
        if len(several) > 1:
            several = [one for one in several if about and {*about} <= held_on(self.known, *one)]
        return several[0] if len(several) == 1 else None


Verdict = tuple[str, int | None, bool]


def judged(
    known: Known, acts: Sequence[Said], body: str, offices: Offices, on: date
) -> tuple[Verdict, Whose] | None:
    """Return the verdict on one duty and whose it is; None: it is not owed by then."""
    duties = [one for one in acts if one.type == "response-duty-arose"]
    if not duties or duties[-1].hi > on:
        return None
    due_on = date.fromisoformat(duties[-1].data["due_on"])
    own, theirs = published(acts, "comments"), published(acts, "chief_officer_comments")
    wanted = "chief_officer_comments" in duties[-1].data.get("wanted", [])
    required = wanted and to_publish(known, acts, due_on, on)
    needed = [own, theirs] if required else [own]
    begun = [[one for one in part if min(one) <= on] for part in needed]
    settling = [due_on + timedelta(days=1)]
    if all(begun):
        settling.append(max(min(map(max, part)) for part in begun))
    about = concerned(known, duties[-1].line["event"]["stream"])
    whose = offices.whose(body, on, settling, about)
    ended_on = whose[2] or date.max
    said = in_every_world(first_days(own), due_on, on, ended_on)
    if in_every_world(first_days(own), due_on, on)[0] == "overdue":
        found = heard(known, acts, due_on, on)
        if found is not None and min(found[0], ended_on) > due_on:
            days = (min(found[0], ended_on) - due_on).days
            said = ("overdue", days, found[1])
        else:
            said = ("not_shown" if found else "not_looked_for", None, False)
    if said[0] == "in_time" and required:
        said = of_the_rest(first_days(theirs), due_on, on)
        if said[0] == "incomplete" and ended_on <= due_on:
            said = ("not_shown", None, False)
    return said, whose


def whose_is(acts: Sequence[Said], body: str, offices: Offices, on: date) -> Whose:
    """Return the holder of a recommendation until it was closed, or until its target was over."""
    raised = next(one for one in acts if one.type == "recommendation-raised")
    closed = [one.hi for one in acts if one.type == "closure-confirmed" and one.hi <= on]
    over = date.fromisoformat(raised.data["target"]["on"]) + timedelta(days=1)
    return offices.whose(body, on, closed or [over])


def agree(site: Site, families: Sequence[Family], chance: Random, asked: int) -> Counter[str]:
    """At random dates: list, counts, filters and `replay` say what the oracle says; what was
    seen."""
    seen: Counter[str] = Counter()
    lines = rows(site)
    log, words = read(lines), OwnWords(lines)
    began = next(n for n, one in enumerate(log.lines, 1) if one.type == "report-published")
    for _ in range(asked):
        position = ending(log.lines, began + int((site.position - began) * chance.random() ** 0.5))
        latest = log.lines[position - 1].recorded_on
        on = min(FIRST + timedelta(days=chance.randint(40, DAYS)), latest)
        dates = {"known_at": str(position), "effective_on": on.isoformat()}
        known = words.known(position)
        offices = Offices(known["service"], known)
        mine = answers(World(log, position, on))
        answered = listed(site, "responses", position, on)
        standing = listed(site, "recommendations", position, on)
        expected: dict[str, tuple[Verdict, Whose]] = {}
        theirs: dict[str, Whose] = {}
        for family in families:
            body, there = family.body(0), known.get(f"report/{family.name}", [])
            if not any(one.type == "report-published" and one.hi <= on for one in there):
                continue
            acts = known[f"response/{family.name}/{body}"]
            for name in NAMES:
                path = f"/api/responses/{family.name}/{body}"
                path += "" if name == "response" else f"?name={name}"
                about = [one for one in acts if name in duties_of(one)]
                if (found := judged(known, about, body, offices, on)) is not None:
                    expected[path] = found
            for number, addressee in [("1", body), *(("2", one) for one in family.forces)]:
                path = f"recommendation/{family.name}/{number}/{addressee}"
                asks = [one for one in known.get(path, ()) if one.hi <= on or one.type != RAISED]
                if any(one.type == RAISED for one in asks):
                    itself = f"/api/{path.replace('/', 's/', 1)}"
                    theirs[itself] = whose_is(known[path], addressee, offices, on)

        assert answered.keys() == expected.keys() == mine.responses.keys(), dates
        assert standing.keys() == theirs.keys() == mine.recommendations.keys(), dates
        counts: dict[str, Counter[str]] = {}
        for path, (verdict, whose) in expected.items():
            for one in (answered[path], mine.responses[path]):
                said = tuple(one[name] for name in SAID)
                assert said == verdict, (path, dates, said, verdict)
                assert (*held(one, one["body"]), one["office_ended_on"]) == (
                    *whose[:2],
                    whose[2] and whose[2].isoformat(),
                ), (path, dates)
            assert all(answered[path][name] == mine.responses[path][name] for name in ALSO), path
            counts.setdefault(whose[0], Counter())[verdict[0]] += 1
            seen[verdict[0]] += 1
            seen["passed"] += whose[0] != answered[path]["body"]
            seen["left behind"] += whose[0] != whose[1]
            seen["ended"] += whose[2] is not None
            divided = [one for one in known["service"] if one.type == "body-succeeded"]
            came = [
                one for one in divided if one.data["id"] == whose[1] and one.data["on"] <= str(on)
            ]
            seen["stayed"] += len(came) > 1
            several = [one for one in divided if one.data["id"] == answered[path]["body"]]
            seen["passed to one of two"] += len(several) > 1 and whose[1] != answered[path]["body"]
            seen["beside the response"] += "?name=" in path
        for path, whose in theirs.items():
            for one in (standing[path], mine.recommendations[path]):
                assert held(one, one["addressee"]) == whose[:2], (path, dates)
        items = site.anybody.reads("/api/compliance", group_by="body", **dates)["items"]
        assert {one["body"]: Counter(one["verdicts"]) for one in items} == counts, dates
        word = chance.choice(sorted({verdict[0] for verdict, _ in expected.values()} or ["due"]))
        kept = listed(site, "responses", position, on, verdict=word)
        assert kept.keys() == {
            path for path, (verdict, _) in expected.items() if verdict[0] == word
        }
        body = chance.choice(sorted(counts) or [families[0].body(1)])
        kept = listed(site, "responses", position, on, responder=body)
        assert kept.keys() == {path for path, (_, whose) in expected.items() if whose[0] == body}
        kept = listed(site, "responses", position, on, counted_with=body)
        assert kept.keys() == {path for path, (_, whose) in expected.items() if whose[0] == body}
        page = site.anybody.reads(f"/api/bodies/{body}", **dates)
        assert page["responses"] == counts.get(body, {}), dates
        seen["asked"] += len(expected) + len(theirs)
    return seen


def held(one: Mapping[str, Any], body: str) -> tuple[str, str]:
    office = one["office"]
    return (office["counted_with"], office["now"]) if office else (body, body)


SEEN = (
    *("passed", "left behind", "ended", "beside the response"),
    *("stayed", "passed to one of two"),
)


def test_verdicts_and_whose_they_are_agree_with_going_through_the_days(site):
    families = lived(site, range(20))
    seen = agree(site, families, Random(0), 3)
    words = "overdue", "not_looked_for", "in_time", "not_shown"
    assert all(seen[one] for one in (*SEEN, *words)), seen


@pytest.mark.soak
def test_they_agree_in_hundreds_of_histories(new_site, capsys):
    seen: Counter[str] = Counter()
    while seen["histories"] < TOWNS * SIDE_BY_SIDE:
        seed = SystemRandom().randrange(10**9)
        with capsys.disabled():
            print(f"seed {seed}, so far {dict(seen)}", flush=True)  # noqa: T201
        chance = Random(seed)
        with new_site() as site:
            families = lived(site, [chance.randrange(10**9) for _ in range(SIDE_BY_SIDE)])
            seen += agree(site, families, chance, ASKED)
        seen["histories"] += len(families)
    with capsys.disabled():
        print(dict(seen))  # noqa: T201
    assert all(seen[one] for one in (*SEEN, *WORDS)), seen
