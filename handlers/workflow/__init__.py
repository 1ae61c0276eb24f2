"""Argo Workflows: `diagnose workflow` and `diagnose cronworkflow`."""

from handlers.workflow.cron import CRONWORKFLOW, CRONWORKFLOW_SWEEP
from handlers.workflow.workflow import WORKFLOW, WORKFLOW_SWEEP

__all__ = ["CRONWORKFLOW", "CRONWORKFLOW_SWEEP", "WORKFLOW", "WORKFLOW_SWEEP"]
