"""Sign-in by OpenID Connect: the provider, what it says of somebody, and whose accounts that is.

Authlib speaks the protocol: authorization code with PKCE (RFC 7636, S256), discovery, state and
nonce. This module decides what it leaves open: which signatures count, that the provider is the
configured one, and that a repeated sign-in is new (OpenID Connect Core 1.0, section 3.1.2.1,
`max_age`). It has a sentence for each refusal.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.base_client import OAuthError
from authlib.integrations.flask_client import FlaskIntegration, FlaskOAuth2App
from authlib.oidc.core import CodeIDToken
from flask import request, session
from joserfc.errors import (
    BadSignatureError,
    ExpiredTokenError,
    InvalidClaimError,
    InvalidKeyIdError,
    JoseError,
    MissingClaimError,
)

from api.store.sessions import TO_SIGN_IN
from ledger import clock, diagnostics
from ledger.errors import AnswerableError
from ledger.settings import Settings, SettingsError
from ledger.states.service import OF_COMMANDS

BACK = "/sign-in/done"
"""Where the provider leads back to."""
ALGORITHMS = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}
)
"""Signatures that nobody makes without the provider's private key: not `none`, no shared secret."""
LEEWAY = timedelta(minutes=2)
"""How far the provider's clock may be from ours."""
PATIENCE = 10
"""Seconds that the provider has to answer."""
KEPT = timedelta(hours=1)
"""How long what the provider says of itself is taken as it was."""
MOST_BEGUN = 10
"""How many sign-ins of one browser are under way at once, each in a tab; the oldest goes first."""


class SignInRefused(AnswerableError):
    """The sign-in failed; the sentence says why. `way`: where the sign-in was to lead back to."""

    way: str | None = None


class ProviderUnreachable(AnswerableError):
    """The provider of sign-in does not answer, or with what is none."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The person who signed in, by the provider's word."""

    person: str
    """The provider's issuer and subject, which is one person for ever."""
    claims: Mapping[str, Any]
    at: datetime | None
    """When they last proved who they are; None where the provider does not say."""


@dataclass(frozen=True, slots=True)
class Begun:
    """A sign-in that one tab of a browser began: what comes back is known by its `state`."""

    way: str | None
    """Where it leads back to."""
    at: datetime
    anew: bool
    """True if the provider was asked to verify the person anew."""
    overtaken: bool
    """True if somebody signed in by another tab since."""


@dataclass(frozen=True, slots=True)
class Whose:
    """An account, and the claims of whoever may act for it: all of them."""

    account: str
    claims: Mapping[str, Any]

    def fits(self, said: Mapping[str, Any]) -> bool:
        """Return whether what the provider says is that. An e-mail address counts if the provider
        has verified it: else anybody could give themselves another's."""
        if "email" in self.claims and said.get("email_verified") is not True:
            return False
        return all(_has(said.get(name), wanted) for name, wanted in self.claims.items())


def _has(said: Any, wanted: Any) -> bool:
    if isinstance(said, list):
        return wanted in said
    return said is not None and type(said) is type(wanted) and bool(said == wanted)


def accounts_file(path: Path) -> tuple[Whose, ...]:
    """Return whose account is whose, from a file (docs/record.md). SettingsError where it is
    none."""
    try:
        listed = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SettingsError(
            [f"ANSWERABLE_OIDC_ACCOUNTS: {path} cannot be read: {error}."]
        ) from None
    if set(listed) - {"account"} or not isinstance(listed.get("account"), list):
        raise SettingsError([f"ANSWERABLE_OIDC_ACCOUNTS: {path} has one [[account]] or more."])
    found, faults = [], []
    for number, one in enumerate(listed["account"], 1):
        name, claims = one.get("name"), one.get("claims")
        if not isinstance(name, str) or not isinstance(claims, dict) or not claims:
            faults.append(
                f"ANSWERABLE_OIDC_ACCOUNTS: account {number} of {path} needs a name, such as "
                'cumbria-pfcc/clerk-2, and claims, such as { sub = "…" }.'
            )
        elif set(one) - {"name", "claims"}:
            faults.append(
                f"ANSWERABLE_OIDC_ACCOUNTS: account {number} of {path} has a name and claims, and "
                f"nothing else: {min(set(one) - {'name', 'claims'})} goes into claims."
            )
        else:
            found.append(Whose(name, claims))
    if faults:
        raise SettingsError(faults)
    return tuple(found)


class _Claims(CodeIDToken):
    """The claims of an ID token, looked at by our clock."""

    def validate(self, now: int | None = None, leeway: int = 0) -> None:
        super().validate(int(clock.now().timestamp()) if now is None else now, leeway)


