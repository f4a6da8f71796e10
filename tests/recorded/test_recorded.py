"""While walls are moved, no answer moves: every byte is that of the tree before."""

import difflib
import gzip
import json

from tests.recorded.making import ANSWERS, PAGES, answers, recorded


def test_every_question_is_answered_as_before_the_walls_were_moved(empty_database_url, migrated):
    kept = "".join(gzip.decompress(path.read_bytes()).decode() for path in (ANSWERS, PAGES))
    before = dict(json.loads(line) for line in kept.splitlines())

    with recorded(empty_database_url) as town:
        now = answers(town)

    assert len(now) > 500
    assert sorted(now) == sorted(before)
    moved = [question for question in before if before[question] != now[question]]
    assert moved == [], "\n".join(_difference(before[one], now[one]) for one in moved[:5])


def _difference(before: object, now: object) -> str:
    was, is_now = (
        json.dumps(one, indent=0, ensure_ascii=False).replace("\\n", "\n").split("\n")
        for one in (before, now)
    )
    return "\n".join(line[:200] for line in difflib.unified_diff(was, is_now, lineterm="", n=1))
