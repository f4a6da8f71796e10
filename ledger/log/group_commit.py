"""Group commit: the appends of a process that wait go together, in one call of the database.

The first append to come makes its call at once, and leads. Those that come meanwhile wait. When the
call ends, the one that waited longest leads the next call, with all that fit beside it. No thread
works for the others longer than one call, and none is started for this.
"""

import enum
import threading
from collections import deque
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from ledger.errors import LogUnreachable, OutcomeUnknown

MOST_ITEMS = 32
MOST_BYTES = 1024 * 1024


class Item(Protocol):
    """An append, with the properties that decide whether it can share a call with others."""

    @property
    def written(self) -> frozenset[str]:
        """The streams that it writes."""

    @property
    def guarded(self) -> frozenset[str]:
        """The streams that it guards, without those below a prefix."""

    @property
    def prefixes(self) -> tuple[str, ...]:
        """The prefixes, each with `/` at its end, below which it guards all streams."""

    @property
    def names(self) -> frozenset[Hashable]:
        """The ids of its events, and its idempotency key."""

    @property
    def size(self) -> int:
        """The bytes that it stores, about."""


_Item = TypeVar("_Item", bound=Item)
_Verdict = TypeVar("_Verdict")


class _Turn(enum.Enum):
    WAIT = enum.auto()
    LEAD = enum.auto()
    ANSWERED = enum.auto()
    ALONE = enum.auto()
    """No call has stored it."""
    AGAIN = enum.auto()
    """A call that may have stored it gave no answer."""


@dataclass(eq=False, slots=True)
class _Waiting(Generic[_Item, _Verdict]):
    """An append of one thread, and what that thread does next."""

    item: _Item
    turn: _Turn = _Turn.WAIT
    verdicts: list[_Verdict] = field(default_factory=list)
    error: LogUnreachable | None = None
    woken: threading.Event = field(default_factory=threading.Event)

    def wake(self, turn: _Turn) -> None:
        self.turn = turn
        self.woken.set()


class GroupCommit(Generic[_Item, _Verdict]):
    """The appends of one pool of connections: those in a call, and those that wait for the next."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: deque[_Waiting[_Item, _Verdict]] = deque()
        self._led = False

    @property
    def waiting(self) -> int:
        """The number of appends that wait for the next call."""
        return len(self._waiting)

    def append(
        self,
        item: _Item,
        together: Callable[[Sequence[_Item]], Sequence[_Verdict]],
        alone: Callable[[_Item, bool], _Verdict],
    ) -> _Verdict:
        """Return the verdict on an item, from a call that it shares with others if some wait.

        `together` makes one call, which is not tried again, and gives a verdict for each item.
        `alone` makes the call of one item, and tries it again if a connection breaks; it is told
        whether a call that gave no answer may have stored the item. If a shared call fails, each
        item is tried alone by its own thread. If the call fails because the database takes nothing
        now (LogUnreachable), each item is told so. Those that wait behind a call that failed go
        alone at once, so that no thread waits for a stuck database longer than one call and its
        own.
        """
        me = _Waiting[_Item, _Verdict](item)
        try:
            with self._lock:
                self._waiting.append(me)
                if not self._led:
                    self._led, me.turn = True, _Turn.LEAD
            if me.turn is _Turn.WAIT:
                me.woken.wait()
            if me.turn is _Turn.LEAD:
                self._lead(me, together, alone)
        except BaseException:
            self._leave(me)
            raise
        if me.turn is _Turn.ANSWERED and me.error is not None:
            raise LogUnreachable(me.error.sentence) from me.error
        if me.turn is _Turn.ANSWERED:
            return me.verdicts[0]
        return alone(item, me.turn is _Turn.AGAIN)

    def _lead(
        self,
        me: _Waiting[_Item, _Verdict],
        together: Callable[[Sequence[_Item]], Sequence[_Verdict]],
        alone: Callable[[_Item, bool], _Verdict],
    ) -> None:
        """Make a call for this item and those that fit beside it, and hand over."""
        with self._lock:
            batch = self._taken()
        turn, error = _Turn.AGAIN, None  # if this thread ends in the middle
        try:
            if len(batch) == 1:
                me.verdicts.append(alone(me.item, False))
            else:
                verdicts = together([one.item for one in batch])
                for one, verdict in zip(batch, verdicts, strict=True):
                    one.verdicts.append(verdict)
            turn = _Turn.ANSWERED
        except OutcomeUnknown:
            if len(batch) == 1:
                raise
        except LogUnreachable as unreachable:
            if len(batch) == 1:
                raise
            turn, error = _Turn.ANSWERED, unreachable
        except Exception:
            if len(batch) == 1:
                raise
            turn = _Turn.ALONE
        finally:
            self._hand_over(failed=turn is not _Turn.ANSWERED or error is not None)
            for one in batch:
                one.error = error
                one.wake(turn)

    def _taken(self) -> list[_Waiting[_Item, _Verdict]]:
        """Take the append that waited longest, and those that fit beside it, out of the queue."""
        first = self._waiting.popleft()
        if not self._waiting:
            return [first]
        batch, left = [first], []
        beside = _Beside(first.item)
        while self._waiting and len(batch) < MOST_ITEMS:
            one = self._waiting.popleft()
            if beside.takes(one.item):
                batch.append(one)
            else:
                left.append(one)
        self._waiting.extendleft(reversed(left))
        return batch

    def _hand_over(self, *, failed: bool = False) -> None:
        """Let the append that waited longest lead, or, after a call that failed, all go alone."""
        with self._lock:
            if failed:
                for one in self._waiting:
                    one.wake(_Turn.ALONE)
                self._waiting.clear()
            self._led = bool(self._waiting)
            if self._led:
                self._waiting[0].wake(_Turn.LEAD)

    def _leave(self, me: _Waiting[_Item, _Verdict]) -> None:
        """Withdraw an append whose thread ends while it waits."""
        with self._lock:
            if me not in self._waiting:
                return
            self._waiting.remove(me)
        if me.turn is _Turn.LEAD:
            self._hand_over()


class _Beside:
    """The items of a call. None of them writes what another one writes or guards, so that the
    order among them changes nothing."""

    def __init__(self, first: Item) -> None:
        self._written: set[str] = set()
        self._guarded: set[str] = set()
        self._prefixes: set[str] = set()
        self._names: set[Hashable] = set()
        self._size = 0
        self._add(first)

    def takes(self, item: Item) -> bool:
        """Add an item and return True, or return False if it meets another or is too large."""
        if (
            self._size + item.size > MOST_BYTES
            or not self._names.isdisjoint(item.names)
            or not self._written.isdisjoint(item.written)
            or not self._written.isdisjoint(item.guarded)
            or not self._guarded.isdisjoint(item.written)
            or any(stream.startswith(item.prefixes) for stream in self._written)
            or any(stream.startswith(tuple(self._prefixes)) for stream in item.written)
        ):
            return False
        self._add(item)
        return True

    def _add(self, item: Item) -> None:
        self._written |= item.written
        self._guarded |= item.guarded
        self._prefixes.update(item.prefixes)
        self._names |= item.names
        self._size += item.size
