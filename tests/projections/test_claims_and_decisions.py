"""What forces claimed and inspectorates decided, counted and across the bodies that got the same
recommendation: all agree with a naive oracle over the log's own words."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from html import unescape
from random import Random
from typing import Any, NamedTuple

import pytest

from projections.answers.completion import OUTCOMES
from tests.api.site import FORCE, NOTE, PFCC, Site, explanation, json_of, recommendation, statement
from tests.conftest import cells
from tests.projections.every_act import BODIES, FORCES
from tests.projections.own_words import OwnWords, Said, first, held_on, terms
from tests.projections.sites import fresh_site
from tests.projections.test_paging import paged
from tests.projections.test_replay_oracle import rows

pytestmark = pytest.mark.long

Known = Mapping[str, Sequence[Said]]


class Walked(NamedTuple):
    """Where the acts of a recommendation lead by a day."""

    status: str = "open"
    called_on: date | None = None
    """The last day on which the claim can have been made that it is complete."""
    ground: str | None = None
    claim: str | None = None
    """The meaning of the last claim."""
    stance: str | None = None
    """That of the last passage about it."""
    said: bool = False
    """Whether an update, a passage or a decision is recorded."""


def walked(acts: Sequence[Said], on: date) -> Walked:
    """Return where the acts that happened by a day lead, one after the other."""
    at = Walked()
    for act in sorted((one for one in acts if one.hi <= on), key=lambda one: one.place):
        if act.type == "commissioner-statement-issued":
            at = at._replace(stance=act.data["stance"], said=True)
        if at.status in ("withdrawn", "superseded"):
            continue
        means = (act.data.get("claim") or {}).get("means")
        decided = at.status in ("refused", "reopened")
        match act.type:
            case "update-received":
                at = at._replace(claim=means or at.claim, said=True)
                if means == "complete":
                    day = act.hi if at.called_on is None or decided else at.called_on
                    kept = at.status if at.status == "closed" else "claimed_complete"
                    at = at._replace(status=kept, called_on=day)
                elif at.status == "claimed_complete":
                    at = at._replace(status="open", called_on=None)
            case "closure-proposed" if at.status not in ("closed", "closure_proposed"):
                since = act.hi if at.called_on and decided else at.called_on
                at = at._replace(status="closure_proposed", called_on=since, said=True)
            case "closure-confirmed" if at.status != "closed":
                at = at._replace(status="closed", ground=act.data.get("ground"), said=True)
            case "closure-refused" if at.status in ("claimed_complete", "closure_proposed"):
                at = at._replace(status="refused", said=True)
            case "reopened" if at.status != "reopened":
                at = at._replace(status="reopened", said=True)
            case "withdrawn" | "superseded":
                at = at._replace(status=act.type, said=True)
            case _:
                pass
    return at


def became(acts: Sequence[Said], on: date) -> tuple[str, date] | None:
    """Return what became of the claim that it is complete, and the last day on which that can have
    been made. None: the force doesn't call it complete."""
    at = walked(acts, on)
    words = {
        "claimed_complete": "waiting",
        "closure_proposed": "waiting",
        "closed": "no_longer_relevant" if at.ground == "no_longer_relevant" else "confirmed",
        "withdrawn": "ended",
        "superseded": "ended",
    }
    return (words.get(at.status, at.status), at.called_on) if at.called_on else None


def is_kept(known: Known, addressee: str, raised_on: str | None, on: date) -> bool:
    """Return whether the addressee, or whoever holds it to account on a day, has said that its
    record on matters of that day is kept here, and still keeps it."""
    if raised_on is None or len(raised_on) != 10:
        return False
    holders = [one for one in terms(known, f"response//{addressee}") if one[1] <= on]
    owners = {holders[-1][0]}
    for body in {act.data["id"] for act in known["service"] if _names(act, addressee)}:
        held = held_on(known, body, on) | {_force(known, body, on)}
        owners |= {body} if addressee in held else set()
    return any(_says_so(known, owner, first(raised_on), on) for owner in owners)


