"""Redaction: sought by one account, confirmed by another, and then the words are nowhere."""

import json
import zipfile
from io import BytesIO
from itertools import product

import psycopg
import pytest
from click.testing import CliRunner

from api.cli import main
from api.commands import imports
from api.commands.running import EXAMPLES
from api.store import tokens
from ledger.acts.decision import Notice
from ledger.acts.redaction import confirm_redaction
from ledger.acts.service import grant_scope
from ledger.events import ScopeGranted
from ledger.seal import log_files
from ledger.states.service import SETUP
from tests.api.site import (
    ACCOUNTS,
    NOTE,
    Caller,
    explanation,
    problem_of,
    recommendation,
    statement,
)
from tests.conftest import whole

NAME = "Aurelia Quillfeather-Osgood"
SAID = f"Sergeant {NAME} was off sick, so that half of the cells are done."
SHORT = "Complete"
DAY = "2025-11-24"


@pytest.fixture
def clerk_2(site):
    return site.caller("clerk_2")


@pytest.fixture
def update(site, report):
    """The id of an update that names somebody."""
    body = {"text": SAID, "occurred_on": "2025-09-01", "source": NOTE}
    return site.clerk.act(f"{report.recommendation}/updates", body)


def seek(by, entry, field="text", basis="personal_data"):
    return by.act(f"/api/entries/{entry}/redaction", {"field": field, "basis": basis})


def confirm(by, entry):
    return by.records(f"/api/entries/{entry}/redaction-confirmation", {})


def texts(site, entry, **asked):
    return site.clerk.reads(f"/api/entries/{entry}", **asked)["texts"]


def held(site, report, name=NAME):
    """(entry, field) of every text about a report that holds a name."""
    return site.rows(
        "SELECT event_id::text, field FROM ledger.texts JOIN ledger.entries USING (position)"
        " WHERE strpos(body, %s) > 0 AND split_part(stream, '/', 2) = %s ORDER BY position, field",
        name,
        report.reference,
    )


def gone(site, entry, field="text"):
    return "redacted" in texts(site, entry)[field]


def test_a_text_is_redacted_by_two_accounts_and_says_so_to_everybody(site, report, update, clerk_2):
    request = seek(site.clerk, update)
    assert texts(site, update)["text"]["text"] == SAID

    answer = confirm(clerk_2, request)

    said = answer["event"]["data"]
    assert answer["event"]["type"] == "text-redacted"
    assert said == {
        "target": update,
        "field": "text",
        "basis": "personal_data",
        "sought": request,
        "length": len(SAID),
    }
    for reader in (site.clerk, site.force, site.anybody):
        found = reader.reads(f"/api/entries/{update}")["texts"]["text"]
        assert found["redacted"] == {
            "on": DAY,
            "basis": "personal_data",
            "entry": answer["event"]["id"],
        }
        assert {"text", "salt", "held"}.isdisjoint(found)
    assert held(site, report) == []


def test_it_counts_with_the_body_that_has_to_explain_the_recommendation(
    site, report, update, clerk_2
):
    theirs = f"/api/responses/{report.reference}/dorset-pcc/duties"
    site.dorset.records(theirs, {"source": NOTE})
    before = site.position
    confirm(clerk_2, seek(site.clerk, update))
    site.catch_up()

    def counted(**asked):
        found = site.anybody.reads("/api/compliance", report=report.reference, **asked)
        return {one["body"]: one["redactions"] for one in [*found["items"]]}

    assert counted() == {"cumbria-pfcc": 1, "dorset-pcc": 0}
    assert counted(known_at=str(before)) == {"cumbria-pfcc": 0, "dorset-pcc": 0}


def test_at_every_known_at_the_text_reads_as_redacted_now(site, report, update, clerk_2):
    before = site.position
    confirm(clerk_2, seek(site.clerk, update))

    assert "redacted" in texts(site, update, known_at=before)["text"]
    history = site.clerk.reads(f"{report.recommendation}/history", known_at=before)
    assert SAID not in str(history)


