"""A sign-in provider for trials: it asks nobody who they are, and lets them pick a role.

`answerable run` starts it beside the embedded database. It always listens on this machine's own
address. It refuses requests with another host name, from another address, or through a proxy.
Anyone who can open it is at this machine and could read the data directory too.
"""

import base64
import hashlib
import secrets
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Flask, Response, abort, jsonify, redirect, render_template, request
from joserfc import jwt
from joserfc.jwk import ECKey
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from api.commands.accounts import opened
from api.oidc.provider import BACK
from ledger import clock
from ledger.events.service import Scope
from ledger.settings import LOOPBACK
from ledger.states.service import OF_COMMANDS

ADDRESS = "127.0.0.1"
"""The address that it listens on. No setting changes it."""
CLIENT = "answerable"
CLAIM = "account"
"""The claim that names the account."""
_ON_ITS_WAY = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Via")
"""Headers that a proxy adds: a request with one comes from elsewhere."""


@dataclass(frozen=True, slots=True)
class Role:
    """A role to pick: an account of a body or of the service, which is opened when it is picked."""

    name: str
    label: str
    scopes: tuple[Scope, ...]
    of_a_body: bool = True


ROLES = (
    Role("clerk", "Clerk: records for the body", ("record",)),
    Role("clerk-2", "Second clerk: confirms what the first asked", ("record",)),
    Role("reader", "Reader of the body’s office texts", ("office",)),
    Role("auditor", "Auditor: reads the office texts of all", ("office",), of_a_body=False),
    Role("keeper", "Administrator: does everything", ("admin",), of_a_body=False),
)
Opened = Callable[[], Any]
"""Yields the ledger."""


class StubProvider:
    """The protocol of a provider. Tests replace it by one that lies."""

    def __init__(self, service: str, opened: Opened) -> None:
        self.service = service
        self.opened = opened
        self.issuer = ""
        self.key = ECKey.generate_key("P-256", {"kid": secrets.token_hex(4), "use": "sig"})
        self.codes: dict[str, dict[str, str]] = {}

    def metadata(self) -> dict[str, Any]:
        """Return the provider's metadata (OpenID Connect Discovery 1.0, section 3)."""
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["ES256"],
            "token_endpoint_auth_methods_supported": ["none"],
            "code_challenge_methods_supported": ["S256"],
        }

    def claims(self, asked: Mapping[str, str]) -> dict[str, Any]:
        """Return the claims about the person who picked an account."""
        now = int(clock.now().timestamp())
        return {
            "iss": self.issuer,
            "sub": asked["account"],
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "auth_time": now,
            "nonce": asked["nonce"],
            CLAIM: asked["account"],
        }

    def signed(self, claims: dict[str, Any]) -> str:
        """Return an ID token."""
        return jwt.encode({"alg": "ES256", "kid": self.key.kid}, claims, self.key)

    def token(self, code: Mapping[str, str]) -> Any:
        """Return the answer of its token endpoint (OpenID Connect Core 1.0, section 3.1.3.3)."""
        return {
            "access_token": secrets.token_urlsafe(16),
            "token_type": "Bearer",
            "expires_in": 300,
            "id_token": self.signed(self.claims(code)),
        }

    def takes(self, code: Mapping[str, str], verifier: str) -> bool:
        """Return whether a verifier matches the code's challenge (RFC 7636, section 4.6)."""
        made = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest())
        return secrets.compare_digest(made.rstrip(b"=").decode(), code["code_challenge"])


