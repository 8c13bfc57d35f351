"""A server on a real socket that records requests and sends scripted responses. It knows HTTP, but
not the API."""

from __future__ import annotations

import json
import socket
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

KEY = "test-key"


@dataclass
class Request:
    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(self.target.partition("?")[2]))

    def json(self) -> Any:
        return json.loads(self.body)

    def parts(self) -> list[tuple[dict[str, str], bytes]]:
        boundary = b"--" + self.headers["content-type"].partition("boundary=")[2].encode()
        parts = []
        for part in self.body.split(boundary)[1:-1]:
            head, _, content = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
            parts.append((_headers(head.decode().split("\r\n")), content.removesuffix(b"\r\n")))
        return parts


@dataclass
class Reply:
    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    close: bool = False
    delay: float = 0
    drip: float = 0

    @classmethod
    def json(cls, body: Any, status: int = 200, **headers: str) -> Reply:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return cls(status, json.dumps(body).encode(), {"content-type": "application/json", **named})

    @classmethod
    def ok(cls, data: Any) -> Reply:
        return cls.json({"status": True, "data": data})


class Server:
    """Answers with the script's replies in turn; the last one repeats."""

    def __init__(self, *script: Reply) -> None:
        self.script = list(script)
        self.requests: list[Request] = []
        self.abandoned = 0
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.base_url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/api"
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        # A thread that is about to accept on a closed descriptor would accept for whoever is given
        # the same number next.
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
            self._accepting.join(1)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as stream:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while request := _read(stream):
                self.requests.append(request)
                reply = self.script.pop(0) if len(self.script) > 1 else self.script[0]
                if reply.close:
                    return
                try:
                    self._answer(connection, reply)
                except OSError:
                    self.abandoned += 1
                    return

    def _answer(self, connection: socket.socket, reply: Reply) -> None:
        end = time.monotonic() + reply.delay
        connection.settimeout(0.01)
        while time.monotonic() < end:
            try:
                if connection.recv(1) == b"":
                    raise ConnectionAbortedError
            except TimeoutError:
                continue
        connection.settimeout(None)
        lines = [f"HTTP/1.1 {reply.status} Status", f"content-length: {len(reply.body)}"]
        lines += [f"{name}: {value}" for name, value in reply.headers.items()]
        whole = "\r\n".join([*lines, "", ""]).encode() + reply.body
        if not reply.drip:
            connection.sendall(whole)
        for byte in whole if reply.drip else b"":
            connection.sendall(bytes([byte]))
            time.sleep(reply.drip)


def _read(stream: Any) -> Request | None:
    try:
        line = stream.readline().decode().strip()
        if not line:
            return None
        lines = []
        while text := stream.readline().decode().removesuffix("\r\n"):
            lines.append(text)
        headers = _headers(lines)
        if headers.get("transfer-encoding") == "chunked":
            body = b""
            while size := int(stream.readline(), 16):
                body += stream.read(size)
                stream.readline()
            stream.readline()
        else:
            body = stream.read(int(headers.get("content-length", 0)))
    except OSError:
        return None
    method, target, _ = line.split(" ")
    return Request(method, target, headers, body)


def _headers(lines: list[str]) -> dict[str, str]:
    pairs = (line.partition(":") for line in lines)
    # Blanks and tabs around a value are none of it; other white space may be.
    return {name.lower(): value.strip(" \t") for name, _, value in pairs}
