"""The Pictory key is added on the way to Pictory, and nowhere else."""

from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack
from ._containers import TASK
from ._envoy import bootstraps, clusters, hosts, listeners, messages

_KIND = "CredentialInjector"


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    for _, bootstrap in bootstraps(resource):
        if messages(listeners(bootstrap), _KIND):
            yield "adds the credential in a listener, before it is known where the call goes"
        holders = [cluster for cluster in clusters(bootstrap) if messages(cluster, _KIND)]
        names = ", ".join(str(cluster.get("name")) for cluster in holders)
        if len(holders) > 1:
            yield f"adds the credential to calls of several clusters: {names}"
        for cluster in holders:
            if len(set(hosts(cluster))) != 1:
                yield f"cluster {names} carries the credential to {len(set(hosts(cluster)))} hosts instead of one"
        for injector in messages(bootstrap, _KIND):
            if injector.get("allow_request_without_credential") is True:
                yield "lets calls pass without a credential"
            if injector.get("overwrite") is not True:
                yield "keeps a credential that the caller sent (overwrite is not true)"


POLICY = Policy(
    number=32,
    title="Envoy injects the credential in one cluster, of one host",
    severity=Severity.CRITICAL,
    practice=Practice.AUTHENTICATION,
    types=TASK,
    why="An injector anywhere else sends the Pictory key to whatever host a call goes to.",
    remedy="Put credential_injector into the http_filters of the one Pictory cluster, with overwrite true and "
    "allow_request_without_credential false.",
    judge=judge,
    owasp=("API2:2023", "API10:2023"),
)
