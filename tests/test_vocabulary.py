"""Every event has its schema, route or command, projection branch, page partial and docs entry."""

import dataclasses
import inspect
import re
from pathlib import Path

import pytest
from click import Command, Context, Group

from api.cli import main
from api.pages.render import partial_for
from api.schemas.acts import SCHEMAS
from api.schemas.glossary import glossary
from ledger.acts.table import ACTS, BROUGHT
from ledger.events import BY_TOPIC, EVENTS
from projections.tables import subjects

ROOT = Path(__file__).parents[1]
events = pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.TOPIC)


@events
def test_a_topic_is_the_name_of_its_class_in_lower_case(event):
    words = re.findall(r"[A-Z][a-z]*", event.__name__)

    assert "-".join(words).lower() == event.TOPIC


@events
def test_an_event_has_an_act_or_is_brought_by_one_or_by_a_command(event):
    acts = [act for act in ACTS if act.event is event]

    assert bool(acts) != (event.TOPIC in BROUGHT)


@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.word)
def test_an_act_has_a_schema_whose_fields_its_function_takes(act):
    takes = inspect.signature(act.decide).parameters

    assert next(iter(takes)) == "decision"
    assert "told" in takes
    assert act.event in SCHEMAS
    assert act.path.endswith(f"/{act.word}")


@pytest.mark.parametrize("how", sorted(set(BROUGHT.values())))
def test_what_brings_an_event_exists(how):
    if how in {act.word for act in ACTS}:
        return
    command: Command | None = main
    for word in how.removeprefix("answerable ").split():
        assert isinstance(command, Group)
        command = command.get_command(Context(command), word)

    assert command is not None
    assert command.help


@events
def test_the_projector_has_a_branch_for_it(event):
    assert re.search(rf"\b{event.__name__}\(\)", inspect.getsource(subjects.touched))


@events
def test_it_has_a_partial_on_pages(event):
    partial = partial_for(event.TOPIC)

    assert (ROOT / "api/pages/templates" / partial).is_file()


@events
def test_its_class_and_each_of_its_fields_are_explained(event):
    section = glossary().split(f"\n## {event.__name__}\n")[1].split("\n## ")[0]

    assert event.__doc__
    for field in dataclasses.fields(event):
        assert f"- `{field.name}`" in section


def test_the_glossary_in_docs_is_what_the_declarations_say():
    written = (ROOT / "docs/events.md").read_text(encoding="utf-8")

    assert written == glossary(), "run `make docs`"


def test_topics_are_unique():
    assert len(BY_TOPIC) == len(EVENTS)
