"""Every route and method takes what is sent by the same rules: each is tried with bodies and
numbers that could be read in two ways. A client of a real gunicorn can read the refusal."""

import gzip
import json
import socket
from contextlib import closing
from urllib.parse import urlsplit

import pytest

from api.requests.parsing import MOST_BYTES, MOST_NESTED, MOST_VALUES
from ledger.log.captures import MAX_BYTES
from tests.api import site as sites
from tests.api.reading import SECONDS
from tests.api.site import problem_of
from tests.conftest import cells, some, whole

JSON = "application/json"
PARTS = {
    **dict.fromkeys(
        ("report", "body", "addressee", "responder", "panel", "capture_id", "tile", "filename"),
        "cumbria-pfcc",
    ),
    "body_id": "cumbria-pfcc",
    "subscription_id": "none",
    "role": "clerk",
    "token_id": "none",
    "form": "csv",
    "schema": "update-received.v1.json",
    "name": "receiveUpdate",
    "file": "start.js",
    "date": "2025-10-09",
    "entry_id": "0197d000-0000-7000-8000-000000000001",
    "number": "2",
}
BODIES = {
    "a name twice, below": (b'{"source":{"url":"x","url":"x"}}', JSON, 422, "unfit"),
    "a form": (b"a=1", "application/x-www-form-urlencoded", 415, "unsupported-media-type"),
    "no content type": (b"{}", "", 415, "unsupported-media-type"),
    "another charset": (b"{}", f"{JSON}; charset=utf-16", 415, "unsupported-media-type"),
    "nested deeply": (b'{"a":' * 5000 + b"1" + b"}" * 5000, JSON, 400, "bad-request"),
    "too many values": (
        b"[" + b"{}," * MOST_VALUES + b"1]",
        JSON,
        413,
        "request-entity-too-large",
    ),
    "an unknown field": (b'{"colour":"red"}', JSON, 422, "unfit"),
    "too large": (
        b'{"source":"' + b"x" * MOST_BYTES + b'"}',
        JSON,
        413,
        "request-entity-too-large",
    ),
}
"""One body for each way to be refused: how JSON is read is in test_strict_json.py."""


def rules(site, *methods):
    """Every route that takes one of these methods: (method, address)."""
    adapter = site.app.url_map.bind("localhost")
    found = []
    for rule in site.app.url_map.iter_rules():
        values = {name: PARTS[name] for name in rule.arguments}
        address = adapter.build(rule.endpoint, values)
        found += [(method, address) for method in methods if method in rule.methods]
    return found


@pytest.mark.sampled
def test_every_route_that_writes_refuses_what_does_not_read_back_the_same(site):
    """`make test` sends each route a quarter of these bodies, `make soak` all of them."""
    before, writes = site.position, rules(site, "POST", "PUT", "PATCH")
    writes = [one for one in writes if one[1].startswith("/api/")]
    assert len(writes) > 30
    headers = {"Authorization": f"Bearer {site.tokens['admin']}"}
    wrong: list[tuple[object, ...]] = []
    for nth, (method, path) in enumerate(writes):
        bodies = BODIES if whole() else dict([*BODIES.items()][nth % 4 :: 4])
        for name, (data, content_type, status, kind) in bodies.items():
            sent = headers | ({"Content-Type": content_type} if content_type else {})
            answer = site.app.test_client().open(path, method=method, data=data, headers=sent)
            if path == "/api/captures":  # which takes a form, and no JSON
                status, kind = 415, "unsupported-media-type"
            if answer.status_code != status:
                wrong.append((path, name, answer.status_code))
            elif answer.json["type"] != f"urn:answerable:problem:{kind}":
                wrong.append((path, name, answer.status_code, answer.json))
    assert wrong == []
    assert site.position == before


