"""What /metrics shows; every label takes a bounded number of values, whatever comes in."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

_ACK_SECONDS = (0.05, 0.1, 0.25, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0)
_ANSWER_SECONDS = (0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 8.0, 13.0, 20.0, 30.0, 60.0)
_OTHER = "other"


class Bounded:
    """Lets the first `limit` distinct values through as they are; every later one becomes "other".

    Labels come from code (verbs, rule ids, API methods), so the limit is never reached by honest values;
    it keeps a mistake from filling the memory of Prometheus.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._seen: set[str] = set()

    def of(self, value: str) -> str:
        """The label for a value."""
        if value in self._seen:
            return value
        if len(self._seen) >= self._limit or not value or len(value) > 100:  # noqa: PLR2004 - no honest label is longer
            return _OTHER
        self._seen.add(value)
        return value


class Metrics:
    """All figures of one bot, in a registry of its own so that tests and several bots do not mix."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        self.registry = registry or CollectorRegistry()
        self._verbs, self._outcomes, self._methods = Bounded(60), Bounded(30), Bounded(80)
        self._results, self._rules, self._sources = Bounded(60), Bounded(2_000), Bounded(60)
        self._questions = self._counter("questions", "Questions by verb and outcome", "verb", "outcome")
        self._ack = Histogram(
            "mlops_bot_ack_seconds",
            "Seconds from Slack's request to its acknowledgement; Slack gives up after 3",
            buckets=_ACK_SECONDS,
            registry=self.registry,
        )
        self._answer = Histogram(
            "mlops_bot_answer_seconds",
            "Seconds from question to answer",
            ["verb"],
            buckets=_ANSWER_SECONDS,
            registry=self.registry,
        )
        self._slack = self._counter(
            "slack_calls", "Calls of Slack's Web API by method and result", "method", "result"
        )
        self._api = self._counter(
            "api_server_calls", "Requests to Kubernetes API servers by verb and status code", "verb", "code"
        )
        self._hits = self._counter("rule_hits", "Findings by rule", "rule")
        self._undecided = self._counter("rule_undecided", "Rules that could not be decided", "rule")
        self._gaps = self._counter("gaps", "Sources that were not read, by kind", "source")
        self._limited = self._counter(
            "rate_limited", "Questions refused by the rate limit of a user or channel", "whose"
        )
        self._not_allowed = self._counter("not_allowed", "Questions refused by the access lists")
        self._coalesced = self._counter(
            "coalesced", "Askers who got the answer of somebody else's look, by where it ran", "where"
        )
        self._digests = self._counter("digest_slots", "Digest slots by what became of them", "outcome")
        self._redactions = self._counter("redactions", "Values redacted from answers and logs")
        self._store = self._gauge("store_healthy", "1 while Redis answers; 0 while this replica counts alone")
        self._store.set(1)
        self._waiting = self._gauge("queue_depth", "Accepted jobs that wait for a worker")
        self._running = self._gauge("jobs_running", "Accepted jobs that run")

    def question(self, verb: str, outcome: str) -> None:
        """Count a question; `outcome` is a verdict, or the name of the error class ("RateLimited")."""
        self._questions.labels(self._verbs.of(verb), self._outcomes.of(outcome)).inc()

    def acked(self, seconds: float) -> None:
        """Record how long Slack waited for an acknowledgement."""
        self._ack.observe(seconds)

    def answered(self, verb: str, seconds: float) -> None:
        """Record how long a question took."""
        self._answer.labels(self._verbs.of(verb)).observe(seconds)

    def slack_call(self, method: str, result: str) -> None:
        """Count a call ("chat.update"); `result` is "ok" or Slack's error code ("not_in_channel")."""
        self._slack.labels(self._methods.of(method), self._results.of(result)).inc()

    def api_call(self, verb: str, code: int) -> None:
        """Count a request to an API server; `code` 0 means that no answer came."""
        status = str(code) if code in _CODES else _OTHER
        self._api.labels(self._verbs.of(verb), status).inc()

    def rule_hit(self, rule: str) -> None:
        """Count a finding."""
        self._hits.labels(self._rules.of(rule)).inc()

    def rule_undecided(self, rule: str) -> None:
        """Count a rule that could not be decided."""
        self._undecided.labels(self._rules.of(rule)).inc()

    def gap(self, source: str) -> None:
        """Count what was not read; of "log of mlops/x [app]" only the kind, "log", becomes a label."""
        kind = source.split(maxsplit=1)[0].lower() if source.strip() else ""
        self._gaps.labels(self._sources.of(kind if kind.isalpha() else "")).inc()

    def rate_limited(self, whose: str) -> None:
        """Count a refusal; `whose` is "user" or "channel"."""
        self._limited.labels(whose if whose in ("user", "channel") else _OTHER).inc()

    def not_allowed(self) -> None:
        """Count a refusal by the access lists."""
        self._not_allowed.inc()

    def coalesced(self, where: str) -> None:
        """Count an asker who shared a look; `where` is "running", "finished" or "replica"."""
        self._coalesced.labels(where if where in ("running", "finished", "replica") else _OTHER).inc()

    def digest(self, outcome: str) -> None:
        """Count a try at a digest's slot; `outcome` is "told", "skipped", "refused" or "waiting"."""
        known = outcome in ("told", "skipped", "refused", "waiting")
        self._digests.labels(outcome if known else _OTHER).inc()

    def redacted(self, values: int = 1) -> None:
        """Count redacted values."""
        self._redactions.inc(values)

    def store_healthy(self, healthy: bool) -> None:  # noqa: FBT001 - a fact, the shape of `Circuit.on_change`
        """Tell whether Redis answers."""
        self._store.set(1 if healthy else 0)

    def watch_queue(self, waiting: Callable[[], int], running: Callable[[], int]) -> None:
        """Read the depth of the queue whenever /metrics is asked."""
        self._waiting.set_function(waiting)
        self._running.set_function(running)

    def text(self) -> bytes:
        """Everything in Prometheus' text format, of type `CONTENT_TYPE`."""
        return generate_latest(self.registry)

    def _counter(self, name: str, meaning: str, *labels: str) -> Counter:
        return Counter(f"mlops_bot_{name}", meaning, labels, registry=self.registry)

    def _gauge(self, name: str, meaning: str) -> Gauge:
        return Gauge(f"mlops_bot_{name}", meaning, registry=self.registry)


_CODES = frozenset(
    {0, 101, 200, 201, 202, 301, 302, 307, 400, 401, 403, 404, 405, 406, 409, 410, 413, 415, 422, 429}
    | {500, 501, 502, 503, 504}
)
CONTENT_TYPE = CONTENT_TYPE_LATEST
