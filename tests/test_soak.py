"""`make soak` runs the parts that are asked for, and fails with any of them."""

import pytest

from tests.soak import Part, chosen, run

PASSES = Part("tests/log", "calendar", ("2026", "11"))
FAILS = Part("faults", "calendar", ("no year",))
LAST = Part("mutants-effect", "calendar", ("2026", "12"))
ALL = [PASSES, FAILS, LAST]


@pytest.mark.parametrize(
    ("names", "begin", "found"),
    [
        ([], None, ALL),
        (["tests/"], None, [PASSES]),
        ([], "fau", [FAILS, LAST]),
        (["mutants", "tests"], "faults", [LAST]),
    ],
)
def test_parts_are_chosen_by_how_their_names_begin(names, begin, found):
    assert chosen(ALL, names, begin) == found


@pytest.mark.parametrize(("names", "begin"), [(["nothing"], None), ([], "nothing")])
def test_a_name_of_no_part_is_refused(names, begin):
    with pytest.raises(SystemExit, match="No part’s name begins with 'nothing'"):
        chosen(ALL, names, begin)


def test_a_part_that_fails_keeps_none_after_it_from_running(capsys):
    assert run(ALL) == 1

    said = capsys.readouterr().out
    assert "2 of 3: faults\n" in said
    assert [line.split()[0] for line in said.splitlines()[-4:-1]] == ["passed", "failed", "passed"]
    assert said.endswith("; failed: faults\n")


def test_it_ends_well_where_every_part_does():
    assert run([PASSES, LAST]) == 0