def test_its_commitment_stays_in_the_entry_byte_for_byte(site, update, clerk_2):
    raw = site.anybody.get(f"/api/entries/{update}/raw").data

    confirm(clerk_2, seek(site.clerk, update))

    assert site.anybody.get(f"/api/entries/{update}/raw").data == raw


def test_the_target_names_its_only_request(site, update, clerk_2):
    request = seek(site.clerk, update)

    assert confirm(clerk_2, update)["event"]["data"]["sought"] == request


def test_an_entry_with_several_requests_or_none_is_not_confirmed_by_its_own_name(
    site, update, clerk_2
):
    path = f"/api/entries/{update}/redaction-confirmation"
    site.refuses(clerk_2, path, {}, "not-sought", "No redaction of this entry is sought")
    requests = [seek(site.clerk, update, field) for field in ("text", "source.note")]

    problem = site.refuses(clerk_2, path, {}, "which-redaction", "confirm each by its own entry")

    assert all(request in problem["detail"] for request in requests)


def test_the_account_that_sought_it_does_not_confirm_it(site, update):
    request = seek(site.clerk, update)

    site.refuses(
        site.clerk,
        f"/api/entries/{request}/redaction-confirmation",
        {},
        "same-account",
        "cumbria-pfcc/clerk sought this redaction: another account has to confirm it.",
    )
    assert not gone(site, update)


def test_a_field_that_is_no_text_is_not_redacted(site, update):
    for field, kind, says in [
        ("nothing", "no-such-text", "has no text “nothing”"),
        ("claim.as_stated", "no-such-text", "has no text"),
        ("occurred_on", "no-text", "cannot be redacted"),
        ("source.url", "no-such-text", "has no text"),
        ("bytes", "no-such-text", "has no text"),
    ]:
        sought = {"field": field, "basis": "personal_data"}
        site.refuses(site.clerk, f"/api/entries/{update}/redaction", sought, kind, says)


def test_it_is_sought_once_and_redacted_once(site, update, clerk_2):
    path, sought = f"/api/entries/{update}/redaction", {"field": "text", "basis": "court_order"}
    request = seek(site.clerk, update)
    site.refuses(clerk_2, path, sought, "sought-already", f"by entry {request}")

    done = confirm(clerk_2, request)["event"]["id"]

    site.refuses(site.clerk, path, sought, "redacted-already", f"by entry {done}")
    again = f"/api/entries/{request}/redaction-confirmation"
    site.refuses(site.admin, again, {}, "redacted-already", done)
    site.refuses(site.admin, f"/api/entries/{update}/redaction-confirmation", {}, "not-sought", "")


def test_a_request_is_retracted_before_it_is_confirmed_and_not_after(site, update, clerk_2):
    first = seek(site.clerk, update)
    site.clerk.act(f"/api/entries/{first}/retraction", {"reason": "A slip."})
    path = f"/api/entries/{first}/redaction-confirmation"
    site.refuses(clerk_2, path, {}, "set-aside", "This request was set aside")

    second = seek(site.clerk, update)
    done = confirm(clerk_2, second)["event"]["id"]

    reason = {"reason": "R."}
    site.refuses(
        site.clerk, f"/api/entries/{second}/retraction", reason, "redacted-already", "confirmed"
    )
    site.refuses(
        site.clerk, f"/api/entries/{done}/retraction", reason, "not-retractable", "text-redacted"
    )


def test_an_entry_that_was_set_aside_is_redacted(site, update, clerk_2):
    site.clerk.act(f"/api/entries/{update}/retraction", {"reason": f"{NAME} asked for it."})

    confirm(clerk_2, seek(site.clerk, update))

    assert gone(site, update)


def test_a_repeated_request_is_answered_from_the_log_without_the_text(site, report, clerk_2):
    body = {"text": SAID, "occurred_on": "2025-09-01", "source": NOTE}
    key = {"Idempotency-Key": f"update-{report.reference}"}
    first = site.clerk.post(f"{report.recommendation}/updates", body, key)
    confirm(clerk_2, seek(site.clerk, first.json["event"]["id"]))

    again = site.clerk.post(f"{report.recommendation}/updates", body, key)

    assert again.data == first.data
    assert NAME not in again.text
    assert held(site, report) == []


