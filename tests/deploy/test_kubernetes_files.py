"""The manifests as they lie there, without the tool that puts them together."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.deploy import kube_files, kube_schemas
from tests.deploy.kube_files import ROOT, SOURCES, Document, documents
from workers.actions import VOCABULARY
from workers.rules.load import load

NEWEST = kube_schemas.versions()[-1]
MADE = sorted(kube_files.kustomizations())
#: what a kustomization here may say, and the fields of each that name files or folders
FIELDS = {
    "apiVersion",
    "kind",
    "namespace",
    "resources",
    "components",
    "patches",
    "configMapGenerator",
    "images",
    "replicas",
}


def read(path: Path) -> Document:
    (document,) = documents(path.read_text(encoding="utf-8"))
    return document


def named(kustomization: Document) -> Iterator[str]:
    """Every file or folder that a kustomization names."""
    yield from kustomization.get("resources", ())
    yield from kustomization.get("components", ())
    yield from (patch["path"] for patch in kustomization.get("patches", ()))
    for generated in kustomization.get("configMapGenerator", ()):
        yield from (*generated.get("files", ()), *generated.get("envs", ()))


def names(path: Path) -> set[Path]:
    return {(path.parent / name).resolve() for name in named(read(path))}


def patches() -> Iterator[tuple[Path, Document, Any]]:
    """Where each patch is named, how, and what it says."""
    for made in MADE:
        for patch in read(made).get("patches", ()):
            (said,) = documents((made.parent / patch["path"]).read_text(encoding="utf-8"))
            yield made, patch, said


@cache
def plain() -> dict[Path, list[Document]]:
    """The objects of each file that is a resource of some kustomization."""
    found = {
        (made.parent / name).resolve() for made in MADE for name in read(made).get("resources", ())
    }
    files = sorted(path for path in found if path.is_file())
    return {path: documents(path.read_text(encoding="utf-8")) for path in files}


@pytest.mark.parametrize("made", MADE, ids=lambda path: str(path.parent.relative_to(ROOT)))
def test_what_a_kustomization_names_is_there(made: Path) -> None:
    missing = [str(path) for path in names(made) if not path.exists()]
    folders = [path for path in names(made) if path.is_dir()]

    assert set(read(made)) <= FIELDS
    assert missing == []
    assert [folder for folder in folders if not (folder / "kustomization.yaml").exists()] == []


def test_no_file_is_forgotten() -> None:
    used = {path.resolve() for path in MADE}.union(*map(names, MADE))
    there = {path.resolve() for path in SOURCES.rglob("*") if path.is_file()}

    assert sorted(there - used) == [SOURCES / "README.md"]


@pytest.mark.parametrize("path", plain(), ids=lambda path: str(path.relative_to(SOURCES)))
def test_each_file_is_valid_by_itself(path: Path) -> None:
    found = [kube_schemas.mistakes(one, NEWEST) for one in plain()[path]]

    assert found
    assert [mistake for each in found for mistake in each] == []


def test_each_patch_changes_something_that_is_there() -> None:
    there = {(one["kind"], one["metadata"]["name"]) for each in plain().values() for one in each}

    targets = []
    for _, patch, said in patches():
        of = patch.get("target") or {"kind": said["kind"], "name": said["metadata"]["name"]}
        targets.append((of["kind"], of["name"]))
    assert targets
    assert set(targets) <= there


def test_each_patch_has_fields_that_there_are() -> None:
    merged = [said for _, _, said in patches() if isinstance(said, dict)]
    steps = [step for _, _, said in patches() if isinstance(said, list) for step in said]

    assert merged
    assert [kube_schemas.mistakes(said, NEWEST, partial=True) for said in merged] == [[]]
    assert {frozenset(step) for step in steps} == {
        frozenset({"op", "path"}),
        frozenset({"op", "path", "value"}),
    }
    assert {step["op"] for step in steps} == {"add", "remove"}


def test_a_misspelt_field_is_a_mistake_wherever_it_is() -> None:
    misspelt = {
        "worker.yaml": ("failureThreshold", "failureTreshold"),
        "network.yaml": ("podSelector", "podselector"),
        "scaled-object.yaml": ("cooldownPeriod", "coolDownPeriod"),
        "service-monitor.yaml": ("scrapeTimeout", "scrapetimeout"),
    }
    found = {}
    for path in plain():
        if right_wrong := misspelt.get(path.name):
            (one, *_) = documents(path.read_text(encoding="utf-8").replace(*right_wrong))
            found[path.name] = "\n".join(kube_schemas.mistakes(one, NEWEST))

    assert set(found) == set(misspelt)
    assert [name for name, (_, wrong) in misspelt.items() if wrong not in found[name]] == []


def test_no_number_is_written_so_that_one_reader_takes_it_for_octal() -> None:
    told = [
        f"{path.relative_to(SOURCES)}: {line}"
        for path in SOURCES.rglob("*.yaml")
        for line in path.read_text(encoding="utf-8").splitlines()
        if re.search(r"[:-]\s+0\d", line)
    ]

    assert told == []


def test_no_secret_is_in_the_files() -> None:
    texts = [path.read_text(encoding="utf-8") for path in SOURCES.rglob("*") if path.is_file()]

    assert not [one for text in texts for one in re.findall(r"kind: Secret\b", text)]
    generators = [key for made in MADE for key in read(made) if key == "secretGenerator"]
    assert generators == []


@pytest.mark.parametrize(
    "folder", sorted(SOURCES.glob("overlays/*/rules*")), ids=lambda path: path.name
)
def test_the_rules_that_come_along_load_and_write_nothing(folder: Path) -> None:
    rules = load(folder, VOCABULARY)

    assert [rule.mode for rule in rules.rules] == ["shadow"]
