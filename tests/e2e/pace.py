"""The time that a person takes at a browser, counted and not measured. It is the keystroke-level
model of Card, Moran and Newell ("The keystroke-level model for user performance time with
interactive systems", Communications of the ACM 23(7), 1980). Reading what is new goes at 250 words
a minute."""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

KEYSTROKE, CLICK, THOUGHT, WORDS_A_MINUTE = 0.28, 1.1, 1.35, 250
"""Seconds: K of an average typist who is no secretary, P, and M; and how fast one reads."""


@dataclass
class Paced:
    """A page on which somebody works, who is counted. All else is the page's own."""

    page: Page
    keystrokes: int = 0
    clicks: int = 0
    thoughts: int = 0
    words: int = 0
    seen: set[str] = field(default_factory=set)
    reads: bool = True
    """True if the next page is read. Once the act is recorded, the task is done."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self.page, name)

    @property
    def keyboard(self) -> "Paced":
        return self

    def press(self, keys: str) -> None:
        """Press a key, or several held together. A key other than Tab takes a decision."""
        self.keystrokes += keys.count("+") + 1
        self.thoughts += "Tab" not in keys
        self.page.keyboard.press(keys)

    def insert_text(self, text: str) -> None:
        """Words that are typed: each letter is counted, and all of them come at once."""
        self.keystrokes += len(text)
        self.thoughts += 1
        self.page.keyboard.insert_text(text)

    def paste(self, field: str, text: str) -> None:
        """Words that are marked elsewhere, copied, and put into a field."""
        self.clicks += 3
        self.keystrokes += 4
        self.thoughts += 1
        self.page.locator(f"[name='{field}']").fill(text)

    def select_option(self, field: str, value: str) -> None:
        """A choice by its first letters."""
        self.keystrokes += 3
        self.thoughts += 1
        self.page.select_option(field, value)

    def set_input_files(self, field: str, file: Path) -> None:
        """A file that is looked for and chosen."""
        self.clicks += 3
        self.thoughts += 2
        self.page.set_input_files(field, file)

    def goto(self, address: str) -> None:
        """A page that is a bookmark."""
        self.clicks += 1
        self.thoughts += 1
        self.page.goto(address)
        self.read()

    @contextmanager
    def expect_navigation(self) -> Iterator[None]:
        with self.page.expect_navigation():
            yield
        if self.reads:
            self.read()

    def read(self) -> None:
        """Read the lines that are shown and were not read before. A label that differs from another
        one only by its number is not read again."""
        text = self.page.locator("main").inner_text()
        unseen = self.page.locator("main .visually-hidden, main option:not(:checked)")
        for each in filter(str.strip, unseen.all_inner_texts()):
            text = text.replace(each, "", 1)
        lines = {" ".join(line.split()) for line in text.split("\n")}
        new = {re.sub(r"[0-9]+", "#", line): line for line in lines}
        self.words += sum(len(line.split()) for kind, line in new.items() if kind not in self.seen)
        self.seen |= new.keys()

    @property
    def seconds(self) -> float:
        by_hand = KEYSTROKE * self.keystrokes + CLICK * self.clicks + THOUGHT * self.thoughts
        return by_hand + self.words * 60 / WORDS_A_MINUTE

    def within(self, minutes: int, what: str) -> None:
        """Say how long it takes, and that it is no longer."""
        sys.stdout.write(
            f"{what}: {self.seconds / 60:.1f} minutes ({self.keystrokes} keystrokes, {self.clicks} "
            f"clicks, {self.thoughts} decisions, {self.words} words read)\n"
        )
        assert self.seconds < minutes * 60, what
