"""What other revisions and other pods tell of an image that cannot be pulled."""

from typing import Any

from handlers.extract.pod import PodReads, pod_facts
from handlers.sources.objects.pod import Pod
from handlers.sources.objects.workload import ReplicaSet
from rules.facts.pod import PodFacts
from tests.handlers.build import NOW, make, pod, running, waiting


def facts(of: Pod, **reads: Any) -> PodFacts:
    return pod_facts(PodReads(pod=of, now=NOW, **reads))


def template(image: str, ready: int = 0) -> ReplicaSet:
    spec = {"template": {"spec": {"containers": [{"name": "app", "image": image}]}}}
    return make(ReplicaSet, spec=spec, status={"readyReplicas": ready})


def test_images_of_working_revisions_tell_the_own_account_and_tags_that_exist() -> None:
    ecr = "{}.dkr.ecr.eu-west-1.amazonaws.com/web:{}"
    status = waiting("ImagePullBackOff", "not found", spec={"image": ecr.format("222222222222", "1.5")})
    sets = (template(ecr.format("111111111111", "1.4"), ready=2), template(ecr.format("222222222222", "1.3")))
    of = pod(status, phase="Pending")
    pull = facts(of, replica_sets=sets).containers[0].pull
    assert (pull.own_account, pull.registry_account, pull.similar_tags) == (
        "111111111111",
        "222222222222",
        ("1.3",),
    )


def test_images_of_other_pods_tell_the_own_account_too() -> None:
    ecr = "{}.dkr.ecr.eu-west-1.amazonaws.com/{}:1"
    foreign = waiting("ImagePullBackOff", "403 Forbidden", spec={"image": ecr.format("222222222222", "web")})
    own = running(spec={"image": ecr.format("111111111111", "api")})
    meta = {"ownerReferences": [{"kind": "StatefulSet", "name": "web", "uid": "u", "controller": True}]}
    of, twin = pod(foreign, phase="Pending", meta=meta), pod(foreign, meta=meta | {"name": "twin"})
    beside = (of, twin, pod(own, meta={"name": "api"}))
    assert facts(of, neighbours=beside).containers[0].pull.own_account == "111111111111"
    assert facts(of, neighbours=(of, twin)).containers[0].pull.own_account == ""
