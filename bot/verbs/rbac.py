"""`mlops rbac`: the rights the questions use, as a ClusterRole to apply; never Secrets."""

import sys
from collections import defaultdict
from collections.abc import Iterable

import yaml

from bot.exit_code import HEALTHY
from handlers import HANDLERS
from handlers.contract import Need

_ABOUT = """\
# What mlops-bot reads; generated from what its questions declare. Bind it to the account it runs as:
#   kubectl create clusterrolebinding mlops-bot --clusterrole=mlops-bot --serviceaccount=NAMESPACE:NAME
# services/proxy is for `predict`, which asks models through the API server. Take it out where nobody should;
# `predict` then says what it lacks, and everything else works. Data is sent (`--data`) in the terminal only,
# with the rights of who asks there.
"""


def rbac() -> int:
    """Print the ClusterRole."""
    role = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRole",
        "metadata": {"name": "mlops-bot"},
        "rules": rules_of(need for handler in HANDLERS for need in handler.needs if need.reads),
    }
    sys.stdout.write(_ABOUT + yaml.safe_dump(role, sort_keys=False))
    return HEALTHY


def rules_of(needs: Iterable[Need]) -> list[dict[str, list[str]]]:
    """The rules that grant these needs and nothing else: one for each group and set of verbs."""
    verbs: dict[tuple[str, str], set[str]] = defaultdict(set)
    for need in needs:
        verbs[need.group, need.resource].add(need.verb)
    alike: dict[tuple[str, tuple[str, ...]], list[str]] = defaultdict(list)
    for (group, resource), granted in sorted(verbs.items()):
        alike[group, tuple(sorted(granted))].append(resource)
    return [
        {"apiGroups": [group], "resources": resources, "verbs": list(granted)}
        for (group, granted), resources in alike.items()
    ]
