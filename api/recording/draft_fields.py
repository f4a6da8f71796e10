"""The fields of a draft on its page: facts, recommendations, and blocks of the page."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, get_args

from api.reading import words
from api.recording import form_fields
from api.recording.draft import BY_RULE, NOBODY, Draft, block_row, whole_block
from api.recording.form_fields import FormField
from ledger.errors import Fault
from ledger.events.recommendation import Kind
from ledger.events.report import REPORT_KINDS
from ledger.intake.pages.values import Suggested
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
"""The kinds of a block, in the form's words."""


@dataclass(frozen=True)
class BlockRow:
    """A block with its kind, and whether that was sure."""

    n: int
    block: str
    text: str
    part: str
    of: str
    cut: str | None
    """Its text for cutting, if it is not the whole block."""
    split: bool
    """True if the block stands in several parts."""
    mark: str
    sure: bool
    errors: tuple[str, ...] = field(default=())


def is_aside(row: BlockRow) -> bool:
    """Return whether a block is folded away: it is surely not needed, and has no fault."""
    return row.part == "not needed" and row.sure and row.cut is None and not row.errors


def fact_fields(opened: Draft, faults: Sequence[Fault]) -> list[FormField]:
    """Return the fields of the report, and of the response's day."""
    one = opened.one

    def fact(
        path: str, kind: Any, label: str, said: Suggested[Any] | None, more: str = "", **its: Any
    ) -> FormField:
        help_ = " ".join(filter(None, (_mark_of_fact(said), more)))
        value = opened.typed.get(path, "")
        required = its.pop("required", False)
        errors = faults_at(faults, path)
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
            value=opened.typed.get("report.cites", ""), errors=faults_at(faults, "report.cites"),
        ),
    ]  # fmt: skip
    if said := opened.typed.get("report.attach"):
        help_ = f"As you said: the reference of a recorded report, or “{ANOTHER}”. Empty: not said."
        label, wrong = "Which recorded report it is", faults_at(faults, "report.attach")
        found.append(
            FormField("report.attach", "line", label, help_, False, value=said, errors=wrong)
        )
    if not opened.everybody:
        response = one.response_published_on
        label = "Day the response was published"
        found.append(fact("response.published_on", "day", label, response))
        return found
    off = [each for each in faults if each.field.startswith("taken_off")]
    return [
        *found,
        FormField(
            "respond.by_rule", "choice", "Who must respond to this report",
            "By the rules: it is listed before it is recorded. Nobody: no duty is recorded.",
            True, value=opened.typed.get("respond.by_rule", BY_RULE),
            options=((BY_RULE, "Whom the rules bind"), (NOBODY, "Nobody")),
        ),
        FormField(
            "taken_off", "lines", "Who need not respond to this report (one a line)",
            "To take one off, give it and why: kent-pcc: its force is not the subject.",
            False, value=opened.typed.get("taken_off", ""),
            errors=tuple(each.message for each in off),
        ),
        FormField(
            "respond.bodies", "lines", "Who must respond where a rule asks first (one a line)",
            "Where the list says that a person answers first: the bodies of which the answer is "
            "yes.", False, value=opened.typed.get("respond.bodies", ""),
            errors=faults_at(faults, "respond.bodies"),
        ),
    ]  # fmt: skip


def _mark_of_fact(said: Suggested[Any] | None) -> str:
    """Return the words that say whether a fact is sure."""
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
    """Return the fields of a recommendation. Its text is that of the blocks marked as it."""
    kinds = tuple((each, words.word(each)) for each in get_args(Kind))
    path, number = f"recommendation.{n}", row.get("number", "")
    said = next((one for one in opened.one.recommendations if one.number == number), None)
    mark = "You added it: say which blocks it is."
    if said is not None:
        mark = "Sure." if said.sure else f"Not sure: {said.why or 'look at its words'}."
    return FormField(
        path, "group", f"Recommendation {number}".strip(), mark, False,
        errors=faults_at(faults, path),
        parts=tuple(
            FormField(
                f"{path}.{key}", kind, label, help_, key in ("number", "addressees"),
                value=row.get(key, ""), errors=faults_at(faults, f"{path}.{key}"),
                options=kinds if key == "kind" else (),
            )
            for key, (kind, label, help_) in _LABELS.items()
        ),
    )  # fmt: skip


def block_rows(opened: Draft, faults: Sequence[Fault]) -> list[BlockRow]:
    suggested_ = {
        tuple(block_row(piece, opened.file.blocks).values()): piece for piece in opened.one.pieces
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
            BlockRow(
                n, row.get("block", ""), whole_block(opened, row), row.get("part", ""),
                row.get("of", ""), row.get("text"), times[row.get("block")] > 1, mark, sure,
                tuple(said for path in paths for said in faults_at(faults, path)),
            )
        )  # fmt: skip
    return rows


def faults_at(faults: Sequence[Fault], path: str) -> tuple[str, ...]:
    return tuple(one.message for one in faults if one.field == path)
