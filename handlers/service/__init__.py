"""`diagnose service`: why nobody answers behind a Service."""

from handlers.contract import Handler
from handlers.ingress_reads import NEEDS
from handlers.pod_reads import NEEDS as POD_NEEDS
from handlers.service.gather import gather
from handlers.service.suspects import suspects
from handlers.sweep import Sweep

SERVICE = Handler(
    verb="diagnose",
    subject="service",
    aliases=("services", "svc"),
    usage="diagnose service NAME [-n NAMESPACE] [--cluster CLUSTER]",
    summary="Why nobody answers behind a Service: selector, pods, ports, endpoints, network policies.",
    cost=2,
    needs=tuple(dict.fromkeys((*NEEDS, *POD_NEEDS))),
    gather=gather,
)
SERVICE_SWEEP = Sweep(handler=SERVICE, suspects=suspects)

__all__ = ["SERVICE", "SERVICE_SWEEP"]
