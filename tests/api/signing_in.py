"""Somebody at a browser who signs in at a provider, which may lie."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

import requests
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from api.commands.stub_provider import CLAIM, CLIENT, StubProvider, listening
from api.oidc.provider import Provider
from api.requests import current
from tests.api.site import Caller, Site


@dataclass
class Browser:
    """A browser with its cookies, in which one person signs in."""

    site: Site
    client: FlaskClient

    def way(self, account: str, **asked: str) -> str:
        """The way back from the provider, where the account was picked; not gone yet."""
        there = self.client.get("/sign-in/go", query_string=asked)
        assert there.status_code == 302, there.text
        picked = requests.post(
            there.headers["Location"], {"account": account}, allow_redirects=False, timeout=10
        )
        assert picked.status_code == 303, picked.text
        parts = urlsplit(picked.headers["Location"])
        return f"{parts.path}?{parts.query}"

    def signs_in(self, account: str, **asked: str) -> TestResponse:
        """Return the page that the browser is shown when it comes back from the provider."""
        return self.client.get(self.way(account, **asked))

    def get(self, path: str, **asked: Any) -> TestResponse:
        return self.client.get(path, query_string=asked or None)

    def me(self) -> Any:
        """Return the account that the service says this is; None: nobody."""
        answer = self.client.get("/api/me")
        found: Any = answer.json
        assert answer.status_code in (200, 401)
        return dict(found) if answer.status_code == 200 else None

    def sends(self, path: str, **fields: str) -> TestResponse:
        """Send a form of a page of this session."""
        me = self.me()
        return self.client.post(path, data={"csrf_token": me and me["csrf"], **fields})

    def caller(self) -> Caller:
        """The same browser, as one who asks the API."""
        me = self.me()
        assert me is not None
        self.client.environ_base["HTTP_X_CSRF_TOKEN"] = me["csrf"]
        return Caller(self.client)

    @property
    def cookie(self) -> str:
        found = self.client.get_cookie("answerable")
        return found.value if found else ""


def browser(site: Site) -> Browser:
    return Browser(site, site.app.test_client())


@contextmanager
def provided(
    site: Site, kind: type[StubProvider] = StubProvider, **more: Any
) -> Iterator[StubProvider]:
    """Meanwhile the site has a provider of sign-in."""
    kept = site.app.extensions[current.EXTENSION]
    settings = kept["settings"]
    stub = kind(settings.address, lambda: nullcontext(site.ledger))
    with listening(stub, stops_within=0.01):
        set_ = {"oidc_issuer": stub.issuer, "oidc_client_id": CLIENT, "oidc_account_claim": CLAIM}
        kept["provider"] = Provider(replace(settings, **{**set_, **more}))
        try:
            yield stub
        finally:
            kept["provider"] = None
