"""Acts on the keys that seal the log: adding, rotating, compromise, and sealing that goes on."""

from ledger.acts.decision import Decision, Notice
from ledger.errors import Refused
from ledger.events import KeyAdded, KeyCompromised, KeyRetired, SealingResumed
from ledger.events.entry import Entry
from ledger.events.streams import SERVICE
from ledger.states.keys import Key, Keys
from ledger.states.service import fold


def add_key(decision: Decision, event: KeyAdded, notice: Notice) -> Entry:
    """Bring a signing key into use. A key whose use has ended is never used again."""
    decision.needs_admin()
    if (found := keys(decision).known.get(event.vkey)) is not None:
        raise Refused("key-exists", f"This key is {_in_words(found)}; make another.")
    return decision.add(SERVICE, event, notice, by=None)


def rotate_key(decision: Decision, event: KeyAdded, retired: str, notice: Notice) -> Entry:
    """Bring a key into use, and retire the one before it. Both sign the log that contains these
    entries."""
    decision.needs_admin()
    added = add_key(decision, event, notice)
    after_both = decision.head + 3
    retire_key(decision, KeyRetired(vkey=retired, from_size=after_both), notice)
    return added


def retire_key(decision: Decision, event: KeyRetired, notice: Notice) -> Entry:
    """Retire a key from a size that the log has not reached. Refuse this if no other key is in
    use."""
    now = keys(decision)
    key = _known(now, event.vkey)
    if not key.in_use:
        after = (
            "" if key.compromised_from is None else " Go on by another: `answerable key resume`."
        )
        raise Refused("key-ended", f"This key is {_in_words(key)}, so it is not retired.{after}")
    if now.in_use == [event.vkey]:
        raise Refused(
            "last-key",
            "This is the only key in use: the log would be sealed by none. Bring another into use "
            "first, or rotate this one: `answerable key rotate`.",
        )
    if event.from_size <= decision.head:
        raise Refused(
            "from-size",
            f"The log has {decision.head} entries: a key is retired from a later size on, and what "
            "it signed before stays good. If that proves nothing, the key is compromised: "
            "`answerable key compromised`.",
        )
    return decision.add(SERVICE, event, notice, by=None)


def compromise_key(decision: Decision, event: KeyCompromised, notice: Notice) -> Entry:
    """Say that a key's signatures prove nothing from a size on; later, from an earlier one."""
    decision.needs_admin()
    key = _known(keys(decision), event.vkey)
    if not 1 <= event.from_size <= decision.head + 1:
        raise Refused(
            "from-size",
            f"{event.from_size} is no size from which it can have signed: the log has "
            f"{decision.head} entries, so give 1 (all that it signed) to {decision.head + 1} "
            "(only what it may sign from now on).",
        )
    if key.compromised_from is not None and event.from_size >= key.compromised_from:
        raise Refused(
            "compromised-already",
            f"This key is {_in_words(key)} already; only an earlier size changes that.",
        )
    return decision.add(SERVICE, event, notice, by=None)


def resume_sealing(
    decision: Decision, event: SealingResumed, notice: Notice, *, adding: KeyAdded | None = None
) -> Entry:
    """Say that sealing, which had stopped, goes on; by a key in use, or by one added here.

    `held` is the word of the sealer's keeper: a sealer that stops by itself writes no entry.
    """
    decision.needs_admin()
    added = add_key(decision, adding, notice) if adding else None
    now = keys(decision)
    key = _known(now, event.vkey)
    if not key.in_use:
        raise Refused("key-ended", f"This key is {_in_words(key)}: sealing goes on by another.")
    if event.because == "compromised" and now.held_from is None:
        raise Refused(
            "not-held",
            "No key in use is recorded as compromised since sealing last went on, so nothing "
            "has stopped it. Where the sealer stopped by itself, say so: held.",
        )
    if event.because == "held" and now.held_from is not None:
        raise Refused(
            "not-held",
            "Sealing stopped because a key is compromised: say that it goes on after it.",
        )
    most = decision.head if now.held_from is None else min(decision.head, now.held_from - 1)
    if not 0 <= event.at_size <= most:
        raise Refused(
            "at-size",
            f"{event.at_size} is not the size of a checkpoint that still proves: that is {most} "
            "at most, and 0 where there is none.",
        )
    resumed = decision.add(SERVICE, event, notice, by=None)
    return added or resumed


def keys(decision: Decision) -> Keys:
    """Return the keys as they stand, with what this decision adds."""
    added = [entry for entry in decision.entries if entry.stream == SERVICE]
    now = fold(decision.service, added)
    assert now is not None
    return now.keys


def _known(now: Keys, vkey: str) -> Key:
    if (found := now.known.get(vkey)) is None:
        raise Refused("unknown-key", f"“{vkey[:200]}” is no key of this log.")
    return found


def _in_words(key: Key) -> str:
    if key.compromised_from is not None:
        return f"compromised from size {key.compromised_from} on"
    if key.retired_from is not None:
        return f"retired from size {key.retired_from} on"
    return "in use"
