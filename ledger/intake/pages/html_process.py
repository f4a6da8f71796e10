"""A page with markup is parsed in a process of its own, with limits of processor, memory and clock.

A parser in C may behave badly on hostile markup, and a thread of the web server could not be
stopped inside it. The process gets the text on its standard input, knows nothing of the service's
environment, and answers with the blocks as JSON.
"""

import resource
import subprocess
import sys
from functools import lru_cache
from pathlib import Path

import msgspec

from ledger.intake.pages.blocks import Block, read_blocks
from ledger.intake.pages.decoding import UnreadablePage

SECONDS = 5
"""Seconds of processor time. A page within the limits takes less than one."""
PATIENCE = 30
"""Seconds by the clock, on a busy machine."""
MEMORY = 1024 * 1024 * 1024


class _Refused(msgspec.Struct, tag=True):
    sentence: str


class _Read(msgspec.Struct, tag=True):
    blocks: tuple[Block, ...]


@lru_cache(maxsize=2)
def read_html(text: str, filename: str) -> tuple[Block, ...]:
    """Return the blocks of a page. `UnreadablePage` where it is refused, or can't be read within
    the limits. The steps of a draft read the same page several times, so the last are kept.
    """
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-m", __name__, filename],
            input=text.encode(),
            capture_output=True,
            check=True,
            timeout=PATIENCE,
            cwd=Path(__file__).parent,
            env={},
        )
    except (subprocess.TimeoutExpired, subprocess.CalledProcessError) as error:
        raise UnreadablePage(
            f"{filename} takes more than {SECONDS} seconds or {MEMORY // 1024**2:,} MB to read, "
            "which no response page does: save the response page alone, or as text (.txt)."
        ) from error
    answer = msgspec.json.decode(done.stdout, type=_Read | _Refused)
    if isinstance(answer, _Refused):
        raise UnreadablePage(answer.sentence)
    return answer.blocks


def main() -> None:
    """Read a page from standard input within the limits, and write its blocks."""
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    text = sys.stdin.buffer.read().decode()
    answer: _Read | _Refused
    try:
        answer = _Read((*read_blocks(text, sys.argv[1]),))
    except UnreadablePage as error:
        answer = _Refused(error.sentence)
    sys.stdout.buffer.write(msgspec.json.encode(answer))


if __name__ == "__main__":
    main()
