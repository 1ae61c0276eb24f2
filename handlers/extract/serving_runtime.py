"""Which ServingRuntime is to serve a model, and why none can."""

import difflib
from collections.abc import Iterable, Sequence

from handlers.sources.objects.serving import (
    ClusterServingRuntime,
    ModelSpec,
    ServingRuntime,
    SupportedModelFormat,
)
from rules.facts.inferenceservice import RuntimeProblem, ServingRuntimeFacts
from rules.finding import Observation

Runtime = ServingRuntime | ClusterServingRuntime

NO_SUCH = "No ServingRuntimes or ClusterServingRuntimes with the name"
"""KServe's words for a runtime that does not exist (v0.13 to v0.16)."""
_WORDS: tuple[tuple[str, RuntimeProblem], ...] = (
    (NO_SUCH, "not_found"),
    ("untime is disabled", "disabled"),
    ("protocol version", "protocol_unsupported"),
    ("does not support", "format_unsupported"),
    ("o runtime found to support", "none_for_format"),
)
_CUTOFF = 0.3


def runtime_facts(
    model: ModelSpec, runtimes: Sequence[Runtime] | None, said: Observation | None
) -> ServingRuntimeFacts:
    """Find out why no runtime serves a model that is not served.

    Args:
        model: the model as the predictor asks for it; of the older form its format is the field's name.
        runtimes: those the namespace can use; None when they could not be read, then KServe's words count.
        said: KServe's words about it.
    """
    named = {runtime.metadata.name: runtime for runtime in runtimes or ()}
    asked = named.get(model.runtime) if model.runtime else None
    usable = [asked] if asked else [r for r in named.values() if not r.spec.disabled]
    problem = _by_words(said) if runtimes is None else _problem(model, asked, named.values())
    near = difflib.get_close_matches(model.runtime, named, 1, _CUTOFF) if model.runtime else []
    return ServingRuntimeFacts(
        problem=problem,
        name=model.runtime,
        nearest=near[0] if near else "",
        format=_format_words(model),
        fitting=tuple(sorted(r.metadata.name for r in named.values() if _serves(r, model, by_name=True))),
        known=tuple(sorted(named)),
        formats=tuple(sorted({f.name for r in usable for f in r.spec.supported_model_formats})),
        protocol=model.protocol_version,
        wanted=_wanted(problem, model),
        said=said,
    )


def _wanted(problem: RuntimeProblem, model: ModelSpec) -> str:
    if problem == "format_unsupported":
        return f"format {_format_words(model)}"
    return f"protocol {model.protocol_version}" if problem == "protocol_unsupported" else ""


def _by_words(said: Observation | None) -> RuntimeProblem:
    text = said.text if said else ""
    return next((problem for words, problem in _WORDS if words in text), "none")


def _problem(model: ModelSpec, asked: Runtime | None, runtimes: Iterable[Runtime]) -> RuntimeProblem:
    if not model.runtime:
        return "none" if any(_serves(r, model) for r in runtimes) else "none_for_format"
    if asked is None:
        return "not_found"
    if asked.spec.disabled:
        return "disabled"
    if not any(_fits(f, model) for f in asked.spec.supported_model_formats):
        return "format_unsupported"
    return "none" if _speaks(asked, model) else "protocol_unsupported"


def _serves(runtime: Runtime, model: ModelSpec, *, by_name: bool = False) -> bool:
    """Whether KServe would choose the runtime by itself, or (by name) may be told to."""
    formats = runtime.spec.supported_model_formats
    fits = any(_fits(one, model) and (by_name or one.auto_select) for one in formats)
    return fits and not runtime.spec.disabled and _speaks(runtime, model)


def _fits(one: SupportedModelFormat, model: ModelSpec) -> bool:
    wanted = model.model_format
    return one.name == wanted.name and (
        not wanted.version or not one.version or one.version == wanted.version
    )


def _speaks(runtime: Runtime, model: ModelSpec) -> bool:
    protocols = runtime.spec.protocol_versions
    return not model.protocol_version or not protocols or model.protocol_version in protocols


def _format_words(model: ModelSpec) -> str:
    version = model.model_format.version
    return f"{model.model_format.name} {version}" if version else model.model_format.name
