"""``python -m tools.bill_of_materials [--base-image NAME@sha256:…]``: what the sidecar's image holds, as CycloneDX.

Made from what the image is built from, so it knows what is pinned there: the libraries, with every hash that pip takes
for them, and the runtime's own files. It cannot know what the base image holds: its digest is given at build time (name
it with ``--base-image``), and its packages stand in the builder's own bill (``docker build --sbom=true``). Nor does it
know which of a library's wheels pip chose. The bill says so itself. The same input gives the same bytes.
"""

import argparse
import hashlib
import json
import re
import sys
import uuid
from pathlib import Path
from typing import Any, Final

GATEWAY: Final = Path(__file__).parent.parent / "constructs" / "pictory_egress" / "gateway"
_NAMESPACE: Final = uuid.UUID("6e0c1d0a-6a0e-5a57-9d7b-0d3b7f6c2a51")
_IMAGE: Final = re.compile(r"(?P<name>[^@\s]+)@sha256:(?P<digest>[0-9a-f]{64})")
_PINNED: Final = re.compile(r"([A-Za-z0-9._-]+)==([^\s;]+)")


def libraries(requirements: str) -> list[dict[str, Any]]:
    """A component for each pinned library."""
    found = []
    for block in re.split(r"\n(?=\S)", requirements):
        if not (match := _PINNED.match(block)):
            continue
        name, version = match[1].lower(), match[2]
        purl = f"pkg:pypi/{name}@{version}"
        hashes = sorted(re.findall(r"--hash=sha256:([0-9a-f]{64})", block))
        found.append(
            {
                "type": "library",
                "bom-ref": purl,
                "name": name,
                "version": version,
                "purl": purl,
                "properties": [
                    {"name": "pictory-egress:accepted-sha256", "value": value} for value in hashes
                ],
            }
        )
    return sorted(found, key=lambda component: str(component["bom-ref"]))


def runtime_files(runtime: Path) -> list[dict[str, Any]]:
    """A component for each file of the runtime's own."""
    return [
        {
            "type": "file",
            "bom-ref": f"file:runtime/{path.relative_to(runtime).as_posix()}",
            "name": f"/app/runtime/{path.relative_to(runtime).as_posix()}",
            "hashes": [{"alg": "SHA-256", "content": hashlib.sha256(path.read_bytes()).hexdigest()}],
        }
        for path in sorted(runtime.rglob("*.py"))
    ]


def base(image: str) -> dict[str, Any]:
    """The component of a base image.

    Raises
    ------
    ValueError
        ``image`` is not given by digest.
    """
    match = _IMAGE.fullmatch(image)
    if match is None:
        raise ValueError(f"--base-image {image!r} has no digest: give NAME@sha256:<64 hexadecimal digits>")
    return {
        "type": "container",
        "bom-ref": f"image:{image}",
        "name": match["name"],
        "hashes": [{"alg": "SHA-256", "content": match["digest"]}],
    }


def bill(*, gateway: Path = GATEWAY, base_image: str = "") -> dict[str, Any]:
    """The bill of materials, as CycloneDX 1.6 has it."""
    components = libraries((gateway / "requirements.txt").read_text(encoding="utf-8"))
    components += runtime_files(gateway / "runtime")
    unknown = ["which of the accepted wheels of a library pip chose", "packages of the base image"]
    if base_image:
        components.insert(0, base(base_image))
    else:
        unknown.insert(0, "the base image: its digest is given when the image is built")
    document: dict[str, Any] = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {"type": "container", "bom-ref": "image", "name": "pictory-egress-sidecar"},
            "properties": [{"name": "pictory-egress:not-known", "value": value} for value in unknown],
        },
        "components": components,
        "dependencies": [{"ref": "image", "dependsOn": [component["bom-ref"] for component in components]}],
        "compositions": [{"aggregate": "incomplete", "assemblies": ["image"]}],
    }
    content = json.dumps(document, sort_keys=True)
    return {**document, "serialNumber": uuid.uuid5(_NAMESPACE, content).urn}


def main(arguments: list[str]) -> int:
    """Prints the bill."""
    parser = argparse.ArgumentParser(prog="bill_of_materials", description="CycloneDX of the sidecar's image")
    parser.add_argument("--base-image", default="", metavar="NAME@sha256:…")
    given = parser.parse_args(arguments)
    try:
        print(json.dumps(bill(base_image=given.base_image), indent=2))
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
