"""Captures over HTTP: what is kept of what is sent, and how it is given back."""

import base64
import hashlib
import io
import time
import zipfile
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.log.captures import MAX_BYTES, kind_of
from tests.api.site import PFCC, problem_of, statement
from tests.conftest import examples

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
URL = "https://cumbria-pfcc.example/response"
FORM = "multipart/form-data; boundary=b"


def zipped(*names: str, body: bytes = b"<x/>", prefix: bytes = b"") -> bytes:
    """A zip with parts of these names."""
    file = io.BytesIO()
    file.write(prefix)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, body)
    return file.getvalue()


WORD = zipped("[Content_Types].xml", "_rels/.rels", "word/document.xml")
WORD_TABLE_LAST = zipped("_rels/.rels", "word/document.xml", "[Content_Types].xml")
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR" + bytes(17)
MAIL = (
    b"Received: from a.example\r\n by b.example; Mon, 3 Mar 2025 10:00:00 +0000\r\n"
    b"From: Inspectorate <a@hmicfrs.example>\r\nDate: Mon, 3 Mar 2025 10:00:00 +0000\r\n"
    b"Subject: Closure\r\n\r\nWe close it.\r\n"
)

PDF, TEXT = ("application/pdf", "pdf"), ("text/plain", "txt")
HTML = ("text/html", "html")
KINDS = [
    (b"%PDF-1.7\n1 0 obj", *PDF),
    (WORD, DOCX, "docx"),
    (WORD_TABLE_LAST, DOCX, "docx"),
    (b"<!DOCTYPE html><p>x", *HTML),
    (b"\xef\xbb\xbf\n<!-- a --><HTML><script>alert(1)", *HTML),
    (b"<p>A part of a page</p>", *HTML),
    (b'<?xml version="1.0"?>\n<html xmlns="x">', *HTML),
    (PNG, "image/png", "png"),
    (MAIL, "message/rfc822", "eml"),
    ("Ymateb i’r adroddiad".encode(), *TEXT),
    ("caf\xe9 \x96 1252".encode("latin-1"), *TEXT),
    ("UTF-16".encode("utf-16"), *TEXT),
    (b"From: me\nTo: you\n\nA note.", *TEXT),
]
MANY = [*(f"word/document{n}.xml" for n in range(4097)), "[Content_Types].xml"]
HOSTILE = {
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>',
    "svg with a declaration": b'<?xml version="1.0"?><svg onload="alert(1)"/>',
    "zip bomb": zipped("a.txt", body=bytes(10**6)),
    "xlsx": zipped("[Content_Types].xml", "xl/workbook.xml"),
    "docx cut off": zipped("[Content_Types].xml", "word/document.xml")[:-40],
    "docx of too many parts": zipped(*MANY),
    "gif+zip": zipped("[Content_Types].xml", "word/document.xml", prefix=b"GIF89a"),
    "four bytes of a zip": b"PK\x03\x04",
    "empty zip": b"PK\x05\x06" + bytes(18),
    "half a png": b"\x89PNG\r\n\x1a\n<script>alert(1)</script>",
    "gif": b"GIF89a<script>",
    "jpeg": b"\xff\xd8\xff\xe0",
    "exe": b"MZ\x90\x00",
    "elf": b"\x7fELF",
    "script": b"#!/bin/sh\nrm -rf /",
    "rtf": b"{\\rtf1",
    "old word": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    "pdf after something": b"x\n%PDF-1.7\x00",
    "nul": b"text with a \x00",
    "utf-16 cut off": b"\xff\xfeodd",
    "blank": b" \n\t",
}


def id_of(answer) -> str:
    assert answer.status_code == 201, answer.text
    location: str = answer.headers["Location"]
    return location.removeprefix("/api/captures/")


# What is kept


def test_the_bytes_say_what_they_are_whatever_the_file_is_called(site):
    for body, media_type, suffix in KINDS:
        answer = site.clerk.upload(body, name="claims.png", url=URL)

        said = answer.json["event"]["data"]
        assert (said["media_type"], said["length"]) == (media_type, len(body)), body[:30]
        got = site.anybody.get(answer.headers["Location"])
        assert got.data == body
        assert got.headers["Content-Disposition"].endswith(f'.{suffix}"')


