"""What bettered a verdict by an entry made after the last day, with the verdict that it had been.

By asking again as known after each command about the report or the response that there was.
"""

from dataclasses import asdict
from datetime import date
from typing import Any

from ledger.transparency.replay_duty import Owed, owed
from ledger.transparency.replay_effect import moment
from ledger.transparency.replay_log import Log
from ledger.transparency.replay_verdict import Verdict, better
from ledger.transparency.replay_world import commands


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
    lines.sort(key=lambda line: line.position)
    found: list[dict[str, Any]] = []
    before: tuple[Owed, Verdict] | None = None
    for command in commands(lines, known_at):
        known = owed(log, reference, body, command[-1].position, on)
        after = (known, known.on(on)) if known else None
        if before and after and better(after[1], before[1]):
            due_on = before[0].duty.due_on or after[0].duty.due_on
            if due_on and command[0].recorded_on > due_on:
                found.append(
                    {
                        "entry": command[0].id,
                        "position": command[0].position,
                        "recorded_at": moment(command[0]),
                        "from": asdict(before[1]),
                        "to": asdict(after[1]),
                    }
                )
        before = after
    return found
