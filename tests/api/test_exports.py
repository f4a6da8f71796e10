"""Exports: the lists' answers as files, at one moment, for the public unless somebody says else."""

import csv
import io
import json
import re
from html import unescape
from urllib.parse import parse_qsl, urlsplit

import click
import pytest
from click.testing import CliRunner
from python_calamine import CalamineWorkbook

from api.cli import main
from api.commands.exports import export
from api.files import exports as files
from api.files.columns import ABOUT, RECOMMENDATIONS, RESPONSES, heading
from api.routes import exports as exports_over_http
from ledger.intake.sheets.open_sheet import unguarded
from ledger.intake.sheets.updates import read_updates_sheet
from projections.questions import exports
from tests.api import site as sites
from tests.api.addresses import PANEL
from tests.api.site import FORCE, NOTE, PFCC, recommendation, statement
from tests.intake_sheets.making import open_path

FORMULA = "=HYPERLINK(“https://a.example”)\n@and this"
SHEETS = ("csv", "ods", "xlsx")


@pytest.fixture
def command(site, monkeypatch, tmp_path):
    """Runs `answerable export` on the site's database: (its answer, the file)."""
    monkeypatch.setenv("ANSWERABLE_DATABASE_URL", site.url)
    monkeypatch.setenv("ANSWERABLE_ORIGIN", "log.example/town")

    def run(what, name, *options, expect=0):
        path = tmp_path / name
        done = CliRunner().invoke(main, ["--json", "export", what, str(path), *options])
        assert done.exit_code == expect, done.output
        return json.loads(done.stdout.splitlines()[-1]), path

    return run


@pytest.fixture(scope="module")
def told(shared_site):
    """Return the report that most tests only read."""
    with sites.by_its_clock(shared_site) as site:
        return tells(site)


def tells(site):
    """A report with two recommendations, an office question about the first, and a response."""
    report = site.publish(recommendations=[recommendation(text=FORMULA), recommendation("03")])
    site.clerk.act(
        f"{report.recommendation}/assurances",
        {"of": FORCE, "question": "A secret question?", "occurred_on": None},
    )
    site.force.act(
        f"{report.recommendation}/updates",
        {
            "text": "A secret update.",
            "claim": {"as_stated": "A secret claim.", "means": "on_track"},
            "occurred_on": "2025-09-01",
        },
    )
    site.clerk.act(f"{report.response}/statement", statement())
    site.catch_up()
    return report


NAMES = {heading(name): name for name in ABOUT}
NAMES |= {column.heading: column.name for column in (*RECOMMENDATIONS, *RESPONSES)}


def rows(path):
    """The rows of a file, by the names of their columns, as texts."""
    if path.suffix == ".csv":
        with path.open(encoding="utf-8-sig", newline="") as file:
            return [
                {NAMES[k]: unguarded(v) for k, v in row.items()} for row in csv.DictReader(file)
            ]
    header, *lines = open_path(path).sheets[0].rows
    names = [NAMES[str(header.cells[n])] for n in range(len(header.cells))]
    return [{name: str(line.cells.get(n, "")) for n, name in enumerate(names)} for line in lines]


@pytest.mark.parametrize("of", ["recommendations", "responses"])
def test_a_file_has_the_same_rows_in_every_format(told, command, of):
    csv_, ods, xlsx = (
        rows(command(of, f"out.{form}", "--report", told.reference)[1]) for form in SHEETS
    )

    assert csv_ == ods == xlsx
    assert csv_


def test_a_file_says_of_a_recommendation_what_the_list_does(site, told, command):
    answer, path = command("recommendations", "out.csv", "--report", told.reference)

    two, three = rows(path)
    listed = site.anybody.reads("/api/recommendations", report=told.reference)["items"]
    assert answer["recommendations"] == len(listed) == 2
    assert [row["number"] for row in (two, three)] == ["02", "03"]
    assert (two["text"], two["addressee"], two["status"]) == (FORMULA, FORCE, "open")
    assert (two["assurances_open"], two["claim_means"]) == ("1", "on_track")
    assert (two["claim_on"], two["last_update_on"]) == ("2025-09-01", "2025-09-01")
    assert two["report_title"] == site.anybody.reads(told.path)["title"]
    assert (two["stance"], three["stance"]) == ("proposed", "")


