"""MLflow: its servers, their database, artifact store and callers."""

from handlers.mlflow.gather import MLFLOW, MLFLOW_SWEEP, orphan_of

__all__ = ["MLFLOW", "MLFLOW_SWEEP", "orphan_of"]
