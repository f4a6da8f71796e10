"""Two acts at once: decided again on what the other one stored, and a request recorded once."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from ledger.acts.decision import Notice
from ledger.acts.recommendation import receive_update
from ledger.acts.service import close_account, grant_scope, open_account, register_body
from ledger.application import How
from ledger.errors import KeyReused, Refused
from ledger.events import (
    AccountClosed,
    AccountOpened,
    BodyRegistered,
    ScopeGranted,
    UpdateReceived,
)
from ledger.events.texts import say
from ledger.log.append import Request, group_commit
from ledger.states.service import SETUP
from tests.log.making import TO

KEEPER = "service/keeper-2"
WEAVER = {"account": "service/weaver"}
LUDLOW = BodyRegistered(id="ludlow-force", name="Ludlow Force", kind="force")


@pytest.fixture
def at_once(ledger, clerk, database, lock_of_the_log, until):
    """Receive an update for each of the ways of asking, all decided before any is stored."""

    def receive(*hows: How):
        with ThreadPoolExecutor(len(hows)) as executor:
            with lock_of_the_log():
                running = [
                    executor.submit(
                        ledger.decide,
                        clerk,
                        lambda decision: receive_update(
                            decision, TO, UpdateReceived(text=say("An update")), Notice()
                        ),
                        how,
                    )
                    for how in hows
                ]
                until(lambda: database.waiting() == 1)  # one leads, and the others wait for it
                until(lambda: group_commit(ledger.pool).waiting == len(hows) - 1)
            return running

    return receive


@pytest.mark.parametrize(
    ("other", "mine", "rule"),
    [
        (
            lambda decision: open_account(decision, AccountOpened(**WEAVER), Notice()),
            lambda decision: open_account(decision, AccountOpened(**WEAVER), Notice()),
            "account-exists",
        ),
        (
            lambda decision: close_account(decision, AccountClosed(account=KEEPER), Notice()),
            lambda decision: grant_scope(
                decision, ScopeGranted(account=KEEPER, scope="office"), Notice()
            ),
            "unknown-account",
        ),
        (
            lambda decision: register_body(decision, LUDLOW, Notice()),
            lambda decision: register_body(decision, replace(LUDLOW, name="Ludlow Town"), Notice()),
            "body-exists",
        ),
    ],
    ids=["opened by two", "closed meanwhile", "registered by two"],
)
def test_an_act_is_decided_again_if_the_service_recorded_meanwhile(ledger, other, mine, rule):
    ledger.decide(SETUP, lambda one: open_account(one, AccountOpened(account=KEEPER), Notice()))
    head = ledger.head()
    tried = []

    def decide(decision):
        tried.append(decision)
        if len(tried) == 1:  # it has looked, and decides
            ledger.decide(SETUP, other)
        return mine(decision)

    with pytest.raises(Refused) as refused:
        ledger.decide(SETUP, decide)

    assert refused.value.rule == rule
    assert len(tried) == 2
    assert ledger.head() == head + 1


def asked(key: str, fingerprint: bytes = b"\x01") -> How:
    return How(request=Request("cumbria-constabulary/clerk", key, fingerprint * 32))


def test_each_is_decided_again_until_it_is_stored(at_once, ledger):
    running = at_once(How(), How(), How())

    versions = sorted(one.result().entries[0].version for one in running)

    assert versions == [2, 3, 4]
    assert [
        entry.version for entry in ledger.read_stream("recommendation/r/1/cumbria-constabulary")
    ] == [1, 2, 3, 4]


def test_two_requests_under_one_key_are_recorded_once_and_the_other_is_refused(at_once, ledger):
    head = len(ledger.read(0, 1000))

    running = at_once(asked("key"), asked("key", b"\x02"))

    failures = [one.exception() for one in running if one.exception()]
    assert len(failures) == 1
    assert isinstance(failures[0], KeyReused)
    assert len(ledger.read(0, 1000)) == head + 1
