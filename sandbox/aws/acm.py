"""Certificates that exist before the deployment, at ARNs known beforehand."""

from collections.abc import Mapping

from moto.acm.models import CertBundle, acm_backends


def seed(certificates: Mapping[str, str]) -> None:
    """Make an issued certificate at each ARN, for its domain."""
    for arn, domain in certificates.items():
        parts = arn.split(":")
        if len(parts) != 6 or parts[2] != "acm" or not parts[5].startswith("certificate/"):
            raise ValueError(f"--certificate {arn}={domain}: not the ARN of a certificate of ACM")
        region, account = parts[3], parts[4]
        bundle = CertBundle.generate_cert(domain, account, region)
        bundle.arn, bundle.status = arn, "ISSUED"
        acm_backends[account][region]._certificates[arn] = bundle
