"""Who may read which text, and the texts of an answer, opened as far as its reader may."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from operator import attrgetter
from typing import Any, get_args, get_type_hints

from ledger.events import CaptureKept
from ledger.events.entry import Entry
from ledger.events.texts import Audience, Opening
from ledger.log.redactions import Place, Redaction
from ledger.states.service import Account, Service
from projections.states.values import RowValue, TextRef


@dataclass(frozen=True)
class Reader:
    """Who reads: an account, or anybody."""

    account: Account | None
    service: Service

    def may_read(self, audience: Audience, by: str | None, recorded_by: str) -> bool:
        """Return whether a text is open that is for an audience, in an act of a body, recorded by
        an account. Public texts are open to everybody, office texts by `offices`."""
        if audience == "public" or self.offices is None:
            return True
        return by in self.offices or recorded_by.partition("/")[0] in self.offices

    @cached_property
    def offices(self) -> frozenset[str] | None:
        """The bodies whose office texts are open to the reader; None: every body's.

        They are the reader's own body, those that it followed, and whoever holds one of them to
        account or is held to account by it, for accounts that record or have the scope `office`.
        An account of no body, an auditor's, reads them all. A panel reads what is public.
        """
        who = self.account
        if who is None or not (who.may("office") or who.may("record")):
            return frozenset()
        if who.may("admin"):
            return None
        if who.body is None:
            return None if who.may("office") else frozenset()
        own = self.service.with_predecessors([who.body])
        holding = {
            one for one in self.service.bodies if not own.isdisjoint(self.service.forces_of(one))
        }
        return frozenset(own.union(holding, *map(self.service.forces_of, own)))


class Opened:
    """The texts of one answer, opened as far as its reader may read them.

    `redactions` says which were redacted; it is asked once, and only where an opening is missing.
    """

    def __init__(
        self,
        reader: Reader,
        openings: dict[Place, Opening],
        released: Collection[Place] = frozenset(),
        redactions: Callable[[], dict[Place, Redaction]] = dict,
    ) -> None:
        self._reader = reader
        self._openings = openings
        self._released = released
        self._redactions = cache(redactions)
        self.redaction_met = False
        """Whether a text was asked for that was redacted."""
        self.some_gone = False
        """Whether a text that the reader could read is no longer there (`look_at`)."""

    def text(self, said: TextRef | None) -> str | None:
        """The text, or None where it is held or there is none."""
        if said is None:
            return None
        opening = self.opening(said)
        return opening.body if opening else None

    def shown(self, said: TextRef) -> str | Redaction | None:
        """The text, or that it was redacted; None where it is held."""
        opening = self._openings.get((said.position, said.field))
        if opening is None:
            return self.redaction(said)
        return opening.body if self.may_read(said) else None

    def may_read(self, said: TextRef) -> bool:
        """Whether the reader may read a text: by its audience, or since it was released."""
        return (
            said.audience == "public"
            or (said.position, said.field) in self._released
            or self._reader.may_read(said.audience, said.by, said.recorded_by)
        )

    def redaction(self, said: TextRef) -> Redaction | None:
        """That a text was redacted, for whoever asks."""
        place = (said.position, said.field)
        if place in self._openings:
            return None
        found = self._redactions().get(place)
        self.redaction_met = self.redaction_met or found is not None
        return found

    def opening(self, said: TextRef) -> Opening | None:
        """What opens a text that the reader may read."""
        if not self.may_read(said):
            return None
        return self._openings.get((said.position, said.field))

    def is_gone(self, said: TextRef) -> bool:
        """Return whether a text that the reader could read is no longer there."""
        return (said.position, said.field) not in self._openings and self.may_read(said)

    def look_at(self, texts: Sequence[TextRef]) -> set[int]:
        """Note whether one of these texts is no longer there. Return the positions of those that
        the reader may not read."""
        held: set[int] = set()
        for one in texts:
            if not self.may_read(one):
                held.add(one.position)
            elif self.is_gone(one):
                self.some_gone = True
        return held


def positions(states: Iterable[Any]) -> list[int]:
    """The positions at which the texts of these states lie."""
    return sorted({said.position for said in texts_of(list(states))})


def texts_of(value: Any) -> list[TextRef]:
    """Every text of a state."""
    found: list[TextRef] = []
    _gather(value, found)
    return found


def _gather(value: Any, found: list[TextRef]) -> None:
    kind: Any = type(value)
    if kind is TextRef:
        found.append(value)
        return
    for inner in value if kind is tuple or kind is list else _looked_into(kind)(value):
        if inner:  # most are empty
            _gather(inner, found)


@cache
def _looked_into(kind: Any) -> Callable[[Any], tuple[Any, ...]]:
    """What gives the fields of a state of a kind in which there can be texts."""
    match _with_texts(kind):
        case ():
            return lambda _: ()
        case (name,):
            return lambda value: (getattr(value, name),)
        case names:
            return attrgetter(*names)


@cache
def _with_texts(kind: Any) -> tuple[str, ...]:
    """The fields of a state in which there can be texts, by their types: few of many."""
    if not issubclass(kind, RowValue):
        return ()
    hints = get_type_hints(kind)
    return tuple(name for name in kind.__struct_fields__ if _can_hold_texts(hints[name]))


def _can_hold_texts(hint: Any) -> bool:
    if isinstance(hint, type) and issubclass(hint, RowValue):
        return hint is TextRef or bool(_with_texts(hint))
    return any(map(_can_hold_texts, get_args(hint)))


def may_fetch(reader: Reader, entry: Entry) -> bool:
    """Whether a reader may fetch the bytes of a CaptureKept entry: by the rule of texts."""
    assert isinstance(entry.data, CaptureKept)
    return reader.may_read(entry.data.audience, entry.by, entry.recorded_by)
