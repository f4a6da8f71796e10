"""The checker: holds a history against the log as it is at the end, and against what every
follower saw. It knows nothing of what made either."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench.faults.history import History, Operation


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
    unsealed: list[str]
    """The lost acts that were acknowledged without their receipt."""
    twice: list[str]
    """Acts that are in the log more than once, or although they were refused."""
    reused: list[int]
    """Positions of which two acts have a receipt."""
    out_of_order: list[str]
    """Followers to whom an entry came after a later one."""
    unseen: dict[str, int]
    """By follower, how many entries of the log never came."""

    @property
    def holds(self) -> bool:
        """Return whether nothing is wrong."""
        return not self.lost and self.holds_but_for_lost

    @property
    def holds_but_for_lost(self) -> bool:
        """Return whether nothing is wrong but that acts are lost."""
        wrong = self.twice or self.reused or self.out_of_order or any(self.unseen.values())
        return not wrong


def check(
    history: History, log: Sequence[tuple[int, str]], followers: Mapping[str, Sequence[int]]
) -> Verdict:
    """Judge a history. `log` has position and act of each entry that an act made; `followers` the
    positions that came to each, in the order in which they came."""
    told = list(history.told("ok"))
    acknowledged = {one.value: one for one in told}
    refused = {one.value for one in history.told("fail")} - acknowledged.keys()
    offered = {one.value for one in history.told("invoke")}
    where: dict[str, list[int]] = {}
    for position, act in log:
        where.setdefault(act, []).append(position)
    lost = sorted(act for act, one in acknowledged.items() if not _is_there(one, where))
    counts = Counter(act for _, act in log)
    twice = [act for act, times in counts.items() if times > 1 or act in refused]
    wanted = {position for position, _ in log}
    return Verdict(
        offered=len(offered),
        acknowledged=len(acknowledged),
        refused=len(refused),
        unknown=len(offered - acknowledged.keys() - refused),
        lost=lost,
        unsealed=[act for act in lost if not acknowledged[act].sealed],
        twice=sorted(twice),
        reused=_reused(told),
        out_of_order=[name for name, came in followers.items() if not _in_order(came)],
        unseen={name: len(wanted - set(came)) for name, came in followers.items()},
    )


def _is_there(told: Operation, where: Mapping[str, Sequence[int]]) -> bool:
    """Return whether an acknowledged act is in the log, where it was said to be."""
    return told.value in where and (told.position is None or told.position in where[told.value])


def _reused(told: Sequence[Operation]) -> list[int]:
    acts: dict[int, set[str]] = {}
    for one in told:
        if one.position is not None and one.sealed:
            acts.setdefault(one.position, set()).add(one.value)
    return sorted(position for position, several in acts.items() if len(several) > 1)


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
