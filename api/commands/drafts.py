"""`draft`: suggests what a page says, as a file that a person settles, or as JSON."""

from pathlib import Path
from typing import Any

import click

from api.commands.context import Context, address_option, body_id, ledger, with_context
from api.commands.imports import page_file
from ledger.acts.decision import Decision
from ledger.date_phrases import DatePhrase
from ledger.dates import in_words
from ledger.intake.pages.draft_file import write_draft
from ledger.intake.pages.final_page import OTHER_PAGES, unsure
from ledger.intake.pages.values import Suggested, Suggestion
from ledger.intake.proposals.draft import PageFile
from ledger.intake.proposals.page import body_meant, suggested
from ledger.intake.proposals.recorded_reports import LooksLike, looks_like
from ledger.states.service import SETUP, Service

_BY = {"commissioner": "commissioner", "chief officer": "chief_officer", "force": "force"}


@click.command("draft")
@click.argument(
    "page", metavar="PAGE", type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option("--body", required=True, help="The body whose page it is, by its id or name.")
@click.option(
    "--report",
    metavar="REF",
    help="The recorded report that the page answers, by its reference. The draft then asks only "
    "the day of the response, and whose words its blocks are.",
)
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
    here: Context,
    page: Path,
    body: str,
    report: str | None,
    url: str | None,
    out: Path | None,
    everybody: bool,
) -> None:
    """Suggest what a page says, part by part, and write it down for a person to settle.

    Each suggestion is sure, or marked UNSURE. A part with a “?” has to be confirmed. Then
    `answerable import` shows the entries that the draft gives, and records them with --yes. Nothing
    is recorded here. Give the report that the page answers with --report, if it is recorded. Else
    those that it looks like the response to are named, and the draft asks for all of the report. A
    page that answers two reports then gives two drafts. With --everybody the file is the report
    itself: its recommendations go to all chief constables and local policing bodies.
    """
    if report and everybody:
        raise click.UsageError("A page answers a report (--report), or is one (--everybody).")
    file = page_file(page, url)
    with ledger(here.settings, begins=True) as (log, _):
        body = body_id(log, body)
        decision = Decision(log, SETUP)
        found = suggested(decision, file, body, listed=everybody, report=report)
        alike: list[LooksLike] = []
        if not report and not everybody:
            alike = looks_like(decision, body, file.blocks)
        answer = {"file": file.name, "body": body, **as_json(decision.service, found, body)}
    drafts = _written(page, out, found, file, body, url, everybody)
    answer["drafts"] = [str(path) for path, _ in drafts]
    answer["looks_like"] = [
        {"report": one.reference, "title": one.title, "common": list(one.common)} for one in alike
    ]
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
    for each in alike:
        click.echo(_begin_from(each, page, body), err=out is None)


def _begin_from(one: LooksLike, page: Path, body: str) -> str:
    """Return the sentence about a report that the page looks like the response to."""
    return (
        f"This looks like the response to “{one.title}”, {in_words(one.published_on)}: on the page "
        f"stand {' and '.join(one.common)}. Begin from it: answerable draft {page} --body {body} "
        f"--report {one.reference}"
    )


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
        why = _open_of_duty(one) if one.recorded else unsure(one)
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


def _open_of_duty(one: Suggestion) -> list[str]:
    """Return what a person has to say of a page that answers a recorded report."""
    why = [OTHER_PAGES[one.kind_of_page]] if one.kind_of_page != "response" else []
    day = one.response_published_on
    if day is None or not day.sure:
        why.append("the day on which the response was published")
    if blocks := dict.fromkeys(str(piece.block) for piece in one.pieces if piece.is_open):
        why.append(f"block{'' if len(blocks) == 1 else 's'} {', '.join(blocks)}")
    return why


def as_json(service: Service, found: list[Suggestion], body: str) -> dict[str, Any]:
    """Return suggestions as JSON: the reports, the parts left for a person, and the kind of
    page."""
    whose = service.bodies[body]

    def body_id(name: str) -> str:
        return body_meant(name, whose, service) or name

    left = {
        (piece.block, piece.text): piece.why
        for one in found
        for piece in one.pieces
        if piece.part == "?"
    }
    there = [one for one in found if one.kind_of_page == "response" or one.recorded]
    return {
        "is": found[0].kind_of_page,
        "reports": [_report(one, body_id) for one in there],
        "left": [{"block": block, "text": text, "why": why} for (block, text), why in left.items()],
    }


def _report(one: Suggestion, body_id: Any) -> dict[str, Any]:
    return {
        **_facts(one),
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


def _facts(one: Suggestion) -> dict[str, Any]:
    """Return title, day, kind and publishers: those of the recorded report, which are sure, or
    those that the page gives."""
    if (there := one.recorded) is not None:
        said = {
            "title": there.title,
            "published_on": there.published_on,
            "kind": there.kind,
            "publishers": list(there.publishers),
        }
        return {key: {"value": value, "sure": True} for key, value in said.items()}
    return {
        "title": _value(one.title),
        "published_on": _value(one.published_on),
        "kind": _value(one.kind),
        "publishers": _value(one.publishers)
        | ({"value": list(one.publishers.value)} if one.publishers else {"value": []}),
    }


def _passages(one: Suggestion) -> list[dict[str, Any]]:
    listed = [read.number for read in one.recommendations]
    passages: list[dict[str, Any]] = []
    for piece in one.pieces:
        if piece.part not in _BY:
            continue
        last = passages[-1] if passages else None
        of = listed if piece.of == ("all",) else list(piece.of)
        same = last is not None and (last["by"], last["of"]) == (_BY[piece.part], of)
        if last and same and piece.bullet and last["blocks"][-1] == piece.block - 1:
            last["text"] += f"\n- {piece.text}"
            last["blocks"].append(piece.block)
            continue
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
