"""The fake API server answers as the real one was recorded."""

import json
from pathlib import Path

import aiohttp
import pytest

from tests.fakes.kubernetes import ApiServer
from tests.fakes.kubernetes.recorded_answers import FOLDER, recorded

ROWS = [line.split("\t") for line in (FOLDER / "index.tsv").read_text(encoding="utf-8").splitlines()[1:]]
PATHS = {Path(row[0]).name: row[2] for row in ROWS}


@pytest.mark.parametrize(
    "name",
    [
        "200-empty-list-unknown-namespace.http",
        "400-bad-field-selector.http",
        "400-bad-selector.http",
        "400-log-container-not-named.http",
        "400-log-image-pull.http",
        "400-log-no-previous.http",
        "400-log-waiting.http",
        "400-log-wrong-container.http",
        "404-isvc.http",
        "404-log-no-pod.http",
        "404-namespace.http",
        "404-no-such-group.http",
        "404-pod.http",
        "503-aggregated-api.http",
    ],
)
async def test_an_answer_is_the_recorded_one(name: str) -> None:
    async with ApiServer() as server:
        await _compare(server, name)


@pytest.mark.parametrize(
    ("name", "verb", "resource"),
    [
        ("403-list-secrets.http", "list", "secrets"),
        ("403-pod-log.http", "get", "pods/log"),
        ("403-nodes.http", "list", "nodes"),
        ("403-cluster-wide-pods.http", "list", "pods"),
        ("403-custom-resource.http", "list", "inferenceservices"),
    ],
)
async def test_a_missing_right_is_the_recorded_answer(name: str, verb: str, resource: str) -> None:
    async with ApiServer() as server:
        server.deny(verb, resource)
        await _compare(server, name)


async def test_an_unknown_token_is_the_recorded_answer() -> None:
    async with ApiServer(token="x") as server:
        await _compare(server, "401-bad-token.http")


async def test_the_pages_of_a_list_have_the_recorded_shape() -> None:
    async with ApiServer() as server:
        status, _, body = await _get(server, PATHS["200-paged-list-1.http"])
    page, expected = json.loads(body), json.loads(recorded("200-paged-list-1.http").body)
    assert status == 200
    assert (page["kind"], page["apiVersion"]) == (expected["kind"], expected["apiVersion"])
    assert page["metadata"].keys() == expected["metadata"].keys()
    assert page["metadata"]["remainingItemCount"] == expected["metadata"]["remainingItemCount"]
    assert [item.keys() for item in page["items"]] == [item.keys() for item in expected["items"]]


async def _compare(server: ApiServer, name: str) -> None:
    status, content_type, body = await _get(server, PATHS[name])
    answer = recorded(name)
    assert (status, content_type) == (answer.status, answer.content_type)
    if content_type != "application/json":
        assert body.strip() == answer.body.strip()
        return
    mine, theirs = json.loads(body), json.loads(answer.body)
    mine["metadata"].pop("resourceVersion", None)
    theirs["metadata"].pop("resourceVersion", None)
    assert mine == theirs


async def _get(server: ApiServer, path: str) -> tuple[int, str, bytes]:
    async with aiohttp.ClientSession() as session, session.get(server.url + path) as response:
        return response.status, response.content_type, await response.read()
