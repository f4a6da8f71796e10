"""Every event has its schema, route or command, branches, page partial, form's title and docs."""

import dataclasses
import inspect
import re
from pathlib import Path

import pytest
from click import Command, Context, Group

from api.cli import main
from api.reading.trail import partial_for
from api.recording import links
from api.schemas.acts import SCHEMAS
from ledger.acts.table import ACTS, BROUGHT
from ledger.events import BY_TOPIC, EVENTS
from ledger.states import response
from projections.read_models import subjects
from tests.glossary import glossary
from tests.projections import every_act, service_acts

ROOT = Path(__file__).parents[1]
PROJECTED, GLOSSARY = inspect.getsource(subjects.touched), glossary()
DUTIES_OF = inspect.getsource(response._duties_of)


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.TOPIC)
def test_an_event_has_its_name_act_branch_partial_and_docs(event):
    name = event.__name__
    assert "-".join(re.findall(r"[A-Z][a-z]*", name)).lower() == event.TOPIC
    assert any(act.event is event for act in ACTS) != (event.TOPIC in BROUGHT), (
        f"write in ledger/acts/table.py the act of {name}, or what brings it"
    )
    assert re.search(rf"\b{name}\(\)", PROJECTED), (
        f"say in `touched` of {subjects.__name__} which subjects {name} touches"
    )
    assert (ROOT / "api/reading/templates" / partial_for(event.TOPIC)).is_file()
    assert event.__doc__
    section = GLOSSARY.split(f"\n## {name}\n")[1].split("\n## ")[0]
    for field in dataclasses.fields(event):
        assert f"- `{field.name}`" in section


def test_every_event_of_a_response_says_which_duties_it_is_about():
    lacking = [
        event.__name__
        for event in EVENTS
        if event.STREAM in ("response", "any")
        and not re.search(rf"\b{event.__name__}\(", DUTIES_OF)
    ]

    assert not lacking, f"say it in `_duties_of` of {response.__name__}: {', '.join(lacking)}"


def test_every_form_has_a_title():
    lacking = [act.event.TOPIC for act in ACTS if act.event.TOPIC not in links.TITLES]

    assert not lacking, f"write it in TITLES of {links.__name__}: {', '.join(lacking)}"


def test_an_act_has_a_schema_whose_fields_its_function_takes():
    for act in ACTS:
        takes = inspect.signature(act.decide).parameters

        assert next(iter(takes)) == "decision", act.word
        assert "notice" in takes, act.word
        assert act.event in SCHEMAS, act.word
        assert act.path.endswith(f"/{act.word}")


def test_random_histories_draw_every_act_or_say_why_not():
    written = inspect.getsource(every_act.Life) + inspect.getsource(service_acts)
    drawn = {
        act.word
        for act in ACTS
        if re.search(rf'[/"]{act.word}"', written) or act.decide.__name__ in written
    }
    lacking = {act.word for act in ACTS} - drawn - set(every_act.NOT_DRAWN)

    assert not lacking, f"draw it in {every_act.__name__}, or say why not: {lacking}"
    assert not drawn & set(every_act.NOT_DRAWN)


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
