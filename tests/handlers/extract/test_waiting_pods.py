"""Probes, volumes, network set-up: what kubelets say in events."""

import pytest

from handlers.extract.events import MESSAGE_CHARACTERS, observed
from handlers.extract.probes import probe_facts
from handlers.extract.sandbox import sandbox_facts
from handlers.extract.volumes import volume_facts
from handlers.sources.objects.container import Probe
from rules.facts.container import ProbeFacts
from rules.facts.pod import SandboxFacts, VolumeFacts
from tests.handlers.build import Json, ago, event, make_part, pod

HTTP = {"httpGet": {"path": "/ready", "port": "http"}}
EXEC = {"exec": {"command": ["cat", "/run/ok"]}}


def probe(fields: Json) -> Probe:
    return make_part(Probe, fields)


@pytest.mark.parametrize(
    ("problem", "code", "fields", "output"),
    [
        ("http_status", 503, HTTP, "HTTP probe failed with statuscode: 503"),
        (
            "refused",
            None,
            HTTP,
            'Get "http://10.0.0.1:8080/ready": dial tcp 10.0.0.1:8080: connect: connection refused',
        ),
        (
            "refused",
            None,
            HTTP,
            'Get "http://10.0.0.1:8080/ready": read tcp 10.0.0.1:1->10.0.0.1:2: connection reset',
        ),
        (
            "timeout",
            None,
            HTTP,
            (
                'Get "http://10.0.0.1/r": context deadline exceeded '
                "(Client.Timeout exceeded while awaiting headers)"
            ),
        ),
        ("timeout", None, {"tcpSocket": {"port": 1}}, "dial tcp 10.0.0.1:1: i/o timeout"),
        ("timeout", None, {"grpc": {"port": 1}}, "rpc error: context deadline exceeded"),
        ("not_serving", None, {"grpc": {"port": 1}}, "service unhealthy: NOT_SERVING"),
        ("timeout", None, EXEC, 'command "cat /run/ok" timed out'),
        ("exec", None, EXEC, "cat: can't open '/run/ok': No such file or directory"),
        ("not_serving", None, {"grpc": {"port": 1}}, 'service unhealthy (responded with "NOT_SERVING")'),
        ("not_serving", None, {"grpc": {"port": 1}}, 'timeout: failed to connect service ":8081" within 1s'),
        ("unknown", None, HTTP, 'Get "http://10.0.0.1:8080/ready": EOF'),
    ],
)
def test_probe_outputs(problem: str, code: int | None, fields: Json, output: str) -> None:
    found = probe_facts(
        "Readiness", probe(fields), [event("Unhealthy", f"Readiness probe failed: {output}", count=7)]
    )
    assert (found.problem, found.status_code, found.failures) == (problem, code, 7)
    assert str(found.said) == f"Readiness probe failed: {output} (7 times)"


def test_a_probe_is_told_by_its_own_newest_failure() -> None:
    events = [
        event("Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 500", seconds=90),
        event("Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 503", seconds=30),
        event("Unhealthy", "Liveness probe failed: HTTP probe failed with statuscode: 404", seconds=1),
        event("Killing", "Readiness probe failed: HTTP probe failed with statuscode: 400", seconds=1),
    ]
    found = probe_facts("Readiness", probe(HTTP), events)
    assert (found.status_code, found.failures) == (503, 2)
    assert probe_facts("Startup", probe(HTTP), events).problem == "none"
    assert probe_facts("Startup", None, events) == ProbeFacts()


