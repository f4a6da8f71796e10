"""Redaction: one account seeks it, another confirms it, and the text is gone from the log, with
all that repeats it.

A field has more than one wording where it was corrected, or where the page that it comes from was
revised. All of them go, since none is known to be without what must not be read. If the words
themselves are the ground for the redaction, copies of them go too, wherever they stand. If they
only stand in the wrong place, or were kept long enough, copies elsewhere stay.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ledger.acts.decision import Decision, Notice
from ledger.acts.knowledge import owns_text
from ledger.errors import NotAllowed, Refused
from ledger.events import (
    CaptureKept,
    CommissionerStatementIssued,
    EntryCorrected,
    RedactionSought,
    ReportPublished,
    ReportRevised,
    ResponsePublished,
    StatementRevised,
    TextRedacted,
)
from ledger.events.entry import Entry, texts
from ledger.events.knowledge import Basis
from ledger.events.streams import recommendation_of, report_of, report_stream
from ledger.events.texts import Text
from ledger.log.reading import LogReading
from ledger.log.redactions import BYTES
from ledger.log.text_matching import (
    Words,
    is_long,
    lines_of,
    longest_word,
    repeats,
    shares_a_line,
    squeezed,
    words_of,
)
from ledger.states.effect import DAY_FIELDS, known, value_at
from ledger.states.response import passage_of

OF_WHAT_IT_SAYS: frozenset[Basis] = frozenset(
    {"personal_data", "safety_of_a_person", "national_security", "court_order", "other_law"}
)
"""The grounds that lie in the words themselves, so that they hold for every copy of them."""


@dataclass(frozen=True, slots=True)
class Reached:
    """One text that goes: where it stands, and how long it is, if that is known."""

    entry: Entry
    field: str
    length: int | None

    @property
    def place(self) -> tuple[str, str]:
        return self.entry.id, self.field


def seek_redaction(
    decision: Decision, target: Entry, notice: Notice, *, field: str, basis: Basis
) -> Entry:
    """Ask that a text be deleted. Set aside or not, an entry shows its texts, so any is taken."""
    _is_text(target, field)
    _all_theirs(decision, [(target, field)])
    _not_redacted(decision, target, field)
    for one in _open(decision, target):
        if _sought(one).field == field:
            raise Refused(
                "sought-already",
                f"The redaction of “{field}” is sought already, by entry {one.id}: another "
                f"account than {one.recorded_by} confirms it there.",
            )
    event = RedactionSought(target=target.id, field=field, basis=basis)
    return decision.add(target.stream, event, notice, by=decision.account.body)


def confirm_redaction(decision: Decision, named: Entry, notice: Notice) -> Entry:
    """Delete the text, and all that repeats it, each with an entry of its own.

    `named` is the request, or the entry whose text it is about, if that has one request.
    """
    request = _request(decision, named)
    sought = _sought(request)
    target = next(one for one in decision.stream(request.stream) if one.id == sought.target)
    unconfirmed(decision, request)
    _not_redacted(decision, target, sought.field)
    if decision.account.name == request.recorded_by:
        raise Refused(
            "same-account",
            f"{request.recorded_by} sought this redaction: another account has to confirm it.",
        )
    _all_theirs(decision, [(target, sought.field)])
    gone = [
        one
        for one in reached(decision, target, sought.field, sought.basis)
        if not _redacted(decision, one.entry, one.field)
    ]
    _all_theirs(decision, [(one.entry, one.field) for one in gone])
    _is_held(gone, decision.log)
    recorded = [_redact(decision, one, request, notice) for one in gone]
    return recorded[0]


def unconfirmed(decision: Decision, request: Entry) -> None:
    """Refuse a request that was confirmed or set aside."""
    for one in known(decision.stream(request.stream)):
        if isinstance(one.data, TextRedacted) and one.data.sought == request.id:
            raise Refused("redacted-already", f"This redaction was confirmed, by entry {one.id}.")
        if one.id == request.id and not one.in_effect:
            raise Refused("set-aside", f"This request was set aside, by {one.set_aside_by}.")


def _redact(decision: Decision, one: Reached, request: Entry, notice: Notice) -> Entry:
    event = TextRedacted(
        target=one.entry.id,
        field=one.field,
        basis=_sought(request).basis,
        sought=request.id,
        length=one.length,
    )
    return decision.add(one.entry.stream, event, notice, by=decision.account.body)


def _sought(request: Entry) -> RedactionSought:
    assert isinstance(request.data, RedactionSought)
    return request.data


def _request(decision: Decision, named: Entry) -> Entry:
    """Return the request that is meant: itself, or the only one about an entry."""
    if isinstance(named.data, RedactionSought):
        return named
    match _open(decision, named):
        case [one]:
            return one
        case []:
            raise Refused(
                "not-sought",
                "No redaction of this entry is sought: seek it first, at "
                f"/api/entries/{named.id}/redaction.",
            )
        case several:
            raise Refused(
                "which-redaction",
                "Several redactions of this entry are sought, confirm each by its own entry: "
                + ", ".join(one.id for one in several)
                + ".",
            )


def _open(decision: Decision, target: Entry) -> list[Entry]:
    """Return the requests about an entry that are neither confirmed nor set aside."""
    entries = decision.stream(target.stream)
    confirmed = {one.data.sought for one in entries if isinstance(one.data, TextRedacted)}
    return [
        one.entry
        for one in known(entries)
        if isinstance(one.data, RedactionSought)
        and one.data.target == target.id
        and one.in_effect
        and one.id not in confirmed
        and not _redacted(decision, target, one.data.field)
    ]


def _redacted(decision: Decision, target: Entry, field: str) -> Entry | None:
    """Return the entry by which a text was redacted, if it was."""
    for one in decision.stream(target.stream):
        match one.data:
            case TextRedacted(target=target.id, field=redacted) if redacted == field:
                return one
    return None


def _not_redacted(decision: Decision, target: Entry, field: str) -> None:
    if (by := _redacted(decision, target, field)) is not None:
        raise Refused("redacted-already", f"“{field}” was redacted already, by entry {by.id}.")


def _is_held(gone: list[Reached], held: LogReading) -> None:
    """Refuse a redaction of a text that is not there: the log would say that something was
    deleted."""
    there = held.openings([one.entry.position for one in gone if one.field != BYTES])
    if not any(
        held.bytes_at(one.entry.position) is not None
        if one.field == BYTES
        else (one.entry.position, one.field) in there
        for one in gone
    ):
        raise Refused(
            "nothing-held",
            "None of this text is here any more, so there is nothing to delete. Whoever runs the "
            "service finds out by `answerable audit` whether it was lost, and brings it back from "
            "a backup before it is redacted.",
        )


def _is_text(target: Entry, field: str) -> None:
    if field == BYTES and isinstance(target.data, CaptureKept):
        return
    try:
        value = value_at(target, field)
    except KeyError:
        value = None
    if isinstance(value, Text):
        return
    if field in DAY_FIELDS or isinstance(value, str | int):
        raise Refused(
            "no-text",
            f"“{field}” is no text: titles, addresses, days and listed words are in the entry "
            "itself, and cannot be redacted.",
        )
    raise Refused("no-such-text", f"{target.data.an_entry()} has no text “{field}”.")


def _all_theirs(decision: Decision, places: list[tuple[Entry, str]]) -> None:
    """Raise NotAllowed unless all these texts belong to the account's body, or the account has the
    scope admin."""
    account = decision.account
    if account.may("admin"):
        return
    others = [entry for entry, field in places if not owns_text(decision, entry, field)]
    if others:
        raise NotAllowed(
            f"{account.name} redacts no text that others recorded: "
            + ", ".join(f"{one.id} ({one.recorded_by})" for one in others)
            + ". Ask them to, or an account with the scope “admin”."
        )


def reached(decision: Decision, target: Entry, field: str, basis: Basis) -> list[Reached]:
    """Return all that a redaction reaches, the text that was named first."""
    held = decision.log
    if field == BYTES and isinstance(target.data, CaptureKept):
        return _same_bytes(target, basis, held)
    found: dict[tuple[str, str], Reached] = {}
    entries = [one for stream in _streams(decision, target) for one in stream]
    places = _with_same_commitment(entries, _wordings(entries, target, field))
    bodies = held.openings([entry.position for entry, _ in places])
    wordings = {
        text.sha256: bodies[entry.position, path].body
        for entry, path in places
        if (entry.position, path) in bodies and isinstance(text := value_at(entry, path), Text)
    }
    for entry, path in places:
        body = wordings.get(value_at(entry, path).sha256)
        found[entry.id, path] = Reached(entry, path, None if body is None else len(body))
    if basis in OF_WHAT_IT_SAYS:
        said = list(wordings.values())
        for one in (
            *_copies(said, held),
            *_short_copies(entries, target, said, held),
            *_passages(entries, target, said, held),
        ):
            found.setdefault(one.place, one)
        copies = list(found.values())
        for one in (
            *_commitments(decision, copies),
            *_captures(decision, [each.entry for each in copies], said),
        ):
            found.setdefault(one.place, one)
    return list(found.values())


def _streams(decision: Decision, target: Entry) -> list[list[Entry]]:
    """Return the streams of the target's report, and of those that the same statement covers."""
    if (reference := report_of(target.stream)) is None:
        return [decision.stream(target.stream)]
    covered = {reference}
    if isinstance(target.data, ResponsePublished):
        covered |= set(target.data.also)
    found = []
    for each in sorted(covered):
        found.append(decision.stream(report_stream(each)))
        for kind in ("response", "recommendation"):
            found += decision.below(f"{kind}/{each}/").values()
    return found


