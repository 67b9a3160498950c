"""The manifests: their sources, and what comes of them.

Kustomize makes one from the other, and it comes with kubectl, which not everybody has. So what it
makes of each overlay is kept in `rendered/`, with the digest of the sources it was made from:
whatever is tested of it is tested everywhere. `python -m tests.deploy.kube_files` makes it anew.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

_HERE = Path(__file__).parent
ROOT = _HERE.parents[1]
SOURCES = ROOT / "deploy" / "kubernetes"
#: name of what is rendered -> where its kustomization is
RENDERED = {
    "local": SOURCES / "overlays" / "local",
    "production": SOURCES / "overlays" / "production",
    "everything": _HERE / "everything",
}
KUBECTL = shutil.which("kubectl")
#: One object of Kubernetes's, as YAML has it.
Document = dict[str, Any]


def documents(text: str) -> list[Document]:
    """The documents of a YAML text. A key that is there twice is a mistake."""
    return [one for one in YAML(typ="safe", pure=True).load_all(text) if one]


@cache
def kept(name: str) -> list[Document]:
    """What Kustomize made of an overlay. Whoever asks changes nothing in it."""
    return documents(_file(name).read_text(encoding="utf-8"))


def kustomizations() -> list[Path]:
    """Every kustomization there is, tests' own among them."""
    return sorted([*SOURCES.rglob("kustomization.yaml"), *_HERE.rglob("kustomization.yaml")])


def one(found: Iterable[Document], kind: str, name: str) -> Document:
    """The only document of this kind and name; a generated name may have a hash behind it."""
    (document,) = [each for each in of_kind(found, kind) if _is_called(each, name)]
    return document


def of_kind(found: Iterable[Document], kind: str) -> list[Document]:
    """The documents of a kind."""
    return [each for each in found if each["kind"] == kind]


def pod_of(document: Document) -> Document:
    """The pod that a Deployment or a StatefulSet makes."""
    pod: Document = document["spec"]["template"]
    return pod


def pods(found: Iterable[Document]) -> Iterator[tuple[str, Document]]:
    """The name of each workload, and its pod."""
    for each in found:
        if "template" in each.get("spec", {}):
            yield each["metadata"]["name"], pod_of(each)


def containers(pod: Document) -> list[Document]:
    """A pod's containers, those that come before the others among them."""
    return [*pod["spec"].get("initContainers", ()), *pod["spec"]["containers"]]


def digest() -> str:
    """Of every file that is rendered from."""
    hashed = hashlib.sha256()
    files = [path for path in SOURCES.rglob("*") if path.is_file() and path.suffix != ".md"]
    for path in sorted([*files, _HERE / "everything" / "kustomization.yaml"]):
        content = path.read_bytes()
        hashed.update(f"{path.relative_to(ROOT)} {len(content)}\n".encode() + content)
    return hashed.hexdigest()


def kept_digest(name: str) -> str:
    """Of the files that were rendered from."""
    return _file(name).read_text(encoding="utf-8").split("\n", 1)[0].split()[-1]


def render(folder: Path) -> str:
    """What Kustomize makes of a folder, now. Needs kubectl."""
    assert KUBECTL
    command = [KUBECTL, "kustomize", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert not done.stderr, done.stderr
    return done.stdout


def _file(name: str) -> Path:
    return _HERE / "rendered" / f"{name}.yaml"


def _is_called(document: Document, name: str) -> bool:
    told = str(document["metadata"]["name"])
    hashed = document["kind"] == "ConfigMap" and told.rpartition("-")[0] == name
    return told == name or (hashed and len(told.rpartition("-")[2]) == 10)


def main(names: Sequence[str]) -> None:
    """Render these, or all of them, and keep that."""
    for name in names or RENDERED:
        about = f"# Made by `python -m tests.deploy.kube_files` from sources {digest()}\n"
        _file(name).write_text(about + render(RENDERED[name]), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
