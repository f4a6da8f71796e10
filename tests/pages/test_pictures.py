"""The pictures of pages draw the figures of their tables: each mark at its place, none over
another, and no figure left out."""

import re
from datetime import date, timedelta
from itertools import pairwise

import html5lib
import pytest
from hypothesis import given
from hypothesis import strategies as some
from msgspec import convert
from msgspec.structs import replace

from api.reading.pictures.country import GROUP_WORDS, draw_country
from api.reading.pictures.days import _DOT, draw_days
from api.reading.pictures.flags import flags
from api.reading.pictures.life import draw_life
from api.reading.pictures.quarters import draw_quarters
from api.reading.pictures.shapes import LEFT, RIGHT, WIDTH
from api.reading.pictures.years import draw_years
from projections.answers.body import ResponsesOfYear
from projections.answers.recommendation import ClaimMade, RecommendationFound, TargetSet
from projections.answers.response import ResponseFound
from projections.questions.country import QuarterEnd
from projections.verdict.compliance import VERDICTS
from tests.api.site import FORCE, PFCC
from tests.pages.recorded import REPORT
from tests.pages.test_pages import said

TODAY = date(2026, 11, 27)
COUNTS = some.dictionaries(some.sampled_from(VERDICTS), some.integers(0, 60))


def places(drawn):
    """The places of the marks of one shape."""
    return [(float(x), float(y)) for x, y in re.findall(r"M(\S+) (\S+?)m", drawn.path)]


