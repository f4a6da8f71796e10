"""The same question with the same two dates gives the same bytes, whatever is recorded later and
however often the read models are rebuilt."""

from contextlib import closing

import pytest
from click.testing import CliRunner

from api.cli import main
from ledger.acts.decision import Notice
from ledger.acts.key import add_key
from ledger.acts.service import begin_synthetic
from ledger.events import KeyAdded
from ledger.seal.notebook import Notebook
from ledger.seal.sealer import Sealer
from ledger.seed import seed
from ledger.states.service import SETUP
from ledger.verify import note
from projections.read_models import rebuild
from tests.api import addresses as there
from tests.api.addresses import PANEL, needed
from tests.api.site import FORCE, explanation, recommendation, said, statement
from tests.conftest import examples, some

pytestmark = pytest.mark.long

BEFORE, AFTER = "2025-06-02T10:00:00+00:00", "2025-09-01T10:00:00+00:00"
MEETING = "/api/meetings/<panel>/<date>"
KNOWN_ON, EFFECTIVE_ON = "2025-08-20", "2025-08-15"
TARGET = {"on": "2025-08-31", "origin": "force", "reason": "More time is needed."}


@pytest.fixture
def told(site):
    """Return a site in which something of every kind was recorded by 20 August 2025, and the
    addresses of all that can be read there."""
    site.clock.set(BEFORE)
    site.ledger.record(SETUP, begin_synthetic)
    numbers = [recommendation(n, target={"on": "2025-08-01"}) for n in ("02", "03")]
    report = site.publish(recommendations=numbers)
    site.clock.set("2025-08-05T10:00:00+00:00")
    site.clerk.records(
        f"{report.response}/statement",
        statement("2025-07-14", explanations=[explanation(), explanation("3")]),
    )
    update = {"text": "It goes on.", "occurred_on": "2025-07-01"}
    first = site.force.act(f"{report.recommendation}/updates", update)
    second = site.force.act(f"{report.recommendation}/updates", update)
    site.force.records(
        f"/api/entries/{first}/corrections",
        {"field": "text", "now": "It goes on well.", "reason": "A word was missing."},
    )
    site.clerk.records(f"/api/entries/{second}/disputes", {"text": "That is not so."})
    site.force.records(f"{report.recommendation}/targets", TARGET | {"occurred_on": "2025-07-20"})
    found = there.addresses(site.app, there.places(site, report))
    found["/api/entries/<entry_id>, an update"] = f"/api/entries/{first}"
    position = site.position
    site.clock.set(AFTER)
    later = site.force.act(f"{report.recommendation}/updates", update)  # 20 August is settled
    site.catch_up()
    return site, report, found, position, (first, second, later)


def _answers(site, addresses, position, tmp_path, monkeypatch):
    """Return every answer of these addresses, byte for byte, by position and by day, to the clerk
    and to anybody; and the files of the lists."""
    found: dict[tuple[object, ...], object] = {}
    for known_at in (position, KNOWN_ON):
        asked = {"known_at": known_at, "effective_on": EFFECTIVE_ON}
        for route, address in addresses.items():
            for since in _since(route, addresses[MEETING].removeprefix("/api/meetings/")):
                readers = (site.clerk, site.anybody) if known_at == position else (site.clerk,)
                for who in readers:
                    answer = who.get(address, **since, **asked)
                    told = (answer.status_code, said(answer), answer.headers.get("Link"))
                    found[(route, known_at, str(since), who is site.clerk)] = told
    pinned = {"known_at": position, "effective_on": EFFECTIVE_ON}
    return found | dict(_files(site, pinned, tmp_path, monkeypatch))


def _since(route, meeting):
    """Return the other parameters of a route: moments to compare with, pages, filters, orders."""
    if route.endswith("/changes"):
        since = {"since_meeting": meeting}
        return [{"from": "2025-06-01"}, {"from": 1, "limit": 3}, {"from": BEFORE}, since]
    if route.endswith("/history"):
        return [{}, {"order": "happened"}]
    if route in ("/api/recommendations", "/api/responses", "/api/reports"):
        return [{}, {"limit": 1}, {"body": FORCE}]
    if route == "/api/compliance":
        return [{"group_by": name} for name in ("body", "kind", "year")]
    if route == "/api/entries":
        return [{}, {"limit": 5}, {"late_by": 10}, {"type": "update-received"}]
    return [needed(route)]


