"""Every event that the design names is declared, with the stream that it names it on."""

import re
from pathlib import Path

import pytest

from ledger.events import EVENTS

DECLARED = {event.__name__: event.STREAM for event in EVENTS}


@pytest.fixture(scope="module")
def named(shared: Path) -> dict[str, str]:
    """Each event that the design's table of streams names, with its stream."""
    design = shared / "design" / "domain.md"
    if not design.is_file():
        pytest.skip(f"needs {design}, which isn't there")
    section = re.split(r"^## 3\b.*$", design.read_text("utf-8"), flags=re.MULTILINE)[1]
    table = section.split("\n## ")[0].split("| stream | events |")[1].split("\n\n")[0]
    found = {}
    for row in table.splitlines()[2:]:
        _, stream, events, _ = row.split("|", 3)
        word = "any" if "any stream" in stream else re.findall(r"[a-z]+", stream)[0]
        for each in events.split("·"):
            name = re.match(r"\s*`(\w+)`", each)
            assert name, f"no event in {each!r}"
            found[name[1]] = word
    return found


def test_the_design_names_events(named):
    assert len(named) >= 40
    assert named["ReportPublished"] == "report"
    assert named["EntryCorrected"] == "any"


def test_every_event_that_the_design_names_is_declared(named):
    assert sorted(set(named) - set(DECLARED)) == []


def test_every_event_lies_on_the_stream_that_the_design_names(named):
    elsewhere = {
        name: (stream, DECLARED[name])
        for name, stream in named.items()
        if name in DECLARED and DECLARED[name] != stream
    }

    assert elsewhere == {}


def test_every_event_that_is_declared_is_named_in_the_design(named):
    assert sorted(set(DECLARED) - set(named)) == []
