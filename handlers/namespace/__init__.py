"""`diagnose namespace`: a deletion that does not end, quotas that refuse, pods that are unwell."""

from handlers.namespace.answer import NAMESPACE
from handlers.namespace.sweep import NAMESPACE_SWEEP

__all__ = ["NAMESPACE", "NAMESPACE_SWEEP"]