@pytest.mark.sampled
def test_no_route_takes_a_body_that_is_packed(site):
    headers = {"Authorization": f"Bearer {site.tokens['admin']}", "Content-Encoding": "gzip"}
    for method, path in some(rules(site, "POST"), 2):
        answer = site.app.test_client().open(
            path, method=method, data=gzip.compress(b"{}"), content_type=JSON, headers=headers
        )
        if path.startswith("/api/"):
            problem_of(answer, 415, "unsupported-media-type")
        assert answer.status_code == 415, path


@pytest.mark.sampled
def test_a_page_takes_the_form_of_a_page_and_nothing_else(site):
    forms = [path for _, path in rules(site, "POST") if not path.startswith("/api/")]
    assert len(forms) >= 3
    bodies = ((b"{}", JSON), (b"x=1", None), (b"--x", "multipart/form-data"))
    for path, (data, content_type) in cells(forms, bodies, 3):
        answer = site.app.test_client().post(path, data=data, content_type=content_type)

        assert answer.status_code == 415, path


def test_a_broken_form_with_a_file_is_refused(site):
    answer = site.app.test_client().post(
        "/record/draft", data=b"no part", content_type="multipart/form-data; boundary=x"
    )

    assert answer.status_code == 401


@pytest.mark.sampled
def test_no_question_takes_a_body(site):
    """Each address is asked by one of both methods, in turns; in `make soak` by both."""
    asked = rules(site, "GET", "HEAD")
    for nth, ways in enumerate(zip(asked[::2], asked[1::2], strict=True)):
        for method, path in ways if whole() else (ways[nth % 2],):
            answer = site.app.test_client().open(path, method=method, data=b"{}", content_type=JSON)
            assert answer.status_code == 400, path


def test_a_delete_takes_no_body(site):
    headers = {"Authorization": f"Bearer {site.tokens['admin']}"}
    for method, path in rules(site, "DELETE"):
        answer = site.app.test_client().open(
            path, method=method, data=b"{}", content_type=JSON, headers=headers
        )
        assert "leave the body out" in problem_of(answer, 400, "bad-request")["detail"], path


def test_the_deepest_json_that_is_allowed_is_read(site):
    deep = b"[" * MOST_NESTED + b"]" * MOST_NESTED

    problem_of(site.clerk.send("/api/reports", deep), 422, "unfit")


def test_the_first_hundred_of_many_faults_are_told(site):
    answer = site.clerk.post("/api/reports", {f"name {n}": 1 for n in range(MOST_VALUES - 1)})

    assert len(problem_of(answer, 422, "unfit")["errors"]) == 100


def test_a_number_that_equals_yes_is_not_yes(site):
    target = {"on": "2026-01-01", "phrase": "Soon", "worked_out": 1}
    body = {"number": "9", "text": "T.", "addressees": [sites.FORCE], "occurred_on": None}
    report = site.publish()

    for worked_out in (1, 0, "true"):
        problem_of(
            site.clerk.post(
                f"{report.path}/recommendations",
                {**body, "target": {**target, "worked_out": worked_out}},
            ),
            422,
            "unfit",
        )


@pytest.mark.parametrize("field", ["url", "audience"])
def test_a_field_of_a_form_that_is_not_utf_8_is_refused(site, field):
    value = {"url": b"https://a.example/\xff", "audience": b"public\xff"}[field]
    form = (
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nwords\r\n'
        b'--b\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n--b--\r\n'
    ) % (field.encode(), value)

    answer = site.clerk.send("/api/captures", form, "multipart/form-data; boundary=b")

    problem_of(answer, 422, "unfit")


# Parameters of addresses


NO_NUMBERS = ["+5", " 5", "1_0", "\uff15", "\u0665", "5.0", "0x5", "-1", "1e3", "no", "9" * 17]


@pytest.mark.sampled
def test_every_number_that_an_address_takes_is_digits(site):
    described = site.anybody.reads("/openapi.json")["paths"]
    tried = 0
    for path, item in described.items():
        for one in item.get("get", {}).get("parameters", []):
            if one["in"] == "query" and one["schema"]["type"] == "integer":
                place = path.format(**PARTS)
                nth, every = tried, 1 if whole() else 4
                for value in NO_NUMBERS[nth % every :: every]:
                    answer = site.anybody.get(place, **{one["name"]: value})
                    problem = problem_of(answer, 422, "unfit")
                    named = {fault["field"] for fault in problem["errors"]}
                    assert one["name"] in named, (path, value)
                tried += 1
    assert tried > 20


