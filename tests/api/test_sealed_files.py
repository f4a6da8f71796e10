"""The exported log and bundles, of a real database, sealed: they verify, and hold no more texts
than their reader may read."""

import io
import json
import time
import zipfile

import pytest

from ledger.events.streams import recommendation_stream
from ledger.seal import log_files
from ledger.seal.checkpoints import Sealed, Sealing
from ledger.verify import checkpoint, note, verify
from ledger.verify.checkpoint import Checkpoint
from ledger.verify.tree import Frontier, leaf_hash
from tests.api import office
from tests.api.founding import FEW_BODIES
from tests.api.site import FORCE, PFCC, problem_of, recommendation, statement
from tests.transparency.sealing import Sealing as SealedLog

NAME = "Aurelia Quillfeather-Osgood"
SECRET = "Which of the cells are not done?"


FOUNDING = FEW_BODIES
"""Exports are as well seen on a log that begins with few bodies."""


@pytest.fixture
def sealing(new_site, tmp_path):
    """A sealed site, and its folder."""
    sealing = SealedLog(new_site.ledger, new_site.url, tmp_path)
    sealing.run("key", "create")
    yield sealing
    sealing.close()


@pytest.fixture
def report(new_site):
    """A report about which something was held back, released, redacted, corrected and revised."""
    site = new_site
    report = site.publish(recommendations=[recommendation(), recommendation("03")])
    on = report.recommendation
    site.clerk.act(f"{on}/assurances", {"of": FORCE, "question": SECRET, "occurred_on": None})
    said = site.force.act(f"{on}/updates", {"text": f"{NAME} was off sick.", "occurred_on": None})
    opened = site.force.act(f"{on}/updates", {"text": "The cells are done.", "occurred_on": None})
    site.force.act(f"/api/entries/{opened}/release", {"field": "text"})
    about = {"field": "text", "basis": "personal_data"}
    sought = site.force.act(f"/api/entries/{said}/redaction", about)
    site.admin.act(f"/api/entries/{sought}/redaction-confirmation", {})
    raised = report.entry("recommendation-raised")
    slip = {"field": "text", "now": "By the autumn, do it.", "reason": "A slip."}
    site.clerk.act(f"/api/entries/{raised}/corrections", slip)
    site.clerk.act(f"{report.response}/statement", statement())
    return report


def vkey(sealing):
    return sealing.json("key", "show")["vkey"]


def verified(capsys, target, key, *options, expect=0):
    """The checks of a verification, by name."""
    code = verify.main([str(target), "--key", key, "--json", *map(str, options)])
    answer = json.loads(capsys.readouterr().out)
    assert code == expect, answer
    return {one["check"]: one for one in answer["checks"]}


def exported(sealing, folder, *options):
    """The answer of the export, and its texts."""
    done = sealing.json("export", "log", str(folder), *options)
    lines = (folder / "log.texts.jsonl").read_text(encoding="utf-8").splitlines()
    return done, [json.loads(line)["text"] for line in lines]


def test_an_exported_log_verifies_with_what_its_reader_may_read(
    sealing, report, new_site, tmp_path, capsys
):
    new_site.publish_many()
    sealing.seal()
    folder, office = tmp_path / "public", tmp_path / "office"
    done, texts = exported(sealing, folder)

    says = verified(capsys, folder, vkey(sealing))
    assert says["root"]["ok"]
    assert says["openings"]["says"].endswith("1 redacted")
    assert f"{len(texts)} texts match" in says["openings"]["says"]
    assert done["held"] > 0
    assert SECRET not in texts
    assert "The cells are done." in texts
    assert all(NAME.encode() not in file.read_bytes() for file in folder.iterdir())
    done, texts = exported(sealing, office, "--office-texts")
    assert "for the office" not in verified(capsys, office, vkey(sealing))["openings"]["says"]
    assert (done["held"], SECRET in texts) == (0, True)


def test_an_export_and_a_bundle_go_as_far_as_the_newest_checkpoint(
    sealing, report, new_site, tmp_path, capsys
):
    done, _ = exported(sealing, tmp_path / "early")
    assert (done["sealed"], done["entries"]) == (False, sealing.position)
    says = verified(capsys, tmp_path / "early", vkey(sealing), expect=1)
    assert "log.checkpoint" in says["reading"]["says"]
    sealing.seal()
    size = new_site.position
    assert Sealed(new_site.ledger.log.pool).size() == size
    updated(new_site, report)

    done, _ = exported(sealing, tmp_path / "log")

    assert done["entries"] == size
    verified(capsys, tmp_path / "log", vkey(sealing))
    assert max(positions(inside(bundled(new_site.anybody, report)))) <= size