# What it reaches


def test_it_reaches_every_wording_that_corrections_gave_the_field(site, report, clerk_2):
    body = {"text": f"{NAME} was off sick.", "occurred_on": "2025-09-01", "source": NOTE}
    update = site.clerk.act(f"{report.recommendation}/updates", body)
    wording = f"Inspector {NAME} was off sick."
    path = f"/api/entries/{update}/corrections"
    first = site.clerk.act(path, {"field": "text", "now": wording, "reason": "Her rank."})
    second = site.clerk.act(path, {"field": "text", "now": "Half are done.", "reason": "Short."})

    answer = confirm(clerk_2, seek(site.clerk, update))

    places = {(one["data"]["target"], one["data"]["field"]) for one in answer["events"]}
    corrected = {(entry, which) for entry in (first, second) for which in ("was", "now")}
    assert places == {(update, "text"), *corrected}
    assert answer["event"]["data"]["target"] == update
    assert held(site, report) == []
    assert gone(site, first, "was")
    assert gone(site, second, "now")


def test_a_correction_alone_is_redacted_with_what_repeats_it(site, update, clerk_2):
    path = f"/api/entries/{update}/corrections"
    wrong = site.clerk.act(
        path, {"field": "text", "now": f"Sgt {NAME} was away.", "reason": "Rank."}
    )
    right = site.clerk.act(path, {"field": "text", "now": "Half are done.", "reason": "Short."})

    confirm(clerk_2, seek(site.clerk, wrong, "now"))

    assert gone(site, wrong, "now")
    assert gone(site, right, "was")
    assert texts(site, right)["now"]["text"] == "Half are done."
    assert texts(site, update)["text"]["text"] == SAID


def test_it_reaches_what_repeats_it_in_capitals_or_over_several_lines(
    site, report, update, clerk_2
):
    spelt = str.swapcase
    quoted = f"NOTED: “{spelt(SAID).replace(' ', chr(10))}” I note this."
    site.clerk.records(
        f"{report.response}/statement",
        statement(text=quoted, explanations=[explanation(text=f"{spelt(SAID)} I will ask.")]),
    )
    capture = site.clerk.upload(f"<p>{spelt(SAID)}</p>".encode(), "a.html")

    confirm(clerk_2, seek(site.clerk, update))

    assert held(site, report) == []
    assert site.clerk.get(capture.headers["Location"]).status_code == 410


def test_a_whole_statement_goes_with_the_passages_taken_from_it(site, report, clerk_2):
    passage = f"On recommendation 2, {NAME} will see to it."
    event = site.clerk.records(
        f"{report.response}/statement",
        statement(text=f"I welcome it.\n{passage}", explanations=[explanation(text=passage)]),
    )["event"]

    confirm(clerk_2, seek(site.clerk, event["id"]))

    assert held(site, report) == []
    page = site.anybody.reads(report.recommendation)
    assert page["statements"][0]["text"] is None
    assert page["redacted"]["statements.0.text"]["basis"] == "personal_data"


def test_a_correction_of_a_copy_says_that_its_former_words_are_redacted(
    site, report, update, clerk_2
):
    made = site.clerk.records(
        f"{report.response}/statement", statement(text=f"The force said: “{SAID}”")
    )["event"]
    path = f"/api/entries/{made['id']}/corrections"
    corrected = site.clerk.act(path, {"field": "text", "now": "It is half done.", "reason": "R."})

    confirm(clerk_2, seek(site.clerk, update))

    assert gone(site, made["id"])
    assert gone(site, corrected, "was")
    assert texts(site, corrected)["now"]["text"] == "It is half done."


