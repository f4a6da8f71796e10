"""Events of the stream `service` about how complete the log is."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from ledger.events.declare import Doc, Event, Stream


@dataclass(frozen=True, slots=True)
class ListedReport:
    """A report as a publisher's list names it."""

    title: Annotated[str, Doc("Its title, as listed.")]
    published_on: Annotated[str | None, Doc("The day, as listed.", form="day")] = None
    url: Annotated[str | None, Doc("Its address, as listed.", form="url")] = None
    kind: Annotated[str | None, Doc("What the list calls it.")] = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ListCompared(Event):
    """A publisher's list of its reports was compared with the log; the source says which list."""

    TOPIC: ClassVar[str] = "list-compared"
    STREAM: ClassVar[Stream] = "service"
    DATED: ClassVar[bool] = False

    publisher: Annotated[str, Doc("Whose reports the list has.", form="body")]
    count: Annotated[int, Doc("How many reports it has.")]
    matched: Annotated[int, Doc("How many of them are recorded here, by address or title and day.")]
    unlisted: Annotated[int, Doc("How many reports of the publisher are here and not in the list.")]
    missing: Annotated[
        tuple[ListedReport, ...],
        Doc("Those that are not recorded here: a hundred at most, the list itself has them all."),
    ] = ()