def test_a_log_grows_from_each_of_its_checkpoints(sealing, report, new_site, tmp_path, capsys):
    sealing.seal()
    held = tmp_path / "held"
    held.write_text(sealing.notes[-1])
    new_site.clerk.act(f"{report.response}/copies", {"to": "inspectorate", "occurred_on": None})
    sealing.run("key", "rotate")
    sealing.seal()
    exported(sealing, tmp_path / "log")
    old, new = list(sealing.keys.known)

    says = verified(capsys, tmp_path / "log", new, "--key", old, "--since", held)
    assert says["since"]["says"].startswith("begins with the")
    assert says["keys"]["ok"]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ("UPDATE ledger.texts SET body = 'I welcome it.' WHERE body = {said}", "openings"),
        (
            "UPDATE ledger.entries SET recorded_at = now() WHERE position = {last}",
            "root",
        ),
    ],
    ids=["a text rewritten", "a time changed"],
)
def test_an_administrators_change_is_found(sealing, report, tmp_path, capsys, change, fault):
    sealing.seal()
    sealing.as_superuser(change.format(said="'I welcome this report.'", last=sealing.position))
    exported(sealing, tmp_path / "log")

    says = verified(capsys, tmp_path / "log", vkey(sealing), expect=1)
    assert [name for name, one in says.items() if one["ok"] is False] == [fault]


def test_a_log_with_an_act_of_every_kind_verifies_for_everybody(new_site, tmp_path, capsys):
    key = note.generate("log.example/played")
    with office.played(new_site) as scene:
        log = scene.site.ledger
        grown = Frontier()
        for one in log.log.select_notifications(1, 10_000):
            grown.append(leaf_hash(log_files.canonical(one)))
        head = Checkpoint(key.name, grown.size, grown.root())
        sealing = Sealing(head.size, head.root, checkpoint.sign(head, key), log.now())
        for audiences in ({"public"}, {"public", "office"}):

            def may_read(_, text, audiences=audiences):
                return text.audience in audiences

            written = log_files.write_log(tmp_path, log, sealing, [], [], may_read)
            says = verified(capsys, tmp_path, key.vkey)
            assert written.texts + written.held > 100
            assert (written.held > 0) == (audiences == {"public"})
            assert f"{written.texts} texts match" in says["openings"]["says"]


# Bundles.


def bundled(caller, report, **asked):
    """The bundle that somebody gets, as it was known then."""
    answer = caller.get(f"{report.recommendation}/bundle", **asked)
    assert answer.status_code == 200, answer.text
    assert answer.mimetype == "application/zip"
    return answer.data


def inside(raw):
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_a_bundle_verifies_and_has_the_texts_that_its_reader_may_read(
    sealing, report, new_site, tmp_path, capsys
):
    new_site.publish_many()
    sealing.seal()
    for caller, reads in ((new_site.anybody, False), (new_site.force, True)):
        raw = bundled(caller, report)
        (tmp_path / "bundle.zip").write_bytes(raw)
        files = inside(raw)

        began = time.process_time()
        says = verified(capsys, tmp_path / "bundle.zip", vkey(sealing))
        assert time.process_time() - began < 0.5
        assert says["openings"]["ok"]
        assert (SECRET.encode() in files["texts.jsonl"]) == reads
        assert b"The cells are done." in files["texts.jsonl"]
        assert all(NAME.encode() not in body for body in files.values())
        streams = {
            json.loads(line)["event"]["stream"] for line in files["entries.jsonl"].splitlines()
        }
        assert streams == {
            f"report/{report.reference}",
            f"response/{report.reference}/{PFCC}",
            recommendation_stream(report.reference, "2", FORCE),
        }
        proofs = [body for name, body in files.items() if name.startswith("proofs/")]
        assert len(proofs) == files["entries.jsonl"].count(b"\n")
        assert all(len(body) < 1500 for body in proofs)


