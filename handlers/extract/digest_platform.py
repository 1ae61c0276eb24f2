"""MLflow, Ingresses and Terraform's locks in a line each, from what their own diagnoses found."""

from collections.abc import Iterable, Sequence

from handlers.extract.balancer import brief
from handlers.extract.digest_part import absent, counted, listed, part_of, unknown
from handlers.parts import Part
from rules.facts.ingress import BackendFacts, IngressFacts
from rules.facts.mlflow import InstanceFacts, MlflowFacts
from rules.facts.terraform import StateLockFacts, TerraformLockFacts
from rules.finding import ObjectRef
from rules.units import seconds_in_words

MLFLOW = "MLflow"
INGRESSES = "Ingresses"
TERRAFORM = "Terraform"
HELD = 3600.0
"""Seconds after which a lock is told of; whether that is long for what it does, its diagnosis says."""
FRESH = 300.0
"""Seconds a load balancer takes to be made."""
_DATABASE = {
    "refused": "its database refuses connections",
    "unreachable": "its database cannot be reached",
    "auth": "its database refuses the login",
    "dns": "its database's name is not found",
    "tls": "TLS to its database fails",
    "slots": "its database has no free connections",
    "pool": "its connection pool is used up",
    "schema_old": "its database schema is out of date",
    "schema_new": "its database schema is newer than the server",
    "schema_other": "its database schema does not fit",
}
_ARTIFACTS = {
    "node_role": "artifacts refused: it uses the node's role",
    "access_denied": "its artifact store refuses access",
    "credentials": "no credentials for its artifact store",
    "bucket_missing": "its artifact bucket is missing",
    "kms": "its artifacts' KMS key is refused",
    "region": "its artifact bucket is in another region",
    "other": "its artifact store fails",
}
_BAD = {"stopped": "stopped", "storage_full": "out of storage", "failed": "failed", "missing": "missing"}


def mlflow(servers: Sequence[MlflowFacts], orphan: ObjectRef | None, unread: str, *, aws_asked: bool) -> Part:
    """The part: each server with its database and artifact store.

    Args:
        servers: those that were looked at.
        orphan: the platform's Service where no server stands behind it.
        unread: why a server could not be looked at, or empty.
        aws_asked: whether AWS was asked for database instance and bucket.
    """
    lines = [f"{one.ref}: {why}" for one in servers if (why := _of_server(one))]
    lines += [f"{orphan}: a Service without a server behind it"] if orphan else []
    if not servers and not orphan:
        return unknown(MLFLOW, unread) if unread else absent(MLFLOW, "no Deployment carries its label")
    if unread and not lines:
        return unknown(MLFLOW, unread)
    stores = _stores(servers) if aws_asked else "RDS and bucket not asked: AWS is not configured"
    total = len(servers) + bool(orphan)
    well = f"{total - len(lines)} of {counted(total, 'server')} well"
    return part_of(MLFLOW, ", ".join(filter(None, (well, stores))), lines)


def _of_server(facts: MlflowFacts) -> str:
    instance = facts.database.instance
    down = not facts.healthy and facts.ready < max(facts.wanted, 1)
    pieces = (
        f"{facts.ready} of {facts.wanted} pods ready" if down else "",
        _DATABASE.get(facts.database.problem, ""),
        f"RDS instance {instance.name} is {_BAD[instance.state]}" if instance.state in _BAD else "",
        _ARTIFACTS.get(facts.artifacts.problem, ""),
        "" if facts.artifacts.bucket_exists else f"bucket {facts.artifacts.bucket} does not exist",
        "workers are killed or time out" if facts.workers_killed else "",
        "it answers with errors" if facts.errors else "",
    )
    return ", ".join(filter(None, pieces)) or ("" if facts.healthy else facts.effect)


def _stores(servers: Iterable[MlflowFacts]) -> str:
    """How databases and buckets stand in AWS, each once."""
    every = tuple(servers)
    instances = (_of_instance(one.database.instance) for one in every if one.database.instance.name)
    buckets = (_of_bucket(one) for one in every if one.artifacts.bucket)
    return ", ".join(dict.fromkeys((*instances, *buckets)))


