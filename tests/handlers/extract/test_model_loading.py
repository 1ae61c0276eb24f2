"""How long a model takes to load, from the words of real servers."""

from datetime import UTC, datetime
from typing import Any

import pytest

from handlers.extract.logs import log_facts
from handlers.extract.model_loading import loading_facts, loading_in_words
from rules.facts.container import ContainerFacts
from rules.facts.pod import PodFacts

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
KSERVE = """\
2026-11-22 09:50:20.100 1 kserve INFO [storage.py:download():66] Copying contents of /mnt/models to local
2026-11-22 09:50:40.100 1 kserve INFO [model_server.py:register_model():402] Registering model: m
2026-11-22 09:51:10.000 1 uvicorn.error INFO:     Application startup complete.
2026-11-22 09:51:10.100 1 uvicorn.error INFO:     Uvicorn running on http://0.0.0.0:8080
2026-11-22 09:55:10.100 1 kserve.trace requestId: N.A., preprocess_ms: 0.36
"""
MLSERVER = """\
INFO:     Application startup complete.
2026-11-22 09:50:26,028 [mlserver.rest] INFO - HTTP server running on http://0.0.0.0:8080
2026-11-22 09:50:36,708 [mlserver][m:4] INFO - Loading model version 4 (2.3 GiB)
2026-11-22 09:55:46,735 [mlserver][m:4] INFO - Warm-up 1/8
INFO:     10.0.1.31:41234 - "POST /v2/models/m/infer HTTP/1.1" 503 Service Unavailable
"""
DONE = "2026-11-22 09:56:10,000 [mlserver][m:4] INFO - Loaded model 'm' succesfully.\n"


def pod(text: str, *, truncated: bool = False, previous: bool = False, **more: Any) -> PodFacts:
    log = log_facts(text, container="c", previous=previous, now=NOW, truncated=truncated)
    given: dict[str, Any] = {"running_for": 600.0, **more}
    return PodFacts(containers=(ContainerFacts(name="c", log=log, **given),))


def test_the_time_from_container_start_to_the_line_that_says_loaded() -> None:
    found = loading_facts(pod(KSERVE), NOW)
    assert (found.took, found.loading) == (70.0, False)
    assert found.said
    assert found.said.text == "Application startup complete."
    assert (found.suggested, found.periods) == (100, 10)
    assert loading_in_words(found) == "model loaded 1 min after container start"


def test_a_server_that_listens_may_still_load() -> None:
    found = loading_facts(pod(MLSERVER), NOW)
    assert (found.took, found.loading, found.elapsed) == (None, True, 600.0)
    assert found.said
    assert found.said.text == "Warm-up 1/8"
    assert found.suggested == 800
    assert loading_in_words(found) == "model still loading after 10 min"


def test_loaded_after_all() -> None:
    found = loading_facts(pod(MLSERVER + DONE), NOW)
    assert (found.took, found.loading) == (370.0, False)


@pytest.mark.parametrize(
    "line",
    [
        "Loading safetensors checkpoint shards:  25% Completed | 1/4 [00:01<00:03,  1.1s/it]",
        "INFO 11-22 09:50:01 model_runner.py:1060] Starting to load model m: loading model weights",
        "I1122 09:50:01.000000 1 model_lifecycle.cc:461] loading: m:1",
        "2026-11-22 09:50:01 INFO Warming up the model",
        "INFO 11-22 09:50:01 custom_ops.py] Capturing CUDA graph shapes:  50%",
    ],
)
def test_words_of_loading(line: str) -> None:
    assert loading_facts(pod(line), NOW).loading


@pytest.mark.parametrize(
    "line",
    [
        "I1122 09:50:01.000000 1 model_lifecycle.cc:694] successfully loaded 'm'",
        "2026-11-22 09:50:01,000 [mlserver][m] INFO - Loaded model 'm' succesfully.",
        "2026-11-22T09:50:01,000 [INFO ] W-9000-m_1.0 org.pytorch.serve.wlm.ModelManager - Model m loaded.",
        "INFO:     Application startup complete.",
        "2026-11-22 09:50:01.514 1 uvicorn.error INFO:     Uvicorn running on http://0.0.0.0:8080",
    ],
)
def test_words_of_loaded(line: str) -> None:
    found = loading_facts(pod(line), NOW)
    assert not found.loading
    assert found.said


def test_what_cannot_be_measured_is_not_claimed() -> None:
    assert loading_facts(pod("started\n"), NOW).said is None
    assert loading_facts(pod(KSERVE, truncated=True), NOW).took is None
    assert loading_facts(pod(KSERVE, running_for=86_400.0), NOW).took is None
    assert loading_facts(pod(KSERVE, running_for=60.0), NOW).took is None
    assert loading_facts(PodFacts(), NOW).container == ""


def test_a_run_that_a_probe_ended_tells_how_far_it_came() -> None:
    ended: dict[str, Any] = {"running_for": None, "crashed": True, "ran_for": 90.0, "ended_ago": 30.0}
    killed = loading_facts(pod(MLSERVER, previous=True, **ended, killed_by_probe="liveness"), NOW)
    assert (killed.loading, killed.elapsed, killed.suggested) == (True, 90.0, 120)
    assert not loading_facts(pod(MLSERVER, previous=True, **ended), NOW).loading
