"""What AWS's load balancer and web application firewall do, driven by what was deployed.

``Front(clients, load_balancer=…)`` reads the deployment back and serves it; see :class:`~sandbox.front.front.Front`.
"""

from sandbox.front.clients import Clients
from sandbox.front.deployed import DeploymentError
from sandbox.front.front import Front
from sandbox.front.targets import Target

__all__ = ["Clients", "DeploymentError", "Front", "Target"]
