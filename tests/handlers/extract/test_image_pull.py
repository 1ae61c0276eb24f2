"""Image pull failures by the runtime's own texts."""

import pytest

from handlers.extract.image_pull import (
    KnownImages,
    image_pull,
    registry_of,
    similar_tags,
    waits_for_ecr,
)
from handlers.sources.objects.container import Container, ContainerStateWaiting
from rules.facts.container import ImagePullFacts
from tests.handlers.build import event, pod, running, waiting

ECR = "444455556666.dkr.ecr.eu-west-1.amazonaws.com/research/ranker:0.3.1"
HUB = "team/model:1"
REF = 'failed to pull and unpack image "{0}": failed to resolve reference "{0}": '
RPC = 'Failed to pull image "{0}": rpc error: code = Unknown desc = ' + REF
BACK_OFF = 'Back-off pulling image "{0}": ErrImagePull: ' + REF


def pull(image: str, message: str, reason: str = "ImagePullBackOff", *said: str) -> ImagePullFacts:
    failed = [event("Failed", each) for each in said]
    container = Container(name="app", image=image)
    return image_pull(container, ContainerStateWaiting(reason, message), failed, KnownImages("111122223333"))


TAILS = [
    ("not_found", HUB, "docker.io/team/model:1: not found"),
    ("not_found", ECR, f"{ECR}: not found"),
    (
        "not_found",
        HUB,
        "unexpected status from HEAD request to https://r.example/v2/x/manifests/1: 404 Not Found",
    ),
    (
        "not_found",
        ECR,
        "name unknown: The repository with name 'research/ranker' does not exist in the registry",
    ),
    (
        "access_denied",
        HUB,
        (
            "pull access denied, repository does not exist or may require authorization: server message: "
            "insufficient_scope: authorization failed"
        ),
    ),
    ("access_denied", "r.example/x:1", "failed to authorize: failed to fetch oauth token: 401 Unauthorized"),
    ("access_denied", "r.example/x:1", "unauthorized: authentication required"),
    (
        "ecr_denied",
        ECR,
        (
            "unexpected status from HEAD request to https://444455556666.dkr.ecr.eu-west-1.amazonaws.com/v2/research/"
            "ranker/manifests/0.3.1: 403 Forbidden"
        ),
    ),
    (
        "ecr_denied",
        ECR,
        (
            "pull access denied, repository does not exist or may require authorization: "
            "authorization failed: no basic auth credentials"
        ),
    ),
    (
        "access_denied",
        ECR,
        (
            "failed to copy: httpReadSeeker: failed open: unexpected status code https://prod-eu-west-1-starport-layer-"
            "bucket.s3.eu-west-1.amazonaws.com/x: 403 Forbidden"
        ),
    ),
    (
        "rate_limited",
        HUB,
        "unexpected status from HEAD request to https://r.example/v2/x: 429 Too Many Requests",
    ),
    ("rate_limited", HUB, "toomanyrequests: Rate exceeded"),
    ("untrusted_certificate", HUB, "x509: certificate has expired or is not yet valid"),
    ("untrusted_certificate", HUB, "tls: failed to verify certificate"),
    (
        "rate_limited",
        HUB,
        (
            "unexpected status from HEAD request to https://registry-1.docker.io/v2/x: 429 Too Many "
            "Requests - Server message: toomanyrequests: You have "
            "reached your unauthenticated pull rate limit."
        ),
    ),
    (
        "dns",
        HUB,
        (
            'failed to do request: Head "https://registry-1.docker.io/v2/": dial tcp: lookup '
            "registry-1.docker.io on 172.20.0.10:53: no such host"
        ),
    ),
    (
        "dns",
        HUB,
        (
            "dial tcp: lookup registry-1.docker.io on 172.20.0.10:53: read udp 10.0.0.1:4->172.20.0.10:53: "
            "i/o timeout"
        ),
    ),
    (
        "unreachable",
        HUB,
        'failed to do request: Head "https://registry-1.docker.io/v2/": dial tcp 1.2.3.4:443: i/o timeout',
    ),
    ("unreachable", HUB, "dial tcp 10.0.0.9:5000: connect: connection refused"),
    ("unreachable", HUB, 'Head "https://r.example/v2/": EOF'),
    ("unreachable", HUB, "net/http: TLS handshake timeout"),
    (
        "unreachable",
        HUB,
        "unexpected status from GET request to https://r.example/v2/x: 503 Service Unavailable",
    ),
    (
        "untrusted_certificate",
        HUB,
        "tls: failed to verify certificate: x509: certificate signed by unknown authority",
    ),
    ("wrong_platform", HUB, "no match for platform in manifest: not found"),
    (
        "node_disk_full",
        HUB,
        "write /var/lib/containerd/io.containerd.content.v1.content/ingest/x: no space left on device",
    ),
    ("unknown", HUB, "something new"),
]


