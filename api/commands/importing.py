"""`import`: pages to proposals, and, once confirmed, to entries."""

import sys
from pathlib import Path
from typing import Any

import click

from api.commands.context import Context, data_option, json_option, ledger, passes
from ledger.application import Ledger
from ledger.decision import Decision, Told
from ledger.errors import AnswerableError
from ledger.events import AccountOpened, ScopeGranted
from ledger.intake.decoding import read_bytes
from ledger.intake.pages import read_page
from ledger.intake.record import take_pages
from ledger.intake.taking import Intake, PageFile
from ledger.service import SETUP, Account

MEDIA_TYPES = {".txt": "text/plain", ".html": "text/html", ".htm": "text/html"}


class NotConfirmed(AnswerableError):
    """Proposals were made, and nobody confirmed them."""


@click.command("import")
@click.argument(
    "files",
    nargs=-1,
    required=True,
    metavar="FILE…",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
@click.option("--body", required=True, help="The body whose pages they are, by its id.")
@click.option(
    "--layout",
    type=click.Choice(["auto", "response-page"]),
    default="auto",
    help="What the files are; pages of responses (.txt, .html) are all that is read yet.",
)
@click.option("--url", help="Where the page is published.")
@click.option("--dry-run", is_flag=True, help="Show what would be recorded, and record nothing.")
@click.option("--yes", is_flag=True, help="Confirm every proposal.")
@json_option
@data_option
@passes
def import_command(
    here: Context,
    files: tuple[Path, ...],
    body: str,
    layout: str,
    url: str | None,
    dry_run: bool,
    yes: bool,
) -> None:
    """Read pages, propose what they say, and record it once it is confirmed.

    Reading the same page again records nothing. What cannot be read is listed with its line.
    """
    pages = [page_file(path, url) for path in files]
    with ledger(here.settings) as (log, _):
        proposed = propose(log, pages, body)
        show(here, proposed)
        recorded = 0
        if any(proposal.new for proposal in proposed.proposals) and not dry_run:
            if not yes:
                _confirm(here)
            recorded = record(log, pages, body)
    answer = summary(proposed, recorded)
    text = "Nothing recorded: this was a dry run." if dry_run else f"{recorded} entries recorded."
    here.answer(answer, text + (f" {proposed.already} were there." if proposed.already else ""))


def page_file(path: Path, url: str | None) -> PageFile:
    """Read a page from a file. UnreadablePage, with file and line, where it cannot be read."""
    raw = read_bytes(path)
    page = read_page(raw, filename=path.name)
    return PageFile(page, raw, MEDIA_TYPES.get(path.suffix.lower(), "text/plain"), url)


def propose(log: Ledger, pages: list[PageFile], body: str) -> Intake:
    """What pages bring that is new, decided but not recorded."""
    decision = Decision(log, Account(f"{body}/import", body, frozenset({"record"})))
    return take_pages(decision, pages, body, log.openings)


def record(log: Ledger, pages: list[PageFile], body: str) -> int:
    """Record what pages bring that is new, in one transaction: how many entries."""
    account = import_account(log, body)
    recorded = log.decide(account, lambda d: take_pages(d, pages, body, log.openings))
    return len(recorded.entries)


def import_account(log: Ledger, body: str) -> Account:
    """The account by which the command line records for a body, opened on first use."""
    name = f"{body}/import"
    if name not in log.service().accounts:
        log.open_account(SETUP, AccountOpened(account=name, body=body), Told())
        log.grant_scope(SETUP, ScopeGranted(account=name, scope="record"), Told())
    return log.account(name)


def show(here: Context, intake: Intake) -> None:
    """The proposals and what is unread, for a person."""
    for proposal in intake.proposals:
        mark = "+" if proposal.new else "="
        here.say(f"{mark} {proposal.file}:{proposal.line}  {proposal.says}")
    for unread in intake.unread:
        here.say(f"? {unread.file}:{unread.line}  {unread.why}: {unread.text[:120]}")


def summary(intake: Intake, recorded: int) -> dict[str, Any]:
    """The JSON answer of an import."""
    return {
        "reports": intake.reports,
        "recorded": recorded,
        "already": intake.already,
        "revised": 0,
        "unread": [
            {"file": one.file, "line": one.line, "text": one.text, "why": one.why}
            for one in intake.unread
        ],
    }


def _confirm(here: Context) -> None:
    refusal = "Nothing recorded. Confirm the proposals with --yes."
    if here.json or not sys.stdin.isatty():
        raise NotConfirmed(refusal)
    if not click.confirm("Record what is marked +?"):
        raise NotConfirmed(refusal)
