"""Comparing a site's answers with those of the log: each difference in a sentence."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from ledger.replay.answers import Answers
from ledger.replay.recommendation import Answer


def differences(mine: Answers, theirs: Answers) -> list[str]:
    """List each difference between a site's answers and those of the log, in a sentence."""
    found: list[str] = []
    for ours, its in (
        (mine.reports, theirs.reports),
        (mine.recommendations, theirs.recommendations),
        (mine.responses, theirs.responses),
        (mine.grades, theirs.grades),
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
    """List where two values differ, as far as the log has them; a site may have more."""
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
