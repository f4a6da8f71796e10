"""What became of the claims by which forces call recommendations complete: the counts, the lists
that they lead to and each recommendation agree with a naive oracle over the log's own words."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from html import unescape
from random import Random
from typing import Any

import pytest

from projections.answers.completion import OUTCOMES
from tests.api.town import FORCE, NOTE, PFCC, Town, json_of, recommendation
from tests.projections.every_act import BODIES, FORCES
from tests.projections.own_words import OwnWords, Said, first, held_on, terms
from tests.projections.test_paging import paged
from tests.projections.test_replay_oracle import rows
from tests.projections.towns import fresh_town

Known = Mapping[str, Sequence[Said]]


def became(acts: Sequence[Said], on: date) -> tuple[str, date] | None:
    """Return what the acts of a recommendation made of the claim that it is complete, and the last
    day on which that can have been made. None: the force doesn't call it complete."""
    status, claim, ground = "open", None, None
    for act in sorted((one for one in acts if one.hi <= on), key=lambda one: one.place):
        if status in ("withdrawn", "superseded"):
            break
        complete = (act.data.get("claim") or {}).get("means") == "complete"
        match act.type:
            case "update-received" if complete:
                claim = act.hi if claim is None or status in ("refused", "reopened") else claim
                status = status if status == "closed" else "claimed"
            case "update-received" if status == "claimed":
                status, claim = "open", None
            case "closure-proposed" if status not in ("closed", "proposed"):
                claim = act.hi if claim and status in ("refused", "reopened") else claim
                status = "proposed"
            case "closure-confirmed" if status != "closed":
                status, ground = "closed", act.data.get("ground")
            case "closure-refused" if status in ("claimed", "proposed"):
                status = "refused"
            case "reopened" if status != "reopened":
                status = "reopened"
            case "withdrawn" | "superseded":
                status = act.type
            case _:
                pass
    words = {
        "claimed": "waiting",
        "proposed": "waiting",
        "closed": "no_longer_relevant" if ground == "no_longer_relevant" else "confirmed",
        "withdrawn": "ended",
        "superseded": "ended",
    }
    return (words.get(status, status), claim) if claim else None


def is_kept(known: Known, addressee: str, raised_on: str | None, on: date) -> bool:
    """Return whether the addressee, or whoever holds it to account on a day, has said that its
    record on matters of that day is kept here, and still keeps it."""
    if raised_on is None or len(raised_on) != 10:
        return False
    holders = [one for one in terms(known, f"response//{addressee}") if one[1] <= on]
    owners = {holders[-1][0]}
    for act in known["service"]:
        if act.type == "body-registered":
            held = held_on(known, act.data["id"], on) | {act.data.get("force")}
            owners |= {act.data["id"]} if addressee in held else set()
    return any(_says_so(known, owner, first(raised_on), on) for owner in owners)


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
GROUNDS = ("done", "no_longer_relevant", None)


@dataclass(frozen=True)
class Claimed:
    """A town in which forces claimed and inspectorates decided at random, and its log."""

    town: Town
    began: int
    log: OwnWords