@pytest.mark.parametrize(
    ("does", "allows", "fields"),
    [
        ("GET :http/ready every 10 s, timeout 1 s, 3 failures", 30, HTTP),
        (
            "TCP :5000 every 5 s, after 20 s, timeout 2 s, 1 failure",
            25,
            {
                "tcpSocket": {"port": 5000},
                "periodSeconds": 5,
                "initialDelaySeconds": 20,
                "timeoutSeconds": 2,
                "failureThreshold": 1,
            },
        ),
        ("gRPC :50051 every 10 s, timeout 1 s, 3 failures", 30, {"grpc": {"port": 50051}}),
        ("exec cat /run/ok every 10 s, timeout 1 s, 3 failures", 30, EXEC),
    ],
)
def test_probes_in_words(does: str, allows: int, fields: Json) -> None:
    found = probe_facts("Liveness", probe(fields), [])
    assert (found.does, found.allows) == (does, allows)
    assert found.timeout == fields.get("timeoutSeconds", 1)


SETUP = 'MountVolume.SetUp failed for volume "v" : '


@pytest.mark.parametrize(
    ("problem", "name", "message"),
    [
        (
            "multi_attach",
            "",
            'Multi-Attach error for volume "v" Volume is already exclusively attached to one node',
        ),
        (
            "attach_limit",
            "",
            'AttachVolume.Attach failed for volume "v" : rpc error: Attachment limit exceeded',
        ),
        ("secret_missing", "tls", SETUP + 'secret "tls" not found'),
        ("configmap_missing", "cm", SETUP + 'configmap "cm" not found'),
        ("key_missing", "ca.crt", SETUP + "references non-existent secret key: ca.crt"),
        ("key_missing", "app.yaml", SETUP + "configmap references non-existent config key: app.yaml"),
        (
            "driver_missing",
            "efs.csi.aws.com",
            (
                'MountVolume.MountDevice failed for volume "v" : '
                "kubernetes.io/csi: attacher.MountDevice failed to create "
                "newCsiDriverClient: driver name efs.csi.aws.com not "
                "found in the list of registered CSI drivers"
            ),
        ),
        ("access_denied", "", SETUP + "mount.nfs4: access denied by server while mounting 127.0.0.1:/"),
        (
            "access_denied",
            "",
            (
                'AttachVolume.Attach failed for volume "v" : rpc error: '
                "UnauthorizedOperation: You are not authorized"
            ),
        ),
        ("wrong_type", "", SETUP + "hostPath type check failed: /data is not a directory"),
        (
            "attach_failed",
            "",
            (
                'AttachVolume.Attach failed for volume "v" : timed out waiting '
                "for external-attacher of ebs.csi.aws.com CSI "
                "driver to attach volume vol-1"
            ),
        ),
        ("mount_timeout", "", SETUP + "mount.nfs4: Connection timed out"),
        (
            "mount_timeout",
            "",
            (
                "Unable to attach or mount volumes: unmounted volumes=[v], "
                "unattached volumes=[v x], failed to process "
                "volumes=[]: context deadline exceeded"
            ),
        ),
        ("unknown", "", SETUP + 'object "ns"/"kube-root-ca.crt" not registered'),
    ],
)
@pytest.mark.parametrize("reason", ["FailedMount", "FailedAttachVolume"])
def test_volume_problems(problem: str, name: str, message: str, reason: str) -> None:
    found = volume_facts([event(reason, message)])
    assert (found.problem, found.name, found.volume) == (problem, name, "v")
    assert found.said is not None


def test_the_specific_failure_speaks_before_the_time_out_that_follows_from_it() -> None:
    late = event(
        "FailedMount", "Unable to attach or mount volumes: timed out waiting for the condition", seconds=1
    )
    cause = event("FailedMount", SETUP + 'secret "tls" not found', seconds=99)
    assert volume_facts([late, cause]).problem == "secret_missing"
    assert volume_facts([event("Pulled", SETUP + 'secret "tls" not found')]) == VolumeFacts()


@pytest.mark.parametrize(
    ("holders", "tail"),
    [
        (("a-0",), "Volume is already used by pod(s) a-0"),
        (("a-0", "b-0"), "Volume is already used by pod(s) a-0, b-0"),
        (("a-0",), "Volume is already used by pod(s) a-0 and 2 pod(s) in different namespaces"),
        ((), "Volume is already used by 2 pod(s) in different namespaces"),
    ],
)
def test_holders_of_a_volume(holders: tuple[str, ...], tail: str) -> None:
    others = [pod(meta={"name": "a-0"}, spec={"nodeName": "node-7"}), pod(meta={"name": "c-0"})]
    found = volume_facts([event("FailedAttachVolume", f'Multi-Attach error for volume "v" {tail}')], others)
    assert found.holders == holders
    assert found.holder_node == ("node-7" if holders else "")


