"""What every template can call: words, addresses, who is signed in, how far the log is sealed."""

from contextlib import suppress

import psycopg
from flask import current_app, g
from werkzeug.exceptions import HTTPException

from api.reading import (
    act_sentences,
    addresses,
    body_sentences,
    recommendation_sentences,
    response_sentences,
    texts,
    words,
)
from api.reading.assets import asset_address
from api.reading.page import Shape, blueprint
from api.requests import current
from api.requests.current import question
from ledger.errors import AnswerableError
from ledger.seal.witnesses import Horizon
from projections.questions import register

NOBODY = "nobody yet"


@blueprint.app_context_processor
def vocabulary() -> Shape:
    """What every template can call."""
    return {
        "addresses": addresses,
        "asset": asset_address,
        "office_of": office_of,
        "there": lambda endpoint: f"pages.{endpoint}" in current_app.view_functions,
        "synthetic": current.synthetic,
        "signs_in": lambda: current.provider() is not None,
        "signed_in_as": signed_in_as,
        "may_record": may_record,
        "sealed_size": sealed_size,
        "sealed_in_words": sealed_in_words,
        "outside_seal": outside_seal,
        "words": words,
        "act_sentences": act_sentences,
        "body_sentences": body_sentences,
        "recommendation_sentences": recommendation_sentences,
        "response_sentences": response_sentences,
        "shown": texts.shown,
        "in_blocks": texts.in_blocks,
        "site": current.settings().address,
        "gone": texts.gone,
        "web_address": texts.web_address,
        "dates_asked": addresses.dates_asked(),
    }


def office_of(panel: str) -> str:
    """The local policing body that a panel holds to account, whose page its papers are made from;
    the panel itself where it holds none."""
    return next((found.id for found in register.offices_of(question(), panel)), panel)


def seal_horizon() -> Horizon | None:
    """How far the log is sealed, and how far somebody else answers for it."""
    return current.witnessed().horizon()


def sealed_size() -> int:
    """How many entries are sealed."""
    return found.size if (found := _seal_of_request()) else 0


def sealed_in_words() -> str:
    """How far the log is sealed, and how far somebody else answers for it."""
    found = _seal_of_request()
    if found is None:
        return "Nothing of this log is sealed yet."
    outside = outside_seal()
    signed = f"Last checkpoint signed by an outside witness: {outside}."
    return (
        f"Sealed up to entry {found.size} on {words.moment(found.sealed_at.isoformat())}. "
        f"{'No outside witness has signed yet.' if outside == NOBODY else signed}"
    )


def outside_seal() -> str:
    """The newest checkpoint that somebody else answers for: its size, date, and who."""
    if (found := _seal_of_request()) is None or (by := found.outside) is None:
        return NOBODY
    return f"{by.size} entries, {by.how} on {words.moment(by.at.isoformat())} by {by.who}"


def _seal_of_request() -> Horizon | None:
    if "seal" not in g:
        g.seal = seal_horizon()
    found: Horizon | None = g.seal
    return found


def signed_in_as() -> str | None:
    """The account that whoever looks at a page has signed in as; None where that is nobody, or
    cannot be looked up just now."""
    with suppress(AnswerableError, HTTPException, psycopg.Error):
        if (found := current.account()) is not None and current.by_session():
            return found.name
    return None


def may_record() -> bool:
    """Whether somebody is signed in who may record."""
    account = current.account()
    return signed_in_as() is not None and account is not None and account.may("record")
