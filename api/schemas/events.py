"""The JSON Schema of every event, derived from its declaration: its fields (`data`), its entry as
recorded, and its entry as a trail shows it.

Stored data leave out fields without a value, and have a text's commitment in its place
(`ledger.events.entry`).
"""

import dataclasses
import types
import typing
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import msgspec
from msgspec import UNSET, Meta, UnsetType

from ledger.events import EVENTS, AnyEvent, Doc
from ledger.events.entry import Provenance
from ledger.events.recommendation import Ground, How, Kind, Means, Origin, Stance
from ledger.events.report import ReportKind
from ledger.events.response import Disapplied, Part
from ledger.events.service import BodyKind, Trigger
from ledger.events.texts import Audience, Language, Text
from ledger.states.recommendation import Status
from projections.answers.changes import ChangeWord
from projections.answers.entry import Commitment, Entry, Envelope, Written
from projections.answers.trail import TrailEntry
from projections.as_of import AsOf
from projections.fields import Answer, EntryId, PartialDay
from projections.states.recommendation import Standing
from projections.verdict.compliance import Basis, ListedBy, VerdictWord

REF = "#/components/schemas/{name}"
Shape = type[Any]
"""A struct, or another type that has a schema."""
Field = tuple[Any] | tuple[Any, Any]
"""The type of a field; where it can be left out, with the default UNSET."""


def type_of(event: type[Any]) -> str:
    """Return the `type` of its CloudEvent."""
    return f"answerable.{event.TOPIC}.v{event.SCHEMA}"


def schema_path(event: type[Any]) -> str:
    """Return the path of the JSON Schema of an event's entry, which is the `data` of its
    CloudEvent."""
    return f"/schemas/{event.TOPIC}.v{event.SCHEMA}.json"


def entry_of(event: type[Any]) -> Shape:
    """Return the shape of an event's entry as it is recorded."""
    return _entry(event, f"{event.__name__}Entry", Entry)


def trail_entry_of(event: type[Any]) -> Shape:
    """Return the shape of an event's entry as a trail shows it."""
    return _entry(event, f"{event.__name__}TrailEntry", TrailEntry)


def written_of(event: type[Any]) -> Shape:
    """Return the shape of the answer to the act that records an event."""
    fields = {**_fields_of(Written), "event": (entry_of(event),)}
    return _shape(f"{event.__name__}Written", Written.__doc__ or "", fields)


class CloudEvent(Answer, frozen=True, kw_only=True):
    """An entry as a CloudEvent 1.0, with the commitments of its texts and none opened."""

    specversion: Literal["1.0"]
    id: EntryId
    source: Annotated[str, Meta(description="The log's name.")]
    type: Annotated[str, Meta(extra_json_schema={"enum": [type_of(one) for one in EVENTS]})]
    subject: Annotated[str, Meta(description="The stream that the entry is of.")]
    time: Annotated[
        str, Meta(description="When it was recorded.", extra_json_schema={"format": "date-time"})
    ]
    datacontenttype: Literal["application/json"]
    dataschema: Annotated[
        str,
        Meta(
            description="The JSON Schema of `data`.",
            extra_json_schema={"format": "uri"},
        ),
    ]
    sequence: Annotated[
        str,
        Meta(
            pattern="^[0-9]{16}$",
            description="Its position in sixteen digits, so that it sorts as a string.",
        ),
    ]
    data: Entry


class EntriesPage(Answer, frozen=True, kw_only=True):
    """A page of the log; the header `Link` leads to the next."""

    items: list[CloudEvent]
    next: Annotated[int | None, Meta(description="The position after which the next page starts.")]
    as_of: AsOf
    backfill_left_out: (
        Annotated[
            int,
            Meta(description="With `late_by`: the number of backfill entries left out."),
        ]
        | UnsetType
    ) = UNSET


def components(shapes: typing.Iterable[Shape], template: str = REF) -> dict[str, Any]:
    """Return the schemas of shapes and of all shapes in them, by name. The entries of every event
    are always included."""
    everyone = [made(event) for event in EVENTS for made in (entry_of, trail_entry_of)]
    _, found = msgspec.json.schema_components([*everyone, *shapes], ref_template=template)
    for name, made in (("Entry", entry_of), ("TrailEntry", trail_entry_of)):
        refs = {event.TOPIC: template.format(name=made(event).__name__) for event in EVENTS}
        found[name] = {
            "title": name,
            "description": "An entry of the log; its `type` says which event it is.",
            "oneOf": [{"$ref": one} for one in refs.values()],
            "discriminator": {"propertyName": "type", "mapping": refs},
        }
    tidied: dict[str, Any] = _tidied(found)
    return tidied


WORDS: Mapping[str, Any] = {
    "Audience": Audience,
    "Basis": Basis,
    "BodyKind": BodyKind,
    "ChangeWord": ChangeWord,
    "Disapplied": Disapplied,
    "Ground": Ground,
    "How": How,
    "Language": Language,
    "ListedBy": ListedBy,
    "Means": Means,
    "Origin": Origin,
    "Part": Part,
    "Provenance": Provenance,
    "RecommendationKind": Kind,
    "ReportKind": ReportKind,
    "Stance": Stance,
    "Standing": Standing,
    "Status": Status,
    "Trigger": Trigger,
    "Verdict": VerdictWord,
}
"""The lists of words that many places share, by name."""


