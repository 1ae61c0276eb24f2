"""The installs that are tried: each a name, the values of its user, a release and a namespace."""

import functools
import re
import textwrap
from typing import Any, Final

from msgspec import Struct

from tests.architecture.tree import ROOT
from tests.helm.engine import Rendered, render


class Variant(Struct, frozen=True):
    """One install."""

    name: str
    values: dict[str, Any]
    release: str = "mlops"
    namespace: str = "ops"

    def rendered(self) -> Rendered:
        """What it would send."""
        return render(self.values, self.release, self.namespace)


IMAGE: Final = {"repository": "registry.example.com/mlops-bot"}
LEAST: Final = {
    "image": IMAGE,
    "slack": {"existingSecret": "mlops-bot"},
    "redis": {"existingSecret": "mlops-bot"},
}
"""What has to be said."""
_SHOWN = re.findall(r"```yaml\n(.*?)```", (ROOT / "CONTRIBUTING.md").read_text("utf-8"), re.DOTALL)
OWN_RULE: Final = re.sub(r"(?m)^supersedes:.*\n", "", textwrap.dedent(_SHOWN[0]))
"""The rule that CONTRIBUTING.md shows, which then needs no other."""
SETTINGS: Final = {
    "clusters": [
        {
            "name": "prod-eks",
            "in_cluster": True,
            "prometheus_url": "http://prometheus.monitoring:9090",
            "aws": {"enabled": True, "region": "eu-west-1"},
            "platform": {"account": "111122223333", "states": [{"env": "prod"}]},
        }
    ],
    "channels": {"C012AB3CD": {"cluster": "prod-eks", "namespace": "mlops"}},
    "access": {"groups": ["S012AB3CD"]},
    "work": {"queue": 100000},
    "rules": {"off": ["pod-pending"]},
    "slack": {"command": "/ops"},
    "telemetry": {"log_level": "DEBUG"},
    "digest": {
        "subscriptions": [
            {"name": "prod", "channel": "C012AB3CD", "schedule": "weekdays 09:00 Europe/Dublin"}
        ]
    },
}
HTTP: Final = {
    "slack": {"existingSecret": "slack-app", "mode": "http"},
    "http": {
        "service": {"annotations": {"example.com/team": "ml"}},
        "ingress": {
            "enabled": True,
            "className": "alb",
            "host": "mlops.example.com",
            "tlsSecret": "mlops-tls",
            "annotations": {"alb.ingress.kubernetes.io/target-type": "ip"},
        },
    },
}
BY_HAND: Final = {
    "image": {**IMAGE, "digest": "sha256:" + "0" * 64, "pullSecrets": [{"name": "registry"}]},
    "replicas": 3,
    "serviceAccount": {"create": False, "name": "bot"},
    "rbac": {"create": False},
    "networkPolicy": {"enabled": False},
    "podDisruptionBudget": {"enabled": False},
    "doctor": {"enabled": False},
    "user": 1000700000,
    "nodeSelector": {"kubernetes.io/arch": "arm64"},
    "tolerations": [{"key": "platform", "operator": "Exists", "effect": "NoSchedule"}],
    "affinity": {"nodeAffinity": {}},
    "topologySpreadConstraints": [
        {"maxSkew": 2, "topologyKey": "topology.kubernetes.io/zone", "whenUnsatisfiable": "DoNotSchedule"}
    ],
    "priorityClassName": "platform",
    "podAnnotations": {"example.com/scan": "yes"},
    "podLabels": {"team": "ml", "app.kubernetes.io/name": "another"},
    "extraEnv": [{"name": "HTTPS_PROXY", "value": "http://proxy.example.com:3128"}],
    "extraVolumes": [{"name": "kubeconfigs", "secret": {"secretName": "kubeconfigs"}}],
    "extraVolumeMounts": [{"name": "kubeconfigs", "mountPath": "/etc/kubeconfigs", "readOnly": True}],
}
NARROW: Final = {
    "metricsFrom": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}],
    "httpFrom": [{"ipBlock": {"cidr": "10.0.0.0/16"}}],
    "extraEgress": [{"to": [{"ipBlock": {"cidr": "10.1.0.0/16"}}], "ports": [{"port": 3128}]}],
}
MONITORING: Final = {
    "serviceMonitor": {"enabled": True, "labels": {"release": "prometheus"}},
    "prometheusRule": {"enabled": True, "labels": {"release": "prometheus"}},
}


def but(**changes: Any) -> dict[str, Any]:
    """The least values, with some sections changed."""
    return {**LEAST, **changes}


VARIANTS: Final = (
    Variant("bundled Redis", LEAST),
    Variant("external Redis", but(redis={"mode": "external", "existingSecret": "redis", "urlKey": "url"})),
    Variant("http mode with an Ingress", but(**HTTP)),
    Variant("http mode, narrow network", but(**HTTP, networkPolicy=NARROW)),
    Variant("rights in two namespaces", but(rbac={"namespaces": ["mlops", "argo"]})),
    Variant(
        "rights in one namespace and no more",
        but(rbac={"namespaces": ["mlops"], "clusterScoped": False, "predict": False}),
    ),
    Variant("ServiceMonitor and alerts", but(metrics=MONITORING)),
    Variant("one replica without Redis", but(replicas=1, redis={"mode": "none"})),
    Variant("long names", but(metrics=MONITORING, **HTTP), "r" * 53, "n" * 63),
    # YAML reads these as numbers, or as true, unless they are quoted.
    Variant(
        "names that look like numbers",
        but(
            slack={"existingSecret": "0123", "mode": "http"},
            redis={"existingSecret": "1e3", "bundled": {"storage": {"className": "7"}}},
            fullnameOverride="on",
            nameOverride="3",
            http={"ingress": {"enabled": True, "host": "1.2", "className": "8", "tlsSecret": "9"}},
            serviceAccount={"name": "4"},
            rbac={"namespaces": ["5"]},
            priorityClassName="6",
            metrics=MONITORING,
        ),
        "10",
        "1e1",
    ),
    Variant("a name of its own", but(fullnameOverride="guide", nameOverride="oncall")),
    Variant("a release with a dot", LEAST, "mlops.bot"),
    Variant(
        "a role in AWS",
        but(serviceAccount={"roleArn": "arn:aws:iam::111122223333:role/mlops-bot"}, settings=SETTINGS),
    ),
    Variant(
        "rules of one's own", but(rules={"my-port-in-use.yaml": OWN_RULE, "off.yaml": "- pod-pending\n"})
    ),
    Variant("everything by hand", but(**BY_HAND)),
)
BY_NAME: Final = {variant.name: variant for variant in VARIANTS}


@functools.cache
def rendered(name: str) -> Rendered:
    """What a variant would send; rendered once."""
    return BY_NAME[name].rendered()
