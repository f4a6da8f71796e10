"""The configured provider of sign-in: sign-ins that begin and come back, and the accounts that they
open.

A repeated sign-in has to be new (OpenID Connect Core 1.0, section 3.1.2.1, `max_age`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from flask import request, session

from api.oidc.accounts import accounts_file
from api.oidc.refusals import LEEWAY, SignInRefused
from api.store.sessions import TO_SIGN_IN
from ledger.settings import Settings
from ledger.states.service import OF_COMMANDS

if TYPE_CHECKING:
    from api.oidc.client import Client

BACK = "/sign-in/done"
"""The path that the provider redirects back to."""
KEPT = timedelta(hours=1)
"""The time for which the provider's metadata are kept."""
MOST_BEGUN = 10
"""The most sign-ins of one browser that are under way at once, each in a tab. The oldest is dropped
first."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The person who signed in, by the provider's word."""

    person: str
    """The provider's issuer and subject, which always mean the same person."""
    claims: Mapping[str, Any]
    at: datetime | None
    """When they last proved who they are; None if the provider does not say."""


@dataclass(frozen=True, slots=True)
class Begun:
    """A sign-in that one tab of a browser began. It is recognised by its `state`."""

    way: str | None
    """The address that it leads back to."""
    at: datetime
    anew: bool
    """True if the provider was asked to verify the person anew."""
    overtaken: bool
    """True if somebody has signed in by another tab since."""


class Provider:
    """The configured provider, and the accounts of the people whom it signs in."""

    def __init__(self, settings: Settings) -> None:
        assert settings.oidc_issuer is not None
        self.issuer = settings.oidc_issuer
        self.back = settings.address + BACK
        self._settings = settings
        self._listed = accounts_file(settings.oidc_accounts) if settings.oidc_accounts else ()
        self._asked: tuple[datetime, Client] | None = None

    def begin(self, now: datetime, *, way: str | None, anew: bool) -> str:
        """Begin a sign-in of this browser that leads back to `way`. Return the provider's address
        for it. With `anew`, the provider has to ask who they are, even if it knows."""
        more = {"prompt": "login", "max_age": "0"} if anew else {}
        client = self._client(now)
        asked = client.create_authorization_url(self.back, **more)
        there: str = asked.pop("url")
        for oldest in list(_under_way(now))[: -MOST_BEGUN + 1]:
            del session[oldest]
        begun = {"way": way, "begun_at": now.isoformat(), "anew": anew}
        client.save_authorize_data(redirect_uri=self.back, **begun, **asked)
        return there

    def begun(self, now: datetime) -> Begun | None:
        """Return the sign-in that comes back, from the session of this browser. Return None if the
        session has no sign-in with its `state`, or it took too long."""
        found = _under_way(now).get(f"{_STATE}{request.args.get('state')}")
        if found is None:
            return None
        said = found["data"]
        at = datetime.fromisoformat(said["begun_at"])
        return Begun(said["way"], at, said["anew"], said.get("overtaken", False))

    def others(self, now: datetime) -> dict[str, Any]:
        """Return the sign-ins under way in other tabs, for the session that begins with this one.
        If one of them comes back with another person than the session's, it changes nothing."""
        return {
            name: one | {"data": one["data"] | {"overtaken": True}}
            for name, one in _under_way(now).items()
            if name != f"{_STATE}{request.args.get('state')}"
        }

    def finish(self, now: datetime, begun: Begun | None) -> SignedIn:
        """Return the person who came back from the provider. Raise SignInRefused, with the
        reason."""
        client = self._client(now)
        if begun is None:
            raise SignInRefused(
                "This sign-in was used already, was begun in another browser or at another address "
                f"than {self._settings.address}, or more than a quarter of an hour ago."
            )
        if request.args.get("iss", self.issuer) != self.issuer:  # RFC 9207
            raise SignInRefused("Another provider than ours led here. Begin again.")
        try:
            claims = client.claims(self.issuer)
        except SignInRefused:
            session.pop(f"{_STATE}{request.args.get('state')}", None)
            raise
        at = _moment(claims.get("auth_time"))
        if begun.anew and (at is None or at < begun.at - LEEWAY):
            raise SignInRefused(
                "The provider was asked to make sure of who you are, and did not"
                + (" say that it has" if at is None else "")
                + ": what you wanted to do needs that. Sign out there, and sign in again."
            )
        return SignedIn(f"{self.issuer} {_subject(claims['sub'])}", claims, at)

    def accounts(self, who: SignedIn) -> list[str]:
        """Return the names of the accounts that a person may act for, as they are listed."""
        claim = self._settings.oidc_account_claim
        said = who.claims.get(claim) if claim else None
        named = said if isinstance(said, list) else [said]
        found = [one for one in named if isinstance(one, str)]
        found += [one.account for one in self._listed if one.fits(who.claims)]
        return [one for one in dict.fromkeys(found) if one not in OF_COMMANDS]

    def _client(self, now: datetime) -> "Client":
        """Return the client, with the provider's metadata not older than an hour."""
        if self._asked is None or not timedelta() <= now - self._asked[0] < KEPT:
            from api.oidc.client import discovered  # Authlib, which only a sign-in needs

            self._asked = now, discovered(self._settings)
        return self._asked[1]


_STATE = "_state_provider_"
"""The prefix of the names under which Authlib stores a sign-in, by its `state`, in the session."""


def _under_way(now: datetime) -> dict[str, Any]:
    """Return the sign-ins that this browser began, by their names in its session, the oldest first.
    Those that took too long are removed."""
    begun = {name: session[name] for name in list(session) if name.startswith(_STATE)}
    for name, one in list(begun.items()):
        at = one["data"].get("begun_at")
        if at is None or now - datetime.fromisoformat(at) > TO_SIGN_IN:
            del session[name], begun[name]
    return dict(sorted(begun.items(), key=lambda one: str(one[1]["data"]["begun_at"])))


MOST_OF_A_SUBJECT = 255
"""OpenID Connect Core 1.0, section 2."""


def _subject(said: Any) -> str:
    """Return the provider's identifier of a person. Raise SignInRefused if it is invalid."""
    is_text = isinstance(said, str) and said.isprintable()
    if not is_text or not 0 < len(said) <= MOST_OF_A_SUBJECT:
        raise SignInRefused(
            "What the provider says of you (its ID token) names nobody: its “sub” has to be 1 to "
            f"{MOST_OF_A_SUBJECT} printable characters. Tell whoever runs the provider."
        )
    return str(said)


def _moment(said: Any) -> datetime | None:
    if isinstance(said, bool) or not isinstance(said, int | float):
        return None
    try:
        return datetime.fromtimestamp(said, UTC)
    except (OverflowError, OSError, ValueError):
        return None
