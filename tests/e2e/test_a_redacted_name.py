"""A name that was redacted wherever it stood is in no byte that the service has or gives."""

import io
import json
import re
import signal
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import requests
from psycopg import sql

from tests.conftest import cells, whole
from tests.e2e.conftest import started
from tests.e2e.service import Service

pytestmark = pytest.mark.long

NAME = "Aurelia Quillfeather-Osgood"
KENT = Path(__file__).parents[2] / "examples" / "kent-pcc-activism-and-impartiality.txt"
PAGE = KENT.read_text(encoding="utf-8").replace(
    "I support all",
    f"On recommendation 10, I thank Superintendent {NAME}.\n\nI support all",
)
KEY = {"Idempotency-Key": "the-update"}
FORCE = "kent-police"
UPDATE = {
    "text": f"Sergeant {NAME} was off sick, so that half of it is done.",
    "claim": {"as_stated": f"Half done, says {NAME}.", "means": "on_track"},
    "occurred_on": "2025-02-01",
    "source": {"note": f"A letter of {NAME}, 3 March."},
}


class Kent(Service):
    """The service, and two people of Kent's office who record."""

    clerks: tuple[dict[str, str], dict[str, str]]
    recommendation: str
    began: int
    """After this position all is of these tests; before it are the bodies and the rules."""

    def post(
        self, path: str, body: Any, who: int = 0, key: dict[str, str] | None = None
    ) -> requests.Response:
        headers = {**self.clerks[who], **(key or {})}
        return self.session.post(self.url + path, json=body, headers=headers, timeout=30)

    def act(self, path: str, body: Any, who: int = 0) -> str:
        answer = self.post(path, body, who)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["event"]["id"])


@pytest.fixture(scope="module")
def kent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kent]:
    """Yield a service with a page and an update that name somebody, in many places. The last of
    these tests ends it."""
    with started() as running:
        service = Kent(**vars(running))
        service.began = service.position()
        page = tmp_path_factory.mktemp("kent") / "page.txt"
        page.write_text(PAGE, encoding="utf-8")
        service.command("import", str(page), "--body", "kent-pcc", "--yes")
        one, two = (service.token(who, "record", body="kent-pcc") for who in ("one", "two"))
        service.clerks = one, two
        service.get("/api/reports", min_position=service.position())
        listed = service.get("/api/recommendations", body="kent-pcc")["items"]
        links = (item["links"]["self"] for item in listed if item["key"] == "10")
        service.recommendation = next(links)
        yield service


@pytest.fixture(scope="module")
def before(kent: Kent) -> requests.Response:
    """Return the answer to the update's request, with all that followed it before the redaction."""
    first = kent.post(f"{kent.recommendation}/updates", UPDATE, key=KEY)
    assert first.status_code == 201, first.text
    update = first.json()["event"]["id"]
    path = f"/api/entries/{update}"
    wording = f"Inspector {NAME} was off sick, so that half of it is done."
    said = {"field": "text", "now": wording, "reason": "Her rank."}
    correction = kent.act(f"{path}/corrections", said)
    kent.act(f"/api/entries/{correction}/release", {"field": "now"})
    assert named_in_tables(kent)
    assert named_in_files(kent)
    return first


@pytest.fixture(scope="module")
def redacted(kent: Kent, before: requests.Response) -> list[dict[str, Any]]:
    """Redact every text that names her, and return what that recorded."""
    done: list[dict[str, Any]] = []
    while texts := texts_that_name(kent):
        entry, field = texts[0]
        sought = {"field": field, "basis": "personal_data"}
        request = kent.act(f"/api/entries/{entry}/redaction", sought)
        answer = kent.post(f"/api/entries/{request}/redaction-confirmation", {}, who=1)
        assert answer.status_code == 201, answer.text
        done += answer.json()["events"]
    kent.command("erase")
    kent.get("/api/reports", min_position=kent.position())
    return done


def connection(kent: Kent) -> psycopg.Connection:
    return psycopg.connect(kent.status()["database"], autocommit=True)


