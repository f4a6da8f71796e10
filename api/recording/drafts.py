"""A page as a draft in the browser: uploaded or pasted, its blocks beside their suggested parts,
what it comes to, and recorded. What is suggested is filled in; what was typed are the tables that a
draft's file has.

It is the draft of `answerable draft` and `answerable import`: the same suggestions, the same
reading back, one decision. Between its steps it stands in the form itself: the bytes of the page,
packed, and what a person made of each block. Recorded is what was looked at: where the draft or the
log changed since, what it comes to now is shown first.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Any, get_args

from flask import Response, request, url_for

from api.reading import words
from api.reading.page import rendered, to
from api.recording import form_fields, record, uploads
from api.recording.form_fields import FormField, Given
from api.recording.record import blueprint
from api.recording.uploads import LookAgain, read_in_turn
from api.requests import current
from api.requests.parsing import takes_form
from ledger.acts.decision import Decision
from ledger.date_phrases import DatePhrase, read_date
from ledger.dates import london_date
from ledger.errors import (
    AnswerableError,
    Fault,
    KeyReused,
    NotAllowed,
    NotRecorded,
    Refused,
    Unfit,
)
from ledger.events import texts
from ledger.events.entry import Entry
from ledger.events.recommendation import Kind
from ledger.events.report import REPORT_KINDS
from ledger.events.streams import report_of
from ledger.intake.pages.blocks import Block
from ledger.intake.pages.decoding import MEDIA_TYPES, SUFFIXES
from ledger.intake.pages.draft_file import GROUPS_OF, PARTS, settled_by
from ledger.intake.pages.settlement import OTHER_PAGES
from ledger.intake.pages.suggestions import page_blocks
from ledger.intake.pages.values import Piece, RecommendationRead, Suggested, Suggestion
from ledger.intake.proposals.draft import NOTHING, Confirmed, Intake, PageFile
from ledger.intake.proposals.look_alikes import ANOTHER, LooksAlike
from ledger.intake.proposals.page import suggested, take_pages
from ledger.states.service import Account

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
BY_RULE, NOBODY = "rule", "nobody"
"""The answers to who must respond to a report that is entered once for everybody."""


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
        **(_who_must_respond(typed) if opened.everybody else {}),
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


def _who_must_respond(typed: Given) -> dict[str, Any]:
    """Who must respond to a report for everybody, as the tables of a draft's file have it."""
    lines = [one for one in typed.get("taken_off", "").splitlines() if one.strip()]
    parted = [one.partition(":") for one in lines]
    bodies = typed.get("respond.bodies", "").splitlines()
    return {
        "respond": {"by_rule": typed.get("respond.by_rule") != NOBODY, "bodies": bodies},
        "taken_off": [{"body": body.strip(), "reason": why.strip()} for body, _, why in parted],
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


def fact_fields(opened: Draft, faults: Sequence[Fault]) -> list[FormField]:
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
            errors=at(faults, "respond.bodies"),
        ),
    ]  # fmt: skip


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


def block_rows(opened: Draft, faults: Sequence[Fault]) -> list[Row]:
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


MOST_ROWS = 2000
"""How many blocks a page may have to be settled in a browser."""
_CARRIED = frozenset({"csrf_token", "key", "looked", "do", "pasted", "expected",
                      "attach"})  # fmt: skip
"""What a form carries beside the draft."""
_TOO_LARGE = "which no page is: save the response page alone, without its pictures"
_HTML = re.compile(
    r"<(?:!doctype|html|head|body|main|article|section|div|h[1-6]|p|ul|ol|table)\b", re.IGNORECASE
)
_NO_KIND = "Choose it: the page does not say the kind of the report in words that are known here."


@dataclass(frozen=True)
class ComesTo:
    """What recording a draft would do: its proposals, and how many entries."""

    intake: Intake
    entries: int
    looked: str
    """A digest of the draft and of what it comes to."""


