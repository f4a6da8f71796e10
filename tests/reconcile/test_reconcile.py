"""`answerable reconcile`: a list of reports, from the file to the entry that records it."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.commands.imports import import_account
from api.files.writers import SheetOut
from ledger.acts.decision import Notice
from ledger.acts.report import publish_report
from ledger.events import CaptureKept, ListCompared, ReportPublished, Source
from ledger.intake.proposals.report_list import COLUMNS, MOST_NAMED
from ledger.postgres.embedded import Running
from tests.keys.conftest import new_desk
from tests.keys.desk import Desk
from tests.sheets_out import write_sheets

LIST = (
    "title,published_on,url,kind\n"
    "Custody,2024-03-12,https://hmicfrs.example/custody,Thematic\n"
    "Digital forensics,14 May 2024,,Thematic\n"
)


@pytest.fixture(scope="module")
def quiet(
    postgres: Running, begun: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Desk]:
    """Yield a desk at which nothing is recorded: every request is refused."""
    with new_desk(postgres, begun, tmp_path_factory.mktemp("quiet")) as desk:
        yield desk


def report(desk: Desk, title: str = "Custody", day: str = "2024-03-12", *same_as: str) -> None:
    event = ReportPublished(
        title=title, kind="national_thematic", publisher="hmicfrs", same_as=same_as
    )
    told = Notice(occurred_on=day, source=Source(url="https://hmicfrs.example/reports"))
    desk.log.record(import_account(desk.log, "cumbria-pfcc"), publish_report, event, told)


def file(desk: Desk, text: str | bytes = LIST, name: str = "list.csv") -> str:
    path = desk.folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return str(path)


def reconcile(desk: Desk, path: str, *more: str):
    return desk.json("reconcile", path, "--publisher", "hmicfrs", *more)


def recorded(desk: Desk) -> list[ListCompared]:
    entries = desk.log.read_stream("service")
    return [entry.data for entry in entries if isinstance(entry.data, ListCompared)]


def captures(desk: Desk) -> list[CaptureKept]:
    entries = desk.log.read_below("capture/")
    return [entry.data for entry in entries if isinstance(entry.data, CaptureKept)]


def test_a_comparison_records_the_reports_missing_here_and_those_only_here(desk):
    report(desk, "Custody")
    report(desk, "Stalking", "2023-01-05")

    answer = reconcile(desk, file(desk), "--url", "https://hmicfrs.example/reports.csv")

    assert (answer["count"], answer["recorded"]) == (2, 2)
    assert [one["title"] for one in answer["missing"]] == ["Digital forensics"]
    assert [one["title"] for one in answer["unlisted"]] == ["Stalking"]
    (event,) = recorded(desk)
    assert (event.publisher, event.count, event.matched, event.unlisted) == ("hmicfrs", 2, 1, 1)
    assert [(one.title, one.published_on) for one in event.missing] == [
        ("Digital forensics", "2024-05-14")
    ]


def test_the_list_is_kept_in_the_same_transaction_and_cited(desk):
    reconcile(desk, file(desk), "--url", "https://hmicfrs.example/reports.csv")

    kept, compared = desk.log.read(desk.position - 2, 2)
    assert compared.source.capture == kept.stream.removeprefix("capture/")
    assert compared.source.url == "https://hmicfrs.example/reports.csv"
    assert kept.recorded_at == compared.recorded_at
    assert (kept.data.media_type, kept.data.audience) == ("text/csv", "public")


def test_the_same_list_that_comes_to_the_same_is_recorded_once(desk):
    reconcile(desk, file(desk))
    then = desk.position

    answer = reconcile(desk, file(desk))

    assert answer["recorded"] == 0
    assert desk.position == then


def test_the_same_list_is_compared_anew_once_the_log_has_more_and_is_kept_once(desk):
    reconcile(desk, file(desk))
    report(desk)

    answer = reconcile(desk, file(desk))

    assert answer["recorded"] == 1
    assert [event.matched for event in recorded(desk)] == [0, 1]
    assert len(captures(desk)) == 1


def test_another_list_is_recorded_though_it_comes_to_the_same(desk):
    reconcile(desk, file(desk))

    assert reconcile(desk, file(desk, LIST + "\n"))["recorded"] == 2


def test_a_dry_run_records_nothing(desk):
    report(desk)
    then = desk.position

    said = desk.run("reconcile", file(desk), "--publisher", "hmicfrs", "--dry-run").stdout

    assert "- missing here: Digital forensics, 2024-05-14" in said
    assert "2 in the list: 1 recorded here, 1 missing here; 0 here and not in the list." in said
    assert desk.position == then


def test_a_body_that_compares_records_by_its_own_account(desk):
    reconcile(desk, file(desk), "--body", "cumbria-pfcc")

    entry = desk.log.read_stream("service")[-1]
    assert (entry.by, entry.recorded_by) == ("cumbria-pfcc", "cumbria-pfcc/import")
    assert entry.provenance == "first_hand"


@pytest.mark.parametrize("form", ["xlsx", "ods"])
def test_a_workbook_is_read_as_the_text_is_and_kept_for_the_office(desk, form):
    rows = (("Custody", "2024-03-12"), ("Digital forensics", "14 May 2024"))
    path = desk.folder / f"list.{form}"
    write_sheets([SheetOut("Reports", COLUMNS[:2], rows)], path, form)

    answer = reconcile(desk, str(path))

    assert [one["title"] for one in answer["missing"]] == ["Custody", "Digital forensics"]
    assert captures(desk)[0].audience == "office"


def test_a_long_list_names_the_first_that_are_missing_and_counts_all(desk):
    rows = "".join(f"{'A long title ' * 10}{n},2024-01-01,\n" for n in range(1500))

    reconcile(desk, file(desk, "title,published_on,url\n" + rows))

    (event,) = recorded(desk)
    assert (event.count, event.matched, len(event.missing)) == (1500, 0, MOST_NAMED)


def test_a_list_of_the_longest_titles_still_fits_into_an_entry(desk):
    rows = "".join(f"{n:03}{'é' * 1997},2024-01-01\n" for n in range(100))

    reconcile(desk, file(desk, "title,published_on\n" + rows))

    (event,) = recorded(desk)
    assert event.count == 100
    assert 5 < len(event.missing) < 100


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("title,published_on\nCustody,05/13/2024\n", "row 2, published on"),
        ("title,published_on\n,2024-05-14\n", "row 2, title: it is empty, and is needed"),
        ("title,published_on,url\nCustody,2024-05-14,javascript:x\n", "row 2, url"),
        (f"title,published_on\n{'A' * 2001},2024-05-14\n", "2,000 is the most"),
        ("title,published_on,url\nCustody,2024-05-14,https:///x\n", "row 2, url"),
        ("title,url\nCustody,\n", "the header lacks “published on”"),
        ("title,published_on,grade\nCustody,2024-05-14,A\n", "there is no column “grade”"),
        ("title,published_on\n", "there is no row below a header"),
        (b"title,published_on\n\xff\xfe,2024\n", "is not UTF-8"),
        (b"title,published_on\n\x00,2024\n", "has a NUL"),
        (b"PK\x03\x04 no sheet", "list.csv is damaged"),
        ("", "is empty"),
        ('title,published_on\n"Custody,2024-05-14\n', "is no CSV"),
        ("title,published_on\n" + "A,2024-05-14\n" * 20_001, "has more than 20,000 rows"),
    ],
)
def test_a_list_that_cannot_be_read_whole_is_refused_whole(quiet, text, says):
    quiet.refused(says, "reconcile", file(quiet, text), "--publisher", "hmicfrs")


def test_a_formula_in_a_list_is_a_title_and_no_more(desk):
    answer = reconcile(desk, file(desk, "title,published_on\n'=1+1,2024-05-14\n"))

    assert [one["title"] for one in answer["missing"]] == ["=1+1"]


def test_a_list_of_many_alike_is_compared_at_once(desk):
    for day in range(1, 21):
        report(desk, "PEEL", f"2024-03-{day:02}")
    rows = "".join(f"PEEL,2023-{1 + n % 12:02}-{1 + n % 28:02},https://a.example/{n}\n"
                   for n in range(5_000))  # fmt: skip
    began = time.process_time()

    answer = reconcile(desk, file(desk, "title,published_on,url\n" + rows), "--dry-run")

    assert len(answer["missing"]) == 5_000
    assert len(answer["unlisted"]) == 20
    assert time.process_time() - began < 5


def test_a_publisher_or_body_that_is_not_registered_is_refused(desk):
    desk.refused("“camelot” is not in the register", "reconcile", file(desk), "--publisher",
                 "camelot")  # fmt: skip
    desk.refused("“camelot” is not in the register", "reconcile", file(desk), "--publisher",
                 "hmicfrs", "--body", "camelot")  # fmt: skip


def test_an_address_that_is_none_is_refused(desk):
    before = desk.position

    done = desk.run(
        *("reconcile", file(desk), "--publisher", "hmicfrs", "--url", "reports.csv"), expect=2
    )

    assert "http:// or https://" in done.stderr
    assert desk.position == before


def test_the_columns_are_documented():
    documented = (Path(__file__).parents[2] / "docs/changes.md").read_text("utf-8")

    for name in ("title", "published_on", "url", "kind"):
        assert f"| `{name}` |" in documented
