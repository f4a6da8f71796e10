"""Signing in and out by a browser: to the provider and back, as whom, for how long."""

from urllib.parse import urlsplit

from flask import Blueprint, Response, request, url_for
from flask_wtf.csrf import generate_csrf

from api import oidc
from api.oidc import Begun, Provider, SignInRefused
from api.reading.error_pages import error_page, not_asked_that
from api.reading.page import rendered, to
from api.reading.template_context import signed_in_as
from api.requests import current
from api.requests.answers import unkept
from api.requests.parsing import takes_form
from api.store import sessions
from ledger import clock
from ledger.errors import NotRecorded

blueprint = Blueprint("sign_in", __name__, template_folder="templates")
"""Apart from the other pages, which are asked at two dates."""

LONGEST_WAY = 2000
"""How many characters of the address that a sign-in leads back to are kept."""


_TAKES = {"sign_in.page": {"next"}, "sign_in.go": {"next", "anew"}}


@blueprint.before_request
def read_address() -> Response | None:
    """The refusal of an address with a name that its page does not take. What a provider adds to
    the address that leads back is its own."""
    takes = _TAKES.get(request.endpoint or "")
    return None if takes is None else not_asked_that(takes)


@blueprint.get("/sign-in")
def page() -> Response:
    """Who is signed in, as whom else they may act, and the way in and out."""
    account, session = current.account(), current.session()
    there = current.ledger().look().service.accounts
    names = session.get("accounts", [])
    return rendered(
        "sign-in.html",
        csrf=generate_csrf,
        provider=current.provider(),
        account=account if current.by_session() else None,
        others=[there[one] for one in names if one in there],
        none_there=bool(names) and not any(one in there for one in names),
        ends_at=session.ends_at,
        idle=current.settings().session_idle,
        way=_inside(request.args.get("next")),
    )


@blueprint.get("/sign-in/go")
def go() -> Response:
    """To the provider. A link, not a form: a form of ours sends nothing elsewhere."""
    anew = bool(request.args.get("anew"))
    way = _inside(request.args.get("next"))
    return unkept(to(_provider().begin(clock.now(), way=way, anew=anew)))


@blueprint.get(oidc.BACK)
def done() -> Response:
    """Back from the provider: another session is begun, for whoever it is. Where somebody signed in
    by another tab meanwhile, that one is led on."""
    provider, session, now = _provider(), current.session(), clock.now()
    begun, others = provider.begun(now), provider.others(now)
    try:
        who = provider.finish(now, begun)
        if begun and begun.overtaken:
            _same(who)
            if current.proven_in_session() or not begun.anew:
                return _led_on(begun)
        named = provider.accounts(who)
        there = current.ledger().look().service.accounts
        accounts = [one for one in named if one in there]
        if not accounts:
            if session.person is not None:
                session.end()
            raise SignInRefused(_no_account(who, named))
    except SignInRefused as error:
        error.way = begun.way if begun else None
        raise
    before = session.get("account")
    session.begin_for(
        who.person,
        **others,
        accounts=accounts,
        account=before if before in accounts and session.person == who.person else accounts[0],
        proven_at=min(who.at, now).isoformat() if who.at else None,
    )
    generate_csrf()  # now: two pages with forms that are asked for at once would each make another
    return _led_on(begun)


def _led_on(begun: Begun | None) -> Response:
    return to((begun and begun.way) or url_for("sign_in.page"), 303)


def _same(who: oidc.SignedIn) -> None:
    """SignInRefused where another tab signed in somebody else meanwhile: whoever had put a session
    into this browser before that could have begun the sign-in of this one, to have what is recorded
    next recorded as theirs."""
    if who.person != current.session().person:
        raise SignInRefused(
            "While this tab was at the provider, you signed in by another tab. What came back in "
            "this one is somebody else’s sign-in, so it changed nothing. To act as that person, "
            "sign out first."
        )


@blueprint.errorhandler(SignInRefused)
def refused(error: SignInRefused) -> Response:
    """Why nobody was signed in, and the way on: who is signed in already goes where the sign-in was
    to lead, anybody else begins again."""
    if (name := signed_in_as()) is None:
        leads = "Sign in", url_for("sign_in.page", next=error.way)
        return error_page(403, "You are not signed in", error.sentence, leads=leads)
    leads = "Go on", error.way or url_for("sign_in.page")
    return error_page(403, f"You are signed in as {name}, as before", error.sentence, leads=leads)


@blueprint.post("/sign-out")
@takes_form
def out() -> Response:
    """End this session."""
    current.form()
    current.session().end()
    return to(url_for("sign_in.page"), 303)


@blueprint.post("/sign-out/everywhere")
@takes_form
def out_everywhere() -> Response:
    """End every session of whoever is signed in, in all browsers."""
    current.form()
    session = current.session()
    if session.person is not None:
        with current.ledger().pool.connection() as conn:
            sessions.end_all(conn, person=session.person)
    session.end()
    return to(url_for("sign_in.page"), 303)


@blueprint.post("/sign-in/account")
@takes_form
def choose() -> Response:
    """Act for another of the accounts of whoever is signed in."""
    chosen = current.form().get("account", "")
    if chosen not in current.session().get("accounts", []):
        raise NotRecorded(f"You have no account “{chosen[:80]}” here.")
    current.session()["account"] = chosen
    return to(url_for("sign_in.page"), 303)


def _provider() -> Provider:
    if (found := current.provider()) is None:
        raise NotRecorded(
            "Nobody can sign in here: no provider is set (ANSWERABLE_OIDC_ISSUER, docs/record.md)."
        )
    return found


def _no_account(who: oidc.SignedIn, named: list[str]) -> str:
    said = str(who.claims.get("email") or who.claims.get("name") or who.claims["sub"])[:200]
    if named:
        return (
            f"You are “{said}”, whose account {', '.join(named)[:400]} is not open in this log. "
            "Whoever runs this service opens it (`answerable account open`), or lists another."
        )
    return (
        f"The provider knows you as “{said}”, and no account here is listed for that, so you are "
        "not signed in. Whoever runs this service lists it (ANSWERABLE_OIDC_ACCOUNTS). Reading "
        "needs no sign-in."
    )


def _inside(way: str | None) -> str | None:
    """An address of ours to lead back to; None where it is none: another site's would be taken for
    ours by whoever just signed in."""
    if not way or len(way) > LONGEST_WAY or not way.isprintable() or "\\" in way:
        return None
    parts = urlsplit(way)
    if parts.scheme or parts.netloc or not way.startswith("/") or way.startswith("//"):
        return None
    return way
