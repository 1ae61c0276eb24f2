"""`diagnose persistentvolumeclaim`: why a claim has no volume, cannot go, cannot grow, or is full."""

from handlers.volume.claim import PERSISTENTVOLUMECLAIM
from handlers.volume.sweep import PERSISTENTVOLUMECLAIM_SWEEP

__all__ = ["PERSISTENTVOLUMECLAIM", "PERSISTENTVOLUMECLAIM_SWEEP"]
