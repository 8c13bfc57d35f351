"""Open files as uploads: files on disk are read while they are sent, all others before."""

from __future__ import annotations

import asyncio
import gzip
import io
import os
import sys
import tempfile
from collections import UserDict
from collections.abc import Iterator
from pathlib import Path
from types import MappingProxyType
from typing import IO, Any

import pytest
from processes import run
from server import KEY, Reply, Server

from callfluent import AsyncCallFluent, CallFluent, InvalidRequestError
from callfluent.sandbox import Sandbox

CONTENT = b"".join(b"%d\n" % number for number in range(100_000))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "prices.txt"
    path.write_bytes(CONTENT)
    return path


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(Reply.ok([])) as server:
        yield server


def uploaded(server: Server, file: Any) -> tuple[str, bytes]:
    """Returns the name and the content that the server receives for a file."""
    CallFluent(KEY, base_url=server.base_url).knowledge.upload_only(1, file)
    [(headers, content)] = server.requests[-1].parts()
    return headers["content-disposition"].partition('filename="')[2][:-1], content


@pytest.mark.parametrize("buffering", [-1, 0], ids=["buffered", "unbuffered"])
def test_an_open_file_is_sent_from_its_position(server: Server, path: Path, buffering: int) -> None:
    with open(path, "rb", buffering=buffering) as file:
        assert uploaded(server, file) == ("prices.txt", CONTENT)
        file.seek(1_000)
        file.read(10)
        assert uploaded(server, file) == ("prices.txt", CONTENT[1_010:])
        file.seek(0, os.SEEK_END)
        assert uploaded(server, file) == ("prices.txt", b"")
    with pytest.raises(ValueError, match="closed file"):
        uploaded(server, file)


def test_unflushed_data_of_a_temporary_file_is_sent(server: Server) -> None:
    makers: list[Any] = [tempfile.NamedTemporaryFile, tempfile.TemporaryFile, tempfile.SpooledTemporaryFile]
    for make in makers:
        with make() as file:
            file.write(b"not flushed")
            file.seek(4)
            assert uploaded(server, file)[1] == b"flushed", make


class Louder(io.FileIO):
    """A reader whose output differs from the content of its file."""

    def read(self, size: int | None = -1, /) -> bytes:
        return (super().read(size) or b"").upper()


def test_the_output_of_a_wrapping_reader_is_sent(server: Server, tmp_path: Path) -> None:
    packed = tmp_path / "packed.gz"
    packed.write_bytes(gzip.compress(CONTENT))
    plain = tmp_path / "plain.txt"
    plain.write_text("text ä", "utf-8")
    opened: list[tuple[IO[Any], bytes]] = [
        (gzip.open(packed), CONTENT),
        (io.BufferedReader(gzip.open(packed)), CONTENT),  # type: ignore[type-var,unused-ignore]
        (open(plain, encoding="utf-8"), "text ä".encode()),
        (Louder(plain), "TEXT ä".encode()),
        (io.BytesIO(b"memory"), b"memory"),
    ]
    for file, content in opened:
        with file:
            assert uploaded(server, ("a.txt", file)) == ("a.txt", content)


@pytest.mark.skipif(os.name != "posix", reason="pipes and /proc are those of Unix")
def test_files_without_a_length_are_read_to_their_end(server: Server) -> None:
    reading, writing = os.pipe()
    with open(reading, "rb") as pipe:
        with open(writing, "wb") as end:
            end.write(b"piped")
        assert uploaded(server, pipe) == ("file", b"piped")
    if os.path.exists("/proc/version"):
        with open("/proc/version", "rb") as file:
            content = file.read()
            file.seek(0)
            assert content and uploaded(server, file)[1] == content


def test_a_retry_sends_an_open_file_completely(path: Path) -> None:
    with Server(Reply.json({}, 429, retry_after="0"), Reply.ok([])) as server, open(path, "rb") as file:
        file.seek(7)
        uploaded(server, file)
        assert [request.parts()[0][1] for request in server.requests] == [CONTENT[7:]] * 2


