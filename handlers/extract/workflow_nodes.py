"""The tree of a workflow's nodes: which step decides how the workflow stands, and which pod is its."""

import base64
import binascii
import zlib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

import msgspec
from msgspec import Struct

from handlers.sources.objects.argo import Workflow, WorkflowNode
from handlers.sources.objects.pod import Pod

NODE_ID = "workflows.argoproj.io/node-id"
"""Annotation of a step's pod: the id of its node."""
BAD = frozenset({"Failed", "Error"})
WAITING = frozenset({"Pending", ""})
MOST_BYTES = 64 * 1024 * 1024
"""Decompressed nodes that are read at most; the API server itself stores at most 1.5 MiB of an object."""
_LATE = datetime.max.replace(tzinfo=UTC)
_GZIP = zlib.MAX_WBITS | 16
_BY_SHUTDOWN = ("workflow shutdown with strategy", "Stopped with strategy", "terminated by parallelism")
_EXIT_HANDLER = ".onExit"
_LONGEST_PREFIX = 253 - 10 - 1


class NodesUnread(ValueError):
    """The nodes of a workflow are not in the object, or cannot be read; the text says why."""


class Tree(Struct, frozen=True):
    """The nodes of one workflow, by id; `retries` has the Retry node above each attempt."""

    nodes: Mapping[str, WorkflowNode] = {}
    retries: Mapping[str, WorkflowNode] = {}

    @classmethod
    def of(cls, workflow: Workflow) -> "Tree":
        """Read the nodes, compressed or not. Raises NodesUnread."""
        status = workflow.status
        if status.nodes:
            return cls.from_nodes(status.nodes)
        if status.compressed_nodes:
            return cls.from_nodes(_decompressed(status.compressed_nodes))
        if status.offload_node_status_version:
            raise NodesUnread("they are offloaded to the controller's database (nodeStatusOffLoad)")
        return cls()

    @classmethod
    def from_nodes(cls, nodes: Mapping[str, WorkflowNode]) -> "Tree":
        """Index nodes once: workflows may have thousands."""
        retries = (node for node in nodes.values() if node.type == "Retry")
        return cls(nodes, {child: node for node in retries for child in node.children})

    def failed_leaves(self) -> tuple[WorkflowNode, ...]:
        """What failed by itself and was not made good, the first cause first.

        A group fails because a step in it does, so only nodes without a failed one below count. A retry that
        succeeded or still goes on, and a group that succeeded all the same (continueOn), forgive what is in
        them. What the end of the workflow stopped, and exit handlers, come last.
        """
        bad = [node for node in self.nodes.values() if node.phase in BAD and not self._forgiven(node)]
        ids = {node.id for node in bad}
        above = {node.boundary_id for node in bad}
        leaves = [node for node in bad if node.id not in above and not ids.intersection(node.children)]
        return tuple(sorted(leaves, key=_cause_first))

    def waiting_leaves(self) -> tuple[WorkflowNode, ...]:
        """Pending steps, the one that waits longest first; those with a word why before those without."""
        waiting = [node for node in self.nodes.values() if node.phase in WAITING and not node.children]
        return tuple(sorted(waiting, key=lambda node: (not node.message, node.started_at or _LATE, node.id)))

    def retrying(self) -> tuple[WorkflowNode, ...]:
        """Retry nodes that go on after an attempt has failed."""
        return tuple(
            node
            for node in self.nodes.values()
            if node.type == "Retry"
            and node.phase not in BAD | {"Succeeded"}
            and any(child.phase in BAD for child in self._children(node))
        )

    def suspended(self) -> bool:
        """Whether a Suspend node waits."""
        return any(node.type == "Suspend" and node.phase == "Running" for node in self.nodes.values())

    def attempts(self, node: WorkflowNode) -> int:
        """How often the step of this node was tried."""
        retry = self.retries.get(node.id)
        return len(self._children(retry)) if retry else 1

    def with_pod(self, node: WorkflowNode) -> WorkflowNode:
        """The node whose pod this one runs in: of a container in a container set, the node above it."""
        return self.nodes.get(node.boundary_id, node) if node.type == "Container" else node

    def steps(self) -> tuple[WorkflowNode, ...]:
        """The steps with a pod, each once, however often it was tried."""
        return tuple(
            node
            for node in self.nodes.values()
            if (node.type == "Pod" and node.id not in self.retries)
            or (node.type == "Retry" and any(child.type == "Pod" for child in self._children(node)))
        )

    def _children(self, node: WorkflowNode) -> tuple[WorkflowNode, ...]:
        return tuple(self.nodes[child] for child in node.children if child in self.nodes)

    def _forgiven(self, node: WorkflowNode) -> bool:
        """Whether this attempt, or what it is a part of, was made good or is being tried again."""
        seen: set[str] = set()
        here: WorkflowNode | None = node
        while here is not None and here.id not in seen:
            seen.add(here.id)
            retry = self.retries.get(here.id)
            if retry is not None and (retry.phase not in BAD or retry.children[-1] != here.id):
                return True
            here = self.nodes.get(here.boundary_id)
            if here is not None and here.phase == "Succeeded":
                return True
        return False


def _cause_first(node: WorkflowNode) -> tuple[bool, bool, datetime, bool, str]:
    stopped = node.message.startswith(_BY_SHUTDOWN)
    return stopped, _EXIT_HANDLER in node.name, node.finished_at or _LATE, not node.message, node.id


def _decompressed(text: str) -> Mapping[str, WorkflowNode]:
    """Base64 of gzip of JSON. Raises NodesUnread."""
    try:
        reader = zlib.decompressobj(_GZIP)
        raw = reader.decompress(base64.b64decode(text, validate=True), MOST_BYTES)
        if reader.unconsumed_tail:
            raise NodesUnread("the compressed nodes are larger than 64 MiB")
        return msgspec.json.decode(raw, type=dict[str, WorkflowNode])
    except (binascii.Error, zlib.error, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise NodesUnread(f"the compressed nodes cannot be read: {error}") from error


def template_of(node: WorkflowNode) -> str:
    """The template a node runs, by its name."""
    return node.template_ref.template if node.template_ref else node.template_name


def pod_names(workflow: str, node: WorkflowNode) -> tuple[str, ...]:
    """Names the pod of a node may have: `<workflow>-<template>-<hash>` (v2), or the node's id (v1)."""
    prefix, _, number = node.id.rpartition("-")
    if prefix != workflow:
        return (node.id,)
    return (f"{f'{workflow}-{template_of(node)}'[:_LONGEST_PREFIX]}-{number}", node.id)


def pod_of(workflow: str, node: WorkflowNode, pods: Iterable[Pod]) -> Pod | None:
    """The pod of a node: by its annotation, else by its name."""
    every = tuple(pods)
    marked = (pod for pod in every if pod.metadata.annotations.get(NODE_ID) == node.id)
    names = pod_names(workflow, node)
    named = (pod for name in names for pod in every if pod.metadata.name == name)
    return next(marked, None) or next(named, None)
