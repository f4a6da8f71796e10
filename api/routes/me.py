"""Who asks, and what they may."""

from flask import Response, jsonify
from flask_wtf.csrf import generate_csrf

from api.requests import current
from api.requests.parsing import Blueprint
from api.schemas.answers import Me

blueprint = Blueprint("me", __name__, description="Who asks, and what they may.")


@blueprint.get("/api/me")
@blueprint.response(200, Me)
@blueprint.doc(security=[{"bearer": []}])
def me() -> Response:
    """The account that asks, by its token or by the session of a browser. `csrf` is what a write by
    that session sends as `X-CSRF-Token`."""
    account = current.account_needed()
    session = current.by_session()
    answer = jsonify(
        {
            "account": account.name,
            "body": account.body,
            "scopes": sorted(account.scopes),
            "by": "session" if session else "token",
            "csrf": generate_csrf() if session else None,
        }
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer
