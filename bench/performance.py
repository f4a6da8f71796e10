"""The figures written down, as a page to read: performance.md and growth.svg of docs/reference."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from bench.plot import Panel, Series, svg

REFERENCE = Path(__file__).parents[1] / "docs" / "reference"
Figures = dict[str, dict[str, Any]]


def write(figures: Figures) -> None:
    """Write both anew."""
    (REFERENCE / "growth.svg").write_text(svg(_panels(figures), ABOUT), "utf-8")
    (REFERENCE / "performance.md").write_text(_page(figures), "utf-8")


def _panels(figures: Figures) -> list[Panel]:
    times: dict[str, tuple[str, ...]] = {
        "a page of 50, as known now": ("page_now", "database_ms"),
        "a page of 50, of a past moment": ("page_past", "database_ms"),
        "the whole list of one body": ("states", "database_ms"),
        "national compliance by body": ("compliance", "body", "database_ms"),
        "an act, the projector following": ("acts", "act_ms"),
    }
    rates: dict[str, tuple[str, ...]] = {
        "rebuild": ("rebuild", "entries_a_second"),
        "the library's runner": ("rebuild", "runner_entries_a_second"),
    }
    return [
        Panel("What questions and acts take", "milliseconds", _lines(figures, times)),
        Panel("Building the read models", "entries a second", _lines(figures, rates)),
    ]


def _lines(figures: Figures, wanted: dict[str, tuple[str, ...]]) -> list[Series]:
    lines = []
    for name, path in wanted.items():
        points = [
            (one["entries"], value)
            for one in figures.values()
            if (value := _at(one, path)) is not None
        ]
        if points:
            lines.append(Series(name, points))
    return lines


def _at(figures: dict[str, Any], path: Sequence[str]) -> Any:
    value: Any = figures
    for name in path:
        value = value.get(name) if value is not None else None
    return value


def _page(figures: Figures) -> str:
    return PAGE.format(growth=_growth(figures))


def _growth(figures: Figures) -> str:
    sizes = list(figures.values())
    rows: list[tuple[str, str, Callable[[dict[str, Any]], Any]]] = [
        ("page of 50, now: database, ms", "", lambda f: f["page_now"]["database_ms"]),
        (
            "page of 50 at a random past moment: database, ms",
            "< 5",
            lambda f: f["page_past"]["database_ms"],
        ),
        ("… the slowest of them, ms", "", lambda f: f["page_past"]["worst_ms"]),
        ("… to the page of now", "≤ 2", lambda f: f["page_ratio"]),
        ("… the whole answer, ms", "", lambda f: f["page_past"]["whole_ms"]),
        ("one body's whole list: entries of it", "", lambda f: f["list"]["items"]),
        ("… database, ms", "< 50", lambda f: f["states"]["database_ms"]),
        ("… its states, ms", "", lambda f: f["states"]["whole_ms"]),
        ("… as pages of 500, ms", "", lambda f: f["list"]["whole_ms"]),
        ("… replayed by the library's repository, ms", "", lambda f: f["replay_ms"]),
        ("… replayed to their status alone, ms", "", lambda f: f["statuses_ms"]),
        (
            "… replaying to reading the states",
            "≥ 100",
            lambda f: f["replay_ms"] / f["states"]["whole_ms"],
        ),
        (
            "national compliance by body: database, ms",
            "",
            lambda f: f["compliance"]["body"]["database_ms"],
        ),
        ("… the whole answer, ms", "< 500", lambda f: f["compliance"]["body"]["whole_ms"]),
        ("… by kind of report, ms", "", lambda f: f["compliance"]["kind"]["whole_ms"]),
        ("… by year, ms", "", lambda f: f["compliance"]["year"]["whole_ms"]),
        ("rebuild: entries a second", "", lambda f: f["rebuild"]["entries_a_second"]),
        ("… to the library's runner", "≥ 20", lambda f: f["rebuild"]["ratio"]),
        ("… memory of all its processes, MB", "< 500", lambda f: f["rebuild"]["peak_mb"]),
        ("an act by 1 writer, projector following, ms", "", lambda f: f["acts"]["act_ms"]),
        (
            "… to the smallest log",
            "≤ 1.2",
            lambda f: f["acts"]["act_ms"] / sizes[0]["acts"]["act_ms"],
        ),
        ("acts a second by 8 writers", "", lambda f: f["acts"]["acts_a_second"]),
        ("… longest wait of the read models, s", "< 1", lambda f: f["acts"]["lag_s"]),
    ]
    heads = [f"{one['entries']:,}" for one in sizes]
    lines = [f"| entries | aim | {' | '.join(heads)} |", "|---|---|" + "---:|" * len(heads)]
    for name, aim, figure in rows:
        cells = [_cell(figure, one) for one in sizes]
        lines.append(f"| {name} | {aim} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _cell(figure: Callable[[dict[str, Any]], Any], of: dict[str, Any]) -> str:
    try:
        value = float(figure(of))
    except KeyError:
        return "not measured"
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.3g}"


ABOUT = (
    "How times and rates change from the smallest log to the largest, on logarithmic axes; the "
    "figures are in the table of docs/reference/performance.md."
)
PAGE = """# What it costs as the log grows

