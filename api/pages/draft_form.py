"""A page that is being settled, as its form has it: what is suggested filled in, fields and blocks
drawn, and what was typed as the tables that a draft's file has."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, get_args

from api.pages import form_fields, words
from api.pages.form_fields import FormField, Given
from ledger.date_phrases import DatePhrase, read_date
from ledger.errors import Fault
from ledger.events.recommendation import Kind
from ledger.events.report import REPORT_KINDS
from ledger.intake.pages.blocks import Block
from ledger.intake.pages.draft_file import GROUPS_OF
from ledger.intake.pages.values import Piece, RecommendationRead, Suggested, Suggestion
from ledger.intake.proposals.draft import PageFile
from ledger.intake.proposals.look_alikes import ANOTHER

PARTS_IN_WORDS = {
    "report": "The report’s words",
    "recommendation": "A recommendation",
    "commissioner": "The commissioner",
    "chief officer": "The chief officer",
    "force": "The force, on what it did",
    "other report": "Of another report",
    "not needed": "Not needed",
}
"""What a block can be, as the form has it."""


@dataclass(frozen=True)
class Draft:
    """A page that is being settled: the page, what it is suggested to say, and what was typed."""

    file: PageFile
    body: str
    found: Sequence[Suggestion]
    typed: Given

    @property
    def which(self) -> int | None:
        """Which of the page's reports it is about; None while nobody said."""
        said = self.typed.get("which", "0" if len(self.found) == 1 else "")
        return int(said) if said in map(str, range(len(self.found))) else None

    @property
    def one(self) -> Suggestion:
        """The suggestion of its report."""
        return self.found[self.which or 0]

    @property
    def everybody(self) -> bool:
        """Whether the page is the report itself, to be entered once for all."""
        return bool(self.typed.get("everybody"))

    def rows(self, table: str) -> list[dict[str, str]]:
        """What was typed of each recommendation or block, in order."""
        found: dict[int, dict[str, str]] = {}
        for name, value in self.typed.items():
            first, _, rest = name.partition(".")
            number, _, key = rest.partition(".")
            if first == table and number.isascii() and number.isdecimal() and len(number) < 6:
                found.setdefault(int(number), {})[key] = value
        return [found[number] for number in sorted(found)]

    def with_rows(self, table: str, rows: Sequence[Mapping[str, str]]) -> "Draft":
        """The same draft with other rows."""
        kept = [(k, v) for k, v in self.typed.items() if not k.startswith(f"{table}.")]
        rows_now = [(f"{table}.{n}.{k}", v) for n, row in enumerate(rows) for k, v in row.items()]
        return replace(self, typed=Given(kept + rows_now))


def filled(opened: Draft) -> Draft:
    """A draft as it is suggested."""
    one, everybody = opened.one, opened.everybody
    publishers = one.publishers.value if one.publishers else ()
    answered = one.response_published_on
    opened.typed.update(
        {
            "report.title": one.title.value if one.title else "",
            "report.published_on": one.published_on.value if one.published_on else "",
            "report.kind": one.kind.value if one.kind else "",
            "report.publishers": "\n".join(publishers),
            "report.cites": one.cites or "",
            "response.published_on": answered.value if answered else "",
        }
    )
    listed = [_row_of(each, everybody=everybody) for each in one.recommendations]
    blocks = [_block_of(each, opened.file.blocks) for each in one.pieces]
    return opened.with_rows("recommendation", listed).with_rows("block", blocks)


def _row_of(one: RecommendationRead, *, everybody: bool) -> dict[str, str]:
    target = one.target
    names = [GROUPS_OF.get(each, each) if everybody else each for each in one.addressees]
    return {
        "number": one.number,
        "kind": one.kind,
        "addressees": "\n".join(names),
        "partners": "\n".join(one.partners),
        "target": (isinstance(target, DatePhrase) and target.on) or "",
        "target_words": target.phrase if target else "",
        "parent": one.parent or "",
    }


