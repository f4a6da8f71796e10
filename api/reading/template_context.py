"""The functions and values of every template: words, addresses, the account that is signed in, and
the seal."""

from contextlib import suppress

import psycopg
from flask import g
from markupsafe import Markup
from werkzeug.exceptions import HTTPException

from api.reading import (
    act_sentences,
    addresses,
    body_sentences,
    grade_sentences,
    recommendation_sentences,
    response_sentences,
    texts,
    words,
)
from api.reading.assets import asset_address
from api.reading.page import Shape, blueprint
from api.reading.pictures.country import GROUP_WORDS
from api.reading.pictures.days import MEDIAN_OF
from api.reading.pictures.shapes import COLUMN_WORDS, MARK_OF, SHAPES
from api.requests import callers, current
from api.requests.questions import question
from api.schemas.derive import REGISTER
from ledger.errors import AnswerableError
from ledger.seal.witnesses import Horizon
from projections.language import say, spoken
from projections.questions import register


@blueprint.app_context_processor
def vocabulary() -> Shape:
    """Return the functions and values of every template."""
    return {
        "addresses": addresses,
        "asset": asset_address,
        "office_of": office_of,
        "synthetic": current.synthetic,
        "signs_in": lambda: current.provider() is not None,
        "signed_in_as": signed_in_as,
        "recorder": recorder,
        "may_record": may_record,
        "sealed_size": sealed_size,
        "sealed_in_words": sealed_in_words,
        "outside_seal": outside_seal,
        "picture_shapes": SHAPES,
        "mark_of": MARK_OF,
        "picture_groups": GROUP_WORDS,
        "column_words": COLUMN_WORDS,
        "median_of": MEDIAN_OF,
        "words": words,
        "in_english": "" if spoken() == "en" else Markup(' lang="en"'),
        "act_sentences": act_sentences,
        "body_sentences": body_sentences,
        "grade_sentences": grade_sentences,
        "recommendation_sentences": recommendation_sentences,
        "response_sentences": response_sentences,
        "shown": texts.shown,
        "text_of": texts.text_of,
        "in_blocks": texts.in_blocks,
        "site": current.settings().address,
        "gone": texts.gone,
        "web_address": texts.web_address,
        "dates_asked": addresses.dates_asked(),
    }


def office_of(panel: str) -> str:
    """Return the local policing body that a panel holds to account, whose page gives its papers;
    the panel itself if there is none."""
    return next((found.id for found in register.offices_of(question(), panel)), panel)


def seal_horizon() -> Horizon | None:
    """Return how far the log is sealed, and how far an outsider vouches for it."""
    return current.witnessed().horizon()


def sealed_size() -> int:
    """Return how many entries are sealed."""
    return found.size if (found := _seal_of_request()) else 0


def sealed_in_words() -> str:
    """Return in words how far the log is sealed, and how far an outsider vouches for it."""
    found = _seal_of_request()
    if found is None:
        return say("Nothing of this log is sealed yet.")
    sealed = say(
        "Sealed up to entry %(size)s on %(moment)s.",
        size=found.size,
        moment=words.moment(found.sealed_at.isoformat()),
    )
    if found.outside is None:
        signed = say("No outside witness has signed yet.")
    else:
        signed = say("Last checkpoint signed by an outside witness: %(seal)s.", seal=outside_seal())
    return f"{sealed} {signed}"


def outside_seal() -> str:
    """Return the newest checkpoint that an outsider vouches for: its size, date, and by whom."""
    if (found := _seal_of_request()) is None or (by := found.outside) is None:
        return say("nobody yet")
    many, when = words.count(by.size, "entry", "entries"), words.moment(by.at.isoformat())
    return say(
        "%(entries)s, %(how)s on %(moment)s by %(who)s",
        entries=many,
        how=words.WITNESSED[by.how],
        moment=when,
        who=by.who,
    )


def _seal_of_request() -> Horizon | None:
    if "seal" not in g:
        g.seal = seal_horizon()
    found: Horizon | None = g.seal
    return found


def signed_in_as() -> str | None:
    """Return the account that the reader has signed in as, or None. It is None too if it cannot be
    looked up just now."""
    with suppress(AnswerableError, HTTPException, psycopg.Error):
        if (found := callers.account()) is not None and callers.by_session():
            return found.name
    return None


def recorder(account: str) -> str:
    """Return an account in words: `Cumbria Constabulary (import)`. Its body has its English name,
    since a page that could not be answered has none of another language."""
    body = REGISTER.get()().get(texts.body_of(account))
    return f"{body.name} ({words.role(account)})" if body else account


def may_record() -> bool:
    """Return whether the reader is signed in and may record."""
    account = callers.account()
    return signed_in_as() is not None and account is not None and account.may("record")
