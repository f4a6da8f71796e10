"""Redactions and openings that say less or more than they should, and might hide a text."""

import json

import pytest

from ledger.verify import verify
from tests.transparency.made import CLERK, KEY, OTHER, STREAM, Log, Say, entry_id, small

ABOUT = {"basis": "personal_data", "length": 4}


@pytest.fixture
def says(tmp_path, capsys):
    """Seals and verifies a log: the checks that fail, and what `redactions` says."""

    def run(log, texts=None):
        path = log.write(tmp_path, log.reseal())
        if texts is not None:
            (tmp_path / "log.texts.jsonl").write_bytes(texts(tmp_path / "log.texts.jsonl"))
        verify.main([str(path), "--key", KEY.vkey, "--json"])
        checks = json.loads(capsys.readouterr().out)["checks"]
        found = {one["check"]: one for one in checks}
        failed = {name: one["faults"] for name, one in found.items() if one["ok"] is False}
        return failed, found["redactions"]["says"]

    return run


def hidden(log, **more):
    """Adds a text that is not shown, and what would redact it: by the request of entry 8."""
    text = log.add("update-received", {"text": Say("Late.", shown=False)}, **more)
    data = {"target": text, "field": "text", "sought": entry_id(8), **ABOUT}
    return text, data


def redact(log, *several, at=None, by=OTHER, **more):
    """Redactions of one command: they have one moment."""
    for data in several:
        log.add("text-redacted", data, by=by, **more)
        log.change(len(log.lines), recorded_at=at or "2026-06-01T12:30:00.000000Z")


def test_where_none_is_logged_no_more_is_said_than_that(says):
    log = Log()
    log.add("key-added", {"vkey": KEY.vkey}, "service", "service/setup")

    failed, redactions = says(log)
    assert (failed, redactions) == ({}, "none is logged")


def test_a_request_that_was_confirmed_covers_no_other_text_later(says):
    log = small()
    redact(log, hidden(log)[1])

    failed, _ = says(log)
    assert failed == {
        "redactions": ["entry 13 redacts by a request that was confirmed before"],
    }


def test_a_request_covers_nothing_where_what_it_asked_for_stays(says):
    log = small()
    shown = log.add("update-received", {"text": Say("Soon.")})
    about = {"target": shown, "field": "text", "basis": "personal_data"}
    sought = log.add("redaction-sought", about)
    redact(log, hidden(log)[1] | {"sought": sought})

    failed, _ = says(log)
    assert failed == {"redactions": ["entry 15 redacts by a request for another text"]}


def test_repetitions_of_a_redacted_text_go_with_it_and_are_counted(says):
    log = small()
    one, data = hidden(log)
    _, other = hidden(log)
    about = {"target": one, "field": "text", "basis": "personal_data"}
    sought = log.add("redaction-sought", about)
    redact(log, data | {"sought": sought}, other | {"sought": sought})

    failed, redactions = says(log)
    assert failed == {}
    assert redactions.startswith("3 logged")
    assert redactions.endswith(
        "; 1 of texts beside the one that was asked for, which they say repeat it"
    )


def test_the_basis_is_the_one_that_was_asked(says):
    log = small()
    log.change(9, data={**json.loads(log.lines[8])["event"]["data"], "basis": "court_order"})

    assert says(log)[0] == {"redactions": ["entry 9 redacts on another basis than was asked"]}


def test_a_request_that_had_been_set_aside_takes_nothing(says):
    log = small()
    one, data = hidden(log)
    about = {"target": one, "field": "text", "basis": "personal_data"}
    sought = log.add("redaction-sought", about)
    log.add("entry-retracted", {"target": sought, "reason": Say("Not needed.")})
    redact(log, data | {"sought": sought})

    failed, _ = says(log)
    assert failed == {"redactions": ["entry 15 redacts by a request that had been set aside"]}


