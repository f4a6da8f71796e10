"""How the suggestions for a page are scored against what a careful clerk would settle."""

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

Json = Mapping[str, Any]
EITHER = {"force_or_chief_officer": {"force", "chief_officer"}}
"""Speakers that a page doesn't tell apart: either is right."""
RUN = 3
"""Texts are compared by their runs of so many words."""
UNSAID = "unsaid"
"""The parent of a recommendation of which the truth doesn't say whether it belongs to another."""


@dataclass
class Score:
    """What came of one page, or of many."""

    passages: Counter[str] = field(default_factory=Counter)
    """Paragraphs that somebody speaks: `right`, `left` to a person, `wrong`, `missing`."""
    recommendations: Counter[str] = field(default_factory=Counter)
    """Recommendations of an inspectorate's page by their addressees: `right`, `wrong`, `missing`;
    beside them `invented`, and what else is right of those found: `number`, `parent`, `target`."""
    surely_wrong: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    """What else was not right, in words."""

    def add(self, other: "Score") -> None:
        self.passages += other.passages
        self.recommendations += other.recommendations
        self.surely_wrong += other.surely_wrong
        self.faults += other.faults

    @property
    def passages_settled(self) -> float:
        """Return the share of passages that are right or left to a person."""
        good = self.passages["right"] + self.passages["left"]
        return good / max(1, self.passages.total())

    @property
    def addressees_right(self) -> float:
        """Return the share of recommendations that are found with the right addressees."""
        counted = sum(self.recommendations[one] for one in ("right", "wrong", "missing"))
        return self.recommendations["right"] / max(1, counted)

    def fault(self, what: str, *, sure: bool) -> None:
        (self.surely_wrong if sure else self.faults).append(what)


def words(text: str) -> tuple[str, ...]:
    """Return the words of a text, without marks, capitals and accents."""
    plain = unicodedata.normalize("NFKD", text).replace("’", "").replace("'", "")
    return tuple(re.findall(r"[a-z0-9]+", plain.lower()))


def runs(text: str) -> set[tuple[str, ...]]:
    """Return the runs of words in a text."""
    found = words(text)
    return {found[n : n + RUN] for n in range(max(1, len(found) - RUN + 1))}


def share(of: str, within: str) -> float:
    """Return which share of a text stands in another one."""
    wanted = runs(of)
    return len(wanted & runs(within)) / len(wanted)


def key(number: str) -> str:
    """Return a number without its label and leading zeros: `Recommendation 02` is `2`, and `AFI 1`
    is `afi-1`."""
    plain = re.sub(r"^(rec(ommendation)?|r)?\W*0*(?=\d)", "", number.lower())
    return re.sub(r"^(afi|area for improvement)\W*0*(?=\d)", "afi-", plain)


def score_passages(page: str, truth: Json, answer: Json) -> Score:
    """Score who speaks in the paragraphs of a page, and about which recommendations."""
    score = Score()
    given = [one for report in answer["reports"] for one in report["passages"]]
    for wanted in truth.get("passages", []):
        said = [one for one in given if share(wanted["text"], one["text"]) >= 0.5]
        left = any(share(wanted["text"], one["text"]) >= 0.5 for one in answer["left"])
        _score_paragraph(score, page, wanted, said, left=left)
    for one in given:
        if not one["of"]:
            continue  # a greeting, a line of introduction: it explains no recommendation
        if not any(share(one["text"], w["text"]) >= 0.5 for w in truth.get("passages", [])) and (
            not any(share(w["text"], one["text"]) >= 0.5 for w in truth.get("passages", []))
        ):
            score.fault(f"{page}: nobody says {one['text'][:60]!r}", sure=one["sure"])
    return score


def _score_paragraph(score: Score, page: str, wanted: Json, said: list[Any], *, left: bool) -> None:
    """Score one paragraph that has a speaker, or that must not have one."""
    by = wanted["by"]
    wrong = [one for one in said if not _is_right(wanted, one)]
    for one in wrong:
        what = f"{page}: by {one['by']} of {one['of']}, not {by} of {wanted['of']}: "
        score.fault(what + repr(wanted["text"][:50]), sure=one["sure"])
    if by in (None, "nobody") or wanted.get("optional"):
        return
    if wrong:
        score.passages["wrong"] += 1
    elif said:
        score.passages["left" if by == "left" else "right"] += 1
    elif left:
        score.passages["left"] += 1
    else:
        score.passages["missing"] += 1
        score.fault(f"{page}: missing, {by}: {wanted['text'][:50]!r}", sure=False)


