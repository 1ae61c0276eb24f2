"""`mlops demo`: broken pods of the cluster that ships with the package, and how to go on from there."""

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

from msgspec.structs import replace

from bot.clusters import ClusterBook
from bot.command import TERMINAL, Command
from bot.exit_code import HEALTHY
from bot.render.terminal import render_terminal
from bot.settings_model import Settings
from bot.verbs.asking import silent
from bot.verbs.question import telling
from bot.wiring.base import DEMO, DEMO_NAME, catalog, recorded, terminal_corridor
from handlers.contract import Question
from handlers.pod import POD

PODS = (
    ("fraud-scorer", "mlops"),
    ("hyperopt-worker", "mlops"),
    ("dataset-exporter", "mlops"),
    ("tokenizer-svc", "mlops"),
)
"""A crash, a pod without a node, one without its AWS role, and a healthy one that was restarted once."""

_NEXT = """
Go on:
  {mlops} diagnose pod bert-ner --demo            or kafka-bridge, click-stream, eval-runner, session-store
  {mlops} health --demo                           everything at once: the causes behind all that is unwell
  {mlops} diagnose pod NAME -n NAMESPACE          your own cluster, as kubectl would find it
  {mlops} diagnose pod NAME --from bundle.tar.gz  a support bundle
  {mlops} doctor && {mlops} serve                 your Slack workspace (README: Connect a workspace)
"""


def demo() -> int:
    """Diagnose the pods and print what to try next."""
    asyncio.run(_show(PODS))
    called = Path(sys.argv[0])
    sys.stdout.write(_NEXT.format(mlops="python -m bot" if called.suffix == ".py" else sys.argv[0]))
    return HEALTHY


async def _show(pods: Sequence[tuple[str, str]]) -> None:
    book = ClusterBook({DEMO_NAME: recorded(DEMO, DEMO_NAME)}, DEMO_NAME)
    corridor = terminal_corridor(book, catalog(Settings.model_validate({})))
    for name, namespace in pods:
        sys.stdout.write(f"\n$ mlops diagnose pod {name} -n {namespace} --demo\n\n")
        question = Question(name=name, namespace=namespace)
        report = await corridor.ask(Command(handler=POD, question=question, asker=TERMINAL), silent)
        sys.stdout.write(render_terminal(replace(report, exhibits=telling(report))))
    await book.close()