def test_bytes_of_no_known_kind_are_refused_whatever_their_name(site):
    before = site.position
    for what, body in HOSTILE.items():
        answer = site.clerk.upload(body, name="statement.docx", url=URL)

        problem = problem_of(answer, 422, "unfit")
        says = "PDF, Word (.docx), HTML, PNG, e-mail (.eml) or plain text"
        assert says in problem["detail"], what
    assert site.position == before


HARD = {
    "comments": (b"<!---->" * 500_000, 201),
    "open comments": (b"<!--" * 1_000_000, 201),
    "declarations": (b"<?xml ?>" * 500_000, 422),
    "fields": (b"From: a\n" * 500_000, 201),
    "a long field": (b"From:" + b" " * 5_000_000, 201),
    "zip": (b"PK\x03\x04" + b"PK\x01\x02" * 1_000_000 + b"PK\x05\x06" + b"\xff" * 18, 422),
    "lines": (b"\n" * 5_000_000 + b"x", 201),
}


@pytest.mark.parametrize(("hard", "status"), HARD.values(), ids=HARD)
def test_telling_the_kind_takes_no_time_whatever_the_bytes(hard, status):
    began = time.process_time()
    found = kind_of(hard)

    assert (found is None) == (status == 422)
    assert time.process_time() - began < 5


def test_a_word_document_is_never_unpacked(site):
    bomb = zipped("[Content_Types].xml", "word/document.xml", body=bytes(5_000_000))

    kept = id_of(site.clerk.upload(bomb, name="bomb.docx"))

    assert site.clerk.get(f"/api/captures/{kept}").data == bomb


def test_anything_else_is_for_the_office_and_its_hash_tells_nothing(site):
    answers = [site.clerk.upload(MAIL, name="mail.eml") for _ in range(2)]

    said = [answer.json["event"]["data"] for answer in answers]
    assert {(one["audience"], one["salted"]) for one in said} == {("office", True)}
    plain = hashlib.sha256(MAIL).hexdigest()
    assert len({plain, *(one["sha256"] for one in said)}) == 3
    got = site.clerk.get(answers[0].headers["Location"])
    salt = bytes.fromhex(got.headers["Capture-Salt"])
    opened = hashlib.sha256(b"answerable/capture/v1\x00" + salt + got.data).hexdigest()
    assert opened == said[0]["sha256"]


@pytest.mark.parametrize(("audience", "url"), [("public", None), ("office", URL)])
def test_the_audience_may_be_said(site, audience, url):
    fields = {"audience": audience} | ({"url": url} if url else {})

    said = site.clerk.upload(b"text", **fields).json["event"]["data"]

    assert (said["audience"], said["salted"]) == (audience, audience == "office")


def test_the_same_bytes_again_are_received_again(new_site):
    site = new_site
    first = site.clerk.upload(b"%PDF-1.7", url=URL).json["event"]
    site.clock.set("2025-12-01")

    second = site.clerk.upload(b"%PDF-1.7", url=URL).json["event"]

    assert first["id"] != second["id"]
    assert first["data"] == second["data"]
    assert second["recorded_at"].startswith("2025-12-01")


# Once


def test_the_same_request_again_is_recorded_once_whatever_its_boundary_and_file_name(site):
    key = {"Idempotency-Key": "capture-1"}
    first = site.clerk.upload(MAIL, name="a.eml", headers=key)
    before = site.position

    again = site.clerk.upload(MAIL, name="b.eml", headers=key)

    assert again.status_code == 201
    assert again.json == first.json
    assert site.position == before


@pytest.mark.parametrize(
    ("body", "fields"),
    [(b"other bytes", {}), (b"some bytes", {"url": URL}), (b"some bytes", {"audience": "public"})],
    ids=["bytes", "url", "audience"],
)
def test_another_request_under_the_same_key_is_refused(site, body, fields):
    key = {"Idempotency-Key": f"capture-2-{len(fields)}-{body.decode()}"}
    site.clerk.upload(b"some bytes", headers=key)
    before = site.position

    answer = site.clerk.upload(body, headers=key, **fields)

    problem_of(answer, 422, "key-reused")
    assert site.position == before


