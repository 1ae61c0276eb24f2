"""Facts about an Ingress: every word a rule about Ingresses may say."""

from typing import Annotated

from rules.facts.alb import AlbFacts
from rules.facts.balancer import BalancerSaidFacts, TargetFacts
from rules.facts.base import Facts, SubjectFacts, fact
from rules.finding import ObjectRef, Observation


class BackendFacts(Facts, frozen=True, kw_only=True):
    """One Service that an Ingress leads to."""

    name: Annotated[str, fact("Name of the Service", read="spec.rules.http.paths.backend")] = "service"
    port: Annotated[str, fact("Port the Ingress names, by number or name")] = "80"
    exists: Annotated[bool, fact("Whether the Service exists")] = True
    port_exists: Annotated[bool, fact("Whether the Service has that port")] = True
    offered: Annotated[tuple[str, ...], fact("Ports the Service has")] = ()
    serves: Annotated[bool, fact("Whether the Service has an endpoint that takes traffic")] = True
    hosts: Annotated[tuple[str, ...], fact("Hosts and paths that lead to it")] = ()


class IngressControllerFacts(Facts, frozen=True, kw_only=True):
    """The load balancer controller's own pods."""

    pods: Annotated[int, fact("How many there are")] = 1
    ready: Annotated[int, fact("How many of them are ready")] = 1
    namespace: Annotated[str, fact("Where they are looked for")] = "kube-system"
    selector: Annotated[str, fact("How they are found")] = ""


class IngressFacts(SubjectFacts, frozen=True, kw_only=True):
    """Facts about one Ingress."""

    ref: Annotated[ObjectRef, fact("The Ingress")] = ObjectRef("Ingress", "ingress", "default")
    top_owner: Annotated[ObjectRef, fact("Who made it, or itself")] = ObjectRef(
        "Ingress", "ingress", "default"
    )
    age: Annotated[float, fact("Time since creation", unit="seconds")] = 86_400.0
    class_name: Annotated[str, fact("Its class; empty for the default one", read="ingressClassName")] = "alb"
    class_exists: Annotated[bool, fact("Whether there is such a class")] = True
    classes: Annotated[tuple[str, ...], fact("The classes there are", read="IngressClass")] = ()
    is_alb: Annotated[
        bool, fact("Whether the AWS load balancer controller takes it", read="IngressClass.spec.controller")
    ] = True
    managed: Annotated[bool, fact("Whether AWS itself runs that controller (EKS Auto Mode)")] = False
    hosts: Annotated[tuple[str, ...], fact("Its hosts", read="spec.rules.host")] = ()
    address: Annotated[str, fact("Its load balancer's address, or empty", read="status.loadBalancer")] = "lb"
    backends: Annotated[tuple[BackendFacts, ...], fact("The Services it leads to")] = ()
    controller: Annotated[IngressControllerFacts, fact("The controller")] = IngressControllerFacts()
    balancer: Annotated[BalancerSaidFacts, fact("What the controller says")] = BalancerSaidFacts()
    reconciled: Annotated[
        Observation | None, fact("When the controller last carried it out", read="SuccessfullyReconciled")
    ] = None
    targets: Annotated[TargetFacts, fact("The targets behind its load balancer")] = TargetFacts()
    alb: Annotated[AlbFacts, fact("The load balancer in AWS")] = AlbFacts()
    stuck_for: Annotated[
        float | None, fact("Time since its deletion, when a finalizer still holds it", unit="seconds")
    ] = None
    finalizers: Annotated[tuple[str, ...], fact("Finalizers that hold it", read="metadata.finalizers")] = ()
    tls_said: Annotated[
        Observation | None, fact("What is said of a Secret of its TLS that is missing", read="events")
    ] = None
    certificates_waiting: Annotated[
        tuple[str, ...], fact("cert-manager Certificates of its TLS Secrets that are not ready")
    ] = ()
    healthy: Annotated[bool, fact("Whether requests from outside reach somebody who answers")] = True
    effect: Annotated[str, fact("What callers from outside see, in a sentence")] = ""
