"""Small stacks as users write them, in CDKTF: for each policy one that keeps its rule and one that breaks it."""

from tests.policies.snippets import (
    alarms,
    egress,
    firewall,
    functions,
    gateway_containers,
    gateway_envoy,
    gateway_services,
    gateway_tunnels,
    identity,
    keys,
    load_balancer,
    logs,
    secrets,
    state,
)
from tests.policies.snippets.snippet import Snippet

SNIPPETS: dict[str, Snippet] = {}
"""By the policy's place: ``egress/https_only``."""

for _module in (
    egress, load_balancer, gateway_containers, gateway_services, gateway_envoy, gateway_tunnels, firewall, secrets, keys, functions, identity, logs, alarms, state,
):  # fmt: skip
    if _twice := SNIPPETS.keys() & _module.SNIPPETS.keys():
        raise ValueError(f"{_module.__name__} has snippets that another has: {', '.join(sorted(_twice))}")
    SNIPPETS |= _module.SNIPPETS
