"""What the updates sheet says of each open recommendation, straight from the log as it stands."""

from dataclasses import dataclass

from ledger.clock import london_date
from ledger.errors import Refused
from ledger.events import CaptureKept, TextReleased
from ledger.events.entry import Entry
from ledger.events.streams import capture_stream, key_order, report_stream
from ledger.intake.sheets.updates import OpenQuestion, OpenRecommendation
from ledger.log.reading import LogReading
from ledger.register.suggestions import unknown_body
from ledger.states.report import Report, report
from ledger.states.service import Account, Service
from projections.answers.texts import Opened, Reader, positions
from projections.states.recommendation import Context, dated, recommendation_state
from projections.states.values import RecommendationState, Said, TargetLine

REMOVED = "[the text was removed]"
HELD = "[held by {}, and not open to you]"
_DONE = {"closed", "withdrawn", "superseded"}


@dataclass(frozen=True, slots=True)
class _Open:
    report: Report
    state: RecommendationState
    version: int


def open_recommendations(log: LogReading, body: str) -> list[OpenRecommendation]:
    """The open recommendations to the force of a body (or to it, if it is one), by report."""
    service = log.service().on(london_date(log.now()))
    force = _force(service, body)
    context = Context(
        capture=lambda name: _capture(log, name),
        rules=lambda rule, version: service.rules[rule, version],
        service=lambda _: service,
    )
    streams: dict[str, list[Entry]] = {}
    for entry in log.read_below("recommendation/"):
        if entry.stream.endswith(f"/{force}"):
            streams.setdefault(entry.stream, []).append(entry)
    reports: dict[str, Report | None] = {}
    found: list[_Open] = []
    released: set[tuple[int, str]] = set()
    for stream, entries in streams.items():
        reference = stream.split("/")[1]
        if reference not in reports:
            reports[reference] = report(log.read_stream(report_stream(reference)))
        if (of := reports[reference]) is None:
            continue
        released |= _released(entries)
        state = recommendation_state(dated(entries, of, context))
        if state is not None and state.status not in _DONE:
            found.append(_Open(of, state, entries[-1].version))
    found.sort(key=_in_order)
    states = [one.state for one in found]
    reader = Reader(Account(f"{body}/import", body, frozenset({"office"})), service)
    opened = Opened(reader, log.openings(positions(states)), frozenset(released))
    return [_row(one, opened) for one in found]


def _force(service: Service, body: str) -> str:
    if (registered := service.bodies.get(body)) is None:
        raise unknown_body(body, service.bodies)
    forces = [body] if registered.kind == "force" else service.forces_of(body)
    if not forces:
        raise Refused("no-force", f"{registered.name} has no force that could fill in a sheet.")
    if len(forces) > 1:
        named = " or ".join(forces)
        raise Refused("no-force", f"{registered.name} has several forces: ask for {named}.")
    return forces[0]


def _capture(log: LogReading, name: str) -> Entry | None:
    kept = log.read_stream(capture_stream(name))
    return next((entry for entry in kept if isinstance(entry.data, CaptureKept)), None)


def _when(target: TargetLine, opened: Opened) -> str | None:
    """When it is to be done: a day, and whether words gave it; or the words alone."""
    how = " (worked out from the words)" if target.worked_out else ""
    return f"{target.on}{how}" if target.on else opened.text(target.phrase)


def _row(one: _Open, opened: Opened) -> OpenRecommendation:
    state = one.state
    target = state.targets[-1] if state.targets else None
    return OpenRecommendation(
        report=state.report,
        title=one.report.data.title,
        number=state.number,
        addressee=state.addressee,
        text=_words(state.text, opened),
        status=state.status,
        target=_when(target, opened) if target else None,
        last_update_on=state.last_update_on,
        version=one.version,
        questions=tuple(
            OpenQuestion(line.entry, _words(line.question, opened), line.reply_by)
            for line in state.assurances
            if line.answered_by is None
        ),
    )


def _words(said: Said, opened: Opened) -> str:
    """A text, or why it is not there."""
    if not opened.may_read(said):
        return HELD.format(said.recorded_by.partition("/")[0])
    return opened.text(said) or REMOVED


def _released(entries: list[Entry]) -> set[tuple[int, str]]:
    """Where the texts lie that were released, as a stream says."""
    at = {entry.id: entry.position for entry in entries}
    return {
        (at[entry.data.target], entry.data.field)
        for entry in entries
        if isinstance(entry.data, TextReleased)
    }


def _in_order(one: _Open) -> tuple[str, str, str]:
    return one.report.published_on or "", one.report.reference, key_order(one.state.key)
