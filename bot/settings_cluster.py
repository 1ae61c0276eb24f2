"""What can be set for a cluster: how to reach it, its AWS, its Prometheus, and where the platform lives."""

from typing import Annotated

from pydantic import Field, model_validator

from bot.settings_words import File, Port, Section, Url, like
from handlers.platform import MlflowPlace, Platform, TerraformState

_PLATFORM = Platform()
_MLFLOW = MlflowPlace()
_STATE = TerraformState(env="")
Region = Annotated[str, like(r"([a-z]{2}(-[a-z]+)+-\d)?", "must be a region such as eu-west-1")]
RoleArn = Annotated[
    str, like(r"(arn:aws[a-z-]*:iam::\d{12}:role/\S+)?", "must be arn:aws:iam::ACCOUNT:role/NAME")
]
AccountNumber = Annotated[str, like(r"(\d{12})?", "must be the twelve digits of an AWS account")]


class AwsSettings(Section):
    """The AWS account under a cluster; without credentials here the default chain is used (IRSA in a pod)."""

    enabled: bool = Field(
        default=False, description="Ask AWS: RDS, load balancers, IAM, Terraform's states; read-only"
    )
    region: Region = Field(default="", description="Region; that of the environment or profile by default")
    profile: str = Field(default="", description="Profile of the shared AWS configuration")
    role_arn: RoleArn = Field(default="", description="Role to assume first")
    endpoint_url: Url = Field(default="", description="Where AWS answers, for a private or a local one")


class ComponentSettings(Section):
    """A component of the platform; of one that is known by default, only what differs need be said."""

    name: str = Field(description="As people say it; MLflow, Karpenter, … change the default one")
    namespaces: tuple[str, ...] | None = Field(
        default=None, description="Where its pods may be; empty is everywhere"
    )
    selectors: tuple[str, ...] | None = Field(
        default=None, description="Label selectors of its pods, tried in order"
    )
    container: str | None = Field(default=None, description="Container whose log tells most")


class MlflowSettings(Section):
    """MLflow beside its pods."""

    service: str = Field(default=_MLFLOW.service, description="Name of its Service")
    port: Port = Field(default=_MLFLOW.port, description="Port of its Service")
    health_path: str = Field(default=_MLFLOW.health_path, description="Path that answers when it is well")
    db_instance: str = Field(
        default=_MLFLOW.db_instance,
        description="RDS identifier of its database; what the pod says by default",
    )
    bucket: str = Field(
        default=_MLFLOW.bucket, description="Bucket of its artifacts; what the pod says by default"
    )


class StateSettings(Section):
    """One Terraform state in S3."""

    env: str = Field(description="What people call it; {env} in keys stands for it")
    bucket: str = Field(
        default=_STATE.bucket, description="Its bucket; {account} stands for the account's number"
    )
    keys: tuple[str, ...] = Field(
        default=_STATE.keys, min_length=1, description="Object keys that may hold it, tried in order"
    )
    lock_tables: tuple[str, ...] = Field(
        default=_STATE.lock_tables,
        description="DynamoDB tables that may hold its lock; KEY.tflock is looked at anyway",
    )
    region: Region = Field(default=_STATE.region, description="Region of bucket and tables")


class PlatformSettings(Section):
    """Where the platform's parts live."""

    cluster_name: str = Field(default="", description="Name of the EKS cluster in AWS")
    account: AccountNumber = Field(
        default="", description="Number of the AWS account; AWS is asked by default"
    )
    components: tuple[ComponentSettings, ...] = Field(
        default=(), description="Components that differ from the defaults or are added"
    )
    mlflow: MlflowSettings = MlflowSettings()
    states: tuple[StateSettings, ...] = Field(
        default=(), description="Terraform states; dev, staging and prod by default"
    )
    model_namespaces: tuple[str, ...] = Field(
        default=_PLATFORM.model_namespaces, description="Where InferenceServices are expected"
    )
    workflow_namespaces: tuple[str, ...] = Field(
        default=_PLATFORM.workflow_namespaces, description="Where Workflows are expected"
    )


class ClusterSettings(Section):
    """One cluster; without kubeconfig and in_cluster, the default kubeconfig of the machine is used."""

    name: Annotated[str, like(r"[A-Za-z0-9][A-Za-z0-9._-]*", "must be one word such as prod-eu")] = Field(
        description="Name people type after --cluster"
    )
    kubeconfig: File = Field(default=None, description="Path of a kubeconfig")
    context: str | None = Field(
        default=None, description="Context in the kubeconfig; its current one by default"
    )
    in_cluster: bool = Field(default=False, description="Use the service account of the pod the bot runs in")
    default_namespace: str = Field(
        default="", description="Namespace when the question names none; empty searches all"
    )
    prometheus_url: Url = Field(
        default="", description="Its Prometheus, without /api/v1; figures over time are left out without one"
    )
    prometheus_token_file: File = Field(
        default=None, description="File with a bearer token for it; read again when it is a minute old"
    )

    aws: AwsSettings = AwsSettings()
    platform: PlatformSettings = PlatformSettings()

    @model_validator(mode="after")
    def _one_way_in(self) -> "ClusterSettings":
        if self.in_cluster and (self.kubeconfig or self.context):
            raise ValueError("has both in_cluster and a kubeconfig or context: keep one of them")
        return self