@given(some.dictionaries(some.integers(2010, 2030), COUNTS, max_size=20))
def test_a_body_has_one_mark_a_response_or_the_least_number_that_fits(years):
    given_years = [ResponsesOfYear(year=one, responses=years[one]) for one in sorted(years)[::-1]]
    drawn = draw_years(given_years)

    assert sum(sum(row.counts.values()) for row in drawn.rows) == sum(
        sum(one.responses.values()) for one in given_years if str(one.year) in shown(drawn)
    )
    assert len(drawn.rows) + drawn.earlier == sum(any(one.values()) for one in years.values())
    for mark in drawn.marks:
        there = [row.counts.get(mark.shape, 0) for row in drawn.rows]
        assert mark.count == sum(-(-many // drawn.each) for many in there)
    everywhere = [place for mark in drawn.marks for place in places(mark)]
    assert len(set(everywhere)) == len(everywhere)
    assert all(x + 4 <= WIDTH and 0 < y < drawn.height for x, y in everywhere)


def shown(drawn):
    return {row.label for row in drawn.rows}


@given(some.lists(some.tuples(some.floats(6, 262), some.sampled_from(("raised", "today", "x")))))
def test_no_label_covers_another_or_is_crossed_by_a_stem(labelled):
    there = flags(labelled)

    assert sorted((one.x, one.label) for one in there) == sorted(labelled)
    for n, one in enumerate(there):
        for other in there[n + 1 :]:
            apart = one.right <= other.x
            assert apart or one.lane > other.lane
    assert all(one.right <= WIDTH for one in there)


@pytest.fixture(scope="module")
def owed(site_of_module):
    answer = site_of_module.get(f"/api/responses/{REPORT}/{PFCC}").json
    return convert(answer, ResponseFound)


@pytest.fixture(scope="module")
def raised(site_of_module):
    answer = site_of_module.get(f"/api/recommendations/{REPORT}/4/{FORCE}").json
    return convert(answer, RecommendationFound)


@pytest.fixture(scope="module")
def site_of_module(shared_site):
    shared_site.catch_up()
    return shared_site.app.test_client()


@given(days=some.lists(some.one_of(some.none(), some.integers(1, 400)), min_size=2, max_size=60))
def test_a_report_has_each_response_on_its_side_of_the_last_day(owed, days):
    began = date.fromisoformat(str(owed.trigger_on))
    responses = [
        replace(
            owed,
            body=f"body-{n}",
            published_on=day and str(began + timedelta(day - 1)),
            verdict="overdue" if day is None else "in_time" if day <= 56 else "late",
        )
        for n, day in enumerate(days)
    ]
    drawn = draw_days(responses, {"body-0"})
    assert drawn is not None

    known = sorted(day for day in days if day is not None)
    dots = [*places(drawn.dots), *places(drawn.own)]
    assert drawn.period == 56
    assert drawn.median == (known[(len(known) - 1) // 2] if len(known) > 2 else None)
    assert len(dots) == len(known) == drawn.known
    assert drawn.own.count == (days[0] is not None)
    assert len(set(dots)) == len(dots)
    assert sum(x < drawn.due_x for x, _ in dots) == sum(day <= 56 for day in known)
    assert sum(x > RIGHT for x, _ in dots) == sum(day > 112 for day in known)
    for (x, _), day in zip(sorted(dots), known, strict=True):
        assert day > 112 or abs(x - (LEFT + (day - 0.5) * 256 / 112)) < _DOT
    assert sum(row.counts["overdue"] for row in drawn.apart.rows) == days.count(None)
    assert f"{sum(day <= 56 for day in known)} published by day 56" in drawn.sentence
    assert [one.response.body for one in drawn.taken] == [one.body for one in responses]


def test_a_report_that_one_body_answers_has_no_picture(owed):
    assert draw_days([owed], {PFCC}) is None


@given(
    some.lists(some.dates(date(2017, 6, 1), date(2028, 6, 1)), max_size=5),
    some.sampled_from((None, "2026", "2026-03", "2026-03-05")),
)
def test_a_recommendation_has_everything_in_the_order_of_days(raised, targets, claimed):
    claim = claimed and replace(a_claim(raised), since=claimed)
    found = replace(
        raised,
        raised_on="2025-05-16",
        claim=claim,
        targets=[
            TargetSet(on=str(on), phrase=None, origin="force", entry="-", set_on=None)
            for on in targets
        ],
    )
    drawn = draw_life(found, TODAY)
    assert drawn is not None

    assert sum(mark.count for mark in drawn.marks) == len(drawn.events)
    assert len(drawn.events) == 2 + len(targets) + (claim is not None)
    x = {name: places(mark)[0][0] for mark in drawn.marks for name in [mark.shape]}
    assert x["raised"] < x["today"] == drawn.today_x
    ahead = (targets[-1] - TODAY).days if targets else 0
    assert ahead <= 5 or x["target"] > x["today"]
    assert ahead >= -5 or x["target"] < x["today"]
    assert len(drawn.below) == len(targets)
    assert all(one.label in ("raised", "claimed", "today") for one in drawn.above)
    assert len(drawn.stretches) == (claimed in ("2026", "2026-03"))
    for one in drawn.events:
        assert one.said in drawn.sentence


NUMBERS = some.fixed_dictionaries(
    {"open": some.integers(0, 9000), "claimed": some.integers(0, 90), "closed": some.integers(0, 9)}
)


@given(some.lists(some.tuples(NUMBERS, NUMBERS), min_size=2, max_size=40))
def test_the_country_has_each_number_at_its_height_on_one_scale(numbers):
    ends = [
        QuarterEnd(date(2017 + n // 4, (3, 6, 9, 12)[n % 4], 30), then, now)
        for n, (then, now) in enumerate(numbers)
    ]
    drawn = draw_country(ends)
    assert drawn is not None

    most = max(1, *(many for both in numbers for one in both for many in one.values()))
    for group, line in zip(GROUP_WORDS, drawn.lines, strict=True):
        for path, of in ((line.then, 0), (line.now, 1)):
            points = [tuple(map(float, one.split())) for one in path[1:].split("L")]
            assert [x for x, _ in points] == sorted(x for x, _ in points)
            assert len(points) == len(ends)
            for (_, y), both in zip(points, numbers, strict=True):
                assert abs((line.ground - y) * most - 44 * both[of][group]) <= 0.05 * most + 1e-6
        assert {said.split()[0] for said, _ in line.figures} == {
            f"{one[group]:,}" for one in numbers[-1]
        }
        heights = [y for _, y in line.figures]
        assert heights == sorted(heights)
        assert max(heights) - min(heights) >= (11 if len(heights) == 2 else 0)


def test_one_quarter_makes_no_line():
    assert draw_country([QuarterEnd(TODAY, {}, {})]) is None


def a_claim(raised):
    assert isinstance(raised.claim, ClaimMade)
    return replace(raised.claim, means="complete")


@given(
    some.dictionaries(
        some.tuples(
            some.sampled_from([PFCC, FORCE, "kent-pcc"]),
            some.builds(
                date, some.integers(2012, 2026), some.sampled_from([1, 4, 7, 10]), some.just(1)
            ),
        ),
        some.integers(1, 9_000),
        min_size=2,
    )
)
def test_late_entries_have_a_bar_for_each_office_and_quarter_on_one_scale(counts):
    names = {PFCC: "Cumbria", FORCE: "Zetland", "kent-pcc": "Kent"}
    drawn = draw_quarters(counts, names)

    assert drawn is not None
    found = {name for of, name in names.items() if any(office == of for office, _ in counts)}
    assert [row.name for row in drawn.rows] == sorted(found)
    assert sum(row.total for row in drawn.rows) == sum(counts.values())
    heights = []
    for row in drawn.rows:
        (office,) = (of for of, name in names.items() if name == row.name)
        assert row.total == sum(many for (of, _), many in counts.items() if of == office)
        assert sum(map(sum, row.years.values())) == row.total
        bars = [
            tuple(map(float, one))
            for one in re.findall(r"M([0-9.]+) ([0-9]+)v-([0-9.]+)h([0-9.]+)V", row.bars)
        ]
        assert all(y == row.ground and x >= LEFT and x + wide <= 282 for x, y, _, wide in bars)
        assert all(x + wide <= after for (x, _, _, wide), (after, *_) in pairwise(bars))
        heights += [high for *_, high, _ in bars]
    assert max(heights) <= 16
    assert len(heights) + drawn.earlier >= len(counts)
    if not drawn.earlier:
        assert sorted(heights) == sorted(
            round(max(16 * many / max(counts.values()), 1), 1) for many in counts.values()
        )


def test_pages_draw_them_with_words_and_a_table(client):
    for address, picture in (
        (f"/bodies/{PFCC}", "years"),
        (f"/recommendations/{REPORT}/4/{FORCE}", "life"),
        (f"/reports/{REPORT}?body={FORCE}", "days"),
        ("/", "country"),
        ("/?known_at=2025-10-23", "country"),
    ):
        page = client.get(address).text
        tree = html5lib.parse(page, namespaceHTMLElements=False)
        named = {one.get("id"): one for one in tree.iter() if one.get("id")}
        (drawn,) = [
            one
            for one in tree.iter("{http://www.w3.org/2000/svg}svg")
            if one.get("aria-labelledby") == f"{picture}-title {picture}-desc"
        ]
        assert drawn.get("role") == "img"
        assert named[f"{picture}-title"].text
        assert str(named[f"{picture}-desc"].text).endswith(".")
        assert "<table" in page[page.index(f'id="{picture}-desc"') :]


def test_a_report_says_ones_own_days_and_that_few_have_no_median(client):
    text = said(client, f"/reports/{REPORT}?body={FORCE}")

    assert "Cumbria Police, Fire and Crime Commissioner: day 60." in text
    assert "is known: too few for a median." in text
    assert "Commissioner: day 60." not in said(client, f"/reports/{REPORT}")
