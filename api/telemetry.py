"""Traces of requests and their statements by OpenTelemetry, if its endpoint is set (`WANTED`). This
needs the extra `telemetry`; the other variables of OpenTelemetry hold as well.

A span has names that are ours: method, route, status, the id of the request, a statement without
its values. It has no text, query, address or person; nor the message of an error, which can quote
one.
"""

from collections.abc import Iterable, Mapping
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Self

from psycopg import Cursor

from api.requests.parsing import ABOUT
from ledger.settings import SettingsError

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment
    from opentelemetry.sdk.trace import TracerProvider

WANTED = "OTEL_EXPORTER_OTLP_ENDPOINT"


def provider(environ: Mapping[str, str]) -> "TracerProvider | None":
    """Return where spans go, by the environment; None if nobody wants them. Raise SettingsError if
    the packages are missing."""
    if not environ.get(WANTED):
        return None
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk import resources, trace
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        sentence = f"{WANTED} needs `pip install 'answerable[telemetry]'`: install it, or unset it."
        raise SettingsError([sentence]) from None
    ours = {"service.name": "answerable", "service.version": version("answerable")}
    given = resources.OTELResourceDetector().detect()
    made = trace.TracerProvider(resource=resources.Resource(ours).merge(given))
    made.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return made


def requests(app: "WSGIApplication", spans: "TracerProvider") -> "WSGIApplication":
    """Return the application with a span for each request, below the one of `traceparent`."""
    from opentelemetry.trace import SpanKind, StatusCode
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    tracer = spans.get_tracer(__name__)
    propagator = TraceContextTextMapPropagator()

    def called(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        method = environ["REQUEST_METHOD"]
        given = {name: environ.get(f"HTTP_{name.upper()}", "") for name in propagator.fields}
        above = propagator.extract(given)
        with tracer.start_as_current_span(
            method, above, SpanKind.SERVER, record_exception=False, set_status_on_exception=False
        ) as span:

            def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
                about = environ.get(ABOUT, {})
                route = about.get("route", "none")
                span.update_name(f"{method} {route}")
                span.set_attribute("http.request.method", method)
                span.set_attribute("http.route", route)
                span.set_attribute("http.response.status_code", int(status[:3]))
                span.set_attribute("answerable.request", about.get("request", ""))
                if status >= "500":
                    span.set_status(StatusCode.ERROR)
                return start_response(status, headers, exc_info)

            return app(environ, start)

    return called


def cursors(spans: "TracerProvider | None") -> type[Cursor[Any]]:
    """Return the class of cursors of a pool: one with a span for each statement of a request."""
    if spans is None:
        return Cursor
    from opentelemetry.trace import SpanKind, StatusCode, get_current_span

    tracer = spans.get_tracer(__name__)

    class Traced(Cursor[Any]):
        """A cursor whose statements are spans below that of their request."""

        def execute(self, query: Any, *given: Any, **named: Any) -> Self:
            """Execute a statement. A composed one can hold values, and is named alone."""
            if not get_current_span().is_recording():
                return super().execute(query, *given, **named)
            said = " ".join(query.split()) if isinstance(query, str) else ""
            name = said.partition(" ")[0].upper() or "statement"
            with tracer.start_as_current_span(
                name, kind=SpanKind.CLIENT, record_exception=False, set_status_on_exception=False
            ) as span:
                span.set_attribute("db.system.name", "postgresql")
                if said:
                    span.set_attribute("db.query.text", said)
                try:
                    return super().execute(query, *given, **named)
                except BaseException:
                    span.set_status(StatusCode.ERROR)
                    raise

    return Traced
