"""Fields that the ledger's forms need: texts, dates as far as known, addresses, ids."""

import re
from collections.abc import Mapping
from typing import Any, ClassVar

import marshmallow as ma

from ledger.events import BY_TOPIC, forms
from ledger.events.declare import Form
from ledger.events.recommendation import Partner
from ledger.events.texts import Audience, say, unstorable
from ledger.register import suggestions


class WholeNumber(ma.fields.Integer):
    """A whole number in an address, in ASCII digits alone: int() reads “+5”, “1_000” and digits of
    other scripts too."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        if not re.fullmatch("[0-9]{1,16}", str(value)):
            raise ma.ValidationError("Give a whole number, in digits alone, such as 50.")
        return super()._deserialize(value, attr, data, **kwargs)


class YesOrNo(ma.fields.Boolean):
    """`true` or `false`, and no number that equals one."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


class Plain(ma.fields.String):
    """A string that is stored in the entry itself, and so can never be redacted."""

    form: ClassVar[Form] = "plain"

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text: str = super()._deserialize(value, attr, data, **kwargs)
        if fault := forms.why_not(self.form, text):
            raise ma.ValidationError(fault)
        return text


class Day(Plain):
    """A date as far as it is known: `YYYY-MM-DD`, `YYYY-MM` or `YYYY`."""

    form = "day"


class Url(Plain):
    """An address: http or https."""

    form = "url"


class Id(Plain):
    """An id: lower-case letters, digits and hyphens, or a UUID."""

    form = "id"


class BodyId(Plain):
    """The id of a body in the register."""

    form = "body"


class EventType(ma.fields.String):
    """The type of an event: `update-received`, or as CloudEvents and the code have it
    (`answerable.update-received.v1`, `UpdateReceived`). One that there is not is refused."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        said: str = super()._deserialize(value, attr, data, **kwargs)
        if not said:
            return None
        topic = re.sub(r"^answerable\.|\.v[0-9]+$", "", said)
        topic = re.sub(r"(?<=[a-z])(?=[A-Z])", "-", topic).lower()
        if topic not in BY_TOPIC:
            raise ma.ValidationError(
                suggestions.unknown_type(said[:80], topic[:80], list(BY_TOPIC))
            )
        return topic


def _as_documented(audience: Audience) -> dict[str, Any]:
    """A text in the OpenAPI text: a string, or an object."""
    return {
        "type": ["string", "object"],
        "properties": {
            "text": {"type": "string"},
            "audience": {"type": "string", "enum": ["public", "office"], "default": audience},
            "lang": {"type": "string", "enum": ["en", "cy"], "default": "en"},
        },
        "required": ["text"],
        "additionalProperties": False,
    }


class Said(ma.fields.Field[Any]):
    """A text: a string, or `{text, audience?, lang?}`. It is held by commitment."""

    def __init__(self, *, audience: Audience = "public", **kwargs: Any) -> None:
        metadata = {**_as_documented(audience), **(kwargs.pop("metadata", None) or {})}
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


class PartnerName(Said):
    """A partner: the id or name of a body in the register, or another name."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        return Partner(name=super()._deserialize(value, attr, data, **kwargs))


class StringOrText(Said):
    """What a corrected field should say: a string, or a text as {text, audience?, lang?}.

    A text without audience and language is a string here: it keeps those of what it corrects.
    """

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if isinstance(value, Mapping) and set(value) == {"text"}:
            value = value["text"]
        if isinstance(value, str):
            if fault := unstorable(value):
                raise ma.ValidationError(fault)
            return value
        return super()._deserialize(value, attr, data, **kwargs)
