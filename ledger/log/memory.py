"""What a process remembers of the streams that decisions rest on, brought up to date when asked.

Entries never change, and hold commitments in place of texts: so a stream that was read before is
that and what came since. Its last entry is asked for again each time; where that is another one,
the database is not the one that was read, and nothing that was remembered of it counts.
"""

import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from ledger.events.entry import Entry, decode
from ledger.events.streams import SERVICE
from ledger.log.storage import LogRecorder
from ledger.states.service import Service, fold

MOST = 20_000
"""The entries that are remembered, all streams together."""


@dataclass(frozen=True, slots=True)
class Look:
    """What the log says at one moment: the database's clock, the service's state, and streams."""

    now: datetime
    service: Service
    streams: Mapping[str, Sequence[Entry]]


class Remembered:
    """The streams read last by one process. Used by many threads at once."""

    def __init__(self, log: LogRecorder, most: int = MOST) -> None:
        self._log = log
        self._most = most
        self._lock = threading.Lock()
        self._streams: OrderedDict[str, tuple[Entry, ...]] = OrderedDict()
        self._entries = 0
        self._service: tuple[Entry, Service] | None = None

    def look(self, names: Iterable[str] = ()) -> Look:
        """The streams of these names as they are now, in one round trip; none of them SERVICE."""
        with self._lock:
            known = {name: self._streams.get(name, ()) for name in names}
            service = self._service
        last = {name: entries[-1] for name, entries in known.items() if entries}
        if service is not None:
            last[SERVICE] = service[0]
        now, new = self._read({name: last.get(name) for name in (*known, SERVICE)})
        if others := [name for name, one in last.items() if not _goes_on(one, new[name])]:
            self._forget(others)
            return self.look(known)
        state = fold(service[1] if service else None, new[SERVICE][SERVICE in last :])
        streams = {name: (*known[name], *new[name][name in last :]) for name in known}
        with self._lock:
            if new[SERVICE] and state is not None:
                self._service = new[SERVICE][-1], state
            for name, entries in streams.items():
                self._keep(name, entries)
        return Look(now, state or Service(), streams)

    @property
    def entries(self) -> int:
        """How many entries are remembered, those of the service's stream aside."""
        return self._entries

    def _read(self, last: Mapping[str, Entry | None]) -> tuple[datetime, dict[str, list[Entry]]]:
        """What there is of each stream from its last known entry on, that one included."""
        found: dict[str, list[Entry]] = {name: [] for name in last}
        now, stored = self._log.look(
            {name: one.version if one else 0 for name, one in last.items()}
        )
        for one in stored:
            entry = decode(one.state, one.id, one.recorded_at)
            found[entry.stream].append(entry)
        return now, found

    def _keep(self, name: str, entries: tuple[Entry, ...]) -> None:
        self._entries += len(entries) - len(self._streams.get(name, ()))
        self._streams[name] = entries
        self._streams.move_to_end(name)
        while self._entries > self._most:
            _, oldest = self._streams.popitem(last=False)
            self._entries -= len(oldest)

    def _forget(self, names: Iterable[str]) -> None:
        with self._lock:
            for name in names:
                if name == SERVICE:
                    self._service = None
                self._entries -= len(self._streams.pop(name, ()))


def _goes_on(last: Entry, new: Sequence[Entry]) -> bool:
    """Whether what was read begins with the entry that was the last one."""
    return bool(new) and (new[0], new[0].position) == (last, last.position)
