"""A large cluster grown from the recorded one, as a bundle that the local API server serves.

Every copy of a workload has names, uids and owners of its own, so nothing folds that would not in a real
cluster. One copy in fifty is of a workload that is broken, beside all that is broken in the recorded cluster;
the others are of healthy ones.

`python -m tests.fakes.kubernetes.large PODS` writes it to a folder of its own, serves it, prints the address
and goes on until its input closes.
"""

import asyncio
import csv
import gc
import json
import re
import sys
import tempfile
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from handlers.sources.archive import open_archive
from tests.fakes.kubernetes.bundle import DEMO
from tests.fakes.kubernetes.server import ApiServer
from tests.fakes.kubernetes.synthetic import padded

Json = dict[str, Any]
Lists = Mapping[str, list[Json]]
EXPECTED = Path(__file__).parents[2] / "lab" / "expected.tsv"
LISTS = "cluster-resources"
LOGS = f"{LISTS}/pods/logs"
BROKEN_ONE_IN = 50
PODS_PER_NODE = 20
PODS_PER_SERVICE = 5
COPIES_WITH_LOGS = 400
"""Healthy copies that have logs; broken ones all do."""
LONGEST_NAME = 55
PARTS = ("pods", "replicasets", "deployments", "services", "endpointslices", "events")
_UID = re.compile(r"\b[0-9a-f]{8}(-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\b")


@dataclass
class Family:
    """A Deployment and everything that belongs to it; `unwell` when something in it is broken."""

    name: str
    namespace: str
    unwell: bool
    parts: Mapping[str, list[str]]
    logs: Mapping[str, bytes] = field(default_factory=dict)


class Grower:
    """Makes copies of families until there is enough of everything."""

    def __init__(self, folder: Path, families: Sequence[Family]) -> None:
        self._folder = folder
        self._pools = {sick: [each for each in families if each.unwell is sick] for sick in (False, True)}
        self.grown: dict[tuple[str, str], list[Json]] = defaultdict(list)
        self.made: dict[str, int] = defaultdict(int)

    def grow(self, pods: int, services: int) -> None:
        """Add so many pods, and Services as long as there are fewer than wanted."""
        copy = 0
        while self.made["pods"] < pods:
            copy += 1
            pool = self._pools[copy % BROKEN_ONE_IN == 0]
            family = pool[copy % len(pool)]
            self._copy(family, copy, with_services=self.made["services"] < services)
            if family.unwell or copy < COPIES_WITH_LOGS:
                self._write_logs(family, copy)

    def _copy(self, family: Family, copy: int, *, with_services: bool) -> None:
        for kind in PARTS:
            if kind in {"services", "endpointslices"} and not with_services:
                continue
            copies = [json.loads(_renamed(raw, family.name, copy)) for raw in family.parts[kind]]
            self.grown[kind, family.namespace] += (
                [padded(each) for each in copies] if kind == "pods" else copies
            )
            self.made[kind] += len(copies)

    def _write_logs(self, family: Family, copy: int) -> None:
        for name, content in family.logs.items():
            pod, _, rest = name.partition("/")
            target = self._folder / LOGS / family.namespace / _renamed(pod, family.name, copy) / rest
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)


