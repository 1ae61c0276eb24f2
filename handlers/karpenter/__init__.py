"""`diagnose nodepool`, `nodeclaim` and `ec2nodeclass`: what Karpenter makes nodes from."""

from handlers.karpenter.claim import NODECLAIM, NODECLAIM_SWEEP
from handlers.karpenter.node_class import EC2NODECLASS, EC2NODECLASS_SWEEP
from handlers.karpenter.pool import NODEPOOL, NODEPOOL_SWEEP

__all__ = [
    "EC2NODECLASS",
    "EC2NODECLASS_SWEEP",
    "NODECLAIM",
    "NODECLAIM_SWEEP",
    "NODEPOOL",
    "NODEPOOL_SWEEP",
]
