"""A register of recommendations, recorded in a browser by a mapping of its columns.

The mapping is proposed from the names of the columns and from the words in them; a person confirms
what is not sure. Then the page shows what recording would add, and records that. The mapping can be
downloaded, and be given again with the next export. `answerable import --map` does the same, by the
same decision. Between its steps the file stands in the form (`uploads`).
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from flask import Response

from api.reading import words
from api.reading.page import rendered
from api.recording import submission, uploads
from api.recording.form_fields import Given
from api.recording.submission import blueprint
from api.recording.uploads import LookAgain, read_in_turn
from api.requests import current
from api.requests.answers import unkept
from api.requests.parsing import takes_form
from ledger import dates
from ledger.acts.decision import Decision
from ledger.errors import Fault, KeyReused, NotAllowed, NotRecorded, Refused, Unfit
from ledger.events import RecommendationRaised, ReportPublished, texts
from ledger.events.entry import Entry
from ledger.events.report import REPORT_KINDS
from ledger.events.streams import report_of, report_stream
from ledger.intake.proposals.draft import Confirmed, Intake, SheetFile
from ledger.intake.proposals.register import RegisterDraft
from ledger.intake.registers.mapping import (
    KEYS,
    KINDS,
    MEANINGS,
    BadMapping,
    RegisterMapping,
    mapping_of,
    written,
)
from ledger.intake.registers.register import Register, read_register
from ledger.intake.registers.suggestion import Guess, propose_columns, propose_words
from ledger.intake.sheets.cells import Place, Rejected, UnreadableSheet
from ledger.intake.sheets.fields import plain_name
from ledger.intake.sheets.open_sheet import open_sheet
from ledger.states.report import report
from ledger.states.service import Account

_CARRIED = frozenset({"csrf_token", "key", "looked", "do", "expected"})
"""The fields that a form carries beside the register and its mapping."""
_TOO_LARGE = "which no register is: import it in parts"
_KEPT = ("page", "packed", "mapping", "url", "body", "report")
"""The fields that a form carries hidden from step to step."""
_MOST_SHOWN = 200
"""So many reasons for cells that are not taken are shown."""
_ROWS_NAMED = 5
"""So many rows are named for each of them."""
_MOST_LISTED = 10
"""With more new reports than these the list of them is folded."""


@dataclass(frozen=True)
class Choice:
    """A column, word or name of the register, and what a person makes of it."""

    field: str
    name: str
    value: str
    is_open: bool
    """True if a person has to choose or confirm it."""
    guessed: bool
    """True if a tick has to confirm what is proposed."""
    says: str = ""

    @property
    def is_settled(self) -> bool:
        """Return whether it has a meaning that waits for nobody."""
        return bool(self.value) and not self.is_open


@dataclass(frozen=True)
class Opened:
    """A register as its form carries it: its file, and its mapping as far as it is settled."""

    file: SheetFile
    mapping: RegisterMapping
    columns: Sequence[Choice]
    statuses: Sequence[Choice]
    kinds: Sequence[Choice]
    typed: Given

    @property
    def open(self) -> int:
        """Return how many choices wait for a person."""
        return sum(one.is_open for one in (*self.columns, *self.statuses, *self.kinds))


@dataclass(frozen=True)
class ReportPreview:
    """The new recommendations and acts of a report."""

    title: str
    published_on: str | None
    is_new: bool
    recommendations: int
    acts: Sequence[str]
    """In words, each with its days."""


@dataclass(frozen=True)
class NotTaken:
    """Cells of a column that are not taken for one reason."""

    places: Sequence[Place]
    column: str
    reason: str
    value: str
    """The first of them."""

    @property
    def where(self) -> str:
        """Where they stand: the first few rows."""
        first = str(self.places[0])
        more = ", ".join(str(one.row) for one in self.places[1:_ROWS_NAMED])
        if len(self.places) == 1:
            return first
        dots = " …" if len(self.places) > _ROWS_NAMED else ""
        return f"{words.count(len(self.places), 'cell')}, {first}, {more}{dots}"


@dataclass(frozen=True)
class Preview:
    """The effect of recording a register."""

    intake: Intake
    reports: Sequence[ReportPreview]
    acts: Sequence[str]
    """The acts of all of them, each kind with its number."""
    left: Sequence[Rejected]
    """The columns that are left out, and the keys without a column."""
    cells: int
    """The number of cells that are not taken."""
    not_taken: Sequence[NotTaken]
    alike: Sequence[Rejected]
    """The reports that look like recorded ones."""
    duties: Sequence[str]
    entries: int
    there: int
    looked: str


@blueprint.get("/register")
@read_in_turn
def register() -> Response:
    """Show the form for uploading a register."""
    return _asked(uploads.recorder(), Given())


@blueprint.post("/register")
@takes_form
@read_in_turn
def register_sent() -> Response:
    """Do the next step: show the mapping, show its effect, record it, or return it as a file."""
    form = uploads.form_sent(_TOO_LARGE)
    typed = _typed(form)
    if (account := uploads.sender()) is None:
        return submission.signed_out(form, typed)
    back = not submission.of_this_session(form)
    try:
        opened = _opened(typed)
        if form.get("do") == "mapping":
            return _as_file(opened)
        return _step(account, opened, Given() if back else form, back=back)
    except Unfit as error:
        return _asked(account, typed, uploads.faults(error), status=422)
    except KeyReused:
        return _asked(account, typed, [submission.SENT_BEFORE], status=409)
    except (Refused, NotAllowed, NotRecorded, UnreadableSheet) as error:
        return _asked(account, typed, [Fault("", error.sentence)], status=409)


def _typed(form: Given) -> Given:
    """Return what a form carries, with the files that were chosen in it."""
    typed = Given([(k, v) for k, v in form.items(multi=True) if k not in _CARRIED])
    if (came := uploads.uploaded(_TOO_LARGE)) is not None:
        for name, value in uploads.packed(*came, _TOO_LARGE):
            typed[name] = value
    if (given := uploads.uploaded(_TOO_LARGE, "map")) is not None:
        typed["mapping"] = given[1].decode("utf-8", "replace").replace("\r\n", "\n")
    return typed


def _opened(typed: Given) -> Opened:
    """Return the register that a form carries. Raise Unfit if it cannot be read."""
    if "packed" not in typed:
        raise uploads.unfit("file", "Choose the file of the register.")
    url = typed.get("url", "").strip()
    if url and (fault := texts.why_unfit("url", url)):
        raise uploads.unfit("url", fault)
    name, raw = typed.get("page", ""), uploads.unpacked(typed["packed"])
    try:
        before = _mapping_before(typed)
        book = open_sheet(raw, name)
        columns = _choices("column", propose_columns(book, before), typed)
        keys = {one.value: one.name for one in columns if one.value}
        statuses, kinds = (
            _choices(key, propose_words(book, before, key, keys[key]), typed) if key in keys else []
            for key in ("status", "kind")
        )
    except UnreadableSheet as error:
        raise uploads.unfit("file", error.sentence) from None
    except BadMapping as error:
        raise uploads.unfit("map", error.sentence) from None
    doubled = [key for key, times in Counter(one.value for one in columns).items()
               if key and times > 1]  # fmt: skip
    columns = [replace(one, is_open=True) if one.value in doubled else one for one in columns]
    mapping = RegisterMapping(
        columns=keys,
        statuses=before.statuses | _said(statuses),  # type: ignore[arg-type]  # listed words
        kinds=before.kinds | _said(kinds),  # type: ignore[arg-type]
        bodies=before.bodies | _told(typed, "body"),
        reports=before.reports | _told(typed, "report"),
        duties=before.duties,
        given=_given(typed, before, keys),
    )
    return Opened(SheetFile(book, raw, url or None), mapping, columns, statuses, kinds, typed)


def _mapping_before(typed: Given) -> RegisterMapping:
    """Return the mapping that was given with the file, or an empty one."""
    said = typed.get("mapping", "")
    return mapping_of(said.encode(), "The mapping") if said.strip() else RegisterMapping()


def _choices(kind: str, guesses: Sequence[Guess], typed: Given) -> list[Choice]:
    """Return what a person made of each guess, or what is proposed."""
    found = []
    for n, guess in enumerate(guesses):
        field = f"{kind}.{n}"
        is_own = typed.get(f"{field}.name") == guess.name
        value = typed.get(field, "") if is_own else guess.meaning
        guessed = bool(guess.meaning) and not guess.is_sure and value == guess.meaning
        confirmed = is_own and f"{field}.yes" in typed
        is_open = (guessed and not confirmed) or (kind != "column" and not value)
        says = ", ".join(guess.examples) or (
            words.count(guess.count, "row") if guess.count else "empty"
        )
        found.append(Choice(field, guess.name, value, is_open, guessed, says))
    return found


def _said(choices: Sequence[Choice]) -> dict[str, str]:
    return {plain_name(one.name): one.value for one in choices if one.value and not one.is_open}


def _told(typed: Given, kind: str) -> dict[str, str]:
    """Return what a person wrote beside names: ids of bodies, or references of reports."""
    names = {
        field.removesuffix(".name"): name
        for field, name in typed.items()
        if field.startswith(f"{kind}.") and field.endswith(".name")
    }
    return {
        plain_name(name): said
        for field, name in names.items()
        if (said := typed.get(field, "").strip())
    }


def _field(kind: str, name: str) -> str:
    """Return the field in which a person says what a name is."""
    return f"{kind}.{hashlib.sha256(name.encode()).hexdigest()[:12]}"


def _given(typed: Given, before: RegisterMapping, keys: Mapping[str, str]) -> dict[str, str]:
    """Return what the mapping says once for all rows."""
    given = dict(before.given)
    if "publisher" not in keys:
        given.setdefault("publisher", "hmicfrs")
    given.setdefault("report_kind", "other")
    for key in ("publisher", "report_kind", "addressee", "title", "comment_by"):
        if said := typed.get(f"given.{key}", "").strip():
            given[key] = said
    if given["report_kind"] not in REPORT_KINDS:
        raise uploads.unfit("given.report_kind", "Choose one of the kinds of report.")
    return given


def _step(account: Account, opened: Opened, form: Given, *, back: bool) -> Response:
    """Show the register's mapping and, if it is settled, its effect; or record that effect if it
    was checked."""
    if opened.open:
        return _shown(account, opened, form, back=back)
    read = read_register(opened.file.book, opened.mapping)
    if names := _draft(Decision(current.ledger(), account), opened, read).unknown_bodies():
        return _shown(account, opened, form, back=back, unknown=names)
    recorded, again = None, False
    if form.get("do") == "record":
        try:
            entries = uploads.recorded(
                account,
                form,
                opened.typed,
                lambda decision: _digest(opened, _taken(decision, opened, read)),
            )
            recorded = len(entries)
        except LookAgain:
            again = True
    preview = _preview(account, opened, read)
    return _shown(account, opened, form, back=back, preview=preview, recorded=recorded, again=again)


def _draft(decision: Decision, opened: Opened, read: Register) -> RegisterDraft:
    intake = Intake(Confirmed(targets="confirm.targets" in opened.typed))
    return RegisterDraft(decision, read, opened.file, decision.account.body, intake)


def _taken(decision: Decision, opened: Opened, read: Register) -> Intake:
    draft = _draft(decision, opened, read)
    draft.take_rows()
    return draft.intake


def _preview(account: Account, opened: Opened, read: Register) -> Preview:
    """Return the effect of a register on the log as it is now. Nothing is recorded."""
    decision = Decision(current.ledger(), account)
    intake = _taken(decision, opened, read)
    left = {*read.columns_left}
    not_taken = [one for one in intake.rejected if one not in left]
    acts = Counter(one.data.TOPIC for one in decision.entries if one.data.TOPIC in _ACTS)
    duties = [one.says for one in intake.proposals
              if one.new and one.says.startswith(("Who must respond", "duty of"))]  # fmt: skip
    return Preview(
        intake,
        list(_reports(decision, intake)),
        [words.count(times, _ACTS[topic]) for topic, times in acts.items()],
        read.columns_left,
        len(not_taken),
        _by_reason(not_taken),
        [one for one in not_taken if one.column == "[reports]"],
        duties,
        len(decision.entries),
        intake.already,
        _digest(opened, intake),
    )


def _by_reason(rejected: Sequence[Rejected]) -> list[NotTaken]:
    """Return the cells that are not taken, those of one column and reason together."""
    together: dict[tuple[str, str, str], list[Rejected]] = {}
    for one in rejected:
        together.setdefault((one.place.sheet, one.column, one.reason), []).append(one)
    return [
        NotTaken([one.place for one in several], column, reason, several[0].value)
        for (_, column, reason), several in together.items()
    ]


def _reports(decision: Decision, intake: Intake) -> Iterator[ReportPreview]:
    """Yield what each report of the register comes to, those with something new first."""
    by_report: dict[str, list[Entry]] = {one: [] for one in intake.reports}
    for entry in decision.entries:
        if (reference := report_of(entry.stream)) is not None:
            by_report.setdefault(reference, []).append(entry)
    for reference, entries in sorted(by_report.items(), key=lambda one: not one[1]):
        found = report(decision.stream(report_stream(reference)))
        if found is None:
            continue
        acts: dict[str, list[Entry]] = {}
        for entry in entries:
            if entry.stream.startswith("recommendation/"):
                acts.setdefault(entry.data.TOPIC, []).append(entry)
        raised = acts.pop(RecommendationRaised.TOPIC, [])
        yield ReportPreview(
            found.data.title,
            found.published_on,
            any(isinstance(one.data, ReportPublished) for one in entries),
            len(raised),
            [_in_words(topic, several) for topic, several in acts.items()],
        )


_COMMA = re.compile("[,:]")
_ACTS = {
    "update-received": "update",
    "closure-confirmed": "closure",
    "closure-refused": "refusal",
    "reopened": "reopening",
    "superseded": "supersession",
    "withdrawn": "withdrawal",
    "target-date-set": "target",
}


def _in_words(topic: str, entries: Sequence[Entry]) -> str:
    """Return acts of a kind as their number and days: `3 closures, 20 April 2026 to 1 May 2026`."""
    days = sorted(one.occurred_on for one in entries if one.occurred_on)
    said = words.count(len(entries), _ACTS.get(topic, topic.replace("-", " ")))
    if not days:
        return f"{said}, on days not known"
    first, last = dates.in_words(days[0]), dates.in_words(days[-1])
    whole = first if first == last else f"{first} to {last}"
    return f"{said}, {whole}{'' if len(days) == len(entries) else ' or on days not known'}"


def _digest(opened: Opened, intake: Intake) -> str:
    """Return a digest of a register, its mapping and its effect."""
    raw = hashlib.sha256(opened.file.raw).hexdigest()
    return uploads.digest(intake, raw, written(opened.mapping))


def _as_file(opened: Opened) -> Response:
    """Return the mapping as the file that the next export is given with."""
    answer = Response(written(opened.mapping), content_type="application/toml")
    answer.headers.set("Content-Disposition", "attachment", filename="map.toml")
    return unkept(answer)


def _shown(
    account: Account,
    opened: Opened,
    form: Given,
    *,
    back: bool = False,
    unknown: Sequence[str] = (),
    preview: Preview | None = None,
    recorded: int | None = None,
    again: bool = False,
) -> Response:
    """Return the page of a register: its mapping, and its effect once that is settled."""
    typed = opened.typed
    asked = {_field("body", name): name for name in unknown}
    asked_reports = {_field("report", one.value): one for one in preview.alike} if preview else {}
    drawn = (*asked, *asked_reports)
    hidden = {
        field: said
        for field, said in typed.items()
        if field.partition(".")[0] in _KEPT and field.removesuffix(".name") not in drawn
    }
    bodies = sorted((v.name, k) for k, v in current.ledger().service().bodies.items())
    return rendered(
        "register.html",
        status=412 if again else 403 if back else 200,
        account=account,
        opened=opened,
        keys={key: _COMMA.split(says)[0] for key, says in KEYS.items()},
        meanings=MEANINGS,
        kinds_in_words=[(one, words.word(one)) for one in KINDS],
        report_kinds=REPORT_KINDS,
        unknown=asked,
        alike=asked_reports,
        preview=preview,
        most=_MOST_SHOWN,
        most_listed=_MOST_LISTED,
        recorded=recorded,
        bodies=bodies,
        hidden=submission.once(form) | hidden
        | ({"looked": preview.looked} if preview else {}),
        back=back,
        again=again,
    )  # fmt: skip


def _asked(
    account: Account, typed: Given, faults: Sequence[Fault] = (), *, status: int = 200
) -> Response:
    """Return the form where a register is uploaded."""
    return rendered(
        "register-begun.html",
        status=status,
        body_name=current.ledger().service().name(str(account.body)),
        url=typed.get("url", ""),
        faults=faults,
        wrong={one.field: one.message for one in faults},
        hidden=submission.once({}),
    )
