"""Where a log or a witness sends on: nobody is asked who could not have been asked at first."""

import threading
import urllib.request
from http.client import HTTPMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO

import pytest

from ledger.seal import witnesses
from ledger.seal.witnesses import WitnessError
from ledger.verify import mirror
from ledger.verify.mirror import MirrorError
from tests.transparency.made import WITNESSES, small


@pytest.fixture
def sent_on():
    """Yield (an address that sends on to `/secret` of its own machine, what was asked there)."""
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.rfile.read(int(self.headers.get("Content-Length", 0)))  # or it is reset
            asked.append(self.path)
            self.send_response(302)
            self.send_header("Location", f"http://{self.headers['Host']}/secret")
            self.end_headers()

        do_POST = do_GET

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()


def test_a_witness_that_sends_on_is_not_followed(sent_on):
    url, asked = sent_on

    with pytest.raises(WitnessError, match="answers 302"):
        witnesses.cosign(url, WITNESSES[0].witness, small().reseal(), 0, lambda old: [])
    assert asked == ["/add-checkpoint"]


def test_a_log_that_sends_on_for_ever_is_refused_in_a_sentence(sent_on):
    with pytest.raises(MirrorError, match="answers 302"):
        mirror.fetch_checkpoint(sent_on[0])


@pytest.mark.parametrize(
    "there",
    ["http://127.0.0.1:8500/v1/kv", "http://localhost/", "http://10.0.0.1/", "ftp://10.0.0.1/x"],
)
def test_a_log_elsewhere_sends_nobody_to_this_machine_or_out_of_https(there):
    asked = urllib.request.Request("https://log.example/log/checkpoint")

    with pytest.raises(MirrorError):
        mirror._SameKind().redirect_request(asked, BytesIO(), 302, "", HTTPMessage(), there)


@pytest.mark.parametrize("there", ["http://[", "https://[::1", "https://a..b/", "https://\udcff/"])
def test_an_address_that_is_none_is_refused_in_a_sentence(there):
    with pytest.raises(MirrorError):
        mirror.fetch_checkpoint(mirror.prefix_of(there))
    with pytest.raises(WitnessError):
        witnesses.cosign(there, WITNESSES[0].witness, small().reseal(), 0, lambda old: [])
