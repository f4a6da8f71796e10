"""Draw by chance what people write in a made-up log: sentences of our own (sentences.toml)."""

import random
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
_SAMPLES = (20, 25, 30, 40, 50, 60, 80, 100, 120)


@dataclass(frozen=True, slots=True)
class Topic:
    """The subject of a report: in its title, in a sentence, and as a recommendation to a force."""

    title: str
    subject: str
    asks: tuple[str, ...]

    def recommendation(self, nth: int) -> str:
        """Return the text of the nth recommendation, from 1; after the last text, they begin
        again."""
        return f"The force should {self.asks[(nth - 1) % len(self.asks)]}."


@cache
def topics() -> tuple[Topic, ...]:
    """Return the subjects of reports."""
    return tuple(
        Topic(one["title"], one["subject"], tuple(one["asks"])) for one in _file()["topic"]
    )


@dataclass(frozen=True, slots=True)
class Speech:
    """Draws sentences by one chance, so that the same chance says the same."""

    chance: random.Random

    def __call__(self, what: str, topic: Topic | None = None) -> str:
        """Return a sentence of a kind, such as `question` or `update.on_track`, about a topic."""
        found: Any = _file()["says"]
        for step in what.split("."):
            found = found[step]
        few = self.chance.randint(2, 6)
        sentence: str = self.chance.choice(found)
        return sentence.format(
            subject=topic.subject if topic else "this",
            month=self.chance.choice(MONTHS),
            n=self.chance.choice(_SAMPLES),
            few=few,
            more=few + self.chance.randint(1, 5),
            percent=self.chance.randint(52, 97),
        )


@cache
def _file() -> dict[str, Any]:
    return tomllib.loads(files(__package__).joinpath("sentences.toml").read_text(encoding="utf-8"))