# What is refused


def test_25_mb_are_kept_and_a_byte_more_is_not(site):
    most = b"a" * MAX_BYTES
    kept = id_of(site.clerk.upload(most))
    before = site.position

    answer = site.clerk.upload(most + b"a")

    problem = problem_of(answer, 413, "request-entity-too-large")
    assert "25 MB" in problem["detail"]
    assert site.position == before
    assert len(site.clerk.get(f"/api/captures/{kept}").data) == MAX_BYTES


class Endless(io.RawIOBase):
    """A form whose file has no end; counts what is read of it."""

    def __init__(self) -> None:
        self.head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'
        self.count = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        piece = self.head[: len(buffer)] or b"a" * len(buffer)
        self.head = self.head[len(buffer) :]
        buffer[: len(piece)] = piece
        self.count += len(piece)
        return len(piece)


@pytest.mark.parametrize(
    ("environ", "read"),
    [
        ({"wsgi.input_terminated": True}, MAX_BYTES + 10**6),
        ({"CONTENT_LENGTH": str(5 * 10**9)}, 0),
    ],
    ids=["in pieces without an end", "5 GB announced"],
)
def test_an_upload_is_read_no_further_than_its_limit(site, environ, read):
    stream = Endless()
    before = site.position

    answer = site.app.test_client().post(
        "/api/captures",
        headers={"Authorization": f"Bearer {site.tokens['clerk']}"},
        content_type=FORM,
        environ_overrides=environ | {"wsgi.input": stream},
    )

    problem_of(answer, 413, "request-entity-too-large")
    assert stream.count <= read
    assert site.position == before


@pytest.mark.parametrize(
    ("who", "status", "kind"), [(None, 401, "unauthorized"), ("reader", 403, "not-allowed")]
)
def test_nothing_is_read_of_those_who_may_not_record(site, who, status, kind):
    stream, before = Endless(), site.position
    token = {"Authorization": f"Bearer {site.tokens[who]}"} if who else {}

    answer = site.app.test_client().post(
        "/api/captures",
        headers=token,
        content_type=FORM,
        environ_overrides={"wsgi.input_terminated": True, "wsgi.input": stream},
    )

    problem_of(answer, status, kind)
    assert (stream.count, site.position) == (0, before)


def part(name: str, value: bytes, more: str = "") -> bytes:
    return f'--b\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n'.encode() + (
        value + b"\r\n"
    )


FILE = part("file", b"%PDF-1.7", '; filename="a.pdf"')
END = b"--b--\r\n"


FORMS = [
    (END, "file: The part `file` is missing"),
    (b"", "file: The part `file` is missing"),
    (b"no form at all", "file: The part `file` is missing"),
    (part("file", b"%PDF-1.7", '; filename="a\r\nX: b"') + END, "file: "),
    (FILE[:-20], "file: The part `file` is missing"),
    (part("file", b"%PDF-1.7") + END, "send it as a file"),
    (FILE + FILE + END, "file: This is there twice"),
    (FILE + part("file", b"x") + END, "file: "),
    (FILE + part("other", b"x", '; filename="b"') + END, "other: There is no such part"),
    (FILE + part("url", b"x" * 100_000) + END, "url: 100,000 characters"),
    (FILE.replace(b'name="file"; ', b"") + END, "file: The part `file` is missing"),
    (FILE + part("", b"").replace(b'; name=""', b"") + END, "a part without a name: "),
    (FILE + part("colour", b"red") + END, "colour: There is no such part"),
    (FILE + part("url", b"javascript:alert(1)") + END, "url: Give an address"),
    (FILE + part("url", b"") + END, "url: This is empty"),
    (FILE + part("url", b"https://a.example/\r\nx") + END, "url: Give an address"),
    (FILE + part("url", b"https://a.example/\x00") + END, "url: Character 19 is U+0000"),
    (FILE + part("url", b"https://a.example/") * 2 + END, "url: This is there twice"),
    (FILE + part("url", b"https://a.example/" + b"x" * 2000) + END, "url: 2,018 characters"),
    (FILE + part("audience", b"all") + END, "audience: The audience is `public` or `office`"),
    (part("file", b"", '; filename="a.pdf"') + END, "There are no bytes to keep"),
    (FILE + part("url", b"x" * 600_000) + END, 413),
    (FILE + part("colour", b"red") * 50 + END, 413),
]  # fmt: skip
"""A form, and what is said of it; or 413: it has too much beside its file."""


