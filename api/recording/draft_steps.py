"""The steps of a draft in the browser: a page is uploaded or pasted, settled, checked, and
recorded.

It is the draft of `answerable draft` and `answerable import`, with the same suggestions, the same
reading, and one decision. Between its steps it stands in the form itself: the page's bytes, packed,
and what a person made of each block. Only what was checked is recorded: if the draft or the log
changed since, the page first shows what it comes to now.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from flask import Response, request, url_for

from api.reading.page import rendered, to
from api.recording import submission, uploads
from api.recording.draft import (
    AS_SUGGESTED,
    Draft,
    as_file,
    begun_from,
    filled,
    is_open,
    parted,
    with_range,
)
from api.recording.draft_fields import (
    BlockRow,
    block_rows,
    fact_fields,
    faults_at,
    folded,
    parts_in_words,
    recommendation,
)
from api.recording.form_fields import FormField, Given
from api.recording.submission import blueprint
from api.recording.uploads import LookAgain, read_in_turn
from api.requests import current
from api.requests.parsing import takes_form
from ledger.acts.decision import Decision
from ledger.dates import london_date
from ledger.errors import AnswerableError, Fault, KeyReused, NotAllowed, NotRecorded, Refused, Unfit
from ledger.events import texts
from ledger.events.entry import Entry
from ledger.events.streams import report_of
from ledger.intake.pages.decoding import MEDIA_TYPES, SUFFIXES
from ledger.intake.pages.draft_file import PARTS, Lookup, final_page_of
from ledger.intake.pages.final_page import OTHER_PAGES
from ledger.intake.pages.suggestions import page_blocks
from ledger.intake.pages.values import ANOTHER, SPEAKERS, Suggestion
from ledger.intake.proposals.draft import NOTHING, Confirmed, Intake, PageFile
from ledger.intake.proposals.look_alikes import LooksAlike
from ledger.intake.proposals.page import suggested, take_pages
from ledger.intake.proposals.recorded_reports import LooksLike, looks_like, read_report
from ledger.states.service import Account

MOST_ROWS = 2000
"""The most blocks of a page that can be settled in a browser."""
_CARRIED = frozenset({"csrf_token", "key", "looked", "do", "pasted", "expected",
                      "attach", "begin"})  # fmt: skip
"""The fields that a form carries beside the draft."""
_BEGINS = ("everybody", "report", "duty", "body")
"""What the address of the form says: what the page is, and whose."""
_KEPT = ("page", "packed", "url", *_BEGINS, "which")
"""The fields of a draft that its page does not show."""
_TOO_LARGE = "which no page is: save the response page alone, without its pictures"
_HTML = re.compile(
    r"<(?:!doctype|html|head|body|main|article|section|div|h[1-6]|p|ul|ol|table)\b", re.IGNORECASE
)
_NO_KIND = "Choose it: the page does not say the kind of the report in words that are known here."


@dataclass(frozen=True)
class ComesTo:
    """The effect of recording a draft: its proposals, and the number of entries."""

    intake: Intake
    entries: int
    looked: str
    """A digest of the draft and of its effect."""


@blueprint.get("/draft")
@read_in_turn
def draft() -> Response:
    """Show the form for uploading or pasting a page."""
    account = uploads.recorder()
    return _asked(account, Given([(k, v) for k, v in request.args.items() if k in _BEGINS]))


@blueprint.post("/draft")
@takes_form
@read_in_turn
def draft_sent() -> Response:
    """Do the next step of a draft: show its blocks, show its effect, or record it."""
    form = uploads.form_sent(_TOO_LARGE)
    typed = _begun() if "file" in request.files or "pasted" in form else _typed(form)
    if form.get("begin"):
        kept = [(name, typed[name]) for name in _KEPT if name in typed and name != "which"]
        typed = Given([*kept, ("report", form["begin"])])
    if (account := uploads.sender()) is None:
        return submission.signed_out(form, typed)
    back = not submission.of_this_session(form)
    try:
        opened = _opened(account, typed)
    except Unfit as error:
        return _asked(account, typed, uploads.faults(error), status=422, back=back)
    if back:
        return _shown(account, opened, status=403, back=True)
    do = form.get("do", "")
    if (said := form.get("attach")) == ANOTHER:
        opened.typed["report.attach"] = said
    elif said:
        opened = _opened(account, begun_from(opened, said).typed)
    if said or do == "look" or do == "record":
        return _looked(account, opened, form)
    if do == "more":
        rows = opened.rows("recommendation")
        opened = opened.with_rows("recommendation", [*rows, {"number": ""}])
    elif do.startswith("part."):
        opened = parted(opened, do.removeprefix("part."))
    elif do == "range":
        try:
            opened = with_range(opened)
        except Unfit as error:
            return _shown(account, opened, uploads.faults(error), form=form, status=422)
    return _shown(account, opened, form=form)


def _typed(form: Given) -> Given:
    return Given([(k, v) for k, v in form.items() if k not in _CARRIED])


def _begun() -> Given:
    """Return the uploaded or pasted page in the form's fields. If both or neither were given,
    `packed` is missing."""
    typed = _typed(Given(list(request.form.items())))
    pasted = request.form.get("pasted", "").replace("\r\n", "\n")
    came = uploads.uploaded(_TOO_LARGE)
    if (came is not None) == bool(pasted.strip()):
        typed["pasted"] = pasted
        typed["both"] = "yes" if came else ""
        return typed
    marked_up = pasted.lstrip().startswith("<") and _HTML.search(pasted)
    name = "pasted.html" if marked_up else "pasted.txt"  # a text may have tags in its lines
    return Given([*typed.items(), *uploads.packed(*(came or (name, pasted.encode())), _TOO_LARGE)])


def _opened(account: Account, typed: Given) -> Draft:
    """Return the draft that a form carries. Raise Unfit if its page, address or body is invalid."""
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
    media_type, duty = MEDIA_TYPES.get(suffix, "text/plain"), typed.get("duty") or None
    file = PageFile(name, blocks, raw, media_type, url or None, duty=duty)
    log, report = current.ledger(), typed.get("report") or None
    found = suggested(
        Decision(log, account), file, body,
        listed=bool(typed.get("everybody")), report=report,
    )  # fmt: skip
    opened = Draft(file, body, found, typed)
    if opened.which is not None and not opened.rows("block"):
        return filled(opened)
    return opened


def _bodies(account: Account) -> dict[str, str]:
    """Return the bodies for whose pages an account records, by id: its own, and its
    predecessors."""
    log = current.ledger()
    service = log.service().on(london_date(log.now()))
    own = str(account.body)
    ids = [own, *sorted(service.with_predecessors([own]) - {own})]
    return {one: service.bodies[one].name for one in ids if service.office(one) == own}


def _taken(decision: Decision, opened: Draft, file: PageFile, by_hand: Confirmed) -> Intake:
    intake = Intake(by_hand)
    take_pages(decision, [file], opened.body, intake)
    return intake


def _comes_to(account: Account, opened: Draft, file: PageFile) -> ComesTo:
    """Return the effect of a draft on the log as it is now. Nothing is recorded."""
    decision = Decision(current.ledger(), account)
    intake = _taken(decision, opened, file, NOTHING)
    for entry in decision.entries:
        current.ledger().mapper.to_stored_event(entry)  # refuse it now
    return ComesTo(intake, len(decision.entries), _digest(opened, intake))


def _recorded_report(account: Account) -> Lookup:
    """Return how a draft finds the recorded report from which it began."""
    log = current.ledger()
    return lambda report, body: read_report(Decision(log, account), report, body)


def _digest(opened: Draft, intake: Intake) -> str:
    """Return a digest of a draft and of its effect, apart from the days that a person confirms."""
    beside = ("confirm.", "range.")
    said = sorted((k, v) for k, v in opened.typed.items() if not k.startswith(beside))
    return uploads.digest(intake, repr((said, intake.unanswered)))


def _looked(account: Account, opened: Draft, form: Given) -> Response:
    """Show the effect of a draft, or record it if that effect was checked."""
    if opened.which is None:
        return _shown(account, opened, form=form)
    kept = [row for row in opened.rows("recommendation") if any(map(str.strip, row.values()))]
    opened = opened.with_rows("recommendation", kept)
    file = replace(opened.file, blocks=())
    try:
        final = final_page_of(as_file(opened), file.name, file.raw, _recorded_report(account))
        file = replace(file, final=final)
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
        return _shown(account, opened, [submission.SENT_BEFORE], status=409)
    except (Refused, NotAllowed, NotRecorded) as error:
        match error:
            case Refused(rule="unread"):
                faults = [Fault("report.kind", _NO_KIND)]
            case _:
                faults = [Fault("", error.sentence)]
        return _shown(account, opened, faults, form=form, status=409)


def _recorded(account: Account, opened: Draft, file: PageFile, form: Given) -> tuple[Entry, ...]:
    """Record a draft."""
    ticked = {name: bool(form.get(f"confirm.{name}")) for name in ("days", "targets")}
    by_hand = Confirmed(**ticked)
    return uploads.recorded(
        account,
        form,
        opened.typed,
        lambda decision: _digest(opened, _taken(decision, opened, file, by_hand)),
    )


def _after(entries: Sequence[Entry]) -> str:
    """Return the address that shows what was recorded: the response, or else the report."""
    where: dict[str, Any] = {"min_position": str(entries[-1].position)}
    owed = {one.stream for one in entries if one.stream.startswith("response/")}
    if len(owed) == 1:
        _, report, body, *_ = owed.pop().split("/")
        return url_for("pages.response", report=report, body=body, **where)
    report_there = next((found for one in entries if (found := report_of(one.stream))), None)
    if report_there is None:
        return url_for("pages.entry", entry_id=entries[0].id, **where)
    return url_for("pages.report", report=report_there, **where)


def _asked(
    account: Account,
    typed: Given,
    faults: Sequence[Fault] = (),
    *,
    status: int = 200,
    back: bool = False,
) -> Response:
    """Return the form for uploading or pasting a page."""
    fields = [
        FormField(
            "url", "url", "Its address",
            "Where it is published. It is never fetched.", False,
            value=typed.get("url", ""), errors=faults_at(faults, "url"),
        ),
    ]  # fmt: skip
    bodies = _bodies(account)
    report = typed.get("report")
    of_duty = ("report", "duty", "body") if report else ()
    if len(bodies) > 1 and not report:
        fields.append(
            FormField(
                "body", "choice", "Whose page it is", "", True,
                value=typed.get("body", str(account.body)),
                options=tuple(bodies.items()), errors=faults_at(faults, "body"),
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
        report=Decision(current.ledger(), account).report(report).data.title if report else None,
        faults=faults,
        wrong=faults_at(faults, "file"),
        hidden=submission.once({}) | {name: typed[name] for name in of_duty if typed.get(name)},
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
    """Return the page of a draft: its facts, its recommendations and its blocks; or the choice
    among its reports."""
    hidden = submission.once(form or {})
    hidden |= {name: opened.typed[name] for name in _KEPT if name in opened.typed}
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
    is_other = opened.one.kind_of_page != "response" and not opened.everybody
    waiting = [rows[n] for n, row in enumerate(opened.rows("block")) if is_open(row)]
    said = parts_in_words(current.ledger().service().bodies[opened.body])
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
        groups=[(each, [*of]) for each, of in groupby(rows, lambda row: folded(row, said))],
        rows=rows,
        waiting=waiting,
        parts={part: said[part] for part in _parts(opened)},
        as_suggested=AS_SUGGESTED,
        range_wrong=faults_at(faults, "range.first"),
        typed=opened.typed,
        report=opened.one.recorded,
        looks_like=[] if comes_to else _looks_like(account, opened),
        bodies=sorted((v.name, k) for k, v in current.ledger().service().bodies.items()),
        faults=faults,
        labels=_labels(facts, listed, rows),
        hidden=hidden,
        comes_to=comes_to,
        alike=alike,
        another=ANOTHER,
        back=back,
        again=again,
    )


def _labels(
    facts: Sequence[FormField], listed: Sequence[FormField], rows: Sequence[BlockRow]
) -> dict[str, tuple[str, str]]:
    """Return the id and the label of each field, by its path, for the list of faults."""
    labels = {one.path: (one.id, one.label) for one in facts}
    for group in listed:
        labels[group.path] = (group.id, group.label)
        labels |= {one.path: (one.id, f"{group.label}: {one.label}") for one in group.parts}
    for row in rows:
        for key in ("", ".block", ".part", ".text", ".assurance"):
            labels[f"block.{row.n}{key}"] = (f"f-block-{row.n}-part", f"Paragraph {row.block}")
    return labels


def _parts(opened: Draft) -> Sequence[str]:
    """Return what a block can be: of a recorded report, only somebody's words are recorded."""
    return [one for one in PARTS if not opened.report or one in ("not needed", *SPEAKERS)]


def _looks_like(account: Account, opened: Draft) -> list[LooksLike]:
    """Return the recorded reports that the page looks like the response to, unless it is said which
    report it is about."""
    if opened.report or opened.everybody:
        return []
    log = current.ledger()
    return looks_like(Decision(log, account), opened.body, opened.file.blocks)


def _called(one: Suggestion) -> tuple[str, str]:
    """Return the title and the day of a report that the page answers."""
    title = one.title.value if one.title else "A report without a title"
    return title, one.published_on.value if one.published_on else "a day not known"
