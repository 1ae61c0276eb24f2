"""No question sends a request outside the rights it declares, so the generated ClusterRole is enough."""

import pytest

from handlers import HANDLERS
from handlers.contract import Handler, Need, QuestionError, Sources
from handlers.sources.errors import SourceError
from tests.fakes.kubernetes import ApiServer
from tests.fakes.kubernetes.routes import parse
from tests.fakes.kubernetes.server import Seen
from tests.handlers.conftest import Connect, told
from tests.scenarios.questions import named, questions


def need_of(request: Seen) -> Need | None:
    """The right a request takes; None for what everybody may ask (/version)."""
    route = parse(request.path)
    if route is None:
        return None
    resource = f"{route.plural}/{route.subresource}" if route.subresource else route.plural
    verb = route.verb if request.method == "GET" else "create"
    return Need(verb, route.group, resource)


@pytest.mark.parametrize("handler", HANDLERS, ids=named)
async def test_a_question_asks_only_for_what_it_declares(
    handler: Handler, server: ApiServer, connect: Connect
) -> None:
    cluster = connect(server)
    for question in questions(handler):
        try:
            await handler.gather(question, Sources(cluster=cluster), told)
        except (QuestionError, SourceError):
            continue
    used = {need for request in server.requests if (need := need_of(request))}
    assert used <= set(handler.needs), sorted(map(str, used - set(handler.needs)))


@pytest.mark.parametrize("handler", HANDLERS, ids=named)
def test_a_question_only_reads_and_never_reads_secrets(handler: Handler) -> None:
    writing = {need for need in handler.needs if need.verb not in {"get", "list"}}
    assert writing <= {Need("create", "", "services/proxy")}
    assert not any(need.resource == "secrets" for need in handler.needs)
    assert all(
        action.partition(":")[2].startswith(("Describe", "Get", "List", "Query", "Head"))
        for action in handler.iam
    )
