"""The generated files of the chart: rights, IAM policy, README, shape of settings; `--write` makes them."""

import importlib
import json
import pkgutil
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from bot.settings import Settings
from bot.verbs.iam import policy_of
from bot.verbs.rbac import rules_of
from handlers import HANDLERS
from handlers.contract import Need
from handlers.platform import Platform
from handlers.sources import objects
from handlers.sources.objects.meta import Resource
from tests.tools.chart_values import values_table
from tests.tools.json_schema import plain

CHART: Final = Path(__file__).parents[2] / "helm" / "mlops-bot"
_PREDICT: Final = ("", "services/proxy")
_ABOUT: Final = "# Generated from what the questions declare by `make docs`.\n"
OWNED: Final = {
    "SlackSettings": ("mode", "host", "port", "bot_token", "app_token", "signing_secret"),
    "TelemetrySettings": ("host", "port"),
    "RuleSettings": ("folder",),
    "Settings": ("redis",),
}
"""Settings that the chart decides, or that are secret: refused among its values, by pydantic's model."""


def needs() -> frozenset[Need]:
    """What the questions read in a cluster."""
    return frozenset(need for handler in HANDLERS for need in handler.needs if need.reads)


def cluster_scoped() -> frozenset[tuple[str, str]]:
    """API group and resource of every kind known to the code that belongs to no namespace."""
    return frozenset((each.group, each.plural) for each in _resources() if not each.namespaced)


def _resources() -> Iterator[Resource]:
    for module in pkgutil.iter_modules(objects.__path__, f"{objects.__name__}."):
        for value in vars(importlib.import_module(module.name)).values():
            if isinstance(resource := getattr(value, "resource", None), Resource):
                yield resource


def rights() -> str:
    """Rules for every namespace, for kinds of no namespace, and for `predict` alone."""
    apart = cluster_scoped()
    parts: dict[str, list[Need]] = {"namespaced": [], "cluster": [], "predict": []}
    for need in needs():
        place = (need.group, need.resource)
        parts["predict" if place == _PREDICT else "cluster" if place in apart else "namespaced"].append(need)
    return _ABOUT + yaml.safe_dump({name: rules_of(part) for name, part in parts.items()}, sort_keys=False)


def iam_policy() -> str:
    """The policy of the default platform, as `mlops iam` prints it."""
    actions = {action for handler in HANDLERS for action in handler.iam}
    return json.dumps(policy_of(actions, [(each, "") for each in Platform().states]), indent=2) + "\n"


def schema() -> str:
    """values.schema.json with what `settings` may hold put in."""
    written = json.loads((CHART / "values.schema.json").read_text("utf-8"))
    model = Settings.model_json_schema()
    models = {name: _without(each, OWNED.get(name, ())) for name, each in model.pop("$defs").items()}
    written["properties"]["settings"] = _without(model, OWNED["Settings"])
    kept = {name: each for name, each in written["$defs"].items() if name[0].islower()}
    used = json.dumps([written["properties"]["settings"], models])
    written["$defs"] = kept | {name: each for name, each in sorted(models.items()) if f'/{name}"' in used}
    return json.dumps(written, indent=2, ensure_ascii=False) + "\n"


def _without(model: Mapping[str, Any], owned: tuple[str, ...]) -> Any:
    """A model without what is the chart's own, and without what only pydantic reads."""
    kept = {name: each for name, each in model.get("properties", {}).items() if name not in owned}
    own = {key: value for key, value in model.items() if key != "description"}
    return plain(own | ({"properties": kept} if kept else {}), _UNREAD)


_UNREAD: Final = {"title", "default", "format"}


def readme() -> str:
    """The chart's README, from the comments of its values."""
    return _README.format(table=values_table((CHART / "values.yaml").read_text("utf-8")))


_README: Final = """\
# mlops-bot

Installs [mlops-bot](../../README.md#install-with-helm) on a cluster. Made by `make docs` from the comments
in `values.yaml`.

- `files/rights.yaml` holds the rights of its ClusterRole and Roles, `files/iam-policy.json` the policy of its
  role in AWS; both come from what the questions declare, and only read. With settings of your own (`states`,
  `account`), print the policy with `mlops iam --config FILE`.
- The chart makes no Secrets. It names two of yours: `slack.existingSecret` and `redis.existingSecret`, which
  may be the same.

{table}"""

GENERATED: Final[Mapping[str, Callable[[], str]]] = {
    "files/rights.yaml": rights,
    "files/iam-policy.json": iam_policy,
    "values.schema.json": schema,
    "README.md": readme,
}
"""Path in the chart → what it should hold."""


def main() -> int:
    """Compare, or write with --write; 1 when they differ."""
    wanted = {CHART / name: make() for name, make in GENERATED.items()}
    if "--write" in sys.argv:
        for path, text in wanted.items():
            path.write_text(text, "utf-8")
        return 0
    return int(any(not path.exists() or path.read_text("utf-8") != text for path, text in wanted.items()))


if __name__ == "__main__":
    raise SystemExit(main())