def test_it_reaches_what_the_published_page_says_since(site, report, clerk_2):
    event = site.clerk.records(
        f"{report.response}/statement", statement(text=f"I thank {NAME} for all that was done.")
    )["event"]
    revised = site.clerk.act(
        f"{report.response}/revisions",
        {"field": "text", "now": f"I thank Ms {NAME}.", "seen_on": "2025-09-01"},
    )

    confirm(clerk_2, seek(site.clerk, event["id"]))

    assert held(site, report) == []
    assert gone(site, revised, "now")


def test_the_same_few_words_elsewhere_are_no_copy(site, report, clerk_2):
    body = {
        "text": "A first update.",
        "claim": {"as_stated": SHORT, "means": "complete"},
        "occurred_on": "2025-09-01",
        "source": NOTE,
    }
    here = site.clerk.act(f"{report.recommendation}/updates", body)
    elsewhere = site.clerk.act(f"{site.publish().recommendation}/updates", body)

    confirm(clerk_2, seek(site.clerk, here, "claim.as_stated"))

    assert gone(site, here, "claim.as_stated")
    assert texts(site, elsewhere)["claim.as_stated"]["text"] == SHORT


@pytest.mark.parametrize("basis", ["entered_in_error", "retention_ended"])
def test_a_copy_in_its_right_place_stays_where_the_words_are_not_the_ground(
    site, report, update, clerk_2, basis
):
    other = site.publish()
    right = site.clerk.act(
        f"{other.recommendation}/updates",
        {"text": SAID, "occurred_on": "2025-09-01", "source": NOTE},
    )

    confirm(clerk_2, seek(site.clerk, update, basis=basis))

    assert gone(site, update)
    assert texts(site, right)["text"]["text"] == SAID
    confirm(clerk_2, seek(site.clerk, right))


def test_copies_that_another_body_recorded_go_by_an_admin_alone(site, clerk_2):
    words = "The recommendation, word for word, as the inspectorate published it in its report."
    named = site.publish(recommendations=[recommendation(text=words)])
    others = site.publish(by=site.hmicfrs, recommendations=[recommendation(text=words)])
    ours, theirs = (one.entry("recommendation-raised") for one in (named, others))
    request = seek(site.clerk, ours)

    path = f"/api/entries/{request}/redaction-confirmation"
    problem = site.refuses(clerk_2, path, {}, "not-allowed", "redacts no text", status=403)
    assert theirs in problem["detail"]
    confirm(site.admin, request)

    assert gone(site, ours)
    assert gone(site, theirs)


def test_a_capture_that_holds_the_text_loses_its_bytes(site, report, clerk_2):
    page = f"<p>Sergeant&nbsp;<b>{NAME}</b>\r\n was off sick, so that half of the cells are done."
    raw = page.replace("Quill", "&#81;uill").encode("cp1252")
    mine = site.capture(raw)
    other = site.capture(b"<p>Half of the cells are done.</p>")
    update = site.clerk.act(
        f"{report.recommendation}/updates",
        {"text": SAID, "occurred_on": "2025-09-01", "source": {"capture": mine}},
    )

    events = confirm(clerk_2, seek(site.clerk, update))["events"]

    ((kept, position),) = captured(site, mine)
    assert (kept, "bytes") in {(e["data"]["target"], e["data"]["field"]) for e in events}
    assert site.ledger.bytes_at(position) is None
    assert site.ledger.redactions([position])[position, "bytes"].basis == "personal_data"
    ((_, left),) = captured(site, other)
    assert site.ledger.bytes_at(left) is not None


def document(method, names=("word/document.xml",)):
    file = BytesIO()
    with zipfile.ZipFile(file, "w", method) as package:
        for name in ("[Content_Types].xml", *names):
            package.writestr(name, f"<b>{SAID}</b>")
    return file.getvalue()


