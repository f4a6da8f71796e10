"""From an event's declaration to the schema of its request: read this in five minutes.

Every annotated field of the event becomes a field of the schema, by its type: a `Text` is said,
a `Literal` is one of its words, a dataclass is nested, a tuple is a list, and a plain string has
the form that its `Doc` names. What the envelope takes (who, when, where from) is added to each.
Loading gives what the function that decides the act is given by name (`ledger.acts.table`): the
event under `event`, or its fields one by one where the service fills some in itself, and what the
envelope takes under `told`.
"""

import dataclasses
import types
import typing
from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import marshmallow as ma

from api.schemas import fields
from ledger.acts.decision import Told
from ledger.events import AnyEvent, Batch, Doc, Source
from ledger.events.recommendation import Partner
from ledger.events.texts import Text

_FORMS: dict[str, type[fields.Plain]] = {
    "plain": fields.Plain,
    "day": fields.Day,
    "url": fields.Url,
    "body": fields.BodyId,
    "entry": fields.Plain,
    "id": fields.Id,
}


class Strict(ma.Schema):
    """Unknown fields are refused."""

    class Meta:
        unknown = ma.RAISE


def schema_for(
    event: type[AnyEvent],
    *,
    name: str,
    leave_out: Iterable[str] = (),
    day: str = "occurred_on",
    dated: bool = True,
    more: Mapping[str, ma.fields.Field[Any]] | None = None,
    into: Callable[..., object] = dict,
) -> type[ma.Schema]:
    """The schema of an act's request.

    `leave_out` are fields that the service itself fills in; `day` is the name under which the
    act's own day is sent (not at all unless `dated`); `more` are fields that the event has not;
    `into` makes something else of what is loaded.
    """
    left_out = {*leave_out}
    own = {field.name: made for field, made in _fields_of(event) if field.name not in left_out}
    envelope = envelope_fields(day if event.DATED and dated else None)

    def build(self: ma.Schema, data: dict[str, Any], **_: Any) -> object:
        said = {key: data.pop(key) for key in list(data) if key in own}
        told = told_from(data, day)
        whole = said if left_out else {"event": event(**said)}
        return into(**whole, **data, told=told)

    return typing.cast(
        type[ma.Schema],
        type(
            name,
            (Strict,),
            {**own, **(more or {}), **envelope, "_build": ma.post_load(build)},
        ),
    )


def envelope_fields(day: str | None) -> dict[str, ma.fields.Field[Any]]:
    """What every act also takes; `day` None: the act has no day of its own."""
    made: dict[str, ma.fields.Field[Any]] = {
        "by": fields.BodyId(
            metadata={"description": "Whose act it is; the default is by the act."}
        ),
        "source": nested(Source, "Where word of it came from; needed for another body's act."),
        "batch": nested(Batch, "The work step that records it together with others."),
    }
    if day is not None:
        made[day] = fields.Day(
            required=True,
            allow_none=True,
            error_messages={
                "required": "Say when it happened: YYYY-MM-DD, YYYY-MM, YYYY, or null: not known."
            },
            metadata={
                "description": "When it happened: a date, YYYY-MM or YYYY as far as it is known; "
                "null where it is not known."
            },
        )
    return made


def told_from(data: dict[str, Any], day: str) -> Told:
    """What the envelope takes, drawn out of a request's values."""
    return Told(
        occurred_on=data.pop(day, None),
        by=data.pop("by", None),
        source=data.pop("source", None),
        batch=data.pop("batch", None),
    )


def nested(kind: type[Any], description: str, *, required: bool = False) -> ma.fields.Nested:
    """A nested field that loads into a dataclass."""
    return ma.fields.Nested(
        _part(kind),
        required=required,
        allow_none=not required,
        metadata={"description": description},
    )


_parts: dict[type[Any], type[ma.Schema]] = {}


def _part(kind: type[Any]) -> type[ma.Schema]:
    """The schema of a dataclass that is part of an event; one for each."""
    if kind not in _parts:
        own = {field.name: made for field, made in _fields_of(kind)}

        def build(self: ma.Schema, data: dict[str, Any], **_: Any) -> Any:
            return kind(**data)

        namespace = {**own, "_build": ma.post_load(build)}
        _parts[kind] = typing.cast(
            type[ma.Schema], type(f"{kind.__name__}Schema", (Strict,), namespace)
        )
    return _parts[kind]


def _fields_of(kind: type[Any]) -> list[tuple[dataclasses.Field[Any], ma.fields.Field[Any]]]:
    hints = typing.get_type_hints(kind, include_extras=True)
    return [(field, _field(hints[field.name], field)) for field in dataclasses.fields(kind)]


def _field(hint: Any, declared: dataclasses.Field[Any]) -> ma.fields.Field[Any]:
    doc = Doc("")
    if get_origin(hint) is Annotated:
        hint, *notes = get_args(hint)
        doc = next(note for note in notes if isinstance(note, Doc))
    optional = (
        declared.default is not dataclasses.MISSING
        or declared.default_factory is not dataclasses.MISSING
    )
    if get_origin(hint) in (Union, types.UnionType):
        kinds = [kind for kind in get_args(hint) if kind is not type(None)]
        allow_none = len(kinds) < len(get_args(hint))
        if len(kinds) > 1:
            return fields.StringOrText(
                audience=doc.audience,
                allow_none=allow_none,
                required=not optional,
                metadata={"description": doc.says},
            )
        hint = kinds[0]
    else:
        allow_none = False
    return _by_type(hint, doc, required=not optional, allow_none=allow_none)


def _by_type(hint: Any, doc: Doc, *, required: bool, allow_none: bool) -> ma.fields.Field[Any]:
    options: dict[str, Any] = {
        "required": required,
        "allow_none": allow_none,
        "metadata": {"description": doc.says},
    }
    if hint is Text:
        return fields.Said(audience=doc.audience, **options)
    if hint is Partner:
        return fields.PartnerName(**options)
    if hint is bool:
        return fields.YesOrNo(**options)
    if hint is int:
        return ma.fields.Integer(strict=True, **options)
    if hint is str:
        return _FORMS[doc.form](**options)
    if get_origin(hint) is Literal:
        return ma.fields.String(validate=ma.validate.OneOf(get_args(hint)), **options)
    if get_origin(hint) is tuple:
        inner = _by_type(get_args(hint)[0], doc, required=True, allow_none=False)
        return _Tuple(inner, validate=ma.validate.Length(max=500), **options)
    return ma.fields.Nested(_part(hint), **options)


class _Tuple(ma.fields.List[Any]):
    """A list that loads into a tuple, as frozen values hold."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        return tuple(super()._deserialize(value, attr, data, **kwargs))
