"""The index of the documents names every one, and every link in it leads somewhere."""

import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[1] / "docs"
INDEX = (DOCS / "README.md").read_text("utf-8")
LINKS = sorted(set(re.findall(r"\]\(([^)]+)\)", INDEX)))


@pytest.mark.parametrize("document", sorted(DOCS.glob("*.md")), ids=lambda one: one.name)
def test_a_document_is_in_the_index(document):
    assert document.name == "README.md" or document.name in LINKS


@pytest.mark.parametrize("link", LINKS)
def test_a_link_of_the_index_leads_somewhere(link):
    assert (DOCS / link).exists()