HEAD = b"From: a@b.example\r\nDate: now\r\nMIME-Version: 1.0\r\n"
HOSTILE = {
    "a reference of 5,000 digits": (b"hello &#" + b"9" * 5000 + b"; world", False),
    "bzip2": (document(zipfile.ZIP_BZIP2), True),
    "lzma": (document(zipfile.ZIP_LZMA), True),
    "mails in mails": (
        HEAD
        + b"".join(
            b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n)
            for n in range(600)
        ),
        False,
    ),
    "a mail of comments": (HEAD + b"Content-Type: text/plain " + b"(" * 9000 + b"\r\n\r\nx", False),
    "a character set of names": (
        HEAD + b"Content-Disposition: x; filename*=idna''" + b"%ff" * 99 + b"\r\n\r\nx",
        False,
    ),
}


def test_no_capture_of_another_body_stands_in_the_way_of_a_redaction(site, report, clerk_2):
    named = []
    for what, (body, is_named) in HOSTILE.items():
        kept = site.dorset.upload(body, url="https://dorset.example/").json["event"]["id"]
        named += [kept] if is_named else []
        said = {"text": SAID, "occurred_on": "2025-09-01", "source": NOTE}
        update = site.clerk.act(f"{report.recommendation}/updates", said)

        answer = confirm(clerk_2, seek(site.clerk, update))

        assert gone(site, update), what
        assert answer.get("not_looked_into", []) == named, what


def test_captures_are_read_once_though_others_go_on_recording(site, report, update, monkeypatch):
    page = site.capture(f"<p>{SAID}".encode())
    ((_, position),) = captured(site, page)
    request = site.ledger.entry(seek(site.clerk, update))
    read: list[int] = []
    tries: list[str] = []
    bytes_at = site.ledger.bytes_at

    def reading(at: int) -> bytes | None:
        read.append(at)
        found: bytes | None = bytes_at(at)
        return found

    monkeypatch.setattr(site.ledger, "bytes_at", reading)

    def decide(decision):
        confirm_redaction(decision, request, Notice())
        tries.append(f"Try {len(tries)}.")
        if len(tries) < 4:
            body = {"text": tries[-1], "occurred_on": "2025-09-01", "source": NOTE}
            site.clerk.act(f"{report.recommendation}/updates", body)

    site.ledger.decide(site.ledger.account(ACCOUNTS["clerk_2"][0]), decide)

    assert len(tries) == 4
    assert read.count(position) == 1
    assert bytes_at(position) is None


def captured(site, capture):
    """(id, position) of the entry that keeps a capture."""
    query = (
        "SELECT event_id::text, position FROM ledger.entries"
        " WHERE stream = %s AND topic = 'capture-kept'"
    )
    return site.rows(query, f"capture/{capture}")


def test_a_note_of_the_services_own_stream_is_redacted_and_the_service_goes_on(site):
    admin = site.admin
    noted = {"source": {"note": f"As {NAME} wrote."}}
    body = {"id": "new-panel", "name": "A panel", "kind": "panel"}
    registered = admin.act("/api/bodies", body | noted)
    admin.act(f"/api/entries/{registered}/release", {"field": "source.note"})
    site.ledger.record(
        SETUP, grant_scope, ScopeGranted(account="service/auditor", scope="admin"), Notice()
    )
    with site.ledger.log.pool.connection() as conn:
        another = tokens.create(conn, "service/auditor", ["admin"], None)[1]

    confirm(Caller(site.app.test_client(), another), seek(admin, registered, "source.note"))

    assert "redacted" in admin.reads(f"/api/entries/{registered}")["texts"]["source.note"]
    listed = site.anybody.reads("/api/bodies")["items"]
    assert any(one["id"] == "new-panel" for one in listed)


# How it reads


