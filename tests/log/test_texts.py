"""Texts of every shape are stored and read back the same, or refused in a sentence."""

import dataclasses
import re
import secrets

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.acts.decision import Notice
from ledger.acts.recommendation import receive_update
from ledger.acts.report import publish_report
from ledger.application import Ledger
from ledger.errors import Unfit
from ledger.events import (
    ListCompared,
    ReportPublished,
    Source,
    UpdateReceived,
)
from ledger.events.entry import encode
from ledger.events.recommendation import Claim
from ledger.events.streams import SERVICE
from ledger.events.texts import MAX_TEXT_BYTES, commitment, say
from ledger.log.append import append
from ledger.log.storage import LogRecorder
from ledger.postgres.connections import pool
from ledger.states.service import SETUP
from tests.log.conftest import with_a_report
from tests.log.making import TO, event
from tests.servers import new_database

SHAPES = {
    "a type of the library's": '{"_type_":"uuid_hex","_data_":"d6eb4e6f0bb44f9f8b0c5e2a4e6d9d3b"}',
    "a type of nobody's": '{"_type_": "nothing", "_data_": null}',
    "JSON": '{"sha256": "00", "audience": "public", "lang": "en", "a": 1e400, "b": NaN}',
    "escapes": r"\u0000 \\u0000 \ud800 \x00 \n %s %(name)s {0} ${x} '; DROP TABLE x --",
    "quotes": "\"' `” “\\",
    "controls": "a\x01\x07\x1b[31m\x1f\x7f\x80\x9f",
    "line ends": "a\r\nb\rc\nd\u2028e\u2029f\x0b\x0c\x85g",
    "spaces at its ends": " \t text \u00a0\n",
    "right to left": "\u05e9\u05dc\u05d5 \u202e\u0645\u0631\u062d\u0627\u202c \u2067x\u2069",
    "emoji": "\U0001f469\u200d\U0001f467 \U0001f3f4\U000e0067\U000e0062\U000e007f \U0001f1ec",
    "combining": "e\u0301 \u00e9 A\u030a \u212b \u1112\u1161\u11ab Z\u0351\u036b\u0343\u036a",
    "not characters": "\ufffe \uffff \U0010ffff \ufeff",
    "Welsh": "Ymateb y Comisiynydd: tŷ, ŵyr, â",
    "markup": "</script><script>alert(1)</script><!-- ]]> &amp; &#0;",
    "a formula": "=HYPERLINK(1)",
    "a megabyte": "1234567é" * 116_508,
    "an integer": "9007199254740993",
}
REFUSED = {
    "U+0000": ("a\x00b", "Character 2 is U+0000, which cannot be stored."),
    "a high surrogate": (
        "a\ud83d",
        "Character 2 is half of a surrogate pair",
    ),
    "a low surrogate": (
        "\ude00b",
        "Character 1 is half of a surrogate pair",
    ),
    "nothing": ("", "This text is empty."),
    "spaces": (" \n\u2003", "This text is empty."),
    "over 4 MB": (
        "é" * (MAX_TEXT_BYTES // 2) + "x",
        "This text has 4,194,305 bytes; 4,194,304 is the most.",
    ),
}


@pytest.fixture(scope="module")
def ledger(postgres, migrated):
    """One for all that is written here: each test asks about its own entry."""
    with new_database(postgres, migrated) as url, pool(url, max_size=4) as connections:
        yield with_a_report(connections, url)


shapes = pytest.mark.parametrize("text", SHAPES.values(), ids=SHAPES)


def texts_of(ledger: Ledger, entry) -> dict[str, str]:
    return {
        field: opening.body for (_, field), opening in ledger.openings([entry.position]).items()
    }


@shapes
def test_a_text_reads_back_the_same_wherever_it_stands(ledger, clerk, text):
    done = ledger.record(
        clerk,
        receive_update,
        TO,
        UpdateReceived(text=say(text), claim=Claim(as_stated=say(text), means="complete")),
        Notice(source=Source(note=say(text))),
    )

    entry = ledger.entry(done.entries[0].id)
    assert entry == done.entries[0]
    assert texts_of(ledger, entry) == {"text": text, "claim.as_stated": text, "source.note": text}
    for (_, field), opening in ledger.openings([entry.position]).items():
        stated = {"text": entry.data.text, "claim.as_stated": entry.data.claim.as_stated}
        assert commitment(opening.salt, text) == stated.get(field, entry.source.note).sha256


@shapes
def test_a_plain_field_reads_back_the_same_or_is_refused(ledger, clerk, text):
    before = ledger.read(0, 1000)
    said = ReportPublished(title=text, kind="other", publisher="hmicfrs", same_as=(text,))
    told = Notice(occurred_on="2025-05-16", source=Source(url=text))
    if len(text) > 1_000:
        with pytest.raises(Unfit, match=r"entry would have [\d,]+ bytes; 65,535 is the most\. "):
            ledger.record(clerk, publish_report, said, told)
        assert ledger.read(0, 1000) == before
        return

    done = ledger.record(clerk, publish_report, said, told)

    entry = ledger.entry(done.entries[0].id)
    assert (entry.data.title, entry.data.same_as, entry.source.url) == (text, (text,), text)
    assert ledger.read_stream(entry.stream) == list(done.entries[:1])


@pytest.mark.parametrize(("text", "sentence"), REFUSED.values(), ids=REFUSED)
def test_a_text_that_cannot_be_stored_is_refused_in_a_sentence(text, sentence):
    with pytest.raises(ValueError, match=re.escape(sentence)):
        say(text)


@pytest.mark.parametrize("text", ["a\x00b", "a\ud83d", "\ude00b"])
def test_a_plain_field_that_cannot_be_stored_is_refused_with_nothing_recorded(ledger, clerk, text):
    before = ledger.read(0, 1000)

    for said, source in (
        (ReportPublished(title=text, kind="other", publisher="hmicfrs"), "https://example.org/"),
        (ReportPublished(title="x", kind="other", publisher="hmicfrs", same_as=(text,)), "x"),
        (ReportPublished(title="x", kind="other", publisher="hmicfrs"), text),
    ):
        told = Notice(occurred_on="2025-05-16", source=Source(url=source))
        with pytest.raises(Unfit, match="cannot be stored"):
            ledger.record(clerk, publish_report, said, told, reference="s")

    assert ledger.read(0, 1000) == before


@pytest.mark.parametrize("count", [2**53, -(2**53), 2**64, 10**400])
def test_an_integer_past_two_to_the_53_is_refused_with_nothing_recorded(ledger, count):
    before = ledger.read(0, 1000)

    def add(decision, told):
        compared = ListCompared(publisher="hmicfrs", count=count, matched=0, unlisted=0)
        return decision.add(SERVICE, compared, told, by=None)

    with pytest.raises(Unfit, match="exceeds safe integer domain"):
        ledger.record(SETUP, add, Notice())

    assert ledger.read(0, 1000) == before


ANY = st.text(st.characters(), max_size=200) | st.text(
    st.sampled_from(["\x00", "\ud800", "\udc00", "\\", '"', "u", "0", "\U0001f469", " ", "\n"])
)


@pytest.mark.parametrize("many", [50, pytest.param(5000, marks=pytest.mark.soak)])
def test_any_text_is_refused_or_reads_back_equal(connections, database_url, many):
    recorder = LogRecorder(connections, database_url)
    sentences = []

    @settings(max_examples=many, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.lists(ANY, min_size=1, max_size=20))
    def check(texts):
        said = []
        for text in texts:
            try:
                said.append(say(text))
            except ValueError as error:
                sentences.append(str(error))
        if not said:
            return
        stream = f"s/{secrets.token_hex(16)}"
        openings = tuple(
            (f"{n}", bytes.fromhex(one.sha256), one.opening)
            for n, one in enumerate(said)
            if one.opening
        )
        given_event = dataclasses.replace(event(stream, 1), openings=openings)
        done = append(connections, [given_event])

        found = recorder.texts_at([done.first_position])

        assert found == {(done.first_position, field): o for field, _, o in openings}

    check()
    assert all(sentence.endswith(".") for sentence in sentences)


def test_no_text_and_no_salt_is_in_the_entry(ledger, clerk):
    text = say("Nobody else may read this", "office")

    done = ledger.record(clerk, receive_update, TO, UpdateReceived(text=text), Notice())

    stored = ledger.stored(done.entries[0].id).state
    assert b"Nobody else" not in stored
    (opening,) = ledger.openings([done.entries[0].position]).values()
    assert opening.salt.hex().encode() not in stored
    assert opening.salt not in stored
    assert b'"text":{"audience":"office","lang":"en","sha256":"' in stored
    assert stored == encode(ledger.entry(done.entries[0].id))
