"""What every room's tests may use."""

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.fakes.aws import AwsFront, Moto, aws_keys, moto_server


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
