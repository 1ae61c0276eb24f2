"""Every variant of the chart, rendered once."""

import pytest

from tests.helm.engine import Rendered
from tests.helm.variants import BY_NAME, rendered


@pytest.fixture(params=BY_NAME)
def install(request: pytest.FixtureRequest) -> Rendered:
    return rendered(request.param)