def test_a_number_in_another_spelling_is_no_position(site):
    for value in NO_NUMBERS:
        for path in ("/api/reports", "/reports"):
            assert site.anybody.get(path, known_at=value).status_code == 422, (path, value)


NO_CURSORS = ["x", "../..", "a/b/c/d/e", "a//b", "Å/2/x", "a/2/x\n", "a/b~\uff11", "~+1", "~"]


def test_a_cursor_that_no_page_gave_is_refused_everywhere(site, report):
    for cursor in NO_CURSORS:
        lists = ("reports", "recommendations", "responses", "entries", "changes")
        for path in (*(f"/api/{name}" for name in lists), "/reports"):
            more = {"from": 1} if path.endswith("changes") else {}
            answer = site.anybody.get(path, after=cursor, **more)
            assert answer.status_code == 422, (path, answer.text[:200])


@pytest.mark.parametrize(
    "day", ["2025-W01-1", "2025-001", "20250101", "\uff12025-10-09", "2025-10-9"]
)
def test_a_meeting_is_on_a_day_as_it_is_written_here(site, day):
    path = f"/api/meetings/cumbria-police-fire-and-crime-panel/{day}/held"

    problem_of(site.panel.post(path, {}), 422, "unfit")


# A real gunicorn


@pytest.fixture
def line(web):
    """A connection to it."""
    place = urlsplit(web.url)
    with closing(socket.create_connection((place.hostname, place.port), SECONDS)) as connected:
        yield connected


def head(path, founding, *more, who="admin", method="POST"):
    given = [f"Authorization: Bearer {founding[who]}"] if who else []
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", *given, *more, "", ""]
    return "\r\n".join(lines).encode()


def chunked(body):
    """A body in pieces, without its length."""
    step = 1024 * 1024
    pieces = (body[at : at + step] for at in range(0, len(body), step))
    return b"".join(b"%x\r\n%s\r\n" % (len(one), one) for one in pieces) + b"0\r\n\r\n"


def answers(line):
    """All that comes until the connection ends: (the status of each answer, the bytes)."""
    came = b""
    while more := line.recv(65536):
        came += more
    parts = came.split(b"HTTP/1.1 ")[1:]
    return [int(one[:3]) for one in parts], came


REPORT = {
    "title": "Larger than may be", "kind": "peel", "publisher": "hmicfrs", "bodies": [],
    "published_on": "2016-05-16", "source": sites.NOTE,
}  # fmt: skip
SMUGGLED = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
AS_JSON, IN_CHUNKS = f"Content-Type: {JSON}", "Transfer-Encoding: chunked"
CLOSE = "Connection: close"


def test_a_body_in_chunks_past_the_limit_is_refused_and_never_cut(web, line, founding):
    """The part within the limit would be a request of its own: the rest is blanks."""
    body = json.dumps(REPORT).encode()
    line.sendall(head("/api/reports", founding, AS_JSON, IN_CHUNKS, CLOSE))
    line.sendall(chunked(body + b" " * (MOST_BYTES + 1 - len(body))))

    statuses, came = answers(line)

    assert statuses == [413]
    assert b"16 MB of JSON" in came
    assert web.get("/api/reports").json()["items"] == []


def test_a_body_in_chunks_of_exactly_the_limit_is_read(line, founding):
    body = b"{}" + b" " * (MOST_BYTES - 2)
    line.sendall(head("/api/reports", founding, AS_JSON, IN_CHUNKS, CLOSE) + chunked(body))

    assert answers(line)[0] == [422]


