"""Namespaces that look unwell in a list: those that go, and those whose quotas are used up."""

import asyncio

from handlers.extract.namespace import FULL, quota_facts
from handlers.look import Look
from handlers.namespace.answer import NAMESPACE, namespace_is_well
from handlers.sources.objects.network import Namespace
from handlers.sources.objects.quota import ResourceQuota
from handlers.sweep import Sweep, picked
from rules.finding import ObjectRef


async def suspects(look: Look, namespace: str) -> tuple[ObjectRef, ...]:
    """Namespaces that may be unwell: the one, or all."""
    async with asyncio.TaskGroup() as group:
        every = group.create_task(look.list(Namespace, what="namespaces"))
        quotas = group.create_task(look.list(ResourceQuota, namespace, what="quotas"))
    full = await picked(quotas.result().value or (), _is_full)
    names = {quota.metadata.namespace for quota in full}

    def unwell(one: Namespace) -> bool:
        meant = not namespace or one.metadata.name == namespace
        return meant and (one.metadata.name in names or not namespace_is_well(one))

    return tuple(one.ref for one in await picked(every.result().value or (), unwell))


def _is_full(quota: ResourceQuota) -> bool:
    return any(one.share >= FULL for one in quota_facts((quota,)))


NAMESPACE_SWEEP = Sweep(handler=NAMESPACE, suspects=suspects)
