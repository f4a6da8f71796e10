"""Events on any stream that change what is known, never what happened."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from ledger.events.declare import Doc, Event, Stream
from ledger.texts import Text


@dataclass(frozen=True, kw_only=True, slots=True)
class EntryCorrected(Event):
    """An entry was recorded wrongly: this is what its field should have said."""

    TOPIC: ClassVar[str] = "entry-corrected"
    STREAM: ClassVar[Stream] = "any"
    DATED: ClassVar[bool] = False

    target: Annotated[str, Doc("The entry that is corrected.", form="entry")]
    field: Annotated[str, Doc("Which field of it, by its path, such as `claim.means`.")]
    was: Annotated[str | Text | None, Doc("What was known before this correction.")] = None
    now: Annotated[
        str | Text | None, Doc("What it should have said; null for a date that is not known.")
    ] = None
    reason: Annotated[Text, Doc("How the mistake came about, or was noticed.")]


@dataclass(frozen=True, kw_only=True, slots=True)
class EntryRetracted(Event):
    """An entry should not have been made: it is set aside, and stays in the log."""

    TOPIC: ClassVar[str] = "entry-retracted"
    STREAM: ClassVar[Stream] = "any"
    DATED: ClassVar[bool] = False

    target: Annotated[str, Doc("The entry that is set aside.", form="entry")]
    reason: Annotated[Text, Doc("Why it is set aside.")]


@dataclass(frozen=True, kw_only=True, slots=True)
class EntryDisputed(Event):
    """A body says that an entry about it is not right: its right of reply. It changes nothing."""

    TOPIC: ClassVar[str] = "entry-disputed"
    STREAM: ClassVar[Stream] = "any"
    DATED: ClassVar[bool] = False

    target: Annotated[str, Doc("The entry that is disputed.", form="entry")]
    text: Annotated[Text, Doc("What the body says.")]


@dataclass(frozen=True, kw_only=True, slots=True)
class TextReleased(Event):
    """An office text was opened to everybody. Nothing closes it again but redaction."""

    TOPIC: ClassVar[str] = "text-released"
    STREAM: ClassVar[Stream] = "any"
    DATED: ClassVar[bool] = False

    target: Annotated[str, Doc("The entry whose text it is.", form="entry")]
    field: Annotated[str, Doc("Which text of it, by its path.")]
