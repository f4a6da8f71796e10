"""Checks of a log against checkpoints under a policy, against the clocks of witnesses, and against
the keys that it names."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import accumulate

from ledger.verify import checkpoint as checkpoints
from ledger.verify import note
from ledger.verify.checkpoint import Checkpoint
from ledger.verify.line import LineError, LoggedEntry
from ledger.verify.note import COSIGNATURE, ED25519, NoteError, VerifierKey
from ledger.verify.policy import Policy
from ledger.verify.report import Horizon, Outside, Report

BEFORE = 3600
"""Seconds by which an entry may be older than the newest checkpoint without it: sealing is never
that far behind."""
_NAMED = 5
AHEAD = 60
"""Seconds by which an entry's time may be ahead of the clock of whoever saw it."""

NOTHING_HELD = (
    "not checked, no checkpoint from before was given: whoever has the key could have written all "
    "of this anew; keep this checkpoint for the next time"
)


NO_CLOCK = "no witness's clock to hold it against"


@dataclass(frozen=True, slots=True)
class SignedCheckpoint:
    """A checkpoint that a key of the policy signed: by which keys, and seen by witnesses when."""

    checkpoint: Checkpoint
    signed_by: tuple[VerifierKey, ...]
    cosigned: frozenset[VerifierKey]
    """The witnesses of the policy that cosigned it."""
    seen_by: int | None
    """The time by which as many of them as the policy takes had seen it, in POSIX seconds."""
    seen_from: int | None
    """The time at which, or later, as many saw it. One witness alone moves neither of the two,
    where the policy takes more than one."""


def seal(
    report: Report, text: str | bytes, policy: Policy, origin: str | None
) -> SignedCheckpoint | None:
    """Check the checkpoint that the rest is held against: signature, origin, quorum."""
    try:
        found = _opened(text, policy, origin)
    except NoteError as error:
        report.add("checkpoint", str(error), ok=False)
        return None
    at = found.checkpoint
    names = ", ".join(map(named, found.signed_by))
    report.origin, report.size, report.root = at.origin, at.size, at.root.hex()
    report.add("checkpoint", f"{at.origin}, {at.size:,} entries, signed by {names}")
    _witnesses(report, text, found, policy)
    return found


def _witnesses(report: Report, text: str | bytes, found: SignedCheckpoint, policy: Policy) -> None:
    """Check that enough of the policy's witnesses cosigned it: who did and who did not; and who
    says so whose key was not given."""
    others = note.cosigners(text, policy.keys)
    more = ""
    if others:
        more = (
            f"; under it stand cosignatures that are not checked, since you gave no key for them: "
            f"{_few(others)}"
        )
    if not policy.witnesses:
        says = f"none asked for: this is the log's own word alone{more}"
        report.add("witnesses", says, ok=None)
        return
    good = policy.satisfied_by(found.cosigned)
    missing = sorted({*policy.witnesses.values()} - found.cosigned)
    says = f"{len(found.cosigned)} of {len(policy.witnesses)} cosigned it"
    if not good:
        says += ", too few for the quorum"
    if missing:
        says += f"; not {_few([named(key) for key in missing])}"
    report.add("witnesses", says + more, ok=good)


def named(key: VerifierKey) -> str:
    """Return the name and hash with which a verifier key begins."""
    return f"{key.name}+{key.id.hex()}"


def _few(names: Sequence[str]) -> str:
    """List some names, as many as a person reads."""
    more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def held_before(
    report: Report, given: Sequence[tuple[str, bytes]], policy: Policy, origin: str
) -> list[SignedCheckpoint]:
    """Open the checkpoints that the reader holds from earlier, by name. Each that does not open is
    a failed check."""
    found = []
    for name, text in given:
        try:
            found.append(_opened(text, policy, origin))
        except NoteError as error:
            report.add("since", f"{name}: {error}", ok=False)
    return found


def continues(
    report: Report,
    sealed: SignedCheckpoint,
    held: Sequence[SignedCheckpoint],
    roots: Mapping[int, bytes],
    *,
    whole: bool = False,
) -> None:
    """Check the checkpoints held from earlier. `roots`: the log's own at their sizes, if known.
    `whole`: all of the log is here, so that it has no more than that."""
    if not held and all(one.check != "since" for one in report.checks):
        report.add("since", NOTHING_HELD, ok=None)
    good: dict[int, SignedCheckpoint] = {}
    for one in held:
        fault = _fault(sealed.checkpoint, one.checkpoint, roots.get(one.checkpoint.size), whole)
        if fault is not None:
            report.add("since", fault, ok=False)
        elif one.seen_by is not None or one.checkpoint.size not in good:
            good[one.checkpoint.size] = one
    if good:
        more = "" if len(good) == 1 else f", and of the {len(good) - 1:,} smaller ones"
        says = f"begins with the {max(good):,} entries of the checkpoint you hold{more}"
        report.add("since", says)
    _horizon(report, sealed, [*good.values(), sealed])


