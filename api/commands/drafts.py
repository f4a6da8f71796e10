"""`draft`: suggests what a page says, as a file that a person settles, or as JSON."""

from pathlib import Path
from typing import Any

import click

from api.commands.context import Context, address_option, ledger, with_context
from api.commands.imports import page_file
from ledger.application import Ledger
from ledger.date_phrases import DatePhrase
from ledger.dates import london_date
from ledger.intake.pages.draft_file import write_draft
from ledger.intake.pages.final_page import unsure
from ledger.intake.pages.values import Suggested, Suggestion
from ledger.intake.proposals.draft import PageFile
from ledger.intake.proposals.page import body_meant, suggested

_BY = {"commissioner": "commissioner", "chief officer": "chief_officer", "force": "force"}


@click.command("draft")
@click.argument(
    "page", metavar="PAGE", type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option("--body", required=True, help="The body whose page it is, by its id.")
@address_option("Where the page is published.")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file that the draft is written to, beside the page; a second report's gets a -2.",
)
@click.option(
    "--everybody",
    is_flag=True,
    help="The file is the report's own list of recommendations, to be entered once for all.",
)
@with_context
def draft_command(
    here: Context, page: Path, body: str, url: str | None, out: Path | None, everybody: bool
) -> None:
    """Suggest what a page says, part by part, and write it down for a person to settle.

    Each suggestion is sure, or marked UNSURE. Correct the wrong ones. Then `answerable import`
    shows the entries that the draft gives, and records them with --yes. Nothing is recorded here. A
    page that answers two reports gives two drafts. With --everybody the file is the report itself:
    its recommendations go to all chief constables and local policing bodies.
    """
    file = page_file(page, url)
    with ledger(here.settings, begins=True) as (log, _):
        found = suggested(log, file, body, london_date(log.now()), listed=everybody)
        answer = {"file": file.name, "body": body, **as_json(log, found, body)}
    drafts = _written(page, out, found, file, body, url, everybody)
    answer["drafts"] = [str(path) for path, _ in drafts]
    for path, text in drafts:
        path.write_text(text, encoding="utf-8")
    if here.json:
        here.answer(answer, "")
        return
    if out is None:
        one = found[0]
        shown = write_draft(
            one, file.raw, body=body, url=url, out="draft.toml", everybody=everybody
        )
        click.echo(shown, nl=False)
    for line in _about(found, drafts, everybody=everybody):
        click.echo(line, err=out is None)


def _written(
    page: Path,
    out: Path | None,
    found: list[Suggestion],
    file: PageFile,
    body: str,
    url: str | None,
    everybody: bool,
) -> list[tuple[Path, str]]:
    if out is None:
        return []
    if out.resolve().parent != page.resolve().parent:
        raise click.UsageError(
            f"Write the draft beside its page, as {page.with_name(out.name)}: it is read with it."
        )
    paths = [out, *(out.with_stem(f"{out.stem}-{n}") for n in range(2, len(found) + 1))]
    for path in paths:
        if path.exists():
            raise click.UsageError(f"{path} is there already: take another name.")
    return [
        (
            path,
            write_draft(one, file.raw, body=body, url=url, out=path.name, everybody=everybody),
        )
        for path, one in zip(paths, found, strict=True)
    ]


def _about(
    found: list[Suggestion], drafts: list[tuple[Path, str]], *, everybody: bool
) -> list[str]:
    """Return the summary of a draft for a person: the parts to look at, and the next command."""
    lines = []
    if len(found) > 1:
        lines.append(f"The page answers {len(found)} reports: see which words belong to which.")
    for one in found:
        title = f"“{one.title.value}”: " if one.title and len(found) > 1 else ""
        facts = {"title": one.title, "day": one.published_on, "publisher": one.publishers}
        why = unsure(one)
        if everybody:
            why = [name for name, fact in facts.items() if fact is None or not fact.sure]
            why += [
                f"recommendation {r.number} ({r.why})" for r in one.recommendations if not r.sure
            ]
        lines.append(
            f"{title}{'Look at: ' + '; '.join(why) + '.' if why else 'All of it is sure.'}"
        )
    lines += [f"{path} is written. Then: answerable import {path}" for path, _ in drafts]
    if not drafts:
        lines.append("Nothing was written: give --out draft.toml to have a file to change.")
    return lines


def as_json(log: Ledger, found: list[Suggestion], body: str) -> dict[str, Any]:
    """Return suggestions as JSON: the reports, the parts left for a person, and the kind of
    page."""
    service = log.service().on(london_date(log.now()))
    whose = service.bodies[body]

    def body_id(name: str) -> str:
        return body_meant(name, whose, service) or name

    left = {
        (piece.block, piece.text): piece.why
        for one in found
        for piece in one.pieces
        if piece.part == "?"
    }
    return {
        "is": found[0].kind_of_page,
        "reports": [_report(one, body_id) for one in found if one.kind_of_page == "response"],
        "left": [{"block": block, "text": text, "why": why} for (block, text), why in left.items()],
    }


def _report(one: Suggestion, body_id: Any) -> dict[str, Any]:
    return {
        "title": _value(one.title),
        "published_on": _value(one.published_on),
        "kind": _value(one.kind),
        "publishers": _value(one.publishers)
        | ({"value": list(one.publishers.value)} if one.publishers else {"value": []}),
        "recommendations": [
            {
                "number": read.number,
                "text": read.text,
                "addressees": [body_id(name) for name in read.addressees],
                "target": {"on": read.target.on, "phrase": read.target.phrase}
                if isinstance(read.target, DatePhrase)
                else None,
                "parent": read.parent,
                "blocks": list(read.blocks),
                "sure": read.sure,
            }
            for read in one.recommendations
        ],
        "passages": _passages(one),
        "response": {
            "published_on": one.response_published_on.value if one.response_published_on else None,
            "sure": bool(one.response_published_on and one.response_published_on.sure),
        },
    }


def _passages(one: Suggestion) -> list[dict[str, Any]]:
    listed = [read.number for read in one.recommendations]
    passages: list[dict[str, Any]] = []
    for piece in one.pieces:
        if piece.part not in _BY:
            continue
        if piece.bullet and passages and passages[-1]["blocks"][-1] == piece.block - 1:
            passages[-1]["text"] += f"\n- {piece.text}"
            passages[-1]["blocks"].append(piece.block)
            continue
        of = listed if piece.of == ("all",) else list(piece.of)
        passages.append(
            {
                "of": of,
                "by": _BY[piece.part],
                "text": piece.text,
                "blocks": [piece.block],
                "sure": piece.sure and piece.of_sure,
            }
        )
    return passages


def _value(value: Suggested[Any] | None) -> dict[str, Any]:
    return {"value": value.value or None if value else None, "sure": bool(value and value.sure)}