def _names(act: Said, force: str) -> bool:
    """Return whether an act says that a body holds a force to account."""
    held = [one["body"] for one in act.data.get("forces") or ()]
    about = act.type in ("body-registered", "body-changed")
    return about and force in {*held, act.data.get("force")}


def _force(known: Known, body: str, on: date) -> str | None:
    """Return the force that a body was last said to hold to account, by a day."""
    said = [
        act for act in known["service"]
        if act.type in ("body-registered", "body-changed")
        and act.data["id"] == body and act.hi <= on and "force" in act.data
    ]  # fmt: skip
    return max(said, key=lambda act: (act.hi, act.line["position"])).data["force"] if said else None


def _says_so(known: Known, owner: str, raised_on: date, on: date) -> bool:
    _, _, ends = terms(known, f"response//{owner}")[0]
    (begins, *_) = [
        act.data.get("begins") for act in known["service"]
        if act.type == "body-registered" and act.data["id"] == owner
    ] or [None]  # fmt: skip
    said = [
        act for act in known["service"]
        if act.type == "record-kept-here" and act.data["body"] == owner
        and first(act.data["since"]) <= raised_on
    ]  # fmt: skip
    if not said or (ends and ends < on) or (begins and on < first(begins)):
        return False
    until = max(said, key=lambda act: act.line["position"]).data.get("until")
    return not until or on <= first(until)


def expected(log: OwnWords, position: int, on: date) -> dict[str, tuple[str, date]]:
    """Return what became of each claim at two dates, by the path of its recommendation."""
    known = log.known(position)
    reports = {
        stream.removeprefix("report/")
        for stream, acts in known.items()
        if any(act.type == "report-published" and act.hi <= on for act in acts)
    }
    found = {}
    for stream, acts in known.items():
        kind, *parts = stream.split("/")
        if kind != "recommendation" or parts[0] not in reports:
            continue
        raised = [one for one in acts if one.type == "recommendation-raised" and one.hi <= on]
        if not raised or (was := became(acts, on)) is None:
            continue
        outcome, claim = was
        if outcome == "waiting" and not is_kept(known, parts[2], raised[0].occurred_on, on):
            outcome = "not_kept_here"
        found[f"/api/recommendations/{'/'.join(parts)}"] = outcome, claim
    return found


def counted(was: Mapping[str, tuple[str, date]], on: date) -> dict[str, int]:
    """Return the numbers of an answer for these claims."""
    many = Counter(outcome for outcome, _ in was.values())
    old = [one for one in was.values() if one[0] == "waiting" and _a_year_after(one[1]) < on]
    return {one: many[one] for one in OUTCOMES} | {
        "called": len(was), "waiting_over_a_year": len(old)
    }  # fmt: skip


def _a_year_after(day: date) -> date:
    if (day.month, day.day) == (2, 29):
        return date(day.year + 1, 2, 28)
    return day.replace(year=day.year + 1)


REPORTS, KEPT_FROM = ("2019-03-01", "2024-05-16", "2025-09-01", None), "2024-01-01"
CLAIMS = ("complete", "complete", "complete", "on_track", None)
DOES = (
    *["updates"] * 4,
    *["closures", "refusals"] * 2,
    "reopenings",
    "closure-proposals",
    "withdrawals",
)
GROUNDS = ("done", "no_longer_relevant", None)


@dataclass(frozen=True)
class Claimed:
    """A site in which forces claimed and inspectorates decided at random, and its log."""

    site: Site
    began: int
    log: OwnWords


