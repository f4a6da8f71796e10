"""The schema of a request, derived from its event's declaration.

Every annotated field of the event becomes a field of the schema, by its type. A `Text` is a text, a
`Literal` is one of its words, a dataclass is nested, a tuple is a list. A plain string has the form
that its `Doc` names. The envelope's fields (who, when, where from) are added to each.

Loading returns the named arguments of the function that decides the act (`ledger.acts.table`). They
are the event under `event`, or its fields one by one if the service fills some in itself, and the
envelope under `notice`. The kinds of field come first.
"""

import dataclasses
import types
import typing
from collections.abc import Callable, Iterable, Mapping
from contextvars import ContextVar
from functools import cache
from typing import Annotated, Any, ClassVar, Literal, Union, get_args, get_origin

import marshmallow as ma

from ledger.acts.decision import Notice
from ledger.events import AnyEvent, Batch, BodyRegistered, Doc, Source, texts
from ledger.events.recommendation import BodyOrName
from ledger.events.texts import Audience, Form, Language, Text, say, unstorable
from ledger.register import bodies_named, unknown_body


class YesOrNo(ma.fields.Boolean):
    """`true` or `false`; numbers are refused."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


_ID = "[a-z0-9-]{1,80}"
_AS_DOCUMENTED: Mapping[Form, Mapping[str, Any]] = {
    "plain": {"minLength": 1, "maxLength": texts.LONGEST, "pattern": r"\S"},
    "label": {"minLength": 1, "maxLength": texts.LONGEST_LABEL, "pattern": r"^\S+( \S+)*$"},
    "day": {"pattern": "^[0-9]{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?$"},
    "url": {"format": "uri", "maxLength": texts.LONGEST, "pattern": "^[Hh][Tt][Tt][Pp][Ss]?://"},
    "body": {},
    "entry": {"format": "uuid"},
    "id": {"pattern": f"^({_ID}|[0-9a-fA-F]{{8}}(-[0-9a-fA-F]{{4}}){{3}}-[0-9a-fA-F]{{12}})$"},
}
"""The patterns of forms in the OpenAPI description (`texts.why_unfit` checks the rest)."""


class Plain(ma.fields.String):
    """A string that is stored in the entry itself, so it can never be redacted."""

    form: ClassVar[Form] = "plain"

    def __init__(self, **kwargs: Any) -> None:
        metadata = {**_AS_DOCUMENTED[self.form], **(kwargs.pop("metadata", None) or {})}
        super().__init__(metadata=metadata, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text: str = super()._deserialize(value, attr, data, **kwargs)
        if fault := texts.why_unfit(self.form, text):
            raise ma.ValidationError(fault)
        return text


class Label(Plain):
    """A word of somebody's list: one short line."""

    form = "label"


class Day(Plain):
    """A date as far as it is known: `YYYY-MM-DD`, `YYYY-MM` or `YYYY`."""

    form = "day"


class Url(Plain):
    """An address: http or https."""

    form = "url"


class Id(Plain):
    """An id: lower-case letters, digits and hyphens, or a UUID."""

    form = "id"


class EntryId(Plain):
    """The id of an entry."""

    form = "entry"


REGISTER: ContextVar[Callable[[], Mapping[str, BodyRegistered]]] = ContextVar(
    "register", default=dict
)
"""Returns the bodies of the register, while a request is read."""


class BodyId(Plain):
    """A body of the register, by its id or a name. It is read as its id."""

    form = "body"

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        if isinstance(value, str) and texts.why_unfit("label", value) is None:
            bodies = REGISTER.get()()
            found = bodies_named(value, bodies)
            if len(found) == 1:
                return found[0]
            if found or (bodies and texts.why_unfit("body", value)):
                raise ma.ValidationError(unknown_body(value, bodies).sentence)
        return super()._deserialize(value, attr, data, **kwargs)


_SAID = {"type": "string", "minLength": 1, "pattern": r"\S"}
TEXTS: dict[str, dict[str, Any]] = {
    f"{audience.capitalize()}Text": {
        "type": "object",
        "description": f"A text in words, for whom it is (by itself: `{audience}`), and in which "
        "language.",
        "properties": {
            "text": _SAID,
            "audience": {"type": "string", "enum": list(get_args(Audience)), "default": audience},
            "lang": {"type": "string", "enum": list(get_args(Language)), "default": "en"},
        },
        "required": ["text"],
        "additionalProperties": False,
    }
    for audience in get_args(Audience)
}
"""The schemas of texts in requests, for the OpenAPI description."""


