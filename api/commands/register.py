"""`register adopt`: the shipped or listed bodies and rules that a log lacks."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import click

from api.commands.context import Context, ledger, with_context
from ledger.acts.decision import Notice
from ledger.acts.service import adopt_rule, change_body, register_body, succeed_body
from ledger.errors import Refused, Unfit
from ledger.events import BodyChanged, BodyRegistered, RuleAdopted
from ledger.events.service import NamesBeside
from ledger.register import (
    Register,
    Succession,
    read_register,
    shipped_bodies,
    shipped_rules,
    shipped_successions,
)
from ledger.states.service import SETUP, Service


@click.group()
def register() -> None:
    """The register of bodies and the rules, as this log has them."""


@register.command("adopt")
@click.argument(
    "file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@with_context
def adopt(here: Context, file: Path | None) -> None:
    """Record the shipped rules, bodies and successions that this log lacks.

    With a FILE (TOML), record those that it lists: docs/register.md describes its form.
    """
    try:
        text = None if file is None else file.read_text("utf-8")
    except UnicodeDecodeError:
        raise Unfit(f"{file} is no text in UTF-8.") from None
    with ledger(here.settings, begins=True) as (log, _):
        service = log.service()
        if text is None:
            listed = shipped()
        else:
            listed = read_register(text, {one.id: one.kind for one in service.bodies.values()})
        _refuse_what_differs(listed, service)
        missing = NotAdopted.of(listed, service)
        for body in sorted(missing.bodies, key=lambda one: bool(one.holds or one.panel)):
            log.record(SETUP, register_body, body, Notice())
        for change, _ in missing.changes:
            log.record(SETUP, change_body, change, Notice())
        for one in missing.successions:
            log.record(SETUP, succeed_body, one.event, Notice(source=one.source))
        for rule in missing.rules:  # after the bodies, which a rule may name as publishers
            log.record(SETUP, adopt_rule, rule, Notice())
    all_there = f"This log has all {'that is shipped' if file is None else f'that {file} lists'}."
    here.answer({"recorded": missing.names}, "\n".join(missing.names) or all_there)


def shipped() -> Register:
    return Register(shipped_rules(), shipped_bodies(), shipped_successions())


@dataclass(frozen=True)
class NotAdopted:
    """The parts of a list that a log lacks."""

    bodies: list[BodyRegistered]
    changes: list[tuple[BodyChanged, str]]
    """Each body with fields that the list has and the log lacks, and these in words."""
    successions: list[Succession]
    rules: list[RuleAdopted]

    @classmethod
    def of(cls, listed: Register, service: Service) -> "NotAdopted":
        """Compare a list with a log's register."""
        there = [(service.bodies[one.id], one) for one in listed.bodies if one.id in service.bodies]
        found = (added_since(before, one) for before, one in there)
        return cls(
            bodies=[one for one in listed.bodies if one.id not in service.bodies],
            changes=[one for one in found if one is not None],
            successions=[one for one in listed.successions if not _recorded(one, service)],
            rules=[one for one in listed.rules if (one.id, one.version) not in service.rules],
        )

    @property
    def names(self) -> list[str]:
        """Each missing thing in a few words."""
        return [
            *(one.id for one in self.bodies),
            *(f"{change.id}: {words}" for change, words in self.changes),
            *(
                f"{one.event.id}: {one.event.successor} from {one.event.on}"
                for one in self.successions
            ),
            *(f"{one.id} v{one.version}" for one in self.rules),
        ]


def _recorded(one: Succession, service: Service) -> bool:
    """Return whether a log already has a succession."""
    several = service.successions.get(one.event.id, ())
    return one.event.successor in (after.successor for after in several)


def _refuse_what_differs(listed: Register, service: Service) -> None:
    """Raise Refused if a list contradicts the log: by another rule of the same version, or another
    successor."""
    for rule in listed.rules:
        there = service.rules.get((rule.id, rule.version))
        if there is not None and there.sha256 != rule.sha256:
            raise Refused(
                "rule-version",
                f"This log has another {rule.id} v{rule.version} (SHA-256 {there.sha256}): a "
                "rule that says something else is its next version.",
            )
    divided = Counter(one.event.id for one in listed.successions)
    for one in listed.successions:
        several = service.successions.get(one.event.id, ())
        if several and divided[one.event.id] == 1 and not _recorded(one, service):
            after = several[0]
            raise Refused(
                "succeeded-once",
                f"By this log {one.event.id} is followed by {after.successor}, not by "
                f"{one.event.successor}: retract that entry ({after.entry}) first.",
            )


def added_since(there: BodyRegistered, listed: BodyRegistered) -> tuple[BodyChanged, str] | None:
    """Return the fields of a body that a list has and the log lacks, and these in words; None if
    there are none."""
    names = ("websites", "begins", "ends", "names")
    said = {name: getattr(listed, name) for name in names if getattr(there, name) is None}
    new = {name: value for name, value in said.items() if value is not None}
    if not new:
        return None
    words = (
        value.cy
        if isinstance(value, NamesBeside)
        else value
        if isinstance(value, str)
        else ", ".join(value)
        for value in new.values()
    )
    return BodyChanged(id=there.id, **new), "; ".join(words)
