"""A year of the office for Westmoor, October 2024 to September 2025, as its people record it.

Everything is entered long after it happened: the days are those of the year, the entries are of
today. Each quarter is told in the order in which it became known, and ends with a sheet that the
force fills in and with a meeting of the panel. What it comes to stands in `figures.py`, by hand.
The last chapter is of today: what is recorded as it happens rests on the log itself.
"""

from tests.story.after_the_year import after_the_year
from tests.story.telling import Told
from tests.story.under_the_commissioner import autumn, before_the_year, winter
from tests.story.under_the_mayor import spring, summer

CHAPTERS = (before_the_year, autumn, winter, spring, summer, after_the_year)


def tell(told: Told) -> None:
    """The whole year, chapter by chapter."""
    for chapter in CHAPTERS:
        chapter(told)
