"""The API, its files and the pages give the same figures, whatever is asked."""

import io
import re
from html import unescape
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from ledger.states.recommendation import Status
from projections.states.recommendation import Standing
from projections.verdict.compliance import BASES, VERDICTS
from tests.conftest import examples
from tests.projections.test_paging import paged

BODIES = ("avon-and-somerset-pcc", "avon-and-somerset-police", "bedfordshire-pcc", "hmicfrs")
YEARS = ("2019", "2021", "2023", "not_known")
OF_BOTH = {"body": BODIES, "counted_with": BODIES, "publisher": ("hmicfrs",), "year": YEARS}


@pytest.fixture(scope="module")
def seeded(seeded_site):
    """Years of three offices, seen long afterwards."""
    seeded_site.catch_up()
    seeded_site.clock.set("2027-03-01")
    return seeded_site


def some(**of):
    """Return each of these filters, or not."""
    return st.fixed_dictionaries({}, optional={name: st.sampled_from(of[name]) for name in of})


QUESTIONS = st.one_of(
    st.tuples(
        st.just("recommendations"),
        some(
            **OF_BOTH,
            status=get_args(Status),
            target=get_args(Standing),
            addressee=BODIES,
            assurances=("open",),
            kind=("recommendation", "cause_of_concern", "afi"),
        ),
    ),
    st.tuples(
        st.just("responses"),
        some(
            **OF_BOTH,
            verdict=VERDICTS,
            basis=BASES,
            responder=BODIES,
            kind=("peel", "national_thematic"),
        ),
    ),
)


@given(
    asked=QUESTIONS,
    of_the_log=st.floats(0.2, 1),
    day=st.sampled_from(("2020-02-01", "2022-08-15", "2025-01-01", "2027-03-01")),
    form=st.sampled_from(("ods", "xlsx")),
)
@settings(max_examples=examples(2, 200))
def test_the_api_its_files_and_the_page_say_the_same(seeded, asked, of_the_log, day, form):
    of, filters = asked
    position = int(seeded.position * of_the_log)
    last = seeded.clerk.reads("/api/reports", known_at=position)["as_of"]["effective_on"]
    dates = {"known_at": position, "effective_on": min(day, last)}
    question = filters | dates

    listed = paged(seeded, f"/api/{of}", 500, **question)
    filed = seeded.clerk.reads(f"/api/{of}.json", **question)["items"]
    book = CalamineWorkbook.from_filelike(
        io.BytesIO(seeded.clerk.get(f"/api/{of}.{form}", **question).data)
    )
    page = seeded.clerk.client.get(f"/{of}", query_string=question | {"sort": "report"})

    assert (
        [{name: one[name] for name in listed[0]} for one in filed] == listed
        if listed
        else (filed == [])
    )
    header, *rows = book.get_sheet_by_name(of).to_python()
    key, shown = ("number", "Number") if of == "recommendations" else ("body", "Body")
    assert [(row[0], str(row[header.index(shown)])) for row in rows] == [
        (one["report"], one[key]) for one in listed
    ]
    if of == "responses":
        verdicts = [row[header.index("Verdict")] for row in rows]
        assert verdicts == [one["verdict"] for one in listed]
    assert page.status_code == 200
    lede = re.search(r'<p class="lede-small">(.*?)\.</p>', unescape(page.text), re.DOTALL)
    assert (lede is None) == (not listed)
    if lede is not None and "follow" not in lede[1]:
        assert int(lede[1].split()[0].replace(",", "")) == len(listed)
    plain = unescape(page.text)
    for one in listed[:50]:
        assert re.search(rf'href="{re.escape(one["links"]["page"])}["?&]', plain)
