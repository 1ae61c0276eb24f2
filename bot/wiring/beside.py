"""What stands beside a cluster, made from its settings; nothing is connected to before the first question."""

from msgspec.structs import replace

from bot.clusters import Beside
from bot.settings_cluster import AwsSettings, ClusterSettings, ComponentSettings, PlatformSettings
from handlers.platform import Component, MlflowPlace, Platform, TerraformState
from handlers.sources.aws import Aws
from handlers.sources.series import Series


def beside(cluster: ClusterSettings) -> Beside:
    """The AWS account, the Prometheus and the platform of a cluster."""
    return Beside(aws=aws(cluster.aws), series=series(cluster), platform=platform(cluster.platform))


def aws(settings: AwsSettings) -> Aws | None:
    """The AWS account under a cluster; None where it is not enabled."""
    if not settings.enabled:
        return None
    from handlers.sources.boto import LiveAws, Reach  # noqa: PLC0415 - not all need it

    return LiveAws(
        Reach(
            region=settings.region,
            profile=settings.profile,
            role_arn=settings.role_arn,
            endpoint_url=settings.endpoint_url,
        )
    )


def series(cluster: ClusterSettings) -> Series | None:
    """The Prometheus of a cluster; connected to when first asked."""
    if not cluster.prometheus_url:
        return None
    from handlers.sources.prometheus import Prometheus  # noqa: PLC0415 - not all need it

    return Prometheus(cluster.prometheus_url, token_file=cluster.prometheus_token_file)


def platform(settings: PlatformSettings) -> Platform:
    """The platform profile: the defaults, and what the settings change."""
    states = tuple(
        TerraformState(
            env=each.env,
            bucket=each.bucket,
            keys=each.keys,
            lock_tables=each.lock_tables,
            region=each.region,
        )
        for each in settings.states
    )
    default = Platform()
    return Platform(
        cluster_name=settings.cluster_name,
        account=settings.account,
        components=_components(default.components, settings.components),
        mlflow=MlflowPlace(
            service=settings.mlflow.service,
            port=settings.mlflow.port,
            health_path=settings.mlflow.health_path,
            db_instance=settings.mlflow.db_instance,
            bucket=settings.mlflow.bucket,
        ),
        states=states or default.states,
        model_namespaces=settings.model_namespaces,
        workflow_namespaces=settings.workflow_namespaces,
    )


def _components(known: tuple[Component, ...], said: tuple[ComponentSettings, ...]) -> tuple[Component, ...]:
    by_name = {each.name.lower(): each for each in known}
    for each in said:
        by_name[each.name.lower()] = _changed(by_name.get(each.name.lower(), Component(name=each.name)), each)
    return tuple(by_name.values())


def _changed(component: Component, said: ComponentSettings) -> Component:
    return replace(
        component,
        namespaces=component.namespaces if said.namespaces is None else said.namespaces,
        selectors=component.selectors if said.selectors is None else said.selectors,
        container=component.container if said.container is None else said.container,
    )
