"""Builds the app from the environments' settings."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from pictory_egress.cdk import App, S3Backend, TerraformOutput, TerraformStack, aws
from pictory_egress.cdk import LocalBackend as LocalState
from pictory_egress.egress import PictoryEgress
from pictory_egress.settings import EnvironmentSettings, S3State
from stacks.exceptions import accept

VERSIONS: Final = """terraform {
  required_version = ">= 1.11.0"
}
"""


class EnvironmentStack(TerraformStack):
    """One environment: provider, state, and the egress with its outputs."""

    def __init__(self, app: App, *, settings: EnvironmentSettings) -> None:
        name = f"pictory-egress-{settings.name}"
        super().__init__(app, name)
        self._keep_state(name, settings)
        local = settings.aws.local
        aws.provider.AwsProvider(
            self,
            "aws",
            region=settings.aws.region,
            # A deployment with another account's credentials stops here, before it makes anything.
            allowed_account_ids=[settings.aws.account_id],
            s3_use_path_style=True if local else None,
            default_tags=[{"tags": {"Project": "pictory-egress", "Environment": settings.name}}],
        )
        egress = PictoryEgress(self, "Egress", settings=settings)
        for output, value in egress.outputs.items():
            TerraformOutput(self, output, value=value)
        accept(self, settings)

    def _keep_state(self, name: str, settings: EnvironmentSettings) -> None:
        state = settings.state
        if isinstance(state, S3State):
            S3Backend(
                self,
                bucket=state.bucket,
                key=f"{name}/terraform.tfstate",
                region=state.region,
                encrypt=True,
                kms_key_id=state.kms_key_arn,
            )
            # The binding knows no lock file; Terraform 1.10 and later do.
            self.add_override("terraform.backend.s3.use_lockfile", True)
        else:
            LocalState(self, path=f"{name}.tfstate")


def synthesize(app: App) -> None:
    """Synthesize ``app``, and say beside each stack which Terraform it needs.

    That stands in a file of its own, since checkov cannot read a synthesized stack that holds it.
    """
    app.synth()
    for stack in app.node.children:
        if isinstance(stack, TerraformStack):
            directory = Path(app.outdir) / "stacks" / stack.node.id
            (directory / "versions.tf").write_text(VERSIONS, encoding="utf-8")


def build(environments: Iterable[EnvironmentSettings], *, outdir: str | None = None) -> App:
    """The app with a stack for each of ``environments``, not yet synthesized."""
    app = App(outdir=outdir) if outdir else App()
    for settings in environments:
        EnvironmentStack(app, settings=settings)
    return app
