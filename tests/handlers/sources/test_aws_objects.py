"""Every kind of AWS object against botocore's service models: a misspelt field would only ever be empty."""

import importlib
import pkgutil
from collections.abc import Iterator
from typing import Any, get_args

import msgspec
import pytest
from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.model import Shape as AnyShape
from botocore.session import Session

from handlers import HANDLERS
from handlers.sources import aws_objects
from handlers.sources.aws import AwsObject

LOADER = Loader()


def kinds() -> list[type[AwsObject]]:
    for module in pkgutil.iter_modules(aws_objects.__path__):
        importlib.import_module(f"{aws_objects.__name__}.{module.name}")
    found: list[type[AwsObject]] = []
    waiting = AwsObject.__subclasses__()
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        if kind.__module__.startswith(aws_objects.__name__):
            found.append(kind)
    return sorted(found, key=lambda kind: f"{kind.__module__}.{kind.__name__}")


def named(kind: type[AwsObject]) -> str:
    return f"{kind.__module__.rpartition('.')[2]}.{kind.__name__}"


def model(service: str) -> ServiceModel:
    described = LOADER.load_service_model(service, "service-2")
    return ServiceModel(described, service)


def item_of(shape: Any) -> Any:
    while shape.type_name == "list":
        shape = shape.member
    return shape


def shape_of(kind: type[AwsObject]) -> Any:
    """The shape of one object, at the end of the call's path."""
    names = {name.lower().replace("_", ""): name for name in model(kind.call.service).operation_names}
    operation = names[kind.call.operation.replace("_", "")]
    shape: Any = model(kind.call.service).operation_model(operation).output_shape
    for step in filter(None, kind.call.result.split(".")):
        shape = item_of(shape).members[step]
    return item_of(shape)


def structs_in(annotation: Any) -> list[type[msgspec.Struct]]:
    if isinstance(annotation, type) and issubclass(annotation, msgspec.Struct):
        return [annotation]
    return [struct for part in get_args(annotation) for struct in structs_in(part)]


def unknown(struct: type[msgspec.Struct], shape: AnyShape, place: str) -> Iterator[str]:
    """Fields that AWS does not know, in a struct and in what it holds."""
    if shape.type_name != "structure":  # the attributes of an item of DynamoDB, or a name alone
        return
    members: Any = getattr(shape, "members", {})
    for field in msgspec.structs.fields(struct):
        if field.encode_name not in members:
            yield f"{place}.{field.encode_name}"
            continue
        for inner in structs_in(field.type):
            yield from unknown(inner, item_of(members[field.encode_name]), f"{place}.{field.encode_name}")


def test_there_are_kinds() -> None:
    assert len(kinds()) > 10


@pytest.mark.parametrize("kind", kinds(), ids=named)
def test_every_field_is_one_that_aws_answers(kind: type[AwsObject]) -> None:
    assert [*unknown(kind, shape_of(kind), kind.__name__)] == []


@pytest.mark.parametrize("kind", kinds(), ids=named)
def test_its_action_is_declared_by_a_question(kind: type[AwsObject]) -> None:
    assert kind.call.action in {action for handler in HANDLERS for action in handler.iam}


@pytest.mark.parametrize("kind", kinds(), ids=named)
def test_its_action_is_one_of_its_service(kind: type[AwsObject]) -> None:
    service, _, action = kind.call.action.partition(":")
    assert service in {model(kind.call.service).signing_name, kind.call.service}
    assert action[0].isupper()
    assert kind.call.service in Session().get_available_services()