def test_an_open_file_can_be_closed_during_the_upload(path: Path, server: Server) -> None:
    async def main() -> None:
        async with AsyncCallFluent(KEY, base_url=server.base_url, max_concurrency=1) as client:
            with open(path, "rb") as file:
                tasks = [asyncio.create_task(client.knowledge.upload_only(1, file)) for _ in range(5)]
                await asyncio.sleep(0)
            await asyncio.gather(*tasks)

    asyncio.run(main())
    assert [request.parts()[0][1] for request in server.requests] == [CONTENT] * 5
    before = len(os.listdir("/dev/fd")) if os.path.exists("/dev/fd") else 0
    asyncio.run(main())
    after = len(os.listdir("/dev/fd")) if os.path.exists("/dev/fd") else 0
    assert after <= before + 3, "the copies of the descriptor are closed, too"


@pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="memory is asked for as on Linux")
@pytest.mark.parametrize("given", ["open(path, 'rb')", "path", "('renamed.bin', pathlib.Path(path))"])
def test_a_large_file_is_not_held_in_memory(tmp_path: Path, given: str) -> None:
    size = 256 * 1024 * 1024
    path = tmp_path / "large.bin"
    with open(path, "wb") as file:
        file.truncate(size)
    with Sandbox(demo=True) as sandbox:
        done = run(
            """
            import os, pathlib
            from callfluent import CallFluent
            client = CallFluent()
            agent = client.agents.list(1)[0].id
            client.knowledge.upload_only(agent, [("small.txt", "warm-up")])
            def peak():
                with open("/proc/self/status") as status:
                    [line] = [line for line in status if line.startswith("VmHWM:")]
                return int(line.split()[1]) * 1024
            before = peak()
            path = os.environ["LARGE"]
            client.knowledge.upload_only(agent, [eval(os.environ["GIVEN"])])
            print(peak() - before)
            """,
            flags=(),
            CALLFLUENT_API_KEY=sandbox.api_key,
            CALLFLUENT_BASE_URL=sandbox.base_url,
            LARGE=str(path),
            GIVEN=given,
        )
        assert done.returncode == 0, done.stderr
        client = sandbox.client()
        files = client.agents.get(client.agents.list(1)[0].id).files
        assert files[-1].size == size
    grown = int(done.stdout)
    print(f"uploading {given} of 256 MiB: memory grew by {grown // 1024} KiB")
    assert grown < 16 * 1024 * 1024


@pytest.mark.skipif(os.name != "posix", reason="pipes are those of Unix")
def test_a_retry_sends_an_unseekable_file_completely(tmp_path: Path) -> None:
    packed = tmp_path / "packed.gz"
    packed.write_bytes(gzip.compress(CONTENT))
    limited = Reply.json({}, 429, retry_after="0")
    with Server(limited, limited, Reply.ok([])) as server, gzip.open(packed) as file:
        uploaded(server, ("a.txt", file))
        assert [request.parts()[0][1] for request in server.requests] == [CONTENT] * 3
    reading, writing = os.pipe()
    with open(writing, "wb") as end:
        end.write(b"piped")
    with Server(limited, Reply.ok([])) as server, open(reading, "rb") as pipe:
        uploaded(server, ("a.txt", pipe))
        assert [request.parts()[0][1] for request in server.requests] == [b"piped"] * 2


def test_files_can_be_a_mapping_of_names_to_content(server: Server, path: Path) -> None:
    files = {"a.txt": "text", "b.bin": b"bytes", "c.txt": path, "d.txt": io.BytesIO(b"memory")}
    for given in (files, MappingProxyType(files), UserDict(files)):
        files["d.txt"] = io.BytesIO(b"memory")
        CallFluent(KEY, base_url=server.base_url).knowledge.upload_only(1, given)
        sent = server.requests[-1].parts()
        assert [content for _, content in sent] == [b"text", b"bytes", CONTENT, b"memory"]
        names = [headers["content-disposition"].partition('filename="')[2][:-1] for headers, _ in sent]
        assert names == list(files)


