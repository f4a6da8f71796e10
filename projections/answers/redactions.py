"""What an answer says in place of redacted texts: null where the text was, and beside it why."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Protocol, TypeVar

from ledger.events.entry import to_plain
from ledger.log.redactions import Redaction
from projections.answers.texts import Opened

Json = dict[str, Any]


class _Opening(Protocol):
    """What makes answers, and opens the texts of them."""

    @property
    def opened(self) -> Opened: ...


_Of = TypeVar("_Of", bound=_Opening)
_State = TypeVar("_State")


def settles(answer: Callable[[_Of, _State], Json]) -> Callable[[_Of, _State], Json]:
    """Make a method's answer say null for each redacted text that it holds; its `redacted` says
    of each, by its path in the answer (`statements.0.text`), when, on what basis, by which entry.
    """

    @wraps(answer)
    def settled(of: _Of, state: _State) -> Json:
        gone: Json = {}
        said = answer(of, state)
        if of.opened.redaction_met:
            said = _without(said, "", gone)
        return {**said, "redacted": gone}

    return settled


def _without(value: Any, path: str, gone: Json) -> Any:
    if isinstance(value, Redaction):
        gone[path] = to_plain(value)
        return None
    dot = f"{path}." if path else ""
    if isinstance(value, dict):
        return {name: _without(inner, f"{dot}{name}", gone) for name, inner in value.items()}
    if isinstance(value, list):
        return [_without(inner, f"{dot}{n}", gone) for n, inner in enumerate(value)]
    return value