def test_lists_and_pages_say_that_it_is_redacted(site, clerk_2):
    report = site.publish(recommendations=[recommendation(text=f"Do what {NAME} wants done.")])
    site.clerk.records(
        f"{report.response}/statement",
        statement(
            text=f"I agree with {NAME} in all of this.",
            explanations=[explanation(text=f"I agree with {NAME} about recommendation 2.")],
        ),
    )
    site.catch_up()
    ids = held(site, report)
    assert len(ids) == 3

    for entry, field in ids:
        if not gone(site, entry, field):
            confirm(clerk_2, seek(site.clerk, entry, field))
    site.catch_up()

    listed = site.anybody.reads("/api/recommendations", report=report.reference)["items"][0]
    assert listed["text"] is None
    assert listed["redacted"]["text"]["on"] == DAY
    assert site.anybody.reads("/api/recommendations", q=NAME)["items"] == []
    words = "Redacted on 24 November 2025: personal data."
    for page in (report.recommendation, report.response, report.path):
        shown = site.anybody.get(page.removeprefix("/api")).text
        assert words in shown
        assert NAME not in shown
    assert site.anybody.reads(f"{report.response}/working")["sentences"]


def test_a_redacted_text_is_corrected_and_reads_as_corrected(site, update, clerk_2):
    confirm(clerk_2, seek(site.clerk, update))

    again = site.clerk.act(
        f"/api/entries/{update}/corrections",
        {"field": "text", "now": "Half of the cells are done.", "reason": "Without the name."},
    )

    found = texts(site, again)
    assert found["now"]["text"] == "Half of the cells are done."
    assert "text" not in found["was"]


def test_an_update_whose_note_is_redacted_is_still_retracted_and_released(site, update, clerk_2):
    confirm(clerk_2, seek(site.clerk, update, "source.note"))
    site.clerk.act(f"/api/entries/{update}/release", {"field": "text"})
    site.catch_up()

    assert site.anybody.reads(f"/api/entries/{update}")["texts"]["text"]["text"] == SAID
    site.clerk.act(f"/api/entries/{update}/retraction", {"reason": "R."})
    confirm(clerk_2, seek(site.clerk, update))


def test_a_page_whose_every_text_is_redacted_brings_nothing_when_it_is_read_again(
    whole_site, tmp_path
):
    ledger, body = whole_site.ledger, "devon-and-cornwall-pcc"
    file = tmp_path / "page.txt"
    page = EXAMPLES / "devon-and-cornwall-pcc-serious-youth-violence.txt"
    words = f"I, {NAME}, thank the inspectors for all of this."
    comments = f"\n\nChief Constable’s comments:\n\n{words}\n"
    file.write_text(page.read_text(encoding="utf-8") + comments, encoding="utf-8")
    imports.record(ledger, [imports.page_file(file, None)], body)
    assert {"chief-officer-comments-received", "assurance-sought"} <= topics(whole_site)

    while rest := whole_site.rows(
        "SELECT event_id::text, field FROM ledger.texts JOIN ledger.entries USING (position)"
    ):
        entry, field = rest[0]
        request = seek(whole_site.admin, entry, field)
        ledger.record(SETUP, confirm_redaction, ledger.entry(request), Notice())

    assert whole_site.rows("SELECT count(*) FROM ledger.captures") == [(0,)]
    assert imports.record(ledger, [imports.page_file(file, None)], body) == 0


def topics(site):
    return {topic for (topic,) in site.rows("SELECT topic FROM ledger.entries")}


# A backup from before is restored


def put_back(site, texts_before, captures_before):
    """Put what was deleted since into the tables again, as restoring a backup of them does."""
    with psycopg.connect(site.url) as connection:
        connection.execute("SET session_replication_role = replica")
        for table, columns, rows in (
            ("texts", "position, field, commitment, salt, body", texts_before),
            ("captures", "position, salt, body", captures_before),
        ):
            for row in rows:
                marks = ", ".join(["%s"] * len(row))
                connection.execute(
                    f"INSERT INTO ledger.{table} ({columns}) VALUES ({marks})"
                    " ON CONFLICT DO NOTHING".encode(),
                    row,
                )


