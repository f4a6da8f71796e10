"""Traces by OpenTelemetry: sent only if somebody wants them, and without a text of the log."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from api import telemetry
from api.app import flask_app
from api.requests.current import EXTENSION
from ledger.settings import SettingsError
from tests.conftest import served

TRACE = "0af7651916cd43dd8448eb211c80319c"
WORDS = "Jane Roe told us on the telephone"


@dataclass
class Collector:
    """What a collector of OpenTelemetry was sent (OTLP over HTTP)."""

    address: str = ""
    came: list[bytes] = field(default_factory=list)

    def spans(self) -> list[Any]:
        proto = pytest.importorskip("opentelemetry.proto.collector.trace.v1.trace_service_pb2")
        requests = [proto.ExportTraceServiceRequest.FromString(body) for body in self.came]
        return [
            span
            for one in requests
            for resource in one.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]


@contextmanager
def collecting() -> Iterator[Collector]:
    collector = Collector()

    class Takes(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            collector.came.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200 if self.path == "/v1/traces" else 404)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's
            """Nothing."""

    with served(HTTPServer(("127.0.0.1", 0), Takes)) as collector.address:
        yield collector


def test_a_request_and_its_statements_are_one_trace_without_a_text(site, report, monkeypatch):
    pytest.importorskip("opentelemetry.sdk")
    settings = site.app.extensions[EXTENSION]["settings"]
    site.catch_up()
    with collecting() as collector:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.address)
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "none")
        spans = telemetry.provider(os.environ)
        assert spans is not None
        app = flask_app(settings, spans)
        headers = {
            "Authorization": f"Bearer {site.tokens['clerk']}",
            "traceparent": f"00-{TRACE}-b7ad6b7169203331-01",
            "X-Request-Id": "asked",
        }
        act = {"occurred_on": None, "text": WORDS, "source": {"note": WORDS}}
        answer = app.test_client().post(
            f"{report.recommendation}/updates", json=act, headers=headers
        )
        found = app.test_client().get(f"/api/recommendations?q={WORDS}", headers=headers)
        spans.shutdown()
        app.extensions[EXTENSION]["ledger"].pool.close()

    assert (answer.status_code, found.status_code) == (201, 200), answer.text + found.text
    sent = b"".join(collector.came)
    assert not [part for part in ("Jane", "Roe", "telephone") if part.encode() in sent]
    assert {span.trace_id.hex() for span in collector.spans()} == {TRACE}
    requests = {span.name: span for span in collector.spans() if span.kind == span.SPAN_KIND_SERVER}
    recorded = requests["POST /api/recommendations/<report>/<number>/<body>/updates"]
    attributes = {one.key: one.value for one in recorded.attributes}
    assert attributes["http.response.status_code"].int_value == 201
    assert attributes["answerable.request"].string_value == "asked"
    assert "GET /api/recommendations" in requests
    statements = [
        {one.key: one.value.string_value for one in span.attributes}["db.query.text"]
        for span in collector.spans()
        if span.parent_span_id == recorded.span_id
    ]
    assert [one for one in statements if "ledger.append" in one], statements


def test_without_the_packages_the_server_says_which_to_install(monkeypatch):
    assert telemetry.provider({}) is None
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk", None)
    with pytest.raises(SettingsError, match=r"pip install 'answerable\[telemetry\]'"):
        telemetry.provider({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"})