@blueprint.get("/draft")
@read_in_turn
def draft() -> Response:
    """Where a page is uploaded or pasted."""
    account = uploads.recorder()
    return _asked(account, Given([(k, v) for k, v in request.args.items() if k == "everybody"]))


@blueprint.post("/draft")
@takes_form
@read_in_turn
def draft_sent() -> Response:
    """The next step of a draft: its blocks, what it comes to, or recorded."""
    form = uploads.form_sent(_TOO_LARGE)
    typed = _begun() if "file" in request.files or "pasted" in form else _typed(form)
    if (account := uploads.sender()) is None:
        return record.signed_out(form, typed)
    back = not record.of_this_session(form)
    try:
        opened = _opened(account, typed)
    except Unfit as error:
        return _asked(account, typed, uploads.faults(error), status=422, back=back)
    if back:
        return _shown(account, opened, status=403, back=True)
    do = form.get("do", "")
    if said := form.get("attach"):
        opened.typed["report.attach"] = said
    if said or do == "look" or do == "record":
        return _looked(account, opened, form)
    if do == "more":
        rows = opened.rows("recommendation")
        opened = opened.with_rows("recommendation", [*rows, {"number": ""}])
    elif do.startswith("part."):
        opened = parted(opened, do.removeprefix("part."))
    return _shown(account, opened, form=form)


def _typed(form: Given) -> Given:
    return Given([(k, v) for k, v in form.items() if k not in _CARRIED])


def _begun() -> Given:
    """What was uploaded or pasted, as the form carries it on; both, or neither, have no `file`."""
    typed = _typed(Given(list(request.form.items())))
    pasted = request.form.get("pasted", "").replace("\r\n", "\n")
    came = uploads.uploaded(_TOO_LARGE)
    if (came is not None) == bool(pasted.strip()):
        typed["pasted"] = pasted
        typed["both"] = "yes" if came else ""
        return typed
    name = "pasted.html" if _HTML.search(pasted) else "pasted.txt"
    return Given([*typed.items(), *uploads.packed(*(came or (name, pasted.encode())), _TOO_LARGE)])


def _opened(account: Account, typed: Given) -> Draft:
    """The draft that a form has. Unfit where its page, address or body are not to be used."""
    if "packed" not in typed:
        both = typed.pop("both", "")
        raise uploads.unfit(
            "file",
            "Choose a file or paste the page, not both."
            if both
            else "Choose the file of the page, or paste it below.",
        )
    url = typed.get("url", "").strip()
    if url and (fault := texts.why_unfit("url", url)):
        raise uploads.unfit("url", fault)
    bodies = _bodies(account)
    body = typed.get("body") or next(iter(bodies))
    if body not in bodies:
        raise uploads.unfit(
            "body", "Choose the body whose page it is: yours, or one that yours followed."
        )
    name, raw = typed.get("page", ""), uploads.unpacked(typed["packed"])
    suffix = next((one for one in SUFFIXES if name.lower().endswith(one)), "")
    try:
        blocks = page_blocks(raw, name)
    except AnswerableError as error:
        raise uploads.unfit("file", error.sentence) from None
    if len(blocks) > MOST_ROWS:
        raise uploads.unfit(
            "file",
            f"{name} has {len(blocks):,} pieces of text, and {MOST_ROWS:,} are settled in a "
            "browser at most: save the response page alone, or use `answerable draft`.",
        )
    file = PageFile(name, blocks, raw, MEDIA_TYPES.get(suffix, "text/plain"), url or None)
    log = current.ledger()
    everybody = bool(typed.get("everybody"))
    found = suggested(log, file, body, london_date(log.now()), listed=everybody)
    opened = Draft(file, body, found, typed)
    if opened.which is not None and not opened.rows("block"):
        return filled(opened)
    return opened


