"""Time stamps of RFC 3161 over checkpoints, with `openssl ts` as the authority."""

import shutil
import subprocess
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from ledger.seal.witnesses import NotStamped, roots, stamp
from ledger.verify import note
from tests.transparency.sealing import Sealing

OPENSSL = shutil.which("openssl") or "openssl"
_CONFIG = """
[tsa]
default_tsa = authority
[authority]
dir = {folder}
serial = {folder}/serial
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
ess_cert_id_alg = sha256
[stamping]
extendedKeyUsage = critical, timeStamping
[root]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
[req]
distinguished_name = name
[name]
"""

pytestmark = pytest.mark.skipif(
    shutil.which("openssl") is None, reason="needs openssl: apt-get install openssl"
)


class Authority:
    """A time stamping authority on this machine: a certificate, and a server before it."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.folder, self.lies, self.url = folder, False, ""
        (folder / "tsa.cnf").write_text(_CONFIG.format(folder=folder))
        (folder / "serial").write_text("01\n")
        new = ("req", "-newkey", "rsa:2048", "-nodes", "-config", "tsa.cnf", "-keyout")
        self.openssl(
            *new,
            "root.key",
            "-x509",
            "-subj",
            "/CN=A root",
            "-extensions",
            "root",
            "-out",
            "root.pem",
        )
        self.openssl(*new, "tsa.key", "-subj", "/CN=An authority", "-out", "tsa.csr")
        self.openssl(
            *("x509", "-req", "-in", "tsa.csr", "-CA", "root.pem", "-CAkey", "root.key"),
            *("-CAcreateserial", "-extfile", "tsa.cnf", "-extensions", "stamping"),
            *("-out", "tsa.pem"),
        )

    def openssl(self, *arguments: str) -> str:
        done = subprocess.run(
            [OPENSSL, *arguments], cwd=self.folder, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout + done.stderr

    def reply(self, query: bytes) -> bytes:
        """Return the response to a request; to another one, where it lies."""
        (self.folder / "query").write_bytes(query)
        if self.lies:
            self.openssl("ts", "-query", "-data", "tsa.cnf", "-sha256", "-cert", "-out", "query")
        self.openssl(
            *("ts", "-reply", "-queryfile", "query", "-config", "tsa.cnf", "-section", "authority"),
            *("-out", "reply"),
        )
        return (self.folder / "reply").read_bytes()

    @property
    def pem(self) -> Path:
        return self.folder / "root.pem"


@pytest.fixture
def authority(tmp_path: Path) -> Iterator[Authority]:
    """Yield an authority that answers over HTTP."""
    found = Authority(tmp_path / "authority")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = found.reply(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.url = f"http://127.0.0.1:{server.server_port}/tsa"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield found
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_stamped_checkpoint_is_kept_exported_and_verified_by_openssl(
    sealing: Sealing, authority: Authority, tmp_path: Path
) -> None:
    sealing.seal()
    stamps = ("witness", "--stamp", authority.url, "--stamp-roots", str(authority.pem))
    said = sealing.json(*stamps)
    assert said["witnesses"][0]["detail"] == "stamped", said

    out = tmp_path / "out"
    sealing.run("export", "log", str(out))
    (text,), (reply,) = (sorted((out / "log.stamps").glob(f"*.{kind}")) for kind in ("txt", "tsr"))
    assert text.read_text() == note.split(sealing.notes[-1])[0]
    verify = ("ts", "-verify", "-data", str(text), "-in", str(reply), "-CAfile", "root.pem")
    assert "Verification: OK" in authority.openssl(*verify)


def test_the_horizon_names_who_stamped(sealing: Sealing, authority: Authority) -> None:
    sealing.seal()
    sealing.run("witness", "--stamp", authority.url, "--stamp-roots", str(authority.pem))
    with sealing.log.log.pool.connection() as conn:
        row = conn.execute("SELECT size, authority FROM ledger.stamps").fetchone()
    assert row == (sealing.sizes[-1], authority.url)


def test_a_stamp_of_something_else_is_refused(authority: Authority) -> None:
    authority.lies = True
    with pytest.raises(NotStamped, match="no time stamp that its roots prove"):
        stamp(authority.url, 1, "a\n1\nb\n", roots(authority.pem.read_bytes()))


def test_a_stamp_under_another_root_is_refused(authority: Authority, tmp_path: Path) -> None:
    other = Authority(tmp_path / "another")
    with pytest.raises(NotStamped, match="no time stamp that its roots prove"):
        stamp(authority.url, 1, "a\n1\nb\n", roots(other.pem.read_bytes()))


def test_an_authority_that_is_not_there_is_named() -> None:
    with pytest.raises(NotStamped, match="cannot be reached"):
        stamp("http://127.0.0.1:9/tsa", 1, "a\n1\nb\n", [])
    with pytest.raises(NotStamped, match="https://"):
        stamp("http://tsa.example", 1, "a\n1\nb\n", [])


def test_roots_are_certificates() -> None:
    with pytest.raises(NotStamped, match="no PEM certificates"):
        roots(b"hello")
