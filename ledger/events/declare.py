"""How an event is declared: once, as a frozen dataclass of what was said.

Each field is `Annotated` with one `Doc`; the request schema, the OpenAPI text, the form's
field, the default rendering and the glossary all derive from it. The envelope (who, when,
where from) is `ledger.events.entry.Entry`; an event holds only what this act says.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

from ledger.events.texts import Audience, Form, Text

Stream = Literal["report", "response", "recommendation", "meeting", "capture", "service", "any"]

Upcast = Callable[[dict[str, Any]], dict[str, Any]]
"""Makes the data of one version of an event's form that of the next."""


@dataclass(frozen=True, slots=True)
class Doc:
    """The meaning of a field, in a sentence; for a text, its default audience.

    `form` says what a plain string is: a label (one short line), a (partial) date, an address
    (http, https), the id of a body in the register, the id of an entry. `before` is a name that the
    field had, or that a request may use beside it. `label` is what forms call it, where its name
    says too little or means something else in another event. `fixed` says why it is never
    corrected.
    """

    says: str
    audience: Audience = "public"
    form: Form = "plain"
    before: str | None = None
    label: str | None = None
    fixed: str | None = None


class Event:
    """The declarations of every event class beside its fields."""

    __slots__ = ()

    TOPIC: ClassVar[str]
    """The stable name that stored rows carry: lower case, hyphens, past tense."""
    STREAM: ClassVar[Stream]
    """Which kind of stream it is written to."""
    SCHEMA: ClassVar[int] = 1
    """The version of its form, from 1. New entries have this version."""
    UPCASTS: ClassVar[tuple[Upcast, ...]] = ()
    """The steps from version 1 to version 2 and so on up to `SCHEMA`. A stored entry keeps its
    bytes and is read in the latest form."""
    NOTE: ClassVar[Audience] = "office"
    """The default audience of the note of its source: everybody if the act decides or dates
    something in public."""
    DATED: ClassVar[bool] = True
    """True if the act has a day of its own (`occurred_on`)."""

    @classmethod
    def an_entry(cls) -> str:
        """Return its name at the start of a sentence: “An account-opened entry”."""
        return f"A{'n' if cls.TOPIC[0] in 'aeiou' else ''} {cls.TOPIC} entry"


@dataclass(frozen=True, slots=True)
class Source:
    """Where word of an act came from."""

    url: Annotated[str | None, Doc("Where it can be read.", form="url")] = None
    capture: Annotated[str | None, Doc("A capture that holds it, by its id.")] = None
    note: Annotated[Text | None, Doc("It in words, such as: e-mail of 3 March.")] = None
    """For whom, its event says (`Event.NOTE`)."""


@dataclass(frozen=True, slots=True)
class Batch:
    """The work step that recorded an entry together with others."""

    id: Annotated[str, Doc("An id of the step, shared by its entries.", form="id")]
    kind: Annotated[
        Literal["entered", "imported", "backfill"],
        Doc("Typed in, read from a file, or entered long afterwards."),
    ]