def texts_that_name(kent: Kent) -> list[tuple[str, str]]:
    """Return (entry, field) of the texts that name her."""
    with connection(kent) as conn:
        return conn.execute(
            "SELECT event_id::text, field FROM ledger.texts JOIN ledger.entries USING (position)"
            " WHERE strpos(body, %s) > 0 ORDER BY position, field",
            [NAME],
        ).fetchall()


def named_in_tables(kent: Kent) -> list[str]:
    """Return the tables of all schemas, the system's among them, that name her in any column. A
    temporary table of another session cannot be read; it is gone with its session."""
    found = []
    with connection(kent) as conn:
        tables = conn.execute(
            "SELECT nspname, relname FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace"
            " WHERE relkind IN ('r', 'm', 't', 'p') AND relpersistence <> 't' ORDER BY 1, 2"
        ).fetchall()
        assert {"ledger", "projections", "follow", "api", "pg_catalog"} <= {
            one for one, _ in tables
        }
        for schema, table in tables:
            query = sql.SQL("SELECT * FROM {}").format(sql.Identifier(schema, table))
            for row in conn.execute(query):
                said = "\n".join(
                    value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
                    for value in row
                )
                if is_named(said):
                    found.append(f"{schema}.{table}")
    return found


def is_named(said: str) -> bool:
    return NAME in " ".join(said.split()) or "Quillfeather" in said


def named_in_files(kent: Kent) -> list[str]:
    """Return the files of the data directory that hold her name, those of the write-ahead log
    aside."""
    with connection(kent) as conn:
        row = conn.execute("SHOW data_directory").fetchone()
        conn.execute("CHECKPOINT")
    assert row is not None
    folders = {kent.data.resolve(), Path(row[0]).resolve()}
    return sorted(
        str(file)
        for folder in folders
        for file in folder.rglob("*")
        if file.is_file() and "pg_wal" not in file.parts and b"Quillfeather" in file.read_bytes()
    )


def test_the_page_the_statement_the_update_and_its_corrections_were_redacted(redacted):
    places = {(one["data"]["field"], one["stream"].split("/")[0]) for one in redacted}

    assert places >= {
        ("text", "recommendation"),
        ("claim.as_stated", "recommendation"),
        ("source.note", "recommendation"),
        ("was", "recommendation"),
        ("now", "recommendation"),
        ("text", "response"),
        ("bytes", "capture"),
    }
    assert {one["data"]["basis"] for one in redacted} == {"personal_data"}


def test_no_table_of_the_database_names_her(kent, redacted):
    assert named_in_tables(kent) == []


def test_no_file_of_the_database_names_her_but_those_of_the_write_ahead_log(kent, redacted):
    assert named_in_files(kent) == []


def addresses(kent: Kent) -> list[str]:
    """Return every address that can be read, of the API and of pages, for everything that these
    tests recorded. From before there are the register of bodies and rules, one of each type."""
    paths = [path for path, item in kent.get("/openapi.json")["paths"].items() if "get" in item]
    paths.remove("/api/entries/stream")  # it has no end, and says what the list does
    items: list[Any] = []
    while page := kent.get("/api/entries", after=len(items), limit=500)["items"]:
        items += page
    subjects = {item["subject"] for item in items[kent.began :]}
    captures = [s.removeprefix("capture/") for s in sorted(subjects) if s.startswith("capture/")]
    before = {item["type"]: item["id"] for item in items[: kent.began]}
    since = [item["id"] for item in items[kent.began :]]
    if not whole():  # the last of each type
        since = list({item["type"]: item["id"] for item in items[kent.began :]}.values())
    where = {
        "entry_id": [*before.values(), *since],
        "report": [kent.recommendation.split("/")[3]],
        "number": ["4", "10", "12"],
        **{part: ["kent-pcc", FORCE] for part in ("body_id", "addressee", "responder")},
        "account_body": ["kent-pcc"],
        "panel": ["kent-and-medway-police-and-crime-panel"],
        "date": ["2025-02-01"],
        "capture_id": captures,
        "tile": ["0/000", "entries/000", "entries/001.p/1"],
        "subscription_id": [],
        "role": ["one"],
        "token_id": [],
        "form": ["csv", "json", "jsonl", "ods", "xlsx"],
    }
    filled = [one for path in paths for one in every(path, where)]
    pages = [one.removeprefix("/api") for one in filled if "/entries" not in one]
    lists = [f"/api/entries?after={n}&limit=500" for n in range(0, len(items), 500)]
    return [*filled, *pages, "/", *lists]