def _files(site, asked, tmp_path, monkeypatch):
    monkeypatch.setenv("ANSWERABLE_DATABASE_URL", site.url)
    monkeypatch.setenv("ANSWERABLE_ORIGIN", "log.example/town")
    dates = [f"--{name.replace('_', '-')}={value}" for name, value in asked.items()]
    for what in ("recommendations", "responses"):
        for form in ("jsonl", "csv"):
            path = tmp_path / f"{what}.{form}"
            done = CliRunner().invoke(main, ["export", what, str(path), *dates])
            assert done.exit_code == 0, done.output
            yield (path.name,), path.read_bytes()
            path.unlink()


def _some(addresses):
    """Return one route in ten; in `make soak` all."""
    return dict(some(addresses.items(), 10)) | {MEETING: addresses[MEETING]}


def _same(before, after, when):
    changed = [key for key in after if before[key] != after[key]]
    assert changed == [], f"{when}: {before[changed[0]]!r} became {after[changed[0]]!r}"


@pytest.mark.sampled
@pytest.mark.parametrize("events", [100, pytest.param(10_000, marks=pytest.mark.soak)])
def test_an_answer_at_two_dates_stays_the_same_to_the_byte(told, events, tmp_path, monkeypatch):
    site, report, everything, position, (first, second, later) = told
    addresses = _some(everything)
    before = _answers(site, addresses, position, tmp_path, monkeypatch)
    assert len(before) > examples(12, 100)
    good = {key[0] for key, one in before.items() if isinstance(one, tuple) and one[0] == 200}
    assert good == set(addresses), "each route answered"

    site.force.records(f"/api/entries/{first}/retraction", {"reason": "Meant for another."})
    site.force.records(
        f"/api/entries/{second}/corrections",
        {"field": "occurred_on", "now": "2025-06-30", "reason": "A slip."},
    )
    site.clerk.records(f"/api/entries/{later}/disputes", {"text": "Nor is that."})
    site.force.records(f"{report.recommendation}/targets", TARGET | {"on": "2026-01-31",
                       "occurred_on": "2025-08-01"})  # fmt: skip
    site.panel.records(f"/api/meetings/{PANEL}/2025-08-13/held", {})
    site.clock.set("2031-01-01")  # seeding goes on for years
    seed(site.ledger, events, 5, lambda done, of: None)
    site.catch_up()
    _same(before, _answers(site, addresses, position, tmp_path, monkeypatch), "after more entries")

    rebuild.rebuild(site.url, lambda done, of: None)
    again = _answers(site, addresses, position, tmp_path, monkeypatch)
    _same(before, again, "after a rebuild")


@pytest.mark.sampled
def test_an_answer_at_two_dates_stays_the_same_when_a_checkpoint_comes(told, tmp_path, monkeypatch):
    site, report, everything, position, _ = told
    addresses = _some({one: it for one, it in everything.items() if one.startswith("/api/")})
    key = note.generate("log.example/town")
    (tmp_path / "signing.key").write_text(key.text)
    site.ledger.record(SETUP, add_key, KeyAdded(vkey=key.vkey), Notice())
    site.catch_up()
    before = _answers(site, addresses, position, tmp_path, monkeypatch)
    history = f"{report.recommendation}/history"
    assert not any(one["sealed"] for one in site.anybody.reads(history)["items"])

    with closing(Notebook(tmp_path / "notebook.sqlite", "log.example/town")) as notebook:
        sealer = Sealer(site.url, notebook, tmp_path / "signing.key")
        sealer.catch_up()
        sealer.close()

    assert all(one["sealed"] for one in site.anybody.reads(history)["items"])
    _same(before, _answers(site, addresses, position, tmp_path, monkeypatch), "after a checkpoint")
