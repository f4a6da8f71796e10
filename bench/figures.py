"""Figures of two systems side by side: medians of interleaved pairs, and what was aimed at."""

import json
import operator
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

WRITTEN = Path(__file__).with_name("written.json")
_AIMS: dict[str, Callable[[float, float], bool]] = {"≥": operator.ge, "≤": operator.le}


@dataclass(frozen=True)
class Aim:
    """A bound that is aimed at: on the ratio, or on our own figure if `of` is "ours"."""

    sign: str
    bound: float
    of: str = "ratio"

    def met(self, row: "Figure") -> bool:
        return _AIMS[self.sign](row.ratio if self.of == "ratio" else row.ours, self.bound)

    def __str__(self) -> str:
        return f"{'ours ' if self.of == 'ours' else ''}{self.sign} {self.bound:g}"


@dataclass(frozen=True)
class Figure:
    """One comparison: `ours` against `theirs` (or against ourselves, undisturbed)."""

    name: str
    ours: float
    theirs: float
    ratio: float
    """The median of the pairs' ratios, ours to theirs: noise that falls on both cancels out."""
    spread: tuple[float, float]
    """The quartiles of the pairs' ratios."""
    aim: Aim | None = None


def compared(
    name: str, ours: Sequence[float], theirs: Sequence[float], aim: Aim | None = None
) -> Figure:
    """Return the row of a comparison, from the figures of each pair."""
    ratios = [one / other for one, other in zip(ours, theirs, strict=True)]
    low, _, high = statistics.quantiles(ratios, n=4) if len(ratios) > 1 else ratios * 3
    return Figure(
        name,
        statistics.median(ours),
        statistics.median(theirs),
        statistics.median(ratios),
        (low, high),
        aim,
    )


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value that this share of the values does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def show(title: str, columns: tuple[str, str], rows: Sequence[Figure]) -> None:
    """Print a table of rows, beside the ratios that are written down."""
    before = json.loads(WRITTEN.read_text("utf-8")) if WRITTEN.exists() else {}
    print(f"\n{title}")
    head = ("", *columns, "ratio", "quartiles", "aim", "", "written")
    print(_line(head))
    for row in rows:
        written = before.get(f"{title} · {row.name}")
        print(
            _line(
                (
                    row.name,
                    _number(row.ours),
                    _number(row.theirs),
                    f"{row.ratio:.2f}",
                    f"{row.spread[0]:.2f}–{row.spread[1]:.2f}",
                    str(row.aim or ""),
                    "" if row.aim is None else "met" if row.aim.met(row) else "MISSED",
                    "" if written is None else f"{written:.2f}",
                )
            )
        )


def write(tables: dict[str, list[Figure]]) -> None:
    """Write the ratios down, for later runs to be compared with; those not measured stay."""
    known = json.loads(WRITTEN.read_text("utf-8")) if WRITTEN.exists() else {}
    for title, rows in tables.items():
        known |= {f"{title} · {row.name}": round(row.ratio, 3) for row in rows}
    WRITTEN.write_text(json.dumps(known, indent=1, ensure_ascii=False) + "\n", "utf-8")


def _line(cells: Sequence[str]) -> str:
    widths = (34, 10, 10, 7, 11, 12, 7, 7)
    return "  ".join(
        f"{cell:<{width}}" if n == 0 else f"{cell:>{width}}"
        for n, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ).rstrip()


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:,.2f}"
