"""What AWS tells of an Ingress's load balancer, subnets, certificates and groups → facts; pure."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import msgspec
from msgspec import Struct

from handlers.extract.alb_groups import closed_ports, way_to_pods
from handlers.extract.alb_log import binding_prefix
from handlers.extract.ingress_backends import Backend, service_names
from handlers.extract.ingress_targets import Said, described
from handlers.sources.aws_objects.acm import AcmSummary
from handlers.sources.aws_objects.ec2 import SecurityGroup, Subnet
from handlers.sources.aws_objects.elbv2 import Listener, LoadBalancer, TargetGroup, TargetHealth
from handlers.sources.objects.ingress import Ingress
from rules.facts.alb import AlbFacts
from rules.facts.balancer import TargetFacts
from rules.finding import Observation
from rules.units import seconds_in_words

SCHEME = "alb.ingress.kubernetes.io/scheme"
LISTEN_PORTS = "alb.ingress.kubernetes.io/listen-ports"
CERTIFICATE = "alb.ingress.kubernetes.io/certificate-arn"
ADDRESSES = 8
"""Free addresses that a load balancer needs in each subnet."""
SOON = 21 * 86_400.0
"""Seconds before its end in which a certificate that ACM did not renew is worth a word."""
_REGION = re.compile(r"\.(?:([a-z]{2}(?:-[a-z]+)+-\d)\.elb|elb\.([a-z]{2}(?:-[a-z]+)+-\d))\.amazonaws\.com")
_SHOWN = 8
_SICK = frozenset({"unhealthy", "unhealthy.draining", "unused", "unavailable"})
_CLUSTER_TAG = "kubernetes.io/cluster/"


class GroupReads(Struct, frozen=True):
    """A target group and how its targets are."""

    group: TargetGroup
    targets: tuple[TargetHealth, ...] = ()


class AlbReads(Struct, frozen=True, kw_only=True):
    """What AWS answered; None for what was not asked or could not be read.

    Attributes:
        balancer: the load balancer of the address in the status; None together with `looked`: there is none.
        security_groups: those that the controller names.
        balancer_groups: those of the load balancer; `node_group` is the cluster's own.
        cluster: the cluster's name in AWS, or empty.
        missing: name of a field, or "targets" → why it could not be read.
    """

    looked: bool = False
    balancer: LoadBalancer | None = None
    listeners: tuple[Listener, ...] | None = None
    groups: tuple[GroupReads, ...] = ()
    subnets: tuple[Subnet, ...] = ()
    certificates: tuple[AcmSummary, ...] | None = None
    security_groups: tuple[SecurityGroup, ...] = ()
    balancer_groups: tuple[SecurityGroup, ...] = ()
    node_group: SecurityGroup | None = None
    cluster: str = ""
    missing: Mapping[str, str] = {}


_MISSING: Mapping[str, tuple[str, ...]] = {
    "balancer": (
        "exists",
        "state",
        "state_said",
        "unlistened",
        "listeners",
        "certificate_said",
        "closed_ports",
    ),
    "listeners": ("listeners", "unlistened", "certificate_said", "closed_ports"),
    "subnets": ("subnets", "subnets_said"),
    "certificates": ("certificate_said",),
    "security_groups": ("groups_said",),
    "balancer_groups": ("closed_ports",),
    "node_group": ("nodes_said",),
}


def alb_facts(reads: AlbReads, ingress: Ingress, now: datetime) -> AlbFacts:
    """Compute what AWS says of an Ingress."""
    balancer = reads.balancer
    fit, unfit = _sorted(reads.subnets, ingress, reads.cluster)
    return AlbFacts(
        missing={fact: why for source, why in reads.missing.items() for fact in _MISSING.get(source, ())},
        asked=True,
        exists=balancer is not None or not reads.looked,
        name=balancer.load_balancer_name if balancer else "",
        state=balancer.state.code if balancer else "",
        state_said=_state(balancer) if balancer else None,
        listeners=tuple(f"{one.protocol} {one.port}" for one in reads.listeners or ()),
        unlistened=_unlistened(ingress, reads.listeners) if balancer else (),
        closed_ports=closed_ports(reads.listeners or (), reads.balancer_groups),
        nodes_said=way_to_pods(balancer.security_groups, reads.node_group, _ports(reads))
        if balancer
        else None,
        subnets=fit,
        subnets_said=unfit,
        certificate_said=_certificate(reads, ingress, now),
        groups_said=tuple(_group(one) for one in reads.security_groups[:_SHOWN]),
    )


def _ports(reads: AlbReads) -> set[int]:
    return {one.target.port for group in reads.groups for one in group.targets if one.target.port}


def _state(balancer: LoadBalancer) -> Observation | None:
    if balancer.state.code in {"active", ""}:
        return None
    words = ": ".join(filter(None, (balancer.state.code, balancer.state.reason)))
    return Observation(words, f"load balancer {balancer.load_balancer_name}")


def listen_ports(ingress: Ingress) -> tuple[tuple[str, int], ...]:
    """Protocols and ports it asks for; HTTPS 443 with a certificate, else HTTP 80."""
    written = ingress.metadata.annotations.get(LISTEN_PORTS, "")
    if not written:
        secure = CERTIFICATE in ingress.metadata.annotations or bool(ingress.spec.tls)
        return (("HTTPS", 443),) if secure else (("HTTP", 80),)
    try:
        ports = msgspec.json.decode(written, type=tuple[dict[str, int], ...])
    except msgspec.MsgspecError:
        return ()
    return tuple(pair for each in ports for pair in each.items())


def region_of(address: str) -> str:
    """The region in a load balancer's host name (name.REGION.elb.…, name.elb.REGION.…), or empty."""
    found = _REGION.search(address)
    return (found[1] or found[2]) if found else ""


