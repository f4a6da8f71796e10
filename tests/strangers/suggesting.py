"""How the facts of a page come out as suggestions: right and sure, unsure, left, or sure and wrong.

By kind of fact. `unsure` counts what is suggested for a person to look at, `good` how much of that
is right as it stands.
"""

import re
import tomllib
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from ledger.intake.pages.suggestions import page_blocks, suggest
from ledger.intake.pages.values import Resolve, Suggestion
from ledger.intake.proposals.page import body_meant
from ledger.register import shipped_bodies
from ledger.states.service import Service
from tests.strangers.truth import HERE, KIND_GIVEN, OURS, PAGES, alike, bare, body_of

FACTS = (
    "page",
    "title",
    "day",
    "kind",
    "publishers",
    "response day",
    "recommendations",
    "passages",
)


@dataclass
class Tally:
    """Counts of one page by kind of fact: right, good, unsure, left or wrong."""

    file: str
    counts: dict[str, Counter[str]] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    def add(self, fact: str, verdict: str, what: str = "") -> None:
        self.counts.setdefault(fact, Counter())[verdict] += 1
        if verdict == "wrong":
            self.wrong.append(f"{self.file}: {fact}: {what}")


_SERVICE = Service(bodies={body.id: body for body in shipped_bodies()})


def suggested(data: bytes, filename: str, body: str, *, listed: bool = False) -> list[Suggestion]:
    """Return the suggestions from a page of a body, with the names of the shipped register."""
    return suggest(page_blocks(data, filename), filename, resolver(body), listed=listed)


def resolver(body: str) -> Resolve:
    return lambda name: body_meant(name, _SERVICE.bodies[body], _SERVICE)


def told() -> list[dict[str, Any]]:
    """Return the pages told here, with what is true of them."""
    text = (HERE / "told" / "truth.toml").read_text(encoding="utf-8")
    return [{"file": f"told/{name}", **page} for name, page in tomllib.loads(text).items()]


def strangers() -> list[dict[str, Any]]:
    """Return the strangers' ten pages, their truth in the same form."""
    return [_stranger(page) for page in PAGES]


def _stranger(page: dict[str, Any]) -> dict[str, Any]:
    said = page["report"]
    return {
        "file": page["file"],
        "body": body_of(page),
        "is": "response",
        "report": [
            {
                "title": said["title"],
                "published_on": said["published_on"] or "",
                "kind": page.get("type", KIND_GIVEN.get(page["file"], "")).split(" ")[0],
                "publishers": None if "joint" in page.get("type", "") else ["hmicfrs"],
                "response": page["statement_published_on"] or "",
                "recommendations": [
                    [
                        one["number"],
                        one["text"],
                        one["text"],
                        [OURS.get(alike(a), a) for a in one["addressees"]],
                        (one["target"] or {}).get("on") or (one["target"] or {}).get("phrase", ""),
                    ]
                    for one in page["recommendations"]
                ],
                "passages": [
                    [
                        "all" if one["how"] == "general" else ", ".join(one["for"]),
                        one["by"],
                        one["text"],
                    ]
                    for one in page["passages"]
                ],
            }
        ],
    }


def measure(page: dict[str, Any]) -> Tally:
    """One page, held against what is true of it."""
    path = HERE / page["file"]
    tally = Tally(page["file"])
    resolve = resolver(page["body"])
    found = suggested(path.read_bytes(), path.name, page["body"])
    as_it_is = found[0].kind_of_page == page["is"]
    tally.add("page", "right" if as_it_is else "unsure", page["is"])
    true = page.get("report", [])
    if found[0].kind_of_page != "response":
        return tally
    for number, suggestion in enumerate(found):
        if number < len(true):
            _report(tally, suggestion, true[number], resolve)
        else:
            _report(tally, suggestion, {}, resolve)
    for one in true[len(found) :]:
        tally.add("title", "left", one["title"])
    return tally


def _report(tally: Tally, found: Suggestion, true: dict[str, Any], resolve: Resolve) -> None:
    for fact, value, key in (
        ("title", found.title, "title"),
        ("day", found.published_on, "published_on"),
        ("kind", found.kind, "kind"),
        ("publishers", found.publishers, "publishers"),
        ("response day", found.response_published_on, "response"),
    ):
        want = true.get(key)
        given = value.value if value else None
        same = _plain(given) == _plain(want)
        if value is not None and value.sure:
            tally.add(fact, "right" if same else "wrong", f"{given!r}, and true is {want!r}")
        elif want:
            tally.add(fact, "unsure" if given else "left")
            if given and same:
                tally.add(fact, "good")
    wanted = {_key(one[0]): one for one in true.get("recommendations", [])}
    for read in found.recommendations:
        one = wanted.pop(read.key, None)
        good = one is not None and _is_it(read, one, resolve)
        if read.sure:
            tally.add("recommendations", "right" if good else "wrong", f"{read}")
        elif one is not None:
            tally.add("recommendations", "unsure")
            if good:
                tally.add("recommendations", "good")
    for _ in wanted:
        tally.add("recommendations", "left")
    _passages(tally, found, [list(one) for one in true.get("passages", [])])


def _plain(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return sorted(value)
    return alike(value) if isinstance(value, str) else value or ""


def _key(number: str) -> str:
    return number.lower().replace(" ", "-").lstrip("0")


def _is_it(read: Any, one: list[Any], resolve: Resolve) -> bool:
    text, target = alike(read.text), read.target
    ends = text.endswith(alike(one[2])) and text.startswith(alike(one[1]))
    ids = {resolve(a) or bare(a) for a in read.addressees}
    when = str(getattr(target, "on", None) or getattr(target, "phrase", ""))
    wanted = {resolve(a) or bare(a) for a in one[3]}
    return ends and ids == wanted and alike(when) == alike(one[4])


def _passages(tally: Tally, found: Suggestion, true: list[list[str]]) -> None:
    said = {"commissioner": "commissioner", "chief officer": "chief_officer", "force": "force"}
    for piece in found.pieces:
        if piece.part not in said or piece.bullet:
            continue
        text = alike(re.sub(r"^(?:recommendation )?[0-9]+[.:] ", "", piece.text))
        at = next(
            (one for one in true if text.startswith(alike(one[2])[:60])
             or alike(piece.text).startswith(alike(one[2])[:60])),
            None,
        )  # fmt: skip
        of = {_key(n) for n in piece.of}
        good = at is not None and at[1] == said[piece.part]
        good = good and at is not None and of == {_key(n) for n in at[0].split(", ") if n}
        if piece.sure and piece.of_sure:
            known = at is not None or (not piece.of and piece.part == "commissioner")
            stranger = found.file in {page["file"].split("/")[1] for page in PAGES}
            right = good or (stranger and at is None and known)
            tally.add("passages", "right" if right else "wrong", f"{piece}")
        elif at is not None:
            tally.add("passages", "unsure")
            if good:
                tally.add("passages", "good")
        if at is not None:
            true.remove(at)
    for _ in true:
        tally.add("passages", "left")


def total(tallies: list[Tally]) -> dict[str, Counter[str]]:
    """Return the counts of all pages together."""
    counts: dict[str, Counter[str]] = {fact: Counter() for fact in FACTS}
    for tally in tallies:
        for fact, found in tally.counts.items():
            counts[fact] += found
    return counts


def is_kept(page: dict[str, Any]) -> bool:
    """Return whether a page was kept apart until the suggester was finished."""
    number = re.match(r"told/([0-9]+)", page["file"])
    return number is not None and int(number[1]) % 3 == 0