def test_a_file_says_who_refused_or_reopened_it_and_which_meeting_reviewed_it(site, command):
    report = site.publish(recommendations=[recommendation(), recommendation("03")])
    at = [f"/api/recommendations/{report.reference}/{number}/{FORCE}" for number in ("2", "3")]
    proposed = {"reason": "It is done.", "occurred_on": "2025-07-01"}
    decided = {"reason": "Letter.", "source": NOTE}
    site.clerk.act(f"{at[0]}/closure-proposals", proposed)
    site.clerk.act(f"{at[0]}/refusals", decided | {"occurred_on": "2025-09-01"})
    site.hmicfrs.act(f"{at[1]}/reopenings", {"reason": "Slid.", "occurred_on": "2025-09-02"})
    for day in ("2025-09-04", "2025-10-02"):
        of = {"report": report.reference, "number": "2", "addressee": FORCE}
        review = {"recommendation": of, "outcome": "Noted.", "occurred_on": day}
        site.panel.act(f"/api/meetings/{PANEL}/{day}/reviews", review)
    site.catch_up()
    asked = ("--report", report.reference)

    two, three = rows(command("recommendations", "out.csv", *asked)[1])
    then, _ = rows(
        command("recommendations", "then.csv", *asked, "--effective-on", "2025-10-01")[1]
    )

    assert (two["status"], three["status"]) == ("refused", "reopened")
    refused = ("refused_on", "refused_by", "refused_provenance")
    assert [two[name] for name in refused] == ["2025-09-01", "hmicfrs", "reported"]
    assert (three["reopened_on"], three["reopened_by"]) == ("2025-09-02", "hmicfrs")
    assert (three["reopened_provenance"], three["refused_on"]) == ("first_hand", "")
    assert (two["reviewed_on"], two["reviewed_by"]) == ("2025-10-02", PANEL)
    assert (then["reviewed_on"], three["reviewed_on"]) == ("2025-09-04", "")


def test_a_file_says_of_a_response_what_the_list_does(site, told, command):
    _, path = command("responses", "out.csv", "--report", told.reference)

    (row,) = rows(path)
    one = site.anybody.reads(told.response)
    assert (row["body"], row["verdict"], row["due_on"]) == (PFCC, one["verdict"], one["due_on"])
    assert (row["days"], row["at_least"]) == ("" if one["days"] is None else str(one["days"]), "no")
    assert row["statement_text"] == statement()["text"]


@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_it_has_what_the_public_may_read_and_names_what_is_held(told, command, form):
    _, path = command("recommendations", f"out.{form}", "--report", told.reference)

    raw = path.read_bytes()
    assert b"secret" not in raw
    assert b"cumbria-constabulary" in raw
    if form != "jsonl":
        first, second = rows(path)
        assert first["held"] == (
            "question by cumbria-pfcc since 2025-11-24; "
            "claim.as_stated by cumbria-constabulary since 2025-11-24"
        )
        assert second["held"] == ""
        assert {row["texts"] for row in (first, second)} == {"public"}


@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_with_office_texts_every_row_says_so(told, command, form):
    options = ("--report", told.reference, "--office-texts")
    answer, path = command("recommendations", f"out.{form}", *options)

    assert answer["texts"] == "office"
    if form == "jsonl":
        items = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        assert items[0]["claim"]["as_stated"] == "A secret claim."
        assert items[0]["assurances"]["items"][0]["question"] == "A secret question?"
    else:
        items = rows(path)
        assert items[0]["claim_as_stated"] == "A secret claim."
    assert {item["texts"] for item in items} == {"office"}
    assert not any(item["held"] for item in items)


