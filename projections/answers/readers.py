"""The rule of who may read which text, and the texts of an answer, opened as far as its reader may
read them."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property
from operator import attrgetter
from typing import Any, get_args, get_type_hints

from ledger.events import CaptureKept
from ledger.events.entry import Entry
from ledger.events.texts import Audience, Opening
from ledger.log.redactions import Place
from ledger.log.redactions import Redaction as Redacted
from ledger.states.service import Account, Service
from projections.answers.parts import Redaction, Revision
from projections.states.values import RevisionLine, RowValue, TextRef


@dataclass(frozen=True)
class Reader:
    """The reader of an answer: an account, or anybody."""

    account: Account | None
    service: Service

    def may_read(self, audience: Audience, by: str | None, recorded_by: str) -> bool:
        """Return whether the reader may read a text with an audience, in an act of the body `by`,
        recorded by an account. Public texts are open to everybody, office texts to `offices`."""
        if audience == "public" or self.offices is None:
            return True
        return by in self.offices or recorded_by.partition("/")[0] in self.offices

    @cached_property
    def offices(self) -> frozenset[str] | None:
        """The bodies whose office texts the reader may read; None: every body's.

        An account that records or has the scope `office` may read those of its own body and that
        body's predecessors. It may also read those of the bodies that hold one of them to account,
        or are held to account by it. An account of no body with the scope `office` (an auditor's)
        and an account that may `admin` read all. A panel's other accounts read what is public.
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

    `redactions` returns the redactions by place. It is called once, and only if an opening is
    missing.
    """

    def __init__(
        self,
        reader: Reader,
        openings: dict[Place, Opening],
        released: Collection[Place] = frozenset(),
        redactions: Callable[[], dict[Place, Redacted]] = dict,
    ) -> None:
        self._reader = reader
        self._openings = openings
        self._released = released
        self._redactions = cache(redactions)
        self.redaction_met = False
        """True once a redacted text was asked for."""
        self.some_gone = False
        """True once `look_at` found that a text which the reader could read is no longer there."""

    def text(self, said: TextRef | None) -> str | None:
        """Return the text, or None if it is held, redacted or missing."""
        if said is None:
            return None
        opening = self.opening(said)
        return opening.body if opening else None

    def shown(self, said: TextRef) -> str | Redacted | None:
        """Return the text, or its redaction, or None if it is held."""
        opening = self._openings.get((said.position, said.field))
        if opening is None:
            return self.redaction(said)
        return opening.body if self.may_read(said) else None

    def may_read(self, said: TextRef) -> bool:
        """Return whether the reader may read a text: by its audience, or because it was
        released."""
        return (
            said.audience == "public"
            or (said.position, said.field) in self._released
            or self._reader.may_read(said.audience, said.by, said.recorded_by)
        )

    def redaction(self, said: TextRef) -> Redacted | None:
        """Return the redaction of a text, or None. Every reader may know of it."""
        place = (said.position, said.field)
        if place in self._openings:
            return None
        found = self._redactions().get(place)
        self.redaction_met = self.redaction_met or found is not None
        return found

    def opening(self, said: TextRef) -> Opening | None:
        """Return the opening of a text, or None if the reader may not read it or it is gone."""
        if not self.may_read(said):
            return None
        return self._openings.get((said.position, said.field))

    def is_gone(self, said: TextRef) -> bool:
        """Return whether a text that the reader could read is no longer there."""
        return (said.position, said.field) not in self._openings and self.may_read(said)

    def look_at(self, texts: Sequence[TextRef]) -> set[int]:
        """Set `some_gone` if one of these texts is no longer there. Return the positions of those
        that the reader may not read."""
        held: set[int] = set()
        for one in texts:
            if not self.may_read(one):
                held.add(one.position)
            elif self.is_gone(one):
                self.some_gone = True
        return held


class Texts:
    """The texts of one answer. A redacted text is null in it, and `redacted` has the reason, by the
    path in the answer (`statements.0.text`)."""

    def __init__(self, opened: Opened, day: date) -> None:
        self._opened = opened
        self._today = day.isoformat()
        self.redacted: dict[str, Redaction] = {}

    def text(self, said: TextRef | None, *path: str | int) -> str | None:
        """Return the text for a path of the answer. Return None if it is held, was redacted, or
        does not exist."""
        if said is None:
            return None
        found = self._opened.shown(said)
        if isinstance(found, Redacted):
            where = ".".join(map(str, path))
            self.redacted[where] = Redaction(on=found.on, basis=found.basis, entry=found.entry)
            return None
        return found

    def as_revised(
        self, lines: Sequence[RevisionLine], field: str, first: TextRef | None
    ) -> TextRef | None:
        """Return the latest wording of a field by the day asked about."""
        return wording(lines, field, first, self._today)

    def revised_text(
        self,
        lines: Sequence[RevisionLine],
        field: str,
        first: TextRef | None,
        *path: str | int,
    ) -> str | None:
        """Return the words of that, as `text` does."""
        return self.text(self.as_revised(lines, field, first), *path)

    def revised(self, lines: Sequence[RevisionLine], field: str, first: str | None) -> str | None:
        """Return the latest value of a field that is not a text."""
        last = last_revision(lines, field, self._today)
        return last.value if last else first

    def revisions(self, lines: Sequence[RevisionLine], *path: str | int) -> list[Revision]:
        """Return the revisions that had been seen by the day asked about."""
        seen = [line for line in lines if line.hi <= self._today]
        return [self._revision(line, *path, n) for n, line in enumerate(seen)]

    def _revision(self, line: RevisionLine, *path: str | int) -> Revision:
        was = self.text(line.was_text, *path, "was") if line.was_text else line.was_value
        now = self.text(line.text, *path, "now") if line.text else line.value
        if line.field != "passage":
            return Revision(
                entry=line.entry, field=line.field, was=was, now=now, seen_on=line.seen_on
            )
        return Revision(
            entry=line.entry,
            field=line.field,
            was=was,
            now=now,
            seen_on=line.seen_on,
            number=line.number,
            addressee=line.addressee,
            how=line.how,
        )


def wording(
    lines: Sequence[RevisionLine], field: str, first: TextRef | None, today: str
) -> TextRef | None:
    """Return the latest wording of a field that had been seen by a day; else the first."""
    last = last_revision(lines, field, today)
    return last.text if last else first


def last_revision(lines: Sequence[RevisionLine], field: str, today: str) -> RevisionLine | None:
    """Return the last revision of a field that had been seen by a day, or None."""
    seen = [one for one in lines if one.field == field and one.hi <= today]
    return seen[-1] if seen else None


def positions(states: Iterable[Any]) -> list[int]:
    """Return the positions at which the texts of these states lie."""
    return sorted({said.position for said in texts_of(list(states))})


def texts_of(value: Any) -> list[TextRef]:
    """Return every text of a state."""
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
    """Return a function that gives those fields of a state that can hold texts."""
    match _with_texts(kind):
        case ():
            return lambda _: ()
        case (name,):
            return lambda value: (getattr(value, name),)
        case names:
            return attrgetter(*names)


@cache
def _with_texts(kind: Any) -> tuple[str, ...]:
    """Return the fields of a state that can hold texts, by their types."""
    if not issubclass(kind, RowValue):
        return ()
    hints = get_type_hints(kind)
    return tuple(name for name in kind.__struct_fields__ if _can_hold_texts(hints[name]))


def _can_hold_texts(hint: Any) -> bool:
    if isinstance(hint, type) and issubclass(hint, RowValue):
        return hint is TextRef or bool(_with_texts(hint))
    return any(map(_can_hold_texts, get_args(hint)))


def may_fetch(reader: Reader, entry: Entry) -> bool:
    """Return whether a reader may fetch the bytes of a CaptureKept entry, by the rule for texts."""
    assert isinstance(entry.data, CaptureKept)
    return reader.may_read(entry.data.audience, entry.by, entry.recorded_by)