def test_the_command_makes_the_same_bundle(sealing, report, new_site, tmp_path):
    sealing.seal()
    which, _, _ = report.recommendation.removeprefix("/api/recommendations/").partition("?")
    out = tmp_path / "one.zip"
    sealing.run("export", "bundle", which, str(out))

    assert out.read_bytes() == bundled(new_site.anybody, report)
    sealing.run("export", "bundle", which, str(out), "--office-texts")
    assert SECRET.encode() in inside(out.read_bytes())["texts.jsonl"]
    sealing.refused("REPORT/NUMBER/BODY", "export", "bundle", "nonsense")
    sealing.refused("Nothing is recorded", "export", "bundle", f"{report.reference}/99/{FORCE}")


def test_there_is_no_bundle_before_a_seal_or_while_a_redaction_is_not_sealed(
    sealing, report, new_site, tmp_path
):
    path = f"{report.recommendation}/bundle"
    assert new_site.anybody.get(path).status_code == 404
    sealing.seal()
    assert new_site.anybody.get(path).status_code == 200

    entry = new_site.force.act(
        f"{report.recommendation}/updates", {"text": "Once more.", "occurred_on": None}
    )
    sealing.seal()
    about = {"field": "text", "basis": "personal_data"}
    sought = new_site.force.act(f"/api/entries/{entry}/redaction", about)
    new_site.admin.act(f"/api/entries/{sought}/redaction-confirmation", {})

    answer = new_site.anybody.get(path)
    assert (answer.status_code, answer.headers["Retry-After"]) == (404, "1")
    assert "which no checkpoint covers yet" in answer.json["detail"]
    sealing.refused("no checkpoint covers yet", "export", "log", str(tmp_path / "log"))
    assert list((tmp_path / "log").iterdir()) == []
    sealing.seal()
    assert new_site.anybody.get(path).status_code == 200


def positions(files):
    return [json.loads(line)["position"] for line in files["entries.jsonl"].splitlines()]


def updated(site, report, text="Once more."):
    """An update that was recorded: the id of its entry."""
    return site.force.act(f"{report.recommendation}/updates", {"text": text, "occurred_on": None})


def redacted(site, entry):
    about = {"field": "text", "basis": "personal_data"}
    sought = site.force.act(f"/api/entries/{entry}/redaction", about)
    site.admin.act(f"/api/entries/{sought}/redaction-confirmation", {})


def test_a_bundle_as_known_then_is_the_same_to_the_byte_whatever_comes_later(
    sealing, report, new_site, tmp_path, capsys
):
    key = vkey(sealing)
    sealing.seal()
    held = updated(new_site, report)
    about = f"{report.recommendation}/assurances"
    asked = new_site.clerk.act(about, {"of": FORCE, "question": "And now?", "occurred_on": None})
    known_at = new_site.position
    updated(new_site, report, "Sealed with it, and later.")
    sealing.seal()
    everyone = (new_site.anybody, new_site.force)
    before = [bundled(caller, report, known_at=known_at) for caller in everyone]

    updated(new_site, report)
    new_site.clerk.act(f"/api/entries/{asked}/release", {"field": "question"})
    new_site.force.act(f"/api/entries/{held}/retraction", {"reason": "Meant for another."})
    sealing.run("key", "rotate")
    sealing.seal()

    assert [bundled(caller, report, known_at=known_at) for caller in everyone] == before
    files = inside(before[0])
    assert max(positions(files)) == known_at
    assert json.loads(files["as_of.json"]) == {
        "known_at": str(known_at),
        "position": known_at,
        "settled": True,
        "effective_on": "2025-11-24",
        "method": 2,
    }
    assert f"as known at position {known_at}." in files["README.txt"].decode()
    assert b"And now?" not in files["texts.jsonl"]
    for raw in before:
        (tmp_path / "bundle.zip").write_bytes(raw)
        says = verified(capsys, tmp_path / "bundle.zip", key)
        assert says["inclusion"]["ok"]
        assert says["openings"]["ok"]
    assert max(positions(inside(bundled(new_site.anybody, report)))) > known_at


