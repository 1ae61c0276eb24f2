"""Claims and certificates in a line each: what is not bound, nearly full, or about to end."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from handlers.extract.certificate import SOON, is_suspect
from handlers.extract.claim import FULL
from handlers.extract.digest_part import counted, lasting, part_of, seconds_from, unknown
from handlers.extract.series import by_label
from handlers.parts import Part
from handlers.sources.objects.certificate import Certificate
from handlers.sources.objects.volume import PersistentVolumeClaim
from handlers.sources.series import Sample
from rules.finding import ObjectRef
from rules.units import seconds_in_words

CLAIMS = "Claims"
FILL = "Full volumes"
CERTIFICATES = "Certificates"
_DAYS = round(SOON / 86_400)


def claims(items: Iterable[PersistentVolumeClaim], suspects: Collection[ObjectRef], now: datetime) -> Part:
    """The part: claims without a volume that should have one, lost, or stuck in deletion.

    `suspects` are those that look unwell beside classes, volumes and pods: a claim that waits for its first
    pod is not among them.
    """
    every = tuple(items)
    unwell = [one for one in every if one.ref in suspects and _state(one) != "Bound"]
    said = f"{len(unwell)} of {len(every)} not bound" if unwell else _all_well(every)
    return part_of(CLAIMS, said, [_claim_line(one, now) for one in unwell])


def _all_well(every: Sequence[PersistentVolumeClaim]) -> str:
    bound = sum(one.status.phase == "Bound" for one in every)
    idle = len(every) - bound
    return f"{bound} of {counted(len(every), 'claim')} bound" + (f", {idle} not used yet" if idle else "")


def _state(claim: PersistentVolumeClaim) -> str:
    return "Terminating" if claim.metadata.deletion_timestamp else claim.status.phase


def _claim_line(claim: PersistentVolumeClaim, now: datetime) -> str:
    since = claim.metadata.deletion_timestamp or claim.metadata.creation_timestamp
    named = claim.spec.storage_class_name
    of = f", class {named}" if named else ""
    return f"{claim.ref}: {_state(claim)}{lasting(since, now)}{of}"


def full_volumes(samples: Iterable[Sample], namespace: str = "") -> Part:
    """The part, from the share in use of every volume; without any such series nothing is known."""
    told = by_label(samples, "namespace", "persistentvolumeclaim")
    shares = {key: 100 * value for key, value in told.items() if namespace in {"", key[0]}}
    if not shares:
        return unknown(FILL, "Prometheus has no series kubelet_volume_stats of any claim")
    full = sorted(((value, key) for key, value in shares.items() if value > FULL), reverse=True)
    known = counted(len(shares), "volume")
    said = f"{len(full)} of {known} over {FULL:g} % full" if full else f"none of {known} over {FULL:g} % full"
    return part_of(FILL, said, [f"{space}/{name}: {value:.0f} % full" for value, (space, name) in full])


def certificates(items: Iterable[Certificate], now: datetime) -> Part:
    """The part: certificates that end soon and were not renewed, and those never issued."""
    every = tuple(items)
    unwell = [one for one in every if is_suspect(one, now)]
    unwell.sort(key=lambda one: (_left(one, now), str(one.ref)))
    ending = sum(_left(one, now) < SOON for one in unwell)
    others = len(unwell) - ending
    pieces = (
        f"{ending} of {len(every)} end within {_DAYS} days" if ending else "",
        f"{others} of {len(every)} not ready" if others else "",
    )
    said = ", ".join(filter(None, pieces)) or _none_ends(len(every))
    return part_of(CERTIFICATES, said, [_certificate_line(one, now) for one in unwell])


def _none_ends(total: int) -> str:
    return f"none of {total} needs renewal" if total else "there are none"


def _left(certificate: Certificate, now: datetime) -> float:
    end = certificate.status.not_after
    return (end - now).total_seconds() if end else float("inf")


def _certificate_line(certificate: Certificate, now: datetime) -> str:
    left, overdue = _left(certificate, now), _overdue(certificate, now)
    ready = any(each.type == "Ready" and each.status == "True" for each in certificate.status.conditions)
    if left == float("inf"):
        end = "never issued"
    else:
        end = f"ended {seconds_in_words(-left)} ago" if left < 0 else f"ends in {seconds_in_words(left)}"
    pieces = (end, overdue, "" if ready or left == float("inf") else "not ready")
    return f"{certificate.ref}: {', '.join(filter(None, pieces))}"


def _overdue(certificate: Certificate, now: datetime) -> str:
    renewal = certificate.status.renewal_time
    late = seconds_from(renewal, now) if renewal and renewal < now else None
    return f"renewal overdue by {seconds_in_words(late)}" if late else ""
