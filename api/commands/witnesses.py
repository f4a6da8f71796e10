"""`witness`: has others cosign or stamp the newest checkpoint, and keeps their answers."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from api.commands.context import Context, Database, ledger, with_context
from ledger.errors import AnswerableError
from ledger.seal.checkpoints import Sealed, Sealing
from ledger.seal.witnesses import (
    Witnessed,
    WitnessError,
    cosign,
    keep_cosignature,
    keep_stamp,
    roots,
    stamp,
)
from ledger.verify import note, policy
from ledger.verify.checkpoint import parse
from ledger.verify.note import COSIGNATURE, VerifierKey


@click.command("witness")
@click.argument("url", required=False)
@click.argument("vkey", required=False)
@click.option(
    "--policy",
    "policy_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A policy (C2SP tlog-policy) whose witnesses have addresses, instead of URL and VKEY.",
)
@click.option("--stamp", "authority", help="The address of a time stamping authority (RFC 3161).")
@click.option(
    "--stamp-roots",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The certificates (PEM) that the authority's chain ends in.",
)
@click.option("--every", type=click.IntRange(1), help="Go on, every so many seconds.")
@with_context
def witness_command(
    here: Context,
    url: str | None,
    vkey: str | None,
    policy_file: Path | None,
    authority: str | None,
    stamp_roots: Path | None,
    every: int | None,
) -> None:
    """Have the newest checkpoint cosigned by the witness at URL with the key VKEY, or stamped.

    Run it at least once a day, even if nothing is new: that shows that nothing was recorded. Each
    witness first has to be told of this log, by its origin and verifier key (`key show`).
    """
    asked = list(_asked(url, vkey, policy_file))
    if (authority is None) != (stamp_roots is None):
        raise click.UsageError("--stamp and --stamp-roots go together.")
    if not asked and authority is None:
        raise click.UsageError("Name a witness (URL and VKEY, or --policy), or --stamp.")
    with ledger(here.settings) as (log, place):
        sealed, witnessed = Sealed(log.log.pool), Witnessed(log.log.pool)
        while True:
            newest = sealed.checkpoint()
            if newest is None:
                raise WitnessFailed("Nothing of this log is sealed yet: start a sealer first.")
            if (late := _late(sealed)) is not None:
                items = [{"who": "the sealer", "ok": False, "detail": late}]
            else:
                items = [_cosigned(place, newest, sealed, witnessed, *one) for one in asked]
            if authority is not None and stamp_roots is not None:
                items.append(_stamped(place, newest, authority, stamp_roots.read_bytes()))
            _say(here, newest, items)
            if every is None:
                break
            time.sleep(every)
    if not all(one["ok"] for one in items):
        raise SystemExit(1)


_MOST_WAITED = 1_800
"""In seconds: half of the time by which `verify` lets an entry precede a witness that did not see
it."""


_APART = 60
"""The seconds by which clocks may differ. With more, `verify` takes entries for dated after a
witness."""


class WitnessFailed(AnswerableError):
    """The log has nothing to witness, or no witness is set."""


def _asked(
    url: str | None, vkey: str | None, policy_file: Path | None
) -> Iterator[tuple[str, VerifierKey]]:
    """Yield the witnesses to ask: address and key."""
    if policy_file is not None:
        try:
            found = policy.parse(policy_file.read_text(encoding="utf-8"))
        except (policy.PolicyError, UnicodeDecodeError) as error:
            raise click.BadParameter(str(error), param_hint="--policy") from None
        if not found.urls:
            raise click.BadParameter("No witness in it has an address.", param_hint="--policy")
        yield from ((found.urls[name], found.witnesses[name]) for name in found.urls)
    if url is not None:
        if vkey is None:
            raise click.UsageError("Give the witness's verifier key after its URL.")
        try:
            key = note.parse_vkey(vkey)
        except note.NoteError as error:
            raise click.BadParameter(str(error), param_hint="VKEY") from None
        if key.kind != COSIGNATURE:
            raise click.BadParameter(
                "This is the key of a log, not of a witness.", param_hint="VKEY"
            )
        yield url, key


def _late(sealed: Sealed) -> str | None:
    """Return why no witness is asked now, or None. A witness would record that it saw the log
    without the waiting entries, so that `verify` takes those for backdated."""
    now = sealed.look()
    if now.seconds < _MOST_WAITED:
        return None
    return (
        f"Entry {now.size + 1:,} has waited for it for {now.seconds / 60:,.0f} minutes. Start it, "
        "or settle what it says (`answerable status`); then have its checkpoint witnessed."
    )


def _cosigned(
    place: Database,
    newest: Sealing,
    sealed: Sealed,
    witnessed: Witnessed,
    url: str,
    key: VerifierKey,
) -> dict[str, Any]:
    def prove(old: int) -> list[bytes]:
        if old == 0:
            return []
        return [note.from_base64(one) for one in sealed.consistency(old, newest.size).proof]

    try:
        found = cosign(url, key, newest.note, witnessed.last_by(key.vkey), prove)
    except WitnessError as error:
        return {"who": key.name, "ok": False, "detail": str(error)}
    if found.timestamp < newest.sealed_at.timestamp() - _APART:
        says = f"says that it saw this at {_iso(found.timestamp)}, before it was there: not kept"
        return {"who": key.name, "ok": False, "detail": f"{says}. One of both clocks is wrong."}
    keep_cosignature(place.sealer_url, newest.size, found)
    return {"who": key.name, "ok": True, "detail": "cosigned", "at": _iso(found.timestamp)}


def _stamped(place: Database, newest: Sealing, authority: str, pem: bytes) -> dict[str, Any]:
    text = note.split(newest.note)[0]
    try:
        found = stamp(authority, parse(text).size, text, roots(pem))
    except AnswerableError as error:
        return {"who": authority, "ok": False, "detail": error.sentence}
    keep_stamp(place.sealer_url, found)
    at = _iso(int(found.stamped_at.timestamp()))
    return {"who": authority, "ok": True, "detail": "stamped", "at": at}


def _say(here: Context, newest: Sealing, items: list[dict[str, Any]]) -> None:
    lines = [
        f"{one['who']}: {one['detail']}"
        + (f" {newest.size:,} entries at {one['at']}" if one["ok"] else "")
        for one in items
    ]
    here.answer({"size": newest.size, "witnesses": items}, "\n".join(lines))


def _iso(seconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))
