"""Find the bodies whose responses are all judged anew because of an entry about the register. Such
an entry changes on which days their office is over, who holds it, or who keeps a record here."""

from typing import Any

from ledger.events import (
    BodyChanged,
    BodyRegistered,
    EntryCorrected,
    EntryRetracted,
    RecordKeptHere,
)
from ledger.events.entry import Entry
from ledger.events.streams import SERVICE
from projections.states.office import holders
from projections.streams import Streams
from projections.timeline import OF_BODIES, OfBodies


def judged_anew(entry: Entry, reader: Streams) -> list[str]:
    """Return the bodies whose responses an entry has judged anew. For most entries there are
    none."""
    act, position = entry.data, entry.position
    if entry.stream != SERVICE or not isinstance(act, OF_BODIES):
        return []
    if isinstance(act, BodyRegistered) and act.ends is None:
        return []  # as almost always
    if isinstance(act, BodyChanged) and act.ends is None and not act.holds:
        return []
    known = reader.timeline.judged_anew
    if position not in known:
        known[position] = _judged_anew(act, position, reader)
    return known[position]


def _judged_anew(act: OfBodies, position: int, reader: Streams) -> list[str]:
    before, after = reader.service(position - 1), reader.service(position)
    if isinstance(act, EntryCorrected | EntryRetracted):
        bodies = set(after.bodies)
    else:
        of = act.body if isinstance(act, RecordKeptHere) else act.id
        followed = {*before.successions, *after.successions}
        bodies = {of} | {
            one
            for one in followed
            if of in (*before.followers_ever(one), *after.followers_ever(one))
        }
    return sorted(
        one for one in bodies if _lines(one, position - 1, reader) != _lines(one, position, reader)
    )


def _lines(body: str, position: int, reader: Streams) -> list[tuple[Any, ...]]:
    """Return what the responses of a body rest on in the register.

    For each line of holders that they can have, this is on which days its office is over, and what
    the holders said. If the body is divided, it is also which forces each successor holds.
    """
    register = reader.all_register(position)
    divided = register.is_divided(body)
    return [
        (
            *holders(register, line),
            reader.office_over(tuple(one for one, _ in line), position),
            divided and [register.bodies[one].holds for one, _ in line],
        )
        for line in register.lines(body)
    ]
