"""`key`: the log's signing key, in a file outside the database."""

import os
from pathlib import Path

import click

from api.commands.context import Context, data_option, json_option, ledger, passes
from ledger.application import Ledger
from ledger.decision import Told
from ledger.errors import AnswerableError
from ledger.events import KeyAdded
from ledger.service import SETUP
from ledger.settings import Settings
from ledger.transparency import note


class KeyFileError(AnswerableError):
    """The key's file is missing, there already, or holds no key."""


@click.group()
def key() -> None:
    """The log's signing key (Ed25519, C2SP signed-note)."""


@key.command("create")
@json_option
@data_option
@passes
def create(here: Context) -> None:
    """Make the signing key, and record its verifier key in the log."""
    with ledger(here.settings) as (log, _):
        path = key_file(here.settings)
        if path.exists():
            raise KeyFileError(f"{path} holds a key already.")
        vkey = make(here.settings, log)
    here.answer({"vkey": vkey, "file": str(path)}, vkey)


@key.command("show")
@json_option
@data_option
@passes
def show(here: Context) -> None:
    """Print the verifier key, alone on the last line."""
    vkey = read(here.settings).vkey
    here.answer({"vkey": vkey}, vkey)


def key_file(settings: Settings) -> Path:
    """Where the signing key is kept."""
    return settings.signing_key_file or settings.data / "signing.key"


def read(settings: Settings) -> note.SigningKey:
    """The signing key. KeyFileError where there is none."""
    path = key_file(settings)
    try:
        return note.parse(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise KeyFileError(f"There is no key in {path}: `answerable key create`.") from None
    except (ValueError, OSError) as error:
        raise KeyFileError(f"{path}: {error}") from None


def make(settings: Settings, log: Ledger) -> str:
    """Make the key and its file (mode 0600), and record it: its verifier key."""
    made = note.generate(settings.origin)
    path = key_file(settings)
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(made.text + "\n")
    log.add_key(SETUP, KeyAdded(vkey=made.vkey), Told())
    return made.vkey
