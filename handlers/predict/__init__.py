"""`predict`: ask a model's server whether it is ready, or for a prediction, and say what its answer means."""

from handlers.contract import Handler, Need, Option
from handlers.inferenceservice import INFERENCESERVICE
from handlers.predict.looking import gather

PREDICT = Handler(
    verb="predict",
    subject="",
    takes="name",
    options=(
        Option(
            name="data",
            meaning="JSON file to send as a prediction (terminal only); without it only readiness is asked",
            metavar="FILE",
        ),
    ),
    usage="predict NAME [-n NAMESPACE] [--data FILE] [--cluster CLUSTER]",
    summary="Ask a model whether it is ready, or for a prediction, and explain its answer.",
    cost=2,
    needs=(
        *INFERENCESERVICE.needs,
        Need("get", "", "services/proxy"),
        Need("create", "", "services/proxy"),
    ),
    gather=gather,
)
