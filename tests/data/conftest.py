"""A cache folder of our own, and a real web server on this machine that can misbehave."""

from __future__ import annotations

import hashlib
import io
import os
import socket
import struct
import tarfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from kit_utils.data import Resource, mnist, standin_folder, stl10, stl10_files

Behaviour = Callable[[BaseHTTPRequestHandler], None]


@pytest.fixture(scope="session")
def session_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def own_cache(session_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads or writes the user's own cache. The stand-in is made once for all tests."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(session_cache))
    monkeypatch.delenv("KIT_STANDIN", raising=False)


class Server:
    """Answers each path as it was told to, and 404 otherwise."""

    def __init__(self) -> None:
        self.behaviours: dict[str, Behaviour] = {}
        self.requests: list[str] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.requests.append(self.path)
                behaviour = outer.behaviours.get(self.path)
                if behaviour:
                    behaviour(self)
                else:
                    self.send_error(404)

            def log_message(self, format: str, *args: object) -> None:
                pass

        class QuietServer(ThreadingHTTPServer):
            def handle_error(self, request: object, client_address: object) -> None:
                pass  # clients that hang up are what we test

        self._http = QuietServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._http.server_port}"
        threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True).start()

    def put(self, path: str, behaviour: Behaviour) -> str:
        """Answer `path` with `behaviour` from now on; return the address."""
        self.behaviours[path] = behaviour
        return self.url + path

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


