"""What is watched, and who is told."""

import json

from pictory_egress.cdk import Construct, aws
from pictory_egress.monitoring import builder, dashboard
from pictory_egress.monitoring.alarms import FAILING, alarms, undelivered
from pictory_egress.monitoring.event_rules import event_rule
from pictory_egress.monitoring.metrics import METRICS, TUNNEL_METRICS
from pictory_egress.monitoring.notices import notices
from pictory_egress.monitoring.settings import MonitoringSettings
from pictory_egress.monitoring.topic import AlarmTopic
from pictory_egress.monitoring.watched import (
    TopicKey,
    Watched,
    WatchedCredentials,
    WatchedFirewall,
    WatchedGateway,
)


class Monitoring(Construct):
    """Metrics from the logs, alarms, notices of the secrets' events, the topic they tell, and a dashboard.

    Parameters
    ----------
    settings
        Who is told, and from when.
    name, region, account_id
        The environment's prefix of names, and where it lives.
    deadline_days
        How old Pictory's key may grow before its alarm.
    keys, gateway, credentials, firewall
        The parts that are watched; anything with the attributes of :mod:`pictory_egress.monitoring.watched`.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        settings: MonitoringSettings,
        name: str,
        region: str,
        account_id: str,
        deadline_days: int,
        keys: TopicKey,
        gateway: WatchedGateway,
        credentials: WatchedCredentials,
        firewall: WatchedFirewall,
    ) -> None:
        super().__init__(scope, id_)
        watched = Watched(
            name=name, region=region, gateway=gateway, credentials=credentials, firewall=firewall
        )
        topic = AlarmTopic(
            self, "Topic", name=name, region=region, account_id=account_id, key_arn=keys.topic_key_arn,
            emails=settings.emails,
        )  # fmt: skip
        self.topic_arn = topic.arn
        tell = {"topic_arn": topic.arn, "runbook_url": settings.runbook_url}
        # The first message must not come before the topic lets it in.
        first = [topic.policy]

        tunnels = gateway.tunnels is not None
        shown = [metric for metric in METRICS if tunnels or metric not in TUNNEL_METRICS]
        builder.metric_filters(self, shown, watched)
        rules = [
            event_rule(self, notice, name=name, depends_on=first, **tell)
            for notice in notices(
                gateway=gateway, credentials=credentials, secret_readers=settings.secret_readers
            )
        ]
        table = (*alarms(settings, deadline_days=deadline_days, tunnels=tunnels), undelivered(rules))
        made = {
            alarm.slug: builder.metric_alarm(self, alarm, watched, depends_on=first, **tell)
            for alarm in table
        }
        failing = builder.composite_alarm(self, FAILING, made, name=name, depends_on=first, **tell)
        self.alarm_names = [f"{name}-{slug}" for slug in (*made, FAILING.slug)]

        self.dashboard_name = name
        arns = [failing.arn, *(alarm.arn for alarm in made.values())]
        aws.cloudwatch_dashboard.CloudwatchDashboard(
            self,
            "Dashboard",
            dashboard_name=name,
            dashboard_body=json.dumps(
                dashboard.body(watched, table, alarm_arns=arns, runbook_url=settings.runbook_url)
            ),
        )