class _Client(FlaskOAuth2App):
    """Authlib's client, which takes who signed in from a signed ID token alone. Keys that changed
    under the names that they had are asked for again."""

    def fetch_access_token(self, *args: Any, **named: Any) -> Any:
        """Return the token endpoint's answer without what it says beside the ID token.
        SignInRefused where it has no ID token: Authlib would take `userinfo` unsigned."""
        answer = super().fetch_access_token(*args, **named)
        if not isinstance(answer.get("id_token"), str):
            raise SignInRefused("The provider did not say who signed in (no ID token).")
        return {name: said for name, said in answer.items() if name != "userinfo"}

    def parse_id_token(self, token: Any, *args: Any, **named: Any) -> Any:
        try:
            return super().parse_id_token(token, *args, **named)
        except BadSignatureError:
            self.fetch_jwk_set(force=True)
            return super().parse_id_token(token, *args, **named)


class Provider:
    """The provider that was set, and the accounts of those whom it knows."""

    def __init__(self, settings: Settings) -> None:
        assert settings.oidc_issuer is not None
        self.issuer = settings.oidc_issuer
        self.back = settings.address + BACK
        self._settings = settings
        self._listed = accounts_file(settings.oidc_accounts) if settings.oidc_accounts else ()
        self._asked: tuple[datetime, _Client] | None = None

    def begin(self, now: datetime, *, way: str | None, anew: bool) -> str:
        """Begin a sign-in of this browser that leads back to `way`: the address at the provider to
        lead it to; `anew`: where it asks who they are, even if it knows."""
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
        """Return the sign-in that comes back, as it was begun in the session of this browser; None
        where that knows none of its `state`, or it took too long."""
        found = _under_way(now).get(f"{_STATE}{request.args.get('state')}")
        if found is None:
            return None
        said = found["data"]
        at = datetime.fromisoformat(said["begun_at"])
        return Begun(said["way"], at, said["anew"], said.get("overtaken", False))

    def others(self, now: datetime) -> dict[str, Any]:
        """Return the sign-ins that are under way in other tabs, for the session that begins with
        this one. A person who comes back with one of them is the person of that session, or
        changes nothing."""
        return {
            name: one | {"data": one["data"] | {"overtaken": True}}
            for name, one in _under_way(now).items()
            if name != f"{_STATE}{request.args.get('state')}"
        }

    def finish(self, now: datetime, begun: Begun | None) -> SignedIn:
        """Return who came back from the provider. SignInRefused, with why."""
        client = self._client(now)
        if begun is None:
            raise SignInRefused(
                "This sign-in was used already, was begun in another browser or at another address "
                f"than {self._settings.address}, or more than a quarter of an hour ago."
            )
        if request.args.get("iss", self.issuer) != self.issuer:  # RFC 9207
            raise SignInRefused("Another provider than ours led here. Begin again.")
        wanted = {
            "iss": {"essential": True, "value": self.issuer},
            "aud": {"essential": True, "value": client.client_id},
        }
        try:
            claims = client.authorize_access_token(
                claims_options=wanted, claims_cls=_Claims, leeway=int(LEEWAY.total_seconds())
            )["userinfo"]
        except OAuthError as error:
            session.pop(f"{_STATE}{request.args['state']}", None)
            diagnostics.warning("the provider refused a sign-in", why=str(error)[:200])
            raise SignInRefused(_DECLINED.get(str(error.error), _NOT_LET_IN)) from None
        except (JoseError, AuthlibBaseError, ValueError) as error:
            diagnostics.warning("a sign-in was refused", why=str(error))
            raise SignInRefused(_why(error)) from None
        except requests.RequestException as error:
            raise _unreachable(error) from None
        at = _moment(claims.get("auth_time"))
        if begun.anew and (at is None or at < begun.at - LEEWAY):
            raise SignInRefused(
                "The provider was asked to make sure of who you are, and did not"
                + (" say that it has" if at is None else "")
                + ": what you wanted to do needs that. Sign out there, and sign in again."
            )
        return SignedIn(f"{self.issuer} {_subject(claims['sub'])}", claims, at)

    def accounts(self, who: SignedIn) -> list[str]:
        """Return the names of the accounts that somebody may act for, as they are listed."""
        claim = self._settings.oidc_account_claim
        said = who.claims.get(claim) if claim else None
        named = said if isinstance(said, list) else [said]
        found = [one for one in named if isinstance(one, str)]
        found += [one.account for one in self._listed if one.fits(who.claims)]
        return [one for one in dict.fromkeys(found) if one not in OF_COMMANDS]

    def _client(self, now: datetime) -> _Client:
        """Return the client, with what the provider says of itself: not older than an hour."""
        if self._asked is None or not timedelta() <= now - self._asked[0] < KEPT:
            self._asked = now, self._discovered()
        return self._asked[1]

    def _discovered(self) -> _Client:
        client = _Client(
            FlaskIntegration("provider"),
            "provider",
            client_id=self._settings.oidc_client_id,
            client_secret=self._settings.oidc_client_secret,
            server_metadata_url=f"{self.issuer.rstrip('/')}/.well-known/openid-configuration",
            client_kwargs={
                "scope": self._settings.oidc_scope,
                "code_challenge_method": "S256",
                "default_timeout": PATIENCE,
                **({} if self._settings.oidc_client_secret else _PUBLIC),
            },
        )
        try:
            says = client.load_server_metadata()
        except (requests.RequestException, ValueError) as error:
            raise _unreachable(error) from None
        if not isinstance(says, dict) or says.get("issuer") != self.issuer:
            raise ProviderUnreachable(
                f"The provider at {self.issuer} calls itself otherwise: ANSWERABLE_OIDC_ISSUER has "
                "to be its name, character by character."
            )
        if "S256" not in says.get("code_challenge_methods_supported", ["S256"]):
            raise ProviderUnreachable(
                f"The provider at {self.issuer} does not take PKCE by S256, without which a code "
                "on its way could be another's."
            )
        signs = says.get("id_token_signing_alg_values_supported", ["RS256"])
        says["id_token_signing_alg_values_supported"] = sorted(ALGORITHMS.intersection(signs))
        return client


