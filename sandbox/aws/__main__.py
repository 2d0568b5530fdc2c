"""``python -m sandbox.aws``: the local AWS in the foreground, until its parent ends."""

import os
import sys

from sandbox.aws.options import parse

if __name__ == "__main__":
    options = parse(sys.argv[1:])
    os.environ["MOTO_ACCOUNT_ID"] = options.account  # read by moto when it is imported
    os.environ["MOTO_IAM_LOAD_MANAGED_POLICIES"] = "true"
    os.environ.pop("AWS_PROFILE", None)
    from sandbox.aws.server import serve

    sys.exit(serve(options))
