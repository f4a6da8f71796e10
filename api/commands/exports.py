"""`export`: writes files of the log, of a recommendation's bundle, of lists, and sheets to fill
in."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import marshmallow as ma
from msgspec.structs import asdict

from api.commands.context import Context, body_id, ledger, with_context
from api.files.exports import FORMS, LISTS, Export, ExportedList, Form, List, given, write_export
from api.files.sheets import updates_sheet, write_template
from api.files.writers import FORMATS as SHEETS
from api.files.writers import Format
from api.schemas.reads import Asked
from ledger.errors import AnswerableError, NotRecorded
from ledger.events.streams import RecommendationId, key_of
from ledger.intake.registers.mapping import template
from ledger.intake.sheets.layout import LAYOUT, SheetKind
from ledger.seal.checkpoints import Sealed, Sealing
from ledger.seal.log_files import LOG, write_log
from ledger.seal.witnesses import Witnessed
from ledger.states.service import Account
from projections.as_of import as_far_as
from projections.questions.bundles import bundle
from projections.questions.exports import Texts, open_recommendations
from projections.questions.filters import with_ids
from projections.questions.question import Question, asking
from projections.read_models import projector

OFFICE = Account("service/export", None, frozenset({"office"}))
"""An account that reads office texts. It records nothing, and is in no log."""
_office_option = click.option(
    "--office-texts",
    is_flag=True,
    help="Include texts for the office. Without it, only public texts.",
)


class CannotWrite(AnswerableError):
    """The file cannot be written there, or in this form."""


@contextmanager
def writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise CannotWrite(f"{path} cannot be written: {error.strerror}.") from error


@click.group()
def export() -> None:
    """Write files from the log."""


@export.command("log")
@click.argument("directory", type=click.Path(file_okay=False, path_type=Path))
@_office_option
@with_context
def export_log(here: Context, directory: Path, office_texts: bool) -> None:
    """Write the sealed log to DIRECTORY: log.jsonl, log.checkpoint and log.texts.jsonl.

    Line N of log.jsonl is the entry at position N, byte for byte. If nothing is sealed yet, write
    the whole log without a checkpoint.
    """
    with ledger(here.settings) as (log, _):
        sealing = Sealed(log.pool).checkpoint()
        outside = Witnessed(log.pool)
        with writing(directory):
            done = write_log(
                directory,
                log,
                sealing,
                outside.kept(),
                outside.stamps(),
                lambda _, text: office_texts or text.audience == "public",
            )
    sealed = "not sealed: there is no checkpoint" if sealing is None else "with their checkpoint"
    held = f"; {done.held} texts are for the office, and not there" if done.held else ""
    here.answer(
        {
            "entries": done.entries,
            "file": str(directory / LOG),
            "sealed": sealing is not None,
            "texts": done.texts,
            "held": done.held,
        },
        f"{done.entries} entries ({sealed}) and {done.texts} texts written to {directory}{held}.",
    )


@export.command("bundle")
@click.argument("recommendation", metavar="REPORT/NUMBER/BODY")
@click.argument("out", required=False, type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--known-at",
    help="As known at a position, a moment or a past day; default: everything sealed.",
)
@_office_option
@with_context
def export_bundle(
    here: Context,
    recommendation: str,
    out: Path | None,
    known_at: str | None,
    office_texts: bool,
) -> None:
    """Write the whole record of a recommendation, with its proofs, as one ZIP.

    OUT is REPORT-NUMBER-BODY.zip unless given. `answerable verify` checks it.
    """
    try:
        report, number, body = recommendation.split("/")
        of = RecommendationId(report, key_of(number), body)
    except ValueError:
        raise NotRecorded(f"“{recommendation}” is not of the form REPORT/NUMBER/BODY.") from None
    target = out or Path(f"{of.report}-{of.key}-{of.addressee}.zip")
    with ledger(here.settings) as (log, _):
        reader = OFFICE if office_texts else None
        with asking(log, reader, known_at) as question:
            made = bundle(log, Sealed(log.pool), reader, of, question.when)
    with writing(target):
        target.write_bytes(made)
    here.answer({"file": str(target), "bytes": len(made)}, f"{target} is written.")


def _dates(command: Any) -> Any:
    """Add the options for the two dates of a file."""
    for option in (
        click.option(
            "--effective-on",
            help="As of this day; default and latest: the London day of --known-at.",
        ),
        click.option("--known-at", help="As known at a position, a moment or a past day."),
    ):
        command = option(command)
    return command


_sheet = click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
_sheet_format = click.option(
    "--format",
    "form",
    type=click.Choice(SHEETS),
    help="The form of the file; default: by the name of FILE.",
)


@export.command("updates-sheet")
@_sheet
@click.option(
    "--body", required=True, help="The body whose force is to fill it in, by its id or name."
)
@_sheet_format
@_dates
@with_context
def export_updates_sheet(
    here: Context,
    file: Path,
    body: str,
    form: Format | None,
    known_at: str | None,
    effective_on: str | None,
) -> None:
    """Write FILE: a row for each open recommendation to the body's force, to be filled in, with the
    texts that the body may read."""
    form = sheet_form(file, form)
    with ledger(here.settings) as (log, place):
        body = body_id(log, body)
        reader = Account(f"{body}/import", body, frozenset({"office"}))
        caught_up(place.url)
        with asking(log, reader, known_at, effective_on) as question:
            rows = open_recommendations(question, body)
    with writing(file):
        file.write_bytes(updates_sheet(rows, form))
    answer = {"file": str(file), "rows": len(rows)}
    here.answer(answer, f"{len(rows)} open recommendations written to {file}.")


@export.command("template")
@_sheet
@_sheet_format
@click.option(
    "--kind", type=click.Choice(tuple(LAYOUT)), help="Only this sheet. Needed for a .csv."
)
@with_context
def export_template(here: Context, file: Path, form: Format | None, kind: SheetKind | None) -> None:
    """Write the empty sheets of the table layout into FILE, with the meaning of each column. If its
    name ends with .toml, write the mapping for a register in columns of its own."""
    if file.suffix.lower() == ".toml":
        _not_there(file)
        with writing(file):
            file.write_text(template(), encoding="utf-8")
        here.answer({"file": str(file)}, f"The mapping to fill in is in {file}.")
        return
    form = sheet_form(file, form)
    if form == "csv" and kind is None:
        raise CannotWrite(f"A .csv has one sheet: say which, with --kind {', '.join(LAYOUT)}.")
    with writing(file):
        write_template(file, form, kind)
    sheets = [kind] if kind else list(LAYOUT)
    here.answer({"file": str(file), "sheets": sheets}, f"The empty sheets are in {file}.")


def sheet_form(file: Path, form: Format | None) -> Format:
    """Return the given form, or that of the file's name. Raise CannotWrite if the file exists: no
    file is overwritten."""
    by_name = next((one for one in SHEETS if file.suffix.lower() == f".{one}"), None)
    if by_name is None:
        raise CannotWrite(f"{file.name} ends with none of .csv, .xlsx, .ods: name it so.")
    if form is not None and form != by_name:
        raise CannotWrite(f"{file.name} does not end with .{form}, and could not be read back.")
    _not_there(file)
    return by_name


def _not_there(file: Path) -> None:
    """Raise CannotWrite if a file exists: none is overwritten."""
    if file.exists():
        raise CannotWrite(f"{file} is there already, perhaps filled in: give another name.")


def _list_as_file(every: type[ma.Schema]) -> Callable[[Any], Any]:
    """Return the options of a command that writes a list: the file, its form, the two dates, and
    the filters that the list's schema declares. One option includes texts for the office."""
    fields = every().fields
    options = [
        click.argument("out", type=click.Path(dir_okay=False, path_type=Path)),
        click.option(
            "--format",
            "form",
            type=click.Choice(FORMS),
            help="The form of the file; default: by the name of OUT.",
        ),
        _dates,
        *(_filter(name, field) for name, field in fields.items() if name not in Asked().fields),
        click.option(
            "--office-texts",
            is_flag=True,
            help="Include texts for the office; every row then says so. Without it, the file has "
            "only public texts.",
        ),
    ]

    def taking(command: Any) -> Any:
        for option in reversed(options):
            command = option(command)
        return command

    return taking