@pytest.fixture
def restored(site, clerk_2):
    """A report whose texts were all redacted, and are in the tables again: with what they said."""
    report = site.publish(
        recommendations=[recommendation(text=f"Do what {NAME} wants done.")],
        key_findings=f"What {NAME} found there.",
    )
    page = site.capture(f"<p>Sergeant {NAME} was off sick, half of it is done.".encode())
    cited = {"text": SAID, "occurred_on": "2025-09-01", "source": {"capture": page}}
    update = site.clerk.act(f"{report.recommendation}/updates", cited)
    site.clerk.act(f"/api/entries/{update}/release", {"field": "text"})
    site.clerk.records(
        f"{report.response}/statement",
        statement(
            text=f"I agree with {NAME} in all of this.",
            explanations=[explanation(text=f"I agree with {NAME} about recommendation 2.")],
        ),
    )
    site.catch_up()
    before = site.position
    assert site.anybody.reads("/api/recommendations", q=NAME, known_at=before)["items"]
    etag = site.anybody.get(f"/api/captures/{page}").headers["ETag"]
    backup = (
        site.rows("SELECT position, field, commitment, salt, body FROM ledger.texts"),
        site.rows("SELECT position, salt, body FROM ledger.captures"),
    )
    ((kept, _),) = captured(site, page)
    for entry, field in [*held(site, report), (kept, "bytes")]:
        if not gone_already(site, entry, field):
            confirm(clerk_2, seek(site.clerk, entry, field))
    site.catch_up()
    put_back(site, *backup)
    assert len(held(site, report)) >= 5
    yield report, page, before, etag
    alter(
        site,
        "SET session_replication_role = replica; DELETE FROM ledger.texts t USING ledger.entries e,"
        " ledger.entries r WHERE e.position = t.position AND r.stream = e.stream"
        " AND r.topic = 'text-redacted' AND position(e.event_id::text::bytea IN r.state) > 0",
    )


def gone_already(site, entry, field):
    return site.rows(
        "SELECT FROM ledger.entries WHERE topic = 'text-redacted'"
        " AND convert_from(state, 'UTF8')::jsonb -> 'data' @> jsonb_build_object("
        " 'target', %s::text, 'field', %s::text)",
        entry,
        field,
    )


def everything(site, report, page, before, etag):
    """Every answer in which a text of a report can stand, by who asks and what: status and body. In
    `make test` of each address one, in turns by either reader, and as known now or then."""
    addresses = [
        report.recommendation,
        f"{report.recommendation}/history",
        report.response,
        f"{report.response}/history",
        f"{report.response}/working",
        report.path,
        f"/api/recommendations?report={report.reference}",
        f"/api/responses?report={report.reference}",
        "/api/recommendations?q=Quillfeather-Osgood",
        "/api/recommendations?q=Quillfeather-Osgood%20-sergeants",
        f"/api/entries?report={report.reference}&limit=500",
        f"/api/captures/{page}",
        *(
            f"/api/entries/{entry}"
            for (entry,) in site.rows(
                "SELECT event_id::text FROM ledger.entries WHERE split_part(stream, '/', 2) = %s",
                report.reference,
            )
        ),
        *(one.path.removeprefix("/api") for one in (report,)),
        report.recommendation.removeprefix("/api"),
        report.response.removeprefix("/api"),
        "/recommendations?q=Quillfeather-Osgood",
        "/search?q=Quillfeather-Osgood",
        "/bodies/cumbria-pfcc",
        f"/changes?body=cumbria-pfcc&from=1&to={before}",
    ]
    found = {}
    cells = list(product(("", f"known_at={before}"), ("admin", None)))
    for nth, address in enumerate(addresses):
        for asked, who in cells if whole() else (cells[nth % 4],):
            path = f"{address}{'&' if '?' in address else '?'}{asked}"
            answer = site.caller(who).get(path, {"If-None-Match": etag})
            found[who, path] = answer.status_code, answer.text
    return found


@pytest.mark.sampled
def test_a_text_from_a_restored_backup_is_in_no_answer_page_or_search(site, restored):
    shown = everything(site, *restored)

    assert [asked for asked, (_, said) in shown.items() if NAME in said] == []
    captures = [status for (_, path), (status, _) in shown.items() if "/captures/" in path]
    assert set(captures) == {410}
    done = CliRunner().invoke(main, ["erase"], env={"ANSWERABLE_DATABASE_URL": site.url})
    assert done.exit_code == 0, done.output
    assert everything(site, *restored) == shown  # no answer tells that it was here


