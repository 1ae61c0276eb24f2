"""The workflow controllers of the platform: do they run, and which workflows do they take up."""

from collections.abc import Iterable, Mapping, Sequence

import yaml
from msgspec import Struct

from handlers.extract.owner import top_owner
from handlers.extract.pod_status import looks_healthy
from handlers.extract.workflow import INSTANCE_ID
from handlers.sources.objects.argo import Workflow
from handlers.sources.objects.config_map import ConfigMap
from handlers.sources.objects.pod import Pod
from rules.facts.workflow import ControllerFacts
from rules.finding import Observation

CONFIG_NAMES = ("workflow-controller-configmap", "argo-workflows-workflow-controller-configmap")
"""Names of the controller's ConfigMap where its arguments say none: upstream's and the chart's."""
_LIMITS = ("parallelism", "namespaceParallelism")


class Settings(Struct, frozen=True, kw_only=True):
    """What a controller's ConfigMap says, as far as it is read."""

    name: str = ""
    instance_id: str = ""
    parallelism: int | None = None
    namespace_parallelism: int | None = None


def argument(pod: Pod, flag: str) -> str:
    """The value of a flag of the controller ("--configmap x", "--configmap=x"); empty without it."""
    words = _words(pod)
    for index, word in enumerate(words):
        if word.startswith(f"--{flag}="):
            return word.partition("=")[2]
        if word == f"--{flag}":
            return words[index + 1] if index + 1 < len(words) else ""
    return ""


def _words(pod: Pod) -> list[str]:
    return [word for c in pod.spec.containers for word in (*c.command, *c.args)]


def config_names(pods: Iterable[Pod]) -> tuple[str, ...]:
    """Names the controllers' ConfigMaps may have."""
    said = dict.fromkeys(filter(None, (argument(pod, "configmap") for pod in pods)))
    return tuple(said) or CONFIG_NAMES


def settings_of(config: ConfigMap) -> Settings:
    """Read the settings: the key `config` holds YAML, or each setting is a key of its own."""
    said = _mapping(config.data.get("config", "")) or dict(config.data)
    limits = [_whole(said.get(name)) for name in _LIMITS]
    return Settings(
        name=config.metadata.name,
        instance_id=str(said.get("instanceID") or ""),
        parallelism=limits[0],
        namespace_parallelism=limits[1],
    )


def _mapping(text: str) -> Mapping[str, object]:
    try:
        said = yaml.safe_load(text)
    except yaml.YAMLError:
        return {}
    return {str(key): value for key, value in said.items()} if isinstance(said, dict) else {}


def _whole(value: object) -> int | None:
    """A number that stands there as such or as text; 0 means no limit."""
    text = str(value if value is not None else "").strip()
    return int(text) if text.isdigit() and int(text) > 0 else None


def controller_facts(
    workflow: Workflow,
    pods: Sequence[Pod],
    settings: Sequence[Settings],
    namespace: str,
    missing: Mapping[str, str],
) -> ControllerFacts:
    """Facts about the controllers as they matter to one workflow."""
    wanted = workflow.metadata.labels.get(INSTANCE_ID, "")
    ids = tuple(dict.fromkeys(one.instance_id for one in settings)) or ("",)
    first = next(iter(settings), Settings())
    return ControllerFacts(
        pods=len(pods),
        ready=sum(looks_healthy(pod) for pod in pods),
        namespace=namespace,
        deployment=_deployment(pods),
        instance_ids=ids,
        answers=wanted in ids,
        instances_said=_instances(ids, first.name, namespace),
        watches=not pods or any(_watches(pod, workflow.metadata.namespace) for pod in pods),
        parallelism=first.parallelism,
        namespace_parallelism=first.namespace_parallelism,
        limits_said=_limits(first, namespace),
        config=first.name,
        missing=missing,
    )


def _watches(pod: Pod, namespace: str) -> bool:
    """A controller installed for one namespace watches that one alone: its own, or --managed-namespace."""
    managed = argument(pod, "managed-namespace")
    alone = any(word in {"--namespaced", "--namespaced=true"} for word in _words(pod))
    return namespace == (managed or pod.metadata.namespace) if alone or managed else True


def _deployment(pods: Sequence[Pod]) -> str:
    owner = top_owner(pods[0]) if pods else None
    return f"{owner.kind.lower()}/{owner.name}" if owner else ""


def _instances(ids: Sequence[str], config: str, namespace: str) -> Observation:
    words = " and ".join(f'instance id "{one}"' if one else "no instance id" for one in ids)
    where = f"ConfigMap {namespace}/{config}" if config else f"ConfigMaps of {namespace}"
    return Observation(f"the controller of namespace {namespace} has {words}", where)


def _limits(settings: Settings, namespace: str) -> Observation | None:
    pairs = (
        ("parallelism", settings.parallelism),
        ("namespaceParallelism", settings.namespace_parallelism),
    )
    words = ", ".join(f"{name} {limit}" for name, limit in pairs if limit is not None)
    return Observation(words, f"ConfigMap {namespace}/{settings.name}") if words else None
