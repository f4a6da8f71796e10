"""Every event has its schema, route or command, projection branch, page partial and docs entry."""

import dataclasses
import inspect
import re
from pathlib import Path

import pytest
from click import Command, Context, Group

from api.cli import main
from api.reading.trail import partial_for
from api.schemas.acts import SCHEMAS
from ledger.acts.table import ACTS, BROUGHT
from ledger.events import BY_TOPIC, EVENTS
from projections.read_models import subjects
from tests.glossary import glossary

ROOT = Path(__file__).parents[1]
PROJECTED, GLOSSARY = inspect.getsource(subjects.touched), glossary()


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.TOPIC)
def test_an_event_has_its_name_act_branch_partial_and_docs(event):
    assert "-".join(re.findall(r"[A-Z][a-z]*", event.__name__)).lower() == event.TOPIC
    assert any(act.event is event for act in ACTS) != (event.TOPIC in BROUGHT)
    assert re.search(rf"\b{event.__name__}\(\)", PROJECTED)
    assert (ROOT / "api/reading/templates" / partial_for(event.TOPIC)).is_file()
    assert event.__doc__
    section = GLOSSARY.split(f"\n## {event.__name__}\n")[1].split("\n## ")[0]
    for field in dataclasses.fields(event):
        assert f"- `{field.name}`" in section


def test_an_act_has_a_schema_whose_fields_its_function_takes():
    for act in ACTS:
        takes = inspect.signature(act.decide).parameters

        assert next(iter(takes)) == "decision", act.word
        assert "notice" in takes, act.word
        assert act.event in SCHEMAS, act.word
        assert act.path.endswith(f"/{act.word}")


@pytest.mark.parametrize("how", sorted(set(BROUGHT.values()) - {act.word for act in ACTS}))
def test_every_event_has_a_way_to_be_recorded(how):
    command: Command | None = main
    for word in how.removeprefix("answerable ").split():
        assert isinstance(command, Group)
        command = command.get_command(Context(command), word)

    assert command is not None
    assert command.help


def test_the_glossary_in_docs_is_what_the_declarations_say():
    written = (ROOT / "docs/reference/events.md").read_text(encoding="utf-8")

    assert written == GLOSSARY, "run `make docs`"


def test_topics_are_unique():
    assert len(BY_TOPIC) == len(EVENTS)
