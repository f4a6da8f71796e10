"""Answers from what a test says of them; fields that it leaves out have a value of their type."""

import re
from typing import Any, TypeVar

import msgspec
from msgspec import inspect

Kind = TypeVar("Kind")
_TEXTS = ("x", "/x", "2025-05-16", "0" * 64)
"""Texts of the patterns that fields have."""


def whole(kind: type[Kind], given: dict[str, Any]) -> Kind:
    """Return an answer that says what is given."""
    return msgspec.convert(_filled(inspect.type_info(kind), given), kind)


def _filled(of: inspect.Type, given: Any) -> Any:
    """Return what is given, with the fields that its type needs."""
    match of:
        case inspect.Metadata(type=inner):
            return _filled(inner, given)
        case inspect.StructType(fields=fields):
            found = dict(given)
            for one in fields:
                if one.encode_name in found:
                    found[one.encode_name] = _filled(one.type, found[one.encode_name])
                elif one.required:
                    found[one.encode_name] = _default(one.type)
            return found
        case inspect.ListType(item_type=item):
            return [_filled(item, one) for one in given]
        case inspect.UnionType(types=types) if isinstance(given, dict):
            structs = (one for one in types if isinstance(one, inspect.StructType))
            struct = next(structs, None)
            return _filled(struct, given) if struct else given
        case _:
            return given


def _default(of: inspect.Type) -> Any:
    match of:
        case inspect.Metadata(type=inner):
            return _default(inner)
        case inspect.UnionType(includes_none=True):
            return None
        case inspect.UnionType(types=types):
            return _default(types[0])
        case inspect.StructType():
            return _filled(of, {})
        case inspect.LiteralType(values=values):
            return values[0]
        case inspect.StrType(pattern=pattern):
            return next(one for one in _TEXTS if pattern is None or re.search(pattern, one))
        case inspect.IntType():
            return 0
        case inspect.BoolType():
            return False
        case inspect.ListType():
            return []
        case inspect.DictType():
            return {}
        case _:
            raise TypeError(of)
