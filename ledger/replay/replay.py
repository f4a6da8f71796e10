"""`python -m ledger.replay log.jsonl`: verdicts and standings from an exported log.

Worked out anew by a small program that shares no code with the read models of the service, nor
with anything else of it; it needs the file and Python alone, no server and no database. With
`--compare` it names each thing in which a site's answers differ, of every page of its lists and its
counts. That is asked over HTTP or HTTPS, this machine's own address included; redirects are not
followed, so that the site asked is the site compared.

All that a log says at two dates is every report, recommendation and response, and compliance in
numbers: by body, by kind of report, by the report's year.
"""

import argparse
import json
import stat
import sys
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from http.client import HTTPException
from io import TextIOWrapper
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, Protocol
from urllib.parse import quote, urlencode, urlsplit

from ledger.replay.log import (
    DEEPEST,
    RESPONSE,
    UNREADABLE,
    Log,
    Refused,
    asked,
    read,
    rows_of,
    shown,
    too_deep,
)
from ledger.replay.recommendation import Answer, recommendation
from ledger.replay.response import recommendations, response
from ledger.replay.world import World

FILTERS = {
    "/api/recommendations": (
        "status",
        (
            "open",
            "claimed_complete",
            "closure_proposed",
            "refused",
            "closed",
            "reopened",
            "withdrawn",
            "superseded",
        ),
    ),
    "/api/responses": (
        "verdict",
        (
            "not_due",
            "due",
            "overdue",
            "not_looked_for",
            "in_time",
            "incomplete",
            "late",
            "not_shown",
            "no_period",
            "disapplied",
        ),
    ),
}
"""What lists are filtered by, and all its values."""
GROUPS = ("body", "kind", "year")
METHOD = 2
"""The number of the method of judging: 1 until version 0.1 (docs/law.md)."""


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers by their path, such as `/api/responses/{report}/{body}`."""

    recommendations: dict[str, Answer]
    responses: dict[str, Answer]
    compliance: dict[str, Answer]
    """By what the counts are grouped by."""
    reports: dict[str, Answer]
    filtered: dict[str, set[str]] = field(default_factory=dict)
    """The paths in each list that is filtered, such as `/api/responses?verdict=late`."""


def answers(world: World, report: str | None = None) -> Answers:
    """Everything that existed at a position and on a day; or what concerns one report alone.
    Refused where the log was made so that this has no end."""
    world.log.looked = 0
    recommendations = {
        f"/api/{stream.replace('recommendation/', 'recommendations/', 1)}": found
        for stream in world.streams("recommendation", report)
        if (found := recommendation(world, stream))
    }
    responses = {
        _duty_path(found): found
        for stream in world.streams("response", report)
        for name in world.log.duties[stream]
        if (found := response(world, stream, name))
    }
    ones = list(responses.values())
    return Answers(
        recommendations,
        responses,
        {group_by: compliance(world, ones, group_by) for group_by in GROUPS},
        {
            f"/api/{stream.replace('report/', 'reports/', 1)}": found
            for stream in world.streams("report", report)
            if (found := _report(world, stream)) is not None
        },
        _filtered(recommendations | responses),
    )


def _duty_path(one: Answer) -> str:
    named = "" if one["name"] == RESPONSE else f"?name={one['name']}"
    return f"/api/responses/{one['report']}/{one['body']}{named}"


def _report(world: World, stream: str) -> Answer | None:
    """The fields of an answer about a report that are no texts; None for what was not published
    by then. Its title is the one that its page was last seen to have."""
    reference = stream.partition("/")[2]
    found = world.report(reference)
    if found is None or found.days.hi > world.on:
        return None
    titles = [
        act.data["now"]
        for act in world.happened(stream)
        if act.type == "report-revised" and act.data["field"] == "title" and act.data.get("now")
    ]
    return {
        "report": reference,
        "title": [found.act.data.get("title"), *titles][-1],
        "kind": found.act.data.get("kind"),
        "publishers": [
            {"id": one, "name": world.bodies[one]["name"]}
            for one in found.act.data.get("publishers") or [found.act.data["publisher"]]
        ],
        "published_on": found.act.occurred_on,
    }


def _filtered(all_of_them: dict[str, Answer]) -> dict[str, set[str]]:
    return {
        f"{path}?{name}={value}": {
            one
            for one, said in all_of_them.items()
            if one.startswith(f"{path}/") and said[name] == value
        }
        for path, (name, values) in FILTERS.items()
        for value in values
    }


def compliance(world: World, responses: Sequence[dict[str, Any]], group_by: str) -> dict[str, Any]:
    """The counts of each group and of all, from the answers about all responses."""
    groups: dict[Any, list[dict[str, Any]]] = {}
    for one in responses:
        groups.setdefault(_group(world, one, group_by), []).append(one)
    items = []
    for name, ones in groups.items():
        said = {group_by: name}
        if group_by == "body":
            said["body_name"] = str(world.bodies[name]["name"])
        items.append(said | _totals(world, ones))
    return {"group_by": group_by, "items": items, "total": _totals(world, responses)}


def _group(world: World, one: dict[str, Any], group_by: str) -> Any:
    if group_by == "body":
        return one["office"]["counted_with"] if one["office"] else one["body"]
    report = world.report(one["report"])
    assert report is not None
    if group_by == "kind":
        return report.act.data["kind"]
    day = report.act.occurred_on
    return int(day[:4]) if day else None


def _totals(world: World, ones: Sequence[dict[str, Any]]) -> dict[str, Any]:
    words = Counter(one["verdict"] for one in ones)
    late = [one for one in ones if one["verdict"] == "late"]
    return {
        "responses": len(ones),
        "verdicts": dict(words),
        "bases": dict(Counter(one["basis"] for one in ones)),
        "verdicts_by_basis": {
            word: dict(Counter(one["basis"] for one in ones if one["verdict"] == word))
            for word in words
        },
        "late": _days(late) | {"at_least": sum(one["at_least"] for one in late)},
        "overdue": _days([one for one in ones if one["verdict"] == "overdue"]),
        "coverage": _coverage(ones, world.on.isoformat()),
        "improved_later": sum(bool(one["improved_later"]) for one in ones),
        "redactions": _redactions(world, ones),
    }


def _days(ones: Iterable[dict[str, Any]]) -> dict[str, Any]:
    days = sorted(one["days"] for one in ones)
    return {
        "count": len(days),
        "median_days": days[(len(days) - 1) // 2] if days else None,
        "worst_days": days[-1] if days else None,
    }


def _coverage(ones: Sequence[dict[str, Any]], day: str) -> dict[str, Any]:
    """Totals of those whose list is the report's own; a list by the body judged is left out.

    By the last day, those alone are counted whose last day is over on the day asked.
    """
    ours = [one for one in ones if one["coverage"]["listed_by"] == "report"]
    counted = [one["coverage"] for one in ours if _is_known(one["coverage"])]
    over = [one["coverage"] for one in ours if one["due_on"] and one["due_on"] < day]
    told = [one for one in over if one["explained_by_due"] is not None]
    causes = [one["causes_of_concern"] for one in counted]
    return {
        "responses": len(counted),
        "left_out": len(ones) - len(ours),
        "not_known": len(ours) - len(counted),
        "addressed": sum(one["addressed"] for one in counted),
        "explained_now": sum(one["explained_now"] for one in counted),
        "general": sum(one["general"] or 0 for one in counted),
        "by_due": {
            "addressed": sum(one["addressed"] for one in told),
            "explained": sum(one["explained_by_due"] for one in told),
        },
        "causes_of_concern": {
            name: sum(one[name] for one in causes)
            for name in ("addressed", "without_recommendations", "explained_now")
        },
    }


def _is_known(coverage: dict[str, Any]) -> bool:
    """Whether it is known what a response explains: none was recorded without its text."""
    causes = coverage["causes_of_concern"]
    return None not in (coverage["explained_now"], causes["explained_now"])


def _redactions(world: World, ones: Sequence[dict[str, Any]]) -> int:
    """The texts redacted in these reports, in these responses and in the recommendations that they
    have to explain, as known then."""
    streams = {f"report/{one['report']}" for one in ones}
    for stream in {f"response/{one['report']}/{one['body']}" for one in ones}:
        streams |= {stream, *recommendations(world, stream)}
    return sum(
        position <= world.known_at
        for stream in streams
        for position in world.log.redacted.get(stream, [])
    )


AT_ONCE = 500
TIMEOUT, IN_ALL = 60, 3_600
"""Seconds that a site may take for one answer, from the first byte asked to the last that comes,
and for all of them."""
MOST, MOST_SAID = 50_000_000, 64_000
"""Bytes of an answer, and of one that says why not."""
MOST_THINGS = 2_000_000
"""Commas and brackets of an answer: one of many small things takes far more room than its bytes."""
LONGEST = 1_000
"""Characters of a path."""
_LONG = 300
"""Characters of what a site says in place of what the log says: no more are shown."""

Get = Callable[[str, Mapping[str, str]], Answer]
"""Answers a question: its path, and what is asked."""


def of_the_site(get: Get, known_at: int, on: date, mine: Answers, most: int) -> Answers:
    """All that a site says as known at a position and effective on a day, of what the log says;
    lists are no longer than the log, of so many entries at most.

    Raises:
        Refused: it cannot be asked, or its lists never end, or list a thing twice.
        LookupError, TypeError, ...: it answers otherwise than the contract says.
    """
    pinned = {"known_at": str(known_at), "effective_on": on.isoformat()}
    return Answers(
        listed(get, "/api/recommendations", pinned, mine.recommendations, most),
        listed(get, "/api/responses", pinned, mine.responses, most),
        {by: get("/api/compliance", pinned | {"group_by": by}) for by in GROUPS},
        listed(get, "/api/reports", pinned, mine.reports, most),
        {
            f"{path}?{name}={value}": set(listed(get, path, pinned | {name: value}, {}, most))
            for path, (name, values) in FILTERS.items()
            for value in values
        },
    )


def listed(
    get: Get, path: str, asked: Mapping[str, str], mine: Mapping[str, Answer], most: int
) -> dict[str, Answer]:
    """All pages of a list, each thing by its path, as far as the log says it too. Refused where it
    lists one twice, so that it could say two things of it, or never ends."""
    found: dict[str, Answer] = {}
    after: dict[str, str] = {}
    while True:
        page = get(path, {**asked, "limit": str(AT_ONCE), **after})
        for one in page["items"]:
            if (name := _path(path, one)) in found:
                raise Refused(f"{path} lists {name} twice: which of both does it show?")
            found[name] = like(one, mine.get(name, {}))
        if not page["next"]:
            return found
        if not page["items"] or len(found) > most:
            raise Refused(f"{path} goes on without end: it lists more than the log has.")
        after = {"after": page["next"]}


def _path(path: str, one: Answer) -> str:
    """Where one of a list is found, from what it says of itself."""
    names = {"recommendations": ("key", "addressee"), "responses": ("body",), "reports": ()}
    kind = path.rpartition("/")[2]
    found = "/".join([path, *(one[name] for name in ("report", *names[kind]))])
    if kind == "responses" and one.get("name", RESPONSE) != RESPONSE:
        found += f"?name={one['name']}"
    if len(found) > LONGEST:
        raise Refused(f"{path} lists what has a path of {len(found):,} characters.")
    return found


def _within(seconds: float, read: Callable[[], bytes]) -> bytes:
    """What a call reads. TimeoutError where it takes longer, however it drips in: it is left
    behind."""
    done: SimpleQueue[bytes | BaseException] = SimpleQueue()

    def run() -> None:
        try:
            done.put(read())
        except BaseException as error:  # noqa: BLE001 - it is raised where it is waited for
            done.put(error)

    Thread(target=run, daemon=True).start()
    try:
        found = done.get(timeout=seconds)
    except Empty:
        raise TimeoutError("it takes too long to answer") from None
    if isinstance(found, BaseException):
        raise found
    return found


class _Answer(Protocol):
    """What comes in by and by."""

    def read1(self, n: int, /) -> bytes: ...


def _read(answer: _Answer, most: int) -> bytes:
    """An answer, or its first bytes, whatever it says of its size or of that of a chunk."""
    parts, left = [], most
    while left > 0 and (part := answer.read1(min(left, 1 << 16))):
        parts.append(part)
        left -= len(part)
    return b"".join(parts)


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


def asking(url: str) -> Get:
    """How to ask a site at an address, such as http://127.0.0.1:8000.

    Raises:
        Refused: the address is no http or https address.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Refused(f"“{url}” is no address of a site: give one such as https://log.example.")
    opener = urllib.request.build_opener(_Stay)
    base, until = url.rstrip("/"), time.monotonic() + IN_ALL

    def get(path: str, asked: Mapping[str, str]) -> Answer:
        where = f"{base}{quote(path)}?{urlencode(asked)}"

        def read() -> bytes:
            try:
                with opener.open(where, timeout=TIMEOUT) as answer:
                    body = _read(answer, MOST + 1)
            except urllib.error.HTTPError as error:
                raise Refused(f"{where} answered {error.code}: {_detail(error)}") from error
            if len(body) > MOST:
                raise ValueError(f"it has more than {MOST:,} bytes")
            if sum(map(body.count, (b",", b"[", b"{"))) > MOST_THINGS:
                raise ValueError(f"it says more than {MOST_THINGS:,} things")
            if too_deep(body):
                raise ValueError(f"it has more than {DEEPEST} lists and objects in one another")
            return body

        try:
            if time.monotonic() > until:
                raise TimeoutError("all its answers together take too long")
            found = json.loads(_within(TIMEOUT, read), object_pairs_hook=_once)
        except (OSError, HTTPException, ValueError, OverflowError) as error:
            raise Refused(f"{where} could not be asked: {error}") from error
        if not isinstance(found, dict):
            raise Refused(f"{where} answered no JSON object.")
        return found

    return get