def app_of(stub: StubProvider) -> Flask:
    """Return the provider as an application."""
    app = Flask("stub", template_folder="templates", root_path=__file__.rpartition("/")[0])

    @app.before_request
    def from_this_machine() -> None:
        host = request.host.rpartition(":")[0].strip("[]") or request.host
        if (
            host not in LOOPBACK
            or request.remote_addr != ADDRESS
            or any(name in request.headers for name in _ON_ITS_WAY)
        ):
            abort(403, "This provider is for trying out, on the machine that it runs on alone.")
        if request.headers.get("Origin", f"http://{request.host}") != f"http://{request.host}":
            abort(403, "A role is picked from its own page alone, not from another site's.")

    @app.after_request
    def kept_to_itself(answer: Response) -> Response:
        answer.headers["Cache-Control"] = "no-store"
        answer.headers["Content-Security-Policy"] = (
            f"default-src 'none'; style-src {stub.service}; frame-ancestors 'none'; base-uri 'none'"
        )
        answer.headers["X-Content-Type-Options"] = "nosniff"
        return answer

    @app.get("/.well-known/openid-configuration")
    def metadata() -> Response:
        return jsonify(stub.metadata())

    @app.get("/keys")
    def keys() -> Response:
        return jsonify({"keys": [stub.key.as_dict(private=False)]})

    @app.route("/authorize", methods=["GET", "POST"])
    def authorize() -> Any:
        asked = _asked(stub)
        picked = request.form.get("account") or _of_role(stub)
        if request.method == "GET" or picked is None:
            return render_template("stub-provider.html", stub=stub, roles=ROLES, **_choices(stub))
        code = secrets.token_urlsafe(16)
        stub.codes[code] = {**asked, "account": picked}
        query = urlencode({"code": code, "state": asked["state"], "iss": stub.issuer})
        return redirect(f"{stub.service}{BACK}?{query}", 303)

    @app.post("/token")
    def token() -> Any:
        code = stub.codes.pop(request.form.get("code", ""), None)
        if code is None or not stub.takes(code, request.form.get("code_verifier", "")):
            return jsonify({"error": "invalid_grant"}), 400
        return jsonify(stub.token(code))

    return app


def _asked(stub: StubProvider) -> dict[str, str]:
    """Return the parameters of our service's request. Refuse every other request."""
    asked = {name: request.args.get(name, "") for name in ("state", "nonce", "code_challenge")}
    if request.args.get("client_id") != CLIENT:
        abort(400, "This is asked by another service than the one that brings this provider.")
    if request.args.get("redirect_uri") != stub.service + BACK:
        abort(400, f"This leads back to {stub.service}{BACK} alone.")
    if request.args.get("code_challenge_method") != "S256" or not all(asked.values()):
        abort(400, "This takes a state, a nonce and PKCE with S256.")
    return asked


def _choices(stub: StubProvider) -> dict[str, Any]:
    """Return the roles to pick from: the open accounts, and the bodies of the register."""
    with stub.opened() as log:
        service = log.service()
    names = [one for one in service.accounts.values() if one.name not in OF_COMMANDS]
    bodies = sorted(service.bodies.values(), key=lambda one: str(one.name))
    return {"accounts": names, "bodies": bodies}


def _of_role(stub: StubProvider) -> str | None:
    """Return the account of the picked role, and open it if it does not exist; None if none was
    picked."""
    role = next((one for one in ROLES if one.name == request.form.get("role")), None)
    body = request.form.get("body") or None
    if role is None or (role.of_a_body and body is None):
        return None
    body = body if role.of_a_body else None
    name = f"{body or 'service'}/{role.name}"
    with stub.opened() as log:
        opened(log, name, body, role.scopes)
    return name


class _Quiet(WSGIRequestHandler):
    def log(self, *_: Any, **__: Any) -> None:
        """Log nothing: `answerable run` prints where it is."""


def listening(stub: StubProvider, stops_within: float = 0.5) -> AbstractContextManager[None]:
    """Return a context in which the provider answers at a free port. Requests before wait until it
    is entered. It checks every `stops_within` seconds whether to stop."""
    server = make_server(ADDRESS, 0, app_of(stub), threaded=True, request_handler=_Quiet)
    stub.issuer = f"http://{ADDRESS}:{server.server_port}"
    return _answering(server, stops_within)


@contextmanager
def _answering(server: BaseWSGIServer, stops_within: float) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, args=[stops_within], daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
