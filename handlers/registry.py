"""Which kinds a look at everything sweeps, each with its own suspicion; pods are swept by `health` itself."""

from handlers.apiservice import APISERVICE_SWEEP
from handlers.autoscaler import HPA_SWEEP
from handlers.certificate import CERTIFICATE_SWEEP
from handlers.identity import SERVICEACCOUNT_SWEEP
from handlers.inferenceservice import INFERENCESERVICE_SWEEP
from handlers.ingress import INGRESS_SWEEP
from handlers.karpenter import EC2NODECLASS_SWEEP, NODECLAIM_SWEEP, NODEPOOL_SWEEP
from handlers.mlflow import MLFLOW_SWEEP
from handlers.namespace import NAMESPACE_SWEEP
from handlers.node import NODE_SWEEP
from handlers.service import SERVICE_SWEEP
from handlers.sweep import Sweep
from handlers.volume import PERSISTENTVOLUMECLAIM_SWEEP
from handlers.workflow import CRONWORKFLOW_SWEEP, WORKFLOW_SWEEP
from handlers.workload.cronjob import CRONJOB_SWEEP
from handlers.workload.daemonset import DAEMONSET_SWEEP
from handlers.workload.deployment import DEPLOYMENT_SWEEP
from handlers.workload.job import JOB_SWEEP
from handlers.workload.replicaset import REPLICASET_SWEEP
from handlers.workload.statefulset import STATEFULSET_SWEEP

SWEEPS: tuple[Sweep, ...] = (
    # nodes
    NODE_SWEEP,
    EC2NODECLASS_SWEEP,
    NODEPOOL_SWEEP,
    NODECLAIM_SWEEP,
    SERVICEACCOUNT_SWEEP,
    # volumes and namespaces
    PERSISTENTVOLUMECLAIM_SWEEP,
    NAMESPACE_SWEEP,
    # workloads
    DEPLOYMENT_SWEEP,
    STATEFULSET_SWEEP,
    DAEMONSET_SWEEP,
    REPLICASET_SWEEP,
    JOB_SWEEP,
    CRONJOB_SWEEP,
    HPA_SWEEP,
    # network
    SERVICE_SWEEP,
    INGRESS_SWEEP,
    APISERVICE_SWEEP,
    CERTIFICATE_SWEEP,
    # models
    INFERENCESERVICE_SWEEP,
    # workflows and MLflow
    WORKFLOW_SWEEP,
    CRONWORKFLOW_SWEEP,
    MLFLOW_SWEEP,
)
"""In the order causes are told among equals: what others stand on first."""
