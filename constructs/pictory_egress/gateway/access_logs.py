"""The bucket that the load balancer writes its access logs to."""

from pictory_egress.cdk import Construct, aws
from pictory_egress.iam import document, statement


class AccessLogs(Construct):
    """A private, versioned bucket. ELB delivers to buckets with S3-managed keys only, hence no customer key.

    A ``network_balancer`` has its logs delivered by another service.

    Attributes
    ----------
    bucket_name
        Name of the bucket, once it accepts deliveries.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        account_id: str,
        region: str,
        retention_days: int,
        keep: bool,
        network_balancer: bool = False,
    ) -> None:
        super().__init__(scope, id_)
        bucket = aws.s3_bucket.S3Bucket(
            self,
            "Bucket",
            # Bucket names are everybody's: the account makes it ours.
            bucket=f"{name}-access-logs-{account_id}-{region}",
            force_destroy=not keep,
            lifecycle={"prevent_destroy": True} if keep else None,
        )
        aws.s3_bucket_public_access_block.S3BucketPublicAccessBlock(
            self,
            "PublicAccessBlock",
            bucket=bucket.id,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
        )
        aws.s3_bucket_ownership_controls.S3BucketOwnershipControls(
            self, "Ownership", bucket=bucket.id, rule={"object_ownership": "BucketOwnerEnforced"}
        )
        aws.s3_bucket_versioning.S3BucketVersioningA(
            self, "Versioning", bucket=bucket.id, versioning_configuration={"status": "Enabled"}
        )
        encryption = aws.s3_bucket_server_side_encryption_configuration
        encryption.S3BucketServerSideEncryptionConfigurationA(
            self,
            "Encryption",
            bucket=bucket.id,
            rule=[
                encryption.S3BucketServerSideEncryptionConfigurationRuleA(
                    apply_server_side_encryption_by_default={"sse_algorithm": "AES256"}
                )
            ],
        )
        lifecycle = aws.s3_bucket_lifecycle_configuration
        rule = "S3BucketLifecycleConfigurationRule"
        lifecycle.S3BucketLifecycleConfiguration(
            self,
            "Lifecycle",
            bucket=bucket.id,
            rule=[
                getattr(lifecycle, rule)(
                    id="expire",
                    status="Enabled",
                    filter=[getattr(lifecycle, f"{rule}Filter")(prefix="")],
                    expiration=[getattr(lifecycle, f"{rule}Expiration")(days=retention_days)],
                    noncurrent_version_expiration=[
                        getattr(lifecycle, f"{rule}NoncurrentVersionExpiration")(noncurrent_days=30)
                    ],
                    abort_incomplete_multipart_upload=[
                        getattr(lifecycle, f"{rule}AbortIncompleteMultipartUpload")(days_after_initiation=7)
                    ],
                )
            ],
        )
        policy = aws.s3_bucket_policy.S3BucketPolicy(
            self,
            "Policy",
            bucket=bucket.id,
            policy=_policy(
                bucket.arn, account_id=account_id, region=region, network_balancer=network_balancer
            ),
        )
        # Read through the policy: a load balancer that logs is refused until the policy lets it write.
        self.bucket_name: str = policy.bucket


def _policy(arn: str, *, account_id: str, region: str, network_balancer: bool) -> str:
    return document(
        *(_log_delivery(arn, account_id=account_id, region=region) if network_balancer else ()),
        statement(
            "LoadBalancerWrites",
            principals={"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
            actions=["s3:PutObject"],
            resources=[f"{arn}/*"],
            conditions={
                "StringEquals": {"aws:SourceAccount": account_id},
                "ArnLike": {
                    "aws:SourceArn": f"arn:aws:elasticloadbalancing:{region}:{account_id}:loadbalancer/*"
                },
            },
        ),
        statement(
            "TlsOnly",
            effect="Deny",
            principals="*",
            actions=["s3:*"],
            resources=[arn, f"{arn}/*"],
            conditions={"Bool": {"aws:SecureTransport": "false"}},
        ),
    )


def _log_delivery(arn: str, *, account_id: str, region: str) -> list[dict[str, object]]:
    """What CloudWatch's log delivery needs, which carries a network load balancer's log."""
    delivery = {"Service": "delivery.logs.amazonaws.com"}
    ours = {
        "StringEquals": {"aws:SourceAccount": account_id},
        "ArnLike": {"aws:SourceArn": f"arn:aws:logs:{region}:{account_id}:*"},
    }
    owned = {"s3:x-amz-acl": "bucket-owner-full-control", "aws:SourceAccount": account_id}
    return [
        statement(
            "LogDeliveryLooks",
            principals=delivery,
            actions=["s3:GetBucketAcl"],
            resources=[arn],
            conditions=ours,
        ),
        statement(
            "LogDeliveryWrites",
            principals=delivery,
            actions=["s3:PutObject"],
            resources=[f"{arn}/tunnels/*"],
            conditions={**ours, "StringEquals": owned},
        ),
    ]
