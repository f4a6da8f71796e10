"""Every reader, text and route: an office text is read by those for whom it is, and nowhere else.
The others see that it is held, by whom and since when."""

import io
import itertools
import json
import zipfile

import psycopg
import pytest
from click.testing import CliRunner
from werkzeug.routing import Rule

from api.cli import main
from api.description.openapi import path_of
from ledger.events.streams import kind
from ledger.seal.log_files import canonical
from ledger.seal.notebook import Signed
from ledger.seal.vouch import vouch
from ledger.verify import checkpoint, note
from ledger.verify.checkpoint import Checkpoint
from ledger.verify.tree import WIDTH, Frontier, leaf_hash
from tests.api import site as sites
from tests.api.conftest import fresh_site
from tests.api.office import (
    EVERYTHING,
    FIRE,
    MORE_ACCOUNTS,
    NOBODY,
    PANEL,
    READERS,
    all_text_paths,
    generic,
    occurring,
    played,
)
from tests.api.signing_in import browser, provided
from tests.api.site import FORCE, PFCC, problem_of, streamed
from tests.conftest import cells, examples, whole

pytestmark = pytest.mark.long

readers = pytest.mark.parametrize("who", READERS, ids=str)
SHUT_OUT = [who for who in READERS if who in NOBODY]
ALL_ACCOUNTS = sites.ACCOUNTS | MORE_ACCOUNTS
PUBLIC = [None, "dorset", "dorset_force", "revoked"]
"""Those who read what everybody reads; the closed account reads nothing at all."""


@pytest.fixture(scope="module")
def scene(postgres, founding):
    with fresh_site(postgres, founding) as site, played(site) as found:
        seal(site)
        yield found


