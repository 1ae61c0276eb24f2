"""A container's memory and CPU: requests, limits, and what metrics-server measured."""

from msgspec import Struct

from handlers.extract.quantity import quantity_or_none
from handlers.sources.objects.container import Container
from handlers.sources.objects.metrics import ContainerMetrics
from rules.finding import Observation
from rules.units import bytes_in_words, cores_in_words

_MEBIBYTE = 1 << 20


class Usage(Struct, frozen=True, kw_only=True):
    """Bytes, cores and percent; None where nothing is set or measured."""

    memory_limit: int | None = None
    memory_request: int | None = None
    memory_used: int | None = None
    memory_share: float | None = None
    memory_suggested: str = ""
    cpu_suggested: str = ""
    cpu_limit: float | None = None
    cpu_used: float | None = None
    cpu_share: float | None = None
    said: Observation | None = None


def usage_of(container: Container, metrics: ContainerMetrics | None) -> Usage:
    """Compare what a container uses with what it may use."""
    limits, used = container.resources.limits, metrics.usage if metrics else {}
    memory_limit, memory_used = _whole(limits.get("memory")), _whole(used.get("memory"))
    cpu_limit, cpu_used = quantity_or_none(limits.get("cpu")), quantity_or_none(used.get("cpu"))
    return Usage(
        memory_limit=memory_limit,
        memory_request=_whole(container.resources.requests.get("memory")),
        memory_used=memory_used,
        memory_share=_share(memory_used, memory_limit),
        memory_suggested=_more_memory(memory_limit),
        cpu_suggested=cores_in_words(2 * cpu_limit) if cpu_limit else "",
        cpu_limit=cpu_limit,
        cpu_used=cpu_used,
        cpu_share=_share(cpu_used, cpu_limit),
        said=_sentence(_memory(memory_used, memory_limit), _cpu(cpu_used, cpu_limit)),
    )


def _more_memory(limit: int | None) -> str:
    """Half as much again, in whole MiB (or GiB where that is whole): a first step, not a measurement."""
    if not limit:
        return ""
    mebibytes = -(-limit * 3 // (2 * _MEBIBYTE))
    return f"{mebibytes // 1024}Gi" if mebibytes % 1024 == 0 else f"{mebibytes}Mi"


def _whole(quantity: str | float | None) -> int | None:
    value = quantity_or_none(quantity)
    return None if value is None else int(value)


def _share(used: float | None, limit: float | None) -> float | None:
    return round(100 * used / limit, 1) if used is not None and limit else None


def _memory(used: int | None, limit: int | None) -> str:
    if used is None:
        return ""
    return f"memory {bytes_in_words(used)}" + (f" of {bytes_in_words(limit)}" if limit else ", no limit")


def _cpu(used: float | None, limit: float | None) -> str:
    if used is None:
        return ""
    return f"cpu {cores_in_words(used)}" + (f" of {cores_in_words(limit)}" if limit else ", no limit")


def _sentence(*parts: str) -> Observation | None:
    told = [part for part in parts if part]
    return Observation("uses " + ", ".join(told), "metrics.k8s.io") if told else None