def test_a_request_stands_again_where_its_retraction_was_set_aside(says):
    log = small()
    one, data = hidden(log)
    about = {"target": one, "field": "text", "basis": "personal_data"}
    sought = log.add("redaction-sought", about)
    aside = log.add("entry-retracted", {"target": sought, "reason": Say("Not needed.")})
    log.add("entry-retracted", {"target": aside, "reason": Say("It is needed.")})
    redact(log, data | {"sought": sought})

    assert says(log)[0] == {}


def test_setting_a_request_aside_afterwards_undoes_nothing(says):
    log = small()
    log.add("entry-retracted", {"target": entry_id(8), "reason": Say("Too late.")})

    assert says(log)[0] == {}


def test_a_redaction_in_another_stream_covers_nothing(says):
    log = small()
    text, data = hidden(log)
    about = {"target": text, "field": "text", "basis": "personal_data"}
    sought = log.add("redaction-sought", about)
    redact(log, data | {"sought": sought}, stream="report/a-report")

    assert says(log)[0] == {
        "openings": [
            "entry 12 has no text for “text”, and nothing says why",
            "entry 14 redacts what no entry of its stream holds",
        ]
    }


@pytest.mark.parametrize("about", [{"field": "data.text"}, {"target": entry_id(12).upper()}])
def test_a_redaction_of_nothing_is_found(says, about):
    log = small()
    text = log.add("update-received", {"text": Say("Late.")})
    about = {"target": text, "field": "text", "basis": "personal_data"} | about
    sought = log.add("redaction-sought", about)
    redact(log, {**about, "sought": sought, "length": 5})

    assert says(log)[0] == {"openings": ["entry 14 redacts what no entry of its stream holds"]}


def test_the_bytes_of_a_capture_are_no_text_and_redacted_all_the_same(says):
    log = small()
    kept = log.add("capture-kept", {"sha256": "ab" * 32, "salted": True}, "capture/x")
    about = {"target": kept, "field": "bytes", "basis": "personal_data"}
    sought = log.add("redaction-sought", about, "capture/x")
    redact(log, {**about, "sought": sought, "length": 5}, stream="capture/x")

    assert says(log)[0] == {}


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_redaction_in_another_stream_hides_not_that_a_text_was_put_back(says, when):
    log = small()
    text = log.add("update-received", {"text": Say("Late.")})
    about = {"target": text, "field": "text", "basis": "personal_data"}
    streams = [STREAM, "report/a-report"]
    for stream in reversed(streams) if when == "before" else streams:
        sought = log.add("redaction-sought", about, stream)
        redact(log, {**about, "sought": sought, "length": 5}, stream=stream)
        for at in (len(log.lines) - 1, len(log.lines)):
            log.change(at, recorded_at="2026-06-01T12:30:00.000000Z")

    put_back = "a text for position 12 is here, though the log says that it was redacted"
    assert put_back in says(log)[0]["openings"]


def test_a_redaction_in_front_of_a_text_hides_not_that_it_was_put_back(says):
    log = small()
    about = {"target": entry_id(14), "field": "text", "basis": "personal_data", "length": 5}
    sought = log.add("redaction-sought", about)
    redact(log, {**about, "sought": sought})
    log.add("update-received", {"text": Say("Late.")})
    sought = log.add("redaction-sought", about)
    redact(log, {**about, "sought": sought})
    for at in (14, 15):
        log.change(at, recorded_at="2026-06-01T12:30:00.000000Z")

    put_back = "a text for position 14 is here, though the log says that it was redacted"
    assert says(log)[0] == {"openings": [put_back]}


def test_a_text_that_stands_twice_is_refused(says):
    log = small()
    log.texts.insert(0, log.texts[0])

    assert says(log)[0] == {"openings": ["a text for position 3 that stands here twice"]}


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ('"text":"Publish', '"text":"Another","text":"Publish'),
        ('"text":"Publish a plan."', '"text":"Publish a plan.","say":"No"'),
        ('"position":3', '"position":"3"'),
    ],
)
def test_an_opening_that_says_two_things_is_refused(says, was, now):
    def change(path):
        return path.read_bytes().replace(was.encode(), now.encode(), 1)

    assert says(small(), change)[0]["openings"][0] == "line 1 of the texts is no opening"


