"""`export recommendations` and `export responses`: what the lists answer, as one file."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, get_args

import click

from api.commands import export_columns
from api.commands.context import Context, data_option, json_option, ledger, passes
from api.commands.export_columns import ABOUT, Exported
from api.commands.export_sheets import CannotWrite
from api.commands.table_files import write_table
from ledger.application import Ledger
from ledger.errors import NotRecorded
from ledger.events.recommendation import Kind
from ledger.events.streams import report_stream
from ledger.postgres.connections import connect
from ledger.register.suggestions import unknown_body
from ledger.states.recommendation import Status
from ledger.states.service import Account
from projections.questions.exports import Line, Texts, each_recommendation, each_response
from projections.questions.question import Question, asking
from projections.states.recommendation import STANDINGS
from projections.tables import projector
from projections.verdict.compliance import BASES, VERDICTS

FORMATS = ("jsonl", "csv", "ods", "xlsx")
OFFICE = Account("service/export", None, frozenset({"office"}))
"""Reads office texts; it records nothing, and is in no log."""


def _asked(command: Any) -> Any:
    """What both are asked for, and where they go."""
    for option in reversed(
        (
            click.argument("out", type=click.Path(dir_okay=False, path_type=Path)),
            click.option(
                "--format",
                "form",
                type=click.Choice(FORMATS),
                help="What to write; by itself it goes by the name of OUT.",
            ),
            click.option("--known-at", help="What was known at: a position, a moment, a past day."),
            click.option(
                "--effective-on",
                help="What had happened by this day; default: the London day of what was known, "
                "after which none can be asked.",
            ),
            click.option("--body", help="Those that concern this body."),
            click.option("--report", help="Those of this report, by its reference."),
            click.option(
                "--office-texts",
                is_flag=True,
                help="With the texts that are for the office; every row then says so. Without it, "
                "the file has what the public may read.",
            ),
        )
    ):
        command = option(command)
    return command


@click.command("recommendations")
@_asked
@click.option("--kind", type=click.Choice(get_args(Kind)))
@click.option("--status", type=click.Choice(get_args(Status)))
@click.option("--target", type=click.Choice(STANDINGS))
@click.option("--q", help="Words in its texts that the file may have.")
@json_option
@data_option
@passes
def export_recommendations(here: Context, /, out: Path, **asked: Any) -> None:
    """Write OUT: every recommendation, as the list answers it at one moment."""
    columns = export_columns.RECOMMENDATIONS
    _export(here, out, asked, "recommendations", columns, each_recommendation)


@click.command("responses")
@_asked
@click.option("--verdict", type=click.Choice(VERDICTS))
@click.option("--basis", type=click.Choice(BASES))
@json_option
@data_option
@passes
def export_responses(here: Context, /, out: Path, **asked: Any) -> None:
    """Write OUT: every response that is owed, with its verdict, as the list answers it."""
    _export(here, out, asked, "responses", export_columns.RESPONSES, each_response)


def _export(
    here: Context,
    out: Path,
    asked: dict[str, Any],
    name: str,
    columns: tuple[Exported, ...],
    each: Callable[[Question, Any], Iterator[Line]],
) -> None:
    form = _form(out, asked.pop("form"))
    texts: Texts = "office" if asked.pop("office_texts") else "public"
    known_at, effective_on = asked.pop("known_at"), asked.pop("effective_on")
    wanted = {what: value for what, value in asked.items() if value is not None}
    unfinished = out.with_name(f"{out.name}.part")
    try:
        with ledger(here.settings) as (log, place):
            _known(log, wanted)
            _caught_up(place.url)
            reader = OFFICE if texts == "office" else None
            with asking(log, reader, known_at, effective_on) as question:
                when, lines = question.when, each(question, wanted)
                about = export_columns.about(when, here.settings.origin, texts)
                if form == "jsonl":
                    count = _lines(unfinished, lines, dict(zip(ABOUT, about, strict=True)))
                else:
                    names = (*(column.name for column in columns), *ABOUT)
                    rows = (export_columns.row(columns, line, about) for line in lines)
                    said = [*zip(ABOUT, map(str, about), strict=True)]
                    said += [(f"asked for {what}", str(value)) for what, value in wanted.items()]
                    count = write_table(unfinished, form, name, names, rows, said)
        unfinished.replace(out)
    except OSError as error:
        raise CannotWrite(f"{out} cannot be written: {error.strerror}.") from error
    finally:
        unfinished.unlink(missing_ok=True)
    answer = {"file": str(out), name: count, "texts": texts, "as_of": when.as_of}
    office = ", with texts that are for the office" if texts == "office" else ""
    says = f"{count} {name} written to {out}, as known at position {when.position}{office}."
    here.answer(answer, says)


def _known(log: Ledger, wanted: dict[str, Any]) -> None:
    """A misspelt body or report is refused: an empty file would look like nothing owed."""
    bodies = log.service().bodies
    if (body := wanted.get("body")) is not None and body not in bodies:
        raise unknown_body(body, bodies)
    if (report := wanted.get("report")) is not None and not log.read_stream(report_stream(report)):
        raise NotRecorded(f"No report “{report}” is recorded.")


def _lines(path: Path, lines: Iterator[Line], about: dict[str, Any]) -> int:
    """One JSON object a line: the answer of the API, and what else a row says."""
    count = 0
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for line in lines:
            count += 1
            more = {
                "report_title": line.title,
                "removed": list(line.removed),
            }
            file.write(json.dumps({**line.item, **more, **about}, ensure_ascii=False) + "\n")
    return count


def _caught_up(url: str) -> None:
    """The read models reach the end of the log, also where nobody follows it just now."""
    with connect(url, autocommit=True) as conn:
        projector.prepare(conn)
    follower = projector.follower(url)
    try:
        follower.catch_up()
    finally:
        follower.close()


def _form(out: Path, form: str | None) -> Any:
    """The form given, or that of the file's name; one file is never written over another."""
    form = form or out.suffix.lower().removeprefix(".")
    if form not in FORMATS:
        raise CannotWrite(
            f"{out.name} ends with none of .jsonl, .csv, .ods, .xlsx: name it so, or give --format."
        )
    if out.exists():
        raise CannotWrite(f"{out} is there already: give another name.")
    return form
