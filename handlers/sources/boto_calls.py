"""boto3 itself: one session of an account, a client for each service and region, calls that block.

Only threads come here, and only for an account that is configured: the import takes a third of a second.
"""

import json
import threading
import time
from collections.abc import Iterator, Mapping
from functools import cache, partial
from typing import Any

import boto3
from botocore.client import BaseClient
from botocore.config import Config
from botocore.credentials import (
    AssumeRoleCredentialFetcher,
    CredentialProvider,
    DeferredRefreshableCredentials,
)
from botocore.loaders import Loader
from botocore.model import OperationModel
from botocore.parsers import ResponseParserError
from botocore.session import Session as Core
from msgspec import Struct

from handlers.sources.aws import AwsCall, Identity, Parameter, Stored
from handlers.sources.boto import Reach
from handlers.sources.boto_errors import FOREIGN, translated
from handlers.sources.errors import BadAnswer, TimedOut

MOST_PAGES = 100
"""Pages of one list above which it is given up; a page has 100 to 1,000 objects."""
_JSON = ("json", "rest-json")
_REGION_UNSAID = "us-east-1"


class Asked(Struct, frozen=True, kw_only=True):
    """One call to make; `until` is the time of `time.monotonic` after which nothing is sent any more."""

    what: str
    action: str
    region: str
    until: float


class Late(Exception):
    """The deadline of a call came before its next attempt."""


class Calls:
    """Blocking calls to one account; may be used from several threads.

    Every method raises a SourceError when there is no answer.
    """

    def __init__(self, reach: Reach) -> None:
        self._reach = reach
        self._lock = threading.Lock()
        self._local = threading.local()
        self._session: boto3.Session | None = None
        self._clients: dict[tuple[str, str], BaseClient] = {}

    def objects(self, asked: Asked, call: AwsCall, parameters: Mapping[str, Parameter]) -> list[object]:
        """The raw objects of all pages."""
        found: list[object] = []
        for number, page in enumerate(self._translating(asked, self._pages(asked, call, parameters))):
            if number == MOST_PAGES:
                raise BadAnswer(asked.what, f"the list has more than {MOST_PAGES} pages")
            found += _at(page, call.result)
        return found

    def stored(self, asked: Asked, bucket: str, key: str, most: int) -> Stored:
        """One object of S3."""
        stored: Stored = next(self._translating(asked, self._stored(asked, bucket, key, most)))
        return stored

    def identity(self, asked: Asked) -> Identity:
        """Who asks."""
        call = AwsCall(service="sts", operation="get_caller_identity", action=asked.action)
        (told,) = self.objects(asked, call, {})
        fields = told if isinstance(told, dict) else {}
        return Identity(str(fields.get("Account", "")), str(fields.get("Arn", "")))

    def close(self) -> None:
        """Close the connections that are idle."""
        with self._lock:
            for client in self._clients.values():
                client.close()
            self._clients.clear()

    def _translating(self, asked: Asked, answers: Iterator[Any]) -> Iterator[Any]:
        try:
            yield from answers
        except Late as error:
            raise TimedOut(asked.what, self._reach.timeout) from error
        except FOREIGN as error:
            raise translated(asked.what, asked.action, error, self._reach.timeout) from error

    def _pages(
        self, asked: Asked, call: AwsCall, parameters: Mapping[str, Parameter]
    ) -> Iterator[dict[str, object]]:
        client = self._client(call.service, asked)
        if client.can_paginate(call.operation):
            yield from client.get_paginator(call.operation).paginate(**parameters)
        else:
            yield getattr(client, call.operation)(**parameters)

    def _stored(self, asked: Asked, bucket: str, key: str, most: int) -> Iterator[Stored]:
        client: Any = self._client("s3", asked)
        answer = client.get_object(Bucket=bucket, Key=key)
        with answer["Body"] as stream:
            body: bytes = stream.read(most + 1)
        if len(body) > most:
            raise BadAnswer(asked.what, f"it is longer than {most / 2**20:g} MiB")
        yield Stored(
            body=body, modified=answer.get("LastModified"), version=str(answer.get("VersionId") or "")
        )

    def _client(self, service: str, asked: Asked) -> BaseClient:
        self._local.until = asked.until
        with self._lock:  # a session may not make two clients at once
            name = (service, asked.region)
            if name not in self._clients:
                self._clients[name] = self._made(service, asked.region)
            return self._clients[name]

    def _made(self, service: str, region: str) -> BaseClient:
        self._session = self._session or session_of(self._reach)
        session: Any = self._session
        client: BaseClient = session.client(
            service,
            region_name=region or session.region_name or _region_of(service),
            endpoint_url=self._reach.endpoint_url or None,
            config=config_of(self._reach),
        )
        client.meta.events.register("before-send", self._check_time)
        client.meta.events.register("before-parse", _check_json)
        return client

    def _check_time(self, **_: object) -> None:
        if time.monotonic() > getattr(self._local, "until", float("inf")):
            raise Late