def test_one_account_alone_redacts_nothing_by_a_second_request(says):
    log = small()
    text, data = hidden(log)
    about = {"target": text, "field": "text", "basis": "personal_data"}
    sought = log.add("redaction-sought", about)
    redact(log, data | {"sought": sought}, by=CLERK)

    assert says(log)[0] == {
        "redactions": ["entry 14 redacts by the account that asked for it"],
    }


def like_an_end(log, position, **members):
    """Add members that read like the end of an entry, inside its source."""
    event = json.loads(log.lines[position - 1])["event"]
    names = ("id", "occurred_on", "provenance", "recorded_by", "schema")
    return {name: event[name] for name in names} | members | {"source": {}}


def test_one_account_alone_redacts_nothing_where_the_source_names_another(says):
    log = small()
    log.change(9, recorded_by=CLERK)
    assert says(log)[0] == {"redactions": ["entry 9 redacts by the account that asked for it"]}

    log.change(9, source=like_an_end(log, 9, recorded_by=OTHER))
    assert says(log)[0] == {"redactions": ["entry 9 redacts by the account that asked for it"]}


def test_a_released_text_is_missed_where_the_source_names_another_entry(says):
    log = small()
    log.texts = [one for one in log.texts if one["position"] != 6]
    log.change(6, source=like_an_end(log, 6, id=entry_id(99)))

    missed = "entry 6 has no text for “text”, and nothing says why"
    assert says(log)[0] == {"openings": [missed]}


def test_a_day_in_what_is_said_or_in_its_source_changes_nothing(says):
    log = small()
    said = {"id": "x", "occurred_on": None}
    log.change(2, source={"occurred_on": None, "recorded_by": OTHER}, data={"a": said})

    assert says(log)[0] == {}


def test_one_redaction_takes_no_two_texts_of_one_path(says):
    log = small()
    held = {"audience": "public", "lang": "en"}
    inner, outer = ({**held, "sha256": one * 64} for one in "ab")
    text = log.add("update-received", {"a": {"b": inner}, "a.b": outer})
    about = {"target": text, "field": "a.b", "basis": "personal_data"}
    sought = log.add("redaction-sought", about)
    redact(log, {**about, "sought": sought, "length": 4})

    assert says(log)[0]["entries"] == ["line 12: two of its texts have one path"]


def test_a_text_outside_the_data_of_an_entry_is_not_the_one_a_correction_repeats(says):
    log = small()
    was = {"audience": "public", "lang": "en", "sha256": "ab" * 32}
    target = log.add("update-received", {})
    log.change(12, batch=was)
    log.add("entry-corrected", {"target": target, "field": "text", "was": was})

    assert says(log)[0] == {"openings": ["entry 12 has no text for “batch”, and nothing says why"]}


def chained(log, depth):
    """A redaction by a request that so many retractions set aside and let stand again, in turn."""
    text, data = hidden(log)
    about = {"target": text, "field": "text", "basis": "personal_data"}
    aside = sought = log.add("redaction-sought", about)
    for _ in range(depth):
        aside = log.add("entry-retracted", {"target": aside})
    redact(log, data | {"sought": sought})


@pytest.mark.parametrize("depth", [64, 65, 500, 501])
def test_a_longer_chain_of_retractions_than_is_recorded_now_is_followed_all_the_same(says, depth):
    log = small()
    chained(log, depth)

    aside = [f"entry {len(log.lines)} redacts by a request that had been set aside"]
    assert says(log)[0] == ({"redactions": aside} if depth % 2 else {})


def test_a_chain_of_retractions_that_no_honest_log_holds_is_refused_in_a_sentence(
    says, monkeypatch
):
    monkeypatch.setattr("ledger.verify.texts.MOST_STEPS", 1_000)
    log = small()
    chained(log, 64)

    (fault,) = says(log)[0]["redactions"]
    assert fault.endswith("they are not followed: the service records no such chain")
