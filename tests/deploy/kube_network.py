"""Which ways a set of NetworkPolicies leaves open, by the rules of Kubernetes.

A pod that some policy selects for a direction may do there what any of these policies allows, and
nothing else; a way is open when both ends allow it. What a port is called is resolved to its number
by the container behind it, so policies here have numbers.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.deploy.kube_files import Document


@dataclass(frozen=True)
class End:
    """One end of a way: a pod with its namespace, or an address outside."""

    namespace: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    address: str = ""


def is_open(
    policies: Iterable[Document], source: End, target: End, port: int, protocol: str = "TCP"
) -> bool:
    """True when a connection from source to target may be made."""
    held = list(policies)
    return all(
        _allows(held, direction, ours, theirs, (port, protocol))
        for direction, ours, theirs in (("Egress", source, target), ("Ingress", target, source))
    )


def _allows(
    policies: Sequence[Document], direction: str, ours: End, theirs: End, port: tuple[int, str]
) -> bool:
    selecting = [one["spec"] for one in policies if _is_for(one, direction, ours)]
    if not selecting:
        return True
    peers = {"Egress": "to", "Ingress": "from"}[direction]
    return any(
        _is_among(rule.get("ports"), port)
        and (peers not in rule or any(_is(peer, theirs, ours) for peer in rule[peers]))
        for spec in selecting
        for rule in spec.get(direction.lower(), ())
    )


def _is_for(policy: Document, direction: str, end: End) -> bool:
    spec = policy["spec"]
    return (
        direction in spec["policyTypes"]
        and policy["metadata"]["namespace"] == end.namespace
        and _matches(spec["podSelector"], end.labels)
    )


def _is(peer: Mapping[str, Any], end: End, ours: End) -> bool:
    if block := peer.get("ipBlock"):
        return bool(end.address) and _holds(block, end.address)
    if end.address:
        return False
    namespace = {"kubernetes.io/metadata.name": end.namespace}
    right_place = (
        _matches(peer["namespaceSelector"], namespace)
        if "namespaceSelector" in peer
        else end.namespace == ours.namespace
    )
    return right_place and _matches(peer.get("podSelector", {}), end.labels)


def _holds(block: Mapping[str, Any], address: str) -> bool:
    def within(cidr: str) -> bool:
        network = ipaddress.ip_network(cidr)
        one = ipaddress.ip_address(address)
        return one.version == network.version and one in network

    return within(block["cidr"]) and not any(map(within, block.get("except", ())))


def _is_among(ports: Sequence[Mapping[str, Any]] | None, port: tuple[int, str]) -> bool:
    return ports is None or port in [(one["port"], one["protocol"]) for one in ports]


def _matches(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    assert set(selector) <= {"matchLabels"}
    wanted: Mapping[str, str] = selector.get("matchLabels", {})
    return wanted.items() <= labels.items()