def _wordings(entries: list[Entry], target: Entry, field: str) -> list[tuple[Entry, str]]:
    """Return the field, and what corrections and revisions say that it was and is."""
    found = [(target, field)]
    for entry in entries:
        if _rewords(entry, target, field):
            found += [(entry, path) for path, _ in texts(entry.data) if path in ("was", "now")]
    return found


def _rewords(entry: Entry, target: Entry, field: str) -> bool:
    match entry.data, target.data:
        case EntryCorrected() as correction, _:
            return correction.target == target.id and correction.field == field
        case ReportRevised() as revision, ReportPublished():
            return entry.stream == target.stream and revision.field == field
        case StatementRevised() as revision, ResponsePublished() as published:
            of = "translation" if field.startswith("translations.") else field
            return revision.statement == published.statement and revision.field == of
        case StatementRevised() as revision, CommissionerStatementIssued() as passage:
            if (revision.statement, revision.field) != (passage.statement, "passage"):
                return False
            to = recommendation_of(target.stream)
            return passage_of(revision) == (to.key, to.addressee)
        case _:
            return False


def _with_same_commitment(
    entries: list[Entry], places: list[tuple[Entry, str]]
) -> list[tuple[Entry, str]]:
    """Return the places and those that hold a commitment to them, such as `was` of a
    correction."""
    committed = {value_at(entry, path).sha256 for entry, path in places}
    more = [
        (entry, path)
        for entry in entries
        for path, text in texts(entry)
        if text.sha256 in committed
    ]
    return list({(entry.id, path): (entry, path) for entry, path in (*places, *more)}.values())


