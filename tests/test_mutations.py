"""Each invariant of the table can be broken, its page says so, and a test sees it (`make soak`)."""

import re
from functools import cache
from pathlib import Path

import pytest

from tests.mutants import PARTS
from tests.mutations import (
    DOCS,
    MUTATIONS,
    PAGE,
    ROOT,
    Mutation,
    NotOnce,
    changed,
    file_of,
    page,
    trials,
)


@cache
def headings(document: Path) -> set[str]:
    """The anchors of a document's headings, as its readers are led to them."""
    found = re.findall(r"^#+ (.+)$", document.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in found}


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda one: one.says)
def test_a_mutation_changes_the_function_that_it_names(mutation):
    file = ROOT / file_of(mutation)
    text = file.read_text("utf-8")

    broken = changed(text, mutation)

    assert broken != text
    if file.suffix == ".py":
        compile(broken, str(file), "exec")


def mutation_of(of, before):
    return Mutation(says="", where="", of=of, broken="", before=before, after="three(4)", test="")


TEXT = """
def one():
    return two(
        3,  # a comment
    )


class Two:
    def one(self):
        return two(3)
"""


@pytest.mark.parametrize("of", ["a:one", "a:Two.one"])
def test_the_layout_of_a_function_changes_no_mutation(of):
    made = changed(TEXT, mutation_of(of, "two( 3 )"))

    assert made.count("three(4)") == 1
    assert made.count("two(") == 1


@pytest.mark.parametrize(
    ("of", "before", "says"),
    [
        ("a:Two", "three(3)", "stands there 0 times"),
        ("a", "return two(3)", "stands there 2 times"),
        ("a:three", "two(3)", "`three` is not there"),
        ("a:one.two", "two(3)", "`one.two` is not there"),
    ],
)
def test_words_that_do_not_stand_once_in_their_function_are_refused(of, before, says):
    with pytest.raises(NotOnce, match=says):
        changed(TEXT, mutation_of(of, before))


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda one: one.says)
def test_a_mutation_names_a_paragraph_and_a_test_that_are_there(mutation):
    name, _, heading = mutation.where.partition("#")
    document = DOCS / name
    assert document.is_file()
    assert not heading or heading in headings(document)

    file, _, test = mutation.test.partition("::")
    assert f"def {test}(" in (ROOT / file).read_text("utf-8")


def test_the_page_is_made_from_the_table():
    assert PAGE.read_text("utf-8").splitlines() == page().splitlines(), "run `make docs`"


@pytest.mark.parametrize("part", PARTS.values(), ids=PARTS.keys())
def test_the_parts_for_mutmut_and_their_tests_exist(part):
    assert all((ROOT / file).is_file() for file in (*part.files, *part.tests))
    first = (ROOT / part.tests[0]).read_text("utf-8")
    assert all(f"def {one}(" in first for one in part.without)


@pytest.mark.soak
def test_every_mutation_is_seen():
    unseen = [
        f"{n}. {one.says} ({one.test}): {ran.says}"
        for n, one, ran in trials()
        if ran.colour != "red"
    ]

    assert not unseen, "\n".join(unseen)
