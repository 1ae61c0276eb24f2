"""Every word a rule may say; one class of facts a subject."""

from collections.abc import Mapping
from types import MappingProxyType

from rules.facts.apiservice import ApiServiceFacts
from rules.facts.base import SubjectFacts
from rules.facts.certificate import CertificateFacts
from rules.facts.cluster import ClusterFacts
from rules.facts.component import ComponentFacts
from rules.facts.events import EventsFacts
from rules.facts.hpa import HpaFacts
from rules.facts.inferenceservice import InferenceServiceFacts
from rules.facts.ingress import IngressFacts
from rules.facts.job import CronJobFacts, JobFacts
from rules.facts.karpenter import EC2NodeClassFacts, NodeClaimFacts, NodePoolFacts
from rules.facts.latency import LatencyFacts
from rules.facts.mlflow import MlflowFacts
from rules.facts.namespace import NamespaceFacts
from rules.facts.node import ClusterNodeFacts
from rules.facts.persistentvolumeclaim import PersistentVolumeClaimFacts
from rules.facts.pod import PodFacts
from rules.facts.predict import PredictFacts
from rules.facts.service import ServiceFacts
from rules.facts.service_account import ServiceAccountFacts
from rules.facts.terraform import TerraformDriftFacts, TerraformLockFacts
from rules.facts.top import TopFacts
from rules.facts.workflow import CronWorkflowFacts, WorkflowFacts
from rules.facts.workload import DeploymentFacts, ReplicaSetFacts, WorkloadFacts
from rules.facts.workload_sets import DaemonSetFacts, StatefulSetFacts

SUBJECTS: Mapping[str, type[SubjectFacts]] = MappingProxyType(
    {
        "pod": PodFacts,
        # workloads
        "workload": WorkloadFacts,
        "deployment": DeploymentFacts,
        "statefulset": StatefulSetFacts,
        "daemonset": DaemonSetFacts,
        "replicaset": ReplicaSetFacts,
        "job": JobFacts,
        "cronjob": CronJobFacts,
        "hpa": HpaFacts,
        # network
        "service": ServiceFacts,
        "ingress": IngressFacts,
        "apiservice": ApiServiceFacts,
        "certificate": CertificateFacts,
        # models
        "inferenceservice": InferenceServiceFacts,
        "predict": PredictFacts,
        # workflows and MLflow
        "workflow": WorkflowFacts,
        "cronworkflow": CronWorkflowFacts,
        "mlflow": MlflowFacts,
        # nodes
        "node": ClusterNodeFacts,
        "nodepool": NodePoolFacts,
        "nodeclaim": NodeClaimFacts,
        "ec2nodeclass": EC2NodeClassFacts,
        "serviceaccount": ServiceAccountFacts,
        # volumes, identity, namespaces
        "persistentvolumeclaim": PersistentVolumeClaimFacts,
        "namespace": NamespaceFacts,
        # terraform
        "terraformlock": TerraformLockFacts,
        "terraformdrift": TerraformDriftFacts,
        # latency
        "latency": LatencyFacts,
        "top": TopFacts,
        "events": EventsFacts,
        # the whole cluster
        "cluster": ClusterFacts,
        "component": ComponentFacts,
    }
)
"""Subject (the folder of the catalog) → the facts its rules are checked against."""
