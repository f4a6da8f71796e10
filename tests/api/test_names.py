"""The names of things: keys of recommendations, references of reports."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.events.streams import KEY, REFERENCE, key_of, report_of
from ledger.states.report import reference_for

KEYS = {
    "2": ["2", "02", "002", "Rec 02", "rec. 2", "R2", "r02", "Recommendation 2", "  2  "],
    "3a": ["3a", "3A", "03a"],
    "afi-1": ["AFI 1", "afi-1", "AFI  1"],
} | {one: [one] for one in ("1.2", "10", "100", "a")}
KEYS |= {"0": ["0", "00"]}


def test_a_number_as_published_becomes_its_key():
    for key, numbers in KEYS.items():
        assert [key_of(number) for number in numbers] == [key] * len(numbers)
        assert key_of(key) == key


@pytest.mark.parametrize(
    "number", ["", " ", "-", "2/3", "2_3", "é", "²", "a" * 41, "2\n3/", "..", "1..2", "-1"]
)  # fmt: skip
def test_a_number_that_gives_no_key_is_refused_in_a_sentence(number):
    with pytest.raises(ValueError, match="is no number of a recommendation: give one like 02"):
        key_of(number)


@given(st.text(max_size=30) | st.from_regex(r"(rec|r|recommendation|)[. ]?[0-9a-z.\- ]{0,8}"))
def test_a_key_is_always_one_part_of_a_path_and_its_own_key(number):
    try:
        key = key_of(number)
    except ValueError:
        return
    assert KEY.fullmatch(key)
    assert "/" not in key
    assert key_of(key) == key or key.startswith("r")  # r2 is a label and a number once more


@pytest.mark.parametrize(
    ("publisher", "day", "title", "name"),
    [
        ("hmicfrs", "2025-05-16", "Improving things", "hmicfrs-2025-05-16-improving-things"),
        ("hmicfrs", "2025", "Improving", "hmicfrs-2025-improving"),
        ("hmicfrs", None, "Improving", "hmicfrs-improving"),
        ("hmicfrs", None, "", "hmicfrs"),
        ("hmicfrs", None, "“Ω” — 警察", "hmicfrs"),
        ("hmicfrs", None, "Café, naïve", "hmicfrs-cafe-naive"),
        ("hmicfrs", None, "--a--b--", "hmicfrs-a-b"),
        ("hmicfrs", None, "x" * 100, "hmicfrs-" + "x" * 72),
        ("hmicfrs", None, "x" * 71 + " yz", "hmicfrs-" + "x" * 71),
    ],
)
def test_a_reference_is_made_of_what_is_known_80_characters_at_most(publisher, day, title, name):
    assert reference_for(publisher, day, title, []) == name


def test_a_collision_takes_the_next_number_within_80_characters():
    taken: list[str] = []
    for _ in range(12):
        taken.append(reference_for("hmicfrs", None, "y" * 100, taken))

    assert len(set(taken)) == 12
    assert [name[-3:] for name in taken] == ["yyy", *(f"y-{n}" for n in range(2, 10)),
                                            "-10", "-11", "-12"]  # fmt: skip
    assert all(len(name) == 80 for name in taken)


@given(
    st.from_regex(r"[a-z][a-z0-9-]{0,29}", fullmatch=True),
    st.sampled_from([None, "2025", "2025-05", "2025-05-16"]),
    st.text(max_size=200),
    st.integers(0, 3),
)
def test_a_reference_always_has_the_form_of_one_and_is_not_taken(publisher, day, title, times):
    taken: list[str] = []
    for _ in range(times + 1):
        name = reference_for(publisher, day, title, taken)
        assert name not in taken
        assert REFERENCE.fullmatch(name)
        taken.append(name)


def test_a_stream_says_which_report_it_is_about():
    assert report_of("report/a") == report_of("response/a/b") == "a"
    assert report_of("recommendation/a/2/b") == "a"
    assert report_of("service") is None
    assert report_of("capture/0190") is None
