"""`mlops top`: which nodes and pods use most, beside what they request and may have."""

from handlers.top.nodes import TOP_NODES
from handlers.top.pods import TOP_PODS

__all__ = ["TOP_NODES", "TOP_PODS"]
