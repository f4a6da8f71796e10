"""`import`: pages and sheets, proposed, confirmed and recorded."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import click

from api.commands.context import Context, address_option, body_id, ledger, with_context
from api.commands.exports import caught_up, sheet_form, writing
from api.files.sheets import sheet_of_rejected
from ledger.acts.decision import Decision, Notice
from ledger.acts.service import open_account
from ledger.application import Ledger
from ledger.dates import london_date
from ledger.errors import AnswerableError
from ledger.events import AccountOpened
from ledger.intake.pages.decoding import MEDIA_TYPES, read_bytes
from ledger.intake.pages.draft_file import Draft, Lookup, read_draft
from ledger.intake.pages.suggestions import page_blocks
from ledger.intake.proposals.backlog import BacklogDraft
from ledger.intake.proposals.draft import NOTHING, Confirmed, Intake, PageFile, SheetFile
from ledger.intake.proposals.page import take_pages
from ledger.intake.proposals.recorded_reports import read_report
from ledger.intake.proposals.register import RegisterDraft
from ledger.intake.proposals.updates import take_updates
from ledger.intake.registers.mapping import RegisterMapping, read_mapping
from ledger.intake.registers.register import read_register
from ledger.intake.sheets.backlog import read_backlog
from ledger.intake.sheets.cells import MOST_BYTES
from ledger.intake.sheets.fields import plain_name
from ledger.intake.sheets.open_sheet import SUFFIXES, open_sheet
from ledger.intake.sheets.updates import read_updates_sheet
from ledger.states.service import SETUP, Account
from projections.questions.exports import open_to_forces_of
from projections.questions.question import asking

# The suffixes of sheets, readable or not: the refusal of an unreadable one says what to do.
_SHEETS = (*SUFFIXES, ".xls", ".xlsb", ".xlsm", ".xltm", ".numbers", ".tsv")
_ONLY_IN_UPDATES = {"version", "check"}


class NotConfirmed(AnswerableError):
    """The proposals were not confirmed."""


class CannotImport(AnswerableError):
    """The files cannot be imported together."""


class UpdatesFile(SheetFile):
    """An updates sheet that was filled in."""


@dataclass(frozen=True)
class RegisterFile(SheetFile):
    """A register in columns of its own, with the mapping that says what they are."""

    mapping: RegisterMapping = field(default_factory=RegisterMapping)


File = PageFile | SheetFile


@click.command("import")
@click.argument(
    "files",
    nargs=-1,
    required=True,
    metavar="FILE…",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
@click.option(
    "--body",
    help="The body whose pages or sheets they are, by its id or name. A draft names it itself.",
)
@click.option(
    "--layout",
    type=click.Choice(["auto", "response-page", "table", "updates"]),
    default="auto",
    help="What the files are: pages (.txt, .html), a backlog (.csv, .xlsx, .ods: table), or the "
    "updates sheet. The default goes by the file's name and header; .toml is a draft.",
)
@click.option(
    "--map",
    "mapping",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="For a register in columns of its own: the mapping that says what they are "
    "(`answerable export template map.toml`). It needs no --body.",
)
@address_option("Where the page or sheet is published.")
@click.option(
    "--duty",
    help="Which of the body's duties about the report the pages answer, by its name, such as "
    "action-plan. Needed where it owes several; a sheet says it in its column duty.",
)
@click.option("--dry-run", is_flag=True, help="Show what would be recorded, and record nothing.")
@click.option("--yes", is_flag=True, help="Confirm every proposal.")
@click.option(
    "--rejected",
    type=click.Path(dir_okay=False, path_type=Path),
    help="For an updates sheet: the file for rows that are not taken, each with the reason.",
)
@with_context
def import_command(
    here: Context,
    files: tuple[Path, ...],
    body: str | None,
    layout: str,
    mapping: Path | None,
    url: str | None,
    duty: str | None,
    dry_run: bool,
    yes: bool,
    rejected: Path | None,
) -> None:
    """Read pages, drafts and sheets, propose entries, and record them once they are confirmed.

    Only the sure parts of a page are recorded; the rest is settled by a draft (`answerable draft`).
    Reading the same file again records nothing. If a page changed, its new wording is recorded as a
    revision, seen today. Two things are asked about by themselves. One is a publication day that
    the page now gives, since moved pages carry false ones. The other is the day that a target's
    words give (within three months): without a confirmation only the words are recorded. Unreadable
    parts are listed with their places.
    """
    with ledger(here.settings, begins=True) as (log, place):
        if mapping is not None:
            read: list[File] = [register_file(path, url, mapping) for path in files]
        else:
            read, body = _read(log, files, body, url, layout, duty)
        sheets = [one for one in read if isinstance(one, UpdatesFile)]
        if rejected is not None and len(sheets) != 1:
            raise CannotImport("--rejected is for one updates sheet: import it by itself.")
        form = sheet_form(rejected, None) if rejected is not None else None
        proposed = propose(log, read, body)
        show(here, proposed)
        recorded = 0
        is_new = any(proposal.new for proposal in proposed.proposals)
        asks = is_new or proposed.days or (proposed.targets and (yes or somebody(here)))
        if asks and not dry_run:
            by_hand = Confirmed(True, True) if yes else confirmed(here, proposed, is_new=is_new)
            recorded = record(log, read, body, by_hand)
        if rejected is not None and form is not None and proposed.rejected:
            updates = read_updates_sheet(sheets[0].book)
            caught_up(place.url)
            with asking(log, Account(f"{body}/import", body, frozenset({"office"}))) as question:
                now = open_to_forces_of(question, updates)
            with writing(rejected):
                rejected.write_bytes(sheet_of_rejected(updates, proposed.rejected, now, form))
    answer = summary(proposed, recorded)
    if rejected is not None:
        answer["rejected"] = str(rejected) if proposed.rejected else None
    entries = "1 entry" if recorded == 1 else f"{recorded} entries"
    text = "Nothing recorded: this was a dry run." if dry_run else f"{entries} recorded."
    if there := proposed.already:
        text += " 1 was there." if there == 1 else f" {there} were there."
    if not asks and (targets := len(proposed.targets)):
        text += f" {targets} target{'' if targets == 1 else 's'} to confirm: with --yes."
    here.answer(answer, text)


def _read(
    log: Ledger,
    files: Sequence[Path],
    body: str | None,
    url: str | None,
    layout: str,
    duty: str | None,
) -> tuple[list[File], str]:
    """Read files, and say whose they are."""
    drafts = {
        path: read_draft(path, lookup(log)) for path in files if path.suffix.lower() == ".toml"
    }
    body = body and body_id(log, body)
    whose = _whose(body, {body_id(log, draft.body) for draft in drafts.values()})
    read = [
        draft_file(drafts[path], url) if path in drafts else read_file(path, url, layout)
        for path in files
    ]
    read = [_answering(one, duty) for one in read]
    _names_differ(read)
    return read, whose


def lookup(log: Ledger) -> Lookup:
    """Return how a draft finds the recorded report from which it began."""
    return lambda report, body: read_report(Decision(log, SETUP), report, body)


def read_file(path: Path, url: str | None, layout: str = "auto") -> File:
    """Read a file by its kind. Raise an AnswerableError that says why it cannot be read."""
    is_sheet = path.suffix.lower() in _SHEETS
    if layout == "response-page" or (layout == "auto" and not is_sheet):
        return page_file(path, url)
    with path.open("rb") as file:
        raw = file.read(MOST_BYTES + 1)
    book = open_sheet(raw, path.name)
    if layout == "auto":
        headers = [sheet.rows[0].cells.values() for sheet in book.sheets if sheet.rows]
        names = [{plain_name(str(cell)) for cell in header} for header in headers]
        layout = "updates" if any(each >= _ONLY_IN_UPDATES for each in names) else "table"
    return (UpdatesFile if layout == "updates" else SheetFile)(book, raw, url)


def register_file(path: Path, url: str | None, mapping: Path) -> RegisterFile:
    """Read a register, with its mapping. Raise an AnswerableError that says why it cannot be
    read."""
    opened = read_file(path, url, "table")
    assert isinstance(opened, SheetFile)
    return RegisterFile(opened.book, opened.raw, url, read_mapping(mapping))


def page_file(path: Path, url: str | None) -> PageFile:
    """Read a page from a file. Raise UnreadablePage, with file and line, if it cannot be read."""
    raw = read_bytes(path)
    return PageFile(path.name, page_blocks(raw, path.name), raw, media_type_of(path), url)


def media_type_of(path: Path) -> str:
    return MEDIA_TYPES.get(path.suffix.lower(), "text/plain")


def draft_file(draft: Draft, url: str | None = None) -> PageFile:
    """Return a page as a person settled it, with its bytes."""
    media_type = media_type_of(draft.path)
    name = draft.page.file
    return PageFile(name, (), draft.raw, media_type, url or draft.url, final=draft.page)


def _answering(file: File, duty: str | None) -> File:
    """Return a page with the duty that it answers, if one is named. Raise CannotImport for a
    sheet."""
    if duty is None:
        return file
    if not isinstance(file, PageFile):
        raise CannotImport("--duty is for pages: a sheet says in its column duty which is meant.")
    return replace(file, duty=duty)


def _whose(body: str | None, bodies: set[str]) -> str:
    """Return the body that is given, or the one that the drafts name. Raise CannotImport if they
    differ."""
    whose = bodies | ({body} if body else set())
    if len(whose) > 1:
        raise CannotImport(
            f"The files are of several bodies ({', '.join(sorted(whose))}): import them apart, "
            "without --body for a draft."
        )
    if not whose:
        raise click.UsageError("Say whose pages or sheets they are, with --body.")
    return whose.pop()


def take(
    decision: Decision, files: Sequence[File], body: str | None, by_hand: Confirmed = NOTHING
) -> Intake:
    """Add the acts of a body's files to a decision: pages first, then all tables together, then
    updates. Registers may be nobody's."""
    intake = Intake(by_hand)
    for file in files:
        if isinstance(file, RegisterFile):
            register = read_register(file.book, file.mapping)
            RegisterDraft(decision, register, file, body, intake).take_rows()
    if body is None:
        return intake
    pages = [file for file in files if isinstance(file, PageFile)]
    take_pages(decision, pages, body, intake)
    updates = [file for file in files if isinstance(file, UpdatesFile)]
    others = (UpdatesFile, RegisterFile)
    tables = [f for f in files if isinstance(f, SheetFile) and not isinstance(f, others)]
    if tables:
        table = read_backlog([file.book for file in tables])
        BacklogDraft(decision, tables, body, intake).take(table)
    for file in updates:
        sheet = read_updates_sheet(file.book)
        take_updates(decision, sheet, file, body, intake)
    return intake


