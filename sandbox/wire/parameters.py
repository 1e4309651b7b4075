"""A layer's parameters when grading: a pure function of a key and the parameter's name.

Two layers of one kind and shape get the same numbers, so nothing depends on attribute names, on the order
of construction or on layers that are never used. The host draws them from the course secret and lays them
down as a *parameter bank*; the container has the bank and never the secret. Names that the bank lacks belong
to layers that no reference, right or wrong variant has: they are drawn from a public key, for an answer that
uses them can't be right.

A bank must not tell the architecture to who looks at it. It is one file of numbers, and an index by keyed
digests of names, in which the place of an entry is covered by what only its name gives. So a layer's numbers
are found by who asks for that layer, and there is no list of layers, names, shapes or sizes. (That a guess can be
tried is in the nature of it: to make a layer and look whether it has a parameter of its own is a guess too.)
"""

from __future__ import annotations  # names and specs are needed where NumPy is not loaded yet

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PUBLIC_KEY = b"goldgrade: not in the bank"
NUMBERS_FILE, INDEX_FILE = "numbers", "index"  # in a bank's folder
KEY_BYTES = TAG_BYTES = 16
ENTRY_BYTES = TAG_BYTES + 8
FEWEST_ENTRIES = 256  # an index is filled up to a power of two with entries that nobody finds
PAGE = 4096  # where a parameter begins, so that pages are shared
CHUNK = 1 << 20  # numbers drawn at a time; an even number, so that the pieces make up one stream


class ParameterName(NamedTuple):
    """Which numbers: ``Conv2d(3, 96, 11).weight`` of the first (0), second (1), ... such layer."""

    kind: str
    configuration: tuple[int, ...]
    parameter: str
    occurrence: int = 0

    @property
    def text(self) -> str:
        """What its numbers are drawn by. The ending is from a time in which each was a file."""
        numbers = "-".join(str(number) for number in self.configuration)
        return f"{self.kind}-{numbers}.{self.parameter}.{self.occurrence}.npy"


class ParameterSpec(NamedTuple):
    """A name with what it takes to draw its numbers: uniform float32 in [low, high)."""

    name: ParameterName
    shape: tuple[int, ...]
    low: float
    high: float


def draw(key: bytes, spec: ParameterSpec) -> NDArray[np.float32]:
    """The numbers of one parameter.

    They come from the raw stream of a counter-based generator (Philox, Salmon et al. 2011), which NumPy
    promises never to change, unlike the methods of ``numpy.random.Generator``.
    """
    import hashlib  # here, for OpenSSL comes with it, and few programs need a number that is not in the bank

    import numpy as np

    digest = hashlib.sha256(key + b"\0" + spec.name.text.encode()).digest()
    numbers = np.empty(int(np.prod(spec.shape, dtype=np.int64)), dtype=np.float32)
    generator = np.random.Philox(key=int.from_bytes(digest[:16], "little"))
    for start in range(0, numbers.size, CHUNK):  # in pieces: AlexNet's largest matrix is 150 MB
        part = numbers[start : start + CHUNK]
        raw = generator.random_raw((part.size + 1) // 2)
        part[:] = raw.astype("<u8", copy=False).view("<u4")[: part.size] >> np.uint32(8)
    numbers *= np.float32((spec.high - spec.low) * 2.0**-24)
    numbers += np.float32(spec.low)
    return numbers.reshape(spec.shape)


def write_bank(folder: Path, specs: Sequence[ParameterSpec], key: bytes) -> None:
    """Lay the numbers of these parameters down in a folder."""
    import hashlib

    index_key = hashlib.blake2b(b"index", key=key[:64], digest_size=KEY_BYTES).digest()
    entries = []
    with open(folder / NUMBERS_FILE, "wb") as file:
        for spec in specs:
            file.write(bytes(-file.tell() % PAGE))
            tag, cover = _entry(index_key, spec)
            entries.append(tag + (file.tell() ^ cover).to_bytes(8, "little"))
            file.write(draw(key, spec).tobytes())
    most = max(FEWEST_ENTRIES, 1 << (len(entries) - 1).bit_length())
    for number in range(len(entries), most):
        entries.append(hashlib.blake2b(b"%d" % number, key=key[:64], digest_size=ENTRY_BYTES).digest())
    (folder / INDEX_FILE).write_bytes(index_key + b"".join(sorted(entries)))


def _entry(index_key: bytes, spec: ParameterSpec) -> tuple[bytes, int]:
    """By what the index knows a parameter, and what covers its place."""
    import hashlib

    name = f"{spec.name.text} {spec.shape}".encode()
    digest = hashlib.blake2b(name, key=index_key, digest_size=ENTRY_BYTES).digest()
    return digest[:TAG_BYTES], int.from_bytes(digest[TAG_BYTES:], "little")


class ParameterSource:
    """Where a run's layers get their parameters: from the bank where it has them, else drawn from a key."""

    def __init__(self, *, bank: Path | None, key: bytes = PUBLIC_KEY) -> None:
        self._bank = bank
        self._key = key
        self._index: tuple[bytes, Mapping[bytes, bytes]] | None = None  # its key, and the covered places
        self.asked: set[ParameterSpec] = set()

    @property
    def bank_bytes(self) -> int:
        """The size of all that the bank can map."""
        if self._bank is None or not self._bank.is_dir():
            return 0
        return sum(file.stat().st_size for file in self._bank.iterdir())

    def array(self, spec: ParameterSpec) -> NDArray[np.float32]:
        """The numbers of one parameter; writing to them changes nobody else's."""
        self.asked.add(spec)
        place = self._place(spec)
        if self._bank is None or place is None or 0 in spec.shape:  # nothing is no map
            return draw(self._key, spec)
        import numpy as np

        # Copy on write: all containers share the pages, and a student may still assign to them.
        mapped = np.memmap(self._bank / NUMBERS_FILE, np.dtype("<f4"), mode="c", offset=place, shape=spec.shape)
        return mapped.view(np.ndarray)

    def _place(self, spec: ParameterSpec) -> int | None:
        """Where the bank has it."""
        if self._index is None:
            self._index = self._read_index()
        index_key, covered = self._index
        if not covered:
            return None
        tag, cover = _entry(index_key, spec)
        found = covered.get(tag)
        return None if found is None else int.from_bytes(found, "little") ^ cover

    def _read_index(self) -> tuple[bytes, Mapping[bytes, bytes]]:
        if self._bank is None or not (self._bank / INDEX_FILE).is_file():
            return b"", {}
        content = (self._bank / INDEX_FILE).read_bytes()
        starts = range(KEY_BYTES, len(content), ENTRY_BYTES)
        return content[:KEY_BYTES], {
            content[start : start + TAG_BYTES]: content[start + TAG_BYTES : start + ENTRY_BYTES] for start in starts
        }
