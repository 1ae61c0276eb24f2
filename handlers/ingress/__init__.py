"""`diagnose ingress`: why traffic from outside does not arrive."""

from handlers.contract import Handler
from handlers.ingress.aws import IAM, with_aws
from handlers.ingress.gather import gather
from handlers.ingress.suspects import suspects
from handlers.ingress_reads import NEEDS
from handlers.pod_reads import NEEDS as POD_NEEDS
from handlers.sweep import Sweep

INGRESS = Handler(
    verb="diagnose",
    subject="ingress",
    aliases=("ingresses", "ing"),
    usage="diagnose ingress NAME [-n NAMESPACE] [--cluster CLUSTER]",
    summary="Why traffic from outside does not arrive: class, ALB, subnets, certificate, targets, Services.",
    cost=2,
    needs=tuple(dict.fromkeys((*NEEDS, *POD_NEEDS))),
    iam=IAM,
    gather=gather,
)
INGRESS_SWEEP = Sweep(handler=INGRESS, suspects=suspects)

__all__ = ["INGRESS", "INGRESS_SWEEP", "with_aws"]
