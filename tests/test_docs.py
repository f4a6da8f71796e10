"""The index of the documents names every page, and every link of a document leads somewhere."""

import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
INDEX = (DOCS / "README.md").read_text("utf-8")
DOCUMENTS = sorted(
    [
        *DOCS.rglob("*.md"),
        *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")),
    ]
)
LINK = re.compile(r"\]\(([^)\s]+)\)")
CODE = re.compile(r"```.*?```|^    .*$|`[^`\n]*`", re.DOTALL | re.MULTILINE)


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def anchors(document: Path) -> set[str]:
    """The anchors of a document's headings, as its readers are led to them."""
    headings = re.findall(r"^#+ (.+)$", document.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings}


@pytest.mark.parametrize("document", [*DOCS.glob("*.md"), *DOCS.glob("reference/*.md")], ids=name)
def test_a_document_is_in_the_index(document):
    where = document.relative_to(DOCS).as_posix()
    assert where == "README.md" or where in {link.partition("#")[0] for link in LINK.findall(INDEX)}


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_every_link_of_a_document_leads_somewhere(document):
    text = CODE.sub("", document.read_text("utf-8"))
    dead = []
    for link in LINK.findall(text):
        if re.match(r"\w+:", link):  # another site
            continue
        file, _, anchor = link.partition("#")
        there = document.parent / file if file else document
        if not there.exists() or (anchor and anchor not in anchors(there)):
            dead.append(link)
    assert dead == []
