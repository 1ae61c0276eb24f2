"""The figures of an answer about latency: containers against their limits, models, nodes."""

from collections.abc import Iterable, Sequence

from handlers.contract import Row, Table
from handlers.extract.latency_workload import Measured, Workload
from rules.facts.latency import LatencyFacts, ModelLatencyFacts
from rules.units import bytes_in_words, cores_in_words

MOST = 20


def tables(found: Sequence[Workload], facts: Iterable[LatencyFacts]) -> tuple[Table, ...]:
    """Usage against limits, and latency by model where there are figures."""
    models = [one for one in facts if one.role == "model" and one.model.said]
    return tuple(table for table in (_usage(found), _models(models)) if table.rows)


def _usage(found: Sequence[Workload]) -> Table:
    groups = [group for one in found for group in _groups(one)]
    measured = [group for group in groups if any(one.measured for one in group[1])]
    measured.sort(key=lambda group: (-_highest(group[1], "cpu_share"), -_highest(group[1], "memory_share")))
    rest = len(measured) - MOST
    return Table(
        title="CPU and memory of each container against its limits, the fullest first",
        columns=(
            "workload",
            "container",
            "pods",
            "CPU",
            "CPU request",
            "CPU limit",
            "CPU %",
            "memory",
            "memory limit",
            "memory %",
        ),
        rows=tuple(_row(workload, members) for workload, members in measured[:MOST]),
        judged=True,
        note=f"{MOST} of {len(measured)} containers" if rest > 0 else "",
    )


def _groups(one: Workload) -> Iterable[tuple[Workload, list[Measured]]]:
    by_name: dict[str, list[Measured]] = {}
    for each in one.containers:
        by_name.setdefault(each.container, []).append(each)
    return ((one, members) for members in by_name.values())


def _highest(members: Iterable[Measured], figure: str) -> float:
    return max((getattr(one.usage, figure) or 0.0 for one in members), default=0.0)


def _row(workload: Workload, members: Sequence[Measured]) -> Row:
    usage = members[0].usage
    return Row(
        (
            workload.ref.name,
            members[0].container,
            str(len(members)),
            cores_in_words(_highest(members, "cpu_used")),
            members[0].cpu_request or "none",
            cores_in_words(usage.cpu_limit) if usage.cpu_limit else "none",
            _percent(members, "cpu_share"),
            bytes_in_words(_highest(members, "memory_used")),
            bytes_in_words(usage.memory_limit) if usage.memory_limit else "none",
            _percent(members, "memory_share"),
        ),
        (workload.ref,),
    )


def _percent(members: Sequence[Measured], figure: str) -> str:
    highest = _highest(members, figure)
    return f"{highest:.0f}%" if any(getattr(one.usage, figure) is not None for one in members) else "-"


def _models(facts: Sequence[LatencyFacts]) -> Table:
    ranked = sorted(facts, key=lambda one: -(one.model.p99 or 0.0))
    return Table(
        title="Models, the slowest first (last 5 min)",
        columns=("model", "p50", "p99", "requests/s", "5xx", "not 2xx"),
        rows=tuple(Row(_model_cells(one.ref.name, one.model), (one.ref,)) for one in ranked[:MOST]),
        judged=True,
        note=f"{MOST} of {len(ranked)} models" if len(ranked) > MOST else "",
    )


def _model_cells(name: str, model: ModelLatencyFacts) -> tuple[str, ...]:
    return (
        name,
        _told(model.p50, " ms"),
        _told(model.p99, " ms"),
        _told(model.rate, ""),
        _told(model.errors, "%"),
        _told(model.not_ok, "%"),
    )


def _told(value: float | None, unit: str) -> str:
    return "-" if value is None else f"{value:g}{unit}"