@cache
def _models() -> Loader:
    """What botocore knows of the services: megabytes of JSON, read once for all accounts."""
    return Loader()


def _core(reach: Reach) -> Core:
    core = Core(profile=reach.profile or None)
    core.register_component("data_loader", _models())
    return core


def session_of(reach: Reach) -> boto3.Session:
    """A session with the credentials of the settings; nothing is asked of AWS yet."""
    core = _core(reach)
    if reach.region:
        core.set_config_variable("region", reach.region)
    if reach.role_arn:
        source = _core(reach)
        core.get_component("credential_provider").insert_before("env", _AssumedRole(reach, source))
    return boto3.Session(botocore_session=core)


def config_of(reach: Reach) -> Config:
    """Patience that slows down when AWS asks for it, and never for long."""
    return Config(
        connect_timeout=min(reach.timeout, 5.0),
        read_timeout=reach.timeout,
        retries={"mode": "adaptive", "total_max_attempts": reach.attempts},
        max_pool_connections=8,
        user_agent_extra="mlops-bot",
        s3={"addressing_style": "path"} if reach.endpoint_url else None,
    )


class _AssumedRole(CredentialProvider):
    """The role of the settings, taken with the credentials of the default chain, renewed in time."""

    METHOD = "assume-role-of-settings"
    CANONICAL_NAME = None

    def __init__(self, reach: Reach, source: Core) -> None:
        super().__init__()
        self._reach = reach
        self._source = source

    def load(self) -> DeferredRefreshableCredentials | None:
        credentials = self._source.get_credentials()
        if credentials is None:
            return None
        region = self._reach.region or self._source.get_config_variable("region") or _REGION_UNSAID
        fetcher = AssumeRoleCredentialFetcher(
            partial(
                self._source.create_client,
                region_name=region,
                endpoint_url=self._reach.endpoint_url or None,
                config=config_of(self._reach),
            ),
            credentials,
            self._reach.role_arn,
            extra_args={"RoleSessionName": "mlops-bot"},
        )
        return DeferredRefreshableCredentials(fetcher.fetch_credentials, self.METHOD)


def _region_of(service: str) -> str | None:
    """IAM and STS answer without a region; for the others it must be known."""
    return _REGION_UNSAID if service in {"iam", "sts"} else None


def _check_json(operation_model: OperationModel, response_dict: Mapping[str, Any], **_: object) -> None:
    """Refuse what is no JSON: botocore takes it for an answer without any objects.

    Raises:
        ResponseParserError: as botocore does for XML that cannot be read.
    """
    protocol = operation_model.service_model.resolved_protocol
    if protocol in _JSON and response_dict["status_code"] < 300 and not operation_model.has_streaming_output:  # noqa: PLR2004
        try:
            json.loads(response_dict["body"] or b"{}")
        except ValueError as error:
            raise ResponseParserError("the answer is no JSON") from error


def _at(page: Mapping[str, object], path: str) -> list[object]:
    """What lies at the end of a path of keys, the lists on the way joined."""
    here: list[object] = [{key: value for key, value in page.items() if key != "ResponseMetadata"}]
    for step in filter(None, path.split(".")):
        below = [each.get(step) for each in here if isinstance(each, dict)]
        here = [item for each in below for item in (each if isinstance(each, list) else [each])]
    return [each for each in here if each is not None]