@pytest.fixture(scope="module")
def claimed(postgres, founding) -> Iterator[Claimed]:
    """One office keeps its record here for a time, another for ever, a third doesn't."""
    chance = Random(120)
    with fresh_site(postgres, founding) as site:
        began = site.position
        numbers = [recommendation(str(n), addressees=[*FORCES, "kent-police"]) for n in range(1, 7)]
        made = [
            site.publish(
                site.admin,
                published_on=day,
                bodies=BODIES if day else [],
                source=NOTE,
                recommendations=numbers,
            )
            for day in REPORTS
        ]
        told = []
        for report in made:
            for entry in report.answer["events"]:
                kind, *parts = entry["stream"].split("/")
                if kind == "recommendation":
                    told += [(chance.random(), parts, n) for n in range(chance.randint(0, 7))]
        for nth, (_, parts, _) in enumerate(sorted(told)):
            if nth in (40, 150):
                keeps = {"from": KEPT_FROM} | ({"until": "2026-06-30"} if nth == 150 else {})
                who = site.dorset if nth == 40 else site.clerk
                who.records(f"/api/bodies/{'dorset-pcc' if nth == 40 else PFCC}/keeping", keeps)
            act(site, chance, "/".join(parts))
        site.clock.set("2027-02-01")
        site.catch_up()
        yield Claimed(site, began, OwnWords(rows(site)))


def act(site: Site, chance: Random, about: str) -> None:
    """Record an act at random, as far as it is allowed; now and then take it back."""
    does = chance.choice(DOES)
    day = date(2025, 9, 2) + timedelta(days=chance.randint(0, 80))
    said: dict[str, Any] = {"occurred_on": chance.choice((day, day, f"{day}"[:7], None))}
    said = {name: value and str(value) for name, value in said.items()} | {"source": NOTE}
    if does == "updates":
        means = chance.choice(CLAIMS)
        said |= {"text": "U.", "by": about.rpartition("/")[2]}
        said |= {"claim": {"as_stated": "C.", "means": means}} if means else {}
    else:
        ground = chance.choice(GROUNDS) if does == "closures" else None
        said |= {"reason": "R."} | ({"ground": ground} if ground else {})
    answer = site.admin.post(f"/api/recommendations/{about}/{does}", said)
    if chance.random() < 0.05 and about.endswith(FORCE):
        report, number, _ = about.split("/")
        passage = explanation(number, stance=chance.choice(("taken", "proposed", "not_stated")))
        told = statement(f"{day}", explanations=[passage], text=f"We answer, on {about}, {day}.")
        site.clerk.post(f"/api/responses/{report}/{PFCC}/statement", told)
    if answer.status_code == 201 and chance.random() < 0.08:
        entry = json_of(answer)["event"]["id"]
        site.admin.post(f"/api/entries/{entry}/retraction", {"reason": "A slip."})


def asked_at(log: OwnWords, began: int, chance: Random, last: date) -> tuple[int, date]:
    """Return two dates that can be asked about: a position that ends a transaction, and a day."""
    moment = log.moments[chance.randint(began, len(log.lines)) - 1]
    position = sum(one <= moment for one in log.moments)
    known_last = last if position == len(log.lines) else moment.date()
    return position, known_last - timedelta(days=chance.choice((0, 0, 1, 20, 60, 200)))


def compare(site: Site, log: OwnWords, position: int, on: date) -> Counter[str]:
    """Compare the answers at two dates with the oracle. Return the numbers that were counted."""
    asked = {"known_at": position, "effective_on": on.isoformat()}
    was = expected(log, position, on)

    whole = paged(site, "/api/recommendations", 500, **asked)
    totals = site.anybody.reads("/api/compliance", **asked)["completion"]
    told = {
        one["links"]["self"]: (one["completion"]["outcome"], one["completion"]["called_on"])
        for one in whole
        if one["completion"]
    }

    assert told == {path: (outcome, day.isoformat()) for path, (outcome, day) in was.items()}
    assert totals == counted(was, on)
    for outcome in (*OUTCOMES, "called", "waiting_over_a_year"):
        kept = paged(site, "/api/recommendations", 500, completion=outcome, **asked)
        assert len(kept) == totals[outcome], outcome
        if outcome in OUTCOMES:
            paths = {path for path, (each, _) in was.items() if each == outcome}
            assert {one["links"]["self"] for one in kept} == paths
    return Counter(totals)