def _of_instance(instance: InstanceFacts) -> str:
    return f"RDS {instance.name} {instance.status or 'not known'}"


def _of_bucket(facts: MlflowFacts) -> str:
    bucket = facts.artifacts.bucket
    if "bucket_exists" in facts.artifacts.missing:
        return f"bucket {bucket} not known"
    return f"bucket {bucket} {'there' if facts.artifacts.bucket_exists else 'missing'}"


def ingresses(looked: Sequence[IngressFacts], total: int, unread: str, *, targets: str) -> Part:
    """The part: Ingresses whose callers get no answer.

    Args:
        looked: those that were looked at in full.
        total: how many there are; the others show no sign of trouble.
        unread: why one could not be looked at, or empty.
        targets: what is to be said of the targets' health in AWS, or empty.
    """
    lines = [f"{one.ref}: {why}" for one in looked if (why := _of_ingress(one))]
    unread = unread or next((_unread(one) for one in looked if _unread(one)), "")
    if not total and not unread:
        return part_of(INGRESSES, "there are none")
    if unread and not lines:
        return unknown(INGRESSES, unread)
    well = f"{len(lines)} of {total} in trouble" if lines else f"none of {total} in trouble"
    return part_of(INGRESSES, ", ".join(filter(None, (well, targets))), lines)


def _of_ingress(facts: IngressFacts) -> str:
    if not facts.address and facts.age < FRESH:
        return ""
    told = facts.balancer.problem not in {"none", "backend_missing"}
    said = brief(facts.balancer.brief) if told else ""
    reason = f": {said}" if said else ""
    targets = facts.targets
    sick = targets.unhealthy and targets.problem != "starting"
    codes = f" (health check got {targets.codes})" if targets.codes else ""
    pieces = (
        "" if facts.address else f"no load balancer{reason}",
        *_of_backends(facts.backends),
        f"{targets.unhealthy} of {counted(targets.total, 'target')} unhealthy{codes}" if sick else "",
        "" if facts.alb.exists else "its load balancer is gone from AWS",
        said if facts.address else "",
    )
    return ", ".join(filter(None, pieces))


def _of_backends(backends: Iterable[BackendFacts]) -> Iterable[str]:
    for one in backends:
        if not one.exists:
            yield f"Service {one.name} does not exist"
        elif not one.port_exists:
            yield f"Service {one.name} has no port {one.port}"
        elif not one.serves:
            yield f"Service {one.name} has no ready endpoint"


def _unread(facts: IngressFacts) -> str:
    own = facts.missing.get("backends", "")
    return own or next((why for one in facts.backends for why in one.missing.values()), "")


def terraform(states: Sequence[TerraformLockFacts]) -> Part:
    """The part: locks held for more than an hour, and digests that do not fit their state."""
    lines = [f"{state.env}: {line}" for state in states for line in _of_state(state)]
    unread = next((why for state in states for why in state.missing.values()), "")
    held = [state.env for state in states if state.locks]
    there = [state.env for state in states if state.exists or state.locks]
    if unread and not lines:
        return unknown(TERRAFORM, unread)
    if not there:
        names = listed([state.env for state in states])
        return absent(TERRAFORM, f"no state of {names} was found" if states else "no state is configured")
    locked = f"{listed(held)} locked" if held else f"nobody holds a lock of {listed(there)}"
    return part_of(TERRAFORM, locked, lines)


def _of_state(state: TerraformLockFacts) -> Iterable[str]:
    yield from (_of_lock(lock) for lock in state.locks if lock.age is None or lock.age >= HELD)
    if any(digest.mismatch for digest in state.digests):
        yield "the digest does not fit the state"


def _of_lock(lock: StateLockFacts) -> str:
    if not lock.readable:
        return "locked, and the lock does not say by whom"
    held = f" for {seconds_in_words(lock.age)}" if lock.age is not None else ""
    long = ", longer than that takes" if lock.abandoned else ""
    return f"locked{held} by {lock.who} ({lock.operation}){long}"
