"""The Pod Security Standard `restricted`, as data: fields, and what each may be.

As of https://kubernetes.io/docs/concepts/security/pod-security-standards/ (restricted, which has
all of baseline in it). Beyond it, and also here: a root file system that is read-only.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.deploy.kube_files import Document, containers

ABSENT = None
#: of the pod: field -> what it may be
POD: dict[str, tuple[Any, ...]] = {
    "hostNetwork": (ABSENT, False),
    "hostPID": (ABSENT, False),
    "hostIPC": (ABSENT, False),
    "securityContext.runAsNonRoot": (True,),
    "securityContext.seccompProfile.type": ("RuntimeDefault", "Localhost"),
    "securityContext.sysctls": (ABSENT,),
    "securityContext.windowsOptions.hostProcess": (ABSENT, False),
}
#: of each container
CONTAINER: dict[str, tuple[Any, ...]] = {
    "securityContext.privileged": (ABSENT, False),
    "securityContext.allowPrivilegeEscalation": (False,),
    "securityContext.capabilities.drop": (["ALL"],),
    "securityContext.capabilities.add": (ABSENT, ["NET_BIND_SERVICE"]),
    "securityContext.procMount": (ABSENT, "Default"),
    "securityContext.runAsNonRoot": (ABSENT, True),
    "securityContext.seccompProfile.type": (ABSENT, "RuntimeDefault", "Localhost"),
    "securityContext.readOnlyRootFilesystem": (True,),
}
VOLUMES = {
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "persistentVolumeClaim",
    "projected",
    "secret",
}


def breaches(pod: Document) -> Iterator[str]:
    """What of a pod the standard does not let in."""
    spec = pod["spec"]
    yield from _unlike(spec, POD, "pod")
    if spec.get("securityContext", {}).get("runAsUser") == 0:
        yield "pod: securityContext.runAsUser is 0"
    for container in containers(pod):
        name = container["name"]
        yield from _unlike(container, CONTAINER, name)
        if container.get("securityContext", {}).get("runAsUser") == 0:
            yield f"{name}: securityContext.runAsUser is 0"
        yield from (
            f"{name}: hostPort" for port in container.get("ports", ()) if "hostPort" in port
        )
    for volume in spec.get("volumes", ()):
        if others := set(volume) - VOLUMES - {"name"}:
            yield f"volume {volume['name']}: {', '.join(sorted(others))}"


def _unlike(thing: Document, table: dict[str, tuple[Any, ...]], whose: str) -> Iterator[str]:
    for path, allowed in table.items():
        value: Any = thing
        for name in path.split("."):
            value = value.get(name) if isinstance(value, dict) else None
        if value not in allowed:
            yield f"{whose}: {path} is {value!r}"
