"""`diagnose certificate`: why cert-manager has not issued or renewed a certificate."""

from handlers.certificate.gather import gather, suspects
from handlers.contract import Handler, Need
from handlers.sweep import Sweep

CERTIFICATE = Handler(
    verb="diagnose",
    subject="certificate",
    aliases=("certificates", "cert", "certs"),
    usage="diagnose certificate NAME [-n NAMESPACE] [--cluster CLUSTER]",
    summary="Why a certificate of cert-manager is not issued or not renewed, and when it expires.",
    needs=(
        Need("list", "", "namespaces"),
        Need("get", "cert-manager.io", "certificates"),
        Need("list", "cert-manager.io", "certificates"),
        Need("list", "cert-manager.io", "certificaterequests"),
        Need("get", "cert-manager.io", "issuers"),
        Need("get", "cert-manager.io", "clusterissuers"),
        Need("list", "acme.cert-manager.io", "challenges"),
    ),
    gather=gather,
)
CERTIFICATE_SWEEP = Sweep(handler=CERTIFICATE, suspects=suspects)

__all__ = ["CERTIFICATE", "CERTIFICATE_SWEEP"]
