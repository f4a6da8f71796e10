"""`witness`: has others cosign, stamp or keep the newest checkpoint, and keeps what they answer."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click

from api.commands.context import Context, Database, ledger, with_context
from ledger import clock
from ledger.application import Ledger
from ledger.errors import AnswerableError
from ledger.seal.attempts import forget, keep_attempt
from ledger.seal.checkpoints import Sealed, Sealing
from ledger.seal.copies import NotCopied, copy
from ledger.seal.witnesses import (
    Witnessed,
    WitnessError,
    cosign,
    keep_cosignature,
    keep_stamp,
    roots,
    stamp,
)
from ledger.settings import Settings
from ledger.verify import note, policy
from ledger.verify.checkpoint import parse
from ledger.verify.note import COSIGNATURE, VerifierKey

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@dataclass(frozen=True)
class Asked:
    """Those outside who are asked: witnesses by address and key, an authority with the certificates
    of its roots, and places that a checkpoint is copied to."""

    witnesses: tuple[tuple[str, VerifierKey], ...] = ()
    authority: tuple[str, Path] | None = None
    places: tuple[str, ...] = ()

    @classmethod
    def by(cls, settings: Settings) -> "Asked":
        """Return those that the settings name. Raise click.BadParameter if the policy can't be
        read."""
        witnesses = () if settings.witnesses is None else tuple(_of_policy(settings.witnesses))
        stamps = settings.stamp_authority, settings.stamp_roots
        authority = None if stamps[0] is None or stamps[1] is None else (stamps[0], stamps[1])
        return cls(witnesses, authority, settings.places)

    @property
    def names(self) -> list[str]:
        """Return the names by which `status` has them."""
        authority = [] if self.authority is None else [self.authority[0]]
        return [*(key.name for _, key in self.witnesses), *authority, *self.places]


@click.command("witness")
@click.argument("url", required=False)
@click.argument("vkey", required=False)
@click.option(
    "--policy",
    "policy_file",
    type=_FILE,
    help="A policy (C2SP tlog-policy) whose witnesses have addresses, instead of URL and VKEY.",
)
@click.option("--stamp", "authority", help="The address of a time stamping authority (RFC 3161).")
@click.option(
    "--stamp-roots", type=_FILE, help="The certificates (PEM) that the authority's chain ends in."
)
@click.option("--every", type=click.IntRange(1), help="Go on, every so many seconds.")
@click.option("--forget", "gone", metavar="PLACE", help="Only forget a place that `status` names.")
@with_context
def witness_command(
    here: Context,
    url: str | None,
    vkey: str | None,
    policy_file: Path | None,
    authority: str | None,
    stamp_roots: Path | None,
    every: int | None,
    gone: str | None,
) -> None:
    """Have the newest checkpoint cosigned by the witness at URL with the key VKEY, or stamped.

    Without options it asks those that the settings name (ANSWERABLE_WITNESSES,
    ANSWERABLE_STAMP_AUTHORITY), and copies the checkpoint to ANSWERABLE_CHECKPOINTS_TO. Run it at
    least once a day, even if nothing is new: that shows that nothing was recorded. Each witness
    first has to be told of this log, by its origin and verifier key (`key show`).
    """
    if (authority is None) != (stamp_roots is None):
        raise click.UsageError("--stamp and --stamp-roots go together.")
    stamping = None if authority is None or stamp_roots is None else (authority, stamp_roots)
    asked = Asked(tuple(_asked(url, vkey, policy_file)), stamping)
    if asked == Asked():
        asked = Asked.by(here.settings)
    if asked == Asked() and gone is None:
        raise click.UsageError(
            "Name a witness (URL and VKEY, or --policy), or --stamp; or set ANSWERABLE_WITNESSES, "
            "ANSWERABLE_STAMP_AUTHORITY or ANSWERABLE_CHECKPOINTS_TO."
        )
    with ledger(here.settings) as (log, place):
        if gone is not None:
            _forget(here, place, gone)
            return
        while True:
            newest, items = have_witnessed(log, place, asked)
            _say(here, newest, items)
            if every is None:
                break
            time.sleep(every)
    if not all(one["ok"] for one in items):
        raise SystemExit(1)


def have_witnessed(
    log: Ledger, place: Database, asked: Asked
) -> tuple[Sealing, list[dict[str, Any]]]:
    """Have all that are asked take the newest checkpoint. Return it, and what became of each. Raise
    WitnessFailed if nothing is sealed."""
    sealed, witnessed = Sealed(log.log.pool), Witnessed(log.log.pool)
    newest = sealed.checkpoint()
    if newest is None:
        raise WitnessFailed("Nothing of this log is sealed yet: start a sealer first.")
    if (late := _late(sealed)) is not None:
        items: list[dict[str, Any]] = [
            {"who": name, "ok": False, "detail": late} for name in replace(asked, places=()).names
        ]
    else:
        items = [_cosigned(place, newest, sealed, witnessed, *one) for one in asked.witnesses]
        if asked.authority is not None:
            url, pem = asked.authority
            items.append(_stamped(place, newest, url, pem.read_bytes()))
    items += [_copied(newest, one) for one in asked.places]
    for one in items:
        keep_attempt(place.sealer_url, one["who"], newest.size, _why_not(one))
    return newest, items


def _why_not(item: dict[str, Any]) -> str | None:
    return None if item["ok"] else str(item["detail"])


def _forget(here: Context, place: Database, gone: str) -> None:
    if not forget(place.sealer_url, gone):
        raise WitnessFailed(f"No place is called {gone}: `answerable status` names them.")
    here.answer({"forgotten": gone}, f"Forgotten: {gone}")


_MOST_WAITED = 1_800
"""In seconds: half of the time by which `verify` lets an entry precede a witness that did not see
it."""


_APART = 60
"""The seconds by which clocks may differ. With more, `verify` takes entries for dated after a
witness."""


class WitnessFailed(AnswerableError):
    """Nothing is sealed that others could take, or a place is not known."""


def _asked(
    url: str | None, vkey: str | None, policy_file: Path | None
) -> Iterator[tuple[str, VerifierKey]]:
    """Yield the witnesses to ask: address and key."""
    if policy_file is not None:
        yield from _of_policy(policy_file)
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


def _of_policy(file: Path) -> Iterator[tuple[str, VerifierKey]]:
    """Yield the witnesses of a policy that have an address."""
    try:
        found = policy.parse(file.read_text(encoding="utf-8"))
    except (policy.PolicyError, UnicodeDecodeError) as error:
        raise click.BadParameter(str(error), param_hint="--policy") from None
    if not found.urls:
        raise click.BadParameter("No witness in it has an address.", param_hint="--policy")
    yield from ((found.urls[name], found.witnesses[name]) for name in found.urls)


def _late(sealed: Sealed) -> str | None:
    """Return why nobody is asked for a time now, or None. A witness would record that it saw the
    log without the waiting entries, so that `verify` takes those for backdated."""
    now = sealed.look()
    if now.seconds < _MOST_WAITED:
        return None
    return (
        f"was not asked, since entry {now.size + 1:,} has waited for the sealer for "
        f"{now.seconds / 60:,.0f} minutes. Start the sealer, or settle what it says (`answerable "
        "status`); then have its checkpoint witnessed."
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


def _copied(newest: Sealing, place: str) -> dict[str, Any]:
    try:
        copy(place, newest.size, newest.note)
    except NotCopied as error:
        return {"who": place, "ok": False, "detail": error.sentence}
    return {"who": place, "ok": True, "detail": "has", "at": _iso(int(clock.now().timestamp()))}


def _say(here: Context, newest: Sealing, items: list[dict[str, Any]]) -> None:
    lines = [
        f"{one['who']}: {one['detail']}"
        + (f" {newest.size:,} entries at {one['at']}" if one["ok"] else "")
        for one in items
    ]
    here.answer({"size": newest.size, "witnesses": items}, "\n".join(lines))


def _iso(seconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))