def test_counts_and_lists_are_those_of_the_log_s_own_words_at_any_two_dates(claimed):
    chance, seen = Random(30), Counter[str]()
    last = len(claimed.log.lines)
    before = asked_at(claimed.log, claimed.began, chance, date(2027, 2, 1))
    for position, on in [(last, date(2027, 2, 1)), (last, date(2026, 6, 30)), before]:
        seen += compare(claimed.site, claimed.log, position, on)
    assert {*OUTCOMES, "waiting_over_a_year"} <= seen.keys()


@pytest.mark.soak
def test_they_are_where_every_act_can_happen(lived, lived_site):
    chance, log = Random(31), OwnWords(rows(lived_site))
    seen = compare(lived_site, log, len(log.lines), lived.last)
    for _ in range(2):
        compare(lived_site, log, *asked_at(log, lived.began, chance, lived.last))
    assert seen["called"]


def test_a_body_counts_those_that_its_list_keeps(claimed):
    for body in (*BODIES, FORCE, "kent-police", "hmicfrs"):
        found = claimed.site.anybody.reads(f"/api/bodies/{body}")["completion"]
        assert found["called"]
        name = "publisher" if body == "hmicfrs" else "counted_with"
        for outcome, many in found.items():
            asked: dict[str, Any] = {name: body, "completion": outcome}
            assert len(paged(claimed.site, "/api/recommendations", 500, **asked)) == many


def test_compliance_counts_those_of_its_own_filters(claimed):
    for asked, same in (
        ({"body": PFCC}, {"body": PFCC}),
        ({"year": "2024"}, {"year": "2024"}),
        ({"kind": "national_thematic"}, {"report_kind": "national_thematic"}),
        ({"kind": "peel"}, {"report_kind": "peel"}),
    ):
        found = claimed.site.anybody.reads("/api/compliance", **asked)["completion"]
        listed = paged(claimed.site, "/api/recommendations", 500, completion="called", **same)
        assert found["called"] == len(listed)


PAGES = (
    "/",
    "/compliance",
    f"/compliance?body={PFCC}",
    "/compliance?kind=national_thematic",
    f"/bodies/{PFCC}",
    "/bodies/hmicfrs",
)


@pytest.mark.sampled
@pytest.mark.parametrize(("page", "dates"), cells(PAGES, ({}, {"effective_on": "2026-06-30"}), 2))
def test_each_number_of_the_sentence_leads_to_the_list_that_it_counts(claimed, page, dates):
    text = unescape(claimed.site.anybody.get(page, **dates).text)
    found = re.search(r"<p>(Of <a[^<]*</a> recommendations? that forces call .*?)</p>", text, re.S)
    assert found is not None
    links = re.findall(r'<a href="([^"]*)">([0-9,]+)</a>', found[1])
    words = " ".join(re.sub("<[^>]*>", "", found[1]).split())

    assert re.match(r"Of \d+ recommendations that forces call complete, inspectorates ", words)
    assert len(links) > 3
    numbers = re.findall(r"\d+(?:,\d{3})*", words)
    assert [one for one in numbers if one != "0"] == [one for _, one in links]
    for address, many in links:
        listed = unescape(claimed.site.anybody.get(address).text)
        lede = re.search(r'<p class="lede-small">\s*(\d+) recommendation', listed)
        assert lede is not None
        assert lede[1] == many


def test_across_is_each_body_s_recommendation_by_name_at_any_two_dates(claimed):
    seen = across_in(claimed.site, claimed.log, claimed.began, date(2027, 2, 1))
    assert {"claimed", "closed", "refused", "silent", "kept"} <= seen.keys()


@pytest.mark.soak
def test_across_is_that_where_every_act_can_happen(lived, lived_site):
    seen = across_in(lived_site, OwnWords(rows(lived_site)), lived.began, lived.last)
    assert {"answered", "claimed", "silent", "kept", "response"} <= seen.keys()


def across_in(site: Site, log: OwnWords, began: int, last: date) -> Counter[str]:
    """Compare as now, and at two dates in the past. Return what was seen."""
    seen = Counter[str]()
    for position, on in [(len(log.lines), last), asked_at(log, began, Random(43), last)]:
        seen += across_at(site, log, position, on)
    return seen


