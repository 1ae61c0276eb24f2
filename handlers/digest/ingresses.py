"""The Ingresses of a digest: as their diagnosis found them, with the health of their targets in AWS."""

import asyncio
from collections.abc import Sequence

from msgspec.structs import replace

from handlers.digest.reads import Listed, Lists
from handlers.extract.digest_part import unknown
from handlers.extract.digest_platform import INGRESSES, ingresses
from handlers.health.looking import Everything
from handlers.ingress import INGRESS, with_aws
from handlers.ingress_reads import read_ingress
from handlers.look import Look
from handlers.parts import Part
from handlers.sources.objects.ingress import Ingress
from rules.facts.ingress import IngressFacts

MOST_ASKED = 30
"""Ingresses whose load balancer is asked for in AWS; each takes about five calls."""


async def ingress_part(everything: Everything, lists: Lists) -> Part:
    """The part of the Ingresses."""
    listed = await lists.of(Ingress)
    if listed.missing or listed.unserved:
        return unknown(INGRESSES, listed.missing or listed.unserved)
    done = everything.of(INGRESS)
    facts = [one.evidence.facts for one in done if one.evidence]
    unread = next((one.gap.reason for one in done if one.gap), "")
    looked = [one for one in facts if isinstance(one, IngressFacts)]
    asked, words = await _with_targets(looked, listed, lists.look)
    return ingresses(asked, len(listed.items), unread, targets=words)


async def _with_targets(
    looked: Sequence[IngressFacts], listed: Listed[Ingress], look: Look
) -> tuple[Sequence[IngressFacts], str]:
    """The same with what AWS says of their targets, and what is to be said of that."""
    served = [one for one in looked if one.is_alb and one.address]
    if not served:
        return looked, ""
    if look.sources.aws is None:
        return looked, "targets not asked: AWS is not configured"
    by_ref = {one.ref: one for one in listed.items}
    asked = [one for one in served if one.ref in by_ref][:MOST_ASKED]
    found = await asyncio.gather(*(_asked(by_ref[one.ref], one, look) for one in asked))
    known = {one.ref: one for one in found}
    left = len(served) - len(asked)
    words = f"targets of the first {len(asked)} load balancers asked" if left else ""
    return [known.get(one.ref, one) for one in looked], words


async def _asked(ingress: Ingress, facts: IngressFacts, look: Look) -> IngressFacts:
    reads = await with_aws(await read_ingress(ingress, look, logs=False), facts, look)
    return replace(facts, alb=reads.alb, targets=reads.aws_targets or facts.targets)