def _unlistened(ingress: Ingress, listeners: Sequence[Listener] | None) -> tuple[str, ...]:
    if listeners is None:
        return ()
    there = {one.port for one in listeners}
    return tuple(str(port) for _, port in listen_ports(ingress) if port not in there)


def _sorted(
    subnets: Iterable[Subnet], ingress: Ingress, cluster: str
) -> tuple[tuple[str, ...], tuple[Observation, ...]]:
    """Subnets that the controller would take, and the others with what is wrong with each."""
    public = ingress.metadata.annotations.get(SCHEME, "internal") == "internet-facing"
    role = "kubernetes.io/role/elb" if public else "kubernetes.io/role/internal-elb"
    fit: list[str] = []
    unfit: list[Observation] = []
    for subnet in sorted(subnets, key=lambda one: (one.availability_zone, one.subnet_id)):
        name = f"{subnet.subnet_id} ({subnet.availability_zone})"
        why = _unfit(subnet, role, cluster)
        if why:
            unfit.append(Observation(f"{name}: {why}", "DescribeSubnets"))
        else:
            fit.append(f"{name}, {subnet.available_ip_address_count} free addresses")
    return tuple(fit), tuple(unfit[:_SHOWN])


def _unfit(subnet: Subnet, role: str, cluster: str) -> str:
    tags = {tag.key: tag.value for tag in subnet.tags}
    clusters = [key.removeprefix(_CLUSTER_TAG) for key in tags if key.startswith(_CLUSTER_TAG)]
    if clusters and cluster and cluster not in clusters:
        return f"tagged for cluster {', '.join(clusters)}, not for {cluster}"
    if tags.get(role) not in {"1", ""}:
        return f"no tag {role}=1"
    if subnet.available_ip_address_count < ADDRESSES:
        return f"{subnet.available_ip_address_count} free addresses, {ADDRESSES} are needed"
    return ""


def covers(name: str, host: str) -> bool:
    """Whether a certificate's name is good for a host; a wildcard stands for one label."""
    if name.startswith("*."):
        first, _, rest = host.partition(".")
        return bool(first) and rest.lower() == name[2:].lower()
    return name.lower() == host.lower()


