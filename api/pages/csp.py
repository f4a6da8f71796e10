"""The headers that keep a page to itself: no inline style or script, nothing from elsewhere.

A page that needs a script says `nonce="{{ csp_nonce() }}"`; where none is asked for, none runs.
"""

import secrets

from flask import Flask, Response, g

_POLICY = (
    "default-src 'none'; script-src {script}; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
_HEADERS = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "X-Content-Type-Options": "nosniff",
}


def apply(app: Flask) -> None:
    """Send the headers with every answer, and give templates `csp_nonce()`.

    A view that needs another policy sets the header itself; it is left alone.
    """
    app.jinja_env.globals["csp_nonce"] = nonce
    app.after_request(security_headers)


def nonce() -> str:
    """This request's nonce for scripts; asking for it is what allows them."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(18)
    return str(g.csp_nonce)


def security_headers(response: Response) -> Response:
    """The same answer with the headers that it lacks."""
    script = f"'nonce-{g.csp_nonce}'" if "csp_nonce" in g else "'none'"
    response.headers.setdefault("Content-Security-Policy", _POLICY.format(script=script))
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    return response