class TextField(ma.fields.Field[Any]):
    """A text: a string, or `{text, audience?, lang?}`. It is held by commitment."""

    def __init__(self, *, audience: Audience = "public", **kwargs: Any) -> None:
        which = [_SAID, {"$ref": f"#/components/schemas/{audience.capitalize()}Text"}]
        if kwargs.get("allow_none"):
            which.append({"type": "null"})
        metadata = {"anyOf": which, **(kwargs.pop("metadata", None) or {})}
        super().__init__(metadata=metadata, **kwargs)
        self.audience = audience

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        given: Any = {"text": value} if isinstance(value, str) else value
        if not isinstance(given, Mapping) or not isinstance(given.get("text"), str):
            raise ma.ValidationError("Give a text, or {text, audience?, lang?}.")
        if unknown := sorted(set(given) - {"text", "audience", "lang"}):
            raise ma.ValidationError(f"Unknown field {unknown[0]!r} in a text.")
        audience = given.get("audience", self.audience)
        lang = given.get("lang", "en")
        if audience not in ("public", "office"):
            raise ma.ValidationError("The audience is `public` or `office`.")
        if lang not in ("en", "cy"):
            raise ma.ValidationError("The language is `en` or `cy`.")
        try:
            return say(given["text"], audience, lang)
        except ValueError as error:
            raise ma.ValidationError(str(error)) from None


class BodyOrNameField(TextField):
    """The id or name of a body in the register, or another name."""

    def __init__(self, kind: type[BodyOrName], **kwargs: Any) -> None:
        _, doc = get_args(typing.get_type_hints(kind, include_extras=True)["name"])
        super().__init__(audience=doc.audience, **kwargs)
        self.kind = kind

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        return self.kind(name=super()._deserialize(value, attr, data, **kwargs))


class StringOrText(TextField):
    """The new value of a corrected field: a string, or a text as {text, audience?, lang?}.

    A text without audience and language loads as a string: it keeps those of the text that it
    corrects.
    """

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if isinstance(value, Mapping) and set(value) == {"text"}:
            value = value["text"]
        if isinstance(value, str):
            if fault := unstorable(value):
                raise ma.ValidationError(fault)
            return value
        return super()._deserialize(value, attr, data, **kwargs)


_FORMS: dict[str, type[Plain]] = {
    "plain": Plain,
    "label": Label,
    "day": Day,
    "url": Url,
    "body": BodyId,
    "entry": EntryId,
    "id": Id,
}


class Strict(ma.Schema):
    """A schema that refuses unknown fields. A field's former name (`Doc.before`) is accepted."""

    ALSO: ClassVar[Mapping[str, str]] = {}
    """The former names, with the fields that they mean."""

    class Meta:
        unknown = ma.RAISE

    @ma.pre_load
    def _by_its_name(self, data: Any, **_: Any) -> Any:
        if not self.ALSO or not isinstance(data, Mapping):
            return data
        return {_meant(name, self.ALSO, data): value for name, value in data.items()}


def schema_for(
    event: type[AnyEvent],
    *,
    name: str | None = None,
    leave_out: Iterable[str] = (),
    day: str = "occurred_on",
    dated: bool = True,
    more: Mapping[str, ma.fields.Field[Any]] | None = None,
    into: Callable[..., object] = dict,
) -> type[ma.Schema]:
    """Return the schema of an act's request, named after its event unless `name` is given.

    `leave_out` are fields that the service fills in itself. `day` is the name of the act's own day;
    there is none unless `dated`. `more` are fields that the event lacks. `into` converts the loaded
    values.
    """
    left_out = {*leave_out}
    own = {field.name: made for field, made in _fields_of(event) if field.name not in left_out}
    envelope = envelope_fields(event.NOTE, day if event.DATED and dated else None)

    def build(self: ma.Schema, data: dict[str, Any], **_: Any) -> object:
        said = {key: data.pop(key) for key in list(data) if key in own}
        notice = notice_from(data, day)
        whole = said if left_out else {"event": event(**said)}
        return into(**whole, **data, notice=notice)

    return typing.cast(
        type[ma.Schema],
        type(
            name or f"{event.__name__}Schema",
            (Strict,),
            {
                **own,
                **(more or {}),
                **envelope,
                "ALSO": _also(event),
                "_build": ma.post_load(build),
            },
        ),
    )


