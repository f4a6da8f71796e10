"""The keys that sign each size of the log, and the sizes that are signed. Pure.

While a compromise holds sealing, no key signs. A key signs for the last time the log that ends with
its retirement.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import get_args

from ledger.errors import Unreadable
from ledger.events.entry import decode
from ledger.states.keys import KeyEvent, Keys, evolve

KEY_TOPICS = [event.TOPIC for event in get_args(KeyEvent)]
KeyEvents = Sequence[tuple[int, KeyEvent]]
"""(position, event) of all entries about keys that are known, in order."""


@lru_cache(maxsize=64)
def key_event(state: bytes) -> KeyEvent:
    """Return the event in the state of an entry about keys. Raise Unreadable if it is none."""
    event = decode(state).data
    if not isinstance(event, KeyEvent):
        raise Unreadable(f"“{event.TOPIC}” is no entry about keys.")
    return event


def keys_at(events: KeyEvents, size: int) -> Keys:
    """Return the keys as the first `size` entries have them."""
    return _keys_after(tuple(one for one in events if one[0] <= size))


@lru_cache(maxsize=64)  # each seal asks for them several times, and they change once in years
def _keys_after(events: KeyEvents) -> Keys:
    keys = Keys()
    for position, event in events:
        keys = evolve(keys, event, position)
    return keys


def signers(events: KeyEvents, size: int) -> list[str]:
    """Return the verifier keys that sign a size, the newest last; none while sealing is held.

    They are in use at that size, and their signatures prove something there, as far as is known by
    now.
    """
    then = keys_at(events, size)
    if then.holding:
        return []
    known = keys_at(events, events[-1][0]).known if events else {}
    return [vkey for vkey in then.known if known[vkey].proves(size)]


def next_cut(events: KeyEvents, size: int, head: int, most: int) -> int | None:
    """Return the next size to sign after `size`, in a log of `head` entries; None while sealing is
    held. At most so many entries are signed at once, except after a longer hold."""
    limit = min(head, size + most)
    known = keys_at(events, head).known
    last_of = {key.retired_from - 1 for key in known.values() if key.retired_from is not None}
    for cut in sorted({limit, *last_of, *_before_holds(tuple(events))}):
        if size < cut <= limit and signers(events, cut):
            return cut
    for position, _ in events:
        if limit < position <= head and signers(events, position):
            return position
    return None


@lru_cache(maxsize=64)
def _before_holds(events: KeyEvents) -> set[int]:
    """Return the sizes of the log just before an entry that holds sealing."""
    found, keys = set(), Keys()
    for position, event in events:
        after = evolve(keys, event, position)
        if after.holding and not keys.holding:
            found.add(position - 1)
        keys = after
    return found


def why_held(events: KeyEvents) -> str:
    """Return why the log may not be signed, as its entries about keys stand."""
    keys = keys_at(events, events[-1][0] if events else 0)
    if not keys.known:
        return "The log names no key that seals it: `answerable key create`."
    if keys.holding:
        return (
            f"A key in use is compromised ({', '.join(sorted(keys.holding))}). When it is safe: "
            "`answerable key resume`."
        )
    return "No key of this log is in use. Bring one into use: docs/keys.md."
