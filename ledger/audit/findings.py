"""The findings of an audit: a line for each check, and under it each disagreement by name."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Concatenate, ParamSpec, TypeVar

import psycopg

from ledger.verify.report import Fault, shown

Progress = Callable[[int, int], None]
"""Called with the number of entries done, and of all."""
Another = Callable[[], AbstractContextManager[psycopg.Connection]]
"""Gives one more connection that sees the database as it was when the audit began."""
P = ParamSpec("P")
T = TypeVar("T")
MOST_LISTED = 100
"""So many findings of a check are listed; the rest is counted."""


class Kind(StrEnum):
    """The name of a finding, beside the faults that a verifier looks for too (`Fault`).
    docs/audit.md says what each means, and what to do."""

    RECORDED_AHEAD = "recorded-ahead"
    COLUMN_DIFFERS = "column-differs"
    NOT_CANONICAL = "not-canonical"
    NOT_AN_ENTRY = "not-an-entry"
    UNKNOWN_FIELD = "unknown-field"
    CAPTURE_MISSING = "capture-missing"
    CAPTURE_DIFFERS = "capture-differs"
    CAPTURE_WITHOUT_ENTRY = "capture-without-entry"
    REQUEST_DIFFERS = "request-differs"
    TEXT_ELSEWHERE = "text-elsewhere"
    GUARD_MISSING = "guard-missing"
    GUARD_CHANGED = "guard-changed"
    ACCOUNT_UNKNOWN = "account-unknown"
    SETUP_AFTER_START = "setup-after-start"
    TOKEN_UNKNOWN = "token-unknown"  # noqa: S105 - a name
    SESSION_UNKNOWN = "session-unknown"
    SUBSCRIPTION_UNKNOWN = "subscription-unknown"
    STAMP_DIFFERS = "stamp-differs"
    ROOT_DIFFERS = "root-differs"
    LOG_SHORTER = "log-shorter"
    LEAF_DIFFERS = "leaf-differs"
    TILE_DIFFERS = "tile-differs"
    TILE_MISSING = "tile-missing"
    CHECKPOINT_UNSIGNED = "checkpoint-unsigned"
    CHECKPOINT_DIFFERS = "checkpoint-differs"
    CHECKPOINT_MISSING = "checkpoint-missing"
    CHECKPOINT_UNKNOWN = "checkpoint-unknown"
    SIGNATURE_UNKNOWN = "signature-unknown"
    SEALED_AT_DIFFERS = "sealed-at-differs"
    TWO_CHECKPOINTS = "two-checkpoints"
    COSIGNATURE_DIFFERS = "cosignature-differs"
    RECORDED_AFTER_WITNESS = "recorded-after-witness"
    ENTRY_DIFFERS = "entry-differs"
    ROW_DIFFERS = "row-differs"
    READ_MODELS_AHEAD = "read-models-ahead"
    READ_MODELS_UNFIT = "read-models-unfit"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Finding:
    """One disagreement: its name, the position it concerns (0: none), and a sentence."""

    kind: Kind | Fault
    position: int
    says: str


@dataclass(slots=True)
class Check:
    """One line of an audit: what was compared, how many of it, and what was found."""

    name: str
    what: str
    """The things that are counted, in the plural: “entries”."""
    holds: str
    """The sentence for them if nothing is found: “contiguous from 1”."""
    checked: int = 0
    findings: list[Finding] = field(default_factory=list)
    found: int = 0
    """The number of findings, listed or not."""
    not_checked: str | None = None
    """The reason why nothing was compared, or not all of it."""

    def find(self, kind: Kind | Fault, position: int, says: str) -> None:
        """Take one more finding."""
        self.found += 1
        if len(self.findings) < MOST_LISTED:
            self.findings.append(Finding(kind, position, says))

    def add(self, sentence: str, fault: Fault | None = None, position: int = 0, /) -> None:
        """Take a fault that one of the verifier's checkers found."""
        assert fault is not None, "what the verifier and the audit both check has a name"
        self.find(fault, position, f"{sentence[0].upper()}{sentence[1:]}.")

    def end(self, says: str, /) -> None:
        """Take what one of the verifier's checkers says if nothing is found."""
        self.holds = says

    def fails(self, what: str, error: Exception) -> None:
        """Take it as a finding that something could not be read."""
        why = next(iter(str(error).splitlines()), "")
        self.find(
            Kind.UNREADABLE,
            0,
            f"{what} could not be read and compared to the end ({type(error).__name__}: {why}). "
            "The rest was audited: take away what stops this, and audit again.",
        )

    @property
    def lines(self) -> list[str]:
        """Return the check as text: a line, and one more for each finding that is listed."""
        if self.not_checked is not None and not self.found:
            return [f"  --   {self.name}: not checked, {self.not_checked}"]
        if not self.found:
            return [f"  ok   {self.name}: {self.checked:,} {self.what}, {self.holds}"]
        first = f"FOUND  {self.name}: {self.found:,} in {self.checked:,} {self.what}"
        found = [f"         {one.kind}: {shown(one.says)}" for one in self.findings]
        if more := self.found - len(found):
            found.append(f"         and {more:,} more")
        return [first, *found]


def positions(first: int, last: int) -> str:
    """Return `Position 5 is`, or `Positions 5 to 7 are`."""
    return f"Positions {first:,} to {last:,} are" if last > first else f"Position {first:,} is"


def apart(
    checks: Sequence[Check], work: Callable[P, T], *args: P.args, **named: P.kwargs
) -> T | None:
    """Do the work of a part of the audit, which makes these checks.

    If anything stored there makes it fail, that is a finding: this part ends, and all others go on.
    """
    if checks[0].not_checked is not None:
        return None
    try:
        return work(*args, **named)
    except Exception as error:  # noqa: BLE001  # whatever was put there brings about
        checks[0].fails(f"The {checks[0].what}", error)
        for check in checks:
            check.not_checked = f"{checks[0].what} could not all be read"
        return None


def part(
    name: str, what: str, holds: str
) -> Callable[
    [Callable[Concatenate[Check, psycopg.Connection, P], None]],
    Callable[Concatenate[Another, P], Check],
]:
    """Make a function a separate part of the audit, with a check and a connection of its own."""

    def made(
        work: Callable[Concatenate[Check, psycopg.Connection, P], None],
    ) -> Callable[Concatenate[Another, P], Check]:
        def whole(another: Another, /, *args: P.args, **named: P.kwargs) -> Check:
            check = Check(name, what, holds)
            with another() as conn:
                apart([check], work, check, conn, *args, **named)
            return check

        return whole

    return made
