"""A layer's parameters when grading: a pure function of a key and the parameter's name.

Two layers of one kind and shape get the same numbers, so nothing depends on attribute names, on the order
of construction or on layers that are never used. The host draws them from the course secret and lays them
down as a *parameter bank*, one ``.npy`` a name; the container has the bank and never the secret. Names that
the bank lacks belong to layers that no reference, right or wrong variant has: they are drawn from a public
key, for an answer that uses them can't be right.
"""

from __future__ import annotations  # names and specs are needed where NumPy is not loaded yet

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PUBLIC_KEY = b"goldgrade: not in the bank"
CHUNK = 1 << 20  # numbers drawn at a time; an even number, so that the pieces make up one stream


class ParameterName(NamedTuple):
    """Which numbers: ``Conv2d(3, 96, 11).weight`` of the first (0), second (1), ... such layer."""

    kind: str
    configuration: tuple[int, ...]
    parameter: str
    occurrence: int = 0

    @property
    def file_name(self) -> str:
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

    digest = hashlib.sha256(key + b"\0" + spec.name.file_name.encode()).digest()
    numbers = np.empty(int(np.prod(spec.shape, dtype=np.int64)), dtype=np.float32)
    generator = np.random.Philox(key=int.from_bytes(digest[:16], "little"))
    for start in range(0, numbers.size, CHUNK):  # in pieces: AlexNet's largest matrix is 150 MB
        part = numbers[start : start + CHUNK]
        raw = generator.random_raw((part.size + 1) // 2)
        part[:] = raw.astype("<u8", copy=False).view("<u4")[: part.size] >> np.uint32(8)
    numbers *= np.float32((spec.high - spec.low) * 2.0**-24)
    numbers += np.float32(spec.low)
    return numbers.reshape(spec.shape)


class ParameterSource:
    """Where a run's layers get their parameters: from the bank where it has them, else drawn from a key."""

    def __init__(self, *, bank: Path | None, key: bytes = PUBLIC_KEY) -> None:
        self._bank = bank
        self._key = key
        self.asked: set[ParameterSpec] = set()

    @property
    def bank_bytes(self) -> int:
        """The size of all that the bank can map."""
        if self._bank is None or not self._bank.is_dir():
            return 0
        return sum(file.stat().st_size for file in self._bank.iterdir())

    def array(self, spec: ParameterSpec) -> NDArray[np.float32]:
        """The numbers of one parameter; writing to them changes nobody else's."""
        import numpy as np

        self.asked.add(spec)
        if self._bank is not None:
            path = self._bank / spec.name.file_name
            if path.is_file():
                # Copy on write: all containers share the pages, and a student may still assign to them.
                mapped: NDArray[np.float32] = np.load(path, mmap_mode="c", allow_pickle=False)
                if mapped.shape == spec.shape:
                    return mapped.view(np.ndarray)
        return draw(self._key, spec)