def named(schemas: Mapping[str, Any]) -> dict[str, Any]:
    """Return the same schemas with one name for each list of words and each map of texts, so that a
    client gets one type for each."""
    words = {frozenset(get_args(literal)): name for name, literal in WORDS.items()}
    beside: dict[str, Any] = {
        name: {"title": name, "type": "string", "enum": list(get_args(literal))}
        for name, literal in WORDS.items()
    }

    def look(value: Any) -> Any:
        if isinstance(value, list):
            return [look(one) for one in value]
        if not isinstance(value, dict):
            return value
        found = {name: look(one) for name, one in value.items()}
        says = {name: found[name] for name in ("description",) if name in found}
        enum = value.get("enum", ())
        name = words.get(frozenset(enum) - {None}) if isinstance(enum, list) else None
        if name is not None and "default" not in value:
            one = {"$ref": REF.format(name=name)}
            return says | ({"anyOf": [one, {"type": "null"}]} if None in enum else one)
        inner = found.get("additionalProperties")
        if isinstance(inner, dict) and found.get("type") == "object" and "title" not in found:
            of = inner.get("$ref", "").rpartition("/")[2] or _NAMED_BY.get(str(inner.get("format")))
            if of:
                beside[f"{of}s"] = {
                    "title": f"{of}s",
                    "type": "object",
                    "additionalProperties": inner,
                }
                return says | {"$ref": REF.format(name=f"{of}s")}
        return found

    return {**{name: look(schema) for name, schema in schemas.items()}, **beside}


_NAMED_BY = {"uuid": "EntryId"}


def document(event: type[AnyEvent], service: str) -> dict[str, Any]:
    """Return the JSON Schema of an event's entry as a document of its own, which `dataschema` of
    its CloudEvent names, at the address of a service."""
    (_,), found = msgspec.json.schema_components([entry_of(event)], ref_template="#/$defs/{name}")
    tidied = _tidied(found)
    own = tidied.pop(entry_of(event).__name__)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"{service}{schema_path(event)}",
        **own,
        "$defs": dict(sorted(tidied.items())),
    }


def _entry(event: type[AnyEvent], name: str, envelope: type[Envelope]) -> Shape:
    own: dict[str, Field] = {"type": (Literal[event.TOPIC],), "data": (_said(event, "Data"),)}
    says = f"An entry: {(event.__doc__ or '').strip()}"
    return _shape(name, says, {**_fields_of(envelope), **own})


def _fields_of(struct: type[Answer]) -> dict[str, Field]:
    hints = typing.get_type_hints(struct, include_extras=True)
    return {
        one.name: (hints[one.name],) if one.required else (hints[one.name], one.default)
        for one in msgspec.structs.fields(struct)
    }


def _said(kind: type[Any], suffix: str) -> Shape:
    """Return the shape of a dataclass as it is stored: null is left out."""
    hints = typing.get_type_hints(kind, include_extras=True)
    fields = {field.name: _field(hints[field.name]) for field in dataclasses.fields(kind)}
    return _shape(f"{kind.__name__}{suffix}", kind.__doc__ or "", fields)


def _field(hint: Any) -> Field:
    doc: Doc | None = None
    if get_origin(hint) is Annotated:
        hint, *notes = get_args(hint)
        doc = next((note for note in notes if isinstance(note, Doc)), None)
    kinds = [hint]
    if get_origin(hint) in (Union, types.UnionType):
        kinds = [kind for kind in get_args(hint) if kind is not type(None)]
    made: Any = Union[tuple(_type(kind, doc) for kind in kinds)]  # noqa: UP007  # of as many as there are
    if doc is not None:
        made = Annotated[made, Meta(description=doc.says)]
    return (made | UnsetType, UNSET) if type(None) in get_args(hint) else (made,)


def _type(kind: Any, doc: Doc | None) -> Any:
    if kind is Text:
        return Commitment
    if get_origin(kind) is tuple:
        return list[_type(get_args(kind)[0], None)]  # type: ignore[misc]  # made as it runs
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        return _said(kind, "Said")
    if kind is str and doc is not None:
        return {"day": PartialDay, "entry": EntryId}.get(doc.form, str)
    return kind


_made: dict[str, Shape] = {}


def _shape(name: str, says: str, fields: Mapping[str, Field]) -> Shape:
    """Return the shape with a name, and make it on first use."""
    if name not in _made:
        given = [(field, *said) for field, said in fields.items()]
        _made[name] = msgspec.defstruct(name, given, kw_only=True, namespace={"__doc__": says})
    return _made[name]


_JSON_TYPE = {str: "string", bool: "boolean", int: "integer"}


def _tidied(value: Any) -> Any:
    """Return a schema in the form that generators of clients handle best: a reference stands alone,
    and a list of one word is a constant."""
    if isinstance(value, list):
        return [_tidied(one) for one in value]
    if not isinstance(value, dict):
        return value
    if "$ref" in value:
        return {name: value[name] for name in ("$ref", "description") if name in value}
    found = {name: _tidied(one) for name, one in value.items()}
    if isinstance(words := found.get("enum"), list) and len(words) == 1:
        del found["enum"]
        found |= {"type": _JSON_TYPE[type(words[0])], "const": words[0]}
    elif isinstance(words, list):
        found.setdefault("type", "string")
    return found
