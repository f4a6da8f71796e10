"""The report of a verification: a line for each check, its faults, and what no check shows; and the
exit codes of a verifier's commands."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, Protocol

DONE, FAILED, USAGE = 0, 1, 2

NOT_PROVEN = (
    "that what an entry says is true: the log shows who recorded what, and that it stayed so",
    "when an entry was made, beyond the outside evidence above: recorded_at is the operator's word",
    "that everything was recorded: contiguous versions show no hole, not that nothing came later",
    "that others are shown this same log: compare your checkpoint with somebody else's",
    "anything that was recorded after this checkpoint",
)
_SHOWN = 5


class Fault(StrEnum):
    """The name of a fault in a log that a verifier and an audit both look for. docs/audit.md says
    what each means."""

    POSITION_MISSING = "position-missing"
    RECORDED_BACKWARDS = "recorded-backwards"
    VERSION_MISSING = "version-missing"
    ID_TWICE = "id-twice"
    TEXT_MISSING = "text-missing"
    TEXT_DIFFERS = "text-differs"
    TEXT_WITHOUT_ENTRY = "text-without-entry"
    TEXT_STILL_HELD = "text-still-held"
    REDACTION_OF_NOTHING = "redaction-of-nothing"
    REDACTION_ALONE = "redaction-alone"


class Faults(Protocol):
    """The faults of one check, as they come up."""

    def add(self, sentence: str, fault: Fault | None = None, position: int = 0, /) -> None:
        """Take one more fault: a sentence, and where it has them its name and position."""

    def end(self, says: str, /) -> None:
        """End the check with what it says if there was no fault."""


FaultsOf = Callable[[str], Faults]
"""Begins a check of a name, and returns its faults."""


@dataclass(slots=True)
class Check:
    """One check: done and good, done and bad, or (None) not done; and a sentence for it."""

    check: str
    ok: bool | None
    says: str
    faults: list[str] = field(default_factory=list)
    """The first few faults, each a sentence."""


@dataclass(slots=True)
class Outside:
    """The outside evidence for a range of positions, in POSIX seconds: they were recorded after one
    moment, and by another."""

    first: int
    last: int
    after: int | None
    by: int | None

    @property
    def seen(self) -> bool:
        """True if a clock outside says anything about them."""
        return self.after is not None or self.by is not None


@dataclass(slots=True)
class Horizon:
    """The largest checkpoint for which enough witnesses answer: how many entries, by when (POSIX
    seconds), and who, each by its name and hash."""

    size: int
    by: int
    witnesses: list[str]


@dataclass(slots=True)
class Report:
    """All of it. `origin`, `size` and `root` (hex) are those of the checkpoint, if one was good."""

    checks: list[Check] = field(default_factory=list)
    outside: list[Outside] = field(default_factory=list)
    horizon: Horizon | None = None
    origin: str | None = None
    size: int | None = None
    root: str | None = None
    not_proven: Sequence[str] = NOT_PROVEN

    @property
    def ok(self) -> bool:
        """True if something was checked and nothing failed."""
        return bool(self.checks) and all(one.ok is not False for one in self.checks)

    def add(self, check: str, says: str, *, ok: bool | None = True) -> None:
        """Add a check that has one outcome."""
        self.checks.append(Check(check, ok, says))

    def faults(self, check: str) -> "CountedFaults":
        """Begin a check that may have many faults."""
        self.checks.append(Check(check, True, ""))
        return CountedFaults(self.checks[-1])

    def as_json(self) -> dict[str, Any]:
        """Return the report as one JSON object."""
        return {"ok": self.ok, **asdict(self), "not_proven": list(self.not_proven)}

    def as_text(self) -> str:
        """Return the report for a person."""
        lines = []
        for one in self.checks:
            mark = {True: "ok  ", False: "FAIL", None: "-   "}[one.ok]
            lines.append(f"{mark}  {one.check}: {shown(one.says)}")
            lines += [f"        {shown(fault)}" for fault in one.faults]
        lines.append("")
        lines.append("Every check passed." if self.ok else "FAILED: do not rely on this.")
        lines.append("This does not prove:")
        lines += [f"  - {one};" for one in self.not_proven]
        return "\n".join(lines)[:-1] + "."


class CountedFaults:
    """The faults of one check: all are counted, the first few kept."""

    def __init__(self, check: Check) -> None:
        self.count = 0
        self._check = check

    def add(self, sentence: str, fault: Fault | None = None, position: int = 0, /) -> None:
        """Count a fault, and keep its sentence if it is among the first."""
        self.count += 1
        if self.count <= _SHOWN:
            self._check.faults.append(sentence)

    def end(self, says: str, /) -> None:
        """End the check with what it says if there was no fault."""
        if not self.count:
            self._check.says = says
            return
        self._check.ok = False
        self._check.says = f"{self.count:,} found"
        if self.count > _SHOWN:
            self._check.faults.append(f"and {self.count - _SHOWN:,} more.")


def why(error: Exception) -> str:
    """Return the reason of an error as a sentence: for a file, its name and why it cannot be
    used."""
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename} cannot be used: {error.strerror}."
    return str(error)


def shown(text: str) -> str:
    """Return a text for one line of a terminal, with every character spelt out that could move the
    cursor or hide.

    Others wrote what is verified, and may try to overwrite our words.
    """
    if text.isprintable():
        return text
    return "".join(
        one if one.isprintable() else one.encode("unicode_escape").decode() for one in text
    )
