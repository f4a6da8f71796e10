"""A page as a draft in a form: the suggestions, what was typed, and both in the form of a draft’s
file."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from api.recording.form_fields import Given
from ledger.date_phrases import DatePhrase, read_date
from ledger.dates import in_words
from ledger.errors import Fault, Unfit
from ledger.intake.pages.values import SPEAKERS, Piece, RecommendationRead, Suggestion
from ledger.intake.proposals.draft import PageFile

AS_SUGGESTED = "as suggested"
"""What a person says of a range of blocks that are what the draft suggests."""
_OF_A_REPORT = ("report", "recommendation", "respond", "taken_off")
"""The fields of a draft that a recorded report fills."""
BY_RULE, NOBODY = "rule", "nobody"
"""The answers to who must respond to a report that is entered once for everybody."""


@dataclass(frozen=True)
class Draft:
    """A page that a person settles: its file, its suggestions, and what was typed."""

    file: PageFile
    body: str
    found: Sequence[Suggestion]
    typed: Given

    @property
    def which(self) -> int | None:
        """The number of the page's report that it is about; None until somebody chooses."""
        said = self.typed.get("which", "0" if len(self.found) == 1 else "")
        return int(said) if said in map(str, range(len(self.found))) else None

    @property
    def one(self) -> Suggestion:
        """The suggestion for its report."""
        return self.found[self.which or 0]

    @property
    def report(self) -> str | None:
        """The reference of the recorded report from which it begins, if it does."""
        return self.typed.get("report") or None

    @property
    def everybody(self) -> bool:
        """True if the page is the report itself, to be entered once for all."""
        return bool(self.typed.get("everybody"))

    def rows(self, table: str) -> list[dict[str, str]]:
        """Return what was typed for each recommendation or block, in order."""
        found: dict[int, dict[str, str]] = {}
        for name, value in self.typed.items():
            first, _, rest = name.partition(".")
            number, _, key = rest.partition(".")
            if first == table and number.isascii() and number.isdecimal() and len(number) < 6:
                found.setdefault(int(number), {})[key] = value
        return [found[number] for number in sorted(found)]

    def with_rows(self, table: str, rows: Sequence[Mapping[str, str]]) -> "Draft":
        """Return the same draft with other rows."""
        kept = [(k, v) for k, v in self.typed.items() if not k.startswith(f"{table}.")]
        rows_now = [(f"{table}.{n}.{k}", v) for n, row in enumerate(rows) for k, v in row.items()]
        return replace(self, typed=Given(kept + rows_now))


def filled(opened: Draft) -> Draft:
    """Return a draft filled in with its suggestions. A day of the response that isn't sure is left
    to a person."""
    one = opened.one
    publishers = one.publishers.value if one.publishers else ()
    answered = one.response_published_on
    day = _shown(answered.value if answered and answered.sure else "")
    opened.typed["response.published_on"] = day
    rows = [block_row(opened, each) for each in one.pieces]
    if opened.report:
        return opened.with_rows("block", rows)
    opened.typed.update(
        {
            "report.title": one.title.value if one.title else "",
            "report.published_on": _shown(one.published_on.value if one.published_on else ""),
            "report.kind": one.kind.value if one.kind else "",
            "report.publishers": "\n".join(publishers),
            "report.cites": one.cites or "",
        }
    )
    listed = [_row_of(each) for each in one.recommendations]
    return opened.with_rows("recommendation", listed).with_rows("block", rows)


def begun_from(opened: Draft, report: str) -> Draft:
    """Return a draft, as far as a person settled it, as one that begins from a recorded report."""
    carried = {k: v for k, v in opened.typed.items() if k.split(".")[0] not in _OF_A_REPORT}
    rows = [_of_duty(row) for row in opened.rows("block")]
    begun = replace(opened, typed=Given([*carried.items(), ("report", report)]))
    return begun.with_rows("block", rows)


def _row_of(one: RecommendationRead) -> dict[str, str]:
    target = one.target
    return {
        "number": one.number,
        "kind": one.kind,
        "addressees": "\n".join(one.addressees),
        "partners": "\n".join(one.partners),
        "target": _shown((isinstance(target, DatePhrase) and target.on) or ""),
        "target_words": target.phrase if target else "",
        "parent": one.parent or "",
    }


def block_row(opened: Draft, piece: Piece) -> dict[str, str]:
    """Return the row of a block. It has a text only if that is a part of the block, and the
    suggestion itself if a person has to confirm it."""
    row = {
        "block": str(piece.block),
        "part": "" if piece.part == "?" else piece.part,
        "of": ", ".join(piece.of),
    }
    if piece.text != opened.file.blocks[piece.block - 1].text:
        row["text"] = piece.text
    if piece.is_open:
        row["was"] = _said(row)
    return _of_duty(row) if opened.report else row


def _of_duty(row: dict[str, str]) -> dict[str, str]:
    """Return a row of a draft that begins from a recorded report: what isn't somebody's words is
    not needed."""
    if row.get("part", "") in ("", *SPEAKERS):
        return row
    return row | {"part": "not needed", "of": ""}


