"""What a snippet is."""

from collections.abc import Callable

from pictory_egress.cdk import TerraformStack

Snippet = Callable[[TerraformStack, bool], object]
"""Makes resources that keep a rule, or (``broken``) break it and no other part of it."""