@pytest.fixture(scope="module")
def claimed(postgres, founding) -> Iterator[Claimed]:
    """One office keeps its record here for a time, another for ever, a third doesn't."""
    chance = Random(120)
    with fresh_town(postgres, founding) as town:
        began = town.position
        numbers = [recommendation(str(n), addressees=[*FORCES, "kent-police"]) for n in range(1, 7)]
        made = [
            town.publish(
                town.admin, published_on=day, bodies=[], source=NOTE, recommendations=numbers
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
                who = town.dorset if nth == 40 else town.clerk
                who.records(f"/api/bodies/{'dorset-pcc' if nth == 40 else PFCC}/keeping", keeps)
            act(town, chance, "/".join(parts))
        town.clock.set("2027-02-01")
        town.catch_up()
        yield Claimed(town, began, OwnWords(rows(town)))


def act(town: Town, chance: Random, about: str) -> None:
    """Record an act at random, as far as it is allowed; now and then take it back."""
    does = chance.choice((*["updates"] * 4, "closures", "closures", "refusals", "reopenings",
                          "closure-proposals", "withdrawals"))  # fmt: skip
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
    answer = town.admin.post(f"/api/recommendations/{about}/{does}", said)
    if answer.status_code == 201 and chance.random() < 0.08:
        entry = json_of(answer)["event"]["id"]
        town.admin.post(f"/api/entries/{entry}/retraction", {"reason": "A slip."})


def asked_at(log: OwnWords, began: int, chance: Random, last: date) -> tuple[int, date]:
    """Return two dates that can be asked about: a position that ends a transaction, and a day."""
    moment = log.moments[chance.randint(began, len(log.lines)) - 1]
    position = sum(one <= moment for one in log.moments)
    known_last = last if position == len(log.lines) else moment.date()
    return position, known_last - timedelta(days=chance.choice((0, 0, 1, 20, 60, 200)))


def compare(town: Town, log: OwnWords, position: int, on: date) -> Counter[str]:
    """Compare the answers at two dates with the oracle. Return the numbers that were counted."""
    asked = {"known_at": position, "effective_on": on.isoformat()}
    was = expected(log, position, on)

    whole = paged(town, "/api/recommendations", 500, **asked)
    totals = town.anybody.reads("/api/compliance", **asked)["completion"]
    told = {
        one["links"]["self"]: (one["completion"]["outcome"], one["completion"]["called_on"])
        for one in whole
        if one["completion"]
    }

    assert told == {path: (outcome, day.isoformat()) for path, (outcome, day) in was.items()}
    assert totals == counted(was, on)
    for outcome in (*OUTCOMES, "called", "waiting_over_a_year"):
        kept = paged(town, "/api/recommendations", 500, completion=outcome, **asked)
        assert len(kept) == totals[outcome], outcome
        if outcome in OUTCOMES:
            paths = {path for path, (each, _) in was.items() if each == outcome}
            assert {one["links"]["self"] for one in kept} == paths
    return Counter(totals)


def test_counts_and_lists_are_those_of_the_log_s_own_words_at_any_two_dates(claimed):
    chance, seen = Random(30), Counter[str]()
    last = len(claimed.log.lines)
    dates = [asked_at(claimed.log, claimed.began, chance, date(2027, 2, 1)) for _ in range(8)]
    for position, on in [(last, date(2027, 2, 1)), (last, date(2026, 6, 30)), *dates]:
        seen += compare(claimed.town, claimed.log, position, on)
    assert {*OUTCOMES, "waiting_over_a_year"} <= seen.keys()


def test_they_are_where_every_act_can_happen(lived, lived_town):
    chance, log = Random(31), OwnWords(rows(lived_town))
    seen = compare(lived_town, log, len(log.lines), lived.last)
    for _ in range(3):
        compare(lived_town, log, *asked_at(log, lived.began, chance, lived.last))
    assert seen["called"]


def test_a_body_counts_those_that_its_list_keeps(claimed):
    for body in (*BODIES, FORCE, "kent-police", "hmicfrs"):
        found = claimed.town.anybody.reads(f"/api/bodies/{body}")["completion"]
        assert found["called"]
        name = "publisher" if body == "hmicfrs" else "counted_with"
        for outcome, many in found.items():
            asked: dict[str, Any] = {name: body, "completion": outcome}
            assert len(paged(claimed.town, "/api/recommendations", 500, **asked)) == many


def test_compliance_counts_those_of_its_own_filters(claimed):
    for asked, same in (
        ({"body": PFCC}, {"body": PFCC}),
        ({"year": "2024"}, {"year": "2024"}),
        ({"kind": "national_thematic"}, {"report_kind": "national_thematic"}),
        ({"kind": "peel"}, {"report_kind": "peel"}),
    ):
        found = claimed.town.anybody.reads("/api/compliance", **asked)["completion"]
        listed = paged(claimed.town, "/api/recommendations", 500, completion="called", **same)
        assert found["called"] == len(listed)


@pytest.mark.parametrize("page", ["/", "/compliance", f"/bodies/{PFCC}", "/bodies/hmicfrs"])
@pytest.mark.parametrize("dates", [{}, {"effective_on": "2026-06-30"}])
def test_each_number_of_the_sentence_leads_to_the_list_that_it_counts(claimed, page, dates):
    text = unescape(claimed.town.anybody.get(page, **dates).text)
    found = re.search(r"<p>(Of <a[^<]*</a> recommendations? that forces call .*?)</p>", text, re.S)
    assert found is not None
    links = re.findall(r'<a href="([^"]*)">([0-9,]+)</a>', found[1])
    words = " ".join(re.sub("<[^>]*>", "", found[1]).split())

    assert re.match(r"Of \d+ recommendations that forces call complete, inspectorates ", words)
    assert len(links) > 3
    for address, many in links:
        listed = unescape(claimed.town.anybody.get(address).text)
        lede = re.search(r'<p class="lede-small">\s*(\d+) recommendation', listed)
        assert lede is not None
        assert lede[1] == many
