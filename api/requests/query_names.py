"""The names that an address takes after its question mark. Any other is refused: what is passed
over in silence answers another question, `?knownat=254` for one that of today."""

import re
from collections.abc import Collection, Mapping
from typing import Any

from flask import Flask, current_app, request

from ledger.errors import Fault, Unfit
from ledger.register import suggestions

_EXTENSION = "answerable_taken"
_TRACKING = re.compile(r"utm_\w+|fbclid|gclid|dclid|msclkid|mc_cid|mc_eid", re.IGNORECASE)
"""What newsletters and social media write into addresses that lead to a page."""


def learn(app: Flask, spec: Mapping[str, Any]) -> None:
    """Take from the OpenAPI text what each address takes that it describes; it is all there."""
    app.extensions[_EXTENSION] = {
        path: frozenset(one["name"] for one in _parameters(item) if one["in"] == "query")
        for path, item in spec["paths"].items()
        if "get" in item
    }


def refuse_unknown_names() -> None:
    """Refuse (Unfit) what no read of the API takes, as no answer of it depends on that.

    Below /log/, files are read, which mirrors may ask for under any name; only what is asked
    there by names of its own (a consistency proof) has names that can be misspelt.
    """
    if request.method not in ("GET", "HEAD") or request.url_rule is None:
        return
    path = re.sub(r"<(?:[^:<>]+:)?([^<>]+)>", r"{\1}", request.url_rule.rule)
    names: frozenset[str] | None = current_app.extensions[_EXTENSION].get(path)
    if names is not None and (names or path.startswith("/api/")):
        refuse_others(names)


def refuse_others(names: Collection[str], *, tolerant: bool = False) -> None:
    """Refuse a request (Unfit) that asks for anything but these; `tolerant`: of the marks by which
    others follow who opens a link."""
    others = [name for name in request.args if name not in names]
    if tolerant:
        others = [name for name in others if not is_tracking(name)]
    faults = [
        Fault(shown(one), suggestions.unknown_name(shown(one), sorted(names))) for one in others
    ]
    if faults:
        raise Unfit(faults[0].message, *faults)


def is_tracking(name: str) -> bool:
    """Whether it says nothing to us, but to whoever wrote the link."""
    return _TRACKING.fullmatch(name) is not None


def shown(name: str) -> str:
    """A name as it was sent, as far as it can be shown."""
    return name.encode("utf-8", "replace").decode()[:80]


def _parameters(item: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [*item.get("parameters", []), *item["get"].get("parameters", [])]
