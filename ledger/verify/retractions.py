"""Which requests had been set aside when somebody acted on them, by the retractions of a log. Pure.

A retraction stands unless a later one that stands sets it aside: so retractions of retractions are
a tree that grows at its leaves, in which each new leaf may turn over everything above it. A log
can hold tens of thousands of them, made so that whoever looks at each moment anew never ends. So
the tree is cut into paths, each along the largest branches: whether the top of a path stands
depends on the first entry on it that another branch sets aside, or on its length. A new leaf
changes one path, and the path above it only where its top turns over; of paths there are at most
log2(n) above one another. In all it takes O(n log² n) steps, for n retractions and looks.
"""

import heapq
from bisect import bisect_left
from collections.abc import Iterable, Sequence

Retraction = tuple[int, str, str]
"""Its position, its id, and the id of the entry that it sets aside."""


def standing(
    retractions: Iterable[Retraction], asked: Iterable[tuple[str, int]]
) -> set[tuple[str, int]]:
    """Those of the (id of a request, position) asked about at which the request was not set aside.

    A retraction counts at the positions after its own. Of retractions that share an id the last
    one has it; that they do is a fault, which is named elsewhere.
    """
    ordered = sorted(retractions)
    questions = sorted(set(asked), key=lambda one: one[1])
    tree = _Tree([request for request, _ in questions], ordered)
    positions = [position for position, _, _ in ordered]
    found, come = set(), 0
    for request, at in questions:
        until = bisect_left(positions, at)
        for n in range(come, until):
            tree.add(n)
        come = max(come, until)
        if tree.stands(request):
            found.add((request, at))
    return found


class _Tree:
    """Requests and the retractions below them, all known, of which more and more have come.

    Each node comes after the one above it, so of a path the upper ones have come first.
    """

    def __init__(self, requests: Iterable[str], retractions: Sequence[Retraction]) -> None:
        self._root = {one: n for n, one in enumerate(dict.fromkeys(requests))}
        above, self._node = _branches(self._root, retractions)
        heavy = _largest(above)
        self._top, self._depth = list(range(len(above))), [0] * len(above)
        for node, parent in enumerate(above):
            if parent >= 0 and heavy[parent] == node:
                self._top[node], self._depth[node] = self._top[parent], self._depth[parent] + 1
        self._above = above
        self._come = [int(node < len(self._root)) for node in range(len(above))]
        """Of the path below a top, how many have come."""
        self._beside = [0] * len(above)
        """How many that are on other paths set a node aside."""
        self._cuts: list[list[tuple[int, int]]] = [[] for _ in above]
        """By top: (depth, node) of each that is set aside from beside, or was. Heaps."""

    def stands(self, request: str) -> bool:
        """Whether nothing that stands sets a request aside."""
        return self._stands(self._root[request])

    def add(self, n: int) -> None:
        """The next retraction has come."""
        if (node := self._node[n]) is None:
            return
        top = self._top[node]
        was = self._stands(top)
        self._come[top] += 1
        while self._stands(top) != was:
            if (above := self._above[top]) < 0:
                return
            turned, top = was, self._top[above]
            was = self._stands(top)
            self._beside[above] += -1 if turned else 1
            if not turned and self._beside[above] == 1:
                heapq.heappush(self._cuts[top], (self._depth[above], above))

    def _stands(self, top: int) -> bool:
        """Whether the top of a path has come and stands. The last of those that have come does,
        the one above it does not, and so on; and one that is set aside from beside does not."""
        cuts = self._cuts[top]
        while cuts and not self._beside[cuts[0][1]]:
            heapq.heappop(cuts)
        length = min(self._come[top], cuts[0][0]) if cuts else self._come[top]
        return length % 2 == 1


def _branches(
    roots: dict[str, int], retractions: Sequence[Retraction]
) -> tuple[list[int], list[int | None]]:
    """The node above each node (-1: a root), and each retraction's node, if it is below a root.

    A retraction sets aside a request, whatever its place, or an earlier retraction.
    """
    above, nodes = [-1] * len(roots), list[int | None]()
    known: dict[str, int | None] = dict(roots)
    for _, own, target in retractions:
        node = None
        if (parent := known.get(target)) is not None:
            node = len(above)
            above.append(parent)
        nodes.append(node)
        if own not in roots:
            known[own] = node
    return above, nodes


def _largest(above: Sequence[int]) -> list[int]:
    """The node below each node that has most below itself; -1 where there is none."""
    sizes, found = [1] * len(above), [-1] * len(above)
    for node in range(len(above) - 1, -1, -1):
        if (parent := above[node]) >= 0:
            sizes[parent] += sizes[node]
            if found[parent] < 0 or sizes[node] > sizes[found[parent]]:
                found[parent] = node
    return found