def envelope_fields(note: Audience, day: str | None) -> dict[str, ma.fields.Field[Any]]:
    """Return the fields that every act also takes. `note` is the default audience of its source's
    note. If `day` is None, the act has no day of its own."""
    made: dict[str, ma.fields.Field[Any]] = {
        "by": BodyId(
            metadata={
                "description": "The body whose act it is; by default the usual one for the act."
            }
        ),
        "source": ma.fields.Nested(
            _source(note),
            allow_none=True,
            metadata={"description": "Where word of it came from; needed for another body's act."},
        ),
        "batch": nested(Batch, "The work step that records it together with others."),
    }
    if day is not None:
        made[day] = Day(
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


def notice_from(data: dict[str, Any], day: str) -> Notice:
    """Remove the envelope's values from a request's, and return them."""
    return Notice(
        occurred_on=data.pop(day, None),
        by=data.pop("by", None),
        source=data.pop("source", None),
        batch=data.pop("batch", None),
    )


def nested(kind: type[Any], description: str, *, required: bool = False) -> ma.fields.Nested:
    """Return a nested field that loads into a dataclass."""
    return ma.fields.Nested(
        _part(kind),
        required=required,
        allow_none=not required,
        metadata={"description": description},
    )


_parts: dict[type[Any], type[ma.Schema]] = {}


def _part(kind: type[Any]) -> type[ma.Schema]:
    """Return the schema of a dataclass that is part of an event; one for each."""
    if kind not in _parts:
        own = {field.name: made for field, made in _fields_of(kind)}

        def build(self: ma.Schema, data: dict[str, Any], **_: Any) -> Any:
            return kind(**data)

        namespace = {**own, "ALSO": _also(kind), "_build": ma.post_load(build)}
        _parts[kind] = typing.cast(
            type[ma.Schema], type(f"{kind.__name__}Schema", (Strict,), namespace)
        )
    return _parts[kind]


@cache
def _source(note: Audience) -> type[ma.Schema]:
    """Return the schema of an act's source, by the default audience of its note."""
    says = get_args(typing.get_type_hints(Source, include_extras=True)["note"])[1].says
    who = {
        "public": "Everybody may read it, unless it is sent with the audience `office`.",
        "office": "It is for the office, unless it is sent with the audience `public`.",
    }[note]
    field = TextField(audience=note, allow_none=True, metadata={"description": f"{says} {who}"})
    name = f"{note.capitalize()}SourceSchema"
    return typing.cast(type[ma.Schema], type(name, (_part(Source),), {"note": field}))


def _fields_of(kind: type[Any]) -> list[tuple[dataclasses.Field[Any], ma.fields.Field[Any]]]:
    hints = typing.get_type_hints(kind, include_extras=True)
    return [(field, _field(hints[field.name], field)) for field in dataclasses.fields(kind)]


def _meant(name: Any, also: Mapping[str, str], data: Mapping[Any, Any]) -> Any:
    """Return the field that a name means. If that field is given too, the other name is unknown."""
    field = also.get(name)
    return name if field is None or field in data else field


def _also(kind: type[Any]) -> dict[str, str]:
    """Return the former names of a dataclass's fields, with the fields."""
    hints = typing.get_type_hints(kind, include_extras=True)
    return {
        note.before: name
        for name, hint in hints.items()
        for note in (get_args(hint)[1:] if get_origin(hint) is Annotated else ())
        if isinstance(note, Doc) and note.before
    }


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
            return StringOrText(
                audience=doc.audience,
                allow_none=allow_none,
                required=not optional,
                metadata=_metadata(doc),
            )
        hint = kinds[0]
    else:
        allow_none = False
    return _by_type(hint, doc, required=not optional, allow_none=allow_none)


def _metadata(doc: Doc) -> dict[str, str]:
    """Return what the OpenAPI text (`description`) and forms (`label`) say of a field."""
    said = {"description": doc.says, "label": doc.label}
    return {name: value for name, value in said.items() if value is not None}


def _by_type(hint: Any, doc: Doc, *, required: bool, allow_none: bool) -> ma.fields.Field[Any]:
    options: dict[str, Any] = {
        "required": required,
        "allow_none": allow_none,
        "metadata": _metadata(doc),
    }
    if hint is Text:
        return TextField(audience=doc.audience, **options)
    if isinstance(hint, type) and issubclass(hint, BodyOrName):
        return BodyOrNameField(hint, **options)
    if hint is bool:
        return YesOrNo(**options)
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