CNI = (
    'Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox "x": '
)


@pytest.mark.parametrize(
    ("problem", "reason", "message"),
    [
        (
            "no_ip_address",
            "FailedCreatePodSandBox",
            CNI
            + (
                'plugin type="aws-cni" name="aws-cni" failed (add): add cmd: '
                "failed to assign an IP address to container"
            ),
        ),
        (
            "cni_agent_down",
            "FailedCreatePodSandBox",
            CNI
            + (
                "add cmd: Error received from AddNetwork gRPC call: dial tcp "
                "127.0.0.1:50051: connect: connection refused"
            ),
        ),
        (
            "cni_not_ready",
            "NetworkNotReady",
            (
                "network is not ready: container runtime network not ready: NetworkReady=false "
                "reason:NetworkPluginNotReady message:Network plugin "
                "returns error: cni plugin not initialized"
            ),
        ),
        ("no_ip_address", "FailedCreatePodSandBox", "AssignPodIPAddress: no available IP/Prefix addresses"),
        ("no_ip_address", "FailedCreatePodSandBox", "InsufficientFreeAddressesInSubnet"),
        ("no_ip_address", "FailedCreatePodSandBox", "InsufficientCidrBlocks: not enough for a prefix"),
        ("cni_agent_down", "FailedCreatePodSandBox", "dial tcp 127.0.0.1:50051: i/o timeout"),
        ("cni_agent_down", "FailedCreatePodSandBox", "ipamd is not there"),
        ("cni_not_ready", "NetworkNotReady", "NetworkReady=false reason:NetworkPluginNotReady"),
        ("cni_not_ready", "NetworkNotReady", "network is not ready: [x]"),
        ("cni_not_ready", "FailedCreatePodSandBox", "cni plugin not initialized"),
        ("unknown", "FailedCreatePodSandBox", 'no runtime for "nvidia" is configured'),
        ("none", "Failed", CNI + "failed to assign an IP address to container"),
    ],
)
def test_sandbox_problems(problem: str, reason: str, message: str) -> None:
    found = sandbox_facts([event(reason, message, count=4)])
    assert found.problem == problem
    assert found.failures == (0 if problem == "none" else 4)


def test_the_newest_sandbox_failure_counts() -> None:
    first = event(
        "FailedCreatePodSandBox", "failed to assign an IP address to container", seconds=300, count=2
    )
    last = event("FailedCreatePodSandBox", "cni plugin not initialized", seconds=3)
    assert (sandbox_facts([first, last]).problem, sandbox_facts([first, last]).failures) == (
        "cni_not_ready",
        3,
    )
    assert sandbox_facts([]) == SandboxFacts()


def test_events_as_evidence() -> None:
    old = event("BackOff", "again\r\n", count=3)
    assert str(observed(old)) == "again (3 times)"
    assert str(observed(event("BackOff", "again", count=2))) == "again (2 times)"
    assert str(observed(event("BackOff", "again"))) == "again"
    assert observed(event("BackOff", "again", source=None)).source == "event BackOff"
    assert observed(old).source == "event BackOff by kubelet"
    long = observed(event("X", "x" * (MESSAGE_CHARACTERS + 1))).text
    assert long == "x" * MESSAGE_CHARACTERS + " …"
    new = event(
        "Y",
        "z",
        lastTimestamp=None,
        count=None,
        eventTime=ago(9),
        series={"count": 5, "lastObservedTime": ago(3)},
    )
    assert (new.times, new.last_seen) == (5, event("Y", "z", seconds=3).last_seen)
