"""The command `python -m ledger.replay log.jsonl`: verdicts and standings from an exported log.

This small program works them out anew. It shares no code with the service, and needs the file and
Python alone, no server and no database. With `--compare` it names each difference from a site's
answers, on every page of its lists and in its counts.
"""

import argparse
import json
import stat
import sys
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime
from io import TextIOWrapper
from pathlib import Path
from typing import Any

from ledger.replay.answers import Answers, answers
from ledger.replay.comparing import differences
from ledger.replay.log import UNREADABLE, Log, Refused, asked, read, rows_of, shown
from ledger.replay.site import Get, asking, of_the_site
from ledger.replay.world import World

METHOD = 2
"""The number of the method of judging: 1 until version 0.1 (docs/law.md)."""
DONE, FAILED = 0, 1


def arguments() -> argparse.ArgumentParser:
    """Return the parser of the command's arguments."""
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
    """Run the command. Return 0 if it is done, or all agrees; 1 if something differs or cannot be
    used."""
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
        "grades": mine.grades,
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
