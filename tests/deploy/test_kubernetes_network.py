"""Who may talk to whom: what is needed, and nothing else. The ways are the test's own list."""

from __future__ import annotations

import pytest

from tests.deploy import kube_files
from tests.deploy.kube_network import End, is_open

NAME, PART = "app.kubernetes.io/name", "app.kubernetes.io/component"
#: by the labels that the pods have
EDGE, WORKER, REDIS = "hookwork-edge", "hookwork-worker", "hookwork-redis"
OTHERS = {
    "ingress": End("ingress", {"app": "controller"}),
    "prometheus": End("monitoring", {"app": "prometheus"}),
    "keda": End("keda", {"app": "keda-operator"}),
    "dns": End("kube-system", {"k8s-app": "kube-dns"}),
    "apiserver": End("kube-system", {"component": "kube-apiserver"}),
    "stranger": End("shop", {NAME: "hookwork", PART: "edge"}),
    "neighbour": End("hookwork", {"app": "debug"}),
    "awork": End(address="20.50.2.17"),
    "awork6": End(address="2603:1020::17"),
    "machine": End(address="169.254.169.254"),
    "office": End(address="10.1.2.3"),
    "inside6": End(address="fd00::7"),
    "your redis": End(address="10.20.30.40"),
}
#: overlay -> from, to, port, protocol
OPEN = {
    "local": [
        ("prometheus", EDGE, 8000, "TCP"),
        (EDGE, REDIS, 6379, "TCP"),
        (WORKER, REDIS, 6379, "TCP"),
    ],
    "production": [
        ("prometheus", EDGE, 8000, "TCP"),
        ("ingress", EDGE, 8000, "TCP"),
        ("keda", EDGE, 8000, "TCP"),
        (EDGE, "your redis", 6379, "TCP"),
        (EDGE, "your redis", 6380, "TCP"),
        (WORKER, "your redis", 6379, "TCP"),
        (WORKER, "your redis", 6380, "TCP"),
    ],
}
OPEN["everything"] = [
    *OPEN["production"],
    (EDGE, "your redis", 26379, "TCP"),
    (WORKER, "your redis", 26379, "TCP"),
]
ALWAYS = [
    (EDGE, "dns", 53, "UDP"),
    (EDGE, "dns", 53, "TCP"),
    (WORKER, "dns", 53, "UDP"),
    (WORKER, "dns", 53, "TCP"),
    (WORKER, "awork", 443, "TCP"),
    (WORKER, "awork6", 443, "TCP"),
]
PORTS = [
    *((port, "TCP") for port in (22, 53, 80, 443, 6379, 6380, 6443, 8000, 26379)),
    (53, "UDP"),
    (443, "UDP"),
]


def ends(found: list[kube_files.Document]) -> dict[str, End]:
    """Every end there is: our pods, by what they are called, and others."""
    ours = {
        name: End("hookwork", pod["metadata"]["labels"]) for name, pod in kube_files.pods(found)
    }
    return ours | OTHERS


@pytest.mark.parametrize("name", kube_files.RENDERED)
def test_what_is_needed_is_open_and_nothing_else(name: str) -> None:
    found = kube_files.kept(name)
    policies = kube_files.of_kind(found, "NetworkPolicy")
    among = ends(found)
    ours = [end for end in among if end not in OTHERS]

    are_open = {
        (source, target, port, protocol)
        for source in among
        for target in among
        if source != target and (source in ours or target in ours)
        for port, protocol in PORTS
        if is_open(policies, among[source], among[target], port, protocol)
    }

    assert are_open == {*ALWAYS, *OPEN[name]}


def test_two_workers_have_nothing_to_say_to_each_other() -> None:
    found = kube_files.kept("local")
    policies = kube_files.of_kind(found, "NetworkPolicy")
    worker = ends(found)[WORKER]

    assert [port for port, _ in PORTS if is_open(policies, worker, worker, port)] == []


@pytest.mark.parametrize("name", kube_files.RENDERED)
def test_only_deliveries_come_in_from_outside(name: str) -> None:
    ways = [
        (path["path"], path["pathType"], path["backend"]["service"]["name"])
        for ingress in kube_files.of_kind(kube_files.kept(name), "Ingress")
        for rule in ingress["spec"]["rules"]
        for path in rule["http"]["paths"]
    ]

    assert ways == ([] if name == "local" else [("/webhooks/awork", "Prefix", "hookwork-edge")])