def across_at(site: Site, log: OwnWords, position: int, on: date) -> Counter[str]:
    """Compare every recommendation across its bodies with the log's own words, at two dates. Return
    what was seen."""
    asked = {"known_at": position, "effective_on": on.isoformat()}
    known, was = log.known(position), expected(log, position, on)
    names = {one["id"]: one["name"] for one in site.anybody.reads("/api/bodies", **asked)["items"]}
    verdicts = {
        (one["report"], one["body"], one["name"]): (one["verdict"], one["published_on"])
        for one in paged(site, "/api/responses", 500, **asked)
    }
    added_later, responders = revisions(known), held_by_responders(log)
    seen = Counter[str]()
    for (report, key), bodies in made(known, on).items():
        found = site.anybody.reads(
            "/api/recommendations/across", report=report, number=key, **asked
        )["items"]

        assert [(one["addressee_name"], one["addressee"]) for one in found] == sorted(
            (names[body], body) for body in bodies
        )
        for one in found:
            acts = known[f"recommendation/{report}/{key}/{one['addressee']}"]
            at, day = walked(acts, on), bodies[one["addressee"]]
            path = f"/api/recommendations/{report}/{key}/{one['addressee']}"
            claimed, told = one["claim"] and one["claim"]["means"], one["completion"]
            kept = is_kept(known, one["addressee"], day, on)
            assert (one["status"], claimed) == (at.status, at.claim), path
            passage = one["statement"] and one["statement"]["entry"]
            if added := passage in added_later:
                assert one["stance"] == "not_stated"
            else:
                assert one["stance"] == at.stance, path
            assert (told and told["outcome"]) == (was[path][0] if path in was else None)
            assert (one["recorded"], one["record_kept_here"]) == (at.said or added, kept), path
            owed = {
                (of, body, name)
                for of, body, name in verdicts
                if of == report and one["addressee"] in responders[report, body]
            }
            assert {
                (report, each["body"], each["name"]): (each["verdict"], each["published_on"])
                for each in one["responses"]
            } == {each: verdicts[each] for each in owed}
            seen.update([at.status, "kept" if kept else "not kept"])
            seen.update(["answered"] * bool(at.stance) + ["claimed"] * bool(at.claim))
            seen.update(["silent"] * (not at.said) + ["response"] * bool(owed))
    return seen


def made(known: Known, on: date) -> dict[tuple[str, str], dict[str, str | None]]:
    """Return the bodies to which each recommendation is made by a day, with the day of each."""
    found: dict[tuple[str, str], dict[str, str | None]] = {}
    there = {
        stream.removeprefix("report/")
        for stream, acts in known.items()
        if any(act.type == "report-published" and act.hi <= on for act in acts)
    }
    for stream, acts in known.items():
        raised = [act for act in acts if act.type == "recommendation-raised" and act.hi <= on]
        if raised and (parts := stream.split("/"))[1] in there:
            found.setdefault((parts[1], parts[2]), {})[parts[3]] = raised[0].occurred_on
    return found


def revisions(known: Known) -> set[str]:
    """Return the entries that revised a statement."""
    return {
        act.line["event"]["id"]
        for acts in known.values()
        for act in acts
        if act.type == "statement-revised"
    }


def held_by_responders(log: OwnWords) -> dict[tuple[str, str], set[str]]:
    """Return for whom each body answers, by report and body: for itself, and for whom it held to
    account by what the register said when its duty was recorded."""
    held: dict[str, set[str]] = {}
    found: dict[tuple[str, str], set[str]] = {}
    for line in log.lines:
        event, data = line["event"], line["event"]["data"]
        if event["type"] in ("body-registered", "body-changed"):
            forces = [one["body"] for one in data.get("forces") or ()]
            said = set(forces or filter(None, [data.get("force")]))
            held[data["id"]] = said or held.get(data["id"], set())
        kind, *of = event["stream"].split("/")
        if kind == "response":
            report, body = of
            found.setdefault((report, body), {body, *held.get(body, ())})
    return found