def _copies(said: list[str], held: LogReading) -> Iterator[Reached]:
    """Yield every text of the log that holds all of a long wording."""
    for wording in filter(is_long, said):
        lines = lines_of(wording)
        for entry, field, body in held.texts_with(longest_word(wording)):
            if repeats(squeezed(body), lines):
                yield Reached(entry, field, len(body))


def _short_copies(
    entries: list[Entry], target: Entry, said: list[str], held: LogReading
) -> Iterator[Reached]:
    """Yield the same few words in the same stream, or recorded by the same command."""
    short = {squeezed(wording) for wording in said if not is_long(wording)}
    beside = [
        entry
        for entry in entries
        if entry.stream == target.stream or entry.recorded_at == target.recorded_at
    ]
    if short:
        yield from _texts_of(beside, held, lambda body: squeezed(body) in short)


def _passages(
    entries: list[Entry], target: Entry, said: list[str], held: LogReading
) -> Iterator[Reached]:
    """Yield the passages that were taken from a whole statement."""
    if not isinstance(target.data, ResponsePublished):
        return
    whole = [squeezed(wording) for wording in said]
    taken = [
        entry
        for entry in entries
        if isinstance(entry.data, CommissionerStatementIssued)
        and entry.data.statement == target.data.statement
    ]

    def is_in_it(body: str) -> bool:
        lines = lines_of(body)
        return any(repeats(one, lines) for one in whole)

    yield from _texts_of(taken, held, is_in_it)