def propose(log: Ledger, files: Sequence[File], body: str | None) -> Intake:
    """Return the acts of files, decided but not recorded."""
    whose = in_office(log, body) if body else None
    decision = Decision(log, Account(_account_name(whose), whose, frozenset({"record"})))
    return take(decision, files, body)


def record(
    log: Ledger, files: Sequence[File], body: str | None, by_hand: Confirmed = NOTHING
) -> int:
    """Record the new acts of files in one transaction. Return the number of entries."""
    account = import_account(log, in_office(log, body) if body else None)
    recorded = log.decide(account, lambda decision: take(decision, files, body, by_hand))
    return len(recorded.entries)


def in_office(log: Ledger, body: str) -> str:
    """Return the body that records a body's page or sheet: that body, or its successor."""
    return log.service().on(london_date(log.now())).office(body)


def _account_name(body: str | None) -> str:
    return f"{body or 'service'}/import"


def import_account(log: Ledger, body: str | None) -> Account:
    """Return the account by which the command line records for a body, or for none, opened on first
    use."""
    name = _account_name(body)
    if name not in log.service().accounts:
        log.record(
            SETUP, open_account, AccountOpened(account=name, body=body), Notice(), ["record"]
        )
    return log.account(name)


def show(here: Context, intake: Intake) -> None:
    """Print the proposals and the unread parts for a person."""
    for proposal in intake.proposals:
        mark = "~" if proposal.revises else "+" if proposal.new else "="
        here.say(f"{mark} {proposal.file}:{proposal.line}  {proposal.says}")
        if proposal.revises:
            here.say(f"    was: {_shortly(proposal.was)}")
            here.say(f"    now: {_shortly(proposal.now)}")
    if intake.unanswered:
        here.say(f"- Not answered: {', '.join(intake.unanswered)}")
    for asked in (*intake.days, *intake.targets):
        here.say(f"! {asked.file}:{asked.line}  {asked.says}")
    for unread in intake.unread:
        here.say(f"? {unread.file}:{unread.line}  {unread.why}: {unread.text[:120]}")
    for one in intake.rejected:
        where = ", ".join(filter(None, (one.place.file, one.place.sheet)))
        where += f":{one.place.row}" + (f", {one.column}" if one.column else "")
        here.say(f"? {where}  {one.reason}: {one.value[:120]}")


