"""All snippets as CDKTF writes them: one app, one call of Node."""

from pathlib import Path

from pictory_egress.cdk import App, TerraformStack, aws
from policies.stack import synthesized
from policies.stack.resource import Stack
from tests.policies.snippets import SNIPPETS
from tests.policies.snippets.surroundings import ACCOUNT


class Synthesis:
    """A production stack for each snippet kept, and one for each broken, below ``folder``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        app = App(outdir=str(folder))
        for place, snippet in SNIPPETS.items():
            for broken in (False, True):
                stack = TerraformStack(app, _name(place, broken))
                aws.provider.AwsProvider(stack, "aws", region="us-east-2", allowed_account_ids=[ACCOUNT])
                snippet(stack, broken)
        app.synth()

    def file(self, place: str, *, broken: bool) -> Path:
        """The synthesized stack of a policy's snippet."""
        return self._folder / "stacks" / _name(place, broken) / "cdk.tf.json"

    def stack(self, place: str, *, broken: bool) -> Stack:
        """The same, as policies read it."""
        return synthesized.load(self.file(place, broken=broken))


def _name(place: str, broken: bool) -> str:
    return f"{place.replace('/', '-')}-{'broken' if broken else 'kept'}-prod"