def test_it_is_of_one_moment_and_says_which_in_every_row(site, command):
    told = tells(site)
    before = site.position
    site.hmicfrs.act(
        f"{told.recommendation}/withdrawals", {"reason": "Moot.", "occurred_on": "2025-10-01"}
    )

    asked = ("--report", told.reference)
    _, now = command("recommendations", "now.csv", *asked)
    _, then = command("recommendations", "then.csv", *asked, "--known-at", str(before))
    _, early = command("recommendations", "early.csv", *asked, "--effective-on", "2025-09-30")

    assert [rows(path)[0]["status"] for path in (now, then, early)] == ["withdrawn", "open", "open"]
    assert {row["as_of_position"] for row in rows(then)} == {str(before)}
    assert {row["as_of_effective_on"] for row in rows(early)} == {"2025-09-30"}
    assert {row["log"] for row in rows(now)} == {"log.example/town"}


@pytest.mark.parametrize("form", ["ods", "xlsx"])
def test_the_sheet_of_notes_says_what_was_asked_and_what_each_column_means(told, command, form):
    answer, path = command("responses", f"out.{form}", "--report", told.reference, "--body", PFCC)

    notes = open_path(path).sheets[1]
    said = {str(row.cells[0]): str(row.cells.get(2, "")) for row in notes.rows}
    assert notes.name == "notes"
    assert said["What this is"] == "The responses of the log log.example/town, one in each row."
    assert (said["Asked for report"], said["Asked for body"]) == (told.reference, PFCC)
    assert said["Position"].startswith(f"{answer['as_of']['position']}: ")
    assert said["Checkpoint"] == "none: nothing of the log is sealed yet"
    assert said["Due on"] == "The last day of the period, extensions counted."
    assert said["Which texts"].startswith("those that the public may read")
    assert "Made up" not in said


@pytest.mark.parametrize("of", files.LISTS)
def test_the_command_has_every_filter_that_the_list_has_and_no_other(of):
    command_of, every = export.commands[of], files.LISTS[of].asked
    options = {one.name for one in command_of.params}
    of_a_file = {"out", "form", "office_texts", "as_json", "data"}

    assert options - of_a_file == set(every().fields) - {"min_position"}
    assert all(one.help for one in command_of.params if isinstance(one, click.Option))


@pytest.mark.parametrize(
    ("of", "filters"),
    [
        ("recommendations", {"publisher": "hmicfrs", "year": "2025", "assurances": "open"}),
        ("responses", {"responder": PFCC, "kind": "national_thematic", "year": "2025"}),
    ],
)
def test_the_command_answers_each_filter_as_the_list_does(site, told, command, of, filters):
    options = [f"--{name}={value}" for name, value in filters.items()]
    _, path = command(of, "out.jsonl", *options)

    written = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    listed = site.anybody.reads(f"/api/{of}", **filters, limit=500)["items"]
    assert [one["links"]["self"] for one in written] == [one["links"]["self"] for one in listed]


@pytest.mark.parametrize(
    ("of", "filters", "key"),
    [
        ("reports", {"kind": "national_thematic"}, "report"),
        ("meetings", {"panel": PANEL}, "date"),
        ("compliance", {"group_by": "year"}, "year"),
        ("compliance", {"body": PFCC}, "body"),
        ("changes", {"from": "1", "body": FORCE}, "change"),
        ("late-entries", {"late_by": "0", "sort": "oldest", "type": "report-published"}, "entry"),
    ],
)
def test_a_file_for_auditors_has_the_rows_of_its_list_by_address_and_by_command(
    site, told, command, of, filters, key
):
    if of == "meetings":
        site.panel.act(f"/api/meetings/{PANEL}/2025-10-09/held", {"occurred_on": "2025-10-09"})
    site.catch_up()
    options = [f"--{name.replace('_', '-')}={value}" for name, value in filters.items()]
    answer, path = command(of, "out.jsonl", *options)
    written = [json.loads(line) for line in path.read_text("utf-8").splitlines()]

    if of == "late-entries":
        asked = {"late_by": "0", "type": "report-published", "limit": 500}
        listed = [one["id"] for one in site.anybody.reads("/api/entries", **asked)["items"]]
    else:
        asked = {} if of == "compliance" else {"limit": 500}
        listed = [one[key] for one in site.anybody.reads(f"/api/{of}", **filters, **asked)["items"]]
    assert [one[key] for one in written] == listed
    assert len(listed) == answer[of] > 0
    sheet = site.anybody.get(f"/api/{of}.csv", **filters)
    assert len(list(csv.DictReader(io.StringIO(sheet.text)))) == len(listed)


