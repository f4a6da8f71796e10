"""At which sizes the log is signed, and by which keys: what the entries about keys say. Pure.

All that waits is signed together, but for three things. While sealing is held by a compromise,
nothing is signed until the entry that says that it goes on. A key that is retired signs for the
last time the log that says so, and the key after it signs that too: so there is a checkpoint of
exactly that size. And what came before a compromise is signed before it, if the key still proves.
"""

from collections.abc import Sequence

from ledger.errors import Unreadable
from ledger.events import KeyAdded, KeyCompromised, KeyRetired, SealingResumed
from ledger.events.entry import decode
from ledger.states.keys import KeyEvent, Keys, evolve

KeyEvents = Sequence[tuple[int, KeyEvent]]
"""(position, event) of all entries about keys that are known, in order."""


def key_event(state: bytes) -> KeyEvent:
    """The event in the state of an entry about keys. Unreadable where it is none."""
    event = decode(state).data
    if not isinstance(event, KeyAdded | KeyRetired | KeyCompromised | SealingResumed):
        raise Unreadable(f"“{event.TOPIC}” is no entry about keys.")
    return event


def keys_at(events: KeyEvents, size: int) -> Keys:
    """The keys as the first `size` entries have them."""
    keys = Keys()
    for position, event in events:
        if position > size:
            break
        keys = evolve(keys, event, position)
    return keys


def signers(events: KeyEvents, size: int) -> list[str]:
    """The verifier keys that sign a size, the newest last; none while sealing is held.

    Those in use at that size, as far as all that is known by now lets their signatures prove.
    """
    then = keys_at(events, size)
    if then.holding:
        return []
    known = keys_at(events, events[-1][0]).known if events else {}
    return [vkey for vkey in then.known if known[vkey].proves(size)]


def next_cut(events: KeyEvents, size: int, head: int, most: int) -> int | None:
    """The next size to sign after `size`, in a log of `head` entries; None while it is held.

    At most so many entries at once, except where a hold is longer.
    """
    limit = min(head, size + most)
    known = keys_at(events, head).known
    last_of = {key.retired_from - 1 for key in known.values() if key.retired_from is not None}
    for cut in sorted({limit, *last_of, *_before_holds(events)}):
        if size < cut <= limit and signers(events, cut):
            return cut
    for position, _ in events:
        if limit < position <= head and signers(events, position):
            return position
    return None


def _before_holds(events: KeyEvents) -> set[int]:
    """The sizes of the log just before an entry that holds sealing."""
    found, keys = set(), Keys()
    for position, event in events:
        after = evolve(keys, event, position)
        if after.holding and not keys.holding:
            found.add(position - 1)
        keys = after
    return found