WRONG_FILES: list[tuple[Any, str, str]] = [
    ([(Path("x"), b"content")], "files[0]", "the name (first part) must be a string, got a "),
    (
        ["a", ("x", None)],
        "files[1]",
        "the content (second part) must be bytes, a string, a path or an open file, got None",
    ),
    ([("x", b"", 5)], "files[0]", "the media type (third part) must be a string, got an int"),
    ([("x",)], "files[0]", "got 1 parts"),
    ({"x": 5}, "files[0]", "got an int"),
    ([5], "files[0]", "a file is a path, bytes, an open file, or a pair of name and content; got an int"),
    (5, "files", "expected a file or several, got an int"),
    (None, "files", "is required"),
]


@pytest.mark.parametrize(("files", "field", "reason"), WRONG_FILES, ids=[reason for _, _, reason in WRONG_FILES])
def test_an_invalid_file_is_reported_with_its_path(files: Any, field: str, reason: str) -> None:
    with CallFluent(KEY) as client, pytest.raises(InvalidRequestError) as raised:
        client.knowledge.upload_only(1, files)
    [(found, said)] = raised.value.field_errors
    assert found == field and reason in said


def test_an_ambiguous_tuple_of_strings_is_rejected() -> None:
    with Server(Reply.ok([])) as server, CallFluent(KEY, base_url=server.base_url) as client:
        with pytest.raises(InvalidRequestError, match="a list of paths, or a list of pairs"):
            client.knowledge.upload_only(1, ("prices.pdf", "hours.pdf"))
        assert server.requests == []


def test_concurrent_uploads_return_their_own_files() -> None:
    async def main(sandbox: Sandbox) -> list[list[str]]:
        async with sandbox.async_client() as client:
            uploads = (client.knowledge.upload(1001, {f"{number}.txt": "a", "b.txt": "b"}) for number in range(5))
            return [[file.name for file in files] for files in await asyncio.gather(*uploads)]

    with Sandbox(demo=True) as sandbox:
        assert asyncio.run(main(sandbox)) == [[f"{number}.txt", "b.txt"] for number in range(5)]


def test_a_list_of_files_that_fails_does_not_fail_the_upload() -> None:
    denied = Reply.json({"status": False, "msg": "no"}, 403)
    with Server(denied, Reply.ok([])) as server, CallFluent(KEY, base_url=server.base_url) as client:
        assert client.knowledge.upload(1, [("a.txt", "a")]) == []
        assert [request.method for request in server.requests] == ["GET", "PUT"]


@pytest.mark.parametrize("kind", ["Endless()", "unittest.mock.Mock()", "Nothing()", "('a.txt', Endless())"])
def test_a_reader_that_returns_no_content_is_rejected(kind: str) -> None:
    # In a process of its own: endless reading ended the process.
    code = f"""
        import unittest.mock
        from callfluent import CallFluent, InvalidRequestError

        class Endless:
            def read(self):
                return self

        class Nothing:
            def read(self):
                return None

        try:
            CallFluent("key", base_url="http://127.0.0.1:9/api").knowledge.upload(1, {kind})
        except InvalidRequestError as error:
            print(error)
    """
    done = run(code)
    assert done.returncode == 0, done.stderr
    assert "read() must return bytes or a string, got " in done.stdout


@pytest.mark.parametrize(
    "content",
    [b"bytes", "string", bytearray(b"array"), memoryview(b"view")],
    ids=lambda content: type(content).__name__,
)
def test_a_reader_can_return_any_content(server: Server, content: Any) -> None:
    class Reader:
        def read(self) -> Any:
            return content

    expected = content.encode() if isinstance(content, str) else bytes(content)
    assert uploaded(server, Reader())[1] == expected


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has these files")
@pytest.mark.parametrize("path", ["/proc/version", "/sys/kernel/mm/transparent_hugepage/enabled"])
def test_files_of_the_kernel_are_sent_with_their_content(server: Server, path: str) -> None:
    if not os.path.exists(path):
        pytest.skip("the kernel does not have this file")
    content = Path(path).read_bytes()
    assert uploaded(server, Path(path))[1] == content
    with open(path, "rb") as file:
        assert uploaded(server, file)[1] == content
