"""Facts about what uses most: one node or pod, or all that were looked at."""

from typing import Annotated

from rules.facts.base import SubjectFacts, fact
from rules.finding import ObjectRef, Observation


class TopFacts(SubjectFacts, frozen=True, kw_only=True):
    """What one node or pod uses of what it may, or how many of all of them are unwell."""

    ref: Annotated[ObjectRef, fact("The node or pod")] = ObjectRef("Node", "node-1")
    top_owner: Annotated[ObjectRef, fact("The node, or the pod's owner")] = ObjectRef("Node", "node-1")
    title: Annotated[str, fact("It in words (Node node-1)")] = "Node node-1"
    is_node: Annotated[bool, fact("Whether it is a node, not a pod")] = True
    cpu: Annotated[float | None, fact("CPU in use of what it may have", unit="percent")] = None
    memory: Annotated[float | None, fact("Memory in use of what it may have", unit="percent")] = None
    said: Annotated[Observation | None, fact("That, in a sentence", read="metrics.k8s.io")] = None
    total: Annotated[int, fact("Nodes or pods that were looked at; 0 in facts about a single one")] = 0
    unwell: Annotated[int, fact("How many of those are not as they should be", read="status")] = 0
    states_of_unwell: Annotated[
        tuple[str, ...], fact("Their states, most frequent first (12 CrashLoopBackOff)")
    ] = ()
    what: Annotated[str, fact("nodes or pods")] = "pods"
    most: Annotated[str, fact("Who uses most, in a sentence; or that nothing was measured")] = ""
    namespace: Annotated[str, fact("The namespace that was looked at; empty for all")] = ""
