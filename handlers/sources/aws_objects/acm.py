"""ACM: certificates of load balancers."""

from datetime import datetime
from typing import ClassVar

from handlers.sources.aws import AwsCall, AwsObject


class AcmCertificate(AwsObject, frozen=True):
    """A certificate; status ISSUED is well. Ask with `CertificateArn`."""

    call: ClassVar[AwsCall] = AwsCall(
        service="acm",
        operation="describe_certificate",
        result="Certificate",
        action="acm:DescribeCertificate",
    )
    certificate_arn: str = ""
    domain_name: str = ""
    subject_alternative_names: tuple[str, ...] = ()
    status: str = ""
    not_before: datetime | None = None
    not_after: datetime | None = None
    failure_reason: str = ""
    in_use_by: tuple[str, ...] = ()
    type: str = ""


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
