"""Questions about Terraform's states: who holds the lock, and what differs from what is in AWS."""

from handlers.terraform.lock import TERRAFORM_LOCK

__all__ = ["TERRAFORM_LOCK"]
