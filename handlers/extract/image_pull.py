"""Why an image cannot be pulled, from the runtime's words.

The waiting message outlives events and carries the cause on recent kubelets; the Failed event is the second choice.
Texts: containerd's resolver and kubelet's image manager (Kubernetes 1.36).
"""

import re
from collections.abc import Iterable

from handlers.extract.events import with_reason
from handlers.sources.objects.event import Event
from handlers.sources.objects.pod import Container, ContainerStateWaiting
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
_ECR = re.compile(r"(\d{12})\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com")
_PREFIX = re.compile(r'^Back-off pulling image "[^"]*":\s*')

_PATTERNS: tuple[tuple[ImagePullProblem, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern, re.IGNORECASE))
    for kind, pattern in (
        ("invalid_name", r"InvalidImageName|couldn't parse image (name|reference)|invalid reference format"),
        ("never_pull", r"not present with pull policy of Never|ErrImageNeverPull"),
        ("signature", r"SignatureValidationFailed|signature .*(invalid|failed)"),
        ("rate_limited", r"429 Too Many Requests|toomanyrequests|pull rate limit"),
        ("node_disk_full", r"no space left on device"),
        ("wrong_platform", r"no match for platform"),
        ("untrusted_certificate", r"x509:|tls: failed to verify"),
        ("dns", r"no such host|server misbehaving|name resolution|lookup [\w.-]+.*: (i/o timeout|read udp)"),
        (
            "ecr_denied",
            r"dkr\.ecr\.[^ ]+(?=.*(403 Forbidden|401 Unauthorized|no basic auth credentials|denied))",
        ),
        (
            "access_denied",
            r"403 Forbidden|401 Unauthorized|pull access denied|no basic auth|authorization failed|denied",
        ),
        (
            "unreachable",
            r"i/o timeout|connection refused|connection reset|network is unreachable|TLS handshake timeout|EOF",
        ),
        ("not_found", r"not ?found|manifest unknown|does not exist"),
    )
)


def image_pull(
    container: Container,
    waiting: ContainerStateWaiting | None,
    events: Iterable[Event],
    own_account: str = "",
) -> ImagePullFacts:
    """Classify the pull failure of a waiting container; problem "none" when it does not wait for an image."""
    if waiting is None or waiting.reason not in REASONS:
        return ImagePullFacts(reference=container.image)
    said = _said(waiting, events)
    ecr = _ECR.search(container.image)
    return ImagePullFacts(
        problem=_problem(f"{waiting.reason} {said.text}"),
        reference=container.image,
        registry=registry_of(container.image),
        registry_account=ecr.group(1) if ecr else "",
        own_account=own_account,
        said=said,
    )


def registry_of(image: str) -> str:
    """The registry host of an image reference; Docker Hub when it names none."""
    first = image.partition("/")[0]
    return first if "/" in image and ("." in first or ":" in first or first == "localhost") else "docker.io"


def ecr_account(image: str) -> str:
    """The AWS account of an ECR image, or empty."""
    found = _ECR.search(image)
    return found.group(1) if found else ""


def _said(waiting: ContainerStateWaiting, events: Iterable[Event]) -> Observation:
    failed = [
        e
        for e in with_reason(events, "Failed", "InspectFailed")
        if "pull" in e.message or "image" in e.message
    ]
    told = next((e for e in failed if e.message.startswith("Failed")), failed[0] if failed else None)
    tail = _PREFIX.sub("", waiting.message)
    if tail and tail != waiting.message or not told:
        return Observation(
            tail or waiting.reason, f"container state {waiting.reason}", told.last_seen if told else None
        )
    return Observation(told.message, f"event {told.reason} by kubelet", told.last_seen)


def _problem(text: str) -> ImagePullProblem:
    return next((kind for kind, pattern in _PATTERNS if pattern.search(text)), "unknown")
