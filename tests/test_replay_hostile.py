"""`replay` on a log that was made to stop it, and beside a site that does not want to be compared:
it ends, in a sentence."""

import json
import os
import socket
import threading
import time
import tracemalloc
from contextlib import contextmanager, suppress
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from ledger.replay import log as replay_log
from ledger.replay import replay
from ledger.replay import site as replay_site
from ledger.replay.answers import answers
from ledger.replay.world import World
from tests.test_replay_vectors import Writing
from tests.vectors import LATER

pytestmark = pytest.mark.long


@pytest.fixture
def run(tmp_path, capsys):
    """Replays lines: the exit code, and what was said."""

    def run(lines, *options):
        path = tmp_path / "log.jsonl"
        path.write_bytes(b"".join(one + b"\n" for one in lines))
        code = replay.main([str(path), "--effective-on", LATER, *options])
        said = capsys.readouterr()
        return code, said.out + said.err

    return run


def lines_of(writing):
    return [one.encode() for one in writing.lines]


def changed(writing, **members):
    """The lines, the last with other members, of the entry or of the event in it."""
    last = json.loads(writing.lines[-1])
    for name, value in members.items():
        (last if name in last else last["event"])[name] = value
    return [*lines_of(writing)[:-1], json.dumps(last).encode()]


# A log.


@pytest.mark.parametrize("topic", ["entry-corrected", "entry-retracted"])
def test_an_entry_about_itself_is_refused_and_not_followed_for_ever(run, topic):
    writing = Writing()
    own = f"e{len(writing.lines) + 1}"
    writing.write("report/r", topic, {"target": own, "field": "title", "now": "R"}, LATER)

    code, said = run(lines_of(writing))
    assert code == 1
    assert "is not above it" in said


def test_a_line_with_the_number_of_another_is_refused(run):
    writing = Writing()
    code, said = run(changed(writing, id=writing.report))

    assert code == 1
    assert f"has the number of a line above it, {writing.report}." in said


@pytest.mark.parametrize(
    "members",
    [
        {"data": []},
        {"data": None},
        {"recorded_at": "2025-11-24"},
        {"recorded_at": "0001-01-01T00:00:00Z"},
        {"recorded_at": 7},
        {"type": "entry-corrected", "data": {"target": []}},
        {"type": "entry-corrected", "data": {}},
        {"type": "text-redacted", "data": {"target": {}}},
        {"type": "rule-adopted", "data": {"id": [], "version": 1}},
        {"type": "rule-adopted", "data": {}},
        {"type": "report-published", "stream": "report/s", "occurred_on": 5},
        {"type": "report-published", "stream": "report/s", "occurred_on": "0000"},
        {"type": "report-published", "stream": "report/s", "source": [1]},
        {"stream": "response"},
        {"stream": "response/r/a/b"},
        {"stream": "recommendation/r"},
        {"data": {"rule": {"id": "another", "version": 1}}},
        {"data": {"rule": {"id": "a-rule", "version": 1}, "trigger_on": "9999-12-31"}},
        {"type": "response-published", "data": {"parts": 5}},
        {"type": "response-published", "data": {}},
    ],
)
def test_a_line_of_another_form_is_refused_in_a_sentence_or_says_nothing(run, members):
    writing = Writing()
    writing.statement("2025-07-01")

    _, said = run(changed(writing, **members))
    assert said.startswith(("As known at position", "replay: "))
    assert "Traceback" not in said


@pytest.mark.parametrize(
    "path", ["a." * 3_000 + "a", "title.a", "title.0.a", "", "a..b", "source.capture"]
)
def test_a_correction_of_a_field_that_is_none_is_refused_in_a_sentence_or_says_nothing(run, path):
    writing = Writing()
    several: tuple[object, ...] = ("x", {"a": []}, [])
    for now in several:
        said = {"target": writing.report, "field": path, "now": now}
        writing.write("report/r", "entry-corrected", said, LATER)

    _, found = run(lines_of(writing))
    assert found.startswith(("As known at position", "replay: "))


