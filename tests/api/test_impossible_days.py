"""Days that no calendar has, in every field of every act that takes one: 422, naming the field."""

from collections.abc import Iterator
from typing import Any

import marshmallow as ma
import pytest

from api.schemas.acts import SCHEMAS
from api.schemas.derive import Day
from ledger.acts.table import ACTS
from tests.api.site import FORCE, PFCC, problem_of
from tests.conftest import whole

PANEL = "cumbria-police-fire-and-crime-panel"
IMPOSSIBLE = ("2025-02-30", "2025-13", "2025-00-01", "2025-00", "2025-01-00", "0000-01-01")


def each_field(schema: ma.Schema) -> Iterator[tuple[tuple[str, ...], ma.fields.Field[Any]]]:
    """Every field of a request by its path, those of its parts included; a list's as its first."""
    for name, field in schema.fields.items():
        path: tuple[str, ...] = (name,)
        inner: ma.fields.Field[Any] = field
        if isinstance(field, ma.fields.List):
            path, inner = (name, "0"), field.inner
        if isinstance(inner, ma.fields.Nested):
            yield from ((path + below, one) for below, one in each_field(inner.schema))
        else:
            yield path, inner


def request(path: tuple[str, ...], value: str) -> Any:
    """A request that says this one thing."""
    if not path:
        return value
    below = request(path[1:], value)
    return [below] if path[0] == "0" else {path[0]: below}


DAYS = [
    (act, path)
    for act in ACTS
    for path, field in each_field(SCHEMAS[act.event]())
    if isinstance(field, Day)
]


def address(act, report):
    return act.path.format(
        report=report.reference,
        number="2",
        body=PFCC if "/responses/" in act.path else FORCE,
        panel=PANEL,
        date="2025-10-09",
        entry_id=report.entry("report-published"),
    )


def test_every_field_that_is_named_like_a_day_is_one():
    for act in ACTS:
        for path, field in each_field(SCHEMAS[act.event]()):
            if path[-1].endswith("_on") or path[-1] in ("on", "reply_by"):
                assert isinstance(field, Day), (act.word, path)
    assert len(DAYS) > 30


@pytest.mark.sampled
@pytest.mark.parametrize("day", IMPOSSIBLE)
def test_a_day_that_no_calendar_has_fits_no_field(site, report, day):
    before = site.position
    nth, every = IMPOSSIBLE.index(day), 1 if whole() else 3
    for act, path in DAYS[nth % every :: every]:
        answer = site.admin.post(address(act, report), request(path, day))

        problem = problem_of(answer, 422, "unfit")
        said = {one["field"]: one["message"] for one in problem["errors"]}
        assert "is no day of the calendar" in said[".".join(path)], (act.word, path, said)
    assert site.position == before
