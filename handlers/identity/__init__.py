"""`diagnose serviceaccount`: every rung from its annotation to its role in AWS."""

from msgspec.structs import replace

from handlers.behind import PodsBehind, read_behind
from handlers.contract import Evidence, Handler, Progress, Question, Sources
from handlers.extract.identity import AUDIENCE, ROLE_ARN
from handlers.extract.service_account import (
    AccountReads,
    account_of,
    has_wrong_audience,
    lacks_token,
    pods_in_words,
    role_of,
    rungs,
    running,
    service_account_facts,
)
from handlers.find_object import FoundObject, Sort, find_object
from handlers.identity.aws import IAM, Association, home_account, read_association, read_trust
from handlers.look import Look
from handlers.pod_reads import NEEDS
from handlers.sources.cluster import counting
from handlers.sources.objects.network import ServiceAccount
from handlers.sources.objects.pod import Pod
from handlers.sweep import Sweep, picked
from rules.facts.service_account import ServiceAccountFacts, TrustFacts
from rules.finding import ObjectRef

MOST_PODS = 4
"""Pods whose logs are read for what AWS says; what else is wrong with them is not the account's."""


def state(account: ServiceAccount) -> str:
    """How it stands: the role it names."""
    role = role_of(account)
    return f"role {role.rpartition('/')[2]}" if role else "no role"


def looks_well(account: ServiceAccount) -> bool:
    """Whether its annotations are as they should be; no role at all is no fault by itself."""
    role = role_of(account)
    return not role or (bool(ROLE_ARN.match(role)) and not has_wrong_audience(account))


SORT = Sort(kind=ServiceAccount, state=state, healthy=looks_well)


async def gather(question: Question, sources: Sources, progress: Progress) -> Evidence:
    """Go and look at one service account.

    Raises:
        QuestionError: the name is impossible, unknown, or means several service accounts.
        SourceError: the service account itself could not be read.
    """
    with counting() as count:
        async with Look(sources, question.deadline, progress) as look:
            found = await find_object(SORT, question, look)
            await look.told("service account")
            evidence = await _of(found, question, look)
    return replace(evidence, api_calls=count.requests)


async def _of(found: FoundObject[ServiceAccount], question: Question, look: Look) -> Evidence:
    account, name = found.item, found.item.metadata.name
    at = f"spec.serviceAccountName={name}"
    pods = await look.list(Pod, account.metadata.namespace, what="pods that run as it", fields=at)
    there = running(pods.value or ())
    behind = PodsBehind() if question.sweep or not there else await read_behind(there, look, MOST_PODS)
    home = "" if question.sweep else await home_account(look)
    trust, association = await _in_aws(account, question, look, home)
    missing = {"pods": pods.missing, "association": association.missing}
    facts = service_account_facts(
        AccountReads(
            account=account,
            platform=look.platform,
            home_account=home,
            pods=there,
            behind=behind.facts,
            association_role=association.role,
            trust=trust,
            missing={source: why for source, why in missing.items() if why},
        )
    )
    return Evidence(
        subject=account.ref,
        facts=facts,
        related=tuple(pod for pod in behind.facts if pod.identity.aws_failing),
        about=tuple(filter(None, (found.note, *_about(facts)))),
        healthy=facts.healthy,
        symptom=state(account),
        exhibits=behind.exhibits,
        gaps=look.gaps,
        checked=(*rungs(facts), *behind.checked),
        as_of=look.cluster.now(),
    )


async def _in_aws(
    account: ServiceAccount, question: Question, look: Look, home: str
) -> tuple[TrustFacts, Association]:
    """Ask AWS about the account that is meant; in a look at everything its objects alone are judged."""
    if question.sweep:
        return TrustFacts(), Association()
    association, role = await read_association(account, look), role_of(account)
    if not ROLE_ARN.match(role):
        return TrustFacts(), association
    other = account_of(role)
    if home and other != home:
        look.note(f"role {role} in AWS", f"it belongs to account {other}, and {home} is the one that is read")
        return TrustFacts(), association
    return await read_trust(account, role, account.metadata.annotations.get(AUDIENCE, ""), look), association


def _about(facts: ServiceAccountFacts) -> tuple[str, ...]:
    expected = f"the platform's role for it is {facts.expected_role}" if facts.expected_role else ""
    return (
        f"role {facts.role_name}" if facts.role_arn else "names no role",
        "EKS Pod Identity" if facts.pod_identity else "",
        pods_in_words(facts) if "pods" not in facts.missing else "",
        expected,
    )


async def suspects(look: Look, namespace: str) -> tuple[ObjectRef, ...]:
    """Accounts with a role that is no ARN, tokens for the wrong audience, or pods without its token."""
    accounts = await look.list(ServiceAccount, namespace, what="service accounts")
    pods = await look.list(Pod, namespace, what="pods")
    named = {
        (each.metadata.namespace, each.metadata.name): each
        for each in await picked(accounts.value or (), lambda account: bool(role_of(account)))
    }
    lacking: set[tuple[str, str]] = set()
    for pod in await picked(running(pods.value or ()), lambda pod: _key(pod) in named):
        if lacks_token(named[_key(pod)], pod):
            lacking.add(_key(pod))
    return tuple(each.ref for key, each in named.items() if key in lacking or not looks_well(each))


def _key(pod: Pod) -> tuple[str, str]:
    return pod.metadata.namespace, pod.spec.service_account_name


SERVICEACCOUNT = Handler(
    verb="diagnose",
    subject="serviceaccount",
    aliases=("serviceaccounts", "sa"),
    usage="diagnose serviceaccount NAME [-n NAMESPACE] [--cluster CLUSTER]",
    summary="Why the pods of a service account do not get their AWS role (IRSA, Pod Identity).",
    cost=2,
    needs=NEEDS,
    iam=IAM,
    gather=gather,
)
SERVICEACCOUNT_SWEEP = Sweep(handler=SERVICEACCOUNT, suspects=suspects)