def _horizon(report: Report, sealed: SignedCheckpoint, several: Sequence[SignedCheckpoint]) -> None:
    """Report up to where, and who, outside the log confirms it. The rest is the log's own word."""
    seen = [one for one in several if one.seen_by is not None]
    if not seen:
        says = "no checkpoint was seen by as many witnesses as you ask for: the log's word alone"
        report.add("horizon", says, ok=None)
        return
    last = max(seen, key=lambda one: one.checkpoint.size)
    size, by = last.checkpoint.size, last.seen_by or 0
    who = [named(key) for key in sorted(last.cosigned)]
    report.horizon = Horizon(size, by, who)
    says = f"the checkpoint of {size:,} entries was seen by {_few(who)}, by {_iso(by)}"
    if size < sealed.checkpoint.size:
        says += f"; the {sealed.checkpoint.size - size:,} entries after it are the log's word alone"
    report.add("horizon", says, ok=None)


def _fault(now: Checkpoint, was: Checkpoint, root: bytes | None, whole: bool) -> str | None:
    """Return what contradicts a checkpoint that the reader holds; None if nothing does."""
    if was.size > now.size:
        says = f"you hold a checkpoint of {was.size:,} entries, this one has {now.size:,}"
        if whole:
            return f"{says}: cut off, or an older copy"
        return f"{says}: it is older, and nothing ties it to yours: verify the whole log"
    if root is None:
        says = f"the log at {was.size:,} entries is not here, so nothing ties it to yours"
        return f"{says}: verify the whole log"
    if root != was.root:
        return f"at {was.size:,} entries this log had another root than the one you hold: a fork"
    return None


class Clocks:
    """The bounds that witnesses' clocks set for each position."""

    def __init__(self, sealed: SignedCheckpoint, held: Sequence[SignedCheckpoint]) -> None:
        self.ranges: list[Outside] = []
        self._at = 0
        every = (one for one in (*held, sealed) if one.seen_by is not None)
        seen = sorted(every, key=lambda one: one.checkpoint.size)
        sizes = [one.checkpoint.size for one in seen]
        upto = list(accumulate((one.seen_from or 0 for one in seen), max))
        since = list(accumulate((one.seen_by or 0 for one in reversed(seen)), min))[::-1]
        size, first = sealed.checkpoint.size, 1
        for end in sorted({one for one in sizes if one <= size} | {size}):
            if end >= first:
                before, at = bisect_left(sizes, first), bisect_left(sizes, end)
                after = upto[before - 1] if before else None
                by = since[at] if at < len(seen) else None
                self.ranges.append(Outside(first, end, after, by))
                first = end + 1
        self._bounds = [
            (
                one.last,
                "" if one.after is None else _stamp(one.after - BEFORE),
                "~" if one.by is None else _stamp(one.by + AHEAD),
            )
            for one in self.ranges
        ]

    def fault(self, position: int, recorded_at: str, *, at_the_latest: bool = False) -> str | None:
        """Return what is wrong with the time that an entry states; None if nothing is. Positions
        come in order.

        `at_the_latest`: the entry was recorded at that time or before, since a clock was wrong.
        """
        while self._at < len(self._bounds) - 1 and self._bounds[self._at][0] < position:
            self._at += 1
        if not self._bounds:
            return None
        _, least, most = self._bounds[self._at]
        if recorded_at < least:
            return (
                f"entry {position:,} is dated more than an hour before a witness saw the log "
                "without it: it was sealed so late, or backdated"
            )
        if recorded_at > most and not at_the_latest:
            return f"entry {position:,} is dated after a witness saw it"
        return None

    @property
    def seen(self) -> bool:
        """True if a clock outside says anything about any position."""
        return any(one.seen for one in self.ranges)

    def tell(self, report: Report) -> None:
        """Report what clocks outside say of each range of positions."""
        for one in self.ranges:
            which = f"entries {one.first:,} to {one.last:,}"
            report.add("outside evidence", f"{which}: {in_words(one)}", ok=None)
        report.outside += self.ranges