def test_a_filter_that_the_list_would_refuse_is_refused_and_no_file_is_written(tmp_path):
    path = tmp_path / "out.csv"

    done = CliRunner().invoke(main, ["export", "responses", str(path), "--year", "last"])

    assert done.exit_code == 2
    assert "Give a year in four digits, such as 2025." in done.output
    assert not path.exists()


def test_words_are_looked_for_in_what_the_file_may_have(told, command):
    asked = ("--report", told.reference, "--q", "secret")
    public, _ = command("recommendations", "public.csv", *asked)
    office, _ = command("recommendations", "office.csv", *asked, "--office-texts")

    assert (public["recommendations"], office["recommendations"]) == (0, 1)


def test_no_cell_of_a_csv_begins_as_a_formula(told, command):
    _, path = command("recommendations", "out.csv", "--report", told.reference)

    with path.open(encoding="utf-8-sig", newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert "'" + FORMULA in cells
    assert not any(re.match(r"\s*[=+@-]|[\t\r\n]", cell) for cell in cells)


def test_no_cell_of_a_workbook_is_a_formula_or_a_link(told, command):
    import zipfile

    _, path = command("recommendations", "out.xlsx", "--report", told.reference)

    with zipfile.ZipFile(path) as package:
        inside = b"".join(package.read(name) for name in package.namelist() if "sheets/" in name)
    assert b"HYPERLINK" in inside
    assert b"<f>" not in inside
    assert b"<hyperlink" not in inside


def test_a_text_too_long_for_excel_is_cut_and_says_so_and_other_formats_have_it_whole(
    site, command
):
    text = "Long. " * 6_000
    report = site.publish(recommendations=[recommendation(text=text)])

    for form, whole in (("xlsx", False), ("csv", True), ("ods", True)):
        _, path = command("recommendations", f"out.{form}", "--report", report.reference)
        (row,) = rows(path)
        assert (row["text"].strip() == text.strip()) == whole
        assert whole or row["text"].endswith("[cut here: a cell of Excel holds no more]")


def test_more_rows_than_a_sheet_holds_are_refused_and_no_file_is_left(
    told, command, monkeypatch, tmp_path
):
    monkeypatch.setattr(files, "MOST_ROWS", 1)

    for form in ("xlsx", "ods"):
        asked = ("--report", told.reference)
        answer, _ = command("recommendations", f"out.{form}", *asked, expect=1)
        assert "write a .csv" in answer["error"], answer
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_there_is_not_written_over(told, command, tmp_path):
    (tmp_path / "out.csv").write_text("mine")

    answer, path = command("responses", "out.csv", expect=1)

    assert "is there already" in answer["error"]
    assert path.read_text() == "mine"


def test_a_name_that_says_no_format_needs_one(told, command):
    answer, _ = command("responses", "out", expect=1)
    assert "name it so, or give --format" in answer["error"]

    _, path = command("responses", "out", "--format", "jsonl", "--report", told.reference)
    assert json.loads(path.read_text("utf-8"))["report"] == told.reference


def test_a_moment_that_has_not_come_is_refused(command):
    answer, _ = command("responses", "out.csv", "--known-at", "999999999", expect=1)

    assert "The log ends at position" in answer["error"]


def test_many_rows_are_read_in_batches_and_each_is_there_once(site, command, monkeypatch):
    monkeypatch.setattr(exports, "AT_ONCE", 2)
    numbers = [str(n) for n in range(1, 6)]
    report = site.publish(recommendations=[recommendation(number) for number in numbers])

    _, path = command("recommendations", "out.csv", "--report", report.reference)

    assert [row["number"] for row in rows(path)] == numbers


def test_a_misspelt_body_or_report_gives_no_empty_file(command, site):
    site.catch_up()
    what = "responses"

    answer, path = command(what, "all.csv", "--body", "cumbria-pfc", expect=1)
    assert answer["error"].startswith("“cumbria-pfc” is not in the register of bodies. Near it: ")
    assert PFCC in answer["error"]

    answer, path = command(what, "all.csv", "--report", "no-such", expect=1)
    assert "no-such" in answer["error"]
    assert not path.exists()


@pytest.mark.parametrize("form", files.FORMS)
def test_the_same_file_comes_over_http(site, told, command, form, tmp_path):
    asked = {"report": told.reference, "known_at": site.position}

    answer = site.anybody.get(f"/api/recommendations.{form}", **asked)

    assert answer.status_code == 200, answer.text
    day = site.anybody.reads("/api/recommendations", **asked)["as_of"]["effective_on"]
    named = f"recommendations-{day}-{site.position}.{form}"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{named}"'
    assert answer.mimetype == files.MEDIA_TYPES[form].partition(";")[0]
    assert answer.headers["Cache-Control"] == "no-store"
    served = tmp_path / named
    served.write_bytes(answer.data)
    options = ("--report", told.reference, "--known-at", str(site.position))
    _, path = command("recommendations", f"out.{form}", *options)
    if form == "json":
        both = [json.loads(one.read_text("utf-8")) for one in (served, path)]
        first, second = (one["items"] for one in both)
        assert both[0]["columns"] == both[1]["columns"]
    elif form == "jsonl":
        first, second = (
            [json.loads(line) for line in one.read_text("utf-8").splitlines()]
            for one in (served, path)
        )
    else:
        first, second = rows(served), rows(path)
    assert len(first) == 2
    assert first == second


def test_a_file_over_http_names_its_question_its_checkpoint_and_where_it_is_answered_again(
    site, told
):
    answer = site.anybody.reads("/api/responses.json", report=told.reference, verdict="in_time")

    notes = answer["notes"]
    assert notes["Asked for verdict"] == "in_time"
    assert notes["Known at"] == "now, when this file was made"
    again = urlsplit(notes["Answered again at"])
    repeated = site.anybody.reads(again.path, **dict(parse_qsl(again.query)))
    assert repeated["items"] == answer["items"]
    assert [one["heading"] for one in answer["columns"]][:2] == ["Report", "Report title"]


@pytest.mark.parametrize("form", ["ods", "xlsx"])
def test_another_reader_finds_the_text_of_a_formula_as_a_text(site, told, form):
    answer = site.anybody.get(f"/api/recommendations.{form}", report=told.reference)

    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.data))
    header, first, *_ = book.get_sheet_by_name("recommendations").to_python()
    assert book.sheet_names == ["recommendations", "notes"]
    # It joins the lines of an .ods (docs/decisions/0038-our-own-readers-of-sheets.md).
    said = str(first[header.index("Text")]).replace("\n", "")
    assert said == FORMULA.replace("\n", "")


