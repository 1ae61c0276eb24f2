"""What the logs of an MLflow server's pods say of its database, its artifact store and its workers."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct

from rules.facts.container import ContainerFacts
from rules.facts.log import LogSignature
from rules.facts.log import SignatureKind as Kind
from rules.facts.mlflow import ArtifactProblem, DatabaseProblem
from rules.facts.pod import PodFacts
from rules.finding import Observation

RECENT = 3600.0
"""Seconds for which what a log says still matters."""
_DATABASE: Mapping[Kind, DatabaseProblem] = {
    Kind.DATABASE_SCHEMA: "schema_other",
    Kind.DATABASE_AUTH: "auth",
    Kind.DATABASE_SLOTS: "slots",
    Kind.DATABASE_POOL: "pool",
    Kind.DATABASE_DNS: "dns",
    Kind.DATABASE_REFUSED: "refused",
    Kind.DATABASE_TIMEOUT: "unreachable",
    Kind.DATABASE_TLS: "tls",
    Kind.DATABASE_LOST: "unreachable",
}
_SCHEMA: Mapping[str, DatabaseProblem] = {"out_of_date": "schema_old", "newer": "schema_new"}
_ARTIFACTS: Mapping[Kind, ArtifactProblem] = {
    Kind.AWS_NO_CREDENTIALS: "credentials",
    Kind.AWS_TOKEN_AUDIENCE: "credentials",
    Kind.AWS_OIDC_PROVIDER: "credentials",
    Kind.AWS_ASSUME_ROLE_DENIED: "credentials",
    Kind.AWS_INVALID_CREDENTIALS: "credentials",
    Kind.AWS_EXPIRED: "credentials",
    Kind.AWS_KMS: "kms",
    Kind.AWS_ACCESS_DENIED: "access_denied",
    Kind.AWS_REGION: "region",
    Kind.AWS_NOT_FOUND: "bucket_missing",
    Kind.AWS_OTHER: "other",
}
_WORKERS = frozenset({Kind.WORKER_KILLED, Kind.WORKER_TIMEOUT})


class Seen(Struct, frozen=True):
    """A known failure, with the container and pod whose log tells it."""

    signature: LogSignature
    container: ContainerFacts
    pod: PodFacts


def failures(pods: Iterable[PodFacts]) -> tuple[Seen, ...]:
    """Every known failure that still matters, the most explaining first."""
    seen = [
        Seen(signature, container, pod)
        for pod in pods
        for container in pod.containers
        for signature in container.log.signatures
        if container.failing or _matters(signature)
    ]
    return tuple(sorted(seen, key=lambda one: one.signature.kind.rank))


def _matters(signature: LogSignature) -> bool:
    return signature.seconds_ago is None or signature.seconds_ago < RECENT


def database_failure(seen: Sequence[Seen]) -> tuple[DatabaseProblem, Seen | None]:
    """What is wrong with the database, and where that is said."""
    found = next((one for one in seen if one.signature.kind in _DATABASE), None)
    if found is None:
        return "none", None
    problem = _DATABASE[found.signature.kind]
    if problem == "schema_other":
        problem = _SCHEMA.get(found.signature.code, "schema_other")
    return problem, found


def artifact_failure(seen: Sequence[Seen]) -> tuple[ArtifactProblem, Seen | None]:
    """What is wrong with the artifact store, and where that is said."""
    found = next((one for one in seen if one.signature.kind in _ARTIFACTS), None)
    if found is None:
        return "none", None
    problem = _ARTIFACTS[found.signature.kind]
    if problem == "bucket_missing" and "NoSuchBucket" not in found.signature.code:
        return "other", found
    on_node = found.signature.as_instance or found.pod.identity.used_node_role
    return ("node_role" if problem == "access_denied" and on_node else problem), found


def workers_failing(seen: Iterable[Seen]) -> tuple[int, Seen | None]:
    """How many lines tell of killed or late workers, and the first that does."""
    found = [one for one in seen if one.signature.kind in _WORKERS]
    return sum(one.signature.count for one in found), next(iter(found), None)


def server_errors(pods: Iterable[PodFacts]) -> tuple[int, Observation | None]:
    """Requests answered with 500 and above within the hour, and the most frequent of them."""
    found = [
        answer
        for pod in pods
        for container in pod.containers
        for answer in container.log.responses
        if answer.status >= 500 and (answer.seconds_ago is None or answer.seconds_ago < RECENT)  # noqa: PLR2004
    ]
    worst = max(found, key=lambda answer: answer.count, default=None)
    return sum(answer.count for answer in found), worst.example if worst else None


def host_refused(pods: Iterable[PodFacts]) -> Observation | None:
    """MLflow 3.5 and later refuse requests for hosts they were not told of."""
    marks = ("Invalid Host header", "Cross-origin request blocked")
    lines: Iterator[Observation] = (
        group.example
        for pod in pods
        for container in pod.containers
        for group in container.log.error_groups
        if any(mark in group.example.text for mark in marks)
    )
    return next(lines, None)