def every(path: str, where: dict[str, list[str]]) -> list[str]:
    """Return a path with every value in each of its places."""
    place = re.search(r"\{(\w+)\}", path)
    if place is None:
        return [path]
    return [
        one for value in where[place[1]] for one in every(path.replace(place[0], value, 1), where)
    ]


def unpacked(answer: requests.Response) -> str:
    """Return the text of an answer, or of all files in it if it is a ZIP, as a spreadsheet is."""
    if not answer.content.startswith(b"PK"):
        return answer.text
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        return "\n".join(archive.read(name).decode() for name in archive.namelist())


@pytest.mark.sampled
def test_no_answer_of_the_api_and_no_page_names_her_now_or_as_known_before(kent, before, redacted):
    known = before.json()["position"] + 2
    seen: set[int] = set()
    for address, asked in cells(addresses(kent), ({}, {"known_at": known}), 2):
        headers = kent.clerks[0] if asked else {}
        answer = kent.session.get(kent.url + address, params=asked, headers=headers, timeout=30)
        seen.add(answer.status_code)
        assert answer.status_code < 500, (address, answer.text)
        assert not is_named(unpacked(answer)), address

    found = kent.get("/api/recommendations", q="Quillfeather")
    assert found["items"] == []
    # 401: an account's own subscriptions; 410: her page, whose bytes are gone; 422:
    # /log/consistency, which has to be told since when
    assert {200, 404, 410} <= seen <= {200, 401, 404, 410, 422}


def test_a_page_says_when_and_on_what_basis(kent, redacted):
    page = kent.session.get(kent.url + kent.recommendation.removeprefix("/api"), timeout=30).text

    assert re.search(r"Redacted on \d+ \w+ \d{4}: personal data\.", page)


def test_the_request_sent_again_gets_the_same_answer_and_records_nothing(kent, before, redacted):
    position = kent.position()

    again = kent.post(f"{kent.recommendation}/updates", UPDATE, key=KEY)

    assert again.status_code == 201
    assert again.content == before.content
    assert kent.position() == position
    assert texts_that_name(kent) == []


def test_the_page_read_again_records_nothing(kent, redacted, tmp_path):
    page = tmp_path / "page.txt"
    page.write_text(PAGE, encoding="utf-8")

    done = kent.command_json("import", str(page), "--body", "kent-pcc", "--yes")

    assert done["recorded"] == 0
    assert texts_that_name(kent) == []


def test_no_export_names_her_and_the_log_is_whole(kent, before, redacted, tmp_path):
    kent.command("export", "log", str(tmp_path / "log"))
    for form in ("csv", "xlsx", "ods"):
        kent.command("export", "updates-sheet", str(tmp_path / f"u.{form}"), "--body", "kent-pcc")

    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert len(files) >= 4
    for file in files:
        assert b"Quillfeather" not in file.read_bytes()
    lines = (tmp_path / "log" / "log.jsonl").read_bytes().splitlines()
    assert [json.loads(line)["position"] for line in lines] == list(range(1, kent.position() + 1))


def test_the_read_models_are_those_of_a_rebuild(kent, redacted):
    assert set(kent.command_json("rebuild", "--verify")["differences"].values()) == {0}


def test_the_services_own_output_never_named_her(kent, redacted):
    kent.post(f"{kent.recommendation}/updates", {"text": 1, "name": NAME})
    kent.session.get(kent.url + "/api/recommendations", params={"q": NAME}, timeout=30)
    kent.process.send_signal(signal.SIGINT)
    last_words = kent.process.communicate()[0]

    assert not any(is_named(line) for line in kent.printed)
    assert not is_named(last_words)
