"""Each invariant of the table can be broken, its page says so, and a test sees it (`make soak`)."""

import re
from functools import cache
from pathlib import Path

import pytest

from tests.mutations import (
    DOCS,
    MUTATIONS,
    PAGE,
    ROOT,
    NotOnce,
    only_file,
    page,
    texts_of_product,
    trials,
)


@pytest.fixture(scope="module")
def product() -> dict[Path, str]:
    return texts_of_product(ROOT)


@cache
def headings(document: Path) -> set[str]:
    """The anchors of a document's headings, as its readers are led to them."""
    found = re.findall(r"^#+ (.+)$", document.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in found}


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda one: one.says)
def test_what_a_mutation_replaces_stands_once_in_the_product(mutation, product):
    file = only_file(product, mutation.before)

    changed = product[file].replace(mutation.before, mutation.after)
    assert changed != product[file]
    if file.suffix == ".py":
        compile(changed, str(file), "exec")


def test_what_stands_nowhere_or_twice_is_refused_in_a_sentence():
    texts = {Path("a.py"): "one two", Path("b.py"): "two"}

    assert only_file(texts, "one") == Path("a.py")
    with pytest.raises(NotOnce, match=r"stands in a\.py, b\.py"):
        only_file(texts, "two")
    with pytest.raises(NotOnce, match="no file of the product"):
        only_file(texts, "three")


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


@pytest.mark.soak
def test_every_mutation_is_seen():
    unseen = [
        f"{n}. {one.says} ({one.test}): {ran.says}"
        for n, one, ran in trials()
        if ran.colour != "red"
    ]

    assert not unseen, "\n".join(unseen)