def _said(row: Mapping[str, str]) -> str:
    """Return the part of a row as a draft's file has it: `commissioner 2, 4`."""
    return f"{row.get('part', '')} {' '.join(row.get('of', '').split())}".strip()


def is_open(row: Mapping[str, str]) -> bool:
    """Return whether a person has to say of a row whose words it is, about what, or to confirm
    that."""
    unconfirmed = row.get("was") == _said(row) and not row.get("sure")
    return row.get("part", "") == "" or unconfirmed


def with_range(opened: Draft) -> Draft:
    """Return a draft in which the blocks of a range are what a person said of them together. Raise
    Unfit if the range is none."""
    said = {key: opened.typed.pop(f"range.{key}", "") for key in ("first", "last", "part", "of")}
    ends = [int(said[key]) for key in ("first", "last") if re.fullmatch(r"[0-9]{1,5}", said[key])]
    last = len(opened.file.blocks)
    if len(ends) < 2 or not 1 <= ends[0] <= ends[1] <= last or not said["part"]:
        why = f"Give the first and the last block, from 1 to {last}, and whose words they are."
        raise Unfit(why, Fault("range.first", why))
    rows = opened.rows("block")
    for row in rows:
        if row.get("block", "") in map(str, range(ends[0], ends[1] + 1)):
            row["sure"] = "yes"
            if said["part"] != AS_SUGGESTED:
                row |= {"part": said["part"], "of": said["of"]}
    return opened.with_rows("block", rows)


def parted(opened: Draft, number: str) -> Draft:
    """Return a draft with a block twice, so that each can be cut to its part."""
    rows = opened.rows("block")
    if number in map(str, range(len(rows))):
        row = rows[int(number)]
        row.setdefault("text", whole_block(opened, row))
        half = {"block": row.get("block", ""), "part": "", "of": "", "text": row["text"]}
        rows.insert(int(number) + 1, half)
    return opened.with_rows("block", rows)


def whole_block(opened: Draft, row: Mapping[str, str]) -> str:
    """Return the whole text of a row's block; empty if the page has no such block."""
    said = row.get("block", "")
    number = int(said) if re.fullmatch(r"[0-9]{1,5}", said) else 0
    there = 1 <= number <= len(opened.file.blocks)
    return opened.file.blocks[number - 1].text if there else ""


def as_file(opened: Draft) -> dict[str, Any]:
    """Return the draft in the form of its file (see `answerable draft`)."""
    typed = opened.typed
    answered = "" if opened.everybody else _day(typed.get("response.published_on", ""))
    blocks = [_block_as_file(opened, row) for row in opened.rows("block")]
    return {
        "body": opened.body,
        **({"report": {"attach": opened.report}} if opened.report else _report_as_file(opened)),
        **(_who_must_respond(typed) if opened.everybody else {}),
        "response": {"published_on": answered},
        "block": blocks,
    }


def _block_as_file(opened: Draft, row: Mapping[str, str]) -> dict[str, Any]:
    number, part = row.get("block", ""), _said(row) if row.get("part") else ""
    return {
        "block": int(number) if re.fullmatch(r"[0-9]{1,5}", number) else 0,
        "part": f"? {part}".strip() if is_open(row) else part,
        "text": " ".join(row.get("text", whole_block(opened, row)).split()),
        **({"assurance": True} if row.get("assurance") else {}),
    }


def _report_as_file(opened: Draft) -> dict[str, Any]:
    """Return the report and its recommendations, in the form of a draft's file."""
    typed = opened.typed
    listed = [row for row in opened.rows("recommendation") if any(map(str.strip, row.values()))]
    return {
        "report": {
            **{key: typed.get(f"report.{key}", "") for key in ("title", "kind", "cites", "attach")},
            "published_on": _day(typed.get("report.published_on", "")),
            "publishers": typed.get("report.publishers", "").splitlines(),
            "everybody": opened.everybody,
        },
        "recommendation": [
            {
                **{key: row.get(key, "") for key in ("number", "kind", "target_words", "parent")},
                "addressees": row.get("addressees", "").splitlines(),
                "partners": row.get("partners", "").splitlines(),
                "target": _day(row.get("target", "")),
            }
            for row in listed
        ],
    }


def _who_must_respond(typed: Given) -> dict[str, Any]:
    """Return who must respond to a report for everybody, in the form of a draft's file."""
    lines = [one for one in typed.get("taken_off", "").splitlines() if one.strip()]
    parted = [one.partition(":") for one in lines]
    bodies = typed.get("respond.bodies", "").splitlines()
    return {
        "respond": {"by_rule": typed.get("respond.by_rule") != NOBODY, "bodies": bodies},
        "taken_off": [{"body": body.strip(), "reason": why.strip()} for body, _, why in parted],
    }


def _shown(day: str) -> str:
    """Return a day as a field shows it, `8 July 2025`; a person may type it in any form."""
    return in_words(day) if day else ""


def _day(said: str) -> str:
    """Return a day in ISO form; if it is none, as it was typed, to be refused."""
    return read_date(said.strip()).on or said.strip() if said.strip() else ""
