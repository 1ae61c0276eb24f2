"""A local Kubernetes API server that serves a recorded cluster over HTTP, and fails on demand."""

from tests.fakes.kubernetes.faults import Fault
from tests.fakes.kubernetes.kubeconfig import Login, write_kubeconfig
from tests.fakes.kubernetes.server import ApiServer, Seen

__all__ = ["ApiServer", "Fault", "Login", "Seen", "write_kubeconfig"]
