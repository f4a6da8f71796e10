"""The register of bodies and the rules, as the log has them at a position.

A change or a succession counts from its own day, as known; rights, and whose website is whose,
are as the register stood when an act was recorded.
"""

from bisect import bisect_left
from datetime import date
from typing import Any

from ledger.replay.effect import Act, in_effect, interval, kept
from ledger.replay.log import Line, Log

SERVICE = "service"
_REMEMBERED = 64
"""So many states of the register are remembered at once."""


class Register:
    """What the stream of the service says, as known at a position."""

    def __init__(self, log: Log, known_at: int) -> None:
        self._log = log
        self._acts = in_effect(log.filed.get(SERVICE, []), known_at)
        self.accounts = {
            act.data["account"]: act.data.get("body")
            for act in self._acts
            if act.type == "account-opened"
        }
        self._bodies = [act for act in self._acts if act.type.startswith("body-")]
        self._recorded: dict[int, dict[str, dict[str, Any]]] = {}
        days = {act.id: interval(log, act, None).hi for act in self._acts}
        self._changes = sorted(
            (act for act in self._acts if act.type in ("body-changed", "body-succeeded")),
            key=lambda act: (days[act.id], act.position),
        )
        self._days = days

    def bodies(self, on: date) -> dict[str, dict[str, Any]]:
        """The bodies by id, with what had changed by a day."""
        found = self._registered()
        for act in self._changes:
            if self._days[act.id] <= on:
                _change(found, act)
        return found

    def as_recorded(self, before: int) -> dict[str, dict[str, Any]]:
        """The bodies by id, by what was recorded before a position, whatever its day."""
        known = bisect_left(self._bodies, before, key=lambda act: act.position)
        if known not in self._recorded:
            self._log.look(known)
            if len(self._recorded) == _REMEMBERED:
                self._recorded.clear()
            found: dict[str, dict[str, Any]] = {}
            for act in self._bodies[:known]:
                if act.type == "body-registered":
                    found[act.data["id"]] = dict(act.data)
                else:
                    _change(found, act)
            self._recorded[known] = found
        return self._recorded[known]

    def websites(self, body: str, before: int) -> list[str]:
        """The hosts of a body's own websites, as recorded before a position."""
        return self.as_recorded(before).get(body, {}).get("websites") or []

    def asked(self, body: str, arose: Line) -> set[str]:
        """Whose recommendations a body has to explain: its own, and those of the force that it
        held to account when its duty first arose. A register that changes later moves no duty,
        one that is worked out again for another day no more than any other."""
        force = self.as_recorded(arose.position).get(body, {}).get("force")
        return {body, force} if force else {body}

    def concerned(self, body: str, on: date) -> set[str]:
        """The bodies whose matters concern a body on a day: itself, its force, who holds it to
        account, and whoever any of these follows."""
        bodies = self.bodies(on)
        found = {body, *(name for name, one in bodies.items() if one.get("force") == body)}
        if force := bodies.get(body, {}).get("force"):
            found.add(force)
        while more := {n for n, one in bodies.items() if one.get("successor") in found} - found:
            found |= more
        return found

    def _registered(self) -> dict[str, dict[str, Any]]:
        return {
            act.data["id"]: dict(act.data) for act in self._acts if act.type == "body-registered"
        }


def _change(bodies: dict[str, dict[str, Any]], act: Act) -> None:
    if act.type == "body-changed" and act.data["id"] in bodies:
        said = {name: value for name, value in act.data.items() if value is not None}
        bodies[act.data["id"]].update(said)
    elif act.type == "body-succeeded" and act.data["id"] in bodies:
        bodies[act.data["id"]]["successor"] = act.data["successor"]


def is_publishers_own(
    log: Log, register: Register, report: Act, capture: str | None, cited_at: int
) -> bool:
    """Whether a capture is the word of a report's publisher (docs/captures.md).

    It is a public one that was fetched over https from a host that the register named for the
    publisher, or that the publisher's account sent. `cited_at` is the position of the entry that
    cites it: the register counts as it stood then.
    """
    line, publisher = kept(log, capture), report.data["publisher"]
    if line is None or line.data.get("audience", "public") != "public":
        return False
    if line.data.get("how") != "fetched":
        return bool(register.accounts.get(line.event["recorded_by"]) == publisher)
    if line.data.get("host") not in register.websites(publisher, cited_at):
        return False
    return str(line.data.get("url")).startswith("https://")


def trigger_basis(log: Log, register: Register, report: Act, takeovers: list[Act]) -> str:
    """`publisher` where the entry that says the report's day cites the publisher's own page.

    The day is said by the report, by the last correction of it, or by the publisher's taking the
    report over as it then stood; else it is somebody's word: `stated`.
    """
    day: Line | None = report.corrected.get("occurred_on")
    source = report.corrected.get("source.capture")
    citations: list[tuple[str | None, int]] = []
    if day is None:
        citations.append((report.source.get("capture"), (source or report.line).position))
    else:
        citations.append(((day.event.get("source") or {}).get("capture"), day.position))
        if source is not None and source.position > day.position:
            citations.append((report.source.get("capture"), source.position))
    citations += [
        (act.source.get("capture"), act.position)
        for act in takeovers
        if day is None or act.position > day.position
    ]
    for capture, cited_at in citations:
        if is_publishers_own(log, register, report, capture, cited_at):
            return "publisher"
    return "stated"