@pytest.mark.parametrize("depth", [97, 300, 900, 5_000, 10_000])
def test_deep_nesting_is_refused_in_a_sentence_before_it_is_walked(run, depth):
    """At the end of the stack nothing can be relied on, a destructor's warning least of all."""
    writing = Writing()
    said = {"target": writing.report, "field": "kind", "now": "MARK"}
    writing.write("report/r", "entry-corrected", said, LATER)
    writing.write("report/r", "entry-corrected", said | {"field": "kind.a"}, LATER)
    deep = b'{"a":' * depth + b"1" + b"}" * depth
    lines = [one.replace(b'"MARK"', deep) for one in lines_of(writing)]

    code, said = run(lines)
    assert code == 1
    if depth < 100:
        assert said.startswith("replay: The log says something that no entry of ours says")
    else:
        assert said.startswith("replay: Line 7 has more than 100 lists and objects in one another")


def test_brackets_in_a_text_are_none_that_nest():
    writing = Writing()
    said = {"note": "[{" * 300 + '"'}
    writing.write("response/r/a-body", "chief-officer-comments-received", said, LATER)

    assert replay_log.read(lines_of(writing)).lines[-1].data == said


def test_a_line_without_end_is_refused(run):
    code, said = run([*lines_of(Writing()), b"x" * 200_000])

    assert code == 1
    assert "Line 7 goes on for more than 70,000 bytes" in said


def test_a_long_chain_of_corrections_of_corrections_is_followed_once():
    writing = Writing()
    target = writing.report
    for n in range(20_000):
        topic = "entry-retracted" if n % 2 else "entry-corrected"
        said = {"target": target, "field": "title", "now": "R"}
        target = writing.write("report/r", topic, said, LATER)
    began = time.process_time()
    log = writing.log()

    assert len(log.filed["report/r"]) == 20_001
    assert time.process_time() - began < 5


def test_many_corrections_of_one_act_copy_it_once():
    writing = Writing()
    long = {"note": [f"{n}" for n in range(6_000)]}
    act = writing.write("response/r/a-body", "chief-officer-comments-received", long, LATER)
    for n in range(2_000):
        said = {"target": act, "field": "note.1", "now": f"{n}"}
        writing.write("response/r/a-body", "entry-corrected", said, LATER)
    log = writing.log()
    began = time.process_time()
    acts = World(log, len(log.lines), date(2025, 11, 24)).placed("response/r/a-body")

    assert acts[-1][1].data["note"][1] == "1999"
    assert time.process_time() - began < 5


def test_a_corrections_value_is_not_changed_by_the_next_one():
    writing = Writing()
    said: tuple[tuple[str, object], ...] = (("extra", {"a": 1}), ("extra.a", 2))
    for path, now in said:
        data = {"target": writing.report, "field": path, "now": now}
        writing.write("report/r", "entry-corrected", data, LATER)
    log = writing.log()
    for known_at in (len(log.lines), len(log.lines) - 1):
        world = World(log, known_at, date(2025, 11, 24))
        report = world.report("r")
        assert report is not None
        assert report.act.data["extra"] == {"a": 2 if known_at == len(log.lines) else 1}


def crowded(writing, count):
    """So many entries about one response, each of which may change its verdict."""
    for n in range(count):
        day = {"due_on": f"2025-08-{n % 28 + 1:02}"}
        writing.write("response/r/a-body", "extension-granted", day, LATER, "2025-06-01")


