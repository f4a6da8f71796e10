"""Events on any stream that change what is known, never what happened."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from ledger.events.declare import Doc, Event, Stream
from ledger.events.texts import Audience, Text

Basis = Literal[
    "personal_data",
    "safety_of_a_person",
    "national_security",
    "court_order",
    "other_law",
    "retention_ended",
    "entered_in_error",
]
"""On what ground a text is redacted."""


class _OfAnEntry(Event):
    """An act on an entry, whichever stream that is in."""

    __slots__ = ()

    STREAM: ClassVar[Stream] = "any"
    DATED: ClassVar[bool] = False


@dataclass(frozen=True, kw_only=True, slots=True)
class EntryCorrected(_OfAnEntry):
    """An entry was recorded wrongly: this is what its field should have said."""

    TOPIC: ClassVar[str] = "entry-corrected"
    NOTE: ClassVar[Audience] = "public"

    target: Annotated[str, Doc("The entry that is corrected.", form="entry")]
    field: Annotated[str, Doc("Which field of it, by its path, such as `claim.means`.")]
    was: Annotated[str | Text | None, Doc("What was known before this correction.")] = None
    now: Annotated[
        str | Text | None, Doc("What it should have said; null for a date that is not known.")
    ] = None
    reason: Annotated[Text, Doc("How the mistake came about, or was noticed.")]


@dataclass(frozen=True, kw_only=True, slots=True)
class EntryRetracted(_OfAnEntry):
    """An entry should not have been made: it is set aside, and stays in the log."""

    TOPIC: ClassVar[str] = "entry-retracted"

    target: Annotated[str, Doc("The entry that is set aside.", form="entry")]
    reason: Annotated[Text, Doc("Why it is set aside.")]


@dataclass(frozen=True, kw_only=True, slots=True)
class EntryDisputed(_OfAnEntry):
    """A body says that an entry about it is not right: its right of reply. It changes nothing."""

    TOPIC: ClassVar[str] = "entry-disputed"

    target: Annotated[str, Doc("The entry that is disputed.", form="entry")]
    text: Annotated[Text, Doc("What the body says.")]


@dataclass(frozen=True, kw_only=True, slots=True)
class TextReleased(_OfAnEntry):
    """An office text was opened to everybody. Nothing closes it again but redaction."""

    TOPIC: ClassVar[str] = "text-released"

    target: Annotated[str, Doc("The entry whose text it is.", form="entry")]
    field: Annotated[str, Doc("Which text of it, by its path.")]


@dataclass(frozen=True, kw_only=True, slots=True)
class RedactionSought(_OfAnEntry):
    """Somebody asked that a text be deleted. Nothing is deleted until another account confirms."""

    TOPIC: ClassVar[str] = "redaction-sought"

    target: Annotated[str, Doc("The entry whose text it is.", form="entry")]
    field: Annotated[str, Doc("Which text of it, by its path; `bytes` of a capture.")]
    basis: Annotated[Basis, Doc("On what ground.")]


@dataclass(frozen=True, kw_only=True, slots=True)
class TextRedacted(_OfAnEntry):
    """A text was deleted, with its salt. Its commitment stays, and with it every proof."""

    TOPIC: ClassVar[str] = "text-redacted"

    target: Annotated[str, Doc("The entry whose text it was.", form="entry")]
    field: Annotated[str, Doc("Which text of it, by its path; `bytes` of a capture.")]
    basis: Annotated[Basis, Doc("On what ground.")]
    sought: Annotated[str, Doc("The entry that asked for it.", form="entry")]
    length: Annotated[
        int | None, Doc("How many characters it had (a capture: bytes), where that was known.")
    ] = None


KnowledgeEvent = (
    EntryCorrected | EntryRetracted | EntryDisputed | TextReleased | RedactionSought | TextRedacted
)
