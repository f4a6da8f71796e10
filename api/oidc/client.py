"""The client of the provider of sign-in, by Authlib: authorization code with PKCE (RFC 7636, S256),
discovery, state and nonce.

This module decides what the protocol leaves open. It says which signatures count, checks that the
provider is the configured one, and has a sentence for each refusal. Authlib and what it imports
take a fifth of the time in which a web process starts, so `api.oidc.provider` alone imports this
module, at the first sign-in of a process.
"""

from collections.abc import Mapping
from typing import Any

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.base_client import OAuthError
from authlib.integrations.flask_client import FlaskIntegration, FlaskOAuth2App
from authlib.oidc.core import CodeIDToken
from joserfc.errors import (
    BadSignatureError,
    ExpiredTokenError,
    InvalidClaimError,
    InvalidKeyIdError,
    JoseError,
    MissingClaimError,
)

from api.oidc.refusals import LEEWAY, ProviderUnreachable, SignInRefused
from ledger import clock, diagnostics
from ledger.settings import Settings

ALGORITHMS = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}
)
"""Signatures that need the provider's private key: not `none`, and no shared secret."""
PATIENCE = 10
"""The seconds that the provider has to answer."""


class _Claims(CodeIDToken):
    """The claims of an ID token, validated by our clock."""

    def validate(self, now: int | None = None, leeway: int = 0) -> None:
        super().validate(int(clock.now().timestamp()) if now is None else now, leeway)


class Client(FlaskOAuth2App):
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

    def claims(self, issuer: str) -> Mapping[str, Any]:
        """Return what the provider says of the person who came back. Raise SignInRefused or
        ProviderUnreachable, with the reason."""
        wanted = {
            "iss": {"essential": True, "value": issuer},
            "aud": {"essential": True, "value": self.client_id},
        }
        try:
            answer = self.authorize_access_token(
                claims_options=wanted, claims_cls=_Claims, leeway=int(LEEWAY.total_seconds())
            )
        except OAuthError as error:
            diagnostics.warning("the provider refused a sign-in", why=str(error)[:200])
            raise SignInRefused(_DECLINED.get(str(error.error), _NOT_LET_IN)) from None
        except (JoseError, AuthlibBaseError, ValueError) as error:
            diagnostics.warning("a sign-in was refused", why=str(error))
            raise SignInRefused(_why(error)) from None
        except requests.RequestException as error:
            raise _unreachable(error) from None
        found: Mapping[str, Any] = answer["userinfo"]
        return found


def discovered(settings: Settings) -> Client:
    """Return the client of the configured provider, with its metadata. Raise ProviderUnreachable if
    they cannot be had, or do not fit."""
    assert settings.oidc_issuer is not None
    issuer = settings.oidc_issuer
    client = Client(
        FlaskIntegration("provider"),
        "provider",
        client_id=settings.oidc_client_id,
        client_secret=settings.oidc_client_secret,
        server_metadata_url=f"{issuer.rstrip('/')}/.well-known/openid-configuration",
        client_kwargs={
            "scope": settings.oidc_scope,
            "code_challenge_method": "S256",
            "default_timeout": PATIENCE,
            **({} if settings.oidc_client_secret else _PUBLIC),
        },
    )
    try:
        says = client.load_server_metadata()
    except (requests.RequestException, ValueError) as error:
        raise _unreachable(error) from None
    if not isinstance(says, dict) or says.get("issuer") != issuer:
        raise ProviderUnreachable(
            f"The provider at {issuer} calls itself otherwise: ANSWERABLE_OIDC_ISSUER has "
            "to be its name, character by character."
        )
    if "S256" not in says.get("code_challenge_methods_supported", ["S256"]):
        raise ProviderUnreachable(
            f"The provider at {issuer} does not take PKCE by S256, without which a code "
            "on its way could be another's."
        )
    signs = says.get("id_token_signing_alg_values_supported", ["RS256"])
    says["id_token_signing_alg_values_supported"] = sorted(ALGORITHMS.intersection(signs))
    return client


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
