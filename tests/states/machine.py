"""A state machine, found by trying: from where it begins, every act in every state it leads to."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from tests.api.site import Site
from tests.states.trying import Outcome, Subject, Try, do


@dataclass(frozen=True)
class Machine:
    """A kind of subject: how one begins, what its state is called, what is tried on it."""

    name: str
    says: str
    """A sentence or two for the reader, above the diagram."""
    begin: Callable[[Site, int], Subject]
    state: Callable[[Site, Subject], str]
    tries: Sequence[Try]
    nothing: str
    """The state in which it begins."""


@dataclass(frozen=True)
class Pair:
    """One act tried in one state: what it gave, or why not."""

    state: str
    one: Try
    outcome: Outcome
    gives: str


@dataclass
class Found:
    """The states and outcomes that trying found in a machine."""

    machine: Machine
    paths: dict[str, tuple[Try, ...]] = field(default_factory=dict)
    """Each state, with the shortest way to it."""
    pairs: list[Pair] = field(default_factory=list)
    made: dict[str, tuple[Try, ...]] = field(default_factory=dict)
    """Each topic, with the shortest way to an entry of it."""


_count = iter(range(1, 1_000_000))


def bring(site: Site, machine: Machine, path: Sequence[Try], day: str | None = None) -> Subject:
    """Begin a subject, and bring it along a way by real acts."""
    subject = machine.begin(site, next(_count))
    for one in path:
        done = do(site, subject, one, day) if day else do(site, subject, one)
        assert done.recorded, f"{machine.name}: {one.label}: {done.code}: {done.sentence}"
    return subject


def explore(
    site: Site, machine: Machine, written: Mapping[tuple[str, str], str] | None = None
) -> Found:
    """Try every act in every state that acts lead to. `written` gives the next state by state and
    act ("" where the act is refused). With it, try each act and each state once, and one in seven
    of the other pairs. Acts on the last act are then tried until one is recorded, since each begins
    a subject anew."""
    found = Found(machine, {machine.nothing: ()})
    waiting, done, tried = [machine.nothing], set[str](), set[str]()
    while waiting:
        state = waiting.pop(0)
        path, subject = found.paths[state], None
        for n, one in enumerate(machine.tries, len(found.paths) - len(waiting)):
            told = None if written is None else written.get((state, one.label))
            is_known = told == "" or (told in found.paths and one.label in done)
            if is_known and one.label in tried and n % 7:
                continue
            subject = subject or bring(site, machine, path)
            assert machine.state(site, subject) == state
            if one.to is not None and (
                not subject.acts or (one.label in done and written is not None)
            ):
                continue
            tried.add(one.label)
            if one.first is not None and not do(site, subject, one.first).recorded:
                continue
            outcome = do(site, subject, one)
            gives = machine.state(site, subject)
            found.pairs.append(Pair(state, one, outcome, gives))
            if outcome.recorded:
                done.add(one.label)
            way = (*path, one) if one.first is None else (*path, one.first, one)
            if outcome.recorded or one.first is not None:
                subject = None  # it has more in its trail than the way there
            for topic, _ in outcome.entries:
                found.made.setdefault(topic, way)
            if gives not in found.paths:
                found.paths[gives] = way
                waiting.append(gives)
    return found
