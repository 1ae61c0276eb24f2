"""The log endpoint of a recorded pod."""

import json
from collections.abc import Mapping
from datetime import datetime

from handlers.sources.objects.meta import Resource
from handlers.sources.recorded_logs import LogOptions, apply, read_log
from tests.fakes.kubernetes.bundle import Bundle
from tests.fakes.kubernetes.recorded_answers import bad_request

PODS = Resource("", "v1", "pods", "Pod")


def read(bundle: Bundle, namespace: str, name: str, query: Mapping[str, str], now: datetime) -> bytes:
    """The log as the query asks for it; a Refusal is raised as the API server words it."""
    spec = json.loads(bundle.item(PODS, namespace, name))["spec"]
    containers = [each["name"] for each in spec["containers"]]
    container = query.get("container", "") or _only(name, containers)
    if container not in (*containers, *(each["name"] for each in spec.get("initContainers", []))):
        raise bad_request(f"container {container} is not valid for pod {name}")
    previous = query.get("previous") == "true"
    log = read_log(bundle.archive, namespace, name, container, previous=previous)
    if log is None:
        return b""
    if log.refused:
        raise bad_request(log.refused)
    return apply(log.content, _options(query), lambda: now)


def _only(pod: str, containers: list[str]) -> str:
    if len(containers) == 1:
        return containers[0]
    choices = " ".join(containers)
    raise bad_request(f"a container name must be specified for pod {pod}, choose one of: [{choices}]")


def _options(query: Mapping[str, str]) -> LogOptions:
    numbers = {key: int(query[key]) for key in ("tailLines", "sinceSeconds", "limitBytes") if key in query}
    return LogOptions(
        tail_lines=numbers.get("tailLines"),
        since_seconds=numbers.get("sinceSeconds"),
        limit_bytes=numbers.get("limitBytes"),
    )
