"""Whether bytes that are held are the page of a report's publisher: what `publisher` rests on."""

from urllib.parse import urlsplit

from ledger.entry import Entry
from ledger.events import CaptureKept
from ledger.report import Report
from ledger.service import Service


def is_publishers_own(kept: Entry, found: Report, service: Service) -> bool:
    """Whether a capture is the publisher's own page of its report, for everybody to check.

    It is where the publisher's own account kept it, where its address is on a website of the
    publisher, or where it is the first of the report's pages (`same_as`: the publisher's own
    comes first) and on no website of another body. `service` is the register as it stood when
    the capture was cited: a later one moves no basis.
    """
    said = kept.data
    if not isinstance(said, CaptureKept) or said.audience != "public":
        return False
    publisher = found.data.publisher
    if kept.recorded_by.partition("/")[0] == publisher:
        return True
    if said.url is None:
        return False
    host = host_of(said.url)
    whose = {body.id for body in service.bodies.values() if host in (body.websites or ())}
    return publisher in whose or (not whose and said.url in found.data.same_as[:1])


def host_of(url: str) -> str | None:
    """The host of an address, lower case; None where it is not clear, such as `a.uk\\@b.uk`."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or host is None or "@" in parts.netloc:
        return None
    usual = {"http": 80, "https": 443}[parts.scheme]
    return None if "\\" in url or port not in (None, usual) else host.rstrip(".")
