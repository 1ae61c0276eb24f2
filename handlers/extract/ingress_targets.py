"""The targets behind a load balancer, by the readiness gates that its controller writes to pods; pure."""

from collections.abc import Iterable, Sequence

from msgspec import Struct

from handlers.extract.balancer import brief, response_codes, target_problem
from handlers.extract.events import plain
from handlers.extract.network_policy import admission
from handlers.extract.pod_status import ENDED, pod_condition
from handlers.extract.service import ServiceReads
from handlers.extract.service_policy import number_of
from handlers.sources.objects.ingress import Ingress
from handlers.sources.objects.meta import Condition
from handlers.sources.objects.network import Service
from handlers.sources.objects.pod import Pod
from rules.facts.balancer import TargetFacts
from rules.finding import Observation

HEALTH_PATH = "alb.ingress.kubernetes.io/healthcheck-path"
_GATES = ("target-health.elbv2.k8s.aws/", "target-health.alb.ingress.k8s.aws/")


class _Gate(Struct, frozen=True):
    """A pod with a gate of the load balancer's, and its condition; None where it was never reported."""

    pod: Pod
    condition: Condition | None
    reads: ServiceReads


def has_failing_gate(pod: Pod) -> bool:
    """Whether a load balancer keeps the pod from being ready."""
    conditions = {c.type: c.status for c in pod.status.conditions}
    gates = (gate.condition_type for gate in pod.spec.readiness_gates)
    return any(gate.startswith(_GATES) and conditions.get(gate) != "True" for gate in gates)


def target_facts(ingress: Ingress, backends: Iterable[ServiceReads]) -> TargetFacts:
    """Count the pods that are targets and those that are not healthy, and say why the first is not."""
    gates = [gate for reads in backends for pod in reads.pods for gate in _gates(pod, reads)]
    failing = [gate for gate in gates if gate.condition is None or gate.condition.status != "True"]
    told = [gate for gate in failing if gate.condition is not None]
    if not told:
        return TargetFacts(total=len(gates))
    return described(
        ingress, told[0].reads, TargetFacts(total=len(gates), unhealthy=len(failing)), _said(told[0])
    )


class Said(Struct, frozen=True):
    """What is said of an unhealthy target: AWS's reason, its description, and the source."""

    reason: str
    text: str
    source: str
    pod: Pod | None = None


def _said(gate: _Gate) -> Said:
    condition = gate.condition or Condition()
    source = f"readiness gate of {gate.pod.metadata.name}"
    return Said(condition.reason, plain(condition.message), source, gate.pod)


def described(ingress: Ingress, reads: ServiceReads, counted: TargetFacts, said: Said) -> TargetFacts:
    """Facts of unhealthy targets: why, and what the health check asks against what the pods' probe asks."""
    path, where = health_path(ingress, reads.service)
    probe = probe_path(reads.pods)
    sample = said.pod or next(iter(reads.pods), None)
    words = ": ".join(filter(None, (said.reason, said.text)))
    return TargetFacts(
        total=counted.total,
        unhealthy=counted.unhealthy,
        problem=target_problem(said.reason),
        codes=response_codes(said.text),
        said=Observation(words, said.source),
        brief=brief(words),
        pod=sample.metadata.name if sample else "",
        port=_port(sample, reads.service) if sample else 0,
        asked=path,
        probe=probe,
        differs=bool(probe) and probe != path,
        pods_ready=sample is not None and pod_condition(sample, "ContainersReady") == "True",
        on=where,
        restricted=sample is not None and _is_restricted(sample, reads),
    )


def _port(pod: Pod, service: Service) -> int:
    return next((number_of(port, pod) for port in service.spec.ports), 0)


def _gates(pod: Pod, reads: ServiceReads) -> Iterable[_Gate]:
    if pod.metadata.deletion_timestamp or pod.status.phase in ENDED:
        return
    conditions = {condition.type: condition for condition in pod.status.conditions}
    for gate in pod.spec.readiness_gates:
        if gate.condition_type.startswith(_GATES):
            yield _Gate(pod, conditions.get(gate.condition_type), reads)


def health_path(ingress: Ingress, service: Service) -> tuple[str, str]:
    """What the health check asks, and where that is set: at the Service before the Ingress."""
    for of in (service, ingress):
        path = of.metadata.annotations.get(HEALTH_PATH, "")
        if path:
            return path, f"{of.resource.kind} {of.metadata.name}"
    return "/", f"Ingress {ingress.metadata.name}"


def probe_path(pods: Sequence[Pod]) -> str:
    """What the pods' own readiness probe asks, without a query; empty when it asks nothing over HTTP."""
    containers = (container for pod in pods for container in pod.spec.containers)
    probes = (container.readiness_probe for container in containers)
    paths = (probe.http_get.path for probe in probes if probe and probe.http_get)
    return next(paths, "")


def _is_restricted(pod: Pod, reads: ServiceReads) -> bool:
    """Whether policies choose the pod and let no addresses in on any of the Service's ports."""
    ports = reads.service.spec.ports
    found = [admission(pod, number_of(port, pod), port.protocol, reads.policies) for port in ports]
    return bool(found) and not any(one.open or one.by_address for one in found)