@pytest.fixture
def soon(monkeypatch):
    """The patience of replay, a tenth of what it is."""
    monkeypatch.setattr(replay_log, "AT_MOST", replay_log.AT_MOST // 10)
    monkeypatch.setattr(replay_log, "EACH", replay_log.EACH // 10)


def test_a_log_that_says_without_end_of_one_response_is_refused_before_hours_pass(run, soon):
    writing = Writing()
    crowded(writing, 1_200)
    began = time.process_time()
    code, said = run(lines_of(writing))

    assert code == 1
    assert "would take hours" in said
    assert time.process_time() - began < 20


def moved(writing, count):
    """So many targets, each of which may have been set last."""
    stream = "recommendation/r/1/a-force"
    said = {"number": "1", "text": {}}
    writing.write(stream, "recommendation-raised", said, LATER, "2025-05-16")
    for _ in range(count):
        writing.write(
            stream,
            "target-date-set",
            {"on": "2026-01-01", "origin": "set"},
            "2025-12-31",
            "2025-11",
        )


def test_a_log_that_says_without_end_of_one_recommendation_is_refused_before_hours_pass():
    writing = Writing()
    moved(writing, 2500)
    log = writing.log()
    began = time.process_time()

    with pytest.raises(replay_log.Refused, match="would take hours"):
        answers(World(log, len(log.lines), date(2025, 11, 30)))
    assert time.process_time() - began < 30


def test_long_corrections_are_copied_no_more_than_their_way():
    writing = Writing()
    act = writing.write("response/r/a-body", "chief-officer-comments-received", {}, LATER)
    for _ in range(150):
        said = {"target": act, "field": "x", "now": [0] * 20_000}
        writing.write("response/r/a-body", "entry-corrected", said, LATER)
    log = writing.log()
    began = time.process_time()
    answers(World(log, len(log.lines), date.fromisoformat(LATER)))
    assert time.process_time() - began < 5


def test_a_capture_that_was_never_kept_is_looked_for_once():
    writing = Writing()
    for _ in range(20_000):
        writing.write("capture/x", "something-else", {}, LATER)
    for _ in range(100):
        writing.write("response/r/a-body", "copy-sent", {}, LATER, "2025-06-01", capture="x")
    log = writing.log()
    began = time.process_time()
    answers(World(log, len(log.lines), date.fromisoformat(LATER)))
    assert time.process_time() - began < 10


def test_the_largest_real_response_is_worked_out(run):
    writing = Writing()
    crowded(writing, 300)

    code, said = run(lines_of(writing))
    assert (code, "1 responses" in said) == (0, True)


def test_the_same_log_can_be_asked_as_often_as_one_likes(monkeypatch):
    monkeypatch.setattr(replay_log, "AT_MOST", 100)
    monkeypatch.setattr(replay_log, "EACH", 0)
    writing = Writing()
    writing.statement("2025-07-01")
    log = writing.log()

    found = [answers(World(log, len(log.lines), date(2025, 11, 24))).responses for _ in range(30)]
    assert found[0] == found[-1] != {}


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_half_a_pair_of_surrogates_is_said_as_an_escape(run, options):
    writing = Writing()
    lines = [one.replace(b'"title": "R"', b'"title": "\\ud800"') for one in lines_of(writing)]
    assert lines != lines_of(writing)
    assert run(lines, *options)[0] == 0

    twice = changed(writing, id="\ud800")
    code, said = run([*twice, twice[-1].replace(b'"position": 6', b'"position": 7')], *options)
    assert (code, "\\ud800" in said) == (1, True)
    said.encode()


def test_a_position_of_very_many_digits_is_none(run):
    code, said = run(lines_of(Writing()), "--known-at", "9" * 5_000)

    assert (code, "The log has the positions 1 to 6" in said) == (1, True)


@pytest.mark.parametrize("what", ["a pipe", "what never ends", "a folder", "nothing"])
def test_a_path_that_is_no_file_is_refused_at_once(tmp_path, capsys, what):
    path = tmp_path / "log.jsonl"
    if what == "a pipe":
        os.mkfifo(path)
    elif what == "what never ends":
        path.symlink_to("/dev/zero")
    elif what == "a folder":
        path.mkdir()

    assert replay.main([str(path)]) == 1
    said = capsys.readouterr().err
    assert ("No such file" if what == "nothing" else "is no plain file") in said


# A site.


@contextmanager
def site(answer):
    """Serves what `answer` says to a path and what is asked: a body, or a call with the file."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            parts = urlsplit(self.path)
            asked = {name: one[0] for name, one in parse_qs(parts.query).items()}
            found = answer(parts.path, asked)
            if callable(found):
                found(self.wfile)
                return
            self.send_response(200)
            self.end_headers()
            self.wfile.write(found if isinstance(found, bytes) else json.dumps(found).encode())

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def honest(log):
    """Return the answers of a site that agrees with a log."""
    world = World(log, len(log.lines), date.fromisoformat(LATER))
    mine = answers(world)

    def answer(path, asked):
        if path == "/api/compliance":
            return mine.compliance[asked["group_by"]]
        ones = getattr(mine, path.removeprefix("/api/"))
        wanted = asked.get("verdict") or asked.get("status")
        items = [
            one for one in ones.values() if wanted in (None, one.get("verdict"), one.get("status"))
        ]
        return {"items": items, "next": None}

    return answer


@pytest.fixture
def compared(run):
    """Compares a log of one response with a site; `lie` has the log's answers, and the question."""
    writing = Writing()
    writing.statement("2025-07-14")

    def compared(lie):
        truth = honest(writing.log())
        with site(lambda path, asked: lie(truth, path, asked)) as url:
            return run(lines_of(writing), "--compare", url)

    return compared


def test_an_honest_site_agrees(compared):
    assert compared(lambda truth, path, asked: truth(path, asked))[0] == 0


def test_a_site_that_shows_another_title_is_found(compared):
    def lie(truth, path, asked):
        found = truth(path, asked)
        if path == "/api/reports":
            (one,) = found["items"]
            return found | {"items": [one | {"title": "A calmer title"}]}
        return found

    code, said = compared(lie)
    assert code == 1
    assert "/api/reports/r title: the log says " in said
    assert "the site says 'A calmer title'" in said


def test_a_site_that_lists_one_thing_twice_is_found_though_one_of_both_is_true(compared):
    def lie(truth, path, asked):
        found = truth(path, asked)
        if path != "/api/responses" or "verdict" in asked:
            return found
        (one,) = found["items"]
        return {"items": [one | {"verdict": "in_time", "days": None}, one], "next": None}

    code, said = compared(lie)
    assert code == 1
    assert "/api/responses lists /api/responses/r/a-body twice" in said


def test_a_site_that_counts_one_group_twice_is_found_though_one_of_both_is_true(compared):
    def lie(truth, path, asked):
        found = truth(path, asked)
        if path == "/api/compliance":
            (one,) = found["items"]
            return found | {"items": [one | {"verdicts": {"in_time": 1}}, one]}
        return found

    code, said = compared(lie)
    assert code == 1
    assert "is counted twice" in said


def test_a_list_that_never_ends_is_given_up(compared):
    def more(truth, path, asked):
        at = int(asked.get("after", 0))
        items = [{"report": f"r{at}", "body": "b", "key": "1", "addressee": "a"}]
        return {"items": items, "next": f"{at + 1}"}

    def nothing(truth, path, asked):
        return {"items": [], "next": "x"}

    for lie in (more, nothing):
        code, said = compared(lie)
        assert (code, "goes on without end" in said) == (1, True)


@pytest.mark.parametrize(
    "body",
    [
        b"<html>No.</html>",
        b"[" * 100_000,
        b"{}",
        b"[]",
        b'{"items": 5, "next": null}',
        b'{"items": [5], "next": null}',
        b'{"items": [{}], "next": null}',
        b'{"items": [], "next": []}',
        b'{"items": [], "next": null, "total": 7}',
        b"\xff\xfe",
    ],
)
def test_a_site_that_answers_something_else_is_refused_in_a_sentence(compared, body):
    code, said = compared(lambda truth, path, asked: body)

    assert code == 1
    assert said.strip()


def test_an_answer_that_is_too_long_or_never_ends_is_given_up(compared, monkeypatch):
    monkeypatch.setattr(replay_site, "MOST", 10_000)
    assert "more than 10,000 bytes" in compared(lambda *_: b" " * 20_000)[1]

    monkeypatch.setattr(replay_site, "TIMEOUT", 0.2)
    over = threading.Event()

    def drip(file):
        try:
            while not over.wait(0.02):
                file.write(b"x")
        except OSError:
            pass

    try:
        code, said = compared(lambda *_: drip)
    finally:
        over.set()
    assert (code, "takes too long" in said) == (1, True)


def test_all_answers_of_a_site_together_have_an_end(compared, monkeypatch):
    monkeypatch.setattr(replay_site, "IN_ALL", -1)

    code, said = compared(lambda truth, path, asked: truth(path, asked))
    assert (code, "all its answers together take too long" in said) == (1, True)


def test_a_chunk_of_a_negative_size_lifts_no_limit(monkeypatch):
    monkeypatch.setattr(replay_site, "MOST", 10_000)
    server, sent = socket.create_server(("127.0.0.1", 0)), list[int]()

    def flood():
        peer, _ = server.accept()
        peer.recv(65_536)
        peer.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n")
        with suppress(OSError):
            while len(sent) < 1_000:
                peer.sendall(b"x" * 100_000)
                sent.append(100_000)
        peer.close()

    threading.Thread(target=flood, daemon=True).start()
    with server, pytest.raises(replay_log.Refused, match="more than 10,000 bytes"):
        replay_site.asking(f"http://127.0.0.1:{server.getsockname()[1]}")("/api/reports", {})
    assert sum(sent) < 20_000_000  # the rest is what sockets hold


def test_no_more_of_a_site_is_kept_than_the_log_says_too(compared):
    """Each page is within the limits; all of them would not be."""
    filler = b"0.5," * 40_000

    def more(truth, path, asked):
        if path != "/api/reports":
            return truth(path, asked)
        at = int(asked.get("after", 0))
        return b'{"items":[{"report":"r%d","x":[%b0]}],"next":"%d"}' % (at, filler, at + 1)

    tracemalloc.start()
    try:
        code, said = compared(more)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (code, "goes on without end" in said) == (1, True)
    assert most < 6_000_000  # a page is some 1.4 MB, once it is read, and there are seven


@pytest.mark.parametrize(
    ("report", "says"),
    [(5, "another form"), ("r" * 2_000, "characters"), ("\ud800", "the log does not have it")],
)
@pytest.mark.parametrize("options", [[], ["--json"]])
def test_a_name_that_is_none_is_refused_or_named(run, report, says, options):
    def answer(path, asked):
        if path == "/api/compliance":
            return {"items": [], "total": {}}
        return {"items": [{"report": report}] if path == "/api/reports" else [], "next": None}

    with site(answer) as url:
        code, said = run(lines_of(Writing()), "--compare", url, *options)
    assert (code, says in said) == (1, True), said


def test_an_answer_of_many_small_things_is_given_up(compared, monkeypatch):
    monkeypatch.setattr(replay_site, "MOST_THINGS", 1_000)

    code, said = compared(lambda *_: b'{"items":[' + b"{}," * 1_000 + b'{}],"next":null}')
    assert (code, "says more than 1,000 things" in said) == (1, True)


def test_a_long_answer_in_place_of_the_logs_is_cut_and_found(compared):
    def lie(truth, path, asked):
        found = truth(path, asked)
        if path == "/api/reports":
            (one,) = found["items"]
            return found | {"items": [one | {"title": "A title" * 1_000}]}
        return found

    code, said = compared(lie)
    assert code == 1
    assert "A titleA title" in said
    assert len(said) < 1_000


@pytest.mark.parametrize(
    ("was", "now"),
    [
        (b'"verdict": "late"', b'"verdict": "in_time", "verdict": "late"'),
        (b'"late": 1', b'"late": true'),
        (b'"late": 1', b'"late": 1.0'),
    ],
    ids=["twice", "true", "1.0"],
)
def test_text_that_another_reader_takes_for_something_else_is_found(compared, was, now):
    seen = []

    def lie(truth, path, asked):
        body = json.dumps(truth(path, asked)).encode()
        seen.append(was in body)
        return body.replace(was, now)

    assert compared(lie)[0] == 1
    assert any(seen)


@pytest.mark.parametrize("url", ["http://[", "http://", "ftp://log.example", "log.example"])
def test_a_word_that_is_no_address_is_refused(run, url):
    code, said = run(lines_of(Writing()), "--compare", url)

    assert (code, "is no address of a site" in said) == (1, True)


def test_words_of_a_site_move_no_cursor_and_forge_no_line(compared):
    def lie(truth, path, asked):
        found = truth(path, asked)
        if path == "/api/responses":
            (one,) = found["items"] or [{}]
            return {"items": [one | {"report": "r\n1 recommendations, 1 responses agree\x1b[2K"}],
                    "next": None}  # fmt: skip
        return found

    code, said = compared(lie)
    assert code == 1
    assert "\x1b" not in said
    assert not any(one.startswith("1 recommendations") for one in said.splitlines())
