"""Ask the model; where its answer is no good one, diagnose the InferenceService behind it."""

from collections.abc import Iterable

import msgspec
from msgspec import Struct

from handlers.contract import Evidence, Exhibit, Progress, Question, QuestionError, Sources
from handlers.extract.inferenceservice import inference_service_facts
from handlers.extract.predict import nearest_name
from handlers.extract.predictions import predict_path
from handlers.extract.serving_spec import (
    ServerWords,
    is_serverless,
    model_name,
    model_of,
    protocol_of,
    words_of_pod,
)
from handlers.find_object import FoundObject, find_object
from handlers.inferenceservice.looking import SORT
from handlers.inferenceservice.reads import Behind, read_serving_behind
from handlers.look import Look, Read
from handlers.predict.asking import Asked, Model, ask_model
from handlers.sources.cluster import ProxyAnswer, counting
from handlers.sources.decode import UNREADABLE
from handlers.sources.objects.network import Service
from handlers.sources.objects.pod import Pod
from handlers.sources.objects.serving import InferenceService
from handlers.sources.service_proxy import LONGEST_QUESTION
from rules.facts.base import SubjectFacts
from rules.facts.inferenceservice import InferenceServiceFacts
from rules.facts.predict import PredictFacts
from rules.finding import ObjectRef, Observation

_UNLESS_ASKED = ("problem", "status", "answer", "seconds", "listed", "effect")
"""Facts that need an answer."""
_USUAL_PORT = 80


class _Asking(Struct, frozen=True, kw_only=True):
    """A question that was asked, and what was read behind it where the answer is no good one."""

    found: FoundObject[InferenceService]
    model: Model
    target: ObjectRef
    port: int
    asked: Asked
    behind: Behind | None = None


class DataInvalid(QuestionError):
    """What is to be sent is no JSON, or too much of it; nothing was asked."""


async def gather(question: Question, sources: Sources, progress: Progress) -> Evidence:
    """Ask a model's server.

    Raises:
        QuestionError: the name is impossible, unknown, or means several; or the data is no JSON.
        SourceError: the InferenceService itself could not be read.
    """
    data = _checked_data(question.options.get("data", ""))
    with counting() as count:
        async with Look(sources, question.deadline, progress) as look:
            found = await find_object(SORT, question, look)
            await look.told("inferenceservice")
            evidence = await _asked(found, data, look)
    return msgspec.structs.replace(evidence, api_calls=count.requests)


def _checked_data(text: str) -> bytes:
    """The bytes to send; empty to ask for readiness only. Raises DataInvalid."""
    data = text.encode()
    if len(data) > LONGEST_QUESTION:
        raise DataInvalid(f"The data is longer than {LONGEST_QUESTION // 1024} KiB.")
    if data:
        try:
            msgspec.json.decode(data)
        except UNREADABLE as error:
            raise DataInvalid(f"The data is no JSON: {error}.") from error
    return data


async def _asked(found: FoundObject[InferenceService], data: bytes, look: Look) -> Evidence:
    item = found.item
    pods = await look.list(
        Pod,
        item.metadata.namespace,
        what="pods",
        labels=f"serving.kserve.io/inferenceservice={item.metadata.name}",
    )
    model = _model(item, pods.value or ())
    target, port = await _target(item, look)

    async def ask(path: str, body: bytes) -> ProxyAnswer:
        return await look.within_deadline(look.cluster.proxy(target, port, path, body=body), "prediction")

    asked = await ask_model(model, data, ask)
    if asked.missing:
        look.note("prediction", asked.missing)
    await look.told("prediction")
    well = asked.problem == "none" and not asked.missing
    behind = None if well else await read_serving_behind(item, look, sweep=False)
    asking = _Asking(found=found, model=model, target=target, port=port, asked=asked, behind=behind)
    return _evidence(asking, look)


def _model(item: InferenceService, pods: tuple[Pod, ...]) -> Model:
    words = words_of_pod(pods[0]) if pods else ServerWords()
    return Model(model_name(item, words), protocol_of(model_of(item.spec.predictor), words))


