"""Opening texts for a reader: who may read what, and one query for all that an answer needs."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any, get_args, get_type_hints

from ledger.events.texts import Audience, Opening
from ledger.log.redactions import Place, Redaction
from ledger.states.service import Account, Service
from projections.states.values import Kept, Said


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads: an account, or anybody."""

    account: Account | None
    service: Service

    def may_read(self, audience: Audience, by: str | None, recorded_by: str) -> bool:
        """Whether a text is open that is for an audience, in an act of a body, by an account.

        Public texts are open. Office texts are for the recording body, those it deals with
        (its force, the body whose act it is), and whoever followed one of them: by accounts that
        record or have the scope `office`. An account of no body, an auditor's, reads them all."""
        if audience == "public":
            return True
        if self.account is None or not (self.account.may("office") or self.account.may("record")):
            return False
        if self.account.may("admin"):
            return True
        if self.account.body is None:
            return self.account.may("office")
        others = {by, recorded_by.partition("/")[0]} - {None}
        return any(
            self._deals_with(body, other)
            for body in self.service.with_predecessors([self.account.body])
            for other in others
            if other
        )

    def _deals_with(self, body: str, other: str) -> bool:
        """Whether they are one, or one holds the other to account. A panel reads what is public."""
        return body == other or any(
            two in self.service.forces_of(one) for one, two in ((body, other), (other, body))
        )


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

    def text(self, said: Said | None) -> str | None:
        """The text, or None where it is held or there is none."""
        if said is None:
            return None
        opening = self.opening(said)
        return opening.body if opening else None

    def shown(self, said: Said) -> str | Redaction | None:
        """The text, or that it was redacted; None where it is held."""
        opening = self._openings.get((said.position, said.field))
        if opening is None:
            return self.redaction(said)
        return opening.body if self.may_read(said) else None

    def may_read(self, said: Said) -> bool:
        """Whether the reader may read a text: by its audience, or since it was released."""
        return (said.position, said.field) in self._released or self._reader.may_read(
            said.audience, said.by, said.recorded_by
        )

    def redaction(self, said: Said) -> Redaction | None:
        """That a text was redacted, for whoever asks."""
        place = (said.position, said.field)
        if place in self._openings:
            return None
        found = self._redactions().get(place)
        self.redaction_met = self.redaction_met or found is not None
        return found

    def opening(self, said: Said) -> Opening | None:
        """What opens a text that the reader may read."""
        if not self.may_read(said):
            return None
        return self._openings.get((said.position, said.field))

    def is_gone(self, said: Said) -> bool:
        """Whether a text that the reader could read is no longer there."""
        return (said.position, said.field) not in self._openings and self.may_read(said)


def positions(states: Iterable[Any]) -> list[int]:
    """The positions at which the texts of these states lie."""
    return sorted({said.position for said in texts_of(list(states))})


def texts_of(value: Any) -> list[Said]:
    """Every text of a state."""
    found: list[Said] = []
    _gather(value, found)
    return found


def _gather(value: Any, found: list[Said]) -> None:
    if isinstance(value, Said):
        found.append(value)
    elif isinstance(value, tuple | list):
        for item in value:
            _gather(item, found)
    else:
        kind: Any = type(value)
        for name in _with_texts(kind):
            if inner := getattr(value, name):  # most are empty
                _gather(inner, found)


@cache
def _with_texts(kind: Any) -> tuple[str, ...]:
    """The fields of a state in which there can be texts, by their types: few of many."""
    if not issubclass(kind, Kept):
        return ()
    hints = get_type_hints(kind)
    return tuple(name for name in kind.__struct_fields__ if _can_hold_texts(hints[name]))


def _can_hold_texts(hint: Any) -> bool:
    if isinstance(hint, type) and issubclass(hint, Kept):
        return hint is Said or bool(_with_texts(hint))
    return any(map(_can_hold_texts, get_args(hint)))
