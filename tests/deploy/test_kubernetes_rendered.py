"""What Kustomize makes of the manifests: the same as is kept, and let in by every Kubernetes."""

from __future__ import annotations

import pytest

from tests.deploy import kube_files, kube_schemas
from tests.deploy.kube_files import KUBECTL, RENDERED, SOURCES, Document, documents
from webhooks import VERSION

NO_KUBECTL = "there is no kubectl here: whether Kustomize makes what is kept was not looked at"


def by_name(found: list[Document]) -> dict[tuple[str, str], Document]:
    return {(one["kind"], one["metadata"]["name"]): one for one in found}


@pytest.mark.parametrize("name", RENDERED)
def test_what_is_kept_was_made_from_these_sources(name: str) -> None:
    assert kube_files.kept_digest(name) == kube_files.digest(), (
        "the manifests have changed; with kubectl: python -m tests.deploy.kube_files"
    )


@pytest.mark.skipif(KUBECTL is None, reason=NO_KUBECTL)
@pytest.mark.parametrize("name", RENDERED)
def test_kustomize_makes_what_is_kept(name: str) -> None:
    made = documents(kube_files.render(RENDERED[name]))

    assert by_name(made) == by_name(kube_files.kept(name))


@pytest.mark.skipif(KUBECTL is None, reason=NO_KUBECTL)
@pytest.mark.parametrize("overlay", sorted(path.name for path in SOURCES.glob("overlays/*")))
def test_every_overlay_is_rendered_without_a_warning(overlay: str) -> None:
    made = documents(kube_files.render(SOURCES / "overlays" / overlay))

    assert {"Deployment", "NetworkPolicy", "ConfigMap"} <= {one["kind"] for one in made}


@pytest.mark.parametrize("version", kube_schemas.versions())
def test_every_object_is_let_in(version: str) -> None:
    found = [
        f"{name}: {one['kind']} {one['metadata']['name']}: {mistake}"
        for name in RENDERED
        for one in kube_files.kept(name)
        for mistake in kube_schemas.mistakes(one, version)
    ]

    assert found == []


@pytest.mark.parametrize("name", RENDERED)
def test_everything_is_in_the_namespace(name: str) -> None:
    found = kube_files.kept(name)

    places = {(one["kind"], one["metadata"].get("namespace")) for one in found}
    assert {place for _, place in places - {("Namespace", None)}} == {"hookwork"}


@pytest.mark.parametrize("name", RENDERED)
def test_every_image_says_which_version_it_is_of(name: str) -> None:
    images = {
        container["image"]
        for _, pod in kube_files.pods(kube_files.kept(name))
        for container in kube_files.containers(pod)
    }

    ours = {image for image in images if image.split(":")[0].endswith("hookwork")}
    assert {image.split(":")[1] for image in ours} == {VERSION}
    assert len(ours) == 1
    assert not [image for image in images if image.endswith(":latest") or ":" not in image]
