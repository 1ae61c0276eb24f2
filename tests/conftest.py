"""What every room's tests may use."""

import gc
from collections.abc import AsyncIterator, Iterator

import pytest

from bot.__main__ import spare_collector
from tests.fakes.aws import AwsFront, Moto, aws_keys, moto_server
from tests.fakes.terraform import INSTALLED


def pytest_configure() -> None:
    """Collect garbage as the program does, or each search walks thousands of tests again and again."""
    spare_collector()


def pytest_collection_finish() -> None:
    """Keep what stays to the end, tests and modules, out of every search for garbage."""
    gc.freeze()


def pytest_report_header() -> str:
    """Say whether real Terraform takes part."""
    return f"terraform: {INSTALLED or 'not installed, so the tests that need it are left out'}"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what needs Terraform where it is not installed."""
    if INSTALLED:
        return
    left_out = [item for item in items if item.get_closest_marker("terraform")]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


@pytest.fixture(scope="session", autouse=True)
def nothing_left_open() -> Iterator[None]:
    """Search once more at the end: what was left open fails the last test and is not lost with a worker."""
    yield
    gc.collect()


@pytest.fixture(scope="session")
def moto_process() -> Iterator[Moto]:
    with moto_server() as moto:
        yield moto


@pytest.fixture
def moto(moto_process: Moto) -> Iterator[Moto]:
    """An empty AWS."""
    with aws_keys():
        yield moto_process
        moto_process.reset()


@pytest.fixture
async def aws_front(moto: Moto) -> AsyncIterator[AwsFront]:
    """An empty AWS whose actions can be spoilt."""
    async with AwsFront(moto.url) as front:
        yield front
