"""A page costs bounded work, whatever it holds, or is refused before it is parsed. Calls are
counted, not seconds. The C code that reads markup runs in a process with limits."""

import cProfile
import subprocess
from pathlib import Path

import pytest

from api.recording.draft_steps import MOST_ROWS
from ledger.intake.pages.blocks import MOST_CHARACTERS, read_blocks
from ledger.intake.pages.decoding import UnreadablePage
from ledger.intake.pages.suggestions import page_blocks, suggest
from tests.conftest import examples, some

ATTRIBUTES = " ".join(f"a{n}" for n in range(100_000))
TOO_MUCH = {
    "a number without end": ("a.txt", "Recommendation 1 " * 400_000, "1,000,000 characters"),
    "the same in HTML": ("a.html", "<p>" + "Recommendation 1 " * 400_000, "1,000,000 characters"),
    "signs that open no tag": ("a.txt", "<" * 5_000_000, "1,000,000 characters"),
    "the same in HTML, too": ("a.html", "<" * 5_000_000, "1,000,000 characters"),
    "one paragraph": ("a.txt", "a " * 60_000, "longer than any that a page has"),
    "one paragraph of HTML": ("a.html", "<p>" + "a " * 60_000, "longer than any that a page has"),
}  # fmt: skip


@pytest.mark.parametrize("case", TOO_MUCH)
def test_a_page_that_is_more_than_a_page_is_refused_with_a_sentence(case):
    name, text, says = TOO_MUCH[case]

    with pytest.raises(UnreadablePage) as refused:
        page_blocks(text.encode(), name)

    assert says in refused.value.sentence
    assert name in refused.value.sentence
    assert "ave the response page alone" in refused.value.sentence


def test_a_page_of_a_site_with_scripts_is_read():
    script = "if (a<n && c) { x = 'it is so'; } // a word or two\n" * 1_000
    page = f"<html><head><script>{script}</script></head><body><p>It is done.</p>"

    assert [one.text for one in page_blocks(page.encode(), "a.html")] == ["It is done."]


WORST = {
    "recommendations": "Recommendation {n}: The force should do it by 1 May 2025.",
    "numbers": "Recommendation {n}",
    "labels in turn": "Our response:\n\nI accept recommendation {n}.",
    "numbers in a response": "Our response:\n\nRecommendation {n}: Forces should do it.",
    "titles": "Report title: T{n}",
    "tags as text": "<p>a<ul><li>b",
    "long paragraphs": "Recommendation 1 " * 29,
}
MOST_CALLS = 20_000_000
"""The most calls of functions, ours and Python's: some seconds. An ordinary page takes 100,000."""


def calls_of(text: str) -> int:
    """Return how many functions are called while a page is read and suggested."""
    counted = cProfile.Profile()
    counted.enable()
    suggest(page_blocks(text.encode(), "a.txt"), "a.txt", str)
    counted.disable()
    return sum(one.callcount for one in counted.getstats())


@pytest.mark.sampled
@pytest.mark.parametrize("unit", some(WORST, 3))
def test_the_costliest_pages_that_the_form_takes_are_read_in_bounded_work(unit):
    most = examples(MOST_ROWS // 2, MOST_ROWS)
    blocks = WORST[unit].count("\n\n") + 1
    pages = [
        "\n\n".join(
            WORST[unit].replace("{n}", f"{n % 999}{chr(97 + n // 999)}")
            for n in range(count // blocks)
        )
        for count in (most // 4, most // 2, most)
    ]
    assert len(pages[2]) <= MOST_CHARACTERS

    quarter, half, whole = (calls_of(page) for page in pages)

    assert whole < MOST_CALLS * most / MOST_ROWS
    assert half - quarter < 2.5 * quarter
    assert whole - half < 2.5 * (half - quarter)


@pytest.mark.soak
def test_markup_that_takes_a_parser_too_long_ends_with_its_process():
    with pytest.raises(UnreadablePage, match="takes more than 5 seconds"):
        page_blocks(f"<p {ATTRIBUTES}>x".encode(), "a.html")


def test_the_process_that_parses_knows_nothing_of_the_service(monkeypatch):
    monkeypatch.setenv("ANSWERABLE_SECRET_KEY", "a secret")
    seen: list[dict[str, str]] = []
    ran = subprocess.run

    def run(*arguments, **named):
        seen.append(named["env"])
        return ran(*arguments, **named)

    monkeypatch.setattr(subprocess, "run", run)

    assert page_blocks(b"<p>It is done, and nobody knew.</p>", "a.html")
    assert seen == [{}]


@pytest.mark.parametrize("name", ["cumbria", "kent"])
def test_blocks_come_out_of_the_process_as_they_went_in(name):
    folder = Path(__file__).parents[2] / "examples"
    pages = [one for one in folder.glob("*.html") if name in one.name]
    table = "<table><tr><th>Rec<td rowspan=2><b>1</b> x<tr><td>y</table><blockquote>z<hr><li>q"

    for text in [table, *(one.read_text() for one in pages)]:
        assert page_blocks(text.encode(), "a.html") == [*read_blocks(text, "a.html")]
