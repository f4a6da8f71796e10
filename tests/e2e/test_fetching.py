"""Fetching one page: what is taken, and what is refused in a sentence."""

import ipaddress
import socket
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from api.commands.captures import CannotFetch, fetch
from api.outbound import is_public
from ledger import clock
from ledger.log.captures import MAX_BYTES
from tests.e2e.pages import PAGE, Site, serving

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with serving() as here:
        yield here


def refused(url: str, **how) -> str:
    with pytest.raises(CannotFetch) as caught:
        fetch(url, **{"allow_private": True} | how)
    return caught.value.sentence


def test_the_bytes_are_those_that_were_sent(site):
    found = fetch(f"{site.url}/page?a=1&b=é#part", allow_private=True)

    assert found.body == PAGE
    assert site.asked[-1] == "/page?a=1&b=%C3%A9"


def test_five_redirects_are_followed_and_the_last_address_is_told(site):
    found = fetch(f"{site.url}/hops/4", allow_private=True)

    assert (found.body, found.url) == (PAGE, f"{site.url}/page")


def test_a_fetch_names_the_host_that_answered_after_a_redirect(site):
    with serving() as other:
        found = fetch(f"{site.url}/to/{other.url}/page", allow_private=True)

    assert (found.url, found.host) == (f"{other.url}/page", f"127.0.0.1:{other.port}")


def test_a_sixth_redirect_is_not_followed(site):
    assert "5 redirects came before it" in refused(f"{site.url}/hops/5")
    assert site.asked[-1] == "/hops/0"


@pytest.mark.parametrize(
    "to", ["file:///etc/passwd", "ftp://a.example/", "gopher://a.example/", "javascript:alert(1)"]
)
def test_a_redirect_elsewhere_than_the_web_is_refused(site, to):
    assert "http:// or https://" in refused(f"{site.url}/to/{to}")


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:{port}/page",
        "http://localhost:{port}/page",
        "http://[::1]:{port}/page",
        "http://[::ffff:127.0.0.1]:{port}/page",
        "http://0.0.0.0:{port}/page",
        "http://127.1:{port}/page",
        "http://2130706433:{port}/page",
        "http://0x7f.1:{port}/page",
        "http://169.254.169.254/latest/meta-data/",
        "http://10.0.0.1/",
        "http://192.168.1.1/",
        "http://100.64.0.1/",
        "http://[fe80::1]/",
        "http://[fd00::1]/",
        "http://[64:ff9b::7f00:1]/",
    ],
)
def test_an_address_inside_a_network_is_not_asked(site, url):
    before = len(site.asked)

    sentence = refused(url.format(port=site.port), allow_private=False)

    assert "an address inside a network" in sentence
    assert len(site.asked) == before


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True),
        ("2001:4860:4860::8888", True),
        ("64:ff9b::808:808", True),
        ("2002:808:808::1", True),
        ("2002:7f00:1::1", False),
        ("2001:0:53aa:64c:0:fbff:f7f7:f7f7", False),
        ("224.0.0.1", False),
        ("ff02::1", False),
        ("255.255.255.255", False),
        ("::", False),
        ("198.18.0.1", False),
        ("192.0.2.1", False),
        ("192.0.0.8", False),
        ("::ffff:8.8.8.8", True),
        ("64:ff9b:1::a9fe:a9fe", False),  # NAT64 of the network itself (RFC 8215)
        ("fec0::1", False),  # site-local
        ("::127.0.0.1", False),  # IPv4-compatible
        ("::ffff:0:127.0.0.1", False),  # IPv4-translated
    ],
)
def test_addresses_of_the_open_internet_are_told_from_private_ones(address, public):
    assert is_public(ipaddress.ip_address(address)) is public


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("http://user:secret@{host}/page", "a name and password"),
        ("http://{host}\\@a.example/page", "backslash"),
        ("http://{host}/a page", "http:// or https://"),
        ("ftp://{host}/page", "http:// or https://"),
        ("http://{host}/status/404", "it answers 404"),
        ("http://{host}/status/206", "it answers 206"),
        ("http://{host}/status/500", "it answers 500"),
        ("http://{host}/packed", "sent only packed (gzip)"),
        ("http://{host}/short", "it ended 9 bytes too early"),
        ("https://{host}/page", "was not fetched"),
        ("http://{host}/to/http://a.example/%1B[2J", "no address has such characters"),
        ("http://{host}/\x1b[2J", "no address has such characters"),
        ("http://127.0.0.1:99999/page", "was not fetched"),
        ("http://nowhere.invalid/", "was not fetched"),
        ("http://" + "a" * 70 + ".example/", "was not fetched"),
    ],
)
def test_a_fetch_says_why_it_failed(site, url, says):
    assert says in refused(url.replace("{host}", f"127.0.0.1:{site.port}"))


def test_a_server_that_is_not_there_is_said():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]

    assert "was not fetched: " in refused(f"http://127.0.0.1:{port}/")


@pytest.mark.parametrize("path", ["endless", "endless-chunk"])
def test_an_endless_page_is_read_to_the_limit_and_refused(site, path):
    assert f"more than {MAX_BYTES:,} bytes" in refused(f"{site.url}/{path}")


@pytest.mark.parametrize("path", ["slow", "slow-head"])
def test_a_fetch_gives_up_an_answer_that_comes_drop_by_drop(site, path):
    assert "took more than 0.5 seconds" in refused(f"{site.url}/{path}", seconds=0.5)


@pytest.fixture(scope="module")
def secret(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a key, and the certificate that it signed for localhost."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = clock.now()
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "secret.pem"
    form = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(key.private_bytes(*form) + certificate.public_bytes(Encoding.PEM))
    return file


def test_a_page_over_tls_is_taken_from_the_host_that_its_certificate_names(secret, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(secret))
    with serving(secret) as site:
        found = fetch(f"https://localhost:{site.port}/page", allow_private=True)
        sentence = refused(f"https://127.0.0.1:{site.port}/page")
        slow = refused(f"https://localhost:{site.port}/slow", seconds=0.5)

    assert found.body == PAGE
    assert "certificate verify failed" in sentence
    assert "took more than 0.5 seconds" in slow


def test_a_certificate_that_nobody_vouches_for_is_refused(secret):
    with serving(secret) as site:
        assert "certificate verify failed" in refused(f"https://localhost:{site.port}/page")
        assert site.asked == []


@pytest.mark.parametrize(
    "said", [b"\x1b]0;mine\x07\x1b[2J\r\n\r\n", b"HTTP/1.1 \x9b2J \x1b[31mx\r\nall is well\r\n"]
)
def test_the_words_of_a_server_are_printed_without_commands_to_a_terminal(said):
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer() -> None:
            line, _ = listening.accept()
            with line:
                line.recv(65536)
                line.sendall(said)

        answering = threading.Thread(target=answer)
        answering.start()
        sentence = refused(f"http://127.0.0.1:{listening.getsockname()[1]}/")
        answering.join()

    assert sentence.isprintable()
