"""Words of a question that name nothing, and kubectl's names of things."""

from collections.abc import Mapping
from typing import Final

NAMESPACE: Final = "namespace"
CLUSTER: Final = "cluster"

FLAGS: Final[Mapping[str, str]] = {
    "-n": NAMESPACE,
    "--namespace": NAMESPACE,
    "--cluster": CLUSTER,
    "--context": CLUSTER,
}
"""Options with a value → what the value names."""
EVERYWHERE: Final = ("-A", "--all-namespaces")
HELP_FLAGS: Final = ("-h", "--help")
VALUED: Final = frozenset({"-o", "--output", "-c", "--container", "--tail", "--since", "-l", "--selector"})
"""Options of kubectl that mean nothing here and have a value."""

NOUNS: Final[Mapping[str, str]] = {
    "ns": NAMESPACE,
    "namespace": NAMESPACE,
    "cluster": CLUSTER,
    "context": CLUSTER,
}
"""Words with a name before or after them → what it names."""
PREPOSITIONS: Final[Mapping[str, str]] = {
    "in": NAMESPACE,
    "within": NAMESPACE,
    "inside": NAMESPACE,
    "on": CLUSTER,
}
"""Words with a name after them → what it names when no noun stands there."""
ARTICLES: Final = frozenset({"the", "a", "an", "our", "my", "your", "this", "that"})

GREETINGS: Final = frozenset({"help", "usage", "hi", "hello", "hey"})
ASKING: Final = frozenset(
    "why what whats which wrong how is are was were isnt arent wasnt doesnt wont does did do can cant dont could".split()
)
"""Words of a question; a pod is hardly called so."""
LOOKING: Final = frozenset(
    """
    check look debug troubleshoot inspect investigate analyze analyse describe examine explain fix logs log get show
    kubectl k mlops
    """.split()
)
"""Other words for wanting to know, kubectl's among them."""
SYMPTOMS: Final = frozenset(
    """
    running pending crashing crashed crashes crash crashloop crashlooping crashloopbackoff failing failed fails fail
    failure ready unready notready down up stuck broken dead dying evicted evicting killed restarting restarted
    restarts restart starting started start terminating terminated unschedulable unhealthy healthy hanging slow
    oom oomkilled imagepullbackoff errimagepull createcontainerconfigerror containercreating unknown working work
    error errors problem problems issue issues happening happened happens trouble
    """.split()
)
"""What is seen of a pod that does not run."""
_REST: Final = frozenset(
    """
    please pls plz thanks thank you your would will me us it its we i im of for to with about from and or but not no now right
    again still always keeps keep kept being been be getting there here up at so ok okay fine good bad just today
    called named name $ & - --
    """.split()
)
CUES: Final = ASKING | LOOKING | SYMPTOMS
"""Words that make a question even without a verb."""
FILLERS: Final = ARTICLES | GREETINGS | CUES | _REST | NOUNS.keys() | PREPOSITIONS.keys()

KINDS: Final = frozenset(
    """
    pod pods po node nodes no deployment deployments deploy replicaset replicasets rs statefulset statefulsets sts
    daemonset daemonsets ds job jobs cronjob cronjobs cj service services svc ingress ingresses ing endpoints ep
    persistentvolumeclaim persistentvolumeclaims pvc persistentvolume persistentvolumes pv configmap configmaps cm
    secret secrets serviceaccount serviceaccounts sa inferenceservice inferenceservices isvc workflow workflows wf
    nodepool nodepools nodeclaim nodeclaims hpa
    """.split()
)
"""What kubectl calls things; `deploy/x` names a Deployment, not a namespace."""
