"""What an image is made of, as its label says it: the facts that its bill of materials is written from."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Self

LABEL = "goldgrade.inventory"


@dataclass(frozen=True, kw_only=True)
class Package:
    """A package of the distribution from which files were taken."""

    name: str
    version: str
    architecture: str


@dataclass(frozen=True, kw_only=True)
class Inventory:
    """Everything in an image that is not a file of this repository."""

    distribution: str  # "debian"
    release: str  # "12"
    origin: str  # how the system came here: "packages", or a registry's image with its digest
    python: str  # the version
    packages: tuple[Package, ...]
    of_no_package: int  # how many files belong to none; those of a registry's Python
    numpy: str
    wheel: str  # the file's name
    wheel_sha256: str
    openblas: str

    def to_label(self) -> str:
        """As short JSON; the same inventory gives the same text."""
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_labels(cls, labels: Mapping[str, str]) -> Self | None:
        """The inventory of an image with these labels, or None where it has none."""
        if LABEL not in labels:
            return None
        found: dict[str, Any] = json.loads(labels[LABEL])
        return cls(**found | {"packages": tuple(Package(**package) for package in found["packages"])})

    def changes(self, later: Self) -> list[str]:
        """What another inventory has otherwise, one line each."""
        lines = []
        for field in fields(self):
            before, after = getattr(self, field.name), getattr(later, field.name)
            if field.name == "packages":
                before, after = ({package.name: package.version for package in side} for side in (before, after))
                names = sorted(name for name in before | after if before.get(name) != after.get(name))
                lines += [f"{name}: {before.get(name, 'none')}, now {after.get(name, 'none')}" for name in names]
            elif before != after:
                lines.append(f"{field.name}: {before}, now {after}")
        return lines
