"""The sheet in which a force reports on its open recommendations, downloaded and sent back in a
browser.

The page shows what each row comes to, or why it is not taken; then the rows are recorded together.
The rows that were not taken come back as a sheet with the reasons. `answerable import` does the
same with such a sheet, by the same decision. Between its steps the file stands in the form
(`uploads`).
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from flask import Response

from api.files.exports import MEDIA_TYPES
from api.files.sheets import sheet_of_rejected
from api.files.writers import FORMATS
from api.reading import words
from api.reading.page import rendered
from api.recording import submission, uploads
from api.recording.form_fields import Given
from api.recording.submission import blueprint
from api.recording.uploads import LookAgain, read_in_turn
from api.requests import current, questions
from api.requests.answers import unkept
from api.requests.parsing import takes_form
from ledger.acts.decision import Decision
from ledger.errors import Fault, KeyReused, NotAllowed, NotRecorded, Refused, Unfit
from ledger.intake.proposals.draft import Intake, SheetFile
from ledger.intake.proposals.updates import take_updates
from ledger.intake.sheets.cells import UnreadableSheet
from ledger.intake.sheets.fields import fits
from ledger.intake.sheets.layout import LAYOUT
from ledger.intake.sheets.open_sheet import open_sheet
from ledger.intake.sheets.updates import UPDATE, UpdateRow, Updates, read_updates_sheet
from ledger.states.service import Account
from projections.questions.exports import open_to_forces_of

_CARRIED = ("page", "packed")
_TOO_LARGE = "which no sheet of updates is: keep the rows that are filled in"


@dataclass(frozen=True)
class Sent:
    """A sheet that came back: its file, and its rows."""

    file: SheetFile
    updates: Updates


@dataclass(frozen=True)
class FilledRow:
    """A filled row, and its effect."""

    number: int
    about: str
    words: str
    comes_to: Literal["new", "there", "not taken"]
    says: tuple[str, ...]


@blueprint.get("/sheet")
@read_in_turn
def sheet() -> Response:
    """Show the form where the sheet is downloaded and sent back."""
    return _asked(uploads.recorder())


@blueprint.post("/sheet")
@takes_form
@read_in_turn
def sheet_sent() -> Response:
    """Show the effect of the sheet, record it, or return the rows that were not taken as a file."""
    form = uploads.form_sent(_TOO_LARGE)
    came = uploads.uploaded(_TOO_LARGE)
    carried = [(name, form[name]) for name in _CARRIED if name in form]
    typed = Given(uploads.packed(*came, _TOO_LARGE) if came else carried)
    if (account := uploads.sender()) is None:
        return submission.signed_out(form, typed)
    if not submission.of_this_session(form):
        return _looked(account, typed, back=True)
    return _looked(account, typed, form=form)


def _opened(typed: Given) -> Sent:
    """Return the sheet that a form carries. Raise Unfit if it cannot be read."""
    if "packed" not in typed:
        raise uploads.unfit("file", "Choose the file of the sheet.")
    name, raw = typed.get("page", ""), uploads.unpacked(typed["packed"])
    try:
        book = open_sheet(raw, name)
        filled = [sheet for sheet in book.sheets if sheet.rows]
        if any(fits(sheet, columns) for sheet in filled for columns in LAYOUT.values()):
            why = "is a backlog, and no sheet of updates: `answerable import` takes it"
            raise uploads.unfit("file", f"{name} {why}.")
        return Sent(SheetFile(book, raw), read_updates_sheet(book))
    except UnreadableSheet as error:
        raise uploads.unfit("file", error.sentence) from None


def _taken(decision: Decision, sent: Sent) -> Intake:
    intake = Intake()
    take_updates(decision, sent.updates, sent.file, str(decision.account.body), intake)
    return intake


def _looked(
    account: Account, typed: Given, *, form: Given | None = None, back: bool = False
) -> Response:
    """Show the effect of each row, or do what the form asks for if that effect was checked."""
    form = form or Given()
    recorded, again = None, False
    try:
        sent = _opened(typed)
        if form.get("do") == "rejected":
            return _rejected(account, sent)
        if form.get("do") == "record":
            try:
                recorded = _recorded(account, sent, form, typed)
            except LookAgain:
                again = True
        intake = _taken(Decision(current.ledger(), account), sent)
    except Unfit as error:
        return _asked(account, uploads.faults(error), status=422)
    except KeyReused:
        return _asked(account, [submission.SENT_BEFORE], status=409)
    except (Refused, NotAllowed, NotRecorded) as error:
        return _asked(account, [Fault("", error.sentence)], status=409)
    rows = _rows(sent.updates, intake)
    return rendered(
        "sheet.html",
        status=412 if again else 403 if back else 200,
        account=account,
        file=sent.file.book.file,
        rows=rows,
        notes=[one.sentence for one in intake.rejected if one.place.row not in sent.updates.filled],
        counts={what: sum(row.comes_to == what for row in rows)
                for what in ("new", "there", "not taken")},
        unfilled=sent.updates.unfilled,
        recorded=recorded,
        hidden=submission.once(form) | dict(typed.items()) | {"looked": _digest(sent, intake)},
        back=back,
        again=again,
    )  # fmt: skip


def _recorded(account: Account, sent: Sent, form: Given, typed: Given) -> int:
    """Record a sheet. Return the number of updates."""
    entries = uploads.recorded(
        account, form, typed, lambda decision: _digest(sent, _taken(decision, sent))
    )
    return sum(one.stream.startswith("recommendation/") for one in entries)


def _digest(sent: Sent, intake: Intake) -> str:
    """Return a digest of a sheet and of its effect."""
    return uploads.digest(intake, hashlib.sha256(sent.file.raw).hexdigest())


def _rejected(account: Account, sent: Sent) -> Response:
    """Return the rows that were not taken, as a sheet of the same kind."""
    intake = _taken(Decision(current.ledger(), account), sent)
    name = sent.file.book.file
    form = next(one for one in FORMATS if name.lower().endswith(f".{one}"))
    now = open_to_forces_of(questions.question(), sent.updates)
    answer = Response(sheet_of_rejected(sent.updates, intake.rejected, now, form))
    answer.content_type = MEDIA_TYPES[form]
    answer.headers.set("Content-Disposition", "attachment", filename=f"not-taken.{form}")
    return unkept(answer)


def _rows(updates: Updates, intake: Intake) -> list[FilledRow]:
    """Return the filled rows, each with its effect."""
    rows = []
    read = {row.place.row: row for row in updates.rows}
    for number, cells in updates.filled.items():
        faults = [one for one in intake.rejected if one.place.row == number]
        new = any(one.new for one in intake.proposals if one.line == number)
        says = [f"{one.column}: {one.reason}" if one.column else one.reason for one in faults]
        says = says or [_says(read[number])]
        rows.append(
            FilledRow(
                number,
                cells.get("from")
                or "Recommendation {}: {}".format(
                    cells.get("number", ""), cells.get("title") or cells.get("report", "")
                ),
                cells.get(UPDATE, ""),
                "not taken" if faults else "new" if new else "there",
                tuple(says),
            )
        )
    return rows


def _says(row: UpdateRow) -> str:
    """Return the effect of recording a row, in words."""
    day = f" of {words.day(row.occurred_on)}" if row.occurred_on else ", of a day not known"
    claim = f", which claims {words.word(row.claim.means).lower()}" if row.claim else ""
    named = f"“{row.question}”" if row.question else "a question"
    return f"an update{day}{claim}{f', in answer to {named}' if row.answers else ''}"


def _asked(account: Account, faults: Sequence[Fault] = (), *, status: int = 200) -> Response:
    """Return the form where the sheet is downloaded and sent back."""
    service = current.ledger().service()
    body = service.bodies[str(account.body)]
    forces = [body.id] if body.kind == "force" else service.forces_of(body.id)
    return rendered(
        "sheet-begun.html",
        status=status,
        body=body,
        forces=[service.bodies[one] for one in forces],
        formats=[(one, one.upper()) for one in ("ods", "xlsx", "csv")],
        faults=faults,
        wrong=[one.message for one in faults if one.field == "file"],
        hidden=submission.once({}),
    )
