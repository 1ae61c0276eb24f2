"""What /readyz looks at: each part that questions and digests need, and what to do when it does not work."""

from collections.abc import Awaitable, Callable

from bot.digest.runner import Runner
from bot.health import Check, Health, HealthServer, State, redis_check
from bot.render.nouns import counted
from bot.render.redact import redact_text
from bot.settings import Settings
from bot.slack.app import SlackEdge
from bot.wiring.backstage import Backstage
from handlers.sources.errors import SourceError


def health_server(settings: Settings, stage: Backstage, edge: SlackEdge, runner: Runner) -> HealthServer:
    """The probes: rules in force, Slack connected, clusters answering, digests fired, not at the end."""
    checks = [
        Check("settings", lambda: settings_health(stage)),
        Check("slack", lambda: _slack_health(edge)),
        Check("work", lambda: _work_health(stage)),
        Check("digest", lambda: digest_health(runner)),
    ]
    checks += [
        Check(f"cluster {name}", _cluster_health(stage, name), late=State.DEGRADED)
        for name in stage.book.names
    ]
    if stage.redis is not None:
        checks.append(redis_check(stage.store.ping, stage.circuit))
    return HealthServer(
        settings.telemetry.host, settings.telemetry.port, tuple(checks), stage.metrics, redact=redact_text
    )


async def settings_health(stage: Backstage) -> Health:
    """The settings are read before anything listens; rules of the operator's may have been refused since."""
    faults = len(stage.catalog.faults)
    if not faults:
        return Health(State.OK, f"{counted(len(stage.catalog.rules), 'rule')} in force")
    detail = f"{counted(faults, 'fault')} in your rules or in rules.off; the other rules are in force"
    return Health(State.DEGRADED, detail, "`mlops rules test` says where each is wrong.")


async def _slack_health(edge: SlackEdge) -> Health:
    if edge.identity is None:
        return Health(State.FAILED, "not connected yet")
    fault = edge.fault
    return Health(State.FAILED, fault.sentence, fault.advice) if fault else Health(State.OK)


async def _work_health(stage: Backstage) -> Health:
    return Health(State.FAILED, "shutting down") if stage.work.draining else Health(State.OK)


async def digest_health(runner: Runner) -> Health:
    """Questions are answered without digests: whoever only lacks these must not lose those."""
    if runner.running:
        return Health(State.OK)
    return Health(
        State.DEGRADED, "no digest is told: the scheduler does not run", "See the log; restart the pod."
    )


def _cluster_health(stage: Backstage, name: str) -> Callable[[], Awaitable[Health]]:
    async def look() -> Health:
        try:
            version = await (await stage.book.get(name)).version()
        except SourceError as error:
            # The bot stays ready: it answers for the other clusters, and says what is wrong with this one.
            return Health(State.DEGRADED, str(error), error.advice)
        return Health(State.OK, version)

    return look