def test_a_file_refuses_the_questions_that_the_list_refuses(site, told):
    for asked, status in (
        ({"body": "cumbria-pfc"}, 422),
        ({"status": "done"}, 422),
        ({"limit": 5}, 422),
        ({"known_at": "999999999"}, 422),
        ({"colour": "red"}, 422),
    ):
        assert site.anybody.get("/api/recommendations.ods", **asked).status_code == status, asked
    assert site.anybody.get("/api/recommendations.pdf").status_code == 404


def test_no_more_files_are_made_at_once_than_are_let(site, told):
    with exports_over_http._AT_ONCE, exports_over_http._AT_ONCE:
        answer = site.anybody.get("/api/responses.csv")
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
        assert "again in a moment" in answer.json["detail"]

    assert site.anybody.get("/api/responses.csv", report=told.reference).status_code == 200


def test_the_pages_of_lists_and_of_a_body_lead_to_their_files(site, told):
    for page, of in (
        (f"/recommendations?report={told.reference}&status=open", "recommendations"),
        (f"/responses?report={told.reference}", "responses"),
        (f"/bodies/{PFCC}", "recommendations"),
    ):
        said = site.anybody.client.get(page).text
        links = re.findall(rf'href="(/api/{of}\.(\w+)\?[^"]+)" download', said)
        assert [form for _, form in links] == ["ods", "xlsx", "csv", "json"], page
        for link, _ in links:
            assert "known_at=" in link
            assert site.anybody.client.get(unescape(link)).status_code == 200