def test_what_is_held_against_the_log_is_in_no_export_and_named_until_it_is_erased(
    site, restored, tmp_path
):
    report, *_ = restored
    log_files.write_log(tmp_path, site.ledger, None, [], [], lambda entry, text: True)
    written = (tmp_path / log_files.TEXTS).read_text("utf-8").splitlines()
    there = {site.ledger.entry(entry).position for entry, _ in held(site, report)}
    assert there  # in the tables
    own = [one for one in map(json.loads, written) if one["position"] in there]
    assert [one for one in own if NAME in one["text"]] == []
    assert len(written) > len(own)

    answer = site.anybody.get("/readyz")
    assert answer.status_code == 503
    against = site.rows("SELECT count(*) FROM ledger.held_against_the_log")[0][0]
    assert len(answer.json["held_against_the_log"]) == min(against, 20)
    assert "is still here, or again: `answerable erase` removes it." in answer.text
    environment = {"ANSWERABLE_DATABASE_URL": site.url}
    status = CliRunner().invoke(main, ["status", "--json"], env=environment)
    assert len(json.loads(status.stdout)["held_against_the_log"]) == against

    done = CliRunner().invoke(main, ["erase", "--json"], env=environment)

    assert done.exit_code == 0, done.output
    removed = json.loads(done.stdout)["removed"]
    assert len(removed) == against
    assert {"position", "entry", "field", "redacted_at"} == set(removed[0])
    assert held(site, report) == []
    assert site.anybody.get("/readyz").json["held_against_the_log"] == []
    said = CliRunner().invoke(main, ["erase"], env=environment).stdout
    assert said.startswith("The tables of texts and captures are written anew.")


def test_a_redaction_that_the_database_does_not_do_is_an_error_and_is_not_recorded(
    site, report, update, clerk_2
):
    request = seek(site.clerk, update)
    path, before = f"/api/entries/{request}/redaction-confirmation", site.position
    off, on = (
        f"ALTER TABLE ledger.entries {word} TRIGGER redact" for word in ("DISABLE", "ENABLE")
    )
    alter(site, off)
    try:
        answer = clerk_2.post(path, {})
    finally:
        alter(site, on)

    problem = problem_of(answer, 500, "not-deleted")
    assert f"did not delete “text” of entry {update}" in problem["detail"]
    assert site.position == before
    confirm(clerk_2, request)
    assert held(site, report) == []


def test_a_redaction_that_a_foreign_key_stops_says_which(site, report, update, clerk_2):
    request = seek(site.clerk, update)
    path, before = f"/api/entries/{request}/redaction-confirmation", site.position
    alter(
        site,
        "CREATE TABLE public.holds (p bigint, f text, CONSTRAINT holds_fk FOREIGN KEY (p, f)"
        " REFERENCES ledger.texts (position, field));"
        " INSERT INTO public.holds SELECT position, field FROM ledger.texts",
    )
    try:
        answer = clerk_2.post(path, {})
    finally:
        alter(site, "DROP TABLE public.holds")

    problem = problem_of(answer, 500, "not-deleted")
    assert "The foreign key holds_fk of public.holds stands in the way" in problem["detail"]
    assert site.position == before
    confirm(clerk_2, request)
    assert held(site, report) == []


def test_a_redaction_that_would_delete_nothing_is_refused(site, update, clerk_2):
    request = seek(site.clerk, update)
    ((position,),) = site.rows("SELECT position FROM ledger.entries WHERE event_id = %s", update)
    alter(
        site,
        "SET session_replication_role = replica;"
        f" DELETE FROM ledger.texts WHERE position = {position}",
    )

    site.refuses(
        clerk_2,
        f"/api/entries/{request}/redaction-confirmation",
        {},
        "nothing-held",
        "there is nothing to delete",
    )


def alter(site, statements):
    with psycopg.connect(site.url) as connection:
        connection.execute(statements.encode())