def summary(intake: Intake, recorded: int) -> dict[str, Any]:
    """Return the JSON answer of an import."""
    return {
        "reports": intake.reports,
        "recorded": recorded,
        "already": intake.already,
        "revised": intake.revised,
        "proposed": [
            {
                "file": one.file,
                "line": one.line,
                "text": one.words,
                "why": one.says,
                "entry": one.entry,
                "field": one.field,
                "was": one.was,
                "now": one.now,
            }
            for one in (*intake.days, *intake.targets)
        ],
        "unread": [
            {"file": one.file, "line": one.line, "text": one.text, "why": one.why}
            for one in intake.unread
        ]
        + [
            {
                "file": one.place.file,
                "line": one.place.row,
                "text": one.value,
                "why": one.reason,
                "sheet": one.place.sheet,
                "row": one.place.row,
                "column": one.column,
            }
            for one in intake.rejected
        ],
    }


def _names_differ(files: Sequence[File]) -> None:
    """Raise CannotImport if two sheets have the same file name, since rows are identified by it,
    without the folder."""
    names = [file.book.file for file in files if isinstance(file, SheetFile)]
    for name in names:
        if names.count(name) > 1:
            raise CannotImport(f"Two files are called {name}: rename one, or import them apart.")


def _shortly(words: str) -> str:
    return f"{words[:300]} …" if len(words) > 300 else words or "(nothing)"


def somebody(here: Context) -> bool:
    """Return whether a person can be asked, at a terminal."""
    return not here.json and sys.stdin.isatty()


def confirmed(here: Context, proposed: Intake, *, is_new: bool) -> Confirmed:
    """Ask a person to confirm the proposals. Return the parts confirmed beyond what files give for
    sure.

    Raise NotConfirmed if nobody can be asked, or nothing is confirmed.
    """
    refusal = "Nothing recorded. Confirm the proposals with --yes."
    if not somebody(here):
        raise NotConfirmed(refusal)
    if is_new and not click.confirm("Record what is marked + and ~?"):
        raise NotConfirmed(refusal)
    # The days of several pages are confirmed together or not at all. So are targets.
    days = " and ".join(day.now for day in proposed.days)
    by_hand = Confirmed(
        days=bool(days)
        and click.confirm(
            f"Record {days} as the day of publication? A page that was moved or edited may carry a "
            "false date: confirm it only if you know it from elsewhere."
        ),
        targets=bool(proposed.targets)
        and click.confirm(
            "Record the days that the words of targets give, as marked !? Without it, the words "
            "alone are recorded."
        ),
    )
    if not (by_hand.days or by_hand.targets or is_new):
        raise NotConfirmed(refusal)
    return by_hand
