"""Words of a question that name nothing, and kubectl's names of things."""

from collections.abc import Mapping
from typing import Final


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


NAMESPACE: Final = "namespace"
CLUSTER: Final = "cluster"
NAME: Final = "name"
CALLED: Final = "mlops"
"""What the bot is called in front of a command."""

FLAGS: Final[Mapping[str, str]] = {
    "-n": NAMESPACE,
    "--namespace": NAMESPACE,
    "--cluster": CLUSTER,
    "--context": CLUSTER,
    "--name": NAME,
}
"""Options with a value → what the value names; `--name` says a name that is also a word of a question."""
EVERYWHERE: Final = ("-A", "--all-namespaces")
HELP_FLAGS: Final = ("-h", "--help")
VALUED: Final = _words("-o --output -c --container --tail --since -l --selector")
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
ARTICLES: Final = _words("the a an our my your this that")

GREETINGS: Final = _words("help usage hi hello hey")
ASKING: Final = _words(
    """
    why what whats which wrong how is are was were isnt arent wasnt doesnt wont does did do can cant
    dont could
    """
)
"""Words of a question; a pod is hardly called so."""
LOOKING: Final = _words(
    """
    check look debug troubleshoot inspect investigate analyze analyse describe examine explain fix logs
    log get show kubectl k
    """
)
"""Other words for wanting to know, kubectl's among them."""
SYMPTOMS: Final = _words(
    """
    running pending crashing crashed crashes crash crashloop crashlooping crashloopbackoff failing
    failed fails fail failure ready unready notready down stuck broken dead dying evicted evicting
    killed restarting restarted restarts restart starting started start terminating terminated
    unschedulable unhealthy healthy hanging slow oom oomkilled imagepullbackoff errimagepull
    createcontainerconfigerror containercreating unknown working work error errors problem problems
    issue issues happening happened happens trouble reachable unreachable reached available unavailable
    degraded bound unbound lost pressure full high low large big growing rising suspended expired expiring
    mounted mounting mount attached attaching attach provisioned provisioning scaled scaling scale
    connected connecting connect loaded loading load served serving serve responding respond responds
    answering answers returns returning return gives giving timing timed timeout timeouts missed missing
    progressing finished finishing finish removed removing deleted deleting denied refused rejected
    hang hangs hung run runs ran changed change changes cannot couldnt access
    400 404 500 502 503 504 4xx 5xx
    """
)
"""What is seen of something that does not work."""
_REST: Final = _words(
    """
    please pls plz thanks thank you will would me us it its we i im of for to with about from and or but
    not no now right again still always keeps keep kept being been be getting going there here up at so
    ok okay fine good bad just today called named name by under out off all any some there have has had
    who holds held state everything anything something overall
    $ & - --
    """
)
CUES: Final = ASKING | LOOKING | SYMPTOMS
"""Words that make a question even without a verb."""
FILLERS: Final = ARTICLES | GREETINGS | CUES | _REST | NOUNS.keys() | PREPOSITIONS.keys()
ORDERS: Final = _words("restart start")
"""Words of a question that are an order, which nobody here carries out, when they come first."""

KINDS: Final = _words(
    """
    pod pods po node nodes no deployment deployments deploy replicaset replicasets rs statefulset
    statefulsets sts daemonset daemonsets ds job jobs cronjob cronjobs cj service services svc ingress
    ingresses ing endpoints ep persistentvolumeclaim persistentvolumeclaims pvc persistentvolume
    persistentvolumes pv configmap configmaps cm secret secrets serviceaccount serviceaccounts sa
    inferenceservice inferenceservices isvc workflow workflows wf cronworkflow cronworkflows cwf
    workflowtemplate workflowtemplates wftmpl nodepool nodepools nodeclaim nodeclaims ec2nodeclass
    ec2nodeclasses hpa horizontalpodautoscaler horizontalpodautoscalers endpointslice endpointslices
    networkpolicy networkpolicies netpol poddisruptionbudget poddisruptionbudgets pdb resourcequota
    resourcequotas quota limitrange limitranges limits storageclass storageclasses sc apiservice apiservices
    certificate certificates cert certs ingressclass ingressclasses servingruntime servingruntimes
    clusterservingruntime clusterservingruntimes role roles rolebinding rolebindings clusterrole
    clusterroles clusterrolebinding clusterrolebindings customresourcedefinition customresourcedefinitions
    crd crds priorityclass priorityclasses pc volumeattachment volumeattachments replicationcontroller
    replicationcontrollers rc
    """
)
"""What kubectl calls things; `deploy/x` names a Deployment, not a namespace."""
OWNERS: Final = _words(
    """
    deployment deployments deploy replicaset replicasets rs statefulset statefulsets sts daemonset
    daemonsets ds job jobs cronjob cronjobs cj inferenceservice inferenceservices isvc workflow
    workflows wf
    """
)
"""Kinds that own pods: `deploy/x` asks about the pods of x where nothing else answers for the kind."""
OF_ALL: Final = "health"
"""The verb that answers about everything at once."""
WHOLE: Final = _words("everything anything all cluster overall")
"""Words for all there is: `is everything ok` asks about no object."""
STARTS: Final = _words("kubectl k $ please pls plz")
"""Words before a verb that do not make it part of a sentence."""
