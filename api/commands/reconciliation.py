"""`reconcile`: a publisher’s list of reports, compared with the log."""

from pathlib import Path
from typing import Any

import click

from api.commands.context import Context, address_option, body_id, ledger, with_context
from api.commands.imports import import_account
from ledger.acts.decision import Decision
from ledger.application import Ledger
from ledger.errors import AnswerableError
from ledger.events.entry import to_plain
from ledger.intake.proposals.draft import SheetFile
from ledger.intake.proposals.report_list import (
    Comparison,
    ReportList,
    compared,
    read_report_list,
    take_list,
)
from ledger.intake.sheets.cells import MOST_BYTES
from ledger.intake.sheets.open_sheet import open_sheet
from ledger.states.service import SETUP


class NotAllRead(AnswerableError):
    """Some rows of the list could not be read, so no result is recorded."""


@click.command("reconcile")
@click.argument(
    "file", metavar="LIST", type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option(
    "--publisher", required=True, help="Whose list it is: the inspectorate, by its id or name."
)
@click.option("--body", help="The body that compares, by its id or name; default: the service.")
@address_option("Where the list is published.")
@click.option("--dry-run", is_flag=True, help="Show what is missing, and record nothing.")
@with_context
def reconcile(
    here: Context, file: Path, publisher: str, body: str | None, url: str | None, dry_run: bool
) -> None:
    """Compare a publisher's list of reports (.csv, .xlsx, .ods) with the log.

    The columns are title and published_on, and optionally url and kind. A report is found by its
    address, or by its exact title and day; nothing is guessed. The result is recorded, and the list
    is kept. The same list with the same result is recorded once.
    """
    with file.open("rb") as opened:
        raw = opened.read(MOST_BYTES + 1)
    book = open_sheet(raw, file.name)
    listed = read_report_list(book)
    with ledger(here.settings) as (log, _):
        publisher, body = body_id(log, publisher), body and body_id(log, body)
        if dry_run or listed.rejected:
            found, entries = compared(Decision(log, SETUP), listed.reports, publisher), 0
        else:
            found, entries = _record(log, listed, SheetFile(book, raw, url), publisher, body)
    answer = _summary(found, listed, entries)
    if listed.rejected:
        _show(here, found, listed)
        raise NotAllRead(
            f"Nothing recorded: {len(listed.rejected)} of the list's cells could not be read "
            f"({listed.rejected[0].sentence}) Mend them, and compare the list again."
        )
    _show(here, found, listed)
    said = "Recorded." if entries else "Nothing recorded: it was recorded before."
    here.answer(answer, "Nothing recorded: this was a dry run." if dry_run else said)


def _record(
    log: Ledger, listed: ReportList, file: SheetFile, publisher: str, body: str | None
) -> tuple[Comparison, int]:
    account = import_account(log, body) if body else SETUP
    came: list[Comparison] = []

    def decide(decision: Decision) -> None:
        came.append(take_list(decision, listed.reports, file, publisher))

    recorded = log.decide(account, decide)
    return came[-1], len(recorded.entries)


def _show(here: Context, found: Comparison, listed: ReportList) -> None:
    for row in found.missing:
        here.say(f"- missing here: {row.title}, {row.published_on or 'on a day not known'}")
    for perhaps in found.perhaps:
        here.say(f"? perhaps {perhaps.reference}: {perhaps.listed.title} ({perhaps.why})")
    for one in found.unlisted:
        here.say(f"+ not in the list: {one.reference}, {one.published_on or 'on a day not known'}")
    for each in listed.rejected:
        here.say(f"! {each.sentence}")
    here.say(
        f"{len(found.matched) + len(found.missing)} in the list: {len(found.matched)} recorded "
        f"here, {len(found.missing)} missing here; {len(found.unlisted)} here and not in the list."
    )


def _summary(found: Comparison, listed: ReportList, entries: int) -> dict[str, Any]:
    return {
        "count": len(found.matched) + len(found.missing),
        "matched": [{**to_plain(one.listed), "reference": one.reference} for one in found.matched],
        "missing": [to_plain(row) for row in found.missing],
        "perhaps": [
            {**to_plain(one.listed), "reference": one.reference, "why": one.why}
            for one in found.perhaps
        ],
        "unlisted": [
            {
                "reference": one.reference,
                "title": one.titles[-1],
                "published_on": one.published_on,
            }
            for one in found.unlisted
        ],
        "recorded": entries,
    }
