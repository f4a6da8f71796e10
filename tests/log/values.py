"""Values of every event, made from its declaration: any of them, or one that is always the same."""

import dataclasses
import types
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, Union, cast, get_args, get_origin, get_type_hints

from hypothesis import strategies as st

from ledger.events import EVENTS, AnyEvent, Batch, Doc, Source
from ledger.events.entry import Entry
from ledger.events.texts import Audience, Text, commitment

SAFE_INTEGER = 2**53 - 1
PLAIN = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=60)
SHA256 = st.binary(min_size=32, max_size=32).map(bytes.hex)
TEXTS = st.builds(
    Text,
    sha256=SHA256,
    audience=st.sampled_from(["public", "office"]),
    lang=st.sampled_from(["en", "cy"]),
)
RECORDED_AT = datetime(2026, 7, 1, 9, 30, 0, 123456, tzinfo=UTC)


def of(kind: Any) -> st.SearchStrategy[Any]:
    """Any value of a type that an event's field may have."""
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Literal:
        return st.sampled_from(arguments)
    if origin in (Union, types.UnionType):
        return st.one_of([of(one) for one in arguments])
    if origin is tuple:
        assert arguments[1] is ...
        return st.lists(of(arguments[0]), max_size=3).map(tuple)
    if kind is Text:
        return TEXTS
    if dataclasses.is_dataclass(kind):
        hints = get_type_hints(kind)
        make: Any = kind
        return st.builds(make, **{f.name: of(hints[f.name]) for f in dataclasses.fields(kind)})
    return {
        str: PLAIN,
        int: st.integers(-SAFE_INTEGER, SAFE_INTEGER),
        bool: st.booleans(),
        type(None): st.none(),
    }[kind]


def entries(events: tuple[type[AnyEvent], ...] = EVENTS) -> st.SearchStrategy[Entry]:
    """Any entry of these events."""
    return st.builds(
        Entry,
        id=st.uuids().map(str),
        stream=PLAIN,
        version=st.integers(1, 2**31 - 1),
        occurred_on=st.none() | st.dates().map(str),
        by=st.none() | PLAIN,
        recorded_by=PLAIN,
        provenance=st.sampled_from(["first_hand", "reported"]),
        source=st.none() | of(Source),
        batch=st.none() | of(Batch),
        data=st.one_of([of(event) for event in events]),
        position=st.just(0),
        recorded_at=st.none(),
    )


# Values that are always the same

_BY_FORM: Mapping[str, str] = {
    "day": "2025-05-16",
    "url": "https://example.org/é?a=1&b=2",
    "body": "cumbria-pfcc",
    "entry": "0197d000-0000-7000-8000-00000000000a",
}


def examples(event: type[AnyEvent]) -> list[Entry]:
    """Entries of an event, with every choice that its fields have; the last says least."""
    many = max(_choices(event), _choices(Source), _choices(Batch), 2)
    return [*(example(event, nth=n) for n in range(many)), example(event)]


def example(event: type[AnyEvent], nth: int | None = None) -> Entry:
    """Return an entry of an event that says all that it can, with the nth of each choice, or
    least."""
    full = nth is not None
    kind = "report" if event.STREAM == "any" else event.STREAM
    return Entry(
        id="0197d000-0000-7000-8000-000000000001",
        stream=f"{kind}/example",
        version=3,
        occurred_on="2025-05" if event.DATED and full else None,
        by="cumbria-pfcc" if full else None,
        recorded_by="cumbria-pfcc/clerk-2",
        provenance="first_hand" if full else "reported",
        source=_example(Source, "source", nth) if full else None,
        batch=_example(Batch, "batch", nth) if full else None,
        data=_example(event, event.TOPIC, nth),
    )


def _example(kind: Any, name: str, nth: int | None, form: str = "plain") -> Any:
    origin, arguments = get_origin(kind), get_args(kind)
    n = nth or 0
    if origin is Annotated:
        doc = next(one for one in kind.__metadata__ if isinstance(one, Doc))
        return _example(arguments[0], name, nth, doc.form)
    if origin is Literal:
        return arguments[n % len(arguments)]
    if origin in (Union, types.UnionType):
        present = [one for one in arguments if one is not type(None)]
        return _example(present[n % len(present)], name, nth, form)
    if origin is tuple:
        return tuple(_example(arguments[0], f"{name} {m}", nth, form) for m in (1, 2))
    if kind is Text:
        said: list[tuple[Audience, Literal["en", "cy"]]] = [("public", "en"), ("office", "cy")]
        audience, lang = said[n % 2]
        return Text(commitment(bytes(32), name), audience, lang)
    if dataclasses.is_dataclass(kind):
        make, hints = cast(Any, kind), get_type_hints(kind, include_extras=True)
        return make(
            **{
                f.name: _example(hints[f.name], f.name, nth)
                for f in dataclasses.fields(kind)
                if nth is not None or f.default is dataclasses.MISSING
            }
        )
    plain = {str: _BY_FORM.get(form, f"{name}, “é” \\u0000 </p>"), int: SAFE_INTEGER, bool: n == 0}
    return plain[kind]


def _choices(kind: Any) -> int:
    """Return the largest number of choices that a field in a type has."""
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Literal:
        return len(arguments)
    if dataclasses.is_dataclass(kind):
        return max(map(_choices, get_type_hints(kind).values()), default=1)
    below = max(map(_choices, arguments), default=1)
    if origin in (Union, types.UnionType):
        return max(below, len([one for one in arguments if one is not type(None)]))
    return below