def _once(members: list[tuple[str, Any]]) -> Answer:
    """The members of an object. ValueError where one stands twice, so that it says two things."""
    found = dict(members)
    if len(found) != len(members):
        raise ValueError("it says one member of an object twice")
    return found


def _detail(error: urllib.error.HTTPError) -> str:
    try:
        return str(json.loads(_read(error, MOST_SAID))["detail"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return error.reason


def like(said: Any, mine: Any) -> Any:
    """What a site says, of what the log says: it may say more, without end, which is not compared
    and not kept."""
    if isinstance(said, dict) and isinstance(mine, dict):
        return {name: like(said[name], one) for name, one in mine.items() if name in said}
    if isinstance(said, list) and isinstance(mine, list) and len(said) == len(mine):
        return [like(*both) for both in zip(said, mine, strict=True)]
    if said == mine or len(shown := repr(said)) <= _LONG:
        return said
    return (f"{shown[:_LONG]}…",)  # of a kind that JSON has not, so it is nothing that the log says


def differences(mine: Answers, theirs: Answers) -> list[str]:
    """Each thing in which a site's answers differ from what the log says, in a sentence."""
    found: list[str] = []
    for ours, its in (
        (mine.reports, theirs.reports),
        (mine.recommendations, theirs.recommendations),
        (mine.responses, theirs.responses),
    ):
        found += _of_lists(ours, its)
    for group_by, counts in mine.compliance.items():
        path = f"/api/compliance?group_by={group_by}"
        found += _of_counts(path, group_by, counts, theirs.compliance[group_by])
    for path, there in theirs.filtered.items():
        names = mine.filtered[path]
        found += [f"{path}: {one} is not listed, and should be" for one in sorted(names - there)]
        found += [f"{path}: {one} is listed, and should not be" for one in sorted(there - names)]
    return found


def _of_lists(mine: Mapping[str, Answer], theirs: Mapping[str, Answer]) -> Iterator[str]:
    for path in sorted(mine.keys() - theirs.keys()):
        yield f"{path}: in the log, and the site does not have it"
    for path in sorted(theirs.keys() - mine.keys()):
        yield f"{path}: on the site, and the log does not have it"
    for path in sorted(mine.keys() & theirs.keys()):
        yield from _of_one(path, mine[path], theirs[path])


def _of_counts(path: str, group_by: str, mine: Answer, theirs: Answer) -> Iterator[str]:
    yield from _of_one(f"{path} total", mine["total"], theirs.get("total"))
    names = Counter(str(one.get(group_by)) for one in theirs.get("items", []))
    yield from (f"{path} {name}: it is counted twice" for name, n in names.items() if n > 1)
    ours = {f"{path} {one[group_by]}": one for one in mine["items"]}
    its = {f"{path} {one.get(group_by)}": one for one in theirs.get("items", [])}
    yield from _of_lists(ours, its)


def _of_one(path: str, mine: Any, theirs: Any) -> Iterator[str]:
    """Where two values differ: whatever the log says; a site may say more."""
    if isinstance(mine, dict) and isinstance(theirs, dict):
        for name, value in mine.items():
            if name not in theirs:
                yield f"{path} {name}: the log says {value!r}, the site says nothing of it"
            else:
                yield from _of_one(f"{path} {name}", value, theirs[name])
    elif _are_words(mine) and _are_words(theirs):
        if sorted(mine) != sorted(theirs):  # a list of words is a set
            yield f"{path}: the log says {mine!r}, the site says {theirs!r}"
    elif isinstance(mine, list) and isinstance(theirs, list) and len(mine) == len(theirs):
        for n, (one, other) in enumerate(zip(mine, theirs, strict=True)):
            yield from _of_one(f"{path}[{n}]", one, other)
    elif type(mine) is not type(theirs) or mine != theirs:  # True is 1, and 1.0, to Python
        yield f"{path}: the log says {mine!r}, the site says {theirs!r}"


def _are_words(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


DONE, FAILED = 0, 1


def arguments() -> argparse.ArgumentParser:
    """What the command takes."""
    parser = argparse.ArgumentParser(
        prog="answerable replay",
        description="Work out every verdict and standing anew from an exported log.",
    )
    parser.add_argument("log", type=Path, help="log.jsonl, as `answerable export log` writes it")
    parser.add_argument(
        "--known-at",
        metavar="K",
        help="as known at a position, a moment (RFC 3339) or a past day; default: now",
    )
    parser.add_argument(
        "--effective-on",
        metavar="D",
        type=_day,
        help="what had happened by this day (YYYY-MM-DD); default: the London day of K, after "
        "which none can be asked",
    )
    parser.add_argument("--compare", metavar="URL", help="name each difference from this site")
    parser.add_argument("--json", action="store_true", help="answer with one JSON object")
    return parser


def _day(said: str) -> date:
    try:
        if len(said) != 10:
            raise ValueError
        return date.fromisoformat(said)
    except ValueError:
        raise argparse.ArgumentTypeError(f"“{said}” is no day: give it as YYYY-MM-DD") from None


def main(argv: Sequence[str] | None = None) -> int:
    """0: done, or all agrees; 1: something differs, or cannot be used."""
    if isinstance(sys.stdout, TextIOWrapper):  # names of others may have what no code page has
        sys.stdout.reconfigure(errors="backslashreplace")
    said = arguments().parse_args(argv)
    try:
        if not stat.S_ISREG(said.log.stat().st_mode):  # at a pipe one might wait for ever
            raise Refused(f"{said.log} is no plain file.")
        with said.log.open("rb") as file:
            log = read(rows_of(file))
        dates = asked(log.lines, said.known_at, said.effective_on, datetime.now(UTC))
        known_at, on = dates.position, dates.on
        mine = _answers(log, known_at, on)
        found = None
        if said.compare is not None:
            found = _differences(log, mine, asking(said.compare), known_at, on)
    except (Refused, OSError) as refused:
        says = str(refused)
        if isinstance(refused, OSError) and refused.filename is not None:
            says = f"{refused.filename} cannot be read: {refused.strerror}."
        print(f"replay: {shown(says)}", file=sys.stderr)
        if said.json:
            print(json.dumps({"error": says}))
        return FAILED
    as_of = {"position": known_at, "effective_on": on.isoformat(), "method": METHOD}
    if said.json:
        print(json.dumps(_object(mine, as_of, found), indent=2))
    else:
        print(f"As known at position {known_at} of {len(log.lines)}, effective on {on}.")
        print("\n".join(_counts(mine) if found is None else _compared(mine, found)))
    return FAILED if found else DONE


def _answers(log: Log, known_at: int, on: date) -> Answers:
    try:
        return answers(World(log, known_at, on))
    except UNREADABLE as error:
        raise Refused(
            "The log says something that no entry of ours says, so that nothing can be worked out "
            f"from it ({type(error).__name__}): {error}"
        ) from error


def _differences(log: Log, mine: Answers, get: Get, known_at: int, on: date) -> list[str]:
    try:
        return differences(mine, of_the_site(get, known_at, on, mine, most=len(log.lines)))
    except UNREADABLE as error:
        raise Refused(
            f"The site answers in another form than ours does ({type(error).__name__}): {error}"
        ) from error


def _object(mine: Answers, as_of: dict[str, Any], found: list[str] | None) -> dict[str, Any]:
    if found is not None:
        return {"as_of": as_of, "agree": not found, "differences": found} | _numbers(mine)
    return {
        "as_of": as_of,
        "reports": mine.reports,
        "recommendations": mine.recommendations,
        "responses": mine.responses,
        "compliance": mine.compliance,
    }


def _numbers(mine: Answers) -> dict[str, int]:
    return {
        "reports": len(mine.reports),
        "recommendations": len(mine.recommendations),
        "responses": len(mine.responses),
    }


def _compared(mine: Answers, found: list[str]) -> list[str]:
    numbers = ", ".join(f"{n} {what}" for what, n in _numbers(mine).items())
    if not found:
        return [f"{numbers} agree"]
    word = "difference" if len(found) == 1 else "differences"
    return [*map(shown, found), f"{len(found)} {word} among {numbers}"]


def _counts(mine: Answers) -> list[str]:
    statuses = Counter(one["status"] for one in mine.recommendations.values())
    verdicts = Counter(one["verdict"] for one in mine.responses.values())
    return [
        f"{len(mine.recommendations)} recommendations: {_said(statuses)}",
        f"{len(mine.responses)} responses: {_said(verdicts)}",
    ]


def _said(counts: Counter[str]) -> str:
    return ", ".join(f"{n} {word}" for word, n in sorted(counts.items())) or "none"