def _bodies(account: Account) -> dict[str, str]:
    """The bodies for whose pages an account records, by id: its own, and those that it followed."""
    log = current.ledger()
    service = log.service().on(london_date(log.now()))
    own = str(account.body)
    ids = [own, *sorted(service.with_predecessors([own]) - {own})]
    return {one: service.bodies[one].name for one in ids if service.office(one) == own}


# What it comes to


def _taken(decision: Decision, opened: Draft, file: PageFile, by_hand: Confirmed) -> Intake:
    intake = Intake(by_hand)
    take_pages(decision, [file], opened.body, current.ledger().openings, intake)
    return intake


def _comes_to(account: Account, opened: Draft, file: PageFile) -> ComesTo:
    """What a draft comes to as the log stands now, recorded by nobody yet."""
    decision = Decision(current.ledger(), account)
    intake = _taken(decision, opened, file, NOTHING)
    for entry in decision.entries:
        current.ledger().mapper.to_stored_event(entry)  # refused now, and not when it is recorded
    return ComesTo(intake, len(decision.entries), _digest(opened, intake))


def _digest(opened: Draft, intake: Intake) -> str:
    """Return a digest of a draft and of what it comes to, whatever days a person confirms."""
    said = sorted((k, v) for k, v in opened.typed.items() if not k.startswith("confirm."))
    shown = [(one.says, one.new, one.now) for one in intake.proposals if not one.confirmed]
    asked = [one.now for one in intake.days] + [one.now for one in intake.targets]
    return hashlib.sha256(repr((said, shown, asked)).encode()).hexdigest()


def _looked(account: Account, opened: Draft, form: Given) -> Response:
    """Show what a draft comes to; record it, where that is what was looked at."""
    if opened.which is None:
        return _shown(account, opened, form=form)
    kept = [row for row in opened.rows("recommendation") if any(map(str.strip, row.values()))]
    opened = opened.with_rows("recommendation", kept)
    file = replace(opened.file, blocks=())
    try:
        file = replace(file, settled=settled_by(told(opened), file.name, file.raw))
        if form.get("do") == "record":
            entries = _recorded(account, opened, file, form)
            if entries:
                return to(_after(entries))
        return _shown(account, opened, form=form, comes_to=_comes_to(account, opened, file))
    except LookAgain:
        now = _comes_to(account, opened, file)
        return _shown(account, opened, form=form, comes_to=now, status=412, again=True)
    except LooksAlike as error:
        return _shown(account, opened, form=form, status=409, alike=error)
    except Unfit as error:
        return _shown(account, opened, uploads.faults(error), form=form, status=422)
    except KeyReused:
        return _shown(account, opened, [record.SENT_BEFORE], status=409)
    except (Refused, NotAllowed, NotRecorded) as error:
        match error:
            case Refused(rule="unread"):
                faults = [Fault("report.kind", _NO_KIND)]
            case _:
                faults = [Fault("", error.sentence)]
        return _shown(account, opened, faults, form=form, status=409)


def _recorded(account: Account, opened: Draft, file: PageFile, form: Given) -> tuple[Entry, ...]:
    """Record a draft in one transaction, once however often it is sent. LookAgain where it comes to
    something else than was looked at."""
    ticked = {name: bool(form.get(f"confirm.{name}")) for name in ("days", "targets")}

    def decide(decision: Decision) -> None:
        intake = _taken(decision, opened, file, Confirmed(**ticked))
        if _digest(opened, intake) != form.get("looked"):
            raise LookAgain("What would be recorded now is not what you checked.")

    return current.ledger().decide(account, decide, record.how(account, form, opened.typed)).entries


def _after(entries: Sequence[Entry]) -> str:
    """Where what was recorded is seen: the response, or the report where there is none."""
    where: dict[str, Any] = {"min_position": str(entries[-1].position)}
    owed = {one.stream for one in entries if one.stream.startswith("response/")}
    if len(owed) == 1:
        _, report, body, *_ = owed.pop().split("/")
        return url_for("pages.response", report=report, body=body, **where)
    report_there = next((found for one in entries if (found := report_of(one.stream))), None)
    if report_there is None:
        return url_for("pages.entry", entry_id=entries[0].id, **where)
    return url_for("pages.report", report=report_there, **where)


