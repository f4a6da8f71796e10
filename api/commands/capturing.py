"""`capture`: bytes of a file, or of a page as it is published now, kept as evidence."""

import hashlib
from pathlib import Path
from typing import get_args

import click

from api.commands.context import Context, ledger, with_context
from api.commands.fetching import fetch
from api.commands.importing import import_account
from ledger.acts.capture import keep_capture, received
from ledger.acts.decision import Told
from ledger.clock import rfc3339
from ledger.errors import AnswerableError
from ledger.events import CaptureKept, forms
from ledger.events.texts import Audience
from ledger.log.captures import MAX_BYTES


class CannotCapture(AnswerableError):
    """There is nothing that could be kept."""


@click.command("capture")
@click.argument("what", metavar="FILE|URL")
@click.option("--body", required=True, help="The body that keeps it, by its id.")
@click.option("--url", help="Where a file was published.")
@click.option(
    "--audience",
    type=click.Choice(get_args(Audience)),
    help="Who may fetch the bytes: public where it was published at an address, else office.",
)
@click.option(
    "--allow-private",
    is_flag=True,
    help="Fetch from addresses inside this network too: for trying out.",
)
@with_context
def capture_command(
    here: Context,
    what: str,
    body: str,
    url: str | None,
    audience: Audience | None,
    allow_private: bool,
) -> None:
    """Keep the bytes of a file or of one page, and print id, SHA-256 and time of reception.

    PDF, Word (.docx), HTML, PNG, e-mail (.eml) or plain text, 25 MB at most. No page is followed.
    """
    if url is not None and (fault := forms.why_not("url", url)):
        raise CannotCapture(f"--url {url}: {fault}")
    if what.lower().startswith(("http://", "https://")):
        if url is not None:
            raise CannotCapture("A page that is fetched has its own address: leave --url out.")
        fetched = fetch(what, allow_private=allow_private)
        raw, url, host = fetched.body, fetched.url, fetched.host
    elif "://" in what:
        raise CannotCapture(f"{what[:200]} was not fetched. {forms.why_not('url', what)}")
    else:
        raw, host = _read(Path(what)), None
    came = received(raw, url, audience, host=host)
    with ledger(here.settings, begins=True) as (log, _):
        entry = log.record(import_account(log, body), keep_capture, came, Told()).entries[0]
    assert isinstance(entry.data, CaptureKept)
    name = entry.stream.removeprefix("capture/")
    answer = {
        "id": name,
        "sha256": hashlib.sha256(raw).hexdigest(),
        "received_at": rfc3339(entry.instant),
        "position": entry.position,
        "entry": entry.id,
        "media_type": entry.data.media_type,
        "length": entry.data.length,
        "audience": entry.data.audience,
        "url": entry.data.url,
        "how": entry.data.how,
        "host": entry.data.host,
        "commitment": entry.data.sha256 if entry.data.salted else None,
    }
    lines = [
        f"capture    {name}",
        f"SHA-256    {answer['sha256']}",
        f"received   {answer['received_at']}",
        f"position   {entry.position}",
        f"kept       {entry.data.length:,} bytes, {entry.data.media_type}, for {came.audience}"
        + (f", of {url}" if url else ""),
        f"fetched    {host} answered" if host else f"uploaded   by {entry.recorded_by}",
    ]
    if entry.data.salted:
        lines.append(f"salted     {entry.data.sha256} (in the log, so that it tells nothing)")
    here.answer(answer, "\n".join(lines))


def _read(path: Path) -> bytes:
    """The bytes of a file, one more than is kept at most: what is larger is refused by its size."""
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise CannotCapture(f"{path} cannot be read: {error.strerror}.") from None
