"""A mapping is a file that a person can read, and that says exactly what it was written from."""

import tomllib

import pytest

from ledger.intake.registers.mapping import (
    GIVEN,
    KEYS,
    STATUSES,
    BadMapping,
    RegisterMapping,
    mapping_of,
    template,
    written,
)
from ledger.intake.sheets.fields import plain_name

CONTRACT = (
    "publisher_number title published_on publisher addressee kind number text target theme level "
    "status status_on comment"
)


def test_the_template_has_every_key_and_the_usual_words():
    said = tomllib.loads(template())

    assert set(CONTRACT.split()) <= set(KEYS) <= set(said)
    assert said["statuses"] == STATUSES
    assert {plain_name(one) for one in said["statuses"]} == {
        "complete", "being progressed", "awaiting review", "reopened", "superseded",
        "no longer relevant",
    }  # fmt: skip
    assert (said["given"]["publisher"], said["given"]["report_kind"]) == ("hmicfrs", "other")
    assert set(GIVEN) == set(said["given"])
    assert mapping_of(template().encode(), "map.toml").columns["status_on"] == "Status on"


def test_a_mapping_that_is_written_says_the_same_when_it_is_read():
    mapping = RegisterMapping(
        columns={"title": 'The "title"\\ = #1', "text": "Geiriad"},
        statuses={"signed off, é": "complete", "n/a": "nothing"},
        kinds={"rec.": "recommendation"},
        bodies={"kent": "kent-police"},
        reports={"lost [and] found\u200b": "new"},
        duties={"lost": ("kent-pcc", "sussex-pcc")},
        given={"publisher": "hmicfrs", "report_kind": "peel"},
    )

    assert mapping_of(written(mapping).encode(), "map.toml") == mapping


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("tilte = 'A'", "map.toml, line 1: there is no key `tilte`; there are publisher_number"),
        ("title = 'A'\n[statuses]\nDone = 'complete'\n'Nearly' = 'soon'", "line 4: `.statuses. Ne"),
        ("[given]\nforce = 'A'", r"no key `\[given\] force`"),
        ("[statuses]\nDone = 'finished'", r"“finished”, and none of complete, no_longer_relevant"),
        ("[kinds]\nRec = 'advice'", "“advice”, and none of recommendation"),
        ("[given]\nreport_kind = 'nice'", "“nice”, and none of peel"),
        ("title = 'A'\n\n[given]\ntitle = 3", "line 4: `.given. title` is no text"),
        (
            "[given]\npublished_on = '05/13/2026'",
            "published_on` is “05/13/2026”: write 16 May 2025",
        ),
        ("title = 3", "`title` is no text"),
        ("statuses = 'A'", r"write \[statuses\]"),
        ("[duties]\nA = 3", "no list of bodies"),
        ("title = ", "no TOML file"),
        ("x" * 1_000_001, "larger than"),
    ],
)
def test_a_mapping_with_a_mistake_is_refused_with_what_to_write(text, says):
    with pytest.raises(BadMapping, match=says):
        mapping_of(text.encode(), "map.toml")