def in_words(outside: Outside) -> str:
    """Write outside evidence in words: `after 2026-05-01T10:00:00Z, by …`, or `none`."""
    parts = []
    if outside.after is not None:
        parts.append(f"after {_iso(outside.after)}")
    if outside.by is not None:
        parts.append(f"by {_iso(outside.by)}")
    return ", ".join(parts) or "none"


def _opened(text: str | bytes, policy: Policy, origin: str | None) -> SignedCheckpoint:
    opened = checkpoints.open(text, policy.keys, origin)
    seen = [one for one in opened.note.signatures if one.key.kind == COSIGNATURE]
    times = [(one.timestamp or 0, one.key) for one in seen]
    return SignedCheckpoint(
        opened.checkpoint,
        tuple(opened.note.signed_by(ED25519)),
        frozenset(one.key for one in seen),
        _first_enough(sorted(times), policy),
        _first_enough(sorted(times, reverse=True), policy),
    )


def _first_enough(times: Sequence[tuple[int, VerifierKey]], policy: Policy) -> int | None:
    """Return the first of some times, in their order, by which enough witnesses for the policy saw
    it.

    If the policy needs none, return the first time of all.
    """
    seen: set[VerifierKey] = set()
    for time, key in times:
        seen.add(key)
        if policy.satisfied_by(seen):
            return time
    return None


def _iso(seconds: int) -> str:
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError, OSError):
        return f"{seconds} s"


def _stamp(seconds: int) -> str:
    """Return a time as `recorded_at` is written, so that the two compare."""
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    except (ValueError, OverflowError, OSError):
        return "~"


@dataclass(slots=True)
class _Key:
    added: bool = False
    retired_from: int | None = None
    compromised_from: int | None = None


class Keys:
    """The log's own keys, as its entries state: from when each was in use, and from which size it
    ended.

    A key that is retired signs no checkpoint of that size or more. If a key is compromised, such a
    signature proves nothing. A retirement counts at the earliest from the size after its entry. No
    later entry brings a key back.
    """

    def __init__(self) -> None:
        self._known: dict[str, _Key] = {}

    def take(self, entry: LoggedEntry) -> None:
        """Take one entry of the log. Raise LineError if it is about a key in an unknown form."""
        if entry.stream != "service" or not entry.type.startswith("key-"):
            return
        data = entry.data
        if not isinstance(vkey := data.get("vkey"), str):
            raise LineError("it is about no key")
        key = self._known.setdefault(vkey, _Key())
        if entry.type == "key-added":
            key.added = True
            return
        if type(size := data.get("from_size")) is not int:
            raise LineError("it ends a key from no size on")
        if entry.type == "key-retired":
            key.retired_from = _earlier(key.retired_from, max(size, entry.position + 1))
        else:
            key.compromised_from = _earlier(key.compromised_from, size)

    def end(self, report: Report, sealed: SignedCheckpoint, *, whole: bool = True) -> None:
        """Report whether a key that signed the checkpoint was in use at its size.

        If only a part of the log is here, an entry that ended a key may be missing.
        """
        size = sealed.checkpoint.size
        ended = [self._ended(key.vkey, size) for key in sealed.signed_by]
        if all(ended):
            report.add("keys", "; ".join(filter(None, ended)), ok=False)
            return
        if not whole:
            says = "not checked: nothing here ends the key, and what came later may not be here"
            report.add("keys", says, ok=None)
            return
        good = [key for key, end in zip(sealed.signed_by, ended, strict=True) if end is None]
        if not any(self._known.get(key.vkey, _Key()).added for key in good):
            says = "the log does not name the key that signed it; that you trust it is all there is"
            report.add("keys", says, ok=None)
        else:
            report.add("keys", "signed by a key that the log has in use at this size")

    def held(self, report: Report, held: Sequence[SignedCheckpoint]) -> None:
        """Report which checkpoints that the reader holds were signed by keys that the log calls
        ended. This is the log's own word, and takes nothing back."""
        for one in held:
            size = one.checkpoint.size
            ended = [self._ended(key.vkey, size) for key in one.signed_by]
            if all(ended):
                says = f"the one of {size:,} entries that you hold is, as the log says, "
                report.add("since", says + "; ".join(filter(None, ended)), ok=None)

    def _ended(self, vkey: str, size: int) -> str | None:
        key = self._known.get(vkey, _Key())
        if key.compromised_from is not None and size >= key.compromised_from:
            return f"signed by {vkey}, compromised from size {key.compromised_from:,} on"
        if key.retired_from is not None and size >= key.retired_from:
            return f"signed by {vkey}, retired from size {key.retired_from:,} on"
        return None


def _earlier(size: int | None, other: int) -> int:
    return other if size is None else min(size, other)