# Drawn


def _asked(
    account: Account,
    typed: Given,
    faults: Sequence[Fault] = (),
    *,
    status: int = 200,
    back: bool = False,
) -> Response:
    """The form by which a page is uploaded or pasted."""
    fields = [
        FormField(
            "url", "url", "Its address",
            "Where it is published. It is never fetched.", False,
            value=typed.get("url", ""), errors=at(faults, "url"),
        ),
    ]  # fmt: skip
    bodies = _bodies(account)
    if len(bodies) > 1:
        fields.append(
            FormField(
                "body", "choice", "Whose page it is", "", True,
                value=typed.get("body", str(account.body)),
                options=tuple(bodies.items()), errors=at(faults, "body"),
            )
        )  # fmt: skip
    return rendered(
        "draft-begun.html",
        status=status,
        account=account,
        body_name=bodies[str(account.body)],
        fields=fields,
        by_path={one.path: one for one in fields},
        typed=typed,
        faults=faults,
        wrong=at(faults, "file"),
        hidden=record.once({}),
        back=back,
    )


def _shown(
    account: Account,
    opened: Draft,
    faults: Sequence[Fault] = (),
    *,
    form: Mapping[str, str] | None = None,
    comes_to: ComesTo | None = None,
    status: int = 200,
    back: bool = False,
    again: bool = False,
    alike: LooksAlike | None = None,
) -> Response:
    """The draft: its facts, its recommendations, its blocks; or which of its reports is meant."""
    hidden = record.once(form or {})
    carried = ("page", "packed", "url", "body", "everybody", "which")
    hidden |= {name: opened.typed[name] for name in carried if name in opened.typed}
    if opened.which is None:
        hidden.pop("which", None)
        return rendered(
            "draft-which.html", status=status, file=opened.file.name, hidden=hidden,
            reports=[(n, *_called(one)) for n, one in enumerate(opened.found)],
        )  # fmt: skip
    if comes_to is not None:
        hidden["looked"] = comes_to.looked
    facts = fact_fields(opened, faults)
    listed = [
        recommendation(opened, n, row, faults)
        for n, row in enumerate(opened.rows("recommendation"))
    ]
    rows = block_rows(opened, faults)
    labels = {one.path: (one.id, one.label) for one in facts}
    for group in listed:
        labels[group.path] = (group.id, group.label)
        labels |= {one.path: (one.id, f"{group.label}: {one.label}") for one in group.parts}
    for row in rows:
        for key in ("", ".block", ".part", ".text"):
            labels[f"block.{row.n}{key}"] = (f"f-block-{row.n}-part", f"Block {row.block}")
    is_other = opened.one.kind_of_page != "response" and not opened.everybody
    return rendered(
        "draft.html",
        status=status,
        account=account,
        file=opened.file.name,
        body_name=_bodies(account)[opened.body],
        everybody=opened.everybody,
        several=len(opened.found) > 1,
        is_other=OTHER_PAGES[opened.one.kind_of_page] if is_other else None,
        facts=facts,
        listed=listed,
        groups=[(aside, list(found)) for aside, found in groupby(rows, is_aside)],
        rows=rows,
        unsure=sum(not row.sure for row in rows),
        parts={part: PARTS_IN_WORDS[part] for part in PARTS},
        bodies=sorted((v.name, k) for k, v in current.ledger().service().bodies.items()),
        faults=faults,
        labels=labels,
        hidden=hidden,
        comes_to=comes_to,
        alike=alike,
        another=ANOTHER,
        back=back,
        again=again,
    )


def _called(one: Suggestion) -> tuple[str, str]:
    """A report that the page answers, by its title and day."""
    title = one.title.value if one.title else "A report without a title"
    return title, one.published_on.value if one.published_on else "a day not known"
