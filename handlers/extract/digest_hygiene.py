"""What a workload lacks that does no harm today: limits, requests, probes, a fixed image, a second pod."""

from collections.abc import Iterable, Iterator

from msgspec import Struct

from handlers.sources.objects.container import Container
from handlers.sources.objects.workload import DaemonSet, Deployment, StatefulSet
from rules.finding import ObjectRef

SYSTEM = frozenset({"kube-system", "kube-public", "kube-node-lease"})
"""Namespaces of the cluster itself: what lacks there is nobody's to add."""
Controller = Deployment | StatefulSet | DaemonSet


class Lack(Struct, frozen=True, kw_only=True):
    """What one workload lacks, the gravest first; `weight` ranks workloads."""

    ref: ObjectRef
    missing: tuple[str, ...]
    weight: int


class _Check(Struct, frozen=True):
    said: str
    weight: int
    found: bool


def in_use(workloads: Iterable[Controller]) -> tuple[Controller, ...]:
    """The workloads worth a look: not the cluster's own, nor those scaled to zero, which serve nobody."""
    return tuple(one for one in workloads if one.metadata.namespace not in SYSTEM and not _is_off(one))


def lacking(workloads: Iterable[Controller]) -> tuple[Lack, ...]:
    """The workloads that lack something, worst first."""
    found = [lack for one in workloads if (lack := _lack(one)).missing]
    return tuple(sorted(found, key=lambda lack: (-lack.weight, str(lack.ref), lack.ref.kind)))


def _is_off(workload: Controller) -> bool:
    if isinstance(workload, DaemonSet):
        return workload.status.desired_number_scheduled == 0
    return workload.spec.replicas == 0


def _lack(workload: Controller) -> Lack:
    checks = [check for check in _checks(workload) if check.found]
    return Lack(
        ref=workload.ref,
        missing=tuple(check.said for check in checks),
        weight=sum(check.weight for check in checks),
    )


def _checks(workload: Controller) -> Iterator[_Check]:
    containers = workload.spec.template.spec.containers
    unlimited = [one.name for one in containers if "memory" not in one.resources.limits]
    unasked = [one.name for one in containers if _asks_nothing(one)]
    floating = [one.image for one in containers if is_floating(one.image)]
    ready = any(one.readiness_probe for one in containers)
    alive = any(one.liveness_probe for one in containers)
    yield _Check(f"no memory limit{_of(unlimited, containers)}", 4, bool(unlimited))
    yield _Check(f"no requests{_of(unasked, containers)}", 3, bool(unasked))
    yield _Check(f"image without a fixed tag ({', '.join(floating)})", 3, bool(floating))
    yield _Check("no probes", 3, not ready and not alive)
    yield _Check("no readiness probe", 2, alive and not ready)
    yield _Check("no liveness probe", 1, ready and not alive)
    yield _Check(
        "single replica", 1, not isinstance(workload, DaemonSet) and workload.spec.replicas in {1, None}
    )


def _of(names: list[str], containers: tuple[Container, ...]) -> str:
    """Which containers are meant, where it is not all of them."""
    return f" ({', '.join(names)})" if len(names) < len(containers) else ""


def _asks_nothing(container: Container) -> bool:
    """Whether neither CPU nor memory is asked for; a limit stands for a request that is not said."""
    asked = {**container.resources.limits, **container.resources.requests}
    return not asked.keys() & {"cpu", "memory"}


def is_floating(image: str) -> bool:
    """Whether an image may be another one tomorrow: the tag latest or none, and no digest."""
    if "@" in image:
        return False
    _, _, tag = image.rpartition("/")[2].partition(":")
    return tag in {"", "latest"}