def write_large(folder: Path, pods: int) -> Path:
    """Write a cluster of so many pods, as many events, a node for every 20 and a Service for every 5."""
    archive = open_archive(DEMO)
    lists: Lists = {
        name: _items(archive.read(name)) for name in archive.names if _is_list(name) and LOGS not in name
    }
    logs = {name.removeprefix(f"{LOGS}/"): archive.read(name) for name in archive.names if LOGS in name}
    for name in archive.names:
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(archive.read(name))
    grower = Grower(folder, list(_families(lists, logs)))
    grower.grow(pods - len(_all(lists, "pods")), pods // PODS_PER_SERVICE - len(_all(lists, "services")))
    for (kind, namespace), items in grower.grown.items():
        _append(folder / LISTS / kind / f"{namespace}.json", items)
    events = pods - grower.made["events"] - len(_all(lists, "events"))
    _append(folder / LISTS / "events" / "default.json", [_quiet(number) for number in range(max(0, events))])
    _append(folder / LISTS / "nodes.json", _nodes(lists, pods // PODS_PER_NODE - len(_all(lists, "nodes"))))
    return folder


def _families(lists: Lists, logs: Mapping[str, bytes]) -> Iterator[Family]:
    broken = set(_broken())
    for deployment in _all(lists, "deployments"):
        meta = deployment["metadata"]
        sets = [each for each in _all(lists, "replicasets") if _owner(each) == meta["uid"]]
        owners = {each["metadata"]["uid"] for each in sets}
        pods = [pod for pod in _all(lists, "pods") if _owner(pod) in owners]
        if not pods or any(len(pod["metadata"]["name"]) > LONGEST_NAME for pod in pods):
            continue
        services = [each for each in _all(lists, "services") if _selects(each, pods[0])]
        names = {each["metadata"]["name"] for each in services}
        slices = [e for e in _all(lists, "endpointslices") if _of_service(e, meta["namespace"], names)]
        uids = {each["metadata"]["uid"] for each in (deployment, *sets, *pods, *services)}
        events = [event for event in _all(lists, "events") if event["involvedObject"].get("uid") in uids]
        groups = (pods, sets, [deployment], services, slices, events)
        yield Family(
            meta["name"],
            meta["namespace"],
            unwell=not all(map(_ready, pods)) or (meta["namespace"], meta["name"]) in broken,
            parts={
                kind: [json.dumps(each, separators=(",", ":")) for each in members]
                for kind, members in zip(PARTS, groups, strict=True)
            },
            logs=dict(_logs_of(pods, logs)),
        )


def _broken() -> Iterator[tuple[str, str]]:
    """Namespaces and names of what the recorded cluster's makers call broken, and of what owns it."""
    with EXPECTED.open(encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            yield row["namespace"], row["name"]
            yield row["namespace"], row["owner"].rpartition("/")[2]


def _logs_of(pods: Iterable[Json], logs: Mapping[str, bytes]) -> Iterator[tuple[str, bytes]]:
    for pod in pods:
        start = f"{pod['metadata']['namespace']}/{pod['metadata']['name']}/"
        for name, content in logs.items():
            if name.startswith(start):
                yield name.partition("/")[2], content


def _renamed(raw: str, name: str, copy: int) -> str:
    """The object with its workload's name and all uids made its own; what they refer to follows."""
    renamed = re.sub(rf"(?<![a-z0-9.-]){re.escape(name)}(?![a-z0-9])", f"{name}-{copy}", raw)
    return _UID.sub(lambda match: f"{copy:08x}{match[1]}", renamed)


def _quiet(number: int) -> Json:
    """An event of every day about something that is gone."""
    about = {"kind": "Pod", "namespace": "default", "name": f"gone-{number}", "uid": f"gone-{number}"}
    return {
        "metadata": {"name": f"gone-{number}.1", "namespace": "default", "uid": f"event-{number}"},
        "involvedObject": about,
        "type": "Normal",
        "reason": "Scheduled",
        "message": f"Successfully assigned default/gone-{number} to a node",
        "count": 1,
        "lastTimestamp": "2026-11-22T09:30:00Z",
    }


def _nodes(lists: Lists, number: int) -> list[Json]:
    """Copies of a healthy node; nothing runs on them."""
    model = next(node for node in _all(lists, "nodes") if _ready(node) and not node["spec"].get("taints"))
    raw, name = json.dumps(model), model["metadata"]["name"]
    return [json.loads(_UID.sub(f"{n:08x}\\1", raw.replace(name, f"spare-{n}"))) for n in range(number)]


def _is_list(name: str) -> bool:
    return name.startswith(f"{LISTS}/") and name.endswith(".json")


def _items(body: bytes) -> list[Json]:
    content = json.loads(body)
    listed: list[Json] = content.get("items", []) if isinstance(content, dict) else content
    return listed


def _all(lists: Lists, kind: str) -> list[Json]:
    found = re.compile(rf"{LISTS}/{kind}(/[^/]+)?\.json")
    return [item for name, items in lists.items() if found.fullmatch(name) for item in items]


def _owner(item: Json) -> str:
    return next((str(owner["uid"]) for owner in item["metadata"].get("ownerReferences") or ()), "")


def _selects(service: Json, pod: Json) -> bool:
    selector, labels = service["spec"].get("selector"), pod["metadata"].get("labels") or {}
    same = service["metadata"]["namespace"] == pod["metadata"]["namespace"]
    return bool(same and selector and selector.items() <= labels.items())


def _of_service(item: Json, namespace: str, names: Collection[str]) -> bool:
    service = (item["metadata"].get("labels") or {}).get("kubernetes.io/service-name")
    return item["metadata"]["namespace"] == namespace and service in names


def _ready(item: Json) -> bool:
    conditions = item["status"].get("conditions") or ()
    return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)


def _append(file: Path, items: Sequence[Json]) -> None:
    known = _items(file.read_bytes()) if file.exists() else []
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"items": [*known, *items]}), "utf-8")


async def serve(pods: int) -> None:
    """Serve until the input closes."""
    with tempfile.TemporaryDirectory() as folder:
        async with ApiServer(write_large(Path(folder), pods)) as server:
            print(server.url, flush=True)  # noqa: T201 - whoever started it reads this
            await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    gc.disable()  # writing 50,000 pods went slow over looking for cycles that are not there
    asyncio.run(serve(int(sys.argv[1])))
