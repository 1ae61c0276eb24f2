"""The weekly table of what workloads lack."""

from handlers.contract import Row, Table
from handlers.digest.reads import Lists
from handlers.extract.digest_hygiene import Controller, in_use, lacking
from handlers.sources.objects.workload import DaemonSet, Deployment, StatefulSet

TITLE = "Hygiene"
COLUMNS = ("namespace", "workload", "missing")


async def hygiene(lists: Lists) -> Table:
    """Every workload that lacks something, worst first; a kind that could not be listed is said."""
    deployments, sets, daemons = (
        await lists.of(Deployment),
        await lists.of(StatefulSet),
        await lists.of(DaemonSet),
    )
    every: tuple[Controller, ...] = (*deployments.items, *sets.items, *daemons.items)
    used = in_use(every)
    found = lacking(used)
    unread = [one.missing for one in (deployments, sets, daemons) if one.missing]
    return Table(
        title=TITLE,
        columns=COLUMNS,
        rows=tuple(
            Row(
                (lack.ref.namespace, f"{lack.ref.kind} {lack.ref.name}", ", ".join(lack.missing)), (lack.ref,)
            )
            for lack in found
        ),
        note="; ".join((f"{len(found)} of {len(used)} workloads lack something", *unread)),
    )
