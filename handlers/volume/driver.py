"""Who makes the volumes of a claim: the pods of the driver's controller, where the platform names them."""

import asyncio

from handlers.look import Look, Read
from handlers.sources.objects.pod import Pod
from handlers.sources.objects.volume import PersistentVolumeClaim, StorageClass
from rules.facts.persistentvolumeclaim import PersistentVolumeClaimFacts

_COMPONENTS = {"ebs.csi.aws.com": "EBS CSI controller"}
"""Provisioner → the component of the platform profile whose pods it is."""


async def driver_pods(
    claim: PersistentVolumeClaim, classes: asyncio.Task[Read[tuple[StorageClass, ...]]], look: Look
) -> Read[tuple[Pod, ...]]:
    """Read the pods of the claim's driver; no value where the platform does not say which they are."""
    named = claim.spec.storage_class_name
    known = (await classes).value or ()
    provisioner = next((each.provisioner for each in known if each.metadata.name == named), "")
    component = look.platform.component(_COMPONENTS.get(provisioner, ""))
    if component is None:
        return Read()
    for namespace in component.namespaces:
        for labels in component.selectors:
            read = await look.list(Pod, namespace, what=f"pods of {component.name}", labels=labels)
            if read.value or read.missing:
                return read
    return Read(())


def provisioner_of(facts: PersistentVolumeClaimFacts) -> str:
    """The driver as people say it."""
    return _COMPONENTS.get(facts.claim.provisioner, facts.claim.provisioner)
