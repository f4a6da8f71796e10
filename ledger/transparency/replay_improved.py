"""What bettered a verdict by an entry made after the last day, with the verdict that it had been.

By asking again as known after each entry about the report or the response that there was. A
correction of the report's day and the duty worked out again for it are one step: nobody is told
what would have been the verdict between them.
"""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import date
from typing import Any

from ledger.transparency.replay_duty import Owed, owed
from ledger.transparency.replay_effect import moment
from ledger.transparency.replay_log import Line, Log
from ledger.transparency.replay_verdict import Verdict, better


def improved_later(
    log: Log, reference: str, body: str, known_at: int, on: date
) -> list[dict[str, Any]]:
    """Each step that bettered the verdict of a day: the entry, and the verdict before and with it.

    An entry is made after the last day if that is over in London when it is recorded: the last
    day as it was before, or where none could be told, as it is since.
    """
    lines = [
        *log.filed.get(f"report/{reference}", []),
        *log.filed.get(f"response/{reference}/{body}", []),
    ]
    lines = sorted(
        (line for line in lines if line.position <= known_at), key=lambda line: line.position
    )
    found: list[dict[str, Any]] = []
    before: tuple[Owed, Verdict] | None = None
    several = steps(lines)
    log.look(len(lines) * len(several))
    for step in several:
        known = owed(log, reference, body, step[-1].position, on)
        after = (known, known.on(on)) if known else None
        if before and after and better(after[1], before[1]):
            due_on = before[0].duty.due_on or after[0].duty.due_on
            if due_on and step[0].recorded_on > due_on:
                found.append(
                    {
                        "entry": step[0].id,
                        "position": step[0].position,
                        "recorded_at": moment(step[0]),
                        "from": asdict(before[1]),
                        "to": asdict(after[1]),
                    }
                )
        before = after
    return found


def steps(lines: Iterable[Line]) -> list[list[Line]]:
    """The lines one by one; a duty that arose again together with what made it so."""
    found: list[list[Line]] = []
    for line in lines:
        if found and line.type == "response-duty-arose":
            because = line.data.get("because")
            if because is not None and because == found[-1][0].id:
                found[-1].append(line)
                continue
        found.append([line])
    return found
