"""The checker of `make faults` catches what it is there for."""

from collections.abc import Collection
from pathlib import Path

import pytest

from bench.faults.check import check
from bench.faults.controls import CONTROLS
from bench.faults.disk import NotRun
from bench.faults.history import History
from bench.faults.second import Second
from tests.conftest import some


def told(*operations: tuple[str, str, int | None], sealed: Collection[str] = ()) -> History:
    """A history in which each act was offered, and then came to what is given; those in `sealed`
    have a receipt."""
    history = History()
    for type_, act, position in operations:
        history.note(0, "invoke", act)
        history.note(0, type_, act, position, sealed=act in sealed)  # type: ignore[arg-type]
    return history


def test_a_log_that_has_each_acknowledged_act_once_holds():
    history = told(("ok", "a", 1), ("fail", "b", None), ("info", "c", None))

    verdict = check(history, [(1, "a"), (2, "c")], {"SSE": [1, 2]})

    assert verdict.holds
    assert (verdict.offered, verdict.acknowledged, verdict.refused, verdict.unknown) == (3, 1, 1, 1)


def test_an_acknowledged_act_that_is_not_there_is_lost():
    assert check(told(("ok", "a", 1)), [], {}).lost == ["a"]


def test_an_acknowledged_act_that_lies_elsewhere_is_lost():
    assert check(told(("ok", "a", 1)), [(2, "a")], {}).lost == ["a"]


def test_of_lost_acts_those_without_a_receipt_are_told_apart():
    history = told(("ok", "promised", 1), ("ok", "pending", 2), sealed={"promised"})

    verdict = check(history, [], {})

    assert verdict.lost == ["pending", "promised"]
    assert verdict.unsealed == ["pending"]


def test_a_position_of_which_two_acts_have_a_receipt_is_named():
    history = told(("ok", "a", 1), ("ok", "b", 1), ("ok", "c", 2), sealed={"a", "b", "c"})

    assert check(history, [(1, "b"), (2, "c")], {}).reused == [1]


def test_an_act_that_is_there_two_times_is_named():
    assert check(told(("ok", "a", 1)), [(1, "a"), (2, "a")], {}).twice == ["a"]


def test_a_refused_act_that_is_there_is_named():
    assert check(told(("fail", "a", None)), [(1, "a")], {}).twice == ["a"]


def test_an_act_that_was_refused_first_and_acknowledged_then_is_no_fault():
    history = told(("fail", "a", None), ("ok", "a", 1))

    assert check(history, [(1, "a")], {}).holds


def test_a_follower_to_whom_an_entry_came_late_or_never_is_named():
    log = [(1, "a"), (2, "b"), (3, "c")]

    verdict = check(History(), log, {"late": [1, 3, 2], "never": [1, 3], "again": [1, 2, 1, 2, 3]})

    assert verdict.out_of_order == ["late"]
    assert verdict.unseen == {"late": 0, "never": 1, "again": 0}


def test_a_history_is_written_as_jepsens_checkers_read_it(tmp_path: Path):
    told(("ok", "a", 7)).write(tmp_path / "history.jsonl", [(7, "a")])

    invoked, acknowledged, log = (tmp_path / "history.jsonl").read_text().splitlines()
    assert '"index": 0, "process": 0, "type": "invoke", "value": "a"' in invoked
    assert '"type": "ok"' in acknowledged
    assert '"position": 7' in acknowledged
    assert '"f": "log", "value": [[7, "a"]]' in log


def test_another_checker_agrees_or_not_and_is_not_asked_of_a_log_that_went_back(tmp_path: Path):
    finds_fault = Second(("false",), tmp_path)

    said = [
        finds_fault.judges(told(("ok", "a", 1)), [(1, "a")], one) for one in (True, False, None)
    ]

    assert said == [", THE SECOND CHECKER DOES NOT AGREE", ", the second checker agrees", ""]
    assert (finds_fault.agreed, finds_fault.asked, finds_fault.written) == (1, 2, 3)


@pytest.mark.long
@pytest.mark.sampled
@pytest.mark.parametrize(
    "control",  # the others write for 15 s, or fetch a package; `make faults` runs them too
    some([one for one in CONTROLS if "our append" in one.name or "bigserial" in one.name], 2),
    ids=lambda one: one.name,
)
def test_the_checker_catches_a_log_that_loses_entries(control):
    try:
        verdict = control.run().verdict
    except NotRun as why:
        pytest.skip(f"not run: {why}")
    assert not verdict.holds
