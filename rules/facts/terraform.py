"""Facts about Terraform states: who holds the lock, and where AWS differs from what the state says."""

from typing import Annotated

from rules.facts.base import Facts, SubjectFacts, fact
from rules.finding import ObjectRef, Observation


class StateLockFacts(Facts, frozen=True, kw_only=True):
    """One lock that somebody holds."""

    name: Annotated[str, fact("Its ID, by which it can be released", read="Info.ID")] = ""
    readable: Annotated[bool, fact("Whether it says who holds it and why")] = True
    problem: Annotated[str, fact("Why it cannot be read")] = ""
    operation: Annotated[str, fact("What is being done (apply, plan, refresh, …)", read="Info.Operation")] = (
        "an operation"
    )
    writes: Annotated[bool, fact("Whether that operation may change the infrastructure")] = False
    who: Annotated[str, fact("Who holds it, as user@host", read="Info.Who")] = "somebody"
    host: Annotated[str, fact("The host part of that", read="Info.Who")] = ""
    automated: Annotated[bool, fact("Whether user or host look like a CI runner")] = False
    version: Annotated[str, fact("Version of Terraform that took it", read="Info.Version")] = ""
    age: Annotated[float | None, fact("Time since it was taken", unit="seconds", read="Info.Created")] = None
    patience: Annotated[
        float, fact("Time after which a lock for such an operation counts as left behind", unit="seconds")
    ] = 0.0
    abandoned: Annotated[bool, fact("Whether it is older than that")] = False
    because: Annotated[Observation | None, fact("Why it counts as left behind, or not, in a sentence")] = None
    said: Annotated[Observation | None, fact("The lock in a sentence, and where it was read")] = None
    table: Annotated[str, fact("DynamoDB table that holds it; empty when only an object does")] = ""
    item_key: Annotated[str, fact("Key of its item in that table, as JSON")] = ""
    object: Annotated[str, fact("Address of its object in S3; empty when only a table holds it")] = ""


class DigestFacts(Facts, frozen=True, kw_only=True):
    """A digest that Terraform keeps beside the state, compared with the state itself."""

    name: Annotated[str, fact("LockID of the digest item")] = ""
    table: Annotated[str, fact("DynamoDB table that holds it")] = ""
    item_key: Annotated[str, fact("Key of its item in that table, as JSON")] = ""
    object: Annotated[str, fact("Address of the state in S3")] = ""
    stored: Annotated[str, fact("MD5 the table says the state has", read="Digest")] = ""
    computed: Annotated[str, fact("MD5 of the state in S3; empty when there is none")] = ""
    state_missing: Annotated[bool, fact("Whether there is no state any more")] = False
    mismatch: Annotated[bool, fact("Whether the two differ, at a second look too")] = False
    written: Annotated[Observation | None, fact("When the state was written last")] = None


class TerraformLockFacts(SubjectFacts, frozen=True, kw_only=True):
    """A Terraform state and its locks."""

    ref: Annotated[ObjectRef, fact("The state")] = ObjectRef("TerraformState", "dev")
    top_owner: Annotated[ObjectRef, fact("The same")] = ObjectRef("TerraformState", "dev")
    env: Annotated[str, fact("What people call it")] = "dev"
    address: Annotated[str, fact("Where it lies, as s3://bucket/key")] = ""
    exists: Annotated[bool, fact("Whether the state is there, in one of its places")] = True
    bucket: Annotated[str, fact("Its bucket")] = ""
    asked: Annotated[bool, fact("Whether it was asked for by its name")] = False
    absence: Annotated[Observation | None, fact("What there is in its place, where it is not there")] = None
    looked_at: Annotated[tuple[str, ...], fact("Places that were looked at")] = ()
    locks: Annotated[tuple[StateLockFacts, ...], fact("Locks that are held, each once")] = ()
    digests: Annotated[tuple[DigestFacts, ...], fact("Digests kept beside the state")] = ()


class DifferenceFacts(Facts, frozen=True, kw_only=True):
    """One attribute that AWS says otherwise than the state."""

    name: Annotated[str, fact("The attribute")] = ""
    text: Annotated[str, fact("The difference in words; values only of harmless attributes")] = ""

    def __str__(self) -> str:
        return self.text


class ResourceFacts(Facts, frozen=True, kw_only=True):
    """One resource of the state that was compared with AWS."""

    name: Annotated[str, fact("Its address in Terraform")] = ""
    type: Annotated[str, fact("Its type (aws_db_instance)")] = ""
    identity: Annotated[str, fact("Its id in AWS")] = ""
    gone: Annotated[bool, fact("Whether AWS has no such resource")] = False
    differences: Annotated[tuple[DifferenceFacts, ...], fact("What AWS says otherwise")] = ()
    brief: Annotated[str, fact("The differences in a few words")] = ""
    exposes: Annotated[bool, fact("Whether a difference opens it to more callers than the state does")] = (
        False
    )
    upgraded: Annotated[bool, fact("Whether AWS runs a newer version than the state says")] = False
    only_tags: Annotated[bool, fact("Whether nothing but tags differs")] = False
    look: Annotated[str, fact("A command that shows it as AWS has it")] = ""
    said: Annotated[Observation | None, fact("What AWS says, in a sentence")] = None


class TerraformDriftFacts(SubjectFacts, frozen=True, kw_only=True):
    """A Terraform state compared with what is in AWS."""

    ref: Annotated[ObjectRef, fact("The state")] = ObjectRef("TerraformState", "dev")
    top_owner: Annotated[ObjectRef, fact("The same")] = ObjectRef("TerraformState", "dev")
    env: Annotated[str, fact("What people call it")] = "dev"
    address: Annotated[str, fact("Where it lies, as s3://bucket/key")] = ""
    exists: Annotated[bool, fact("Whether the state is there, in one of its places")] = True
    bucket: Annotated[str, fact("Its bucket")] = ""
    asked: Annotated[bool, fact("Whether it was asked for by its name")] = False
    absence: Annotated[Observation | None, fact("What there is in its place, where it is not there")] = None
    readable: Annotated[bool, fact("Whether it is a state of version 4")] = True
    problem: Annotated[str, fact("Why it cannot be compared")] = ""
    version: Annotated[str, fact("Version of Terraform that wrote it", read="terraform_version")] = ""
    serial: Annotated[int, fact("Its serial number", read="serial")] = 0
    written: Annotated[Observation | None, fact("When it was written last")] = None
    total: Annotated[int, fact("Resources in it, data sources not counted")] = 0
    compared: Annotated[int, fact("Resources that were compared")] = 0
    resources: Annotated[tuple[ResourceFacts, ...], fact("Resources that differ, or are gone")] = ()
    tainted: Annotated[tuple[str, ...], fact("Resources marked to be made anew", read="status")] = ()
    deposed: Annotated[
        tuple[str, ...], fact("Old objects of resources that were replaced and could not be deleted")
    ] = ()