def test_a_form_that_is_not_right_is_refused_in_words(site):
    before = site.position
    for sent, says in FORMS:
        answer = site.clerk.send("/api/captures", sent, FORM)

        if says == 413:
            problem_of(answer, 413, "request-entity-too-large")
        else:
            assert says in problem_of(answer, 422, "unfit")["detail"]
        assert site.position == before


NAMES = ["../../etc/passwd", "a%0D%0AX-A: b", 'x".html', "a;b.html", "\u202efdp.exe", "x" * 999]
NAMES += ["C:\\Windows\\a.html", "\U0001f46e.html", ".", "%00.html"]


def test_the_name_of_a_file_reaches_nobody(site):
    for name in NAMES:
        kept = id_of(site.clerk.upload(b"<p>x</p>", name=name, url=URL))

        got = site.anybody.get(f"/api/captures/{kept}")
        assert got.headers["Content-Disposition"] == f'attachment; filename="capture-{kept}.html"'
        assert "X-A" not in got.headers
        assert name not in site.anybody.get(f"/api/entries/{kept}").text or name == "."


@given(
    body=st.binary(max_size=200)
    | st.text(max_size=200).map(str.encode)
    | st.builds(
        lambda start, rest: start + rest,
        st.sampled_from([PNG, WORD, MAIL, b"%PDF-", b"<html>", b"PK\x05\x06", b"PK\x03\x04"]),
        st.binary(max_size=80),
    )
    | st.builds(lambda at: WORD[:at] + b"\xff" + WORD[at + 1 :], st.integers(0, len(WORD) - 1)),
)
@settings(
    deadline=None,
    max_examples=examples(10, 1000),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_whatever_the_bytes_are_they_come_back_exactly_or_are_refused_in_words(site, body):
    before = site.position

    answer = site.clerk.upload(body, url=URL)

    if answer.status_code == 201:
        got = site.anybody.get(answer.headers["Location"])
        assert got.data == body
        assert got.headers["Content-Type"].partition(";")[0] != "text/html"
        assert got.headers["Content-Disposition"].startswith("attachment; ")
    else:
        problem_of(answer, 422, "unfit")
        assert site.position == before


@given(
    at=st.integers(0, len(FILE + END)),
    cut=st.integers(0, 12),
    junk=st.binary(max_size=12) | st.sampled_from([b"\r\n", b"--b", b"--b--", b'"', b"; ", b":"]),
)
@settings(
    deadline=None,
    max_examples=examples(10, 1000),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_a_form_that_is_damaged_is_read_or_refused_in_words(site, at, cut, junk):
    before = site.position
    form = FILE + END

    answer = site.clerk.send("/api/captures", form[:at] + junk + form[at + cut :], FORM)

    if answer.status_code == 201:
        assert site.position == before + 1
    else:
        assert answer.status_code in (413, 422), answer.text
        assert answer.mimetype == "application/problem+json"
        assert site.position == before


# How it is given back


@pytest.mark.parametrize(
    ("body", "served_as"),
    [
        (b"<html><script>alert(1)</script>", "text/plain"),
        (MAIL, "text/plain"),
        (b"%PDF-1.7", "application/pdf"),
        (PNG, "image/png"),
        (WORD, DOCX),
    ],
)
def test_it_is_served_as_a_file_in_which_nothing_runs(site, body, served_as):
    kept = id_of(site.clerk.upload(body, url=URL))

    answer = site.anybody.get(f"/api/captures/{kept}")

    assert answer.data == body
    assert answer.headers["Content-Type"] == served_as
    assert answer.headers["Content-Disposition"].startswith(f'attachment; filename="capture-{kept}')
    assert answer.headers["Content-Disposition"].isascii()
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer.headers["Cache-Control"] == "no-cache"
    digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
    assert answer.headers["Repr-Digest"] == f"sha-256=:{digest}:"
    assert answer.headers["ETag"] == f'"{hashlib.sha256(body).hexdigest()}"'
    assert answer.headers["Link"] == f'</api/entries/{kept}>; rel="describedby"'


def test_an_office_capture_is_fetched_by_those_whom_its_texts_are_for_and_held_from_others(site):
    kept = id_of(site.clerk.upload(MAIL))

    for who in ("clerk", "clerk_2", "reader", "force", "auditor", "admin"):
        answer = site.caller(who).get(f"/api/captures/{kept}")
        assert answer.data == MAIL
        assert answer.headers["Cache-Control"] == "private, no-store"
    for other in (None, "dorset", "panel", "hmicfrs"):
        answer = site.caller(other).get(f"/api/captures/{kept}")
        detail = problem_of(answer, 403, "not-allowed")["detail"]
        assert "cumbria-pfcc holds it since 24 November 2025" in detail
        assert b"We close it" not in answer.data
        copy = site.caller(other).reads(f"/api/entries/{kept}")["capture"]
        assert (copy["readable"], copy["salted"], copy["held_by"]) == (False, True, PFCC)


@pytest.mark.parametrize("name", ["nothing", "00000000-0000-0000-0000-000000000000", "é", "%00"])
def test_a_capture_that_is_not_kept_is_not_found(site, name):
    answer = site.anybody.get(f"/api/captures/{name}")

    assert answer.status_code in (400, 404)
    assert answer.mimetype == "application/problem+json"


def test_it_was_not_there_before_it_was_received(site):
    before = site.position
    kept = id_of(site.clerk.upload(b"%PDF-1.7", url=URL))

    answer = site.anybody.get(f"/api/captures/{kept}", known_at=before)

    problem_of(answer, 404, "not-known-then")


def test_bytes_that_were_redacted_are_gone_and_their_entry_stays(site):
    kept = id_of(site.clerk.upload(b"%PDF-1.7", url=URL))
    asked = {"field": "bytes", "basis": "personal_data"}
    sought = site.clerk.act(f"/api/entries/{kept}/redaction", asked)
    site.admin.act(f"/api/entries/{sought}/redaction-confirmation", {})

    answer = site.anybody.get(f"/api/captures/{kept}")

    assert f"/api/entries/{kept}" in problem_of(answer, 410, "redacted")["detail"]
    copy = site.anybody.reads(f"/api/entries/{kept}")["capture"]
    assert (copy["redacted"], copy["readable"]) == (True, False)
    assert copy["sha256"] == hashlib.sha256(b"%PDF-1.7").hexdigest()


# As evidence


def test_a_public_statement_may_cite_an_office_capture_and_all_see_that_it_is_held(site, report):
    kept = id_of(site.clerk.upload(WORD))
    body = statement(None, source={"capture": kept})
    entry = site.clerk.act(f"{report.response}/statement", body)
    site.catch_up()

    copy = site.anybody.reads(f"/api/entries/{entry}")["capture"]
    page = site.anybody.get(f"/responses/{report.reference}/{PFCC}")

    assert (copy["id"], copy["readable"], copy["received_on"]) == (kept, False, "2025-11-24")
    assert "Copy held, received 24 November 2025, salted SHA-256" in page.text
    assert "It is for the office: " in page.text
    assert f'href="/api/captures/{kept}"' not in page.text


def test_a_page_shows_the_copy_that_an_entry_cites_and_links_it(site, report):
    bytes_ = b"<p>The response</p>"
    kept = id_of(site.clerk.upload(bytes_, url=URL))
    site.clerk.act(f"{report.response}/statement", statement(source={"capture": kept}))
    site.catch_up()

    page = site.anybody.get(f"/responses/{report.reference}/{PFCC}").text

    assert "Copy held, received 24 November 2025, SHA-256" in page
    assert hashlib.sha256(bytes_).hexdigest() in page
    assert f'href="/api/captures/{kept}"' in page
