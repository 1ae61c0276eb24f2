"""Why an image cannot be pulled, from the runtime's words.

The waiting message outlives events and carries the cause on recent kubelets; the Failed event is the second
choice. Texts: containerd's resolver and kubelet's image manager (Kubernetes 1.36).
"""

import difflib
import re
from collections.abc import Iterable

from msgspec import Struct

from handlers.extract.events import observed, plain, with_reason
from handlers.extract.pod_status import container_pairs
from handlers.sources.objects.container import Container, ContainerStateWaiting, ContainerStatus
from handlers.sources.objects.event import Event
from handlers.sources.objects.pod import Pod
from rules.facts.container import ImagePullFacts, ImagePullProblem
from rules.finding import Observation

REASONS = frozenset(
    {
        "ErrImagePull",
        "ImagePullBackOff",
        "InvalidImageName",
        "ErrImageNeverPull",
        "ImageInspectError",
        "RegistryUnavailable",
        "SignatureValidationFailed",
    }
)
_ECR = re.compile(r"^(\d{12})\.dkr\.ecr(?:-fips)?\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?/")
_BACK_OFF = re.compile(r'^Back-off pulling image "[^"]*"(?::\s*|$)')
_NAMES = re.compile(r'"[^"]*"|\S*/\S*')
"""Quoted names, URLs, paths and image references: words in them say nothing about the cause."""
_SIMILAR = 3
_PATTERNS: tuple[tuple[ImagePullProblem, str], ...] = (
    ("invalid_name", r"InvalidImageName|couldn't parse image (name|reference)|invalid reference format"),
    ("never_pull", r"not present with pull policy of Never|ErrImageNeverPull"),
    ("signature", r"SignatureValidationFailed|signature .*(invalid|failed)"),
    ("rate_limited", r"429 Too Many Requests|toomanyrequests|pull rate limit"),
    ("node_disk_full", r"no space left on device"),
    ("wrong_platform", r"no match for platform"),
    ("untrusted_certificate", r"x509:|tls: failed to verify"),
    ("dns", r"no such host|server misbehaving|name resolution|lookup [\w.-]+.*: (i/o timeout|read udp)"),
    ("access_denied", "403 Forbidden|401 Unauthorized|no basic auth|authorization|denied|unauthorized: "),
    (
        "unreachable",
        r"timeout|connection (refused|reset)|unreachable|no route|deadline|50[0234] |\bEOF\b|Unavailable",
    ),
    ("not_found", r"not ?found|manifest unknown|does not exist"),
)


class KnownImages(Struct, frozen=True):
    """What is known of images beside the container's own.

    Attributes:
        own_account: AWS account most images here come from, or empty.
        images: images that the owner ran before or runs elsewhere.
    """

    own_account: str = ""
    images: tuple[str, ...] = ()


def image_pull(
    container: Container,
    waiting: ContainerStateWaiting | None,
    events: Iterable[Event],
    known: KnownImages,
) -> ImagePullFacts:
    """Classify the pull failure of a waiting container; problem "none" when it does not wait for an image."""
    if waiting is None or waiting.reason not in REASONS:
        return ImagePullFacts(reference=container.image)
    said = _said(waiting, events)
    return ImagePullFacts(
        problem=_problem(f"{waiting.reason} {said.text}", container.image),
        reference=container.image,
        registry=registry_of(container.image),
        repository=repository_of(container.image),
        registry_account=ecr_account(container.image),
        own_account=known.own_account,
        similar_tags=similar_tags(container.image, known.images),
        said=said,
    )


def registry_of(image: str) -> str:
    """The registry host of an image reference; Docker Hub when it names none."""
    first = image.partition("/")[0]
    return first if "/" in image and ("." in first or ":" in first or first == "localhost") else "docker.io"


def repository_of(image: str) -> str:
    """The repository of an image reference, without registry, tag and digest."""
    return _parts(image)[0].removeprefix(f"{registry_of(image)}/").removeprefix("/")


def ecr_account(image: str) -> str:
    """The AWS account of an ECR image, or empty."""
    found = _ECR.search(image)
    return found.group(1) if found else ""


def waits_for_ecr(pod: Pod) -> bool:
    """Whether a container cannot start because an image of an ECR registry cannot be pulled."""
    return any(
        ecr_account(container.image) and _waits(status)
        for container, status, _ in container_pairs(pod)
        if status is not None
    )


def _waits(status: ContainerStatus) -> bool:
    return status.state.waiting is not None and status.state.waiting.reason in REASONS


def similar_tags(image: str, others: Iterable[str]) -> tuple[str, ...]:
    """Other tags of the same repository, most similar first."""
    repository, tag = _parts(image)
    tags = {other_tag for other in others for name, other_tag in (_parts(other),) if name == repository}
    return tuple(difflib.get_close_matches(tag, sorted(tags - {tag, ""}), n=_SIMILAR, cutoff=0.0))


def _parts(image: str) -> tuple[str, str]:
    """Repository and tag; a port of the registry is no tag, and a digest has none."""
    name, _, last = image.partition("@")[0].rpartition("/")
    last_name, _, tag = last.partition(":")
    return f"{name}/{last_name}", tag


def _said(waiting: ContainerStateWaiting, events: Iterable[Event]) -> Observation:
    """What the waiting message tells, or, where it only backs off, the newest event that says more."""
    failed = [e for e in with_reason(events, "Failed", "InspectFailed") if e.message.startswith("Failed")]
    cause = _BACK_OFF.sub("", plain(waiting.message))
    if not cause and failed:
        return observed(failed[0])
    at = failed[0].last_seen if failed else None
    return Observation(
        cause or plain(waiting.message) or waiting.reason, f"container state {waiting.reason}", at
    )


def _problem(text: str, image: str) -> ImagePullProblem:
    words = _NAMES.sub("", text.replace(image, ""))
    problem: ImagePullProblem = next(
        (kind for kind, pattern in _PATTERNS if re.search(pattern, words, re.IGNORECASE)), "unknown"
    )
    # A layer that is refused after ECR gave the manifest is S3's refusal, not ECR's.
    if problem == "access_denied" and ecr_account(image) and "httpReadSeeker" not in words:
        return "ecr_denied"
    return problem
