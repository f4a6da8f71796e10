"""`recover`: brings signed entries back after an older backup was restored. It also writes out the
unsealed entries of a copy of the log, and records them again."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click

from api.commands import keys
from api.commands.context import (
    Context,
    database,
    ledger,
    needs_owner,
    notebook_file,
    opened,
    with_context,
)
from ledger.acts.decision import Notice
from ledger.acts.key import resume_sealing
from ledger.application import Ledger
from ledger.errors import AnswerableError
from ledger.events import SealingResumed
from ledger.events.texts import Opening, commitment, say
from ledger.postgres.connections import connect_owner
from ledger.postgres.migrate import migrate
from ledger.seal import key_file, unsealed
from ledger.seal.notebook import Notebook
from ledger.seal.recovery import NoSource, Recovered, SignedLog, of_mirror, of_notebook, recover
from ledger.states.service import SETUP
from ledger.verify import note
from ledger.verify.note import VerifierKey
from ledger.verify.pieces import NoFileError, plain

_LISTED = 20
_TOKENS = (
    "Tokens are as the backup has them: revoke again those that were revoked since "
    "(`answerable token list`)."
)


@click.command("recover")
@click.option(
    "--from",
    "mirror",
    type=click.Path(file_okay=False, exists=True, path_type=Path),
    help="A mirror's folder: log.jsonl and log.checkpoint, or checkpoint and tile/. "
    "Without it, the sealer's notebook is used.",
)
@click.option(
    "--key",
    "vkeys",
    multiple=True,
    metavar="VKEY",
    help="A verifier key that signed the mirror's checkpoint, if its file is not here.",
)
@click.option(
    "--texts",
    type=click.Path(dir_okay=False, exists=True, path_type=Path),
    help="A log.texts.jsonl, to bring texts back from.",
)
@click.option(
    "--unsealed",
    "tail",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the database's unsealed entries into this new file, if it is a copy that went on "
    "without signed entries. Nothing else is done.",
)
@click.option(
    "--record",
    "again",
    type=click.Path(dir_okay=False, exists=True, path_type=Path),
    help="Record again what --unsealed wrote into this file. Nothing else is done.",
)
@with_context
def recover_command(
    here: Context,
    mirror: Path | None,
    vkeys: tuple[str, ...],
    texts: Path | None,
    tail: Path | None,
    again: Path | None,
) -> None:
    """Bring back signed entries that an older backup lacks, and record that sealing goes on.

    Stop the service first, restore the backup, call this, start the service. The entries get their
    own positions and moments again. Texts and captures are not signed, so those that are gone are
    named. It needs ANSWERABLE_DATABASE_URL, ANSWERABLE_MIGRATE_DATABASE_URL (the owner) and the
    sealer's data directory. See docs/keys.md.
    """
    if (tail and (again or texts)) or (again and (mirror or vkeys or texts)):
        raise click.UsageError(
            "--record is given alone, and --unsealed with --from and --key at most."
        )
    if again is not None:
        _record_again(here, again)
        return
    settings = here.settings
    path = notebook_file(settings)
    if mirror is None and not path.exists():
        raise NoSource(f"There is no notebook at {path}: name a mirror's folder by --from.")
    openings = _openings(texts) if texts else {}
    notebook = Notebook(path, settings.origin)
    try:
        signed: SignedLog = of_notebook(notebook)
        if mirror is not None:
            signed = of_mirror(mirror, _trusted(here, vkeys), settings.origin)
        if tail is not None:
            _write_unsealed(here, signed, tail)
            return
        with database(settings) as place:
            if place.embedded:  # the schema only: no new entry may come first
                with connect_owner(place.owner_url) as owner:
                    migrate(owner)
            needs_owner(place)
            done = recover(place.owner_url, signed, notebook, openings)
            if done.entries:
                with opened(place) as log:
                    _resume(log, done, signed.where)
    finally:
        notebook.close()
    here.answer(
        {
            "recovered": done.entries,
            "first": done.first if done.entries else None,
            "last": done.last if done.entries else None,
            "texts": done.texts,
            "texts_gone": [{"position": at, "field": name} for at, name in done.texts_gone],
            "captures_gone": done.captures_gone,
            "published_again": done.published_again,
        },
        "\n".join(_lines(done, signed.where)),
    )


def _write_unsealed(here: Context, signed: SignedLog, path: Path) -> None:
    """Write the unsealed entries of a copy into a file, and say what it holds."""
    with database(here.settings) as place:
        needs_owner(place)
        tail = unsealed.write(place.owner_url, signed, here.settings.origin, path)
    here.answer(
        {"file": str(path), "after": tail.after, "entries": tail.entries},
        f"{tail.entries:,} entries after position {tail.after:,} are in {path}; before that the "
        f"log is the one in {signed.where}. The file holds office texts: keep it safe. What to do "
        "with it: docs/keys.md.",
    )


def _record_again(here: Context, path: Path) -> None:
    """Record the unsealed entries of a copy again, and name those that a person has to record."""
    with ledger(here.settings) as (log, _):
        done = unsealed.record_again(log, path, here.settings.origin)
    lines = [f"{done.recorded:,} entries were recorded again; {done.already:,} were there already."]
    if done.by_hand:
        lines.append(f"{len(done.by_hand):,} entries are for a person to record, from {path}:")
        lines += [
            f"  position {one.position:,}: {one.type} of {one.stream}. {one.why}"
            for one in done.by_hand
        ]
    here.answer(
        {
            "recorded": done.recorded,
            "already": done.already,
            "by_hand": [asdict(one) for one in done.by_hand],
        },
        "\n".join(lines),
    )


def _trusted(here: Context, vkeys: Sequence[str]) -> list[VerifierKey]:
    """Return the keys whose checkpoint is trusted: those given, and those whose files are here."""
    held = key_file.present(keys.key_file(here.settings))
    try:
        return [note.parse_vkey(vkey) for vkey in (*vkeys, *held)]
    except note.NoteError as error:
        raise NoSource(str(error)) from None


def _openings(path: Path) -> dict[str, Opening]:
    """Return the openings of texts, by commitment. Raise NoSource if a line opens nothing."""
    found = {}
    try:
        plain(path)
    except NoFileError as error:
        raise NoSource(str(error)) from None
    with path.open(encoding="utf-8", errors="surrogateescape") as lines:
        for number, line in enumerate(lines, 1):
            try:
                said = json.loads(line)
                opening = Opening(bytes.fromhex(said["salt"]), said["text"])
                if commitment(opening.salt, opening.body) != said["sha256"]:
                    raise ValueError("it does not open its commitment")
            except (AttributeError, KeyError, RecursionError, TypeError, ValueError) as error:
                raise NoSource(f"{path}, line {number}: {error!r}.") from None
            found[said["sha256"]] = opening
    return found


def _resume(log: Ledger, done: Recovered, where: str) -> None:
    """Record that sealing goes on, and why it had stopped. Raise NoKey if no key is in use."""
    in_use = log.service().keys.in_use
    if not in_use:
        raise NoKey("The entries are back, but no key of this log is in use: docs/keys.md.")
    reason = (
        f"An older backup was restored. Entries {done.first} to {done.last} were brought back as "
        f"they were signed, from {where}. Gone are {len(done.texts_gone)} texts and the bytes of "
        f"{len(done.captures_gone)} captures."
    )
    event = SealingResumed(vkey=in_use[-1], at_size=done.last, because="held", reason=say(reason))
    log.record(SETUP, resume_sealing, event, Notice())


class NoKey(AnswerableError):
    """No key of the log is in use, so sealing cannot go on."""


def _lines(done: Recovered, where: str) -> list[str]:
    again = []
    if done.published_again is not None:
        beyond = f"Checkpoints beyond {done.published_again:,} entries are gone"
        again = [f"{beyond}: the sealer publishes them again, as they were signed."]
    if not done.entries:
        return [f"Nothing is missing: the log has all {done.last:,} entries of {where}.", *again]
    back = f"Entries {done.first:,} to {done.last:,} are back, as they were signed"
    lines = [f"{back}, from {where}, with {done.texts:,} texts."]
    gone = [f"text “{field}” of position {at:,}" for at, field in done.texts_gone]
    gone += [f"the bytes of the capture at position {at:,}" for at in done.captures_gone]
    if gone:
        lines.append(
            f"Gone are {len(done.texts_gone):,} texts and {len(done.captures_gone):,} captures:"
        )
        lines += [f"  {one}" for one in gone[:_LISTED]]
        if len(gone) > _LISTED:
            lines.append(f"  and {len(gone) - _LISTED:,} more (all of them: --json)")
    return [*lines, *again, "Sealing goes on: an entry says so.", _TOKENS]
