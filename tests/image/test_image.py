"""What the Dockerfile makes: small, complete, without tests, and at work where nothing may be written."""

import subprocess
import tomllib
from collections.abc import Iterator
from importlib.metadata import distributions
from zipfile import ZipFile

import pytest

from bot.render.trend import SIGNATURE
from bot.settings_model import TelemetrySettings
from bot.wiring.serve import DRAIN_SECONDS
from tests.architecture.tree import PACKAGES, ROOT
from tests.image.building import Image, built, locked_names
from tests.image.recipe import environment, read_recipe
from tests.image.trying import tried

RECIPE = read_recipe()


@pytest.fixture(scope="module")
def image() -> Iterator[Image]:
    with built(RECIPE) as made:
        yield made


def test_both_stages_stand_on_a_base_that_can_be_named_by_digest() -> None:
    (argument,) = RECIPE.arguments
    name, _, default = argument.text.partition("=")
    assert (argument.name, name) == ("ARG", "BASE_IMAGE")
    assert default.startswith("python:3.")
    assert [stage[0].text.split(" ")[0] for stage in RECIPE.stages] == ["${BASE_IMAGE}"] * 2


def test_it_runs_as_a_number_that_is_not_root() -> None:
    user, _, group = RECIPE.last("USER").text.partition(":")
    assert (int(user), int(group)) == (10001, 10001)


def test_it_says_what_it_is() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    labels = dict(word.split("=", 1) for word in RECIPE.last("LABEL").words)
    said = {name.removeprefix("org.opencontainers.image."): value for name, value in labels.items()}
    assert said["title"] == project["name"]
    assert said["version"] == project["version"]
    assert said["licenses"] == project["license"]
    assert said["revision"] == "${REVISION}"
    assert said["base.name"] == "${BASE_IMAGE}"


def test_it_serves_probes_where_the_settings_say_and_stops_on_sigterm() -> None:
    assert int(RECIPE.last("EXPOSE").text) == TelemetrySettings().port
    assert RECIPE.last("STOPSIGNAL").text == "SIGTERM"
    assert RECIPE.last("HEALTHCHECK").text == "NONE"
    assert (RECIPE.last("ENTRYPOINT").words, RECIPE.last("CMD").words) == (["mlops"], ["serve"])
    assert environment(RECIPE.final)["PYTHONDONTWRITEBYTECODE"] == "1"


def test_nothing_is_installed_but_what_is_locked() -> None:
    installs = [step.text for step in RECIPE.builder if step.name == "RUN" and " install " in step.text]
    assert len(installs) == 2
    assert "--require-hashes" in installs[0]
    assert all(option in installs[1] for option in ("--no-index", "--no-deps"))


def test_what_is_copied_is_let_through_and_nothing_else() -> None:
    copied = {word for step in RECIPE.builder if step.name == "COPY" for word in step.words[:-1]}
    lines = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    assert "*" in lines
    assert {line[1:] for line in lines if line.startswith("!")} == copied


def test_the_wheel_holds_every_file_of_the_packages_and_nothing_of_the_tests(image: Image) -> None:
    ours = {
        str(path.relative_to(ROOT))
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert {"bot/demo.tar.gz", "bot/render/report.schema.json", "rules/runbooks/crash.md"} <= ours
    with ZipFile(image.wheel) as wheel:
        held = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert held == ours


def test_what_built_it_is_gone_and_what_it_needs_is_there(image: Image) -> None:
    (packages,) = image.tree.glob("lib/python*/site-packages")
    here = {each.name.lower().replace("_", "-") for each in distributions(path=[str(packages)])}
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    groups = tomllib.loads(text)["dependency-groups"]
    assert "mlops-bot" in here
    assert here - {"mlops-bot"} <= locked_names()
    assert {need.partition(">")[0] for need in groups["build"]} & here == set()
    assert {"pip", "setuptools", "pytest"} & here == set()
    checked = subprocess.run(  # noqa: S603 - our own interpreter
        [image.folder / "bin" / "python", "-m", "pip", "--python", image.tree / "bin" / "python", "check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout


async def test_it_answers_draws_and_ends_where_nothing_may_be_written(image: Image) -> None:
    assert image.writable() == []
    assert image.refuses()
    seen = await tried(image)
    assert "fraud-scorer" in seen.answer
    assert seen.picture.startswith(SIGNATURE)
    assert set(seen.probes.values()) == {200}, seen.probes
    assert seen.code == 0, seen.log
    assert seen.seconds < DRAIN_SECONDS
    assert "Traceback" not in seen.log
    assert seen.changed == set()
