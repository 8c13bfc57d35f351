"""OpenTelemetry: spans and metrics of attempts, with the exporters in memory that its SDK has."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, Span, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode
from server import KEY, Reply, Server

from callfluent import APIConnectionError, AsyncCallFluent, CallFluent, NotFoundError
from callfluent._callfluent import operations
from callfluent.sandbox import Sandbox
from callfluent.telemetry import OpenTelemetry

OPERATIONS = {*operations(), "agents.get_many", "calls.wait", "request"}


class Collected:
    """Exported spans and metrics."""

    def __init__(self) -> None:
        self.exporter = InMemorySpanExporter()
        self.reader = InMemoryMetricReader()
        self.tracers = TracerProvider()
        self.tracers.add_span_processor(SimpleSpanProcessor(self.exporter))
        self.hooks = OpenTelemetry(
            tracer_provider=self.tracers, meter_provider=MeterProvider(metric_readers=[self.reader])
        )

    def attempts(self) -> list[ReadableSpan]:
        return [span for span in self.exporter.get_finished_spans() if span.kind is SpanKind.CLIENT]

    def operations(self) -> list[ReadableSpan]:
        return [span for span in self.exporter.get_finished_spans() if span.name in OPERATIONS]

    def text(self) -> str:
        spans = "".join(span.to_json() for span in self.exporter.get_finished_spans())
        data = self.reader.get_metrics_data()
        return spans + ("" if data is None else data.to_json())


def attributes(span: ReadableSpan) -> Mapping[str, Any]:
    assert span.attributes is not None
    return span.attributes


def test_each_attempt_is_a_client_span() -> None:
    collected = Collected()
    with Sandbox(demo=True) as sandbox:
        sandbox.respond(status=503)
        sandbox.respond(disconnect="before_response")
        with sandbox.client(hooks=[collected.hooks]) as client:
            with collected.tracers.get_tracer("test").start_as_current_span("parent") as parent:
                client.agents.get(1001, request_id="lead-42")
        port = int(sandbox.base_url.rpartition(":")[2].partition("/")[0])
        traceparents = [entry["headers"]["traceparent"] for entry in sandbox.journal()]
    spans = collected.attempts()
    (operation,) = collected.operations()
    assert operation.parent is not None
    assert operation.parent.span_id == parent.get_span_context().span_id
    assert [span.name for span in spans] == ["GET /api/agent/get-one/{agentId}"] * 3
    for span, traceparent in zip(spans, traceparents, strict=True):
        assert span.parent is not None
        assert span.parent.span_id == operation.context.span_id
        assert format(span.context.span_id, "016x") in traceparent
        shared = attributes(span)
        assert shared["http.request.method"] == "GET"
        assert shared["url.full"] == f"{sandbox.base_url}/agent/get-one/1001"
        assert shared["url.template"] == "/api/agent/get-one/{agentId}"
        assert (shared["server.address"], shared["server.port"]) == ("127.0.0.1", port)
        assert shared["callfluent.operation"] == "agents.get"
        assert shared["callfluent.client_request_id"] == "lead-42"
    assert [attributes(span).get("http.request.resend_count") for span in spans] == [None, 1, 2]
    assert [attributes(span).get("http.response.status_code") for span in spans] == [503, None, 200]
    assert [attributes(span).get("error.type") for span in spans] == ["503", "APIConnectionError", None]
    assert [span.status.status_code for span in spans] == [StatusCode.ERROR, StatusCode.ERROR, StatusCode.UNSET]


def test_async_requests_at_once_keep_their_parents() -> None:
    collected = Collected()
    tracer = collected.tracers.get_tracer("test")

    async def one(client: AsyncCallFluent, number: int) -> None:
        with tracer.start_as_current_span(f"parent {number}"):
            await client.request("GET", f"/agent/get-one/{1001 + number}")

    async def run(sandbox: Sandbox) -> None:
        async with sandbox.async_client(hooks=[collected.hooks]) as client:
            await asyncio.gather(*(one(client, number) for number in range(3)))

    with Sandbox(demo=True) as sandbox:
        asyncio.run(run(sandbox))
    spans = {span.context.span_id: span for span in collected.exporter.get_finished_spans()}
    assert len(collected.attempts()) == 3
    for span in collected.attempts():
        assert span.parent is not None
        assert span.name == "GET", "a request by path has no template"
        operation = spans[span.parent.span_id]
        assert operation.name == "request" and operation.parent is not None
        number = int(str(attributes(span)["url.full"])[-1]) - 1
        assert spans[operation.parent.span_id].name == f"parent {number}"


def test_each_operation_is_a_span() -> None:
    collected = Collected()
    with Sandbox(demo=True) as sandbox, sandbox.client(hooks=[collected.hooks]) as client:
        client.with_options(timeout=30).agents.patch(1001, tone="Warm")
        patch = len(sandbox.journal())
        pages = sum(1 for _ in client.calls.list(1002).pages())
        client.with_raw_response.agents.get_public(1002)
        with pytest.raises(NotFoundError):
            client.agents.get(9999)
        client.agents.get_many([1001, 1002])
        client.as_curl.agents.get(7)
    spans = collected.operations()
    names = ["agents.patch", *["calls.list"] * (pages + 1), "agents.get_public", "agents.get", "agents.get_many"]
    assert [span.name for span in spans] == names
    assert {span.kind for span in spans} == {SpanKind.INTERNAL}
    assert {span.parent for span in spans} == {None}
    errors = {span.name: attributes(span).get("error.type") for span in spans}
    assert {name for name, error in errors.items() if error} == {"agents.get"}
    assert errors["agents.get"] == "NotFoundError"
    assert [span.name for span in spans if span.status.status_code is StatusCode.ERROR] == ["agents.get"]
    children = Counter(span.parent.span_id for span in collected.attempts() if span.parent)
    attempts = {span.name: children[span.context.span_id] for span in spans}
    assert attempts == {
        "agents.patch": patch,
        "calls.list": 1,
        "agents.get_public": 1,
        "agents.get": 1,
        "agents.get_many": 2,
    }
    assert "agents.get_public" in [attributes(span)["callfluent.operation"] for span in spans]


def test_each_async_operation_is_a_span() -> None:
    collected = Collected()

    async def run(sandbox: Sandbox) -> None:
        async with sandbox.async_client(hooks=[collected.hooks]) as client:
            await client.with_raw_response.agents.get(1001)
            await asyncio.gather(client.agents.get_many([1001, 1002]), client.agents.get(1003))
            async for _ in client.calls.list(1001):
                pass
        assert trace.get_current_span() is trace.INVALID_SPAN

    with Sandbox(demo=True) as sandbox:
        asyncio.run(run(sandbox))
        sent = len(sandbox.journal())
    spans = {span.context.span_id: span for span in collected.operations()}
    assert {span.name for span in spans.values()} == {"agents.get", "agents.get_many", "calls.list"}
    assert len(collected.attempts()) == sent
    for span in collected.attempts():
        assert span.parent is not None
        operation = spans[span.parent.span_id].name
        assert operation.removesuffix("_many") == attributes(span)["callfluent.operation"]


def test_a_wait_is_one_span() -> None:
    collected = Collected()
    with Sandbox(demo=True) as sandbox, sandbox.client(hooks=[collected.hooks]) as client:
        ended = client.calls.list(1002).items[0]
        client.calls.wait(1002, ended.id)
    (wait,) = [span for span in collected.operations() if span.name == "calls.wait"]
    assert wait.context.span_id in {span.parent.span_id for span in collected.attempts() if span.parent}


def test_durations_are_a_histogram() -> None:
    collected = Collected()
    with Sandbox(demo=True) as sandbox, sandbox.client(hooks=[collected.hooks]) as client:
        for _ in range(3):
            client.agents.get(1001)
    data = collected.reader.get_metrics_data()
    assert data is not None
    metric = data.resource_metrics[0].scope_metrics[0].metrics[0]
    assert (metric.name, metric.unit) == ("http.client.request.duration", "s")
    point: Any = metric.data.data_points[0]
    assert point.count == 3
    assert 0 < point.sum < 30
    assert point.attributes["http.response.status_code"] == 200
    assert "url.full" not in point.attributes


def test_nothing_contains_the_key_or_values_of_the_query() -> None:
    collected = Collected()
    reply = Reply.json({"status": True, "data": []}, x_request_id=KEY)
    with Server(reply) as server, CallFluent(KEY, base_url=server.base_url, hooks=[collected.hooks]) as client:
        client.request("POST", f"/x/{KEY}", {"body": "hidden"}, {"token": "hidden", "page": 2})
    assert len(collected.attempts()) == 1
    assert "page=2" in collected.text()
    assert KEY not in collected.text()
    assert "hidden" not in collected.text()


def test_a_span_ends_if_its_request_is_canceled() -> None:
    collected = Collected()

    async def run(server: Server) -> None:
        async with AsyncCallFluent(KEY, base_url=server.base_url, hooks=[collected.hooks]) as client:
            task = asyncio.create_task(client.agents.get(7))
            while not server.requests:
                await asyncio.sleep(0.01)
            task.cancel()
            await asyncio.wait([task])

    with Server(Reply(delay=60)) as server:
        asyncio.run(run(server))
    assert attributes(collected.attempts()[0])["error.type"] == "canceled"
    assert attributes(collected.operations()[0])["error.type"] == "CancelledError"


def test_the_context_is_not_sent_without_propagation() -> None:
    with Server(Reply.ok([])) as server:
        hooks = [OpenTelemetry(tracer_provider=TracerProvider(), propagate=False)]
        with CallFluent(KEY, base_url=server.base_url, hooks=hooks) as client:
            client.request("GET", "/x")
    assert "traceparent" not in server.requests[0].headers


def test_an_exporter_that_fails_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "unraisablehook", lambda _: None)
    collected = Collected()

    class Failing(SimpleSpanProcessor):
        def on_start(self, span: Span, parent_context: Context | None = None) -> None:
            raise APIConnectionError("the exporter failed")

        def on_end(self, span: ReadableSpan) -> None:
            raise APIConnectionError("the exporter failed")

    collected.tracers.add_span_processor(Failing(collected.exporter))
    with Sandbox(demo=True) as sandbox, sandbox.client(hooks=[collected.hooks]) as client:
        assert client.calls.start(1002, "+15551234567").id
        assert len(sandbox.journal()) == 1


def test_the_package_is_imported_by_the_module_only() -> None:
    program = """
import sys
from callfluent import CallFluent
CallFluent("test-key", hooks=[]).as_curl.agents.get(7)
assert not any(name.startswith("opentelemetry") for name in sys.modules), "imported"
sys.modules["opentelemetry"] = None
from callfluent.telemetry import OpenTelemetry
try:
    OpenTelemetry()
except ImportError as error:
    print(error)
"""
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "pip install opentelemetry-api" in run.stdout
