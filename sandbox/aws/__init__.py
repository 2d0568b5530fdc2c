"""A local AWS: moto's server, extended by what it lacks, one module a service.

``with running(Options(...)) as aws:`` gives ``aws.endpoint``, ``aws.environment()`` and ``aws.client("s3")``.
"""

from sandbox.aws.local import LocalAws, LocalAwsError, running, start
from sandbox.aws.options import Options

__all__ = ["LocalAws", "LocalAwsError", "Options", "running", "start"]
