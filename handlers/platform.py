"""The platform as it is deployed: where its components live, and how their pods are found.

The defaults are those of the platform the guide was written for; every one is a setting.
"""

from msgspec import Struct


class Component(Struct, frozen=True, kw_only=True):
    """One part of the platform.

    Attributes:
        name: as people say it ("MLflow").
        namespaces: where its pods may be; all are looked into, and empty means everywhere.
        selectors: label selectors of its pods, tried in order until one finds some; none takes every pod.
        container: the container whose log tells most; empty for the first.
    """

    name: str
    namespaces: tuple[str, ...] = ()
    selectors: tuple[str, ...] = ()
    container: str = ""


class MlflowPlace(Struct, frozen=True, kw_only=True):
    """MLflow beside its pods.

    Attributes:
        service: name of its Service; `port` is that Service's port.
        db_instance: RDS identifier; empty to take the one the database host name in the pod tells.
        bucket: artifact bucket; empty to take the one the pod's configuration tells.
    """

    service: str = "mlflow"
    port: int = 5000
    health_path: str = "/health"
    db_instance: str = ""
    bucket: str = ""


class TerraformState(Struct, frozen=True, kw_only=True):
    """One Terraform state in S3 and where its lock may be.

    Attributes:
        env: what people call it ("dev").
        bucket: its bucket; `{account}` stands for the account's number.
        keys: object keys that may hold it, tried in order; `{env}` stands for `env`.
        lock_tables: DynamoDB tables that may hold its lock; all are looked into, beside `<key>.tflock`.
        region: of bucket and table; empty for the cluster's.
    """

    env: str
    bucket: str = "mlops-platform-tfstate-{account}"
    keys: tuple[str, ...] = (
        "mlops-platform/aws/{env}/terraform.tfstate",
        "mlops-platform/{env}/terraform.tfstate",
    )
    lock_tables: tuple[str, ...] = ("mlops-platform-terraform-locks", "mlops-platform-tfstate-lock")
    region: str = ""


COMPONENTS = (
    Component(name="models", namespaces=("mlops",), selectors=("serving.kserve.io/inferenceservice",)),
    Component(
        name="MLflow",
        namespaces=("mlflow", "mlops"),
        selectors=("app=mlflow", "app.kubernetes.io/name=mlflow"),
    ),
    Component(
        name="Argo Workflows controller",
        namespaces=("argo",),
        selectors=(
            "app=workflow-controller",
            "app.kubernetes.io/name=argo-workflows-workflow-controller",
        ),
    ),
    Component(
        name="Argo Workflows server",
        namespaces=("argo",),
        selectors=("app=argo-server", "app.kubernetes.io/name=argo-workflows-server"),
    ),
    Component(
        name="KServe controller",
        namespaces=("kserve",),
        selectors=("control-plane=kserve-controller-manager",),
    ),
    Component(
        name="Karpenter",
        namespaces=("karpenter", "kube-system"),
        selectors=("app.kubernetes.io/name=karpenter",),
        container="controller",
    ),
    Component(
        name="load balancer controller",
        namespaces=("kube-system",),
        selectors=("app.kubernetes.io/name=aws-load-balancer-controller",),
    ),
    Component(name="CoreDNS", namespaces=("kube-system",), selectors=("k8s-app=kube-dns",)),
    Component(name="VPC CNI", namespaces=("kube-system",), selectors=("k8s-app=aws-node",)),
    Component(
        name="EBS CSI controller",
        namespaces=("kube-system",),
        selectors=("app=ebs-csi-controller",),
        container="ebs-plugin",
    ),
    Component(
        name="metrics-server",
        namespaces=("kube-system",),
        selectors=("k8s-app=metrics-server", "app.kubernetes.io/name=metrics-server"),
    ),
    Component(
        name="Prometheus", namespaces=("monitoring",), selectors=("app.kubernetes.io/name=prometheus",)
    ),
    Component(
        name="Alertmanager", namespaces=("monitoring",), selectors=("app.kubernetes.io/name=alertmanager",)
    ),
    Component(name="Grafana", namespaces=("monitoring",), selectors=("app.kubernetes.io/name=grafana",)),
    Component(name="cert-manager", namespaces=("cert-manager",), selectors=()),
    Component(name="external-secrets", namespaces=("external-secrets",), selectors=()),
    Component(name="Kyverno", namespaces=("kyverno",), selectors=()),
    Component(name="Argo CD", namespaces=("argocd",), selectors=()),
)


class Platform(Struct, frozen=True, kw_only=True):
    """The platform profile of one cluster.

    Attributes:
        cluster_name: the EKS cluster's name in AWS; empty where it is not known.
        account: the AWS account's number; empty to ask STS.
        model_namespaces: where InferenceServices are expected.
        workflow_namespaces: where Workflows are expected.
    """

    cluster_name: str = ""
    account: str = ""
    components: tuple[Component, ...] = COMPONENTS
    mlflow: MlflowPlace = MlflowPlace()
    states: tuple[TerraformState, ...] = (
        TerraformState(env="dev"),
        TerraformState(env="staging"),
        TerraformState(env="prod"),
    )
    model_namespaces: tuple[str, ...] = ("mlops",)
    workflow_namespaces: tuple[str, ...] = ("argo",)

    def component(self, name: str) -> Component | None:
        """The component of that name, whatever the case of its letters."""
        return next((one for one in self.components if one.name.lower() == name.lower()), None)
