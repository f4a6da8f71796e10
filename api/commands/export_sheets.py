"""`export updates-sheet` and `export template`: sheets to fill in, which `import` reads."""

from pathlib import Path

import click

from api.commands.context import Context, data_option, json_option, ledger, passes
from ledger.errors import AnswerableError
from ledger.intake.sheets.layout import LAYOUT, SheetKind
from ledger.intake.sheets.updates import write_updates_sheet
from ledger.intake.sheets.write import FORMATS, Format, write_template
from projections.questions.updates_sheet import open_recommendations

_file = click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
_format = click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    help="What to write; by itself it goes by the name of FILE.",
)


class CannotWrite(AnswerableError):
    """The sheet cannot be written there, or in this form."""


@click.command("updates-sheet")
@_file
@click.option("--body", required=True, help="The body whose force is to fill it in, by its id.")
@_format
@json_option
@data_option
@passes
def export_updates_sheet(here: Context, file: Path, body: str, form: Format | None) -> None:
    """Write FILE: a row for each open recommendation to the body's force, to be filled in."""
    form = _form(file, form)
    with ledger(here.settings) as (log, _):
        rows = open_recommendations(log, body)
    try:
        write_updates_sheet(rows, file, form)
    except OSError as error:
        raise CannotWrite(f"{file} cannot be written: {error.strerror}.") from error
    answer = {"file": str(file), "rows": len(rows)}
    here.answer(answer, f"{len(rows)} open recommendations written to {file}.")


@click.command("template")
@_file
@_format
@click.option(
    "--kind", type=click.Choice(tuple(LAYOUT)), help="One sheet alone, which a .csv needs."
)
@json_option
@data_option
@passes
def export_template(here: Context, file: Path, form: Format | None, kind: SheetKind | None) -> None:
    """Write FILE: the empty sheets of the table layout, with what each column means."""
    form = _form(file, form)
    if form == "csv" and kind is None:
        raise CannotWrite(f"A .csv has one sheet: say which, with --kind {', '.join(LAYOUT)}.")
    try:
        write_template(file, form, kind)
    except OSError as error:
        raise CannotWrite(f"{file} cannot be written: {error.strerror}.") from error
    sheets = [kind] if kind else list(LAYOUT)
    here.answer({"file": str(file), "sheets": sheets}, f"The empty sheets are in {file}.")


def _form(file: Path, form: Format | None) -> Format:
    """The form given, or that of the file's name; one file is never written over another."""
    by_name = next((one for one in FORMATS if file.suffix.lower() == f".{one}"), None)
    if by_name is None:
        raise CannotWrite(f"{file.name} ends with none of .csv, .xlsx, .ods: name it so.")
    if form is not None and form != by_name:
        raise CannotWrite(f"{file.name} does not end with .{form}, and could not be read back.")
    if file.exists():
        raise CannotWrite(f"{file} is there already, perhaps filled in: give another name.")
    return by_name
