"""The way of a form: drawn, sent, refused and drawn again.

A form is drawn from the schema of its request (`form_fields`), and checked by the person before it
is recorded (`check`). It carries the version of its
stream, so that the second of two people sees what the first did. It also carries a key, so that it
is recorded once however often it is sent. If the session has ended, the form comes back with what
was typed and a link to sign in; nothing of it is stored.
"""

import hashlib
import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import marshmallow as ma
from flask import Blueprint, Response, request, url_for
from flask_wtf.csrf import generate_csrf
from marshmallow import ValidationError
from werkzeug.datastructures import MultiDict

from api.reading.page import rendered
from api.recording import form_fields
from api.recording.check import CHANGE, CHECKED, SURE, NotChecked
from api.recording.form_fields import Filled, FormField, Given
from api.recording.refusals import field_of
from api.requests import browser_sessions, callers, current
from api.requests.browser_sessions import FormOfAnother
from api.requests.callers import SignInAnew
from ledger.application import How
from ledger.errors import Fault, Gone, KeyReused, NotAllowed, NotRecorded, Refused, Stale, Unfit
from ledger.intake.proposals.look_alikes import LooksAlike
from ledger.log.append import Request
from ledger.states.service import Account

blueprint = Blueprint("record", __name__, url_prefix="/record", template_folder="templates")
Shape = dict[str, Any]
Where = dict[str, str]
CONFIRMED = ("another", "respond")
"""The fields with a person's answers to questions asked before recording."""
BESIDE_FIELDS = frozenset({"csrf_token", "key", "expected", "more", CHECKED, CHANGE, *CONFIRMED})
"""The fields that a form carries beside its own; the check's ticks (`sure.…`) are beside them."""


class AskFirst(Refused):
    """A question that a person answers before a form is recorded: the question, the facts to look
    at, and the answers, each as a button's name, value and words."""

    def __init__(
        self,
        asks: str,
        lines: Sequence[str],
        answers: Sequence[tuple[str, str, str]],
        hint: str = "",
    ) -> None:
        super().__init__("ask-first", asks)
        self.asks, self.lines, self.answers, self.hint = asks, lines, answers, hint


SENT_BEFORE = Fault(
    "sent-before",
    "This form was sent before, and what it said then was done. To have what it says now done as "
    "well, look at it once more and send it again.",
)
"""Shown for a form that was changed after it was recorded, by the browser's Back. From then on it
is another form."""


def asked_for() -> Given:
    """Return the values that the address gives to a form."""
    return own_fields(request.args)


def own_fields(sent: MultiDict[str, str]) -> Given:
    """Return the fields of the form itself, without those that it carries beside them."""
    return Given(
        [
            (name, value)
            for name, value in sent.items(multi=True)
            if name not in BESIDE_FIELDS and not name.startswith(f"{SURE}.")
        ]
    )


