"""Go and look: the only I/O doors of the project. Reading HANDLERS is reading the product."""

from handlers.apiservice import APISERVICE
from handlers.autoscaler import HPA
from handlers.certificate import CERTIFICATE
from handlers.contract import Handler
from handlers.digest import DIGEST
from handlers.events import EVENTS
from handlers.guide import GUIDE
from handlers.health import HEALTH
from handlers.identity import SERVICEACCOUNT
from handlers.inferenceservice import INFERENCESERVICE
from handlers.ingress import INGRESS
from handlers.karpenter import EC2NODECLASS, NODECLAIM, NODEPOOL
from handlers.latency import LATENCY
from handlers.mlflow import MLFLOW
from handlers.namespace import NAMESPACE
from handlers.node import NODE
from handlers.pod import POD
from handlers.predict import PREDICT
from handlers.runbook import RUNBOOK
from handlers.service import SERVICE
from handlers.status import STATUS
from handlers.terraform import TERRAFORM_DRIFT, TERRAFORM_LOCK
from handlers.top import TOP_NODES, TOP_PODS
from handlers.volume import PERSISTENTVOLUMECLAIM
from handlers.workflow import CRONWORKFLOW, WORKFLOW
from handlers.workload.cronjob import CRONJOB
from handlers.workload.daemonset import DAEMONSET
from handlers.workload.deployment import DEPLOYMENT
from handlers.workload.job import JOB
from handlers.workload.replicaset import REPLICASET
from handlers.workload.statefulset import STATEFULSET

HANDLERS: tuple[Handler, ...] = (
    POD,
    # workloads
    DEPLOYMENT,
    STATEFULSET,
    DAEMONSET,
    REPLICASET,
    JOB,
    CRONJOB,
    HPA,
    # network
    SERVICE,
    INGRESS,
    APISERVICE,
    CERTIFICATE,
    # models
    INFERENCESERVICE,
    PREDICT,
    # workflows and MLflow
    WORKFLOW,
    CRONWORKFLOW,
    MLFLOW,
    # nodes
    NODE,
    NODEPOOL,
    NODECLAIM,
    EC2NODECLASS,
    SERVICEACCOUNT,
    # volumes, identity, namespaces
    PERSISTENTVOLUMECLAIM,
    NAMESPACE,
    # terraform
    TERRAFORM_LOCK,
    TERRAFORM_DRIFT,
    # latency, figures, events
    LATENCY,
    TOP_NODES,
    TOP_PODS,
    EVENTS,
    # the whole cluster
    HEALTH,
    DIGEST,
    STATUS,
    RUNBOOK,
    GUIDE,
)
"""Every question the product answers."""
