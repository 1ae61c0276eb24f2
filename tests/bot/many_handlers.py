"""A list of handlers of every shape there is, as wide as the product's; none of them looks at anything."""

from typing import Literal

from handlers.contract import Handler, Option
from tests.bot.questions import handler

SORT_BY = Option(name="sort-by", meaning="what comes first", choices=("memory", "cpu"))
SINCE = Option(name="since", meaning="how far back", metavar="DURATION")
WARNINGS = Option(name="warnings", meaning="only warnings", metavar="")
DATA = Option(name="data", meaning="a request to send", metavar="FILE")
KIND = Option(name="field", meaning="which figure", choices=("p50", "p99"), metavar="FIGURE")


def one(
    verb: str,
    subject: str = "",
    *aliases: str,
    takes: Literal["name", "optional", "nothing"] = "name",
    namespaced: bool = True,
    options: tuple[Option, ...] = (),
) -> Handler:
    """A handler of one shape."""
    return Handler(
        verb=verb,
        subject=subject,
        aliases=aliases,
        takes=takes,
        namespaced=namespaced,
        options=options,
        usage=" ".join(filter(None, (verb, subject, {"name": "NAME", "optional": "[NAME]"}.get(takes, "")))),
        summary=f"What {verb} {subject} tells",
        gather=handler().gather,
    )


MANY = (
    one("diagnose", "pod", "pods", "po"),
    one("diagnose", "deployment", "deployments", "deploy"),
    one("diagnose", "service", "services", "svc"),
    one("diagnose", "inferenceservice", "inferenceservices", "isvc"),
    one("diagnose", "node", "nodes", "no", namespaced=False),
    one("diagnose", "namespace", "namespaces", "ns", namespaced=False),
    one("diagnose", "persistentvolumeclaim", "persistentvolumeclaims", "pvc"),
    one("diagnose", "mlflow", takes="optional"),
    one("diagnose", "latency", takes="optional", options=(KIND, SINCE)),
    one("predict", takes="name", options=(DATA,)),
    one("terraform", "lock", takes="optional", namespaced=False),
    one("terraform", "drift", takes="optional", namespaced=False, options=(DATA,)),
    one("top", "pods", "pod", "po", takes="nothing", options=(SORT_BY,)),
    one("top", "nodes", "node", "no", takes="nothing", namespaced=False, options=(SORT_BY,)),
    one("events", takes="nothing", options=(SINCE, WARNINGS)),
    one("health", takes="nothing"),
    one("status", takes="nothing"),
    one("runbook", takes="optional", namespaced=False),
)
