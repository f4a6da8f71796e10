"""Readers of foreign bytes take steps in proportion to their length, whatever their shape. Shapes
are read in a process with little processor time: a reader that takes the square of the length ends
it."""

import subprocess
import sys

import pytest

from tests.conftest import some
from tests.processes import ROOT

SIZE = 120_000
SECONDS = 20
READERS = {
    "which kind a capture is": "from ledger.log.captures import kind_of as read",
    "the words of a mail": """
from ledger.log.text_matching import words_of
def read(data):
    words_of(data, "message/rfc822")
""",
    "whether a text is repeated": """
from ledger.log.text_matching import lines_of, repeats, squeezed
def read(data):
    text = data.decode("latin-1")
    repeats(squeezed(text), lines_of(text))
""",
    "a response page": """
from ledger.intake.pages.suggestions import page_blocks, suggest
from ledger.intake.pages.decoding import UnreadablePage
def read(data):
    for name in ("page.txt", "page.html"):
        try:
            suggest(page_blocks(data, name), name, str)
        except UnreadablePage:
            pass
""",
}
HEAD = "From: a@b.example\nDate: now\n"
ZIP = "PK\x03\x04" + "\0" * 4 + "\x08" + "\0" * 17 + "\x05\0\0\0a.xml"
SHAPES = [
    *((HEAD, unit) for unit in (
        " ", "\t", " \n", "\r", "a:\n", "a", "(", '"', "=", "=\r", "=?", "-", "A\n",
    )),
    (HEAD + "Content-Type: text/plain", ";a=b"),
    (HEAD + "Content-Type: text/plain", ";a*0*=''"),
    (HEAD + "Content-Type: text/plain; a=", "a "),
    (HEAD, "Content-Type: multipart/mixed; boundary=b\n\n--b\n"),
    *(("", unit) for unit in (
        "<", "<a", "<a>", "<!--", "<!---->", "<?xml ", "<b>x", "<ul>", "<p>x", "<table>", "</",
        "&", "&a", "&#", "&#9", "&#9;", "&amp", "&amp;lt;", "a\n", " ", "\n", "x\t", "- x", "1. ",
        "Recommendation 1\n", "by 1 May 2025 ", "A (AB) ", "“a", "a > ", "should ", "a, and ",
    )),
    ("&#", "9"),
    ("&#x", "9"),
    ("PK\x03\x04", "\0"),
    ("", ZIP),
    (ZIP, "\0\0\0\xff\xff"),
    ("", ZIP + "\0\0\0\xff\xff"),
]  # fmt: skip
CHILD = f"""
import resource, sys
sys.path.insert(0, {str(ROOT)!r})
exec(sys.argv[1])
resource.setrlimit(resource.RLIMIT_CPU, ({SECONDS}, {SECONDS}))
for start, unit in eval(sys.argv[2]):
    print(repr((start, unit)), flush=True)
    read((start + unit * ({SIZE} // len(unit))).encode("latin-1", "replace"))
print("all")
"""


@pytest.mark.sampled
@pytest.mark.parametrize("reader", READERS)
def test_no_shape_takes_the_square_of_its_size_to_tell(reader):
    done = subprocess.run(
        [sys.executable, "-c", CHILD, READERS[reader], repr(some(SHAPES, 8))],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stdout.endswith("all\n"), (done.stdout[-200:], done.stderr)
