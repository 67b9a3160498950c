"""A container of the manifests, run here: its command, its variables and what is mounted.

What a container has at its root is below a folder here, and whatever names such a path names that.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.deploy.kube_files import Document, containers, of_kind, one, pod_of


def project(folder: Path, files: Mapping[str, str], *, version: str) -> None:
    """Mount files as the kubelet does, or bring them up to date: a new folder, and a link to it
    that is moved in one step; what can be seen are links through that one."""
    fresh = folder / f"..{version}"
    fresh.mkdir(parents=True)
    for name, content in files.items():
        (fresh / name).parent.mkdir(parents=True, exist_ok=True)
        (fresh / name).write_text(content, encoding="utf-8")
    (folder / "..data_tmp").symlink_to(fresh.name)
    (folder / "..data_tmp").replace(folder / "..data")
    wanted = {Path(name).parts[0] for name in files}
    there = {path.name for path in folder.iterdir() if not path.name.startswith("..")}
    for name in wanted - there:
        (folder / name).symlink_to(Path("..data") / name)
    for name in there - wanted:
        (folder / name).unlink()


@dataclass(frozen=True)
class Container:
    """One container of a workload, with its root below a folder."""

    found: list[Document]
    workload: str
    name: str
    root: Path

    @property
    def spec(self) -> Document:
        """As the manifest has it."""
        (spec,) = (each for each in containers(self._pod) if each["name"] == self.name)
        return spec

    def mount(self, secrets: Mapping[str, str]) -> None:
        """Make everything that is mounted; secrets: what the Secret has."""
        volumes = {volume["name"]: volume for volume in self._pod["spec"]["volumes"]}
        for place in self.spec["volumeMounts"]:
            volume, folder = volumes[place["name"]], self.inside(place["mountPath"])
            if told := volume.get("configMap"):
                project(folder, one(self.found, "ConfigMap", told["name"])["data"], version="1")
            elif "secret" in volume:
                project(folder, secrets, version="1")
            else:
                folder.mkdir(parents=True)

    def environ(self, **others: str) -> dict[str, str]:
        """Its variables; others: some more, which go before them."""
        told: dict[str, str] = {}
        for source in self.spec.get("envFrom", ()):
            told |= one(self.found, "ConfigMap", source["configMapRef"]["name"])["data"]
        return {name: self._moved(value) for name, value in told.items()} | others

    def command(self, words: Sequence[str] | None = None) -> list[str]:
        """Its command, or another one that is run in it."""
        first, *rest = words or self.spec["command"]
        program = sys.executable if first == "python" else str(Path(sys.executable).parent / first)
        return [program, *map(self._moved, rest)]

    def run(self, words: Sequence[str], environ: Mapping[str, str]) -> tuple[int, str]:
        """What becomes of a command that is run in it: its exit code, and what it says."""
        done = subprocess.run(
            self.command(words),
            env={**os.environ, **environ},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    def inside(self, path: str) -> Path:
        """Where a path of the container's is here."""
        return self.root / path.removeprefix("/")

    @property
    def _pod(self) -> Document:
        workloads = [*of_kind(self.found, "Deployment"), *of_kind(self.found, "StatefulSet")]
        (workload,) = (each for each in workloads if each["metadata"]["name"] == self.workload)
        return pod_of(workload)

    def _moved(self, text: str) -> str:
        paths = [mount["mountPath"] for mount in self.spec["volumeMounts"]]
        return str(self.inside(text)) if text.startswith(tuple(paths)) else text
