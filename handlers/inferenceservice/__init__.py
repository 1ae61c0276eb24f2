"""`diagnose inferenceservice`: why a model is not served, or answers with errors."""

from handlers.contract import Handler, Need
from handlers.inferenceservice.looking import gather
from handlers.inferenceservice.suspects import suspects
from handlers.pod_reads import NEEDS
from handlers.sweep import Sweep

INFERENCESERVICE = Handler(
    verb="diagnose",
    subject="inferenceservice",
    aliases=("inferenceservices", "isvc", "isvcs", "model", "models"),
    usage="diagnose inferenceservice NAME [-n NAMESPACE] [--cluster CLUSTER]",
    summary="Why a model is not ready, does not download or answers predictions with errors, and what to do.",
    cost=2,
    needs=(
        *NEEDS,
        Need("get", "serving.kserve.io", "inferenceservices"),
        Need("list", "serving.kserve.io", "inferenceservices"),
        Need("list", "serving.kserve.io", "servingruntimes"),
        Need("list", "serving.kserve.io", "clusterservingruntimes"),
    ),
    gather=gather,
)

INFERENCESERVICE_SWEEP = Sweep(handler=INFERENCESERVICE, suspects=suspects)