def _texts_of(
    entries: list[Entry], held: LogReading, wanted: Callable[[str], bool]
) -> Iterator[Reached]:
    bodies = held.openings([entry.position for entry in entries])
    for entry in entries:
        for path, _ in texts(entry):
            opening = bodies.get((entry.position, path))
            if opening is not None and wanted(opening.body):
                yield Reached(entry, path, len(opening.body))


def _commitments(decision: Decision, copies: list[Reached]) -> Iterator[Reached]:
    """Yield the fields that hold the commitment of a copy without its words: `was` of later
    corrections and revisions."""
    lengths = {value_at(one.entry, one.field).sha256: one.length for one in copies}
    for stream in dict.fromkeys(one.entry.stream for one in copies):
        for entry in decision.stream(stream):
            for path, text in texts(entry):
                if text.sha256 in lengths:
                    yield Reached(entry, path, lengths[text.sha256])


def _captures(decision: Decision, entries: list[Entry], said: list[str]) -> Iterator[Reached]:
    """Yield the captures that hold a wording; those that the entries cite, if they hold a line of
    it. The others that could not be looked into are named."""
    cited = {f"capture/{entry.source.capture}" for entry in entries if entry.source}
    wordings = [(lines_of(wording), is_long(wording)) for wording in said]
    for capture in decision.log.readable_captures():
        assert isinstance(capture.data, CaptureKept)
        is_cited = capture.stream in cited
        asked = capture.id, is_cited, *said
        if asked not in decision.searched:
            body = decision.log.bytes_at(capture.position)
            decision.searched[asked] = _found_in(
                words_of(body or b"", capture.data.media_type), wordings, is_cited
            )
        if decision.searched[asked] == "there":
            yield Reached(capture, BYTES, capture.data.length)
        elif decision.searched[asked] == "not looked into":
            decision.not_looked_into.append(capture.id)


def _found_in(words: Words, wordings: list[tuple[list[str], bool]], is_cited: bool) -> str:
    """Return `there` if words hold one of these wordings, each given by its lines and by whether it
    is long. Otherwise return `not there`, or `not looked into` if not all words are known."""
    for one in words.said:
        for lines, long_enough in wordings:
            if shares_a_line(one, lines) if is_cited else long_enough and repeats(one, lines):
                return "there"
    return "not there" if words.all else "not looked into"


def _same_bytes(target: Entry, basis: Basis, held: LogReading) -> list[Reached]:
    """Return a capture, and others that are the same bytes."""
    assert isinstance(target.data, CaptureKept)
    found = [Reached(target, BYTES, target.data.length)]
    body = held.bytes_at(target.position)
    if basis in OF_WHAT_IT_SAYS and body is not None:
        found += [
            Reached(capture, BYTES, len(body))
            for capture in held.readable_captures()
            if isinstance(capture.data, CaptureKept)
            and capture.data.length == len(body)
            and capture.id != target.id
            and held.bytes_at(capture.position) == body
        ]
    return found