def _names(certificate: AcmSummary) -> tuple[str, ...]:
    return (certificate.domain_name, *certificate.subject_alternative_name_summaries)


def _certificate(reads: AlbReads, ingress: Ingress, now: datetime) -> Observation | None:
    """What is wrong with the certificates of its hosts; of a listener's own, when there is one."""
    if reads.certificates is None:
        return None
    if reads.balancer is not None:
        used = {each.certificate_arn for one in reads.listeners or () for each in one.certificates}
        own = (one for one in reads.certificates if one.certificate_arn in used)
        return next(filter(None, (_trouble(one, now) for one in own)), None)
    hosts = (rule.host for rule in ingress.spec.rules if rule.host)
    return next(filter(None, (_for_host(host, reads.certificates, now) for host in hosts)), None)


def _for_host(host: str, certificates: Sequence[AcmSummary], now: datetime) -> Observation | None:
    """Why no certificate does for a host; None when one does."""
    covering = [one for one in certificates if any(covers(name, host) for name in _names(one))]
    if not covering:
        known = ", ".join(sorted({one.domain_name for one in certificates})[:_SHOWN]) or "none"
        return Observation(f"no certificate covers {host}; there are: {known}", "ACM")
    troubles = [_trouble(one, now) for one in covering]
    return None if None in troubles else troubles[0]


def _trouble(certificate: AcmSummary, now: datetime) -> Observation | None:
    if certificate.status not in {"ISSUED", ""}:
        return Observation(f"the certificate for {certificate.domain_name} is {certificate.status}", "ACM")
    left = (certificate.not_after - now).total_seconds() if certificate.not_after else SOON
    if left < 0:
        return Observation(f"the certificate for {certificate.domain_name} has expired", "ACM")
    if left < SOON:
        words = f"the certificate for {certificate.domain_name} expires in {seconds_in_words(left)}"
        return Observation(words, "ACM")
    return None


def _group(group: SecurityGroup) -> Observation:
    tags = sorted(tag.key for tag in group.tags if tag.key.startswith(("kubernetes.io/", "elbv2.k8s.aws/")))
    words = f"{group.group_id} ({group.group_name}) carries {', '.join(tags) or 'no tag of a cluster'}"
    return Observation(words, "DescribeSecurityGroups")


def own_groups(groups: Sequence[TargetGroup], ingress: Ingress) -> tuple[TargetGroup, ...]:
    """The target groups of its own Services: Ingresses of one group share a load balancer.

    All of them where none has the name that the controller gives.
    """
    namespace = ingress.metadata.namespace
    prefixes = tuple(binding_prefix(namespace, name) for name in service_names(ingress))
    own = tuple(group for group in groups if group.target_group_name.startswith(prefixes))
    return own or tuple(groups)


def alb_targets(reads: AlbReads, ingress: Ingress, backends: Sequence[Backend]) -> TargetFacts | None:
    """The targets as AWS counts them; None where it names none."""
    pairs = [(one.group, target) for one in reads.groups for target in one.targets]
    living = [(group, target) for group, target in pairs if target.target_health.state != "draining"]
    sick = [(group, target) for group, target in living if target.target_health.state in _SICK]
    if not living:
        return None
    counted = TargetFacts(total=len(living), unhealthy=len(sick))
    known = [one.reads for one in backends if one.reads]
    if not sick or not known:
        return counted
    group, target = sick[0]
    pods = {pod.status.pod_ip: (pod, reads) for reads in known for pod in reads.pods if pod.status.pod_ip}
    pod, behind = pods.get(target.target.id, (None, known[0]))
    health = target.target_health
    source = f"target {target.target.id}:{target.target.port} of {group.target_group_name}"
    facts = described(ingress, behind, counted, Said(health.reason, health.description, source, pod))
    asked = group.health_check_path or facts.asked
    return msgspec.structs.replace(facts, asked=asked, differs=bool(facts.probe) and facts.probe != asked)