def seal(site):
    """Put a checkpoint over the whole scene, whose own keys are of no file."""
    entries = site.ledger.log.select_notifications(1, 10_000)
    leaves = [leaf_hash(canonical(one)) for one in entries]
    grown = Frontier()
    for leaf in leaves:
        grown.append(leaf)
    key = note.generate("log.example/office")
    signed = checkpoint.sign(Checkpoint(key.name, grown.size, grown.root()), key)
    with psycopg.connect(site.url, autocommit=True) as connection:
        vouch(connection, Signed(grown.size, grown.root()))
        connection.execute(
            "INSERT INTO ledger.checkpoints (size, root, note, leaves) VALUES (%s, %s, %s, %s)",
            [grown.size, grown.root(), signed, b"".join(leaves)],
        )
        for tile in range(len(leaves) // WIDTH):  # as the sealer keeps those that are full
            full, under = leaves[tile * WIDTH : (tile + 1) * WIDTH], Frontier()
            for leaf in full:
                under.append(leaf)
            connection.execute(
                "INSERT INTO ledger.tiles (level, tile, root, hashes) VALUES (0, %s, %s, %s)",
                [tile, under.root(), b"".join(full)],
            )


def parameters(scene):
    """Return the values that the parts of addresses can have. A part that is not here fails the
    tests: add it."""
    entries = dict.fromkeys(word.entry.id for word in scene.words)
    return {
        "report": [scene.reference],
        "number": ["02", "03", "04", "05", "06"],
        "body": [FORCE, PFCC, FIRE],
        "panel": [PANEL],
        "date": ["2025-10-09"],
        "entry_id": list(entries),
        "capture_id": [scene.capture],
        "filename": ["answerable.css"],
        "form": ["csv", "json", "jsonl", "ods", "xlsx"],
        "subscription_id": ["none"],
        "role": ["clerk", "audit"],
        "token_id": ["none"],
        "schema": ["update-received.v1.json"],
        "name": ["receiveUpdate", "TrailEntry"],
        "file": ["start.js"],
        "tile": ["0/000.p/5", f"entries/001.p/{scene.site.position - WIDTH}"],
    }


@pytest.fixture(scope="module")
def addresses(scene):
    """Every address that can be got, by its rule, whatever the routes are."""
    known = parameters(scene)
    found = {}
    adapter = scene.site.app.url_map.bind("localhost")
    for rule in scene.site.app.url_map.iter_rules():
        if "GET" not in rule.methods or rule.endpoint.endswith("static"):
            continue
        if str(rule) == "/api/entries/stream":  # it has no end: a test of its own reads it
            continue
        if str(rule).startswith("/record/"):  # forms have names of fields: test_forms.py says so
            continue
        unknown = rule.arguments - known.keys()
        assert not unknown, f"{rule}: say in `parameters` what {unknown} can be"
        names = sorted(rule.arguments)
        found[str(rule)] = [
            adapter.build(rule.endpoint, dict(zip(names, values, strict=True)))
            for values in itertools.product(*(known[name] for name in names))
            if not ({"number", "body"} <= rule.arguments and FORCE not in values)
        ]
    return found


def some(things, who, every=48):
    """Return the addresses or words that a reader asks for, in turns: nobody one in eight, the
    others one in `every`, at least one. In `make soak` everybody asks for all."""
    if whole() or not things:
        return things
    every = 8 if who is None else every
    return things[READERS.index(who) % min(every, len(things)) :: every]


def of_table(row, nth):
    """Return one cell of a row of a table in `make test`, so that each column is tried in another
    row; all cells in `make soak`."""
    return row if whole() else [row[nth % len(row)]]


def asked_by(who, addresses, by_nobody=1):
    """The addresses that a reader asks for, by their rule: of each rule somebody does who is shut
    out, and some who are not. Nobody asks for one rule in `by_nobody`."""
    rules = [*addresses.items()]
    rules = rules[::by_nobody] if who is None and not whole() else some(rules, who, every=12)
    return {rule: some(paths, who) for rule, paths in rules}


def leaks(scene, who, answer, entry=None):
    """The words, and the salts that would open their commitments, that should not be there."""
    said = answer.data
    if said.startswith(b"PK"):  # a bundle, a spreadsheet
        with zipfile.ZipFile(io.BytesIO(said)) as archive:
            said = b"\n".join(archive.read(name) for name in archive.namelist())
    return occurring(said, scene.held(who, entry))


def test_the_scene_has_a_text_for_the_office_of_every_event_that_can_have_one(scene):
    there = {
        (word.entry.data.TOPIC, generic(word.path))
        for word in scene.words
        if word.audience == "office"
    }

    missing = all_text_paths() - there
    assert not missing, f"{missing}: record them in tests/api/office.py, for the office"
    noted = {topic for topic, path in there if path == "source.note"}
    told = {word.entry.data.TOPIC for word in scene.words}
    assert noted == told
    assert any(word.released for word in scene.words)
    assert any(word.audience == "public" for word in scene.words)


@pytest.mark.sampled
@readers
def test_no_address_shows_a_text_to_a_reader_who_may_not_read_it(scene, addresses, who):
    read = 0
    for rule, paths in asked_by(who, addresses).items():
        for path in paths:
            answer = scene.got(who, path)
            assert answer.status_code < 500 or path == "/readyz", f"{path}: {answer.text}"
            assert not leaks(scene, who, answer), f"{rule}: {path}"
            read += answer.status_code == 200
    assert read > examples(1, 12) or who == "closed"


@pytest.mark.sampled
@readers
@pytest.mark.parametrize("position", ["now", "then"])
def test_no_page_of_a_list_and_no_past_state_shows_one_either(
    scene, addresses, lists, who, position
):
    last = scene.words[-1].entry.position
    asked = {"limit": "500"} if position == "now" else {"known_at": str(last)}
    for rule, paths in asked_by(who, addresses, by_nobody=3).items():
        if "<entry_id>" in rule or (position == "now" and rule not in lists):
            continue
        for path in paths:
            answer = scene.got(who, path, **asked)
            assert answer.status_code < 500 or path == "/readyz"
            assert not leaks(scene, who, answer), f"{rule}: {path}"


@pytest.fixture(scope="module")
def lists(scene, addresses):
    """The rules of addresses whose answers `limit` can change: the lists of the API, as its
    document says, and the pages of the same lists."""
    takes = {
        path
        for path, said in scene.got(None, "/openapi.json").json["paths"].items()
        if "limit" in {one.get("name") for one in said.get("get", {}).get("parameters", [])}
    }
    pages = {"/late-entries", *(path.removeprefix("/api") for path in takes)}
    return {rule for rule in addresses if in_document(rule) in takes | pages}


def in_document(rule):
    """A rule as the document of the API has it."""
    return path_of(Rule(rule))


OF_THE_SERVICE = (
    "/asyncapi.json",
    "/openapi.json",
    "/schemas/<schema>",
    "/healthz",
    "/metrics",
    "/readyz",
)


def takes_any_name(rule):
    return rule.startswith("/log/") or rule in OF_THE_SERVICE


@pytest.mark.sampled
def test_an_address_of_no_list_takes_no_limit_or_says_the_same_whatever_it_is(
    scene, addresses, lists
):
    """The other tests may ask without a limit: the auditor, who reads everything, gets the same."""
    compared = 0
    for rule, paths in addresses.items():
        for path in some(paths, "auditor"):
            # No browser signs in here, so no text leaves by that.
            if rule not in lists and not rule.startswith("/sign-in/"):
                answer = scene.got("auditor", path, limit="500")
                if takes_any_name(rule) and rule != "/log/consistency":
                    assert answer.data == scene.got("auditor", path).data, path
                else:
                    assert (answer.status_code, "limit" in answer.text) == (422, True), path
                compared += 1
    assert {"/api/entries", "/api/recommendations", "/api/responses"} <= lists
    assert compared > 20


def test_the_bundle_is_read_with_the_texts_that_are_for_its_reader(scene):
    path = f"/api/recommendations/{scene.reference}/02/{FORCE}/bundle"
    for who in READERS:
        answer = scene.got(who, path)
        assert answer.status_code == (401 if who == "closed" else 200)
        assert not leaks(scene, who, answer)
    assert len(scene.got("auditor", path).data) > len(scene.got(None, path).data)


@pytest.mark.sampled
def test_every_text_is_read_with_its_entry_by_those_whom_it_is_for_and_by_no_other(scene):
    asked = [
        (who, word)
        for who in READERS
        for may in (True, False)
        for word in some([one for one in scene.words if one.may_read(who) is may], who, every=12)
    ]
    cells = set()
    for who, word in asked:
        answer = scene.got(who, f"/api/entries/{word.entry.id}")
        if who == "closed":
            problem_of(answer, 401, "unauthorized")
            continue
        shown = answer.json["texts"][word.path]
        if word.may_read(who):
            assert (shown["text"], shown["salt"]) == (word.body, word.salt), (who, word)
        else:
            assert shown.keys() == {"sha256", "audience", "lang", "held"}, (who, word)
            assert not leaks(scene, who, answer, word.entry.id), (who, word)
            assert answer.json["recorded_by"] == word.entry.recorded_by  # by whom
            assert answer.json["recorded_at"]  # since when
        cells.add((who, word.may_read(who)))
    may = {(who, True) for who in READERS if who != "closed"}
    may_not = {(who, False) for who in READERS if who not in EVERYTHING | {"closed"}}
    assert cells == may | may_not


@pytest.mark.sampled
def test_a_session_reads_the_texts_that_a_token_of_its_account_reads(scene):
    """On pages too. The account that was closed signs in nowhere."""
    entries = list(dict.fromkeys(word.entry.id for word in scene.words))
    with provided(scene.site):
        for nth, who in enumerate(who for who in READERS if who not in (None, "closed")):
            here = browser(scene.site)
            assert here.signs_in(ALL_ACCOUNTS[who][0]).status_code == 303
            for entry in entries if whole() else entries[nth :: 8 * len(READERS)]:
                for path in (f"/api/entries/{entry}", f"/entries/{entry}"):
                    by_token, by_session = scene.got(who, path), here.get(path)
                    assert by_session.status_code == by_token.status_code == 200
                    said = [occurring(one.data, scene.bodies) for one in (by_token, by_session)]
                    assert said[0] == said[1], (who, path)
                    assert not leaks(scene, who, by_session, entry)


@readers
def test_every_text_stands_in_the_history_of_its_stream_for_its_readers_alone(scene, who):
    if who == "closed":
        return
    for stream in {word.entry.stream for word in scene.words}:
        if kind(stream) not in ("recommendation", "response"):
            continue
        of, report, *rest = stream.split("/")
        path = f"/api/{of}s/{report}/{'/'.join(rest)}/history"
        answer = scene.got(who, path)
        for word in scene.words:
            if word.entry.stream == stream and word.may_read(who):
                assert word.body.encode() in answer.data, (path, word)


@pytest.mark.sampled
@readers
def test_a_search_finds_a_word_for_those_who_may_read_it_and_for_no_other(scene, who):
    found_any = 0
    of_recommendations = [w for w in scene.words if kind(w.entry.stream) == "recommendation"]
    everybodys = next(word for word in of_recommendations if word.audience == "public")
    asked = scene.words if who is None else some(of_recommendations, who)
    for word in (everybodys, *asked):
        answer = scene.got(who, "/api/recommendations", q=word.body)
        if who == "closed":
            assert answer.status_code == 401
            continue
        items = answer.json["items"]
        if word.body in scene.forbidden(who):
            assert items == [], (who, word)
            assert answer.json["next"] is None
        found_any += bool(items)
    assert found_any or who == "closed"


@pytest.mark.sampled
@pytest.mark.parametrize("who", SHUT_OUT, ids=str)
def test_a_search_for_what_a_text_does_not_say_tells_nothing_of_it(scene, who):
    """A search does not tell whether a word is in a held text."""
    if who == "closed":
        return
    caller = scene.callers[who]
    (public,) = (
        word
        for word in scene.words
        if word.audience == "public" and word.entry.data.TOPIC == "recommendation-raised"
    )
    plain = caller.get("/api/recommendations", q=public.body).json["items"]
    assert plain
    for word in some(sorted(scene.forbidden(who)), who)[:20]:
        one = caller.get("/api/recommendations", q=f"{public.body} -{word}").json
        other = caller.get("/api/recommendations", q=f"{public.body} or {word}").json
        assert one["items"] == other["items"] == plain


PAGES = (
    "/reports/{report}",
    f"/recommendations/{{report}}/02/{FORCE}",
    f"/responses/{{report}}/{PFCC}",
)


@pytest.mark.sampled
@pytest.mark.parametrize(("who", "page"), cells(PUBLIC, PAGES, 3), ids=str)
def test_pages_say_that_a_text_is_held_by_whom_and_since_when(scene, who, page):
    answer = scene.callers[who].get(page.format(report=scene.reference))

    assert answer.status_code == 200
    held = [line.casefold() for line in answer.text.splitlines() if 'class="held"' in line]
    assert held
    assert all("held by" in line and "24 november 2025" in line for line in held)
    assert all("not open to the public" in line for line in held)
    assert any("cumbria" in line for line in held)


@pytest.mark.sampled
@pytest.mark.parametrize("who", SHUT_OUT, ids=str)
def test_a_conditional_request_shows_no_more(scene, addresses, who):
    """In `make test` one of those who are shut out asks for each address, in turns."""
    caller, nth = scene.callers[who], SHUT_OUT.index(who)
    for n, paths in enumerate(addresses.values()):
        for path in paths[: examples(n % len(SHUT_OUT) == nth, 2)]:
            tag = scene.got("clerk", path).headers.get("ETag", '"1"')
            ways = ({"If-None-Match": tag}, {"If-Match": tag, "Range": "bytes=0-9"})
            for headers in ways if whole() else (ways[n % 2],):
                answer = caller.get(path, headers=headers)
                # No test here seals these entries, so the service may have become unready.
                assert answer.status_code < 500 or path == "/readyz"
                assert not leaks(scene, who, answer), path


@pytest.mark.sampled
@readers
def test_neither_list_nor_stream_of_entries_nor_a_raw_one_opens_a_text_to_anybody(scene, who):
    """Commitments and links alone: what feeds carry is for everybody."""
    raws = some(scene.words, who)
    ways = (
        lambda: [scene.got(who, "/api/entries", limit=500, after=n).data for n in (0, 200, 400)],
        lambda: [scene.got(who, f"/api/entries/{one.entry.id}/raw").data for one in raws],
        lambda: [streamed(scene.callers[who], scene.site.position)] if who != "closed" else [],
    )
    for said in itertools.chain(*(ask() for ask in of_table(ways, READERS.index(who)))):
        assert not occurring(said, scene.bodies | scene.salts)


@pytest.mark.sampled
def test_no_text_can_be_fetched_from_a_cache_by_another_reader(scene, addresses):
    closed = {word.body.encode() for word in scene.words if not word.open}
    for paths in addresses.values():
        for path in paths[: examples(1, 3)]:
            answer = scene.got("clerk", path)
            if occurring(answer.data, closed):
                assert answer.headers["Cache-Control"] in ("no-store", "private, no-store"), path


# Writing: what is refused, and what is answered


@pytest.fixture(scope="module")
def replayed(scene):
    """Every request of the scene, its texts replaced, sent again by others, with what was said; in
    `make test` in two of seven ways each."""
    answers = []
    for nth, (path, body) in enumerate(scene.sent):
        text = json.dumps(body)
        for word in scene.words:
            text = text.replace(word.body, "other words")
        same = json.loads(text)
        tries = [(who, same) for who in (None, "closed", "dorset", "panel", "hmicfrs")]
        tries += [("panel", {}), ("panel", {**same, "occurred_on": "1999-01-01"})]
        for who, sent in tries if whole() else [tries[nth % 7], tries[(nth + 3) % 7]]:
            answers.append((who, path, scene.callers[who].post(path, sent)))
    return answers


@pytest.mark.sampled
def test_no_refusal_quotes_a_text(scene, replayed):
    refused = [one for one in replayed if one[2].status_code >= 400]
    assert {401, 403, 409, 422} <= {answer.status_code for _, _, answer in refused}
    for who, path, answer in refused:
        assert answer.status_code < 500
        assert not leaks(scene, who, answer), (who, path, answer.text)


@pytest.mark.sampled
def test_no_answer_to_a_write_has_a_text_in_it(scene, replayed):
    recorded = [one for one in replayed if one[2].status_code == 201]
    assert recorded
    for who, path, answer in recorded:
        assert not occurring(answer.data, scene.bodies), (who, path)


def test_a_key_of_another_account_gives_no_answer_of_its(scene):
    path = f"/api/recommendations/{scene.reference}/05/{FORCE}/updates"
    secret = {"text": "zqsecretxq", "occurred_on": None}
    key = {"Idempotency-Key": "the force's own key"}
    first = scene.callers["force"].post(path, secret, key)
    assert first.status_code == 201

    for who in (*SHUT_OUT, "panel", "clerk"):
        for body in (secret, {**secret, "text": "other words"}):
            again = scene.callers[who].post(path, body, key)
            assert b"zqsecretxq" not in again.data
            if again.status_code == 201:
                assert again.json["event"]["id"] != first.json["event"]["id"]
    assert scene.callers["force"].post(path, secret, key).json == first.json
    assert b"zqsecretxq" not in first.data


# Commands: files


@pytest.fixture
def files(scene, monkeypatch, tmp_path):
    """Runs an export: the bytes of all that it wrote."""
    monkeypatch.setenv("ANSWERABLE_DATABASE_URL", scene.site.url)

    def run(*arguments):
        done = CliRunner().invoke(
            main, ["export", *(str(one).format(here=tmp_path) for one in arguments)]
        )
        assert done.exit_code == 0, done.output
        written = [path for path in tmp_path.rglob("*") if path.is_file()]
        assert written
        return b"".join(path.read_bytes() for path in written)

    return run


@pytest.mark.parametrize("what", ["recommendations", "responses"])
@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_an_export_has_what_is_open_and_says_what_is_held(scene, files, what, form):
    written = files(what, f"{{here}}/out.{form}")

    for word in scene.forbidden(None):
        assert word.encode() not in written
    assert b"since 2025-11-24" in written or b'"since":"2025-11-24T' in written


def test_an_exported_log_opens_no_text_that_is_held(scene, files):
    written = files("log", "{here}/log")

    for word in scene.words:
        assert word.open or word.body.encode() not in written
        assert word.open or word.salt.encode() not in written


# Texts that take the place of an office text are for the office


@pytest.mark.parametrize("given", ["a string", "a text"])
def test_a_revision_of_an_office_text_is_for_the_office(site, given):
    report = site.publish(key_findings={"text": "Held findings.", "audience": "office"})
    now = "Newer held findings." if given == "a string" else {"text": "Newer held findings."}
    body = {"field": "key_findings", "now": now, "seen_on": None, "source": sites.PAGE}

    recorded = site.clerk.records(f"{report.path}/revisions", body)

    assert recorded["event"]["data"]["now"]["audience"] == "office"
    assert "Newer held findings." in site.clerk.get(report.path).text
    assert "Newer held findings." not in site.anybody.get(report.path).text


def test_nothing_that_takes_the_place_of_an_office_text_is_public(site, report):
    said = sites.statement(text={"text": "A held response.", "audience": "office"})
    published = site.clerk.act(f"{report.response}/statement", said)
    now = {"text": "An open response.", "audience": "public"}

    site.refuses(
        site.clerk,
        f"{report.response}/revisions",
        {"field": "text", "now": now, "seen_on": None},
        "audience",
        "until it is released",
    )
    site.refuses(
        site.clerk,
        f"/api/entries/{published}/corrections",
        {"field": "text", "now": now, "reason": "R."},
        "audience",
        "a correction does not change that",
    )


def test_a_body_that_has_lost_its_force_reads_no_more_of_it_not_even_then(new_site):
    report = new_site.publish()
    asked = {"of": FORCE, "question": "A held question?", "occurred_on": None}
    new_site.clerk.act(f"{report.recommendation}/assurances", asked)
    before = new_site.position
    assert "A held question?" in new_site.force.get(report.recommendation).text

    new_site.admin.records(
        "/api/bodies/changes", {"id": PFCC, "force": "dorset-police", "occurred_on": None}
    )

    for asked_at in ({}, {"known_at": before}):
        assert "A held question?" not in new_site.force.get(report.recommendation, **asked_at).text
        assert "A held question?" in new_site.clerk.get(report.recommendation, **asked_at).text


def test_those_who_are_shut_out_are_who_the_scene_says(scene):
    service = scene.site.ledger.service()
    assert MORE_ACCOUNTS["closed"][0] in service.closed
    assert service.accounts[MORE_ACCOUNTS["revoked"][0]].scopes == frozenset()