def _filter(name: str, field: ma.fields.Field[Any]) -> Callable[[Any], Any]:
    """Return a filter of a list as an option that takes the same values."""

    def taken(context: click.Context, option: click.Parameter, value: str | None) -> Any:
        try:
            return None if value is None else field.deserialize(value)
        except ma.ValidationError as error:
            raise click.BadParameter(" ".join(map(str, error.messages))) from None

    choices = (one.choices for one in field.validators if isinstance(one, ma.validate.OneOf))
    words = next(choices, None)
    return click.option(
        f"--{name.replace('_', '-')}",
        type=click.Choice([*words]) if words else str,
        callback=taken,
        required=field.required,
        help=field.metadata["description"],
    )


def _add_command(name: List, listed: ExportedList) -> None:
    @export.command(name, help=f"Write OUT: {listed.says}")
    @_list_as_file(listed.asked)
    @with_context
    def command(here: Context, /, out: Path, **asked: Any) -> None:
        _export(here, out, asked, name)


for each in LISTS.items():
    _add_command(*each)


def _export(here: Context, out: Path, asked: dict[str, Any], name: List) -> None:
    form = _form(out, asked.pop("form"))
    texts: Texts = "office" if asked.pop("office_texts") else "public"
    known_at, effective_on = asked.pop("known_at"), asked.pop("effective_on")
    listed, wanted = LISTS[name], given(asked)
    unfinished = out.with_name(f"{out.name}.part")
    try:
        with writing(out):
            with ledger(here.settings) as (log, place):
                wanted = with_ids(log, wanted)
                caught_up(place.url)
                reader = OFFICE if texts == "office" else None
                checkpoint = Sealed(log.pool).checkpoint()
                with asking(log, reader, known_at, effective_on) as asked_for:
                    question = _as_far(asked_for, checkpoint if listed.sealed else None)
                    when, origin = question.when, here.settings.origin
                    made_up = log.service().synthetic
                    export = Export(name, when, origin, texts, wanted, checkpoint, made_up)
                    with unfinished.open("wb") as file:
                        count = write_export(file, form, export, export.lines(question))
            unfinished.replace(out)
    finally:
        unfinished.unlink(missing_ok=True)
    answer = {"file": str(out), name: count, "texts": texts, "as_of": asdict(when.as_of)}
    office = ", with texts that are for the office" if texts == "office" else ""
    rows, position = listed.rows or name, when.position
    says = f"{count} {rows} written to {out}, as known at position {position}{office}."
    here.answer(answer, says)


def _as_far(question: Question, checkpoint: Sealing | None) -> Question:
    """Return a question as far as a checkpoint goes, if there is one."""
    if checkpoint is None or question.when.position <= checkpoint.size:
        return question
    return question.at(as_far_as(question.conn, question.when, checkpoint.size))


def caught_up(url: str) -> None:
    """Bring the read models to the end of the log, even if no projector is running."""
    follower = projector.follower(url)
    try:
        follower.catch_up()
    finally:
        follower.close()


def _form(out: Path, form: Form | None) -> Form:
    """Return the given form, or that of the file's name. Raise CannotWrite if the file exists: no
    file is overwritten."""
    suffix = out.suffix.lower().removeprefix(".")
    if form is None and (form := next((one for one in FORMS if one == suffix), None)) is None:
        raise CannotWrite(
            f"{out.name} ends with none of {', '.join(f'.{one}' for one in FORMS)}: name it so, or "
            "give --format."
        )
    if out.exists():
        raise CannotWrite(f"{out} is there already: give another name.")
    return form
