"""How full a claim's volume is, as the kubelets tell Prometheus."""

from collections.abc import Mapping

from handlers.extract.series import by_label
from handlers.look import Look, Read
from handlers.sources.objects.volume import PersistentVolumeClaim

Figures = Mapping[str, float]
FIGURES = ("used_bytes", "capacity_bytes", "inodes_used", "inodes")
_NAME = "__name__"


async def read_fill(claim: PersistentVolumeClaim, look: Look, *, quiet: bool) -> Read[Figures]:
    """Read used and whole size of a bound claim; `quiet` leaves out that there is no Prometheus."""
    if claim.status.phase != "Bound" or (quiet and look.sources.series is None):
        return Read()
    where = f'namespace="{claim.metadata.namespace}",persistentvolumeclaim="{claim.metadata.name}"'
    names = "|".join(FIGURES)
    read = await look.series(
        f'max by (__name__) ({{__name__=~"kubelet_volume_stats_({names})",{where}}})', what="how full it is"
    )
    if read.value is None:
        return Read(missing=read.missing)
    told = by_label(read.value, _NAME)
    return Read({name.removeprefix("kubelet_volume_stats_"): value for (name,), value in told.items()})
