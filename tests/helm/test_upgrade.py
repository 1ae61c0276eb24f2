"""A newer version of the chart can be installed over an older one: what cannot be changed stays."""

import re
import shutil
from pathlib import Path

import pytest

from tests.helm.engine import CHART, Rendered, Thing, render
from tests.helm.variants import BY_NAME, rendered

IMMUTABLE = ("selector", "serviceName", "volumeClaimTemplates", "podManagementPolicy", "roleRef")


@pytest.fixture(scope="module")
def newer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The chart in its next version."""
    chart = shutil.copytree(CHART, tmp_path_factory.mktemp("chart") / "mlops-bot")
    about = chart / "Chart.yaml"
    raised = re.sub(r"(?m)^(version|appVersion): .*$", r'\1: "7.8.9"', about.read_text("utf-8"))
    about.write_text(raised, "utf-8")
    return chart


def fixed(install: Rendered) -> dict[tuple[str, str], dict[str, object]]:
    return {
        (thing["kind"], thing["metadata"]["name"]): {
            name: part[name] for part in (thing, thing.get("spec", {})) for name in IMMUTABLE if name in part
        }
        for thing in install.things
    }


@pytest.mark.parametrize("name", ["bundled Redis", "http mode with an Ingress", "rights in two namespaces"])
def test_names_selectors_and_claims_stay(newer: Path, name: str) -> None:
    variant = BY_NAME[name]
    after = render(variant.values, variant.release, variant.namespace, newer)
    assert {t["metadata"]["labels"]["app.kubernetes.io/version"] for t in after.things} == {"7.8.9"}
    assert fixed(after) == fixed(rendered(name))


def test_only_the_image_of_the_bot_changes_in_its_pods(newer: Path) -> None:
    before, after = rendered("bundled Redis"), render(BY_NAME["bundled Redis"].values, chart=newer)
    assert before.one("StatefulSet")["spec"] == after.one("StatefulSet")["spec"], "Redis must not restart"
    assert image(after).endswith(":7.8.9")
    assert image(before) != image(after)
    assert without_image(before) == without_image(after)


def image(install: Rendered) -> str:
    return str(install.one("Deployment")["spec"]["template"]["spec"]["containers"][0]["image"])


def without_image(install: Rendered) -> Thing:
    template = install.one("Deployment")["spec"]["template"]
    (container,) = template["spec"]["containers"]
    return {**template, "spec": {**template["spec"], "containers": [{**container, "image": ""}]}}
