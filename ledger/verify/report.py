"""What a verification found: a line a check, what it found against it, what it does not show. And
how every command of a verifier ends: its exit code, and its words, fit for a terminal."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

DONE, FAILED, USAGE = 0, 1, 2

NOT_PROVEN = (
    "that what an entry says is true: the log shows who recorded what, and that it stayed so",
    "when an entry was made, beyond the outside evidence above: recorded_at is the operator's word",
    "that everything was recorded: contiguous versions show no hole, not that nothing came later",
    "that others are shown this same log: compare your checkpoint with somebody else's",
    "anything that was recorded after this checkpoint",
)
_SHOWN = 5


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
    """What clocks outside say of a range of positions, in POSIX seconds: after one, by another."""

    first: int
    last: int
    after: int | None
    by: int | None


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
        """Whether something was checked and nothing failed."""
        return bool(self.checks) and all(one.ok is not False for one in self.checks)

    def add(self, check: str, says: str, *, ok: bool | None = True) -> None:
        """One more check that has one outcome."""
        self.checks.append(Check(check, ok, says))

    def as_json(self) -> dict[str, Any]:
        """The report as one JSON object."""
        return {"ok": self.ok, **asdict(self), "not_proven": list(self.not_proven)}

    def as_text(self) -> str:
        """The report for a person."""
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


class Faults:
    """The faults of one check as they come up: all counted, the first few kept."""

    def __init__(self, report: Report, check: str) -> None:
        self.count = 0
        self._check = Check(check, True, "")
        report.checks.append(self._check)

    def add(self, sentence: str) -> None:
        self.count += 1
        if self.count <= _SHOWN:
            self._check.faults.append(sentence)

    def end(self, says: str, *, ok: bool | None = True) -> None:
        """The check is through: `says` is what to say where there was no fault."""
        if not self.count:
            self._check.ok, self._check.says = ok, says
            return
        self._check.ok = False
        self._check.says = f"{self.count:,} found"
        if self.count > _SHOWN:
            self._check.faults.append(f"and {self.count - _SHOWN:,} more.")


def why(error: Exception) -> str:
    """What was in the way, as a sentence: of a file, its name and why it cannot be used."""
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename} cannot be used: {error.strerror}."
    return str(error)


def shown(text: str) -> str:
    """A text for one line of a terminal: whatever could move its cursor, or hide in it, spelt out.

    What is verified was written by others, who may try to write over what we say.
    """
    if text.isprintable():
        return text
    return "".join(
        one if one.isprintable() else one.encode("unicode_escape").decode() for one in text
    )
