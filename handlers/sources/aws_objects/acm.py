"""ACM: certificates of load balancers."""

from datetime import datetime
from typing import ClassVar

from handlers.sources.aws import AwsCall, AwsObject


class AcmSummary(AwsObject, frozen=True):
    """A certificate in the list of all; without `Includes` of key types ACM lists short RSA keys only."""

    call: ClassVar[AwsCall] = AwsCall(
        service="acm",
        operation="list_certificates",
        result="CertificateSummaryList",
        action="acm:ListCertificates",
    )
    certificate_arn: str = ""
    domain_name: str = ""
    subject_alternative_name_summaries: tuple[str, ...] = ()
    status: str = ""
    not_after: datetime | None = None