def test_a_bundle_as_known_then_has_the_responses_of_those_who_answered_for_the_force_then(
    sealing, new_site
):
    report = new_site.publish(bodies=[PFCC, "dorset-pcc"])
    known_at = new_site.position
    sealing.seal()
    before = bundled(new_site.anybody, report, known_at=known_at)

    change = {"id": "dorset-pcc", "force": FORCE, "occurred_on": "2025-11-01"}
    new_site.admin.records("/api/bodies/changes", change)
    sealing.seal()

    assert bundled(new_site.anybody, report, known_at=known_at) == before
    theirs = f'"stream":"response/{report.reference}/dorset-pcc"'.encode()
    assert theirs not in inside(before)["entries.jsonl"]
    assert theirs in inside(bundled(new_site.anybody, report))["entries.jsonl"]


def test_a_bundle_as_known_then_goes_on_to_the_redaction_of_what_it_has(
    sealing, report, new_site, tmp_path, capsys
):
    said = updated(new_site, report, f"{NAME} came back.")
    known_at = new_site.position
    kept = updated(new_site, report, "It goes on.")
    sealing.seal()
    before = bundled(new_site.force, report, known_at=known_at)
    redacted(new_site, said)
    gone_at = new_site.position
    answer = new_site.force.get(f"{report.recommendation}/bundle", known_at=known_at)
    problem_of(answer, 404, "not-sealed-yet")
    sealing.seal()
    after = bundled(new_site.force, report, known_at=known_at)
    redacted(new_site, kept)
    updated(new_site, report, "And on.")
    sealing.seal()
    at_last = bundled(new_site.force, report, known_at=known_at)

    assert NAME.encode() in inside(before)["texts.jsonl"]
    files = inside(after)
    assert all(NAME.encode() not in body for body in files.values())
    assert json.loads(files["as_of.json"])["position"] == known_at
    assert max(positions(files)) == gone_at
    assert b"And on." not in inside(at_last)["texts.jsonl"]
    for raw in (before, after, at_last):
        (tmp_path / "bundle.zip").write_bytes(raw)
        assert verified(capsys, tmp_path / "bundle.zip", vkey(sealing))["openings"]["ok"]
    updated(new_site, report, "And on and on.")
    sealing.seal()
    assert bundled(new_site.force, report, known_at=known_at) == at_last


def test_a_bundle_echoes_its_two_dates_and_is_the_same_on_every_day(sealing, report, new_site):
    sealing.seal()
    asked = {"known_at": "2025-11-23", "effective_on": "2025-07-01"}
    path = f"{report.recommendation}/bundle"
    new_site.clock.set("2025-11-25T10:00:00+00:00")
    updated(new_site, report)
    day = inside(
        bundled(new_site.anybody, report, known_at="2025-11-24", effective_on="0001-01-01")
    )
    none = inside(bundled(new_site.anybody, report, known_at="2025-11-24"))
    now = inside(bundled(new_site.anybody, report))

    assert json.loads(day["as_of.json"])["known_at"] == "2025-11-24"
    assert json.loads(day["as_of.json"])["effective_on"] == "0001-01-01"
    assert json.loads(none["as_of.json"])["effective_on"] == "2025-11-24"
    assert day.keys() == none.keys()
    assert {name for name in day if day[name] != none[name]} == {"as_of.json"}
    assert json.loads(now["as_of.json"])["known_at"] is None
    assert json.loads(now["as_of.json"])["effective_on"] is None
    problem_of(new_site.anybody.get(path, **asked), 404, "not-known-then")


def test_a_bundle_of_what_is_not_sealed_yet_is_asked_for_again(sealing, report, new_site, tmp_path):
    sealing.seal()
    path = f"{report.recommendation}/bundle"
    which = report.recommendation.removeprefix("/api/recommendations/")
    updated(new_site, report)
    known_at = new_site.position
    new_site.catch_up()

    for asked in ({"known_at": known_at}, {"min_position": known_at}):
        answer = new_site.anybody.get(path, **asked)
        assert "not yet to" in problem_of(answer, 503, "not-there-yet")["detail"]
    out = tmp_path / "one.zip"
    sealing.refused("not yet to", "export", "bundle", which, str(out), "--known-at", str(known_at))
    assert not out.exists()
    sealing.seal()
    sealing.run("export", "bundle", which, str(out), "--known-at", str(known_at))
    assert out.read_bytes() == bundled(new_site.anybody, report, known_at=known_at)
    says = f"The log ends at position {known_at}"
    sealing.refused(says, "export", "bundle", which, "--known-at", str(known_at + 1))
