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
from tests.keys.conftest import new_keyed_log
from tests.keys.keyed_log import KeyedLog
from tests.sheets_out import write_sheets

LIST = (
    "title,published_on,url,kind\n"
    "Custody,2024-03-12,https://hmicfrs.example/custody,Thematic\n"
    "Digital forensics,14 May 2024,,Thematic\n"
)


@pytest.fixture(scope="module")
def quiet(
    postgres: Running, begun: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[KeyedLog]:
    """Yield a keyed_log at which nothing is recorded: every request is refused."""
    with new_keyed_log(postgres, begun, tmp_path_factory.mktemp("quiet")) as keyed_log:
        yield keyed_log


def report(
    keyed_log: KeyedLog, title: str = "Custody", day: str = "2024-03-12", *same_as: str
) -> None:
    event = ReportPublished(
        title=title, kind="national_thematic", publisher="hmicfrs", same_as=same_as
    )
    told = Notice(occurred_on=day, source=Source(url="https://hmicfrs.example/reports"))
    keyed_log.log.record(import_account(keyed_log.log, "cumbria-pfcc"), publish_report, event, told)


def file(keyed_log: KeyedLog, text: str | bytes = LIST, name: str = "list.csv") -> str:
    path = keyed_log.folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return str(path)


def reconcile(keyed_log: KeyedLog, path: str, *more: str):
    return keyed_log.json("reconcile", path, "--publisher", "hmicfrs", *more)


def recorded(keyed_log: KeyedLog) -> list[ListCompared]:
    entries = keyed_log.log.read_stream("service")
    return [entry.data for entry in entries if isinstance(entry.data, ListCompared)]


def captures(keyed_log: KeyedLog) -> list[CaptureKept]:
    entries = keyed_log.log.read_below("capture/")
    return [entry.data for entry in entries if isinstance(entry.data, CaptureKept)]


def test_a_comparison_records_the_reports_missing_here_and_those_only_here(keyed_log):
    report(keyed_log, "Custody")
    report(keyed_log, "Stalking", "2023-01-05")

    answer = reconcile(keyed_log, file(keyed_log), "--url", "https://hmicfrs.example/reports.csv")

    assert (answer["count"], answer["recorded"]) == (2, 2)
    assert [one["title"] for one in answer["missing"]] == ["Digital forensics"]
    assert [one["title"] for one in answer["unlisted"]] == ["Stalking"]
    (event,) = recorded(keyed_log)
    assert (event.publisher, event.count, event.matched, event.unlisted) == ("hmicfrs", 2, 1, 1)
    assert [(one.title, one.published_on) for one in event.missing] == [
        ("Digital forensics", "2024-05-14")
    ]


def test_the_list_is_kept_in_the_same_transaction_and_cited(keyed_log):
    reconcile(keyed_log, file(keyed_log), "--url", "https://hmicfrs.example/reports.csv")

    kept, compared = keyed_log.log.read(keyed_log.position - 2, 2)
    assert compared.source.capture == kept.stream.removeprefix("capture/")
    assert compared.source.url == "https://hmicfrs.example/reports.csv"
    assert kept.recorded_at == compared.recorded_at
    assert (kept.data.media_type, kept.data.audience) == ("text/csv", "public")


def test_the_same_list_that_comes_to_the_same_is_recorded_once(keyed_log):
    reconcile(keyed_log, file(keyed_log))
    then = keyed_log.position

    answer = reconcile(keyed_log, file(keyed_log))

    assert answer["recorded"] == 0
    assert keyed_log.position == then


def test_the_same_list_is_compared_anew_once_the_log_has_more_and_is_kept_once(keyed_log):
    reconcile(keyed_log, file(keyed_log))
    report(keyed_log)

    answer = reconcile(keyed_log, file(keyed_log))

    assert answer["recorded"] == 1
    assert [event.matched for event in recorded(keyed_log)] == [0, 1]
    assert len(captures(keyed_log)) == 1


def test_another_list_is_recorded_though_it_comes_to_the_same(keyed_log):
    reconcile(keyed_log, file(keyed_log))

    assert reconcile(keyed_log, file(keyed_log, LIST + "\n"))["recorded"] == 2


def test_a_dry_run_records_nothing(keyed_log):
    report(keyed_log)
    then = keyed_log.position

    said = keyed_log.run("reconcile", file(keyed_log), "--publisher", "hmicfrs", "--dry-run").stdout

    assert "- missing here: Digital forensics, 2024-05-14" in said
    assert "2 in the list: 1 recorded here, 1 missing here; 0 here and not in the list." in said
    assert keyed_log.position == then


def test_a_body_that_compares_records_by_its_own_account(keyed_log):
    reconcile(keyed_log, file(keyed_log), "--body", "cumbria-pfcc")

    entry = keyed_log.log.read_stream("service")[-1]
    assert (entry.by, entry.recorded_by) == ("cumbria-pfcc", "cumbria-pfcc/import")
    assert entry.provenance == "first_hand"


@pytest.mark.parametrize("form", ["xlsx", "ods"])
def test_a_workbook_is_read_as_the_text_is_and_kept_for_the_office(keyed_log, form):
    rows = (("Custody", "2024-03-12"), ("Digital forensics", "14 May 2024"))
    path = keyed_log.folder / f"list.{form}"
    write_sheets([SheetOut("Reports", COLUMNS[:2], rows)], path, form)

    answer = reconcile(keyed_log, str(path))

    assert [one["title"] for one in answer["missing"]] == ["Custody", "Digital forensics"]
    assert captures(keyed_log)[0].audience == "office"


def test_a_long_list_names_the_first_that_are_missing_and_counts_all(keyed_log):
    rows = "".join(f"{'A long title ' * 10}{n},2024-01-01,\n" for n in range(1500))

    reconcile(keyed_log, file(keyed_log, "title,published_on,url\n" + rows))

    (event,) = recorded(keyed_log)
    assert (event.count, event.matched, len(event.missing)) == (1500, 0, MOST_NAMED)


def test_a_list_of_the_longest_titles_still_fits_into_an_entry(keyed_log):
    rows = "".join(f"{n:03}{'é' * 1997},2024-01-01\n" for n in range(100))

    reconcile(keyed_log, file(keyed_log, "title,published_on\n" + rows))

    (event,) = recorded(keyed_log)
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


def test_a_formula_in_a_list_is_a_title_and_no_more(keyed_log):
    answer = reconcile(keyed_log, file(keyed_log, "title,published_on\n'=1+1,2024-05-14\n"))

    assert [one["title"] for one in answer["missing"]] == ["=1+1"]


def test_a_list_of_many_alike_is_compared_at_once(keyed_log):
    for day in range(1, 21):
        report(keyed_log, "PEEL", f"2024-03-{day:02}")
    rows = "".join(f"PEEL,2023-{1 + n % 12:02}-{1 + n % 28:02},https://a.example/{n}\n"
                   for n in range(5_000))  # fmt: skip
    began = time.process_time()

    answer = reconcile(keyed_log, file(keyed_log, "title,published_on,url\n" + rows), "--dry-run")

    assert len(answer["missing"]) == 5_000
    assert len(answer["unlisted"]) == 20
    assert time.process_time() - began < 5


def test_a_publisher_or_body_that_is_not_registered_is_refused(keyed_log):
    keyed_log.refused(
        "“camelot” is not in the register", "reconcile", file(keyed_log), "--publisher", "camelot"
    )
    keyed_log.refused(
        "“camelot” is not in the register",
        "reconcile",
        file(keyed_log),
        "--publisher",
        "hmicfrs",
        "--body",
        "camelot",
    )


def test_an_address_that_is_none_is_refused(keyed_log):
    before = keyed_log.position

    done = keyed_log.run(
        *("reconcile", file(keyed_log), "--publisher", "hmicfrs", "--url", "reports.csv"), expect=2
    )

    assert "http:// or https://" in done.stderr
    assert keyed_log.position == before


def test_the_columns_are_documented():
    documented = (Path(__file__).parents[2] / "docs/changes.md").read_text("utf-8")

    for name in ("title", "published_on", "url", "kind"):
        assert f"| `{name}` |" in documented
