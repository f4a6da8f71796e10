"""Lines on logarithmic axes, as an SVG that is readable on light and on dark pages."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 860, 400
LEFT, TOP, RIGHT, BOTTOM = 64, 44, 250, 46
GAP = 17
"""Pixels between the names of lines that end close together."""
STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #1f2328 }
  .title { font-weight: 600; font-size: 15px }
  .grid { stroke: #d1d9e0; stroke-width: 1 }
  .line { fill: none; stroke-width: 2.5 }
  .c0 { stroke: #0550ae; color: #0550ae } .c1 { stroke: #bc4c00; color: #bc4c00 }
  .c2 { stroke: #1a7f37; color: #1a7f37 } .c3 { stroke: #8250df; color: #8250df }
  .c4 { stroke: #a40e26; color: #a40e26 }
  .name { stroke: none; fill: currentColor }
  .dot { fill: currentColor; stroke: none }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .grid { stroke: #3d444d }
    .c0 { stroke: #79c0ff; color: #79c0ff } .c1 { stroke: #ffa657; color: #ffa657 }
    .c2 { stroke: #7ee787; color: #7ee787 } .c3 { stroke: #d2a8ff; color: #d2a8ff }
    .c4 { stroke: #ff9492; color: #ff9492 }
    .name { fill: currentColor }
  }
"""


@dataclass(frozen=True)
class Series:
    """A name, and its points (x, y), all above zero."""

    name: str
    points: Sequence[tuple[float, float]]


@dataclass(frozen=True)
class Panel:
    """Lines that share their axes; `unit` says what y is."""

    title: str
    unit: str
    lines: Sequence[Series]


def svg(panels: Sequence[Panel], about: str) -> str:
    """Return the panels, one below the other; `about` is read out to those who do not see them."""
    height = HEIGHT * len(panels)
    drawn = "\n".join(_panel(panel, HEIGHT * n) for n, panel in enumerate(panels))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">\n'
        f"<title>{escape(about)}</title>\n<style>{STYLE}</style>\n{drawn}\n</svg>\n"
    )


def _panel(panel: Panel, top: int) -> str:
    xs = [x for line in panel.lines for x, _ in line.points]
    ys = [y for line in panel.lines for _, y in line.points]
    across = _Axis(xs, LEFT, WIDTH - RIGHT)
    up = _Axis(ys, HEIGHT - BOTTOM, TOP)
    parts = [_text(LEFT, TOP - 18, f"{panel.title} ({panel.unit})", "title")]
    for y in up.ticks:
        at = up.at(y)
        parts.append(_rule(LEFT, at, WIDTH - RIGHT, at))
        parts.append(_text(LEFT - 8, at + 4, f"{y:,g}", anchor="end"))
    for x in across.ticks:
        at = across.at(x)
        parts.append(_rule(at, TOP, at, HEIGHT - BOTTOM))
        parts.append(_text(at, HEIGHT - BOTTOM + 20, f"{x:,.0f}", anchor="middle"))
    ends = sorted((up.at(line.points[-1][1]), n) for n, line in enumerate(panel.lines))
    lowest = -math.inf
    for end, n in ends:
        line, lowest = panel.lines[n], max(end, lowest + GAP)
        places = [(across.at(x), up.at(y)) for x, y in line.points]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        parts.append(f'<polyline class="line c{n}" points="{path}"/>')
        parts += [
            f'<circle class="dot c{n}" cx="{x:.1f}" cy="{y:.1f}" r="3.5"/>' for x, y in places
        ]
        parts.append(_text(places[-1][0] + 12, lowest + 4, line.name, f"name c{n}"))
    return f'<g transform="translate(0 {top})">\n' + "\n".join(parts) + "\n</g>"


class _Axis:
    """From values to pixels, logarithmically, between the powers of ten around the values."""

    def __init__(self, values: Sequence[float], first: float, last: float) -> None:
        self._low = math.floor(math.log10(min(values)) + 0.02)
        self._high = max(math.ceil(math.log10(max(values)) - 0.02), self._low + 1)
        self._first, self._last = first, last

    @property
    def ticks(self) -> list[float]:
        return [10.0**power for power in range(self._low, self._high + 1)]

    def at(self, value: float) -> float:
        share = (math.log10(value) - self._low) / (self._high - self._low)
        return self._first + share * (self._last - self._first)


def _rule(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line class="grid" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def _text(x: float, y: float, words: str, kind: str = "", anchor: str = "start") -> str:
    named = f' class="{kind}"' if kind else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{named}>{escape(words)}</text>'
