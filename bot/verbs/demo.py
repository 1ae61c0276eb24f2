"""`mlops demo`: broken pods of the cluster that ships with the package, and how to go on from there."""

import asyncio
import sys
from collections.abc import Sequence

from bot.command import TERMINAL, Command
from bot.exit_code import HEALTHY
from bot.render.terminal import render_terminal
from bot.settings_model import Settings
from bot.wiring.base import DEMO, DEMO_NAME, catalog, recorded, terminal_corridor
from bot.clusters import ClusterBook
from handlers.contract import Question
from handlers.pod import POD

PODS = (("fraud-scorer", "mlops"), ("hyperopt-worker", "mlops"), ("dataset-exporter", "mlops"), ("tokenizer-svc", "mlops"))
"""A crash, a pod without a node, a running pod without its AWS role, and a healthy one that was restarted once."""

_NEXT = """
Go on:
  {mlops} diagnose pod bert-ner --demo            another pod of the demo cluster (names: {mlops} rules list)
  {mlops} diagnose pod NAME -n NAMESPACE          your own cluster, as kubectl would find it
  {mlops} diagnose pod NAME --from bundle.tar.gz  a support bundle
  {mlops} doctor && {mlops} serve                 your Slack workspace (README: Connect a workspace)
"""


def demo() -> int:
    """Diagnose the pods and print what to try next."""
    asyncio.run(_show(PODS))
    sys.stdout.write(_NEXT.format(mlops=sys.argv[0] if "/" in sys.argv[0] else "mlops"))
    return HEALTHY


async def _show(pods: Sequence[tuple[str, str]]) -> None:
    book = ClusterBook({DEMO_NAME: recorded(DEMO, DEMO_NAME)}, DEMO_NAME)
    corridor = terminal_corridor(book, catalog(Settings.model_validate({})))
    for name, namespace in pods:
        sys.stdout.write(f"\n$ mlops diagnose pod {name} -n {namespace} --demo\n\n")
        report = await corridor.ask(Command(handler=POD, question=Question(name=name, namespace=namespace), asker=TERMINAL), _silent)
        sys.stdout.write(render_terminal(report))
    await book.close()


async def _silent(what: str) -> None:
    """Show no progress: the demo answers from a file."""