async def _target(item: InferenceService, look: Look) -> tuple[ObjectRef, int]:
    """The predictor's Service and its port; of a Serverless one that of the revision that serves."""
    namespace = item.metadata.namespace
    status = item.status.components.get("predictor")
    revision = status.latest_ready_revision if status and is_serverless(item) else ""
    name = f"{revision}-private" if revision else f"{item.metadata.name}-predictor"
    read: Read[Service] = await look.get(Service, name, namespace, what="service")
    ports = read.value.spec.ports if read.value else ()
    port = next((p.port for p in ports if p.name.startswith("http")), ports[0].port if ports else _USUAL_PORT)
    return ObjectRef("Service", name, namespace), port


def _evidence(asking: _Asking, look: Look) -> Evidence:
    asked, behind = asking.asked, asking.behind
    service = inference_service_facts(behind.reads) if behind else None
    facts = _facts(asking, service)
    related: tuple[SubjectFacts, ...] = ()
    if behind and service:
        related = (service, *behind.pods.facts, *behind.uncreated)
    well = facts.problem == "none" and not asked.missing
    return Evidence(
        subject=facts.ref,
        facts=facts,
        related=related,
        about=tuple(filter(None, (asking.found.note, f"Service {facts.ref.name}:{facts.port}", facts.path))),
        healthy=well,
        symptom=_symptom(facts),
        headline=_headline(facts),
        exhibits=(*_exhibits(facts, asked), *(behind.pods.exhibits if behind else ())),
        gaps=look.gaps,
        checked=tuple(_checked(facts, asking)),
        as_of=look.cluster.now(),
    )


def _facts(asking: _Asking, service: InferenceServiceFacts | None) -> PredictFacts:
    item, asked, name = asking.found.item, asking.asked, asking.model.name
    answer = asked.answer
    pod = service.pod if service and service.pod.exists else None
    return PredictFacts(
        missing=dict.fromkeys(_UNLESS_ASKED, asked.missing) if asked.missing else {},
        ref=asking.target,
        top_owner=item.ref,
        depends_on=(item.ref,),
        port=asking.port,
        model_name=name,
        protocol=asked.protocol,
        path=asked.path,
        predict_path=predict_path(name, asked.protocol),
        posted=asked.posted,
        problem=asked.problem,
        status=answer.status if answer else None,
        seconds=round(answer.seconds, 3) if answer else None,
        answer=asked.said,
        refusal=asked.refusal,
        listed=asked.listed,
        nearest=nearest_name(name, asked.listed),
        log_error=_log_error(service) if service else None,
        pod=pod.ref.name if pod else "",
        container=next((c.name for c in pod.containers if c.kind == "main"), "") if pod else "",
        effect=service.effect if service else "",
    )


def _log_error(service: InferenceServiceFacts) -> Observation | None:
    predictions = service.predictions
    beside = (predictions.server_error.why, predictions.bad_request.why, predictions.not_found.why)
    told = next((one for one in beside if one), None)
    return told or next((c.log.error for c in service.pod.containers if c.log.error), None)


def _symptom(facts: PredictFacts) -> str:
    if facts.status is not None:
        return f"{facts.status} from {facts.path}"
    return "without an answer"


def _headline(facts: PredictFacts) -> str:
    if facts.status is None:
        return f"{facts.top_owner} could not be asked whether it is ready"
    took = f"{round((facts.seconds or 0.0) * 1000)} ms"
    if facts.posted:
        return f"{facts.top_owner} answers the prediction with {facts.status} in {took}"
    return f"{facts.top_owner} is ready, and says so in {took}"


def _exhibits(facts: PredictFacts, asked: Asked) -> Iterable[Exhibit]:
    if asked.answer and asked.answer.body.strip():
        yield Exhibit(
            title=f"answer of {facts.ref.name} to {facts.path}",
            filename=f"{facts.top_owner.name}_answer.txt",
            text=asked.answer.body,
            note=f"status {facts.status}" + (", its beginning" if asked.answer.cut else ""),
        )


def _checked(facts: PredictFacts, asking: _Asking) -> Iterable[str]:
    if not asking.asked.missing:
        what = "a prediction" if facts.posted else "whether it is ready"
        yield f"asked {facts.ref.name}:{facts.port} for {what} ({facts.path})"
    if facts.answer:
        yield f"answer {facts.answer.text}"
    if is_serverless(asking.found.item):
        yield "Serverless: its route from outside was not asked"
