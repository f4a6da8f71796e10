"""Register and rules at each position, kept from one question to the next: as if read anew."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import permutations
from uuid import UUID

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.acts.decision import Notice
from ledger.acts.service import change_body, open_account
from ledger.events import (
    AccountOpened,
    BodyChanged,
    BodyRegistered,
    BodySucceeded,
    EntryRetracted,
    ScopeGranted,
    Source,
)
from ledger.events.entry import Entry
from ledger.events.streams import SERVICE
from ledger.events.texts import Text
from ledger.states.effect import in_effect
from ledger.states.service import SETUP, Service, fold
from projections import timeline
from projections.streams import Streams
from projections.timeline import RECENT, Timeline

LONG_AGO = datetime(2025, 1, 1, tzinfo=UTC)
NAMES = ("a", "b", "c")
names = st.sampled_from(NAMES)
successions = st.builds(BodySucceeded, id=names, successor=names)
events = st.one_of(
    st.builds(BodyRegistered, id=names, name=names, kind=st.just("force"), force=names),
    st.builds(BodyChanged, id=names, name=names, force=names),
    successions,
    st.builds(AccountOpened, account=names, body=st.none()),
    st.builds(ScopeGranted, account=names, scope=st.sampled_from(["record", "office"])),
)


def recorded(data, version, position):
    return Entry(
        id=str(UUID(int=version)),
        stream=SERVICE,
        version=version,
        occurred_on=None,
        by=None,
        recorded_by="service/setup",
        provenance="reported",
        data=data,
        position=position,
        recorded_at=LONG_AGO + timedelta(seconds=position),
    )


@st.composite
def logs(draw, events=events, at_least=0):
    """Entries of the service stream, with gaps between; what is changed was there before."""
    bodies = [BodyRegistered(id=name, name=name, kind="force", force=name) for name in NAMES]
    accounts = [AccountOpened(account=name, body=None) for name in NAMES]
    said = bodies + accounts + draw(st.lists(events, min_size=at_least, max_size=150))
    position, found = 0, []
    for version, data in enumerate(said, 1):
        position += draw(st.integers(1, 3))
        found.append(recorded(data, version, position))
    return found


def answering(entries, force):
    told = (one.data for one in entries if isinstance(one.data, BodyRegistered | BodyChanged))
    return {data.id for data in told if data.force == force}


@given(logs(), st.lists(st.integers(0, 500), max_size=60), st.data())
def test_at_any_position_it_is_what_the_entries_add_up_to_however_it_grew(entries, asked, data):
    cuts = sorted(data.draw(st.lists(st.integers(0, len(entries)), max_size=4)))
    kept = Timeline()
    for cut in [*cuts, len(entries)]:
        kept.extend(entries[:cut])  # with what it has already
        there = entries[:cut]
        for position in asked:
            known = [one for one in there if one.position <= position]

            assert kept.at(position) == (fold(None, known) or Service())
            assert kept.entries(position) == known
            for force in NAMES:
                assert set(kept.answering(force, position)) == answering(known, force)
    assert len(kept._recent) <= RECENT


@given(logs(successions, at_least=4), st.data())
def test_successions_follow_the_acts_in_effect_in_whatever_order_they_come(entries, data):
    """The naive form: all that is in effect, read anew."""
    made = [one for one in entries if isinstance(one.data, BodySucceeded)]
    targets = data.draw(st.lists(st.sampled_from(made), max_size=5)) if made else []
    last = entries[-1]
    for version, target in enumerate(targets, last.version + 1):
        retracted = EntryRetracted(target=target.id, reason=Text("0" * 64, "public", "en"))
        entries = [
            *entries,
            replace(
                target,
                id=str(UUID(int=version)),
                version=version,
                data=retracted,
                position=last.position + version,
                recorded_at=last.instant,
            ),
        ]
    order = data.draw(st.one_of(st.just(entries[6:]), st.permutations(entries[6:])))

    found = fold(None, [*entries[:6], *order])
    assert found is not None
    expected: dict[str, list[tuple[str, str]]] = {}
    for one in in_effect(order):
        if isinstance(one.data, BodySucceeded):
            expected.setdefault(one.data.id, []).append((one.data.successor, one.id))
    assert {
        body: [(one.successor, one.entry) for one in several]
        for body, several in found.successions.items()
    } == expected
    assert found.successors == {
        body: tuple(successor for successor, _ in several) for body, several in expected.items()
    }


def test_a_succession_stands_at_its_position_whenever_it_comes():
    came = [recorded(BodySucceeded(id="a", successor=name), n, n) for n, name in enumerate("abc")]

    for order in permutations(came):
        found = fold(None, order)
        assert found is not None
        assert found.successors == {"a": ("a", "b", "c")}


@given(logs(), st.integers(0, 500), st.data())
def test_changes_count_in_the_order_that_they_are_given_in(entries, position, data):
    kept = Timeline(entries)
    known = [one for one in entries if one.position <= position]
    dated = [one for one in known if isinstance(one.data, BodyChanged | BodySucceeded)]
    others = [one for one in known if one not in dated]
    for counted in (dated[:1], dated, dated[::-1], data.draw(st.permutations(dated))):
        expected = fold(None, [*others, *counted]) or Service()
        assert kept.changed(position, counted, dated) == expected
        assert kept.changed(position, counted, dated) == expected


@pytest.fixture
def conn(site):
    with site.ledger.log.pool.connection() as conn:
        yield conn


def anew(conn, upto):
    """Return a reader that has nothing from before."""
    timeline._kept.clear()
    return Streams(conn, upto)


def test_readers_of_a_growing_log_see_as_much_as_those_who_read_it_anew(site, conn):
    heads = [site.position]
    for n in range(3):
        name = f"cumbria-pfcc/desk-{n}"
        site.ledger.record(
            SETUP, open_account, AccountOpened(account=name, body="cumbria-pfcc"), Notice()
        )
        Streams(conn, site.position).service(site.position)
        heads.append(site.position)
    page = Source(url="https://www.example.org/order")
    for name, day in (("The Office", "2025-05-01"), ("Our Office", "2025-02-01")):
        change = BodyChanged(id="cumbria-pfcc", name=name)
        site.ledger.record(SETUP, change_body, change, Notice(occurred_on=day, source=page))
        Streams(conn, site.position).service(site.position)
        heads.append(site.position)
    days = [date(2025, 1, 1), date(2025, 3, 1), date(2025, 6, 1)]

    def asked(reader, at):
        registers = [reader.register(at, day) for day in days]
        return reader.service(at), registers, set(reader.answering("cumbria-constabulary"))

    for upto in [0, 1, *heads]:
        for at in (0, 1, *heads):
            kept = asked(Streams(conn, upto), at)
            assert kept == asked(anew(conn, upto), at)


def test_a_log_that_took_the_place_of_another_is_read_anew(site, conn):
    before = Streams(conn, site.position).service(site.position)
    name = "cumbria-pfcc/clerk-9"
    site.ledger.record(
        SETUP, open_account, AccountOpened(account=name, body="cumbria-pfcc"), Notice()
    )
    after = site.position
    assert name in Streams(conn, after).service(after).accounts

    with psycopg.connect(site.url, autocommit=True) as owner:  # an older backup is restored
        owner.execute("ALTER TABLE ledger.entries DISABLE TRIGGER ALL")
        owner.execute("DELETE FROM ledger.entries WHERE position = %s", [after])

    assert Streams(conn, after).service(after) == before
    other = "cumbria-pfcc/clerk-8"
    site.ledger.record(
        SETUP, open_account, AccountOpened(account=other, body="cumbria-pfcc"), Notice()
    )
    found = Streams(conn, after).service(after).accounts
    assert other in found
    assert name not in found
