"""What bettered a verdict by an entry made after the last day, with the verdict that it had been.

By asking again as known after each entry about the report or the response that there was. What
was recorded at one moment is one step (a duty and the response to it, entered together; a
correction of the report's day and the duty worked out again for it): nobody could know what the
verdict was within it.
"""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import date
from itertools import groupby
from typing import Any

from ledger.replay.duty import Owed, owed
from ledger.replay.effect import moment
from ledger.replay.log import Line, Log
from ledger.replay.verdict import Verdict, better


def improved_later(
    log: Log, reference: str, body: str, known_at: int, on: date
) -> list[dict[str, Any]]:
    """Each step that bettered the verdict of a day: its last entry that changed the verdict, and
    the verdict before and with it.

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
    log.look(len(lines) ** 2)
    for _, step in groupby(lines, key=lambda line: line.recorded_at):
        made = list(step)
        after, named = before, made[0]
        for line in made:
            last, known = after, owed(log, reference, body, line.position, on)
            after = (known, known.on(on)) if known else None
            if (last and last[1]) != (after and after[1]):
                named = max(named, because(line, made), key=lambda one: one.position)
        if before and after and better(after[1], before[1]):
            due_on = before[0].duty.due_on or after[0].duty.due_on
            if due_on and named.recorded_on > due_on:
                found.append(
                    {
                        "entry": named.id,
                        "position": named.position,
                        "recorded_at": moment(named),
                        "from": asdict(before[1]),
                        "to": asdict(after[1]),
                    }
                )
        before = after
    return found


def because(line: Line, step: Iterable[Line]) -> Line:
    """What is named for a line of a step: of a duty that arose again, what made it so."""
    if line.type == "response-duty-arose" and (cause := line.data.get("because")) is not None:
        return next((one for one in step if one.id == cause), line)
    return line
