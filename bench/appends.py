"""Single appends: how many a second, and how long the slow ones take."""

from bench.figures import Aim, Row, compared
from bench.systems import make
from bench.writers import Run, Writers
from ledger.embedded import Running

AIMS = {1: 1.3, 8: 1.2}


def measure(server: Running, writers: int, pairs: int, seconds: float) -> list[Row]:
    """Ours and theirs by turns, the order changing from pair to pair."""
    runs: dict[str, list[Run]] = {"ours": [], "theirs": []}
    with (
        Writers("ours", make(server, "ours", "appends_ours"), writers) as ours,
        Writers("theirs", make(server, "theirs", "appends_theirs"), writers) as theirs,
    ):
        for pair in range(pairs):
            both = [("ours", ours), ("theirs", theirs)]
            for name, system in both if pair % 2 else reversed(both):
                runs[name].append(system.run(seconds))
    return [
        compared(
            "appends a second",
            [run.rate for run in runs["ours"]],
            [run.rate for run in runs["theirs"]],
            Aim("≥", AIMS[writers]),
        ),
        compared(
            "99 of 100 within, ms",
            [run.p99 for run in runs["ours"]],
            [run.p99 for run in runs["theirs"]],
            Aim("≤", 1),
        ),
    ]