def _block_of(piece: Piece, blocks: Sequence[Block]) -> dict[str, str]:
    """The row of a block; it has words where they are a part of the block's."""
    row = {
        "block": str(piece.block),
        "part": "" if piece.part == "?" else piece.part,
        "of": ", ".join(piece.of),
    }
    whole = blocks[piece.block - 1].text
    return row if piece.text == whole else row | {"text": piece.text}


def parted(opened: Draft, number: str) -> Draft:
    """A draft in which a block stands once more, each time with words that can be cut."""
    rows = opened.rows("block")
    if number in map(str, range(len(rows))):
        row = rows[int(number)]
        row.setdefault("text", _whole(opened, row))
        rows.insert(int(number) + 1, {**row, "part": "", "of": ""})
    return opened.with_rows("block", rows)


def _whole(opened: Draft, row: Mapping[str, str]) -> str:
    """All words of the block of a row; none where the page has no such block."""
    said = row.get("block", "")
    number = int(said) if re.fullmatch(r"[0-9]{1,5}", said) else 0
    there = 1 <= number <= len(opened.file.blocks)
    return opened.file.blocks[number - 1].text if there else ""


def told(opened: Draft) -> dict[str, Any]:
    """The draft as its file would have it: see `answerable draft`."""
    typed = opened.typed
    listed = [row for row in opened.rows("recommendation") if any(map(str.strip, row.values()))]
    blocks = []
    for row in opened.rows("block"):
        number, part = row.get("block", ""), row.get("part", "") or "?"
        of = " ".join(row.get("of", "").split())
        blocks.append(
            {
                "block": int(number) if re.fullmatch(r"[0-9]{1,5}", number) else 0,
                "part": f"{part} {of}".strip() if part != "?" else part,
                "text": " ".join(row.get("text", _whole(opened, row)).split()),
            }
        )
    return {
        "report": {
            **{key: typed.get(f"report.{key}", "") for key in ("title", "kind", "cites", "attach")},
            "published_on": _day(typed.get("report.published_on", "")),
            "publishers": typed.get("report.publishers", "").splitlines(),
            "everybody": opened.everybody,
        },
        "response": {
            "published_on": "" if opened.everybody else _day(typed.get("response.published_on", ""))
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
        "block": blocks,
    }


def _day(said: str) -> str:
    """A day as people write it, in ISO; else as it was typed, to be refused."""
    return read_date(said.strip()).on or said.strip() if said.strip() else ""


@dataclass(frozen=True)
class Row:
    """A block as it is drawn: beside its words what it is, and whether that was sure."""

    n: int
    block: str
    text: str
    part: str
    of: str
    cut: str | None
    """Its words as they can be cut, where they are not the whole block."""
    split: bool
    """Whether the block stands in several parts."""
    mark: str
    sure: bool
    errors: tuple[str, ...] = field(default=())


def is_aside(row: Row) -> bool:
    """Whether a block is folded away: surely not needed, and nothing is wrong with it."""
    return row.part == "not needed" and row.sure and row.cut is None and not row.errors


def facts(opened: Draft, faults: Sequence[Fault]) -> list[FormField]:
    """The fields of the report, and of the day of the response."""
    one = opened.one

    def fact(
        path: str, kind: Any, label: str, said: Suggested[Any] | None, more: str = "", **its: Any
    ) -> FormField:
        help_ = " ".join(filter(None, (_mark_of_fact(said), more)))
        value = opened.typed.get(path, "")
        required = its.pop("required", False)
        errors = at(faults, path)
        return FormField(path, kind, label, help_, required, value=value, errors=errors, **its)

    kinds = tuple((each, words.word(each)) for each in REPORT_KINDS)
    found = [
        fact("report.title", "line", "Title of the report", one.title, required=True),
        fact("report.published_on", "day", "Day it was published", one.published_on),
        fact("report.kind", "choice", "Kind of report", one.kind, options=kinds),
        fact(
            "report.publishers", "lines", "Publishers (one a line, the first leads)",
            one.publishers, "By name or id, such as hmicfrs.", required=True,
        ),
        FormField(
            "report.cites", "line", "Law that the page cites", "", False,
            value=opened.typed.get("report.cites", ""), errors=at(faults, "report.cites"),
        ),
    ]  # fmt: skip
    if said := opened.typed.get("report.attach"):
        help_ = f"As you said: the reference of a recorded report, or “{ANOTHER}”. Empty: not said."
        label, wrong = "Which recorded report it is", at(faults, "report.attach")
        found.append(
            FormField("report.attach", "line", label, help_, False, value=said, errors=wrong)
        )
    if not opened.everybody:
        response = one.response_published_on
        label = "Day the response was published"
        found.append(fact("response.published_on", "day", label, response))
    return found


def _mark_of_fact(said: Suggested[Any] | None) -> str:
    """Whether a fact is sure, in words."""
    if said is None:
        return "Not sure: the page does not say it."
    if said.sure:
        return "Sure: the page says so."
    return f"Not sure: {said.why}." if said.why else "Not sure: look at the page."


_LABELS: dict[str, tuple[form_fields.Kind, str, str]] = {
    "number": (
        "line",
        "Number",
        "As the report has it. Empty this recommendation to leave it out.",
    ),
    "kind": ("choice", "What the report calls it", ""),
    "addressees": (
        "lines",
        "Addressed to (one a line)",
        "“force” is the body’s own, “office” the body itself; else ids, names, or groups.",
    ),
    "partners": ("lines", "Together with (one a line)", ""),
    "target": ("day", "Target day", ""),
    "target_words": ("line", "The target in the report’s words", ""),
    "parent": ("line", "Number of the cause of concern that it belongs to", ""),
}


def recommendation(
    opened: Draft, n: int, row: Mapping[str, str], faults: Sequence[Fault]
) -> FormField:
    """The fields of a recommendation. Its words are those of the blocks that are said to be it."""
    kinds = tuple((each, words.word(each)) for each in get_args(Kind))
    path, number = f"recommendation.{n}", row.get("number", "")
    said = next((one for one in opened.one.recommendations if one.number == number), None)
    mark = "You added it: say which blocks it is."
    if said is not None:
        mark = "Sure." if said.sure else f"Not sure: {said.why or 'look at its words'}."
    return FormField(
        path, "group", f"Recommendation {number}".strip(), mark, False,
        errors=at(faults, path),
        parts=tuple(
            FormField(
                f"{path}.{key}", kind, label, help_, key in ("number", "addressees"),
                value=row.get(key, ""), errors=at(faults, f"{path}.{key}"),
                options=kinds if key == "kind" else (),
            )
            for key, (kind, label, help_) in _LABELS.items()
        ),
    )  # fmt: skip


def rows(opened: Draft, faults: Sequence[Fault]) -> list[Row]:
    suggested_ = {
        tuple(_block_of(piece, opened.file.blocks).values()): piece for piece in opened.one.pieces
    }
    rows = []
    times = Counter(row.get("block") for row in opened.rows("block"))
    for n, row in enumerate(opened.rows("block")):
        piece = suggested_.get(tuple(row.get(k, "") for k in ("block", "part", "of") if k in row))
        if "text" in row:
            piece = suggested_.get(tuple(row.get(k, "") for k in ("block", "part", "of", "text")))
        sure = piece is None or (
            piece.sure and (piece.of_sure or piece.part == "not needed") and piece.part != "?"
        )
        mark = "As you say." if piece is None else "Sure."
        if not sure and piece is not None:
            mark = f"Not sure: {piece.why}." if piece.why else "Not sure: look at it."
        paths = (f"block.{n}", *(f"block.{n}.{key}" for key in ("block", "part", "text")))
        rows.append(
            Row(
                n, row.get("block", ""), _whole(opened, row), row.get("part", ""),
                row.get("of", ""), row.get("text"), times[row.get("block")] > 1, mark, sure,
                tuple(said for path in paths for said in at(faults, path)),
            )
        )  # fmt: skip
    return rows


def at(faults: Sequence[Fault], path: str) -> tuple[str, ...]:
    return tuple(one.message for one in faults if one.field == path)