@pytest.mark.parametrize(("problem", "image", "tail"), TAILS)
def test_tail_of_the_waiting_message_tells_the_problem(problem: str, image: str, tail: str) -> None:
    found = pull(image, BACK_OFF.format(image) + tail)
    assert found.problem == problem
    assert found.said is not None
    assert found.said.text.endswith(tail)
    assert not found.said.text.startswith("Back-off")


@pytest.mark.parametrize(("problem", "image", "tail"), TAILS)
def test_older_kubelets_tell_it_in_the_event_only(problem: str, image: str, tail: str) -> None:
    bare = f'Back-off pulling image "{image}"'
    found = pull(image, bare, "ImagePullBackOff", "Error: ErrImagePull", RPC.format(image) + tail)
    assert found.problem == problem
    assert found.said is not None
    assert found.said.source == "event Failed by kubelet"


@pytest.mark.parametrize(
    ("problem", "reason", "message"),
    [
        ("never_pull", "ErrImageNeverPull", 'Container image "x:1" is not present with pull policy of Never'),
        (
            "invalid_name",
            "InvalidImageName",
            (
                'Failed to apply default image tag "Big:1": couldn\'t parse image name "Big:1": '
                "invalid reference format"
            ),
        ),
        ("signature", "SignatureValidationFailed", "SignatureValidationFailed: no signature found"),
        ("unreachable", "RegistryUnavailable", "RegistryUnavailable"),
        ("unknown", "ImageInspectError", "Failed to inspect image"),
        ("unknown", "ImagePullBackOff", 'Back-off pulling image "x:1"'),
    ],
)
def test_kubelet_reasons(problem: str, reason: str, message: str) -> None:
    found = pull("x:1", message, reason)
    assert found.problem == problem
    assert found.said is not None
    assert found.said.source == f"container state {reason}"


@pytest.mark.parametrize("name", ["denied-service", "eof-model", "timeout-proxy", "x509:9", "deadline"])
def test_words_in_names_say_nothing(name: str) -> None:
    image = f"registry.example/{name}"
    assert pull(image, BACK_OFF.format(image) + f"{image}: not found").problem == "not_found"
    short = pull(name, f'ErrImagePull: failed to pull "{name}": {name}: not found', "ErrImagePull")
    assert short.problem == "not_found"


@pytest.mark.parametrize("reason", ["CrashLoopBackOff", "ContainerCreating", ""])
def test_other_waits_are_no_pull_problem(reason: str) -> None:
    assert pull(HUB, "403 Forbidden", reason) == ImagePullFacts(reference=HUB)


def test_accounts_are_told_apart() -> None:
    found = pull(ECR, BACK_OFF.format(ECR) + "403 Forbidden")
    assert (found.registry_account, found.own_account) == ("444455556666", "111122223333")
    assert found.registry == "444455556666.dkr.ecr.eu-west-1.amazonaws.com"
    assert pull(HUB, "x").registry_account == ""


@pytest.mark.parametrize(
    ("image", "registry"),
    [
        ("nginx", "docker.io"),
        ("team/model:1", "docker.io"),
        ("localhost/model:1", "localhost"),
        ("reg:5000/model", "reg:5000"),
        ("quay.io/team/model@sha256:0", "quay.io"),
    ],
)
def test_registry_of_an_image(image: str, registry: str) -> None:
    assert registry_of(image) == registry


def test_similar_tags_are_of_the_same_repository_nearest_first() -> None:
    others = [
        "reg:5000/m:1.2.4",
        "reg:5000/m:7",
        "reg:5000/n:1.2.5",
        "reg:5000/m:1.2.3",
        "reg:5000/m@sha256:1",
    ]
    assert similar_tags("reg:5000/m:1.2.3", others) == ("1.2.4", "7")
    assert similar_tags("m", ["m:1", "team/m:2"]) == ("1",)


def test_windows_line_ends_are_taken_off() -> None:
    found = pull(HUB, BACK_OFF.format(HUB) + "no match for platform in manifest: not found\r\n")
    assert found.said is not None
    assert "\r" not in found.said.text


@pytest.mark.parametrize(
    ("waits", "reason", "image"),
    [
        (True, "ImagePullBackOff", ECR),
        (True, "ErrImagePull", ECR),
        (False, "ImagePullBackOff", HUB),
        (False, "CrashLoopBackOff", ECR),
    ],
)
def test_who_waits_for_an_ecr_image(waits: bool, reason: str, image: str) -> None:
    status = waiting(reason, spec={"image": image})
    assert waits_for_ecr(pod(running("other"), status)) is waits
    assert waits_for_ecr(pod(inits=({**status, "name": "i"},))) is waits
