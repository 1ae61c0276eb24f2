"""CloudWatch: figures over time."""

from datetime import datetime
from typing import ClassVar

from handlers.sources.aws import AwsCall, AwsObject


class MetricData(AwsObject, frozen=True):
    """One series. Ask with `MetricDataQueries`, `StartTime` and `EndTime`; values are newest first."""

    call: ClassVar[AwsCall] = AwsCall(
        service="cloudwatch",
        operation="get_metric_data",
        result="MetricDataResults",
        action="cloudwatch:GetMetricData",
    )
    id: str = ""
    timestamps: tuple[datetime, ...] = ()
    values: tuple[float, ...] = ()
