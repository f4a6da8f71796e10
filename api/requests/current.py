"""What every request has at hand: the ledger, the settings, the seal, the provider of sign-in."""

from contextlib import suppress
from typing import cast

import psycopg
from flask import current_app, g

from api.oidc.provider import Provider
from api.schemas.derive import REGISTER
from ledger.application import Ledger
from ledger.errors import AnswerableError
from ledger.seal.checkpoints import SealBell, Sealed
from ledger.seal.witnesses import Witnessed
from ledger.settings import Settings
from projections.questions.question import Question
from projections.read_models import schemas
from projections.waiting import Waits

EXTENSION = "answerable"


def settings() -> Settings:
    """Return the settings that the application was made with."""
    return cast(Settings, current_app.extensions[EXTENSION]["settings"])


def ledger() -> Ledger:
    """Return the ledger of this process."""
    return cast(Ledger, current_app.extensions[EXTENSION]["ledger"])


def read_names_of_bodies() -> None:
    """Let the request name bodies by their ids or names, as the register has them now."""
    g.register = REGISTER.set(
        lambda: (g.look.service if "look" in g else ledger().service()).bodies
    )


def forget_names_of_bodies(_: BaseException | None) -> None:
    """End what `read_names_of_bodies` began."""
    if (before := g.pop("register", None)) is not None:
        REGISTER.reset(before)


def synthetic() -> bool:
    """Return whether the log is made up. The answer never changes, so the process remembers it,
    even while the log can't be reached."""
    kept = current_app.extensions[EXTENSION]
    if not kept.get("synthetic"):
        with suppress(AnswerableError, psycopg.Error):
            begun = cast(Question | None, g.get("question", g.get("now")))
            service = ledger().service() if begun is None else begun.log.latest_service()
            kept["synthetic"] = service.synthetic
    return bool(kept.get("synthetic"))


def sealed() -> Sealed:
    """Return the sealed part of the log."""
    return cast(Sealed, current_app.extensions[EXTENSION]["sealed"])


def witnessed() -> Witnessed:
    """Return the witnesses' cosignatures and time stamps."""
    return cast(Witnessed, current_app.extensions[EXTENSION]["witnessed"])


def waits() -> Waits:
    """Return the places for requests of this process that wait."""
    return cast(Waits, current_app.extensions[EXTENSION]["waits"])


def is_sealed(position: int) -> bool:
    """Wait until the entry at a position is sealed, for as long as the settings say. Return whether
    it is.

    No request waits while the sealer is stuck or absent. Only a few requests wait longer than a
    moment.
    """
    bell = cast(SealBell, current_app.extensions[EXTENSION]["seal_bell"])
    return waits().wait(lambda seconds: bell.wait_for(position, seconds), settings().receipt_wait)


def provider() -> Provider | None:
    """Return the provider of sign-in, or None."""
    return cast(Provider | None, current_app.extensions[EXTENSION].get("provider"))


def models_are_there() -> bool:
    """Return whether the read models exist in the shape that this version reads."""
    with ledger().pool.connection() as conn:
        return schemas.are_ours(conn)
