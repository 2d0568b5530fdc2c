"""The ECS service that runs the gateway's tasks, and how it grows."""

from collections.abc import Mapping, Sequence

from pictory_egress.cdk import Construct, TerraformResource, aws
from pictory_egress.gateway.containers import VOLUME
from pictory_egress.gateway.roles import TaskRoles
from pictory_egress.gateway.settings import GatewaySettings
from pictory_egress.network.infrastructure import Network

_CPU_TARGET_PERCENT = 50
FIRST_KEY_SECONDS = 3600


class Service(Construct):
    """A Fargate service with a circuit breaker, spread over the zones, scaled by CPU.

    ``target_group_arns`` are by the port of Envoy that the group's load balancer calls.

    Attributes
    ----------
    cluster_name, service_name
        As ECS knows them.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        settings: GatewaySettings,
        name: str,
        network: Network,
        roles: TaskRoles,
        container_definitions: str,
        security_group_id: str,
        target_group_arns: Mapping[int, str],
        forwarding: Sequence[TerraformResource],
    ) -> None:
        super().__init__(scope, id_)
        insights = aws.ecs_cluster.EcsClusterSetting(name="containerInsights", value="enabled")
        cluster = aws.ecs_cluster.EcsCluster(self, "Cluster", name=name, setting=[insights])
        task = aws.ecs_task_definition.EcsTaskDefinition(
            self,
            "Task",
            family=name,
            requires_compatibilities=["FARGATE"],
            network_mode="awsvpc",
            cpu=str(settings.cpu),
            memory=str(settings.memory),
            runtime_platform={"operating_system_family": "LINUX", "cpu_architecture": "X86_64"},
            execution_role_arn=roles.execution_role_arn,
            task_role_arn=roles.task_role_arn,
            volume=[aws.ecs_task_definition.EcsTaskDefinitionVolume(name=VOLUME)],
            container_definitions=container_definitions,
        )
        service = aws.ecs_service.EcsService(
            self,
            "Service",
            name=name,
            cluster=cluster.arn,
            task_definition=task.arn,
            desired_count=settings.min_tasks,
            launch_type="FARGATE",
            platform_version="LATEST",
            availability_zone_rebalancing="ENABLED",
            deployment_minimum_healthy_percent=100,
            deployment_maximum_percent=200,
            deployment_circuit_breaker={"enable": True, "rollback": True},
            enable_execute_command=False,
            enable_ecs_managed_tags=True,
            propagate_tags="SERVICE",
            # A first deployment has no key: so long its tasks are left alone, for somebody to stage one.
            health_check_grace_period_seconds=FIRST_KEY_SECONDS,
            network_configuration={
                "subnets": network.private_subnet_ids,
                "security_groups": [security_group_id],
                "assign_public_ip": False,
            },
            load_balancer=[
                aws.ecs_service.EcsServiceLoadBalancer(
                    target_group_arn=arn, container_name="envoy", container_port=port
                )
                for port, arn in target_group_arns.items()
            ],
            # Autoscaling owns the count once the service runs.
            lifecycle={"ignore_changes": ["desired_count"]},
            # ECS refuses a service whose target group no load balancer uses yet.
            depends_on=list(forwarding),
        )
        self.cluster_name: str = cluster.name
        self.service_name: str = service.name
        self._scale(settings, name)

    def _scale(self, settings: GatewaySettings, name: str) -> None:
        target = aws.appautoscaling_target.AppautoscalingTarget(
            self,
            "Scale",
            service_namespace="ecs",
            scalable_dimension="ecs:service:DesiredCount",
            resource_id=f"service/{self.cluster_name}/{self.service_name}",
            min_capacity=settings.min_tasks,
            max_capacity=settings.max_tasks,
        )
        aws.appautoscaling_policy.AppautoscalingPolicy(
            self,
            "ByCpu",
            name=f"{name}-cpu",
            policy_type="TargetTrackingScaling",
            service_namespace=target.service_namespace,
            scalable_dimension=target.scalable_dimension,
            resource_id=target.resource_id,
            target_tracking_scaling_policy_configuration={
                "target_value": _CPU_TARGET_PERCENT,
                "predefined_metric_specification": {
                    "predefined_metric_type": "ECSServiceAverageCPUUtilization"
                },
                "scale_in_cooldown": 300,
                "scale_out_cooldown": 30,
            },
        )