_STATE = "_state_provider_"
"""Under this and its `state` Authlib keeps in the session what a sign-in was begun with."""


def _under_way(now: datetime) -> dict[str, Any]:
    """Return the sign-ins that this browser began, by their names in its session, the oldest
    first. Sign-ins that took too long are removed."""
    begun = {name: session[name] for name in list(session) if name.startswith(_STATE)}
    for name, one in list(begun.items()):
        at = one["data"].get("begun_at")
        if at is None or now - datetime.fromisoformat(at) > TO_SIGN_IN:
            del session[name], begun[name]
    return dict(sorted(begun.items(), key=lambda one: str(one[1]["data"]["begun_at"])))


_PUBLIC = {"token_endpoint_auth_method": "none"}
"""A client without a secret; PKCE binds the code to it."""
_DECLINED = {
    "access_denied": "The provider says that you, or it, declined this sign-in. Begin again.",
    "login_required": "The provider wants you to sign in there first. Do that, and begin again.",
    "temporarily_unavailable": "The provider has no time for sign-ins just now. Begin again later.",
}
"""An error of the provider in our words (OpenID Connect Core 1.0, 3.1.2.6). Anyone can lead a
browser to this address, so none of its text is shown."""
_NOT_LET_IN = (
    "The provider did not let you sign in; the log of this service says why. Begin again; if it "
    "stays so, tell whoever runs this service."
)
MOST_OF_A_SUBJECT = 255
"""OpenID Connect Core 1.0, section 2."""


def _subject(said: Any) -> str:
    """Return the provider's name for a person. SignInRefused where it tells nobody apart."""
    is_text = isinstance(said, str) and said.isprintable()
    if not is_text or not 0 < len(said) <= MOST_OF_A_SUBJECT:
        raise SignInRefused(
            "What the provider says of you (its ID token) names nobody: its “sub” has to be 1 to "
            f"{MOST_OF_A_SUBJECT} printable characters. Tell whoever runs the provider."
        )
    return str(said)


_OF_CLAIMS = {
    "iss": "is another provider's",
    "aud": "is for another service than this",
    "azp": "is for another service than this",
    "nonce": "answers another sign-in than this one",
    "exp": "has expired",
    "iat": "is from a time that is yet to come",
    "nbf": "is from a time that is yet to come",
}


def _why(error: Exception) -> str:
    """Return the sentence for what is wrong with an ID token."""
    match error:
        case ExpiredTokenError():
            fault = _OF_CLAIMS["exp"]
        case InvalidClaimError() | MissingClaimError():
            name = str(getattr(error, "claim", ""))
            lacks = isinstance(error, MissingClaimError)
            fault = f"lacks {name}" if lacks else _OF_CLAIMS.get(name, f"has a wrong {name}")
        case BadSignatureError() | InvalidKeyIdError():
            fault = "is signed by no key of the provider"
        case _:
            fault = "is not signed in a way that proves anything"
    return (
        f"What the provider says of you (its ID token) {fault}, so nobody was signed in. Begin "
        "again; if it stays so, tell whoever runs this service."
    )


def _unreachable(error: Exception) -> ProviderUnreachable:
    diagnostics.warning("the provider of sign-in did not answer", why=str(error))
    return ProviderUnreachable(
        "The provider of sign-in does not answer. Try again in a minute; reading needs no sign-in."
    )


def _moment(said: Any) -> datetime | None:
    if isinstance(said, bool) or not isinstance(said, int | float):
        return None
    try:
        return datetime.fromtimestamp(said, UTC)
    except (OverflowError, OSError, ValueError):
        return None
