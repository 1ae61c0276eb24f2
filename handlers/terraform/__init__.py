"""Questions about Terraform's states: who holds the lock, and what differs from what is in AWS."""

from handlers.terraform.drift import TERRAFORM_DRIFT
from handlers.terraform.lock import TERRAFORM_LOCK

__all__ = ["TERRAFORM_DRIFT", "TERRAFORM_LOCK"]
