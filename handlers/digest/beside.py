"""What a digest asks beside the cluster, while that is read: Prometheus, and Terraform's locks in AWS."""

import asyncio

from msgspec import Struct

from handlers.contract import Evidence, Question, QuestionError
from handlers.extract.digest_part import absent, unknown
from handlers.extract.digest_platform import TERRAFORM, terraform
from handlers.extract.digest_restarts import Days
from handlers.health.looking import silent
from handlers.look import NO_AWS, Look, Read
from handlers.parts import Part
from handlers.sources.errors import SourceError
from handlers.sources.series import Sample
from handlers.terraform import TERRAFORM_LOCK
from rules.facts.terraform import TerraformLockFacts

NO_PROMETHEUS = "no Prometheus is configured for this cluster"
RESTARTED = "kube_pod_container_status_restarts_total"
_FILL = (
    "max by (namespace, persistentvolumeclaim) (kubelet_volume_stats_used_bytes)"
    " / max by (namespace, persistentvolumeclaim) (kubelet_volume_stats_capacity_bytes)"
)
_Samples = tuple[Sample, ...]


class Beside(Struct, frozen=True, kw_only=True):
    """What was read beside the cluster.

    Attributes:
        fill: the share in use of every volume; None where there is no Prometheus.
        days: restarts of three days; None where there is no Prometheus.
        counts_restarts: whether Prometheus has the series of restarts at all.
        terraform: the part, None in a look at one namespace.
    """

    fill: Read[_Samples] | None = None
    days: Read[Days] | None = None
    counts_restarts: bool = True
    terraform: Part | None = None


async def read_beside(question: Question, look: Look) -> Beside:
    """Ask everything at once; what fails is a gap, or says so in its part."""
    wants_terraform = not question.namespace
    async with asyncio.TaskGroup() as group:
        locks = group.create_task(_terraform(question, look)) if wants_terraform else None
        if look.sources.series is None:
            return Beside(terraform=await locks if locks else None)
        fill = group.create_task(look.series(_FILL, what="how full volumes are"))
        days = group.create_task(_days(look))
    read = days.result()
    known = bool(read.missing) or _any(read.value) or await _is_counted(look)
    return Beside(
        fill=fill.result(),
        days=read,
        counts_restarts=known,
        terraform=locks.result() if locks else None,
    )


async def _days(look: Look) -> Read[Days]:
    offsets = (" offset 2d", " offset 1d", "")
    reads = await asyncio.gather(*(_restarts(offset, look) for offset in offsets))
    missing = next((read.missing for read in reads if read.missing), "")
    if missing:
        return Read(missing=missing)
    first, second, third = (read.value or () for read in reads)
    return Read(Days(before_yesterday=first, yesterday=second, today=third))


async def _restarts(offset: str, look: Look) -> Read[_Samples]:
    """Restarts of a day by pod; only of pods that had any, for there may be tens of thousands of others."""
    return await look.series(
        f"sum by (namespace, pod) (increase({RESTARTED}[1d]{offset})) > 0", what="restarts of three days"
    )


def _any(days: Days | None) -> bool:
    return days is not None and bool(days.before_yesterday or days.yesterday or days.today)


async def _is_counted(look: Look) -> bool:
    """Whether there is such a series: without one, "no restarts" would not be earned."""
    read = await look.series(f"count({RESTARTED})", what="restarts of three days")
    return bool(read.value)


async def _terraform(question: Question, look: Look) -> Part:
    if look.sources.aws is None:
        return absent(TERRAFORM, NO_AWS)
    if not look.platform.states:
        return absent(TERRAFORM, "no state is configured")
    try:
        evidence = await TERRAFORM_LOCK.gather(
            Question(name="", deadline=question.deadline), look.sources, silent
        )
    except (QuestionError, SourceError) as error:
        look.note("locks of Terraform", str(error))
        return unknown(TERRAFORM, str(error))
    return _of_locks(evidence, look)


def _of_locks(evidence: Evidence, look: Look) -> Part:
    for gap in evidence.gaps:
        look.note(gap.source, gap.reason)
    facts = (evidence.facts, *evidence.related)
    return terraform([one for one in facts if isinstance(one, TerraformLockFacts)])
