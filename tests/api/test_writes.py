"""Every write answers with its entry; idempotency keys; If-Match; writers at the same moment."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from html import unescape

import psycopg
import pytest

from ledger.acts.decision import Notice
from ledger.acts.recommendation import confirm_closure, seek_assurance
from ledger.application import How
from ledger.errors import Overtaken, Refused, Stale
from ledger.events import AssuranceSought, ClosureConfirmed
from ledger.events.streams import RecommendationId
from ledger.events.texts import say
from ledger.log.append import Request, group_commit
from tests.api.site import FORCE, NOTE, json_of, problem_of, recommendation, statement

ASSURANCE = {"of": FORCE, "question": "Is it done?", "occurred_on": "2025-09-01"}
CLOSURE = {"reason": "Letter of 3 March.", "occurred_on": "2025-09-01", "source": NOTE}


def assurances(report):
    return f"{report.recommendation}/assurances"


def test_every_write_answers_what_it_recorded(site, report):
    answer = site.clerk.post(assurances(report), ASSURANCE)

    assert answer.status_code == 201
    event = answer.json["event"]
    assert answer.headers["Location"] == f"/api/entries/{event['id']}"
    assert answer.headers["ETag"] == '"2"'
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.json["events"] == [event]
    assert answer.json["position"] == event["position"] == site.position
    assert answer.json["origin"] == "log.example/town"
    assert (event["type"], event["version"], event["occurred_on"]) == (
        "assurance-sought",
        2,
        "2025-09-01",
    )
    assert event["recorded_at"].startswith("2025-11-24T12:")
    assert event["recorded_at"].endswith("Z")
    assert event["texts"]["question"].keys() == {"sha256", "audience", "lang"}


def test_the_location_of_a_report_is_the_report(site):
    answer = site.clerk.post("/api/reports", site.report())

    assert site.anybody.get(answer.headers["Location"]).status_code == 200
    assert answer.headers["ETag"] == '"1"'
    assert answer.json["position"] == answer.json["events"][-1]["position"]


# Idempotency keys


def keyed(key):
    return {"Idempotency-Key": key}


@pytest.mark.parametrize("what", ["report", "recommendation", "act", "statement", "correction"])
def test_the_same_request_again_gets_the_same_answer_byte_for_byte(site, report, what):
    path, body = {
        "report": ("/api/reports", site.report()),
        "recommendation": (
            f"{report.path}/recommendations",
            recommendation("07", occurred_on=None, source=NOTE),
        ),
        "act": (assurances(report), ASSURANCE),
        "statement": (f"{report.response}/statement", statement()),
        "correction": (
            f"/api/entries/{report.entry('report-published')}/corrections",
            {"field": "title", "now": "Another by its tag", "reason": "R."},
        ),
    }[what]
    key = keyed(f"{report.reference} {what}")
    first = site.clerk.post(path, body, key)
    position = site.position
    site.clerk.records(assurances(report), ASSURANCE)  # the log goes on

    again = site.clerk.post(path, body, key)

    assert first.status_code == again.status_code == 201
    assert again.data == first.data
    for header in ("Location", "ETag", "Content-Type"):
        assert again.headers[header] == first.headers[header]
    assert site.position == position + 1


@pytest.mark.parametrize("other", ["another body", "another path", "other bytes"])
def test_another_request_under_the_same_key_is_refused(site, report, other):
    key = keyed(f"{report.reference} {other}")
    site.clerk.records(assurances(report), ASSURANCE, key)
    path, body = {
        "another body": (assurances(report), ASSURANCE | {"question": "Is it?"}),
        "another path": (f"{report.recommendation}/closure-proposals", {**CLOSURE}),
        "other bytes": (assurances(report), dict(reversed(ASSURANCE.items()))),
    }[other]

    site.refuses(
        site.clerk,
        path,
        body,
        "key-reused",
        "This idempotency key came with another request before; use a new key.",
        status=422,
        headers=key,
    )


def test_a_key_belongs_to_its_account(site, report):
    key = keyed(f"{report.reference} mine")
    site.clerk.records(assurances(report), ASSURANCE, key)
    before = site.position

    site.caller("clerk_2").records(assurances(report), ASSURANCE, key)

    assert site.position == before + 1


def test_a_request_that_was_refused_leaves_its_key_free(site, report):
    key = keyed(f"{report.reference} free")
    path = f"{report.recommendation}/refusals"
    body = {"reason": "R.", "occurred_on": "2025-09-02", "source": NOTE}
    assert site.clerk.post(path, body, key).status_code == 409

    proposal = {"reason": "It is done.", "occurred_on": "2025-09-01"}
    site.clerk.records(f"{report.recommendation}/closure-proposals", proposal)

    assert site.clerk.post(path, body, key).status_code == 201


def test_a_malformed_key_is_refused(site, report):
    for key in ["", "x" * 201, "a\tb", "a\x7fb"]:
        site.refuses(
            site.clerk,
            assurances(report),
            ASSURANCE,
            "unfit",
            "An Idempotency-Key has 1 to 200 printable characters.",
            status=422,
            headers=keyed(key),
        )


@contextmanager
def the_log_locked(site):
    """Hold what every append waits for: whoever comes to it has decided on the same state."""
    with psycopg.connect(site.url, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(20170502, 55)")

        def waiting(many):
            """Wait until so many come to it: one in the database, the others behind that one."""
            count = (
                "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
                " AND classid = 20170502 AND database ="
                " (SELECT oid FROM pg_database WHERE datname = current_database())"
            )
            behind = group_commit(site.ledger.pool)
            deadline = time.monotonic() + 20
            while connection.execute(count).fetchone() != (1,) or behind.waiting != many - 1:
                assert time.monotonic() < deadline, "not so many writes came to the log"
                threading.Event().wait(0.002)

        yield waiting


def at_once(site, *writes):
    """Make writes that all decide on the same state before any is recorded; their answers."""
    with ThreadPoolExecutor(len(writes)) as threads:
        with the_log_locked(site) as waiting:
            running = [threads.submit(write) for write in writes]
            waiting(len(writes))
        return [one.result(timeout=20) for one in running]


def test_the_same_request_twice_at_once_is_recorded_once_and_answered_twice(site, report):
    before, key = site.position, keyed(f"{report.reference} at once")

    def write():
        return site.caller("clerk").post(assurances(report), ASSURANCE, key)

    one, two = at_once(site, write, write)

    assert one.status_code == two.status_code == 201
    assert one.data == two.data
    assert site.position == before + 1


def to(report):
    return RecommendationId(report.reference, "2", FORCE)


def test_a_request_refused_by_itself_is_answered_as_it_was_the_first_time(site, report):
    """It was sent twice, and the other one was recorded after this one had looked for it."""
    account = site.ledger.account("cumbria-pfcc/clerk")
    asked = How(request=Request(account.name, f"{report.reference} itself", b"\x01" * 32))
    told = Notice(occurred_on="2025-09-01", source=None, by="hmicfrs")
    hmicfrs = site.ledger.account("hmicfrs/editor")

    def close(decision):
        confirm_closure(decision, to(report), ClosureConfirmed(reason=say("R.")), told)

    first = site.ledger.decide(hmicfrs, close, How(request=asked.request))
    before = site.position

    again = site.ledger.decide(hmicfrs, close, How(request=asked.request))

    assert again.repeated
    assert again.entries == first.entries
    assert site.position == before
    with pytest.raises(Refused, match="is closed, so that it cannot be closed"):
        site.ledger.decide(hmicfrs, close)


def test_a_stale_if_match_of_a_request_that_was_recorded_is_answered_too(site, report):
    account = site.ledger.account("cumbria-pfcc/clerk")
    request = Request(account.name, f"{report.reference} stale", b"\x02" * 32)
    event = AssuranceSought(of=FORCE, question=say("Done?", "office"))
    how = How(if_match=1, request=request)
    stream = f"recommendation/{report.reference}/2/{FORCE}"

    def seek(how):
        return site.ledger.decide(
            account, lambda d: seek_assurance(d, to(report), event, Notice()), how, stream
        )

    first = seek(how)

    assert seek(how).repeated
    assert first.entries[0].version == 2
    with pytest.raises(Stale):
        seek(How(if_match=1))


def overtaken(site, report, how):
    """Seek an assurance, while another one is recorded each time that it was decided: what that
    comes to."""
    account = site.ledger.account("cumbria-pfcc/clerk")
    event = AssuranceSought(of=FORCE, question=say("Done?", "office"))

    def seek(decision):
        seek_assurance(decision, to(report), event, Notice())
        site.clerk.records(assurances(report), ASSURANCE)

    return site.ledger.decide(account, seek, how, f"recommendation/{report.reference}/2/{FORCE}")


def test_a_write_that_others_overtake_each_time_is_no_412_but_to_be_sent_again(
    site, report, monkeypatch
):
    monkeypatch.setattr("ledger.application.TRIES", 3)

    with pytest.raises(Overtaken, match="Send the same request again"):
        overtaken(site, report, How())
    with pytest.raises(Stale, match="read it again, then decide"):
        overtaken(site, report, How(if_match=4))


def test_to_be_overtaken_is_a_503_that_says_when_to_come_again(site):
    with site.app.test_request_context("/api/reports"):
        answer = site.app.handle_user_exception(Overtaken("Send the same request again."))

    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "1"
    assert answer.json["type"] == "urn:answerable:problem:overtaken"


@pytest.mark.parametrize(
    ("method", "path", "headers", "says"),
    [
        ("GET", "/api/reports", {}, "Send the same request again."),
        (
            "POST",
            "/api/reports",
            {"Idempotency-Key": "k"},
            "Send the same request again with the same key: it is",
        ),
        ("POST", "/api/reports", {}, "It may be recorded: look whether it is before you send"),
        ("POST", "/record/reports", {}, "Send the form again: it is recorded once."),
    ],
)
def test_after_a_lost_answer_of_the_database_the_sentence_says_how_to_go_on(
    site, method, path, headers, says
):
    with site.app.test_request_context(path, method=method, headers=headers):
        answer = site.app.handle_user_exception(psycopg.OperationalError("connection lost"))

    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "1"
    assert f"The database did not answer. {says}" in unescape(answer.get_data(as_text=True))


# If-Match


def test_if_match_with_the_version_that_was_read_is_honoured(site, report):
    etag = site.clerk.get(report.recommendation).headers["ETag"]
    assert etag == '"1"'

    first = site.clerk.post(assurances(report), ASSURANCE, {"If-Match": etag})
    second = site.clerk.post(assurances(report), ASSURANCE, {"If-Match": first.headers["ETag"]})

    assert second.status_code == 201
    assert site.clerk.get(report.recommendation).headers["ETag"] == second.headers["ETag"] == '"3"'


def test_the_etag_of_an_answer_to_both_dates_says_them_and_the_method_and_is_honoured(site, report):
    at = report.answer["position"]
    both = {"known_at": at, "effective_on": "2025-11-01"}

    answer = site.clerk.get(report.response, **both)

    tag = answer.headers["ETag"]
    assert json_of(answer)["as_of"]["method"] == 2
    assert tag == f'"1@{at}.2025-11-01.m2"'
    assert site.clerk.get(report.response, known_at=at).headers["ETag"] == '"1"'
    assert site.clerk.get(report.response, effective_on="2025-11-01").headers["ETag"] == '"1"'
    path = f"{report.response}/statement"
    assert site.clerk.post(path, statement(), {"If-Match": tag}).status_code == 201
    assert site.clerk.post(path, statement(), {"If-Match": tag}).status_code == 412


def test_a_stale_if_match_is_refused_and_says_where_the_stream_is(site, report):
    site.clerk.records(assurances(report), ASSURANCE)

    for stale in ('"1"', '"3"', '"999999999"'):
        site.refuses(
            site.clerk,
            assurances(report),
            ASSURANCE,
            "stale",
            f"is at version 2, not {stale.strip(chr(34))}: read it again, then decide.",
            status=412,
            headers={"If-Match": stale},
        )


def test_a_malformed_if_match_is_refused(site, report):
    for value in ["1", "x", '"x"', '"1', 'W/"1"', '"1", "2"', '"-1"', ""]:
        site.refuses(
            site.clerk,
            assurances(report),
            ASSURANCE,
            "unfit",
            "If-Match takes the ETag of the stream as it was read",
            status=422,
            headers={"If-Match": value},
        )


def test_if_match_of_anything_is_no_condition(site, report):
    for headers in ({"If-Match": "*"}, {}):
        site.clerk.records(assurances(report), ASSURANCE, headers)


@pytest.mark.parametrize("on", ["response", "entry", "report"])
def test_if_match_is_of_the_stream_that_is_written(site, report, on):
    path, body, etag = {
        "response": (f"{report.response}/statement", statement(), report.response),
        "entry": (
            f"/api/entries/{report.entry('report-published')}/corrections",
            {"field": "title", "now": "Another as it is sent", "reason": "R."},
            report.path,
        ),
        "report": (
            f"{report.path}/recommendations",
            recommendation("05", occurred_on=None, source=NOTE),
            report.path,
        ),
    }[on]
    good = {"If-Match": site.clerk.get(etag).headers["ETag"]}

    assert site.clerk.post(path, body, {"If-Match": '"9"'}).status_code == 412
    assert site.clerk.post(path, body, good).status_code == 201


# Two at the same moment


@pytest.mark.parametrize("on", ["recommendation", "response"])
def test_one_of_two_writers_with_the_same_if_match_is_recorded(site, report, on):
    path, body = {
        "recommendation": (assurances(report), ASSURANCE),
        "response": (f"{report.response}/invitations", {"occurred_on": None}),
    }[on]
    before = site.position

    def write():
        return site.caller("clerk").post(path, body, {"If-Match": '"1"'})

    answers = at_once(site, write, write)

    assert sorted(one.status_code for one in answers) == [201, 412]
    assert site.position == before + 1


def test_two_writers_are_both_decided_on_the_true_state(site, report):
    def close():
        return site.caller("clerk").post(f"{report.recommendation}/closures", CLOSURE)

    answers = at_once(site, close, close)

    assert sorted(one.status_code for one in answers) == [201, 409]
    refused = next(one for one in answers if one.status_code == 409)
    problem_of(refused, 409, "refused:not-allowed-here")


def test_a_decision_rests_on_streams_that_it_only_reads(site, report):
    """The report's day is corrected while a statement is being recorded, and another way round."""
    sent = site.hmicfrs.upload(b"<p>Published on 11 July 2025</p>", audience="public")
    page = sent.headers["Location"]
    body = {
        "field": "published_on",
        "now": "2025-07-11",
        "reason": "R.",
        "source": {"capture": page.rpartition("/")[2]},
    }

    def correct():
        entry = report.entry("report-published")
        return site.caller("hmicfrs").post(f"/api/entries/{entry}/corrections", body)

    def publish():
        return site.caller("clerk").post(f"{report.response}/statement", statement("2025-07-10"))

    answers = at_once(site, correct, publish)

    assert sorted(one.status_code for one in answers) == [201, 409]
    refused = next(one for one in answers if one.status_code == 409)
    problem_of(refused, 409, "refused:not-before-the-report")


def test_the_same_report_twice_at_once_is_recorded_once(site):
    body = site.report()

    def write():
        return site.caller("clerk").post("/api/reports", body)

    answers = at_once(site, write, write)

    assert sorted(one.status_code for one in answers) == [201, 409]
    refused = next(one for one in answers if one.status_code == 409)
    problem_of(refused, 409, "refused:report-exists")


def test_many_writers_on_one_stream_lose_nothing_and_double_nothing(site, report):
    before, many = site.position, 8

    def writer(n):
        def write():
            said = ASSURANCE | {"question": f"Question {n}?"}
            return site.caller("clerk").post(assurances(report), said)

        return write

    answers = at_once(site, *map(writer, range(many)))

    assert [one.status_code for one in answers] == [201] * many
    assert {one.json["event"]["version"] for one in answers} == set(range(2, many + 2))
    assert site.position == before + many
    questions = site.clerk.reads(report.recommendation)["assurances"]["items"]
    assert sorted(one["question"] for one in questions) == [f"Question {n}?" for n in range(many)]
