"""The state of the keys that seal the log, by their entries. Pure.

A key comes into use and ends in one of two ways. A retired key's signatures stay good. A
compromised key's signatures prove nothing from a given size of the log on. The compromise of a key
in use holds sealing, until an entry says that it goes on, and by which key.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import assert_never

from ledger.events import KeyAdded, KeyCompromised, KeyRetired, SealingResumed

KeyEvent = KeyAdded | KeyRetired | KeyCompromised | SealingResumed


@dataclass(frozen=True, slots=True)
class Key:
    """A signing key, by its verifier key. Sizes are those of the log, in entries."""

    vkey: str
    added: int
    """The position of the entry by which it came into use."""
    retired_from: int | None = None
    compromised_from: int | None = None

    @property
    def in_use(self) -> bool:
        """Return whether it is neither retired nor compromised."""
        return self.retired_from is None and self.compromised_from is None

    def proves(self, size: int) -> bool:
        """Return whether its signature on a checkpoint of a size counts."""
        ends = (self.retired_from, self.compromised_from)
        return all(end is None or size < end for end in ends)


@dataclass(frozen=True, slots=True)
class Keys:
    """All keys that ever were, in the order in which they came into use."""

    known: Mapping[str, Key] = field(default_factory=dict)
    holding: frozenset[str] = frozenset()
    """Keys that were compromised while in use, since sealing last went on: they hold it."""

    @property
    def in_use(self) -> list[str]:
        """The verifier keys in use, the newest last."""
        return [vkey for vkey, key in self.known.items() if key.in_use]

    @property
    def origin(self) -> str | None:
        """The log's name, which its first key bears; It is None before the first key."""
        return next((vkey.partition("+")[0] for vkey in self.known), None)

    def before(self, vkey: str) -> str | None:
        """Return the key that came into use before one, if any did."""
        known = list(self.known)
        at = known.index(vkey) if vkey in known else 0
        return known[at - 1] if at else None

    @property
    def held_from(self) -> int | None:
        """While sealing is held: the least size whose checkpoint may prove nothing."""
        sizes = (self.known[vkey].compromised_from for vkey in self.holding)
        return min((size for size in sizes if size is not None), default=None)


def evolve(keys: Keys, event: KeyEvent, position: int) -> Keys:
    """Return the state after one more entry, at its position. A key that ended does not come
    back."""
    match event:
        case KeyAdded():
            return keys if event.vkey in keys.known else _with(keys, Key(event.vkey, position))
        case KeyRetired():
            key = keys.known[event.vkey]
            # A checkpoint without this entry was signed by somebody who did not know of it.
            ends = _earlier(key.retired_from, max(event.from_size, position + 1))
            return _with(keys, replace(key, retired_from=ends))
        case KeyCompromised():
            key = keys.known[event.vkey]
            ends = _earlier(key.compromised_from, event.from_size)
            holding = keys.holding | ({event.vkey} if key.in_use else frozenset())
            return replace(_with(keys, replace(key, compromised_from=ends)), holding=holding)
        case SealingResumed():
            return replace(keys, holding=frozenset())
        case _:
            assert_never(event)


def _earlier(size: int | None, other: int) -> int:
    return other if size is None else min(size, other)


def _with(keys: Keys, key: Key) -> Keys:
    return replace(keys, known={**keys.known, key.vkey: key})
