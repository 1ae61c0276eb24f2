"""`diagnose apiservice`: why an aggregated API does not answer."""

from handlers.apiservice.gather import gather, suspects
from handlers.contract import Handler, Need
from handlers.pod_reads import NEEDS as POD_NEEDS
from handlers.service_reads import NEEDS as SERVICE_NEEDS
from handlers.sweep import Sweep

_OWN = (
    Need("get", "apiregistration.k8s.io", "apiservices"),
    Need("list", "apiregistration.k8s.io", "apiservices"),
)

APISERVICE = Handler(
    verb="diagnose",
    subject="apiservice",
    aliases=("apiservices",),
    namespaced=False,
    usage="diagnose apiservice NAME [--cluster CLUSTER]",
    summary="Why an aggregated API (metrics, custom metrics) is unavailable.",
    cost=2,
    needs=tuple(dict.fromkeys((*_OWN, *SERVICE_NEEDS, *POD_NEEDS))),
    gather=gather,
)
APISERVICE_SWEEP = Sweep(handler=APISERVICE, suspects=suspects)

__all__ = ["APISERVICE", "APISERVICE_SWEEP"]
