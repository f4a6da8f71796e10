"""Signing in and out in a browser: to the provider and back, the account, and how long it lasts."""

from urllib.parse import urlsplit

from flask import Blueprint, Response, request, url_for
from flask_wtf.csrf import generate_csrf

from api.oidc.provider import BACK, Begun, Provider, SignedIn
from api.oidc.refusals import SignInRefused
from api.reading.error_pages import error_page, not_asked_that
from api.reading.page import rendered, to
from api.reading.template_context import signed_in_as
from api.requests import browser_sessions, callers, current
from api.requests.answers import unkept
from api.requests.parsing import takes_form
from api.store import sessions
from ledger import clock
from ledger.errors import NotRecorded

blueprint = Blueprint("sign_in", __name__, template_folder="templates")
"""Separate from the other pages, which take two dates."""

LONGEST_WAY = 2000
"""The most characters of an address that a sign-in leads back to."""


_TAKES = {"sign_in.page": {"next"}, "sign_in.go": {"next", "anew"}}


@blueprint.before_request
def read_address() -> Response | None:
    """Refuse an address with a name that its page does not take. The parameters that a provider
    adds when it leads back are its own."""
    takes = _TAKES.get(request.endpoint or "")
    return None if takes is None else not_asked_that(takes)


@blueprint.get("/sign-in")
def page() -> Response:
    """Show who is signed in, the other accounts that they may act for, and the links to sign in and
    out."""
    account, session = callers.account(), browser_sessions.session()
    there = current.ledger().look().service.accounts
    names = session.get("accounts", [])
    return rendered(
        "sign-in.html",
        csrf=generate_csrf,
        provider=current.provider(),
        account=account if callers.by_session() else None,
        others=[there[one] for one in names if one in there],
        none_there=bool(names) and not any(one in there for one in names),
        ends_at=session.ends_at,
        idle=current.settings().session_idle,
        way=_inside(request.args.get("next")),
    )


@blueprint.get("/sign-in/go")
def go() -> Response:
    """Redirect to the provider. This is a link and not a form, since our forms may not send
    anything elsewhere."""
    anew = bool(request.args.get("anew"))
    way = _inside(request.args.get("next"))
    return unkept(to(_provider().begin(clock.now(), way=way, anew=anew)))


@blueprint.get(BACK)
def done() -> Response:
    """Take a person back from the provider, and begin a new session for them. If somebody signed in
    by another tab meanwhile, lead that person on."""
    provider, session, now = _provider(), browser_sessions.session(), clock.now()
    begun, others = provider.begun(now), provider.others(now)
    try:
        who = provider.finish(now, begun)
        if begun and begun.overtaken:
            _same(who)
            if browser_sessions.proven_in_session() or not begun.anew:
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
    generate_csrf()  # now, since two forms opened at once would each make their own
    return _led_on(begun)


def _led_on(begun: Begun | None) -> Response:
    """Lead a person on to the page that the sign-in was for. Without one, somebody who records for
    a body is led to what is due for it; somebody with several accounts chooses one first."""
    return to((begun and begun.way) or _first_page(), 303)


def _first_page() -> str:
    session = browser_sessions.session()
    account = current.ledger().look().service.accounts.get(session.get("account") or "")
    several = len(session.get("accounts", [])) > 1
    if account is None or several or not account.body or not account.may("record"):
        return url_for("sign_in.page")
    return url_for("record.due")


def _same(who: SignedIn) -> None:
    """Raise SignInRefused if another tab signed in somebody else meanwhile. Otherwise somebody who
    had put a session into this browser could have what is recorded next recorded as theirs."""
    if who.person != browser_sessions.session().person:
        raise SignInRefused(
            "While this tab was at the provider, you signed in by another tab. What came back in "
            "this one is somebody else’s sign-in, so it changed nothing. To act as that person, "
            "sign out first."
        )


@blueprint.errorhandler(SignInRefused)
def refused(error: SignInRefused) -> Response:
    """Return the page that says why nobody was signed in, with a link.

    A person who is already signed in is led to the page that the sign-in was for; anybody else
    begins again.
    """
    if (name := signed_in_as()) is None:
        leads = "Sign in", url_for("sign_in.page", next=error.way)
        return error_page(403, "You are not signed in", error.sentence, leads=leads)
    leads = "Go on", error.way or url_for("sign_in.page")
    return error_page(403, f"You are signed in as {name}, as before", error.sentence, leads=leads)


@blueprint.post("/sign-out")
@takes_form
def out() -> Response:
    """End this session."""
    browser_sessions.form()
    browser_sessions.session().end()
    return to(url_for("sign_in.page"), 303)


@blueprint.post("/sign-out/everywhere")
@takes_form
def out_everywhere() -> Response:
    """End every session of the signed-in person, in all browsers."""
    browser_sessions.form()
    session = browser_sessions.session()
    if session.person is not None:
        with current.ledger().pool.connection() as conn:
            sessions.end_all(conn, person=session.person)
    session.end()
    return to(url_for("sign_in.page"), 303)


@blueprint.post("/sign-in/account")
@takes_form
def choose() -> Response:
    """Act for another account of the signed-in person."""
    chosen = browser_sessions.form().get("account", "")
    if chosen not in browser_sessions.session().get("accounts", []):
        raise NotRecorded(f"You have no account “{chosen[:80]}” here.")
    browser_sessions.session()["account"] = chosen
    return to(url_for("sign_in.page"), 303)


def _provider() -> Provider:
    if (found := current.provider()) is None:
        raise NotRecorded(
            "Nobody can sign in here: no provider is set (ANSWERABLE_OIDC_ISSUER, docs/record.md)."
        )
    return found


def _no_account(who: SignedIn, named: list[str]) -> str:
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
    """Return an address of this site to lead back to, or None. A person who just signed in would
    take another site's page for ours."""
    if not way or len(way) > LONGEST_WAY or not way.isprintable() or "\\" in way:
        return None
    parts = urlsplit(way)
    if parts.scheme or parts.netloc or not way.startswith("/") or way.startswith("//"):
        return None
    return way