<!-- Written by `python -m bench growth`; the words are in bench/performance.py. -->

**Will it still be quick with a million entries?** A page of fifty takes as long at a million
entries as at a thousand, an act too; the compliance of a whole country takes half a second.

![Times and rates by the size of the log](growth.svg)

{growth}

Medians, on two cores, with the settings of our embedded PostgreSQL (128 MB of shared buffers,
`fsync` on). **Compare ratios, and the shapes of the lines: the machine decides the figures**, and
the speed of its processors changes by half within an hour. The data are synthetic (`answerable
seed`), every entry a backfill: the hardest case for what counts as improved later.

- *Database* is the sum of planning and execution of every statement of an answer (`EXPLAIN
  ANALYZE`). *The whole answer* adds the reading in Python, and the texts.
- A *random past moment* is any position after the first fiftieth of the log with any day from
  June 2019 to October 2026; every other page starts after a recommendation drawn at random.
- *One body's whole list* is that of the force with the most recommendations; *its states* adds
  their decoding. *As pages of 500* are whole answers of the API with their texts.
- *Replayed by the library's repository* is the same answer without read models: `repository.get`
  of eventsourcing gives every stream that a recommendation rests on. *To their status alone*
  folds the recommendation's own stream as of now. 300 are replayed, and the time is multiplied
  up.
- *Rebuild* makes the rows beside the live tables, then their indexes, VACUUM and ANALYZE, in one
  process a core from 20,000 entries on. *The library's runner* is eventsourcing's
  `ProjectionRunner`, an event a transaction, over a thousand entries.
- *An act* is a whole command, `Ledger.receive_update`: it reads, decides, and is stored.
- *Longest wait of the read models*: eight writers that never pause keep every core busy. Read the
  figure as “keeps up” or “does not”. A single act on an otherwise idle service was followed
  within 10 to 85 ms.

## Pages

`make bench ARGS="pages --folder /srv/disk/pages"`: medians of nine, on 28 November 2026, of a log
of 1,000,602 entries (187,835 recommendations), before everything else on two cores (`chrt -r 1`).
Aims: 150 ms, and 60 KB as it is sent.

| page | ms | KB | KB as sent |
|---|---:|---:|---:|
| the pack of the commissioner with most | 117 | 227 | 14 |
| … in the past | 126 | 252 | 15 |
| compliance by body | 101 | 51 | 7 |
| the national page | 75 | 34 | 7 |
| … in the past | 105 | 40 | 7 |
| a force, in the past | 40 | 24 | 4 |

Each of the 36 pages is within both aims. A page about something that was recorded just now reads
the log, and costs several times as much.

## Sealing and checking

- Eight writers append 0.93 as much to a sealed log as to one without a sealer. The sealer, far
  behind, seals 40,000 entries a second.
- An act over HTTP is answered with its receipt within 8.8 to 10.5 ms by half, with eight writers
  within 41 to 43 (`bench seals`).
- `answerable verify` checks a log of 1,000,225 entries with its 1,255,962 texts on one core in
  30 s with 200 MB (1 December 2026). It parses each line.

## Following

`bench streams` on 28 November 2026: twenty readers, five acts a second for twenty seconds. Each
reader had each entry once and in order. From `recorded_at`:

| by | half within, ms | 99 of 100 within, ms |
|---|---:|---:|
| server-sent events | 8 | 24 |
| NATS JetStream | 10 | 25 |
| webhooks | 37 | 557 |

A thousand readers of one process had 20,000 events a second within 37 to 84 ms. A webhook is a
signed request of its own, and its outcome is written down before the next one leaves. On crowded
cores it came to 70 a second; beyond, entries wait in their order, and none is left out.

## An answer over HTTP

`bench answers` over 2,000 entries, in four runs on 28 November 2026:

| | ours | a bare Flask route, one SELECT |
|---|---:|---:|
| one recommendation: ms of CPU | 1.5 to 1.8 | 0.75 |
| … a second, on one connection | 508 to 625 | 1,136 to 1,209 |
| a list of 50: ms of CPU | 5.0 to 6.5 | 1.0 to 1.3 |
| … a second | 136 to 200 | 670 to 791 |
| an act with its receipt: ms of CPU | 5.3 to 7.3 | |
| … a second | 145 to 199 | |
| … a second, eight writers | 185 to 317 | |

CPU is that of all processes, PostgreSQL's among them. Of an act the web process has half,
PostgreSQL a quarter, the sealer and the projector the rest. Beside the library's own recorder
ours appends 1.22 times as much with one writer and 0.96 with eight; while an index is built, its
longest append takes 3.55 times as long as otherwise, the library's 57 times
([bench](../../bench/README.md), `bench/written.json`).

## How to run it again

    make bench                                        # beside the library: about ten minutes
    make bench ARGS="growth --sizes 1000,10000,100000"          # about ten minutes
    make bench ARGS="growth --folder /srv/disk/growth"          # to a million; the databases stay
    make bench ARGS="growth --folder /srv/disk/growth --steps questions"   # ask again

Seeding a million entries takes five to ten minutes and 3 GB of disk, building the read models as
long again.
"""
