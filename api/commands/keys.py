"""`key`: the log's signing key, in a file outside the database, and the keys that the log names."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from api.commands.context import Context, Database, ledger, with_context
from api.commands.witnesses import Asked, have_witnessed
from ledger.acts.decision import Notice
from ledger.acts.key import add_key, compromise_key, resume_sealing, rotate_key
from ledger.application import Ledger
from ledger.events import KeyAdded, KeyCompromised, SealingResumed
from ledger.events.texts import Text, say
from ledger.postgres.connections import SEALER_ROLE, connect
from ledger.seal import key_file as files
from ledger.seal.attempts import keep_attempt
from ledger.seal.checkpoints import SealBell, Sealed
from ledger.seal.key_file import KeyFileError
from ledger.settings import Settings
from ledger.states.keys import Keys
from ledger.states.service import SETUP
from ledger.verify.note import SigningKey

_COMPROMISED = (
    "Sealing is held. When it is safe, go on with a new key: `answerable key resume --reason ...`."
)
_AGAIN = "The key is rotated all the same. Try again, when the sealer runs: `answerable witness`."
_NOT_SEALED = "The checkpoint of the key's rotation was not sealed in time: is the sealer running?"
_SEAL_SECONDS = 10.0
"""The seconds that the checkpoint of a rotation is waited for."""


def _said(_: click.Context, __: click.Parameter, given: str) -> Text:
    """Return a reason as a text. One that cannot be a text is wrong usage."""
    try:
        return say(given)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


@click.group()
def key() -> None:
    """The log's signing key (Ed25519, C2SP signed-note).

    The key's file is in the sealer's data directory. `key show` needs nothing else; the others read
    or record entries, and need ANSWERABLE_DATABASE_URL, the service's login.
    """


@key.command("create")
@with_context
def create(here: Context) -> None:
    """Make the signing key, and record its verifier key in the log."""
    with ledger(here.settings, begins=True) as (log, _):
        path = key_file(here.settings)
        with files.alone(path):
            if not _begun(here.settings, log):
                if path.exists():
                    raise KeyFileError(f"{path} holds a key already.")
                _create(here.settings, log)
            vkey = read(here.settings).vkey
    here.answer({"vkey": vkey, "file": str(path)}, vkey)


@key.command("show")
@with_context
def show(here: Context) -> None:
    """Print the verifier key, alone on the last line."""
    vkey = read(here.settings).vkey
    here.answer({"vkey": vkey}, vkey)


@key.command("list")
@with_context
def list_(here: Context) -> None:
    """List every key that seals or sealed the log, and how it ended."""
    with ledger(here.settings) as (log, _):
        keys = log.service().keys
    items = [
        {
            "vkey": one.vkey,
            "in_use": one.in_use,
            "retired_from": one.retired_from,
            "compromised_from": one.compromised_from,
        }
        for one in keys.known.values()
    ]
    here.answer({"keys": items, "held_from": keys.held_from}, "\n".join(_lines(keys)))


@key.command("rotate")
@with_context
def rotate(here: Context) -> None:
    """Bring a new signing key into use, and retire the old one, whose file stays.

    If it is killed in between, call it again or start the service: it goes on from there. It has
    the first checkpoint after that witnessed and copied, as `answerable witness` does where the
    settings name somebody.
    """
    path, asked = key_file(here.settings), Asked.by(here.settings)
    with _change_ended(here.settings) as (log, place, ended_before):
        if asked != Asked():  # before anything is recorded: its answers are kept by this login
            connect(place.sealer_url, role=SEALER_ROLE).close()
        if not ended_before:
            old = read(here.settings).vkey
            made = files.propose(path, here.settings.origin)
            log.record(SETUP, rotate_key, KeyAdded(vkey=made.vkey), old, Notice())
            files.settle(path, log.service().keys)
        vkey, keys = read(here.settings).vkey, log.service().keys
        outside = _witnessed(asked, log, place)
    before = keys.before(vkey)
    kept = str(files.kept_as(path, before, keys)) if before else None
    lines = ["This ends a change of keys that was begun before."] if ended_before else []
    lines += [f"The key before it is kept in {kept}."] if kept else []
    lines += [f"{one['who']}: {one['detail']}" for one in outside if not one["ok"]]
    lines += [_AGAIN] if not all(one["ok"] for one in outside) else []
    body = {"vkey": vkey, "file": str(path), "retired": before, "retired_file": kept}
    here.answer(body | {"witnesses": outside}, "\n".join([*lines, vkey]))


def _witnessed(asked: Asked, log: Ledger, place: Database) -> list[dict[str, Any]]:
    """Have the checkpoint of a rotation taken by those outside, once it is sealed. Return what
    became of each; a failure does not undo the rotation."""
    if asked == Asked():
        return []
    if SealBell(Sealed(log.log.pool), place.url).wait_for(log.head(), _SEAL_SECONDS):
        return have_witnessed(log, place, asked)[1]
    for name in asked.names:
        keep_attempt(place.sealer_url, name, 0, _NOT_SEALED)
    return [{"who": name, "ok": False, "detail": _NOT_SEALED} for name in asked.names]


@key.command("compromised")
@click.argument("vkey")
@click.option(
    "--from-size",
    type=int,
    required=True,
    metavar="N",
    help="Checkpoints of N entries and more that it signed prove nothing; 1: none ever did.",
)
@click.option(
    "--reason",
    required=True,
    callback=_said,
    help="What is known of how it came about; public.",
)
@with_context
def compromised(here: Context, vkey: str, from_size: int, reason: Text) -> None:
    """Record that a key was, or may have been, in other hands. If it is in use, sealing is held."""
    with ledger(here.settings) as (log, _):
        event = KeyCompromised(vkey=vkey, from_size=from_size, reason=reason)
        log.record(SETUP, compromise_key, event, Notice())
        held_from = log.service().keys.held_from
    said = f"Compromised from size {from_size} on: {vkey}"
    here.answer(
        {"vkey": vkey, "compromised_from": from_size, "held_from": held_from},
        said + (f"\n{_COMPROMISED}" if held_from is not None else ""),
    )


@key.command("resume")
@click.option(
    "--reason",
    required=True,
    callback=_said,
    help="What happened, and why sealing can go on; public.",
)
@click.option(
    "--at-size",
    type=int,
    metavar="N",
    help="The size of the last valid checkpoint; default: the last before the compromise.",
)
@click.option(
    "--held", is_flag=True, help="The sealer had stopped by itself; no key is compromised."
)
@with_context
def resume(here: Context, reason: Text, at_size: int | None, held: bool) -> None:
    """Record that sealing goes on, after a compromise by a new key."""
    if held and at_size is None:
        raise click.UsageError("With --held, give --at-size: the sealer knows its last checkpoint.")
    path = key_file(here.settings)
    with _change_ended(here.settings) as (log, _, ended_before):
        keys = log.service().keys
        if ended_before and keys.held_from is None:
            vkey = read(here.settings).vkey
        else:
            vkey = _resume(here.settings, log, path, reason, at_size, held)
    here.answer({"vkey": vkey, "file": str(path)}, vkey)


def _resume(
    settings: Settings, log: Ledger, path: Path, reason: Text, at_size: int | None, held: bool
) -> str:
    keys = log.service().keys
    current = read(settings).vkey if held or path.exists() else None
    made: SigningKey | None = None
    if not held and current not in keys.in_use:
        made = files.propose(path, settings.origin, afresh=True)
    event = SealingResumed(
        vkey=made.vkey if made else str(current),
        at_size=(keys.held_from or 1) - 1 if at_size is None else at_size,
        because="held" if held else "compromised",
        reason=reason,
    )
    log.record(
        SETUP, resume_sealing, event, Notice(), adding=KeyAdded(vkey=made.vkey) if made else None
    )
    files.settle(path, log.service().keys)
    return event.vkey


def key_file(settings: Settings) -> Path:
    """Return the path of the signing key."""
    return settings.signing_key_file or settings.data / "signing.key"


def read(settings: Settings) -> SigningKey:
    """Return the signing key. Raise KeyFileError if its file is missing."""
    return files.read(key_file(settings))


def ensure(settings: Settings, log: Ledger) -> None:
    """Make sure that there is a key, and finish a key's making or a rotation that was begun before.
    Raise SettingsError if the log has another name than the settings."""
    settings.must_name(log.service().keys.origin)
    path = key_file(settings)
    with files.alone(path):
        if not _begun(settings, log) and not path.exists():
            _create(settings, log)


def first(settings: Settings, log: Ledger) -> None:
    """Give a log that names no key its first one, the sealer's own. Later keys are made by
    commands. Raise SettingsError if the log has another name than the settings."""
    settings.must_name(log.service().keys.origin)
    if not log.service().keys.known:
        ensure(settings, log)


def _begun(settings: Settings, log: Ledger) -> bool:
    """Finish a rotation that was begun before, and return whether one was."""
    path, keys = key_file(settings), log.service().keys
    if files.settle(path, keys):
        return True
    if path.exists() and not keys.known:  # put there by hand, or left by a killed process
        given = read(settings)
        settings.must_name(given.name)
        log.record(SETUP, add_key, KeyAdded(vkey=given.vkey), Notice())
        return True
    return False


def _create(settings: Settings, log: Ledger) -> None:
    """Make the first key of this log, and record it. Raise KeyFileError if the log has a key whose
    file is not here: without a lasting data directory, each start would add a key."""
    path = key_file(settings)
    if in_use := log.service().keys.in_use:
        raise KeyFileError(
            f"The log is sealed by {in_use[-1]}, and that key is not in {path}: put it there, or "
            "name its file (ANSWERABLE_SIGNING_KEY_FILE). Where it is lost, say so, "
            f"`answerable key compromised {in_use[-1]} --from-size {log.head() + 1} --reason ...`, "
            "and go on with a new one: `answerable key resume --reason ...`."
        )
    made = files.propose(path, settings.origin)
    log.record(SETUP, add_key, KeyAdded(vkey=made.vkey), Notice())
    files.settle(path, log.service().keys)


@contextmanager
def _change_ended(settings: Settings) -> Iterator[tuple[Ledger, Database, bool]]:
    """Yield the ledger, its database, and whether a change of keys that was begun before was
    finished just now."""
    with ledger(settings) as (log, place), files.alone(path := key_file(settings)):
        settings.must_name(log.service().keys.origin)
        yield log, place, files.settle(path, log.service().keys)


def _lines(keys: Keys) -> list[str]:
    lines = []
    for one in keys.known.values():
        ends = []
        if one.retired_from is not None:
            ends.append(f"retired from size {one.retired_from} on")
        if one.compromised_from is not None:
            ends.append(f"compromised from size {one.compromised_from} on")
        lines.append(f"{one.vkey}  {', '.join(ends) or 'in use'}")
    if keys.held_from is not None:
        lines.append(_COMPROMISED)
    return lines
