"""`answerable capture`: a file or a page kept as evidence, beside a running service."""

import hashlib
import http.client
from collections.abc import Iterator
from contextlib import closing, suppress

import pytest

from ledger.log.captures import MAX_BYTES
from tests.e2e.pages import PAGE, Site, serving

pytestmark = pytest.mark.long

BODY = ("--body", "kent-pcc")


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with serving() as here:
        yield here


def test_a_file_of_a_page_is_kept_and_fetched_again(service, tmp_path):
    file = tmp_path / "page.txt"
    file.write_bytes(PAGE)

    kept = service.command_json("capture", str(file), *BODY, "--url", "https://a.example/p")

    answer = service.session.get(f"{service.url}/api/captures/{kept['id']}", timeout=10)
    assert answer.content == PAGE
    assert kept["sha256"] == hashlib.sha256(PAGE).hexdigest()
    assert answer.headers["ETag"] == f'"{kept["sha256"]}"'
    entry = service.get(f"/api/entries/{kept['entry']}")
    assert (entry["position"], entry["recorded_at"]) == (kept["position"], kept["received_at"])
    assert (entry["recorded_by"], entry["data"]["media_type"]) == ("kent-pcc/import", "text/html")
    assert entry["data"]["url"] == "https://a.example/p"


def test_a_letter_is_kept_for_its_office(service, tmp_path):
    file = tmp_path / "letter.txt"
    file.write_bytes(b"We close it.")

    kept = service.command_json("capture", str(file), *BODY)

    answer = service.session.get(f"{service.url}/api/captures/{kept['id']}", timeout=10)
    assert answer.status_code == 403
    entry = service.get(f"/api/entries/{kept['entry']}")
    assert kept["sha256"] == hashlib.sha256(b"We close it.").hexdigest()
    assert entry["data"]["sha256"] == kept["commitment"] != kept["sha256"]
    token = service.token("reader", "record", body="kent-pcc")
    opened = service.session.get(answer.url, headers=token, timeout=10)
    assert opened.content == b"We close it."


def test_a_page_is_fetched_and_kept_as_it_was_sent(service, site):
    kept = service.command_json("capture", f"{site.url}/hops/0", *BODY, "--allow-private")

    answer = service.session.get(f"{service.url}/api/captures/{kept['id']}", timeout=10)
    assert answer.content == PAGE
    assert kept["url"] == f"{site.url}/page"
    assert kept["audience"] == "public"


def test_it_says_whether_it_asked_an_address_itself_and_which_host_answered(
    service, site, tmp_path
):
    """A name inside a network can be made to lead anywhere: there the address is told."""
    file = tmp_path / "page.txt"
    file.write_bytes(PAGE)
    localhost = f"http://localhost:{site.port}/hops/0"

    asked = service.command_json("capture", localhost, *BODY, "--allow-private")
    sent = service.command_json("capture", str(file), *BODY, "--url", localhost)

    def said(kept):
        data = service.get(f"/api/entries/{kept['entry']}")["data"]
        assert (data["how"], data.get("host")) == (kept["how"], kept["host"])
        return kept["how"], kept["host"], kept["url"]

    here = f"127.0.0.1:{site.port}"
    assert said(asked) == ("fetched", here, f"http://localhost:{site.port}/page")
    assert said(sent) == ("uploaded", None, localhost)


def test_for_a_person_it_prints_a_line_each(service, site):
    done = service.command("capture", f"{site.url}/page", *BODY, "--allow-private")

    words = [line.split()[0] for line in done.stdout.splitlines()]
    assert words == ["capture", "SHA-256", "received", "position", "kept", "fetched"]
    assert hashlib.sha256(PAGE).hexdigest() in done.stdout


def test_without_leave_nothing_inside_the_network_is_asked(service, site):
    before, asked = service.position(), len(site.asked)

    done = service.command("capture", f"{site.url}/page", *BODY, expect=1)

    assert "an address inside a network" in done.stderr
    assert (service.position(), len(site.asked)) == (before, asked)


def test_a_capture_that_cannot_be_kept_is_refused_and_nothing_is_recorded(service, site, tmp_path):
    (tmp_path / "empty").touch()
    (tmp_path / "note").write_bytes(b"A note.")
    with (tmp_path / "large").open("wb") as large:
        large.truncate(MAX_BYTES + 1)
    service.command_json("capture", str(tmp_path / "note"), *BODY)  # opens the account
    before = service.position()
    for what, more, says in (
        (f"{site.url}/status/404", ("--allow-private",), "it answers 404"),
        (f"{site.url}/picture", ("--allow-private",), "none of the six kinds"),
        (f"{site.url}/page", ("--allow-private", "--url", "https://a.example/"), "leave --url out"),
        ("ftp://a.example/", (), "starts with http:// or https://"),
        (f"{tmp_path}/nothing.pdf", (), "cannot be read: No such file"),
        (f"{tmp_path}", (), "cannot be read: Is a directory"),
        (f"{tmp_path}/empty", (), "There are no bytes to keep"),
        (f"{tmp_path}/large", (), f"{MAX_BYTES:,} is the most"),
        (f"{tmp_path}/note", ("--url", "note"), "http:// or https://"),
        (f"{tmp_path}/note", ("--body", "camelot"), "camelot"),
    ):
        done = service.command("capture", what, *BODY, *more, expect=1)

        assert says in done.stderr, what
        assert "Traceback" not in done.stderr
    assert service.position() == before


def test_an_upload_of_a_gigabyte_is_refused_by_the_service_itself(service):
    headers = service.token("uploader", "record", body="kent-pcc")
    sent = 0

    def endless() -> Iterator[bytes]:
        nonlocal sent
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'
        while sent < 10**9:
            sent += 2**20
            yield b"a" * 2**20

    before = service.position()
    connection = http.client.HTTPConnection(service.url.removeprefix("http://"), timeout=30)
    form = headers | {"Content-Type": "multipart/form-data; boundary=b"}
    with closing(connection), suppress(OSError):  # it hangs up on what goes on and on
        connection.request("POST", "/api/captures", endless(), form, encode_chunked=True)

    assert sent < 2 * 10**8  # bytes that were read, thrown away, or in buffers
    assert service.position() == before
    assert service.get("/healthz") == {"status": "ok"}
