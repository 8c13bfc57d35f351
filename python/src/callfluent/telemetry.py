"""OpenTelemetry: a span for each operation, with a client span for each attempt of its requests,
and the durations as a metric.

    from callfluent import CallFluent
    from callfluent.telemetry import OpenTelemetry

    client = CallFluent(hooks=[OpenTelemetry()])

The package `opentelemetry-api` must be installed. Names follow the semantic conventions for HTTP
clients: https://opentelemetry.io/docs/specs/semconv/http/
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ._callfluent import VERSION
from .argument_checks import invalid_value, kind_of
from .hooks import Attempt, Hooks

if TYPE_CHECKING:
    from collections.abc import Callable

    from opentelemetry.metrics import MeterProvider
    from opentelemetry.trace import TracerProvider

__all__ = ["OpenTelemetry"]

_SCHEMA = "https://opentelemetry.io/schemas/1.29.0"
# The boundaries that the semantic conventions ask for, in seconds.
_BOUNDARIES = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10)
_PORTS = {"http": 80, "https": 443}


class OpenTelemetry(Hooks):
    """Hooks that make spans and metrics.

    Each operation is a span of kind INTERNAL in the context of its caller. Its children are spans
    of kind CLIENT, one for each attempt of its requests. Their context goes to the server in the
    headers of the propagator, such as `traceparent`. Neither spans nor metrics contain the API key,
    headers, bodies, or values of the query except `page`.

    Args:
        tracer_provider: Provider of the tracer. Default: the global one.
        meter_provider: Provider of the meter. Default: the global one.
        propagate: Send the context of the span to the server. Default: true.

    Raises:
        ImportError: The package `opentelemetry-api` is not installed.
        InvalidRequestError: An argument has a wrong type.

    Example:
        >>> client = CallFluent(hooks=[OpenTelemetry()])
    """

    def __init__(
        self,
        *,
        tracer_provider: TracerProvider | None = None,
        meter_provider: MeterProvider | None = None,
        propagate: bool = True,
    ) -> None:
        try:
            from opentelemetry import context, metrics, trace
            from opentelemetry import propagate as propagation
        except ImportError as error:
            raise ImportError(
                "callfluent.telemetry: opentelemetry is not installed; run `pip install opentelemetry-api`"
            ) from error
        for name, provider, method in (
            ("tracer_provider", tracer_provider, "get_tracer"),
            ("meter_provider", meter_provider, "get_meter"),
        ):
            if provider is not None and not hasattr(provider, method):
                expected = f"expected a provider with the method {method}"
                raise invalid_value("OpenTelemetry", name, f"{expected}, got {kind_of(provider)}")
        if not isinstance(propagate, bool):
            raise invalid_value("OpenTelemetry", "propagate", f"expected True or False, got {kind_of(propagate)}")
        self._context = context
        self._trace = trace
        self._inject = propagation.inject if propagate else None
        self._tracer = trace.get_tracer("callfluent", VERSION, tracer_provider, _SCHEMA)
        meter = metrics.get_meter("callfluent", VERSION, meter_provider, _SCHEMA)
        options: dict[str, Any] = {"unit": "s", "description": "Duration of HTTP client requests."}
        try:
            self._duration = meter.create_histogram(
                "http.client.request.duration", **options, explicit_bucket_boundaries_advisory=_BOUNDARIES
            )
        except TypeError:
            # Versions before 1.30 take no boundaries.
            self._duration = meter.create_histogram("http.client.request.duration", **options)
        self._open: dict[Attempt, tuple[Any, dict[str, Any]]] = {}

    def _begin_operation(self, operation: str) -> Callable[[BaseException | None], None]:
        """Starts the span of an operation. Returns a function that ends it."""
        attributes = {"callfluent.operation": operation}
        span = self._tracer.start_span(operation, kind=self._trace.SpanKind.INTERNAL, attributes=attributes)
        token = self._context.attach(self._trace.set_span_in_context(span))

        def end(error: BaseException | None) -> None:
            self._context.detach(token)
            if error is not None:
                # The message of an error could contain what spans must not.
                span.set_attribute("error.type", type(error).__name__)
                span.set_status(self._trace.StatusCode.ERROR)
            span.end()

        return end

    def before_attempt(self, attempt: Attempt) -> None:
        """Starts the span of an attempt."""
        url = urlsplit(attempt.url)
        shared: dict[str, Any] = {
            "http.request.method": attempt.method,
            "server.address": url.hostname or "",
            "server.port": url.port or _PORTS.get(url.scheme, 0),
            "url.scheme": url.scheme,
        }
        name = attempt.method
        if attempt.url_template is not None:
            shared["url.template"] = attempt.url_template
            name = f"{name} {attempt.url_template}"
        attributes = {**shared, "url.full": attempt.url, "callfluent.operation": attempt.operation}
        if attempt.number > 1:
            attributes["http.request.resend_count"] = attempt.number - 1
        if attempt.client_request_id is not None:
            attributes["callfluent.client_request_id"] = attempt.client_request_id
        kind = self._trace.SpanKind.CLIENT
        span = self._tracer.start_span(name, kind=kind, attributes=attributes)
        self._open[attempt] = (span, shared)
        if self._inject is not None:
            self._inject(attempt.headers, self._trace.set_span_in_context(span))

    def after_attempt(self, attempt: Attempt) -> None:
        """Ends the span of an attempt, and records its duration."""
        opened = self._open.pop(attempt, None)
        if opened is None:
            return
        span, shared = opened
        status = attempt.status_code
        error = attempt.error or (str(status) if status is not None and status >= 400 else None)
        if status is not None:
            shared["http.response.status_code"] = status
            span.set_attribute("http.response.status_code", status)
        if error is not None:
            shared["error.type"] = error
            span.set_attribute("error.type", error)
            span.set_status(self._trace.StatusCode.ERROR)
        if attempt.request_id is not None:
            span.set_attribute("callfluent.request_id", attempt.request_id)
        span.end()
        self._duration.record(attempt.duration or 0.0, shared, self._trace.set_span_in_context(span))

    def __reduce__(self) -> tuple[Any, ...]:
        # A process that unpickles a client uses its own global providers.
        return (OpenTelemetry, ())
