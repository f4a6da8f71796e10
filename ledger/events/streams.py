"""The names of streams, and what a name says."""

import re
from dataclasses import dataclass
from functools import lru_cache

SERVICE = "service"
REFERENCE = re.compile(r"[a-z0-9-]{1,80}")
BODY_ID = REFERENCE
HOST = re.compile(r"[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,8}")
KEY = re.compile(r"[a-z0-9]+(?:[-.][a-z0-9]+)*")
_PARTS = {
    "service": 1,
    "report": 2,
    "response": 3,
    "recommendation": 4,
    "meeting": 3,
    "capture": 2,
}
"""How many parts the name of a stream has, by its first."""
_LABEL = re.compile(r"(?:recommendation|rec\.?|r)?\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class RecommendationId:
    """The identity of one recommendation to one body."""

    report: str
    key: str
    addressee: str

    @property
    def stream(self) -> str:
        """The name of its stream."""
        return recommendation_stream(self.report, self.key, self.addressee)


def report_stream(reference: str) -> str:
    return f"report/{reference}"


def response_stream(reference: str, body: str) -> str:
    return f"response/{reference}/{body}"


def recommendation_stream(reference: str, key: str, addressee: str) -> str:
    return f"recommendation/{reference}/{key}/{addressee}"


def meeting_stream(panel: str, day: str) -> str:
    return f"meeting/{panel}/{day}"


def capture_stream(capture: str) -> str:
    return f"capture/{capture}"


def kind(stream: str) -> str:
    """Return the kind of a stream: `report`, `response`, `recommendation`, `meeting`, `capture` or
    `service`."""
    return stream.partition("/")[0]


def is_stream(name: str) -> bool:
    """Return whether a name has the form of a stream's."""
    parts = name.split("/")
    return all(parts) and _PARTS.get(parts[0]) == len(parts)


def report_of(stream: str) -> str | None:
    """Return the reference of the report that a stream is about, if it is about one."""
    parts = stream.split("/")
    return parts[1] if parts[0] in {"report", "response", "recommendation"} else None


@lru_cache(maxsize=20_000)
def recommendation_of(stream: str) -> RecommendationId:
    """Return the recommendation that a stream `recommendation/{reference}/{key}/{addressee}`
    names."""
    _, reference, key, addressee = stream.split("/")
    return RecommendationId(reference, key, addressee)


def key_of(number: str) -> str:
    """Return the key that identifies a number as published: without label and leading zeros, in
    lower case.

    `Rec 02`, `R2` and `2` are all `2`; `AFI 1` is `afi-1`. Raise ValueError if nothing is left.
    """
    bare = number.strip()
    while _labelled(bare):
        bare = _LABEL.sub("", bare, count=1).strip()
    key = re.sub(r"\s+", "-", bare.lower())
    key = re.sub(r"^0+(?=[0-9a-z])", "", key)
    if not KEY.fullmatch(key) or len(key) > 40:
        raise ValueError(
            f"“{number}” is no number of a recommendation: give one like 02, 3a, afi-1."
        )
    return key


@lru_cache(maxsize=20_000)
def key_order(key: str) -> str:
    """Return the sort key of a number, in the order in which people count: 2, 3a, 10, afi-1,
    afi-10."""
    return re.sub(r"[0-9]+", lambda found: found[0].zfill(8), key)


def _labelled(number: str) -> bool:
    label = r"\s*(?:recommendation|rec\.?|r)\s*(?:r(?:ec\.?)?\s*)?\d"
    return re.match(label, number, re.IGNORECASE) is not None