def test_a_capture_in_chunks_past_the_limit_is_refused_and_never_cut(web, line, founding):
    form = (
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'
        + b"x" * (MAX_BYTES + 1024 * 1024)
        + b"\r\n--b--\r\n"
    )
    before = web.get("/api/entries", limit=500).json()["items"]
    line.sendall(head("/api/captures", founding, MULTIPART, IN_CHUNKS, CLOSE) + chunked(form))

    statuses, came = answers(line)

    assert statuses == [413]
    assert b"Nothing was recorded" in came
    assert web.get("/api/entries", limit=500).json()["items"] == before


MULTIPART = "Content-Type: multipart/form-data; boundary=b"


@pytest.mark.parametrize(
    ("path", "who", "more", "length", "status"),
    [
        ("/api/reports", None, [AS_JSON], "said", 401),
        ("/api/reports", "auditor", [AS_JSON], "not said", 403),
        ("/api/reports", "admin", [AS_JSON], "said", 413),
        ("/api/reports", "admin", ["Content-Type: text/plain"], "not said", 415),
        ("/api/captures", "admin", [MULTIPART], "said", 413),
        ("/api/nothing", "admin", [AS_JSON], "not said", 404),
        ("/healthz", None, [], "said", 405),
    ],
)
def test_a_client_that_sends_too_much_can_read_why_and_its_connection_ends(
    line, founding, path, who, more, length, status
):
    """All is sent before the answer is read, and behind it what would be another request."""
    body = b"x" * (28 * 1024 * 1024)
    said = [f"Content-Length: {len(body)}"] if length == "said" else [IN_CHUNKS]
    line.sendall(head(path, founding, *more, *said, CLOSE, who=who))
    line.sendall((body if length == "said" else chunked(body)) + SMUGGLED)

    statuses, came = answers(line)

    assert statuses == [status]
    assert b"\r\nconnection: close\r\n" in came.lower()


@pytest.mark.parametrize(
    "body",
    [
        b"zz\r\n{}\r\n0\r\n\r\n",
        b"-2\r\n{}\r\n0\r\n\r\n",
        b"2\r\n{}xx0\r\n\r\n",
    ],
)
def test_chunks_that_are_none_are_refused_and_end_the_connection(web, line, founding, body):
    line.sendall(head("/api/reports", founding, AS_JSON, IN_CHUNKS) + body + SMUGGLED)

    statuses, came = answers(line)

    assert statuses == [400]
    assert b"Connection: close" in came
    assert web.get("/api/reports").json()["items"] == []


@pytest.mark.parametrize("body", [b"2\r\n{", b"2\r\n{}\r\n"])
def test_a_body_that_breaks_off_is_no_request(web, line, founding, body):
    line.sendall(head("/api/reports", founding, AS_JSON, IN_CHUNKS) + body)
    line.shutdown(socket.SHUT_WR)

    assert answers(line) == ([], b"")
    assert web.get("/api/reports").json()["items"] == []


@pytest.mark.parametrize("name", ["SCRIPT_NAME", "PATH_INFO", "X-Forwarded-Proto"])
def test_no_header_moves_an_address(line, founding, name):
    line.sendall(
        head("/healthz", founding, f"{name}: /elsewhere", "Connection: close", method="GET")
    )

    assert answers(line)[0] == [200]


def test_a_refusal_comes_at_once_not_when_all_is_there(line, founding):
    line.sendall(head("/api/reports", founding, AS_JSON, "Content-Length: 99999999999"))

    assert answers(line)[0] == [413]


def test_a_body_that_is_taken_leaves_the_connection_as_it_is(line, founding):
    request = head("/api/reports", founding, AS_JSON, "Content-Length: 2") + b"{}"
    line.sendall(request + SMUGGLED.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))

    assert answers(line)[0] == [422, 200]


def test_a_question_with_a_body_is_refused_and_its_body_is_no_request(line, founding):
    length = f"Content-Length: {len(SMUGGLED)}"
    line.sendall(head("/api/reports", founding, length, CLOSE, method="GET") + SMUGGLED)

    assert answers(line)[0] == [400]
