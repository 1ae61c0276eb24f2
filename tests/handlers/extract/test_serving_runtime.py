"""Why no runtime serves a model."""

import pytest

from handlers.extract.serving_runtime import NO_SUCH, runtime_facts
from handlers.sources.objects.serving import ClusterServingRuntime, ModelSpec, ServingRuntime
from rules.facts.inferenceservice import RuntimeProblem
from rules.finding import Observation
from tests.handlers.build import make, make_part


def runtime(
    name: str, *formats: tuple[str, str | None, bool], disabled: bool = False
) -> ClusterServingRuntime:
    supported = [{"name": n, "version": version, "autoSelect": auto} for n, version, auto in formats]
    spec = {"disabled": disabled, "supportedModelFormats": supported, "protocolVersions": ["v1", "v2"]}
    return make(ClusterServingRuntime, metadata={"name": name}, spec=spec)


def model(name: str = "sklearn", runtime: str = "", version: str = "", protocol: str = "") -> ModelSpec:
    form = {"name": name, **({"version": version} if version else {})}
    return make_part(ModelSpec, {"modelFormat": form, "runtime": runtime, "protocolVersion": protocol})


RUNTIMES = (
    runtime("kserve-sklearnserver", ("sklearn", "1", True)),
    runtime("kserve-mlserver", ("sklearn", "0", True), ("mlflow", "1", True)),
    runtime("kserve-tritonserver", ("tensorrt", "8", False), ("onnx", "1", True)),
    runtime("old-xgbserver", ("xgboost", "1", True), disabled=True),
)


@pytest.mark.parametrize(
    ("asked", "problem"),
    [
        (model(), "none"),
        (model(version="1"), "none"),
        (model(version="2"), "none_for_format"),
        (model("tensorrt"), "none_for_format"),
        (model("tensorrt", runtime="kserve-tritonserver"), "none"),
        (model("xgboost"), "none_for_format"),
        (model("xgboost", runtime="old-xgbserver"), "disabled"),
        (model(runtime="kserve-tritonserver"), "format_unsupported"),
        (model(runtime="kserve-mlserver", version="0", protocol="grpc-v2"), "protocol_unsupported"),
        (model(protocol="grpc-v2"), "none_for_format"),
        (model(runtime="kserve-sklearn"), "not_found"),
    ],
)
def test_the_problem_is_computed_from_the_runtimes(asked: ModelSpec, problem: RuntimeProblem) -> None:
    found = runtime_facts(asked, RUNTIMES, None)
    assert found.problem == problem
    assert len(found.known) == 4


def test_the_nearest_name_and_what_would_fit_are_told() -> None:
    found = runtime_facts(model("tensorrt", runtime="triton-internal"), RUNTIMES, None)
    assert found.nearest == "kserve-tritonserver"
    assert found.fitting == ("kserve-tritonserver",)
    assert runtime_facts(model(runtime="kserve-tritonserver"), RUNTIMES, None).wanted == "format sklearn"
    asked = model(runtime="kserve-mlserver", version="0", protocol="grpc-v2")
    assert runtime_facts(asked, RUNTIMES, None).wanted == "protocol grpc-v2"


def test_runtimes_of_the_namespace_count_too() -> None:
    own = make(
        ServingRuntime,
        metadata={"name": "mine", "namespace": "ns"},
        spec={"supportedModelFormats": [{"name": "own", "autoSelect": True}]},
    )
    assert runtime_facts(model("own"), (*RUNTIMES, own), None).problem == "none"


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (f"fails to reconcile predictor: {NO_SUCH}: triton-internal", "not_found"),
        ("Specified runtime is disabled", "disabled"),
        ("Specified runtime does not support specified framework/version", "format_unsupported"),
        ("Specified runtime does not support specified protocol version", "protocol_unsupported"),
        ("no runtime found to support predictor with model type: {sklearn <nil>}", "none_for_format"),
        ("No runtime found to support specified framework/version", "none_for_format"),
        ("something else", "none"),
    ],
)
def test_where_the_runtimes_may_not_be_read_kserve_is_believed(words: str, problem: RuntimeProblem) -> None:
    found = runtime_facts(model(runtime="x"), None, Observation(words))
    assert (found.problem, found.known) == (problem, ())
    assert found.said == Observation(words)
