"""What the manifests say fits together: names, labels, ports, numbers."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.deploy import kube_files
from tests.deploy.kube_files import Document, containers, of_kind, one, pod_of, pods
from tests.deploy.kube_restricted import breaches
from webhooks.__main__ import options
from webhooks.settings import Settings
from workers.runtime import LONGEST_END_S

RENDERED = list(kube_files.RENDERED)
#: MiB of resident memory, measured under load: README.md, `make load`
MEASURED = {"edge": 57, "worker": 93}


def labels_of(pod: Document) -> dict[str, str]:
    labels: dict[str, str] = pod["metadata"]["labels"]
    return labels


def selected(found: list[Document], selector: dict[str, str]) -> list[str]:
    """The workloads whose pods have these labels."""
    return [name for name, pod in pods(found) if selector.items() <= labels_of(pod).items()]


def mebibytes(text: str) -> int:
    (number,) = re.findall(r"^(\d+)Mi$", text)
    return int(number)


@pytest.mark.parametrize("name", RENDERED)
def test_each_selector_finds_the_pods_it_is_for(name: str) -> None:
    found = kube_files.kept(name)
    workloads = [each for each in found if "template" in each.get("spec", {})]
    budgets = of_kind(found, "PodDisruptionBudget")

    for each in workloads:
        assert selected(found, each["spec"]["selector"]["matchLabels"]) == [
            each["metadata"]["name"]
        ]
        for spread in pod_of(each)["spec"].get("topologySpreadConstraints", ()):
            assert spread["labelSelector"] == each["spec"]["selector"]
    for budget in budgets:
        selector = budget["spec"]["selector"]["matchLabels"]
        assert selected(found, selector) == [budget["metadata"]["name"]]
        # One that allows no pod to go keeps a node from ever being emptied.
        assert budget["spec"]["maxUnavailable"] == 1
    assert [budget["metadata"]["name"] for budget in budgets] == [
        each["metadata"]["name"] for each in of_kind(found, "Deployment")
    ]


@pytest.mark.parametrize("name", RENDERED)
def test_each_service_leads_to_a_port_that_its_pods_have(name: str) -> None:
    found = kube_files.kept(name)

    for service in of_kind(found, "Service"):
        (workload,) = selected(found, service["spec"]["selector"])
        ports = [
            port["name"]
            for container in containers(dict(pods(found))[workload])
            for port in container.get("ports", ())
        ]
        assert [port["targetPort"] for port in service["spec"]["ports"]] == ports
    for ingress in of_kind(found, "Ingress"):
        (rule,) = ingress["spec"]["rules"]
        (path,) = rule["http"]["paths"]
        backend = path["backend"]["service"]
        service = one(found, "Service", backend["name"])
        assert backend["port"] in [{"name": port["name"]} for port in service["spec"]["ports"]]
        assert [each["hosts"] for each in ingress["spec"]["tls"]] == [[rule["host"]]]
    for monitor in of_kind(found, "ServiceMonitor"):
        wanted = monitor["spec"]["selector"]["matchLabels"].items()
        (service,) = (
            each
            for each in of_kind(found, "Service")
            if wanted <= each["metadata"]["labels"].items()
        )
        names = [port["name"] for port in service["spec"]["ports"]]
        assert [endpoint["port"] for endpoint in monitor["spec"]["endpoints"]] == names


@pytest.mark.parametrize("name", RENDERED)
def test_whatever_is_mounted_is_there_and_a_changed_rule_reaches_it(name: str) -> None:
    found = kube_files.kept(name)

    for _, pod in pods(found):
        volumes = {volume["name"]: volume for volume in pod["spec"].get("volumes", ())}
        mounts = [mount for each in containers(pod) for mount in each.get("volumeMounts", ())]
        claims = {"data"} if "redis" in labels_of(pod)["app.kubernetes.io/name"] else set()
        assert {mount["name"] for mount in mounts} == {*volumes, *claims}
        # One file of a volume, mounted by itself, is never brought up to date.
        assert not [mount for mount in mounts if "subPath" in mount]
        for volume in volumes.values():
            if told := volume.get("configMap"):
                assert one(found, "ConfigMap", told["name"])["metadata"]["name"] == told["name"]
                assert "immutable" not in one(found, "ConfigMap", told["name"])
            if told := volume.get("secret"):
                assert told["secretName"] == "hookwork"
                # To be read by the group that the pod's files belong to.
                assert told["defaultMode"] == 0o440
                assert pod["spec"]["securityContext"]["fsGroup"] == 10001


@pytest.mark.parametrize("name", RENDERED)
def test_whoever_scales_finds_its_target_and_nobody_says_otherwise(name: str) -> None:
    found = kube_files.kept(name)
    scalers = [*of_kind(found, "HorizontalPodAutoscaler"), *of_kind(found, "ScaledObject")]

    scaled = {each["spec"]["scaleTargetRef"]["name"] for each in scalers}
    assert scaled == (set() if name == "local" else {"hookwork-edge", "hookwork-worker"})
    for deployment in of_kind(found, "Deployment"):
        is_scaled = deployment["metadata"]["name"] in scaled
        assert ("replicas" in deployment["spec"]) is not is_scaled
        assert "cpu" in containers(pod_of(deployment))[-1]["resources"]["requests"]
        if deployment["metadata"]["name"] == "hookwork-edge" and not is_scaled:
            assert deployment["spec"]["replicas"] >= 2
    for scaler in of_kind(found, "HorizontalPodAutoscaler"):
        assert scaler["spec"]["minReplicas"] >= 2


@pytest.mark.parametrize("name", RENDERED)
def test_who_is_told_to_end_has_the_time_for_it(name: str, settings: Settings) -> None:
    found = kube_files.kept(name)
    takes = {
        "hookwork-edge": options(settings)["timeout_graceful_shutdown"],
        "hookwork-worker": LONGEST_END_S,
    }

    for deployment in of_kind(found, "Deployment"):
        pod = pod_of(deployment)["spec"]
        hook = containers(pod_of(deployment))[-1].get("lifecycle", {}).get("preStop", {})
        before = hook.get("sleep", {}).get("seconds", 0)
        spare = pod["terminationGracePeriodSeconds"] - before
        assert spare > takes[deployment["metadata"]["name"]] + 5
        # Proxies still send to an edge that ends.
        assert bool(before) is (deployment["metadata"]["name"] == "hookwork-edge")
        # The new ones first: who cannot start takes nobody away.
        assert deployment["spec"]["strategy"] == {
            "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}
        }


def question(probe: dict[str, Any]) -> str:
    return str({kind: probe[kind] for kind in ("httpGet", "exec", "tcpSocket") if kind in probe})


@pytest.mark.parametrize("name", RENDERED)
def test_each_probe_asks_its_own_question(name: str) -> None:
    for _, pod in pods(kube_files.kept(name)):
        (container,) = pod["spec"]["containers"]
        probes = [container[f"{kind}Probe"] for kind in ("startup", "readiness", "liveness")]
        startup, readiness, liveness = probes

        assert question(readiness) != question(liveness)
        # A start may take long; what lives is given some time as well before it is ended.
        assert startup["periodSeconds"] * startup["failureThreshold"] >= 60
        assert liveness["periodSeconds"] * liveness["failureThreshold"] >= 60
        # The edge waits 10 s for a Redis that restarts: nobody should say no before it.
        assert readiness["periodSeconds"] * readiness["failureThreshold"] >= 15


@pytest.mark.parametrize("name", RENDERED)
def test_memory_is_what_was_measured_and_some_to_spare(name: str) -> None:
    for _, pod in pods(kube_files.kept(name)):
        for container in containers(pod):
            asked, most = (container["resources"][kind] for kind in ("requests", "limits"))
            measured = MEASURED.get(container["name"], 0)
            assert 1.3 * measured <= mebibytes(asked["memory"]) < mebibytes(most["memory"])
            # Throttled, an edge would keep awork waiting.
            assert "cpu" not in most


@pytest.mark.parametrize("name", RENDERED)
def test_nobody_has_rights(name: str) -> None:
    found = kube_files.kept(name)
    account = one(found, "ServiceAccount", "hookwork")

    for workload, pod in pods(found):
        assert (workload, list(breaches(pod))) == (workload, [])
        assert pod["spec"]["automountServiceAccountToken"] is False
        assert pod["spec"]["serviceAccountName"] == "hookwork"
        # Variables of Kubernetes's own, like HOOKWORK_EDGE_PORT, are no settings of ours.
        assert pod["spec"]["enableServiceLinks"] is False
        assert all(isinstance(each["command"], list) for each in containers(pod))
        assert not [each for each in containers(pod) if each["command"][0].endswith("sh")]
    assert account["automountServiceAccountToken"] is False
    assert one(found, "Namespace", "hookwork")["metadata"]["labels"][
        "pod-security.kubernetes.io/enforce"
    ] == "restricted"  # fmt: skip
