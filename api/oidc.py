"""Sign-in by OpenID Connect: the provider, its claims about a person, and the accounts that these
open.

Authlib implements the protocol: authorization code with PKCE (RFC 7636, S256), discovery, state and
nonce. This module decides what the protocol leaves open. It says which signatures count. It
checks that the provider is the configured one, and that a repeated sign-in is new (OpenID Connect
Core 1.0, section 3.1.2.1, `max_age`). It has a sentence for each refusal.
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
"""The path that the provider redirects back to."""
ALGORITHMS = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}
)
"""Signatures that need the provider's private key: not `none`, and no shared secret."""
LEEWAY = timedelta(minutes=2)
"""The most by which the provider's clock may differ from ours."""
PATIENCE = 10
"""The seconds that the provider has to answer."""
KEPT = timedelta(hours=1)
"""The time for which the provider's metadata are kept."""
MOST_BEGUN = 10
"""The most sign-ins of one browser that are under way at once, each in a tab. The oldest is dropped
first."""


class SignInRefused(AnswerableError):
    """The sign-in failed; the sentence says why. `way` is the address that it was to lead back
    to."""

    way: str | None = None


class ProviderUnreachable(AnswerableError):
    """The provider of sign-in does not answer, or its answer is invalid."""


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


@dataclass(frozen=True, slots=True)
class Whose:
    """An account, and the claims that a person needs to act for it, all of them."""

    account: str
    claims: Mapping[str, Any]

    def fits(self, said: Mapping[str, Any]) -> bool:
        """Return whether a person's claims match. An e-mail address counts only if the provider has
        verified it. Otherwise anybody could claim another's."""
        if "email" in self.claims and said.get("email_verified") is not True:
            return False
        return all(_has(said.get(name), wanted) for name, wanted in self.claims.items())


def _has(said: Any, wanted: Any) -> bool:
    if isinstance(said, list):
        return wanted in said
    return said is not None and type(said) is type(wanted) and bool(said == wanted)


def accounts_file(path: Path) -> tuple[Whose, ...]:
    """Return the accounts of a file with their claims (docs/record.md). Raise SettingsError if it
    is invalid."""
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
    """The claims of an ID token, validated by our clock."""

    def validate(self, now: int | None = None, leeway: int = 0) -> None:
        super().validate(int(clock.now().timestamp()) if now is None else now, leeway)


class _Client(FlaskOAuth2App):
    """Authlib's client, which takes a person's claims only from a signed ID token. If a signature
    fails, it fetches the provider's keys again."""

    def fetch_access_token(self, *args: Any, **named: Any) -> Any:
        """Return the token endpoint's answer without `userinfo`, which is unsigned. Raise
        SignInRefused without an ID token: Authlib would use `userinfo` instead."""
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
    """The configured provider, and the accounts of the people whom it signs in."""

    def __init__(self, settings: Settings) -> None:
        assert settings.oidc_issuer is not None
        self.issuer = settings.oidc_issuer
        self.back = settings.address + BACK
        self._settings = settings
        self._listed = accounts_file(settings.oidc_accounts) if settings.oidc_accounts else ()
        self._asked: tuple[datetime, _Client] | None = None

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
        """Return the names of the accounts that a person may act for, as they are listed."""
        claim = self._settings.oidc_account_claim
        said = who.claims.get(claim) if claim else None
        named = said if isinstance(said, list) else [said]
        found = [one for one in named if isinstance(one, str)]
        found += [one.account for one in self._listed if one.fits(who.claims)]
        return [one for one in dict.fromkeys(found) if one not in OF_COMMANDS]

    def _client(self, now: datetime) -> _Client:
        """Return the client, with the provider's metadata not older than an hour."""
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


_PUBLIC = {"token_endpoint_auth_method": "none"}
"""A client without a secret; PKCE binds the code to it."""
_DECLINED = {
    "access_denied": "The provider says that you, or it, declined this sign-in. Begin again.",
    "login_required": "The provider wants you to sign in there first. Do that, and begin again.",
    "temporarily_unavailable": "The provider has no time for sign-ins just now. Begin again later.",
}
"""The provider's errors in our words (OpenID Connect Core 1.0, 3.1.2.6). Anyone can lead a browser
to this address, so the provider's own text is not shown."""
_NOT_LET_IN = (
    "The provider did not let you sign in; the log of this service says why. Begin again; if it "
    "stays so, tell whoever runs this service."
)
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
    """Return the sentence for a fault of an ID token."""
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
