"""Other programs read the OpenAPI text. Validators find nothing wrong in it. The clients generated
from it, as it is now and as it was published last, compile and tell a story with typed answers."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from werkzeug.serving import make_server

from tests.api.conftest import report  # noqa: F401 - a fixture of these tests
from tests.api.site import FORCE, PFCC, Published, Site
from tests.foreign.conftest import INSTALLED, tool
from tests.golden.published import kept

pytestmark = pytest.mark.foreign

HERE = Path(__file__).parent
NPM = INSTALLED / "npm" / "node_modules"
PYTHON = INSTALLED / "openapi" / "bin"
GENERATOR = INSTALLED / "generator" / "bin"
AS_BYTES = """
content_type_overrides:
  application/zip: application/octet-stream
  application/atom+xml: text/plain
  application/x-ndjson: text/plain
"""
"""Types that the generator does not know, and what it shall take them for."""
SAW = {"status": "open", "claim": "on_track", "text": "It goes on.", "last": "update-received"}


@pytest.fixture
def now(site: Site, tmp_path: Path) -> Path:
    file = tmp_path / "openapi.json"
    file.write_text(site.anybody.get("/openapi.json").text)
    return file


@pytest.fixture(params=["now", "published"])
def text(request: pytest.FixtureRequest, now: Path, tmp_path: Path) -> Path:
    """Return the text of which a client is made: what the last release published, too."""
    if request.param == "now":
        return now
    file = tmp_path / "published.json"
    file.write_text(json.dumps(kept("openapi") | {"servers": [{"url": "/"}]}))
    return file


@pytest.fixture
def address(site: Site) -> Iterator[str]:
    """Return where the site is served; its read models catch up before each request."""

    def caught_up(environ: Any, start_response: Any) -> Any:
        site.catch_up()
        return site.app(environ, start_response)

    server = make_server("127.0.0.1", 0, caught_up, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


def ran(*command: Path | str, cwd: Path, **more: str) -> str:
    """Return the output of a program that ends well."""
    done = subprocess.run(
        command, cwd=cwd, env=os.environ | more, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_validator_of_the_specification_finds_nothing(now: Path) -> None:
    said = ran(tool(PYTHON / "openapi-spec-validator"), str(now), cwd=now.parent)

    assert said == f"{now}: OK\n"
    broken = json.loads(now.read_text())
    del broken["info"]["title"]
    now.write_text(json.dumps(broken))
    with pytest.raises(AssertionError, match="title"):
        ran(tool(PYTHON / "openapi-spec-validator"), str(now), cwd=now.parent)


def test_redocly_finds_nothing(now: Path) -> None:
    """By its recommended rules, none of which is left out."""
    said = ran(tool(NPM / ".bin/redocly"), "lint", "--format=json", str(now), cwd=now.parent)

    assert json.loads(said)["totals"] == {"errors": 0, "warnings": 0, "ignored": 0}


def test_a_client_in_python_tells_a_story(
    site: Site,
    text: Path,
    address: str,
    tmp_path: Path,
) -> None:
    generator = tool(PYTHON / "openapi-python-client")
    (tmp_path / "generator.yaml").write_text(AS_BYTES + "post_hooks: []\n")
    made = ran(
        generator, "generate", "--path", str(text), "--config", "generator.yaml",
        "--meta", "none", "--output-path", "answerable_api", cwd=tmp_path,
    )  # fmt: skip
    assert "WARNING" not in made, made
    ran(PYTHON / "python", "-m", "compileall", "-q", "answerable_api", cwd=tmp_path)
    saw = ran(
        PYTHON / "python", HERE / "story.py", address, site.tokens["clerk"],
        cwd=tmp_path, PYTHONPATH=str(tmp_path),
    )  # fmt: skip

    holds(site, json.loads(saw))


def test_a_client_in_typescript_tells_a_story(
    site: Site,
    text: Path,
    address: str,
    tmp_path: Path,
) -> None:
    generator = tool(NPM / ".bin/openapi-typescript")
    (tmp_path / "node_modules").symlink_to(NPM)
    (tmp_path / "package.json").write_text('{"type": "module"}')
    ran(generator, str(text), "-o", "api.d.ts", cwd=tmp_path)
    shutil.copy(HERE / "story.ts", tmp_path)
    strict = ["--strict", "--target", "es2022", "--module", "nodenext", "--types", "node"]
    ran(tool(NPM / ".bin/tsc"), *strict, "story.ts", cwd=tmp_path)
    saw = ran("node", "story.js", address, site.tokens["clerk"], cwd=tmp_path)

    holds(site, json.loads(saw))


def test_a_client_of_orval_compiles(now: Path, tmp_path: Path) -> None:
    (tmp_path / "node_modules").symlink_to(NPM)
    made = {"input": str(now), "output": {"target": "made.ts", "client": "fetch"}}
    (tmp_path / "orval.config.cjs").write_text(f"module.exports = {{ it: {json.dumps(made)} }}")
    ran(tool(NPM / ".bin/orval"), "--config", "orval.config.cjs", cwd=tmp_path)

    strict = ["--noEmit", "--strict", "--target", "es2022", "--lib", "es2022,dom"]
    ran(tool(NPM / ".bin/tsc"), *strict, "--module", "nodenext", "made.ts", cwd=tmp_path)


def test_a_client_of_openapi_generator_reads_histories(
    site: Site,
    report: Published,  # noqa: F811
    now: Path,
    address: str,
    tmp_path: Path,
) -> None:
    generator = tool(GENERATOR / "openapi-generator-cli")
    tool("java")
    told = ["-i", str(now), "-g", "python", "-o", str(tmp_path), "--package-name", "made"]
    ran(generator, "generate", *told, cwd=tmp_path)
    reads = f"""
import made
api = made.ApiClient(made.Configuration(host={address!r}))
trails = made.RecommendationsApi(api)
trail = trails.get_recommendation_history({report.reference!r}, "2", {FORCE!r})
response = made.ResponsesApi(api).get_response_history({report.reference!r}, {PFCC!r})
log = made.EntriesApi(api).list_entries(limit=500)
print(len(trail.items), len(response.items), len(log.items))
"""
    saw = ran(GENERATOR / "python", "-c", reads, cwd=tmp_path)

    trail, response = (
        site.anybody.reads(f"{path}/history")["items"]
        for path in (report.recommendation, report.response)
    )
    assert saw.split() == [str(len(trail)), str(len(response)), str(site.position)]


def holds(site: Site, saw: dict[str, Any]) -> None:
    """Check that a client saw all that is recorded."""
    assert saw == SAW | {
        "position": site.position,
        "refused": "urn:answerable:problem:not-recorded",
    }
