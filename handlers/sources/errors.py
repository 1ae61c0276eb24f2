"""What can go wrong at a door, as one tree; foreign errors stop here.

    SourceError
    ├── Unauthorized        the credentials were refused (401)
    │   └── CredentialFailed    no credentials could be obtained (exec plugin, token file)
    ├── Forbidden           this identity lacks a right (403)
    │   └── ActionForbidden     … an IAM action of AWS
    ├── NotFound            the object does not exist (404)
    │   └── NotServed           the whole API group or resource is not served (404)
    ├── Gone                the continue token or resource version has expired (410)
    ├── Conflict            somebody changed it meanwhile (409)
    ├── Rejected            the request makes no sense to the server (400, 405, 406, 422)
    ├── Throttled           too many requests (429)
    ├── TimedOut            no answer within the deadline
    ├── Unreachable         no connection, refused, DNS, TLS
    └── BadAnswer           an answer that cannot be read, was cut off, or is a server error (5xx)

Source of status codes: answers recorded from kube-apiserver v1.36.
"""


class SourceError(Exception):
    """A source could not be read.

    Attributes:
        what: what was asked for, in a person's words ("pods in mlops", "log of mlops/x [app]").
        why: what went wrong, one clause without a final dot.
        advice: what to do next, one sentence.
    """

    advice = "Try again; if it stays so, run `mlops doctor`."

    def __init__(self, what: str, why: str, advice: str = "") -> None:
        super().__init__(f"{what}: {why}")
        self.what = what
        self.why = why
        if advice:
            self.advice = advice


class Unauthorized(SourceError):
    """The credentials were refused (401)."""

    advice = "The token or certificate was refused: renew the login (for EKS: `aws sts get-caller-identity`)."


class CredentialFailed(Unauthorized):
    """No credentials could be obtained, for example because the kubeconfig's exec plugin failed."""

    advice = "Run the credential command of the kubeconfig by hand and mend what it says."


class Forbidden(SourceError):
    """This identity lacks a right (403).

    Attributes:
        verb: the Kubernetes verb ("list").
        resource: the plural resource, with its subresource ("pods", "pods/log").
        namespace: empty when the request was cluster-wide.
    """

    def __init__(self, what: str, verb: str, resource: str, namespace: str = "") -> None:
        place = f"in namespace {namespace}" if namespace else "cluster-wide"
        super().__init__(
            what,
            f"no right to {verb} {resource} {place}",
            f"Grant {verb} on {resource} to the bot's account.",
        )
        self.verb = verb
        self.resource = resource
        self.namespace = namespace


class ActionForbidden(Forbidden):
    """AWS refuses an IAM action.

    Attributes:
        action: as policies write it ("rds:DescribeDBInstances").
    """

    def __init__(self, what: str, action: str, because: str = "") -> None:
        """Name the action; `because` says what refuses it, where AWS told ("an explicit deny in a …")."""
        SourceError.__init__(
            self,
            what,
            f"no right {action}" + (f" ({because})" if because else ""),
            f"Allow {action} in the policy of the bot's AWS role; `mlops iam` prints all it needs.",
        )
        self.action = action
        self.verb, self.resource, self.namespace = action, "", ""


class NotFound(SourceError):
    """The object does not exist (404)."""

    advice = "Check the name and the namespace."


class NotServed(NotFound):
    """The API group or resource is not served by this cluster (404 without a Status object)."""

    advice = "Install the component that serves it, or ignore this."


class Gone(SourceError):
    """The continue token or resource version has expired (410)."""


class Conflict(SourceError):
    """The object was changed meanwhile, or exists already (409)."""


class Rejected(SourceError):
    """The server refuses the request as it stands (400, 405, 406, 422); `why` is its message."""

    advice = "Check the name and the options of the question."


class Throttled(SourceError):
    """The server asks to slow down (429).

    Attributes:
        retry_after: seconds the server asked to wait; 0 when it did not say.
    """

    advice = "The API server is busy: ask again in a minute."

    def __init__(
        self,
        what: str,
        retry_after: float = 0.0,
        why: str = "the server asks to slow down (429)",
        advice: str = "",
    ) -> None:
        super().__init__(what, why, advice)
        self.retry_after = retry_after


class TimedOut(SourceError):
    """No answer within the deadline."""

    advice = "The API server is slow or a network path is blocked: ask again, or check its load."

    def __init__(self, what: str, seconds: float, advice: str = "") -> None:
        super().__init__(what, f"no answer within {seconds:g} s", advice)
        self.seconds = seconds


class Unreachable(SourceError):
    """No connection could be made."""

    advice = "Check the API server's address, the VPN or network path, and `mlops doctor`."


class NoBackend(SourceError):
    """The API server cannot hand a request on: nothing answers behind the Service (503)."""

    advice = "See why no pod of the Service is ready."


class BadAnswer(SourceError):
    """The answer cannot be read, was cut off, or is a server error (5xx)."""
