"""Streams of the log as known at a position: what states are worked out from."""

from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import Hashable, Iterable, Sequence
from datetime import date
from functools import lru_cache
from operator import attrgetter
from typing import Any

from ledger.events import ResponseDutyArose, RuleAdopted
from ledger.events.entry import Entry
from ledger.events.streams import (
    capture_stream,
    recommendation_of,
    report_of,
    report_stream,
    response_stream,
)
from ledger.states.report import Report, report
from ledger.states.service import Service
from projections.states.recommendation import Context


class Streams(ABC):
    """Streams as known at a position: what states are worked out from."""

    def __init__(self) -> None:
        self.worked_out: dict[Hashable, Any] = {}
        """States by the entries that they add up to: for as long as these are held."""
        self._asked: dict[str, tuple[int, set[str]]] = {}
        """By response: since which position it is settled whose recommendations it has to explain,
        and whose."""

    @abstractmethod
    def stream(self, name: str, position: int) -> list[Entry]:
        """The entries of a stream up to a position."""

    @abstractmethod
    def service(self, position: int) -> Service:
        """Register and rules as known at a position."""

    @abstractmethod
    def answering(self, force: str) -> Iterable[str]:
        """The bodies that held a force to account at any position, this one's or another."""

    @abstractmethod
    def subjects_of(self, reference: str, position: int) -> list[str]:
        """The streams of a report's recommendations and responses, as far as there are any."""

    @abstractmethod
    def recommendations_of(self, reference: str, addressee: str) -> Sequence[str]:
        """The streams of a report's recommendations to a body."""

    def report(self, reference: str, position: int) -> tuple[Report, date] | None:
        """A report as known at a position, and the day from which it is there; None where none is
        in effect."""
        entries = self.stream(report_stream(reference), position)
        key = ("report", reference, len(entries))
        if key not in self.worked_out:
            found = report(entries)
            there = found and (found, found.hi(self.context(position).captured_on))
            self.worked_out[key] = there
        known: tuple[Report, date] | None = self.worked_out[key]
        return known

    def report_about(self, stream: str, position: int) -> Report | None:
        """The report that a stream is about, as known at a position, if one is in effect."""
        reference = report_of(stream)
        there = self.report(reference, position) if reference else None
        return there[0] if there else None

    def recommendations_to(self, reference: str, body: str, position: int) -> list[list[Entry]]:
        """The streams of the recommendations of a report that a body has to explain."""
        found: list[list[Entry]] = []
        for addressee in sorted(self.asked(reference, body, position)):
            for stream in self.recommendations_of(reference, addressee):
                if entries := self.stream(stream, position):
                    found.append(entries)
        return sorted(found, key=lambda entries: _in_order(entries[0].stream))

    def responses_about(self, reference: str, addressee: str, position: int) -> list[list[Entry]]:
        """The streams of the responses to a report that have to explain what an addressee got."""
        bodies = [
            body
            for body in sorted({addressee, *self.answering(addressee)})
            if addressee in self.asked(reference, body, position)
        ]
        found = [self.stream(response_stream(reference, body), position) for body in bodies]
        return [entries for entries in found if entries]

    def asked(self, reference: str, body: str, position: int) -> set[str]:
        """Whose recommendations a body has to explain: its own, and those of the force that it
        held to account when its duty first arose. A register that changes later moves no duty,
        not even one that is worked out again for another day, as a later rule doesn't."""
        stream = response_stream(reference, body)
        since, found = self._asked.get(stream, (position + 1, set()))
        if position < since:
            entries = self.stream(stream, position)
            arose = next(
                (one.position for one in entries if isinstance(one.data, ResponseDutyArose)), None
            )
            registered = self.service(position if arose is None else arose).bodies.get(body)
            found = {body, (registered and registered.force) or body}
            if arose is not None:
                self._asked[stream] = arose, found
        return found

    def context(self, position: int) -> Context:
        """What states need from other streams, as known at a position."""

        def rule(name: str, version: int) -> RuleAdopted:
            return self.service(position).rules[(name, version)]

        def capture(name: str) -> Entry | None:
            return next(iter(self.stream(capture_stream(name), position)), None)

        return Context(capture, rule, self.service)


def upto(entries: Sequence[Entry], position: int) -> list[Entry]:
    """The entries up to a position, of those in the order of the log."""
    return list(entries[: bisect_right(entries, position, key=_position)])


_position = attrgetter("position")


@lru_cache(maxsize=20_000)
def _in_order(stream: str) -> tuple[int, str]:
    key = recommendation_of(stream).key
    digits = "".join(ch for ch in key if ch.isdigit())
    return (int(digits) if digits and key[0].isdigit() else 10**6, key)
