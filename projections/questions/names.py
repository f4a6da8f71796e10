"""Whether the names that a question is filtered by name anything, and what may have been meant."""

from collections.abc import Mapping

from ledger.application import Ledger
from ledger.errors import Fault, Unfit
from ledger.events import streams
from ledger.register import suggestions

_COMPARED = 2000
"""With how many reports, the newest, a misspelt one is compared."""


def check(ledger: Ledger, bodies: Mapping[str, str | None], report: str | None) -> None:
    """Unfit where one is given that names nothing, with the names near it; bodies by the field in
    which they are. One that is recorded, but was not yet at the dates asked about, is a name."""
    faults = []
    service = ledger.service()
    accounts = {name.partition("/")[0] for name in service.accounts}
    for field, body in bodies.items():
        if body and body not in service.bodies and body not in accounts:
            faults.append(
                Fault(field, suggestions.unknown_body(body[:80], service.bodies).sentence)
            )
    if report and not ledger.read_stream(streams.report_stream(report)):
        faults.append(Fault("report", suggestions.unknown_report(report[:80], _references(ledger))))
    if faults:
        raise Unfit(" ".join(fault.message for fault in faults), *faults)


def _references(ledger: Ledger) -> list[str]:
    with ledger.log.pool.connection() as conn:
        rows = conn.execute(
            """
            SELECT stream FROM ledger.entries WHERE topic = 'report-published'
             ORDER BY position DESC LIMIT %s
            """,
            [_COMPARED],
        ).fetchall()
    return [stream.removeprefix("report/") for (stream,) in rows]
