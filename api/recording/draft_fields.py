"""The fields of a draft on its page: facts, recommendations, and blocks of the page."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any, get_args

from api.reading import words
from api.recording import form_fields
from api.recording.draft import BY_RULE, NOBODY, Draft, block_row, is_open, whole_block
from api.recording.form_fields import FormField
from ledger.errors import Fault
from ledger.events import BodyRegistered
from ledger.events.recommendation import Kind
from ledger.events.report import REPORT_KINDS
from ledger.intake.pages.final_page import asks_assurance
from ledger.intake.pages.values import ANOTHER, Suggested

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
_SHORT = 8
"""A block of fewer words is folded away if it seems not to be needed: a label, a day, a number."""
_OF_OTHERS = {"commissioner": "The body itself", "force": "The service, on what it did"}
"""The same for a body that is no local policing body, such as a fire authority."""


def parts_in_words(body: BodyRegistered) -> dict[str, str]:
    """Return the kinds of a block, as a form of a body calls them."""
    own = body.kind == "local_policing_body"
    return PARTS_IN_WORDS if own else PARTS_IN_WORDS | _OF_OTHERS


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
    waits: bool
    """True if nothing is recorded until a person has settled it."""
    was: str
    """The suggestion that a person confirms, or changes."""
    confirmed: bool
    assurance: str
    """A sentence that asks for an assurance, if the block has one."""
    asks: bool
    """True if a person chose that it is recorded as asking for one."""
    errors: tuple[str, ...] = field(default=())
    next_open: int | None = None
    """The next row that a person has to settle."""


def folded(row: BlockRow, parts: Mapping[str, str]) -> str:
    """Return whose words a block is, in short, if it is folded away: a person need not look at it,
    since it is sure, settled, or short and seems not needed. Empty if it is shown."""
    short = row.part == "not needed" and not row.waits and len(row.text.split()) < _SHORT
    if not (row.sure or short) or row.errors or (row.cut is not None and row.split):
        return ""
    about = f", of {row.of}" if row.of else ""
    asks = ""
    if row.assurance:
        asks = ", asks for assurance (to be recorded)" if row.asks else ", may ask for assurance"
    return f"{parts.get(row.part, row.part)}{about}{asks}"


def fact_fields(opened: Draft, faults: Sequence[Fault]) -> list[FormField]:
    """Return the fields of the report, unless it is recorded, and of the response's day."""
    one = opened.one
    day_said = one.response_published_on
    its_day = FormField(
        "response.published_on", "day", "Day the response was published", _mark_of_day(day_said),
        False, value=opened.typed.get("response.published_on", ""),
        errors=faults_at(faults, "response.published_on"),
    )  # fmt: skip
    if opened.report:
        return [its_day]

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
        return [*found, its_day]
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


def _mark_of_day(said: Suggested[str] | None) -> str:
    """Return what the page says of the response's day. If that isn't sure, a person fills it in."""
    if said is None:
        return "The page does not say it. Empty: not known."
    if said.sure:
        return "Sure: the page says so."
    return f"Not filled in: {said.value} stands on the page, but {said.why}. Empty: not known."


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
    mark = "You added it: say which paragraphs it is."
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
    """Return the blocks with what each is, and which of them a person has to settle."""
    suggestions = {_as_suggested(block_row(opened, piece)): piece for piece in opened.one.pieces}
    typed = opened.rows("block")
    times = Counter(row.get("block") for row in typed)
    rows = []
    for n, row in enumerate(typed):
        piece, waits = suggestions.get(_as_suggested(row)), is_open(row)
        unsure = piece is not None and not (piece.sure or row.get("sure"))
        mark = "As you say." if piece is None or row.get("sure") else "Sure."
        why = piece.why if piece else ""
        if waits or unsure:
            mark = f"Not sure: {why}." if why else "Not sure: look at it."
        if unsure and not waits:
            mark = f"Not needed, it seems{f': {why}' if why else ''}."
        paths = (
            f"block.{n}",
            *(f"block.{n}.{key}" for key in ("block", "part", "text", "assurance")),
        )
        whole = whole_block(opened, row)
        asks = asks_assurance(row.get("text", whole)) if row.get("part") == "commissioner" else []
        rows.append(
            BlockRow(
                n, row.get("block", ""), whole, row.get("part", ""), row.get("of", ""),
                row.get("text"), times[row.get("block")] > 1, mark, not (waits or unsure),
                waits, row.get("was", ""), bool(row.get("sure")), asks[0] if asks else "",
                bool(row.get("assurance")),
                tuple(said for path in paths for said in faults_at(faults, path)),
            )
        )  # fmt: skip
    waiting = [n for n, row in enumerate(typed) if is_open(row)]
    after = dict(pairwise(waiting))
    return [replace(row, next_open=after.get(row.n)) for row in rows]


def _as_suggested(row: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Return what of a row a suggestion has."""
    return tuple((key, row[key]) for key in ("block", "part", "of", "text") if key in row)


def faults_at(faults: Sequence[Fault], path: str) -> tuple[str, ...]:
    return tuple(one.message for one in faults if one.field == path)
