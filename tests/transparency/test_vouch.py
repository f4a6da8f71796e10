"""Nothing is recorded in a log that was sealed until the sealer vouches for it, on this server."""

from contextlib import closing
from uuid import UUID

import pytest

from ledger.errors import NotVouched
from ledger.log import append as appending
from ledger.seal.notebook import Notebook
from ledger.seal.sealer import Sealer
from tests.keys.keyed_log import ORIGIN
from tests.transparency.sealing import Sealing


@pytest.fixture
def sealed(sealing: Sealing, monkeypatch: pytest.MonkeyPatch) -> Sealing:
    """Return a log that was sealed; who records in it does not wait."""
    monkeypatch.setattr(appending, "VOUCH_SECONDS", 0.0)
    sealing.seal()
    return sealing


def another_server(sealing: Sealing) -> None:
    """The vouch is of a server that started at another time."""
    sealing.as_superuser("UPDATE ledger.vouch SET server_started = now() - interval '1 day'")


def looked(sealing: Sealing) -> list[object]:
    return sealing.database.rows(
        "SELECT server_started = pg_postmaster_start_time(), refused, size FROM ledger.vouch"
    )


def test_the_sealer_vouches_for_the_log_that_begins_with_what_it_signed(sealed):
    sealed.entry()
    sealed.seal()

    assert looked(sealed) == [(True, None, 0)]


def test_after_a_restart_nothing_is_recorded_until_the_sealer_has_looked(sealed):
    another_server(sealed)
    before = sealed.position
    with pytest.raises(NotVouched, match="has not yet compared its log with what it signed"):
        sealed.entry()
    assert sealed.position == before

    sealed.seal()

    assert looked(sealed) == [(True, None, before)]
    sealed.entry()
    assert sealed.position == before + 1


def test_a_dump_that_was_restored_is_another_log_until_the_sealer_has_looked(sealed):
    sealed.as_superuser("UPDATE ledger.vouch SET entries = 'ledger.texts'::regclass::oid")

    with pytest.raises(NotVouched):
        sealed.entry()


def test_a_repeated_request_is_answered_while_nothing_new_is_recorded(sealed):
    stored = sealed.log.log.select_notifications(sealed.position, 1)[0]
    event_id = sealed.log.read(sealed.position - 1, 1)[0].id
    another_server(sealed)

    again = appending.ToStore(
        originator_id=stored.originator_id,
        originator_version=stored.originator_version,
        topic=stored.topic,
        state=stored.state,
        event_id=UUID(event_id),
    )

    assert appending.append(sealed.log.pool, [again]).repeated


def test_while_the_log_is_not_the_one_that_was_signed_nothing_is_recorded(sealed):
    sealed.entry()
    sealed.seal()
    sealed.as_superuser(f"DELETE FROM ledger.entries WHERE position = {sealed.position}")
    before = sealed.position
    assert "lacks entries that were signed" in sealed.held()

    with pytest.raises(NotVouched, match="is not the one that it signed"):
        sealed.entry()

    assert sealed.position == before


def test_a_sealer_that_is_held_by_something_else_stops_nobody(sealed):
    sealed.current.unlink()
    sealed.entry()
    assert "SealingHeld" in sealed.held()

    sealed.entry()


def test_an_older_notebook_says_nothing_against_the_log_and_vouches_for_none(sealed, tmp_path):
    older = Notebook(tmp_path / "older" / "notebook.sqlite", ORIGIN)
    sealer = Sealer(sealed.url, older, sealed.current)

    with closing(sealer), closing(older):
        assert sealer.step() == (0, True)
        assert "OlderNotebook" in (sealed.why_held() or "")
        sealed.entry()
        another_server(sealed)
        assert sealer.step() == (0, True)

    with pytest.raises(NotVouched):
        sealed.entry()


def test_a_log_without_a_checkpoint_needs_no_sealer(sealing):
    sealing.entry()

    assert sealing.database.rows("SELECT count(*) FROM ledger.vouch") == [0]
