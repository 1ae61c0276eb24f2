"""Argo Workflows: `diagnose workflow` and `diagnose cronworkflow`."""

from handlers.workflow.workflow import WORKFLOW, WORKFLOW_SWEEP

__all__ = ["WORKFLOW", "WORKFLOW_SWEEP"]
