import asyncio

import pytest

from bot.errors import Busy
from bot.metrics import Metrics
from bot.telemetry import new_request_id
from bot.work import Work
from tests.bot.log import captured_log


class Told:
    """Remembers what on_error was told."""

    def __init__(self) -> None:
        self.errors: list[tuple[str, Exception]] = []
        self.once = asyncio.Event()

    async def __call__(self, name: str, error: Exception) -> None:
        self.errors.append((name, error))
        self.once.set()


class Job:
    """Runs until it may go; counts how many run at once."""

    def __init__(self) -> None:
        self.go = asyncio.Event()
        self.begun = asyncio.Event()
        self.most = 0
        self.now = 0
        self.done = 0

    async def __call__(self) -> None:
        self.now += 1
        self.most = max(self.most, self.now)
        self.begun.set()
        try:
            await self.go.wait()
            self.done += 1
        finally:
            self.now -= 1


def work(workers: int = 4, queue: int = 10, deadline: float = 60.0, metrics: Metrics | None = None) -> Work:
    return Work(workers=workers, queue=queue, deadline=deadline, metrics=metrics or Metrics())


async def test_two_hundred_jobs_are_accepted_at_once_and_all_end() -> None:
    jobs = work(workers=64, queue=500)
    job = Job()
    for _ in range(200):
        jobs.submit("diagnose pod", job)
    assert jobs.waiting + jobs.running == 200
    await job.begun.wait()
    job.go.set()
    assert await jobs.drain(5) == 0
    assert job.done == 200
    assert job.most == 64


async def test_refuses_at_once_when_the_queue_is_full_and_takes_jobs_again_later() -> None:
    jobs = work(workers=2, queue=3)
    job = Job()
    for _ in range(5):
        jobs.submit("diagnose pod", job)
    with pytest.raises(Busy) as refused:
        jobs.submit("diagnose pod", job)
    assert refused.value.advice
    await job.begun.wait()
    assert (jobs.running, jobs.waiting) == (2, 3)
    job.go.set()
    while jobs.running + jobs.waiting:  # noqa: ASYNC110 - nothing waits on time here
        await asyncio.sleep(0)
    jobs.submit("diagnose pod", job)
    assert await jobs.drain(5) == 0
    assert job.done == 6


async def test_the_queue_is_shown_in_the_metrics() -> None:
    metrics = Metrics()
    jobs = work(workers=1, queue=3, metrics=metrics)
    job = Job()
    for _ in range(3):
        jobs.submit("diagnose pod", job)
    await job.begun.wait()
    assert b"mlops_bot_queue_depth 2.0" in metrics.text()
    assert b"mlops_bot_jobs_running 1.0" in metrics.text()
    job.go.set()
    await jobs.drain(5)


async def test_an_error_is_told_and_logged_and_ends_nothing_else(caplog: pytest.LogCaptureFixture) -> None:
    jobs = work()
    told = Told()

    async def fails() -> None:
        raise KeyError("gone")

    jobs.submit("diagnose pod", fails, told)
    await told.once.wait()
    assert [(name, type(error)) for name, error in told.errors] == [("diagnose pod", KeyError)]
    assert "job diagnose pod failed" in caplog.text
    job = Job()
    job.go.set()
    jobs.submit("diagnose pod", job)
    assert await jobs.drain(5) == 0
    assert job.done == 1


async def test_a_job_is_ended_at_its_deadline() -> None:
    jobs = work(deadline=0.02)
    told = Told()
    job = Job()
    jobs.submit("diagnose pod", job, told)
    await told.once.wait()
    assert isinstance(told.errors[0][1], TimeoutError)
    assert (job.now, job.done) == (0, 0)
    await jobs.drain(1)


async def test_an_on_error_that_fails_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    jobs = work()

    async def fails() -> None:
        raise ValueError

    async def cannot_tell(_name: str, _error: Exception) -> None:
        raise OSError("slack is away")

    jobs.submit("diagnose pod", fails, cannot_tell)
    assert await jobs.drain(5) == 0
    assert "could not be told" in caplog.text


async def test_draining_takes_nothing_more_and_waits_for_running_and_queued_jobs() -> None:
    jobs = work(workers=1, queue=5)
    job = Job()
    for _ in range(4):
        jobs.submit("diagnose pod", job)
    draining = asyncio.create_task(jobs.drain(5))
    await job.begun.wait()
    assert jobs.draining
    with pytest.raises(Busy, match="restarting"):
        jobs.submit("diagnose pod", job)
    job.go.set()
    assert await draining == 0
    assert job.done == 4


async def test_what_does_not_end_in_time_is_cut_counted_and_told() -> None:
    jobs = work(workers=1, queue=5)
    job, told = Job(), Told()
    for number in range(3):
        jobs.submit(f"job {number}", job, told)
    assert await jobs.drain(0.02) == 3
    assert sorted(name for name, _ in told.errors) == ["job 0", "job 1", "job 2"]
    assert all(isinstance(error, Busy) for _, error in told.errors)
    assert (job.now, jobs.running, jobs.waiting) == (0, 0, 0)


async def test_a_job_logs_with_the_request_id_of_its_submit() -> None:
    jobs = work()

    async def fails() -> None:
        raise ValueError

    ids = []
    with captured_log() as lines:
        for _ in range(2):
            ids.append(new_request_id())
            jobs.submit("diagnose pod", fails)
        await jobs.drain(5)
    assert sorted(str(line["request_id"]) for line in lines()) == sorted(ids)