def _is_right(wanted: Json, said: Json) -> bool:
    """Return whether a suggested passage has the right speaker and recommendations. Where two
    people speak, only a person can part them: whatever is unsure is right."""
    by, of = wanted["by"], wanted["of"]
    if by is None:
        return True
    if by == "left":
        return not said["sure"]
    if said["by"] not in EITHER.get(by, {by}):
        return False
    if of is None:
        return True
    named = {key(one) for one in said["of"]}
    most, least = {key(one) for one in of}, {key(one) for one in wanted.get("least", of)}
    return least <= named <= most


def score_report_facts(page: str, reports: Collection[Json], answer: Json) -> Score:
    """Score title, day, kind and publishers of a report, which have to be those of one of the
    reports that the page is about: nothing sure may be wrong."""
    score = Score()
    for name in ("title", "published_on", "kind", "publishers"):
        given = answer[name]
        known = [_plain(one[name]) for one in reports]
        if given["value"] and _plain(given["value"]) not in known:
            score.fault(f"{page}: {name} is {given['value']!r}", sure=given["sure"])
    return score


def _plain(value: Any) -> Any:
    """Return a value as it is compared: words of a title, the set of publishers."""
    return set(value) if isinstance(value, list) else words(value)


def score_day(page: str, truth: Json, answer: Json) -> Score:
    """Score the day of the response: a sure day is the one that the page gives by its label."""
    score, wanted = Score(), truth["response_published_on"]
    for report in answer["reports"]:
        given = report["response"]
        if given["published_on"] not in (None, wanted):
            score.fault(f"{page}: response of {given['published_on']}", sure=given["sure"])
        if wanted and given["published_on"] is None:
            score.fault(f"{page}: response of {wanted} not found", sure=False)
    return score


def score_recommendations(
    page: str, truth: Json, answer: Json, groups: Mapping[str, frozenset[str]]
) -> Score:
    """Score the recommendations of an inspectorate's own page."""
    score = Score()
    given = [one for report in answer["reports"] for one in report["recommendations"]]
    found = {
        n: one
        for n, wanted in enumerate(truth["recommendations"])
        if (one := _same(wanted["text"], given)) is not None
    }
    numbers = {
        wanted["id"]: found[n]["number"]
        for n, wanted in enumerate(truth["recommendations"])
        if "id" in wanted and n in found
    }
    for n, wanted in enumerate(truth["recommendations"]):
        if n not in found:
            score.recommendations["missing"] += 1
            score.fault(f"{page}: missing, recommendation {wanted['text'][:50]!r}", sure=False)
            continue
        _score_one(score, page, wanted, found[n], numbers, groups)
    for one in given:
        if _same(one["text"], truth["recommendations"]) is None:
            score.recommendations["invented"] += 1
            score.fault(f"{page}: no recommendation: {one['text'][:50]!r}", sure=one["sure"])
    return score


def _same(text: str, among: Iterable[Any]) -> Any:
    """Return the one with this text, in whole or for its larger part; None if there is none."""
    near = [(max(share(text, one["text"]), share(one["text"], text)), one) for one in among]
    best = max(near, key=lambda one: one[0], default=(0, None))
    return best[1] if best[0] >= 0.6 else None


def _score_one(
    score: Score,
    page: str,
    wanted: Json,
    given: Json,
    numbers: Mapping[str, str],
    groups: Mapping[str, frozenset[str]],
) -> None:
    """Score one recommendation that was found."""
    at = f"{page}, {given['number']}"
    to = grouped(given["addressees"], groups)
    right = to in (set(wanted["to"]), set(wanted.get("or", wanted["to"])))
    score.recommendations["right" if right else "wrong"] += 1
    if not right:
        score.fault(f"{at}: to {sorted(to)}, not {wanted['to']}", sure=given["sure"])
    if wanted["number"] is None or key(given["number"]) == key(wanted["number"]):
        score.recommendations["number"] += 1
    else:
        score.fault(f"{at}: its number is {wanted['number']}", sure=given["sure"])
    parent = numbers.get(wanted.get("parent", ""))
    if given["parent"] == parent or wanted.get("parent") == UNSAID:
        score.recommendations["parent"] += 1
    else:
        score.fault(f"{at}: belongs to {given['parent']}, not {parent}", sure=given["sure"])
    if _target_is_right(wanted["target"], given["target"]):
        score.recommendations["target"] += 1
    else:
        score.fault(f"{at}: target {given['target']}, not {wanted['target']}", sure=given["sure"])


def _target_is_right(wanted: Any, given: Json | None) -> bool:
    """Return whether a target is the one of the page. Of several no day may be chosen."""
    if wanted is None:
        return given is None
    if wanted == "several":
        return given is None or given["on"] is None
    if given is None:
        return False
    return wanted.get("on") is None or given["on"] == wanted["on"]


def grouped(names: Iterable[str], groups: Mapping[str, frozenset[str]]) -> set[str]:
    """Return addressees with a group's name in place of all its members."""
    left = set(names)
    for name, members in groups.items():
        if members and members <= left:
            left = left - members | {name}
    return left
