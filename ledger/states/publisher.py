"""Whether bytes that are held are a publisher's own word: what the basis `publisher` rests on."""

from ledger.events import CaptureKept
from ledger.events.entry import Entry
from ledger.states.service import Service


def is_own_word(kept: Entry, publisher: str, service: Service) -> bool:
    """Whether a capture is the word of a body that publishes reports, for everybody to check.

    It is what this service fetched over https from a website that the register names for the
    publisher, or what the publisher's own account sent. Any other sender only says where its
    bytes are from. `service` is the register as it stood when the capture was cited: a later
    one moves no basis.
    """
    said = kept.data
    if not isinstance(said, CaptureKept) or said.audience != "public":
        return False
    if said.how == "fetched":
        there = service.bodies.get(publisher)
        websites = (there.websites if there else None) or ()
        return said.host in websites and (said.url or "").startswith("https://")
    return kept.recorded_by.partition("/")[0] == publisher
