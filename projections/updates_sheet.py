"""What the updates sheet says of each open recommendation, straight from the log as it stands."""

from dataclasses import dataclass

from ledger.entry import Entry
from ledger.errors import Refused
from ledger.events import CaptureKept
from ledger.intake.sheets.updates import OpenRecommendation
from ledger.reading import LogReading
from ledger.report import Report, report
from ledger.service import Account, Service
from ledger.streams import capture_stream, report_stream
from projections.facts import Context, dated, recommendation_state
from projections.state import RecommendationState
from projections.texts import Opened, Reader, positions

REMOVED = "[the text was removed]"
_DONE = {"closed", "withdrawn", "superseded"}


@dataclass(frozen=True, slots=True)
class _Open:
    report: Report
    state: RecommendationState
    version: int


def open_recommendations(log: LogReading, body: str) -> list[OpenRecommendation]:
    """The open recommendations to the force of a body (or to it, if it is one), by report."""
    service = log.service()
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
    for stream, entries in streams.items():
        reference = stream.split("/")[1]
        if reference not in reports:
            reports[reference] = report(log.read_stream(report_stream(reference)))
        if (of := reports[reference]) is None:
            continue
        state = recommendation_state(dated(entries, of, context))
        if state is not None and state.status not in _DONE:
            found.append(_Open(of, state, entries[-1].version))
    found.sort(key=_in_order)
    states = [one.state for one in found]
    reader = Reader(Account(f"{body}/import", body), service)
    opened = Opened(reader, log.openings(positions(states)))
    return [_row(one, opened) for one in found]


def _force(service: Service, body: str) -> str:
    if (registered := service.bodies.get(body)) is None:
        raise Refused("unknown-body", f"“{body}” is not in the register of bodies.")
    force = body if registered.kind == "force" else registered.force
    if force is None:
        raise Refused("no-force", f"{registered.name} has no force that could fill in a sheet.")
    return force


def _capture(log: LogReading, name: str) -> Entry | None:
    kept = log.read_stream(capture_stream(name))
    return next((entry for entry in kept if isinstance(entry.data, CaptureKept)), None)


def _row(one: _Open, opened: Opened) -> OpenRecommendation:
    state = one.state
    target = state.targets[-1] if state.targets else None
    return OpenRecommendation(
        report=state.report,
        title=one.report.data.title,
        number=state.number,
        addressee=state.addressee,
        text=opened.text(state.text) or REMOVED,
        status=state.status,
        target=(target.on or opened.text(target.phrase)) if target else None,
        last_update_on=state.last_update_on,
        version=one.version,
    )


def _in_order(one: _Open) -> tuple[str, str, int, str]:
    key = one.state.key
    digits = "".join(char for char in key if char.isdigit())
    number = int(digits) if digits and key[0].isdigit() else 10**6
    return (one.report.published_on or "", one.report.reference, number, key)
