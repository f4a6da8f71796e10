"""Fields that the ledger's forms need: texts, dates as far as known, addresses, ids."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import marshmallow as ma

from ledger import dates
from ledger.events.recommendation import Partner
from ledger.streams import BODY_ID
from ledger.texts import Audience, say, unstorable

LONGEST = 2000
"""Characters in a plain field: it is in the entry itself, which has a limit."""


class Plain(ma.fields.String):
    """A string that is stored in the entry itself, and so can never be redacted."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text: str = super()._deserialize(value, attr, data, **kwargs)
        if fault := unstorable(text):
            raise ma.ValidationError(fault)
        if not text.strip():
            raise ma.ValidationError("This is empty.")
        if len(text) > LONGEST:
            raise ma.ValidationError(f"{len(text):,} characters; {LONGEST:,} is the most.")
        return text


class Day(Plain):
    """A date as far as it is known: `YYYY-MM-DD`, `YYYY-MM` or `YYYY`."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        try:
            return dates.check(text)
        except ValueError as error:
            raise ma.ValidationError(str(error)) from None


class Url(Plain):
    """An address: http or https."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        try:
            parts = urlsplit(text)
            good = parts.scheme in {"http", "https"} and bool(parts.hostname)
        except ValueError:
            good = False
        if not good or any(ch.isspace() for ch in text):
            raise ma.ValidationError("Give an address that starts with http:// or https://.")
        return text


class BodyId(Plain):
    """The id of a body in the register."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        if not BODY_ID.fullmatch(text):
            raise ma.ValidationError(f"“{text[:80]}” is no id of a body.")
        return text


class Said(ma.fields.Field[Any]):
    """A text: a string, or `{text, audience?, lang?}`. It is held by commitment."""

    def __init__(self, *, audience: Audience = "public", **kwargs: Any) -> None:
        super().__init__(**kwargs)
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
    """What a corrected field should say: a string for a plain field, {text, …} for a text."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if isinstance(value, str):
            if fault := unstorable(value):
                raise ma.ValidationError(fault)
            return value
        return super()._deserialize(value, attr, data, **kwargs)