@pytest.mark.parametrize("form", ["ods"])
def test_the_sheet_to_fill_in_comes_over_http_as_known_then(site, form, tmp_path):
    told = tells(site)
    before = site.position
    site.hmicfrs.act(
        f"{told.recommendation}/withdrawals", {"reason": "Moot.", "occurred_on": "2025-10-01"}
    )
    site.catch_up()
    address = f"/api/bodies/{FORCE}/updates-sheet.{form}"

    now, then = site.anybody.get(address), site.anybody.get(address, known_at=before)

    assert now.mimetype == files.MEDIA_TYPES[form].partition(";")[0]
    day = site.anybody.reads("/api/reports", known_at=before)["as_of"]["effective_on"]
    named = f'attachment; filename="updates-{FORCE}-{day}-{before}.{form}"'
    assert then.headers["Content-Disposition"] == named
    of_the_report = []
    for answer in (now, then):
        path = tmp_path / f"sheet.{form}"
        path.write_bytes(answer.data)
        book = open_path(path)
        assert read_updates_sheet(book).rejected == ()
        header, *lines = book.sheets[0].rows
        names = [str(header.cells[n]).lower() for n in range(len(header.cells))]
        report, number = names.index("report"), names.index("number")
        of_the_report.append(
            [str(one.cells[number]) for one in lines if one.cells[report] == told.reference]
        )
    assert of_the_report == [["03"], ["02", "03"]]


def test_the_sheet_to_fill_in_has_what_its_reader_may_read(site, told):
    address = f"/api/bodies/{PFCC}/updates-sheet.csv"

    public, office = site.anybody.get(address), site.clerk.get(address)

    assert "A secret question?" not in public.text
    assert "held by cumbria-pfcc, and not open to you" in public.text
    assert public.headers["Cache-Control"] == "no-store"
    assert "A secret question?" in office.text
    assert office.headers["Cache-Control"] == "private, no-store"


def test_a_sheet_to_fill_in_that_there_is_none_of_is_refused_in_a_sentence(site):
    for address, status, says in (
        (f"/api/bodies/{PFCC}/updates-sheet.pdf", 404, "The sheet comes as csv, xlsx, ods"),
        ("/api/bodies/hmicfrs/updates-sheet.csv", 409, "has no force that could fill in a sheet"),
        ("/api/bodies/cumbria/updates-sheet.csv", 404, "is not in the register of bodies"),
    ):
        answer = site.anybody.get(address)
        assert answer.status_code == status
        assert says in answer.json["detail"]


def test_pages_of_a_body_lead_to_the_sheet_to_fill_in_at_their_own_dates(site, told):
    site.catch_up()
    dates = f"known_at={site.position}&amp;effective_on=2025-11-24"
    for page in (f"/bodies/{PFCC}", f"/bodies/{FORCE}"):
        said = site.anybody.client.get(page).text
        links = re.findall(r'href="(/api/bodies/[^"]+/updates-sheet\.(\w+)\?[^"]+)" download', said)
        assert [form for _, form in links] == ["ods", "xlsx", "csv"], page
        for link, _ in links:
            assert dates in link
            assert site.anybody.client.get(unescape(link)).status_code == 200
    assert "updates-sheet" not in site.anybody.client.get("/bodies/hmicfrs").text
