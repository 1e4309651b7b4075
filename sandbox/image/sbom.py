"""The bill of materials of the sandbox's image, as CycloneDX 1.6: a function of the image and of nothing else.

It has no time and no random number, so that two of the same image can be compared byte by byte.
"""

import hashlib
import json
import uuid
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from sandbox.image.inventory import Inventory, Package

FORMAT = {"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1}
# A random one, so that our numbers are nobody else's.
NAMESPACE = uuid.UUID("6f0f3c1e-2b0f-4a83-9d7e-5b1a3c3f9f60")


def bill_of_materials(
    inventory: Inventory, *, image_id: str, layers: Iterable[str], runner: Mapping[str, bytes]
) -> str:
    """The document as JSON. ``layers`` are digests; ``runner`` has our files by their place in the image."""
    image = {
        "type": "container",
        "bom-ref": "image",
        "name": "goldgrade-sandbox",
        "version": image_id,
        "hashes": [_sha256(image_id.removeprefix("sha256:"))],
        "properties": [
            {"name": "goldgrade:system", "value": f"{inventory.distribution} {inventory.release}"},
            {"name": "goldgrade:origin", "value": inventory.origin},
            *({"name": "goldgrade:layer", "value": layer} for layer in layers),
        ],
    }
    components = [
        *(_package(inventory, package) for package in inventory.packages),
        _python(inventory),
        *_numpy(inventory),
        *(_file(name, content) for name, content in sorted(runner.items())),
    ]
    refs = [str(component["bom-ref"]) for component in components]
    document = {
        **FORMAT,
        "serialNumber": "",
        "metadata": {"component": image},
        "components": components,
        "dependencies": [{"ref": "image", "dependsOn": refs}],
    }
    content = json.dumps(document, sort_keys=True)
    document["serialNumber"] = f"urn:uuid:{uuid.uuid5(NAMESPACE, content)}"
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _package(inventory: Inventory, package: Package) -> dict[str, Any]:
    place, version = f"{inventory.distribution}/{package.name}", quote(package.version, safe="")
    distribution = f"{inventory.distribution}-{inventory.release}"
    purl = f"pkg:deb/{place}@{version}?arch={package.architecture}&distro={distribution}"
    return {"type": "library", "bom-ref": purl, "name": package.name, "version": package.version, "purl": purl}


def _python(inventory: Inventory) -> dict[str, Any]:
    """CPython itself: of the packages above, or built by those who made the registry's image."""
    origin = "built by the registry's image" if inventory.of_no_package else "of the system's packages"
    return {
        "type": "platform",
        "bom-ref": "cpython",
        "name": "CPython",
        "version": inventory.python,
        "cpe": f"cpe:2.3:a:python:python:{inventory.python}:*:*:*:*:*:*:*",
        "properties": [{"name": "goldgrade:origin", "value": origin}],
    }


def _numpy(inventory: Inventory) -> Iterable[dict[str, Any]]:
    purl = f"pkg:pypi/numpy@{inventory.numpy}"
    yield {
        "type": "library",
        "bom-ref": purl,
        "name": "numpy",
        "version": inventory.numpy,
        "purl": f"{purl}?file_name={inventory.wheel}",
        "hashes": [_sha256(inventory.wheel_sha256)],
        "properties": [{"name": "goldgrade:file", "value": inventory.wheel}],
    }
    if inventory.openblas:
        yield {
            "type": "library",
            "bom-ref": "openblas",
            "name": "OpenBLAS",
            "version": inventory.openblas,
            "properties": [{"name": "goldgrade:origin", "value": f"in {inventory.wheel}"}],
        }


def _file(name: str, content: bytes) -> dict[str, Any]:
    hashes = [_sha256(hashlib.sha256(content).hexdigest())]
    return {"type": "file", "bom-ref": f"/{name}", "name": f"/{name}", "hashes": hashes}


def _sha256(digest: str) -> dict[str, str]:
    return {"alg": "SHA-256", "content": digest}
