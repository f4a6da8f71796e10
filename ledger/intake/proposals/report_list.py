"""From a publisher's list to a comparison decided: its bytes kept, and what came of it recorded."""

from collections.abc import Sequence
from pathlib import Path

import rfc8785

from ledger.acts.capture import Received, keep_capture
from ledger.acts.decision import Decision, Told
from ledger.acts.service import compare_list
from ledger.errors import Unfit
from ledger.events import CaptureKept, ListCompared, ListedReport, Source
from ledger.events.entry import Entry, to_plain
from ledger.events.forms import why_not
from ledger.events.streams import SERVICE, capture_stream
from ledger.events.texts import Audience
from ledger.intake.proposals.matching import Comparison, compare, recorded_report
from ledger.intake.proposals.sheet_draft import MEDIA_TYPES, SheetFile

MOST_NAMED = 100
"""How many missing reports the entry names; an entry has a limit, and the capture has them all."""
MOST_BYTES_NAMED = 40_000


def take_list(
    decision: Decision, listed: Sequence[ListedReport], file: SheetFile, publisher: str
) -> Comparison:
    """Compare a list, and record it unless the same list came to the same when it last was."""
    decision.body(publisher)
    if file.url is not None and (why := why_not("url", file.url)):
        raise Unfit(f"The list's address, “{file.url[:80]}”: {why}")
    found = compared(decision, listed, publisher)
    event = ListCompared(
        publisher=publisher,
        count=len(found.matched) + len(found.missing),
        matched=len(found.matched),
        unlisted=len(found.unlisted),
        missing=_named(found.missing),
    )
    last = _last(decision, publisher)
    capture = _capture_of(decision, last, file)
    if last is None or capture is None or last.data != event:
        source = Source(url=file.url, capture=capture or _keep(decision, file))
        compare_list(decision, event, Told(source=source))
    return found


def compared(decision: Decision, listed: Sequence[ListedReport], publisher: str) -> Comparison:
    """A list beside what is recorded."""
    recorded = map(recorded_report, decision.below("report/").values())
    return compare(listed, [one for one in recorded if one is not None], publisher)


def _named(missing: Sequence[ListedReport]) -> tuple[ListedReport, ...]:
    """The first of those missing, as many as an entry takes."""
    named: list[ListedReport] = []
    left = MOST_BYTES_NAMED
    for row in missing[:MOST_NAMED]:
        left -= len(rfc8785.dumps(to_plain(row)))
        if left < 0:
            break
        named.append(row)
    return tuple(named)


def _last(decision: Decision, publisher: str) -> Entry | None:
    made = [
        entry
        for entry in decision.stream(SERVICE)
        if isinstance(entry.data, ListCompared) and entry.data.publisher == publisher
    ]
    return made[-1] if made else None


def _capture_of(decision: Decision, last: Entry | None, file: SheetFile) -> str | None:
    """The capture that holds these bytes already, if the last comparison was with them."""
    if last is None or last.source is None or last.source.capture is None:
        return None
    if last.source.url != file.url:
        return None
    for entry in decision.stream(capture_stream(last.source.capture)):
        if isinstance(entry.data, CaptureKept) and decision.log.holds(entry, file.raw):
            return last.source.capture
    return None


def _keep(decision: Decision, file: SheetFile) -> str:
    suffix = Path(file.book.file).suffix.lower()
    # Text has what was read and no more; a workbook may have hidden sheets and comments.
    audience: Audience = "public" if suffix == ".csv" else "office"
    came = Received(body=file.raw, media_type=MEDIA_TYPES[suffix], url=file.url, audience=audience)
    kept = keep_capture(decision, came, Told())
    return kept.stream.removeprefix("capture/")
