"""The way to the real engine, on which answers and streams are broken in ways that no engine should, and some may."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from enum import Enum
from pathlib import Path

PIECE_HEADER = 8  # of the engine's own: stream number, three zeros, length
ARRAY = b"NUMPY"  # stands in a piece that carries numbers of an answer


class StreamFault(Enum):
    """What becomes of the piece with the first numbers, and of what follows it."""

    CUT = "cut"
    CORRUPT = "corrupt"
    OTHER_NUMBER = "other_number"  # one bit of one number
    LOST_PIECE = "lost_piece"
    PIECE_TWICE = "piece_twice"
    STALLED = "stalled"
    TOO_LARGE = "too_large"


class FaultyEngine:
    """A proxy with faults: of the next ``streams`` streams, and of each answer to a request that ``answers`` names."""

    def __init__(self, path: Path) -> None:
        self.fault = StreamFault.CUT
        self.streams = 0
        self.answers: dict[bytes, bytes] = {}  # by a part of the request's first line
        self._path = path
        self._sockets: list[socket.socket] = []

    @property
    def host(self) -> str:
        """For DOCKER_HOST."""
        return f"unix://{self._path}"

    def open(self) -> None:
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(self._path))
        listener.listen(64)
        self._sockets.append(listener)
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    def close(self) -> None:
        for each in self._sockets:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                near, _ = listener.accept()
            except OSError:
                return
            far = socket.socket(socket.AF_UNIX)
            far.connect("/var/run/docker.sock")
            self._sockets += [near, far]
            attached = threading.Event()
            threading.Thread(target=self._there, args=(near, far, attached), daemon=True).start()
            threading.Thread(target=self._back, args=(far, near, attached), daemon=True).start()

    def _there(self, near: socket.socket, far: socket.socket, attached: threading.Event) -> None:
        with contextlib.suppress(OSError):
            while data := near.recv(1 << 16):
                line = data.partition(b"\r\n")[0]
                if not attached.is_set() and line.endswith(b"HTTP/1.1"):
                    if b"/attach" in line and self.streams > 0:
                        self.streams -= 1
                        attached.set()
                    for part, answer in self.answers.items():
                        if part in line:
                            near.sendall(answer)
                            near.shutdown(socket.SHUT_RDWR)
                            return
                far.sendall(data)
            far.shutdown(socket.SHUT_WR)

    def _back(self, far: socket.socket, near: socket.socket, attached: threading.Event) -> None:
        with contextlib.suppress(OSError):
            head = b""
            while data := far.recv(1 << 16):
                if not attached.is_set():
                    near.sendall(data)
                    continue
                head += data
                if b"\r\n\r\n" in head:
                    answer, _, first = head.partition(b"\r\n\r\n")
                    near.sendall(answer + b"\r\n\r\n")
                    self._break(far, near, first)
                    return
            near.shutdown(socket.SHUT_WR)

    def _break(self, far: socket.socket, near: socket.socket, first: bytes) -> None:
        is_broken = False
        for piece in _pieces(far, first):
            if not is_broken and ARRAY not in piece:
                near.sendall(piece)
                continue
            match self.fault:
                case StreamFault.CUT:
                    break
                case StreamFault.STALLED:
                    pass
                case StreamFault.CORRUPT:
                    near.sendall(bytes(byte ^ 0x20 for byte in piece))
                case StreamFault.TOO_LARGE:
                    near.sendall(b"\1\0\0\0\xff\xff\xff\xff")
                case _ if is_broken:
                    near.sendall(piece)
                case StreamFault.OTHER_NUMBER:
                    at = piece.index(ARRAY) + 128  # behind the array's header
                    near.sendall(piece[:at] + bytes([piece[at] ^ 1]) + piece[at + 1 :])
                case StreamFault.LOST_PIECE:
                    pass
                case StreamFault.PIECE_TWICE:
                    near.sendall(piece + piece)
            is_broken = True
        for each in (near, far):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)


def _pieces(far: socket.socket, arrived: bytes) -> Iterator[bytes]:
    while True:
        while len(arrived) < PIECE_HEADER or len(arrived) < (end := _end(arrived)):
            data = far.recv(1 << 16)
            if not data:
                return
            arrived += data
        yield arrived[:end]
        arrived = arrived[end:]


def _end(arrived: bytes) -> int:
    return PIECE_HEADER + int.from_bytes(arrived[4:PIECE_HEADER], "big")


def answer(body: bytes, status: bytes = b"200 OK") -> bytes:
    """A whole answer of an engine."""
    head = b"HTTP/1.1 " + status + b"\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: "
    return head + str(len(body)).encode() + b"\r\n\r\n" + body


@contextlib.contextmanager
def a_faulty_engine(folder: Path) -> Iterator[FaultyEngine]:
    """One without faults yet."""
    engine = FaultyEngine(folder / "faulty.sock")
    engine.open()
    try:
        yield engine
    finally:
        engine.close()
