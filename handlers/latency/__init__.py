"""`diagnose latency`: what makes answers slow in a namespace, of a model, or of a workload."""

from handlers.latency.answer import LATENCY

__all__ = ["LATENCY"]
