"""Which kinds a look at everything sweeps, each with its own suspicion; pods are swept by `health` itself."""

from handlers.node import NODE_SWEEP
from handlers.sweep import Sweep
from handlers.volume import PERSISTENTVOLUMECLAIM_SWEEP

SWEEPS: tuple[Sweep, ...] = (
    # nodes
    NODE_SWEEP,
    # volumes and namespaces
    PERSISTENTVOLUMECLAIM_SWEEP,
)
"""In the order causes are told among equals: what others stand on first."""