class Behaviours:
    """What a server may do with a request for `data`."""

    @staticmethod
    def whole(data: bytes) -> Behaviour:
        def answer(handler: BaseHTTPRequestHandler) -> None:
            handler.send_response(200)
            handler.send_header("Content-Length", str(len(data)))
            handler.end_headers()
            handler.wfile.write(data)

        return answer

    @staticmethod
    def without_length(data: bytes) -> Behaviour:
        def answer(handler: BaseHTTPRequestHandler) -> None:
            handler.send_response(200)
            handler.end_headers()
            handler.wfile.write(data)

        return answer

    @staticmethod
    def dropped(data: bytes, *, reset: bool) -> Behaviour:
        """Promise all, send half, hang up (politely or with a reset)."""

        def answer(handler: BaseHTTPRequestHandler) -> None:
            handler.send_response(200)
            handler.send_header("Content-Length", str(len(data)))
            handler.end_headers()
            handler.wfile.write(data[: len(data) // 2])
            handler.wfile.flush()
            if reset:
                linger = struct.pack("ii", 1, 0)
                handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                handler.connection.close()

        return answer

    @staticmethod
    def pausing(data: bytes, until: threading.Event) -> Behaviour:
        """Send half, then the rest once `until` is set."""

        def answer(handler: BaseHTTPRequestHandler) -> None:
            handler.send_response(200)
            handler.send_header("Content-Length", str(len(data)))
            handler.end_headers()
            handler.wfile.write(data[: len(data) // 2])
            handler.wfile.flush()
            until.wait(5)
            handler.wfile.write(data[len(data) // 2 :])

        return answer

    @staticmethod
    def not_http(data: bytes) -> Behaviour:
        return lambda handler: handler.wfile.write(b"\x00\x01 what\r\n" + data)

    @staticmethod
    def error(status: int) -> Behaviour:
        return lambda handler: handler.send_error(status)


@pytest.fixture
def behaviours() -> type[Behaviours]:
    return Behaviours


@dataclass
class Published:
    """The files of a data set, as on a mirror, and an empty data folder to download them into."""

    files: dict[str, bytes]
    folder: Path
    server: Server

    def put_into_folder(self, *names: str) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        for name in names or self.files:
            (self.folder / name).write_bytes(self.files[name])


@pytest.fixture(scope="session")
def mnist_files(session_cache: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The real MNIST where KIT_DATA has it, else the stand-in's files in its place."""
    real = Path(os.environ.get("KIT_DATA", "")) / "mnist"
    if os.environ.get("KIT_DATA") and (real / mnist.HIDDEN_LABELS.name).exists():
        folder = real
    else:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("XDG_CACHE_HOME", str(session_cache))
            folder = standin_folder()
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.gz"))}


@pytest.fixture(scope="session")
def is_real(mnist_files: dict[str, bytes]) -> bool:
    """Whether the tests have the real MNIST."""
    return len(mnist_files[mnist.TRAIN_IMAGES.name]) == mnist.TRAIN_IMAGES.size


@pytest.fixture
def published(
    mnist_files: dict[str, bytes],
    is_real: bool,
    server: Server,
    behaviours: type[Behaviours],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Published:
    """MNIST on a mirror on this machine; the loader's table of files points there."""

    def here(resource: Resource) -> Resource:
        data = mnist_files[resource.name]
        url = server.put(f"/{resource.name}", behaviours.whole(data))
        if is_real:  # size and checksum stay the published ones
            return replace(resource, urls=(url,))
        return Resource(resource.name, (url,), hashlib.md5(data).hexdigest(), len(data))

    monkeypatch.setattr(mnist, "STUDENT_FILES", tuple(map(here, mnist.STUDENT_FILES)))
    monkeypatch.setattr(mnist, "HIDDEN_LABELS", here(mnist.HIDDEN_LABELS))
    monkeypatch.setenv("KIT_DATA", str(tmp_path / "data"))
    return Published(mnist_files, tmp_path / "data" / "mnist", server)


@pytest.fixture(scope="session")
def stl10_data() -> dict[str, bytes]:
    """Files of STL-10 with 30 labelled, 40 unlabelled and 20 test images of noise."""
    random = np.random.default_rng(0)

    def labels(count: int) -> bytes:
        return (random.permutation(count) % 10 + 1).astype(np.uint8).tobytes()

    return {
        "train_X.bin": random.bytes(30 * stl10.IMAGE_BYTES),
        "train_y.bin": labels(30),
        "unlabeled_X.bin": random.bytes(40 * stl10.IMAGE_BYTES),
        "test_X.bin": random.bytes(20 * stl10.IMAGE_BYTES),
        "test_y.bin": labels(20),
        "class_names.txt": b"\n".join(b"class%d" % k for k in range(10)) + b"\n",
        "fold_indices.txt": b"0 1 2\n",  # which nobody needs
    }


@dataclass
class PublishedSTL10(Published):
    """An STL-10 of a few images on a server on this machine."""

    behaviours: type[Behaviours]
    monkeypatch: pytest.MonkeyPatch

    @staticmethod
    def archive(files: dict[str, bytes], *others: tarfile.TarInfo) -> bytes:
        """An archive as that of STL-10, after some other members."""
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w:gz", compresslevel=1) as archive:
            for member in others:
                archive.addfile(member, io.BytesIO(b"x" * member.size))
            for name, content in files.items():
                member = tarfile.TarInfo(f"stl10_binary/{name}")
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content))
        return buffer.getvalue()

    def publish(self, archive: bytes) -> None:
        """Put an archive on the server; its size and checksum are the published ones."""
        url = self.server.put("/stl10_binary.tar.gz", self.behaviours.whole(archive))
        md5 = hashlib.md5(archive).hexdigest()
        resource = replace(stl10_files.ARCHIVE, urls=(url,), md5=md5, size=len(archive))
        self.monkeypatch.setattr(stl10_files, "ARCHIVE", resource)

    def names(self) -> list[str]:
        """The files that are in the data folder."""
        return sorted(path.name for path in self.folder.iterdir())


@pytest.fixture
def published_stl10(
    stl10_data: dict[str, bytes],
    server: Server,
    behaviours: type[Behaviours],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> PublishedSTL10:
    """STL-10 on this machine; the tables of files know its sizes and checksums."""

    def here(resource: Resource) -> Resource:
        data = stl10_data[resource.name]
        return replace(resource, md5=hashlib.md5(data).hexdigest(), size=len(data))

    student = tuple(map(here, stl10_files.STUDENT_FILES))
    for module in (stl10_files, stl10):
        monkeypatch.setattr(module, "STUDENT_FILES", student)
    monkeypatch.setattr(stl10, "TRAIN_LABELS", here(stl10.TRAIN_LABELS))
    monkeypatch.setattr(stl10_files, "HIDDEN_LABELS", here(stl10_files.HIDDEN_LABELS))
    monkeypatch.setenv("KIT_DATA", str(tmp_path / "data"))
    folder = tmp_path / "data" / "stl10_binary"
    published = PublishedSTL10(stl10_data, folder, server, behaviours, monkeypatch)
    published.publish(published.archive(stl10_data))
    return published