def sent(
    schema: ma.Schema,
    who: Callable[[], Account],
    done: Callable[[Account, dict[str, Any], How], Response],
    again: Callable[..., Response],
) -> Response:
    """Do what a form was filled in for, or draw it again with its faults at the top and at fields.
    `who` returns the account, or raises; `again` draws what was typed."""
    form = browser_sessions.form_sent()
    typed = own_fields(form)
    if callers.account() is None:
        return signed_out(form, typed)
    try:
        account = who()
    except SignInAnew:
        return signed_out(form, typed, anew=True)
    if not of_this_session(form):
        return again(account, typed, form=form, status=403, back=True)
    if more := form.get("more"):
        return again(account, form_fields.with_one_more(more, typed), form=form)
    typed = form_fields.full_rows_first(schema, typed)
    if form.get(CHANGE):
        return again(account, typed, form=form)
    try:
        loaded = schema.load(form_fields.request_of(schema, typed))
        assert isinstance(loaded, dict)
        return done(account, loaded, how(account, form, typed))
    except ValidationError as error:
        unread = {one.field: one for one in form_fields.unread_days(schema, typed)}
        found = form_fields.faults_of(error.messages)
        faults = [*unread.values(), *(one for one in found if one.field not in unread)]
        return again(account, typed, faults, form=form, status=422)
    except Unfit as error:
        faults = list(error.faults) or [Fault("", error.sentence)]
        return again(account, typed, faults, form=form, status=422)
    except Stale:
        return again(account, typed, form=form, status=412, moved_on=True)
    except LooksAlike as error:
        return again(account, typed, form=form, status=409, alike=error)
    except NotChecked as error:
        return again(account, typed, form=form, check=error)
    except AskFirst as error:
        return again(account, typed, form=form, status=409, ask=error)
    except KeyReused:
        anew = {name: said for name, said in form.items() if name != "key"}
        return again(account, typed, [SENT_BEFORE], form=anew, status=409, moved_on=True)
    except (Refused, NotAllowed, NotRecorded, Gone) as error:
        rule = error.rule if isinstance(error, Refused) else ""
        faults = [Fault(field_of(rule, schema.fields), error.sentence)]
        return again(account, typed, faults, form=form, status=409)


def how(account: Account, form: Mapping[str, str], typed: Given) -> How:
    """Return how a form is recorded: once, by its key, and on the version that its page was drawn
    at."""
    said = repr(sorted(typed.items(multi=True)))
    fingerprint = hashlib.sha256(f"FORM {request.path}\n{said}".encode()).digest()
    key, expected = form.get("key", ""), form.get("expected", "")
    if not (1 <= len(key) <= 200 and key.isprintable()):
        raise FormOfAnother("This form was not drawn by us: open its page again.")
    version = int(expected) if expected.isascii() and expected.isdecimal() else None
    return How(if_match=version, request=Request(account.name, f"form {key}", fingerprint))


def of_this_session(form: Mapping[str, str]) -> bool:
    """Return whether a form was drawn in this session, and not before its sender signed in."""
    try:
        browser_sessions.of_this_session(form.get("csrf_token"))
    except FormOfAnother:
        return False
    return True


def signed_out(form: Mapping[str, str], typed: Given, *, anew: bool = False) -> Response:
    """Return the page that gives back what was typed, with a link to sign in, and a button that
    sends it again."""
    hidden = {name: form[name] for name in ("key", "expected") if form.get(name)}
    return rendered(
        "sign-in-again.html",
        status=401 if callers.account() is None else 403,
        way=url_for("sign_in.go", anew="1" if anew else None),
        anew=anew,
        hidden=hidden,
        typed=[(path, path_in_words(path), said) for path, said in typed.items(multi=True)],
    )


def drawn(schema: ma.Schema, filled: Filled, hidden: Where, **more: Any) -> Response:
    """Return the page of a form, from the schema of its request."""
    fields = form_fields.fields_of(schema, filled)
    return rendered(
        "form.html",
        fields=[one for one in fields if not one.folded],
        folded=[one for one in fields if one.folded],
        faults=filled.faults,
        by_path=_by_path(fields),
        bodies=sorted((v.name, k) for k, v in current.ledger().service().bodies.items()),
        hidden=hidden,
        **more,
    )


def once(form: Mapping[str, str]) -> dict[str, str]:
    """Return the hidden fields of a form: the key that records it once, and the token that stops
    other sites from sending it."""
    return {
        "key": form.get("key") or secrets.token_urlsafe(12),
        "csrf_token": generate_csrf(),
    }


def _by_path(fields: tuple[FormField, ...]) -> dict[str, FormField]:
    """Return each field by its path, including those inside others."""
    found: dict[str, FormField] = {}
    for each in fields:
        found[each.path] = each
        found |= _by_path(each.parts)
    return found


def path_in_words(path: str) -> str:
    return ", ".join(
        form_fields.LABELS.get(part) or part.replace("_", " ").capitalize()
        if not part.isdecimal()
        else str(int(part) + 1)
        for part in path.split(".")
    )
