"""Facts about a Service: every word a rule about Services may say."""

from typing import Annotated, Literal

from rules.facts.balancer import BalancerSaidFacts
from rules.facts.base import Facts, SubjectFacts, fact
from rules.finding import ObjectRef, Observation

ServiceType = Literal["ClusterIP", "NodePort", "LoadBalancer", "ExternalName"]


class ServicePortFacts(Facts, frozen=True, kw_only=True):
    """One port of a Service."""

    name: Annotated[str, fact("Its name, or its number where it has none", read="spec.ports")] = "http"
    port: Annotated[int, fact("The number clients connect to", read="spec.ports.port")] = 80
    target: Annotated[str, fact("Number or name it leads to", read="spec.ports.targetPort")] = "8080"
    unnamed: Annotated[
        bool, fact("Whether the target is a name that no container of the selected pods gives a port")
    ] = False
    offered: Annotated[
        tuple[str, ...], fact("Ports the pods' containers declare (http-api 8080)", read="containers.ports")
    ] = ()
    suggested: Annotated[str, fact("The declared name that is meant most probably, or empty")] = ""


class NearLabelsFacts(Facts, frozen=True, kw_only=True):
    """Pods whose labels come near a selector that matches none."""

    owner: Annotated[str, fact("Who owns them (Deployment recommender); empty when none come near")] = ""
    pods: Annotated[int, fact("How many they are")] = 0
    carry: Annotated[str, fact("What they carry instead of what is asked for (app=recommender)")] = ""
    asked: Annotated[str, fact("The part of the selector that they do not carry (app=recomender)")] = ""


class PolicyFacts(Facts, frozen=True, kw_only=True):
    """Who may reach the pods behind the Service, by network policies."""

    isolating: Annotated[
        tuple[str, ...], fact("Policies that choose its pods for ingress", read="NetworkPolicy.spec")
    ] = ()
    closed: Annotated[bool, fact("Whether they let nobody in on any port of the Service")] = False
    closed_ports: Annotated[tuple[str, ...], fact("Ports of the Service on which they let nobody in")] = ()
    admits: Annotated[tuple[str, ...], fact("Who is let in, in words; empty when everybody is")] = ()
    namespaces: Annotated[
        tuple[str, ...], fact("Namespaces all of whose pods are let in; empty when everybody is")
    ] = ()
    by_address: Annotated[
        bool, fact("Whether ranges of addresses are among them, and so pods of any namespace perhaps")
    ] = False
    only: Annotated[Observation | None, fact("That, in a sentence")] = None


class ServiceFacts(SubjectFacts, frozen=True, kw_only=True):
    """Facts about one Service."""

    ref: Annotated[ObjectRef, fact("The Service")] = ObjectRef("Service", "service", "default")
    top_owner: Annotated[ObjectRef, fact("Who made it, or the Service itself")] = ObjectRef(
        "Service", "service", "default"
    )
    type: Annotated[ServiceType, fact("Its type", read="spec.type")] = "ClusterIP"
    headless: Annotated[bool, fact("Whether it has no address of its own on purpose")] = False
    external_name: Annotated[str, fact("The host an ExternalName Service stands for, or empty")] = ""
    age: Annotated[float, fact("Time since creation", unit="seconds")] = 86_400.0
    selects: Annotated[bool, fact("Whether it chooses pods by labels", read="spec.selector")] = True
    selector: Annotated[str, fact("Those labels (app=x,tier=edge)", read="spec.selector")] = "app=service"
    hosted: Annotated[
        bool,
        fact("Whether it is for a part of the control plane that EKS runs outside the cluster (for metrics)"),
    ] = False
    labelled: Annotated[int, fact("Pods whose labels the selector matches")] = 1
    starting: Annotated[int, fact("Of those, how many are too young to be ready")] = 0
    able: Annotated[int, fact("Of those, how many are ready", read="Pod condition Ready")] = 1
    leaving: Annotated[int, fact("Of those, how many are being deleted or have ended")] = 0
    unready: Annotated[
        tuple[str, ...], fact("Pods that should take traffic and do not, with their state, worst first")
    ] = ()
    endpoints: Annotated[int, fact("Its endpoints", read="EndpointSlice.endpoints")] = 1
    ready: Annotated[int, fact("Endpoints that take traffic", read="conditions.ready")] = 1
    publishes_not_ready: Annotated[
        bool, fact("Whether it names pods that are not ready too", read="spec.publishNotReadyAddresses")
    ] = False
    near: Annotated[NearLabelsFacts, fact("Pods whose labels come near")] = NearLabelsFacts()
    workload: Annotated[
        str, fact("The workload whose pods it would choose (deployment/x), when there are none; or empty")
    ] = ""
    wanted: Annotated[int, fact("Pods that this workload wants", read="spec.replicas")] = 0
    ports: Annotated[tuple[ServicePortFacts, ...], fact("Its ports")] = ()
    policy: Annotated[PolicyFacts, fact("Network policies on its pods")] = PolicyFacts()
    address: Annotated[str, fact("Its load balancer's address, or empty", read="status.loadBalancer")] = ""
    balancer: Annotated[BalancerSaidFacts, fact("What its load balancer's controller says")] = (
        BalancerSaidFacts()
    )
    pods_said: Annotated[Observation | None, fact("How its pods and endpoints stand, in a sentence")] = None
    healthy: Annotated[bool, fact("Whether somebody who connects finds somebody who answers")] = True
    effect: Annotated[str, fact("Whether it still serves, in a sentence")] = ""
