"""The checker: holds a history against the log as it is at the end, and against what every
follower saw. It knows nothing of what made either."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench.faults.history import History


@dataclass(frozen=True)
class Verdict:
    """What came of the acts of a history."""

    offered: int
    acknowledged: int
    refused: int
    unknown: int
    """Acts of which nobody was told what came of them, after the last try."""
    lost: list[str]
    """Acts that were acknowledged and are not in the log, or not where they were said to be."""
    twice: list[str]
    """Acts that are in the log more than once, or although they were refused."""
    out_of_order: list[str]
    """Followers to whom an entry came after a later one."""
    unseen: dict[str, int]
    """By follower, how many entries of the log never came."""

    @property
    def holds(self) -> bool:
        """Return whether nothing is wrong."""
        wrong = self.lost or self.twice or self.out_of_order or any(self.unseen.values())
        return not wrong


def check(
    history: History, log: Sequence[tuple[int, str]], followers: Mapping[str, Sequence[int]]
) -> Verdict:
    """Judge a history. `log` has position and act of each entry that an act made; `followers` the
    positions that came to each, in the order in which they came."""
    acknowledged = {one.value: one.position for one in history.told("ok")}
    refused = {one.value for one in history.told("fail")} - acknowledged.keys()
    offered = {one.value for one in history.told("invoke")}
    where: dict[str, list[int]] = {}
    for position, act in log:
        where.setdefault(act, []).append(position)
    lost = [
        act
        for act, position in acknowledged.items()
        if act not in where or (position is not None and position not in where[act])
    ]
    counts = Counter(act for _, act in log)
    twice = [act for act, times in counts.items() if times > 1 or act in refused]
    wanted = {position for position, _ in log}
    return Verdict(
        offered=len(offered),
        acknowledged=len(acknowledged),
        refused=len(refused),
        unknown=len(offered - acknowledged.keys() - refused),
        lost=sorted(lost),
        twice=sorted(twice),
        out_of_order=[name for name, came in followers.items() if not _in_order(came)],
        unseen={name: len(wanted - set(came)) for name, came in followers.items()},
    )


def _in_order(came: Sequence[int]) -> bool:
    """Return whether each entry came first after all that lie before it. One that is sent again,
    under its own position, is no fault."""
    highest = 0
    seen: set[int] = set()
    for position in came:
        if position not in seen and position < highest:
            return False
        seen.add(position)
        highest = max(highest, position)
    return True
