"""What an InferenceService asks for: stopped or not, which model, under which name and protocol."""

import difflib
from collections.abc import Iterable
from itertools import pairwise
from typing import Literal

import msgspec
from msgspec import Struct

from handlers.sources.objects.meta import Condition
from handlers.sources.objects.pod import Pod
from handlers.sources.objects.serving import ComponentSpec, InferenceService, ModelFormat, ModelSpec
from rules.facts.pod import PodFacts

STOP = "serving.kserve.io/stop"
"""Annotation by which an InferenceService is stopped on purpose."""
_FRAMEWORKS = (
    "sklearn",
    "xgboost",
    "lightgbm",
    "tensorflow",
    "pytorch",
    "onnx",
    "triton",
    "huggingface",
    "pmml",
    "paddle",
)
_CLOSE = 0.75
_V2_ONLY = frozenset({"mlflow", "triton"})


def condition(item: InferenceService, kind: str) -> Condition:
    """A condition; an empty one when it is not reported."""
    return next((c for c in item.status.conditions if c.type == kind), Condition(type=kind))


def is_stopped(item: InferenceService) -> bool:
    """Whether it is stopped on purpose."""
    asked = item.metadata.annotations.get(STOP, "").lower() == "true"
    return (
        asked or condition(item, "Stopped").status == "True" or condition(item, "Ready").reason == "Stopped"
    )


def is_serverless(item: InferenceService) -> bool:
    """Whether Knative serves it; a mode that is not said is told by its revisions."""
    mode = item.status.deployment_mode or item.metadata.annotations.get(
        "serving.kserve.io/deploymentMode", ""
    )
    if mode:
        return mode in {"Serverless", "Knative"}
    return any(one.latest_created_revision for one in item.status.components.values())


def model_of(component: ComponentSpec) -> ModelSpec:
    """The model of a component, whichever way it is said; an empty one for a container of one's own."""
    if component.model is not None:
        return component.model
    for framework in _FRAMEWORKS:
        model: ModelSpec | None = getattr(component, framework)
        if model is not None:
            return msgspec.structs.replace(model, model_format=ModelFormat(name=framework))
    return ModelSpec()


def meant_uri(uri: str, others: Iterable[str]) -> str:
    """The URI with its last part spelt as other models spell it; empty unless it is close to one of those."""
    parent, _, last = uri.rstrip("/").rpartition("/")
    ends = {other.rstrip("/").rpartition("/")[2] for other in others if other != uri}
    near = difflib.get_close_matches(last, ends, 1, _CLOSE) if last not in ends else []
    return f"{parent}/{near[0]}" if near and not near[0].isdigit() else ""


class ServerWords(Struct, frozen=True):
    """What the pod of a predictor tells of its server.

    Attributes:
        commands: command and arguments of its containers.
        probes: what their readiness probes ask for.
    """

    commands: tuple[str, ...] = ()
    probes: tuple[str, ...] = ()


def words_of_facts(pod: PodFacts) -> ServerWords:
    """The words of a pod that was diagnosed."""
    mains = [container for container in pod.containers if container.kind == "main"]
    return ServerWords(tuple(c.command for c in mains), tuple(c.readiness.does for c in mains))


def words_of_pod(pod: Pod) -> ServerWords:
    """The words of a pod as the API tells it."""
    probes = [c.readiness_probe.http_get for c in pod.spec.containers if c.readiness_probe]
    return ServerWords(
        tuple(" ".join((*c.command, *c.args)) for c in pod.spec.containers),
        tuple(probe.path for probe in probes if probe),
    )


def model_name(item: InferenceService, words: ServerWords) -> str:
    """The model's name in URLs: what the server was started with, else that of the InferenceService."""
    for command in words.commands:
        for flag, value in pairwise(command.replace("=", " ").split()):
            if flag in {"--model_name", "--model-name"}:
                return value
    return item.metadata.name


def protocol_of(model: ModelSpec, words: ServerWords) -> Literal["v1", "v2"]:
    """The protocol its URLs follow: as asked for, else as its readiness check or format tells."""
    asks = " ".join(words.probes)
    if model.protocol_version:
        return "v2" if "v2" in model.protocol_version else "v1"
    if "/v2/" in asks or "/v1/" in asks:
        return "v2" if "/v2/" in asks else "v1"
    return "v2" if model.model_format.name in _V2_ONLY else "v1"
