"""CloudWatch's composite alarms, and what alarms of all kinds need beside moto: tags that go with them."""

from typing import Any

from moto.cloudwatch.exceptions import ValidationError
from moto.cloudwatch.models import CloudWatchBackend
from moto.cloudwatch.responses import CloudWatchResponse
from moto.core.responses import EmptyResult
from moto.core.utils import utcnow

from sandbox.aws import alarm_rule
from sandbox.aws.patching import action, replace


def install() -> None:
    """Teach moto composite alarms: kept, given back, evaluated, and in the way of deleting what they name."""

    @action(CloudWatchResponse)
    def put_composite_alarm(response: Any) -> Any:
        backend, name, text = (
            response.cloudwatch_backend,
            response._get_param("AlarmName"),
            response._get_param("AlarmRule"),
        )
        try:
            rule = alarm_rule.parse(text)
        except alarm_rule.RuleError as error:
            raise ValidationError(f"Error in AlarmRule: {error}") from None
        missing = [alarm for alarm in rule.alarms if alarm not in backend.alarms]
        if missing:
            raise ValidationError(
                f"Could not save the composite alarm as alarms [{', '.join(missing)}] in the alarm rule "
                "do not exist"
            )
        actions_enabled = response._get_bool_param("ActionsEnabled")
        alarm = backend.put_metric_alarm(
            name=name, namespace=None, metric_name=None, comparison_operator=None, evaluation_periods=None,
            period=None, threshold=None, statistic=None, description=response._get_param("AlarmDescription"),
            dimensions=[], alarm_actions=response._get_param("AlarmActions", []),
            ok_actions=response._get_param("OKActions", []),
            insufficient_data_actions=response._get_param("InsufficientDataActions", []),
            actions_enabled=actions_enabled, rule=text, tags=response._get_param("Tags", []),
        )  # fmt: skip
        for field in ("ActionsSuppressor", "ActionsSuppressorWaitPeriod", "ActionsSuppressorExtensionPeriod"):
            setattr(alarm, field, response._get_param(field))
        alarm.AlarmRule = text
        _evaluate(backend)
        return EmptyResult()

    @replace(CloudWatchBackend)
    def describe_alarms(self: Any, *, original: Any) -> Any:
        _evaluate(self)
        return original(self)

    @replace(CloudWatchBackend)
    def get_alarms_by_alarm_names(self: Any, names: list[str], *, original: Any) -> Any:  # noqa: ARG001 - not safe
        _evaluate(self)
        return [alarm for alarm in list(self.alarms.values()) if alarm.name in names]

    @replace(CloudWatchBackend)
    def delete_alarms(self: Any, names: list[str], *, original: Any) -> None:
        # Terraform deletes alarms at once: a copy, since others go while this looks.
        for composite in list(self.alarms.values()):
            used = set(names) & set(alarm_rule.parse(composite.rule).alarms) if composite.rule else set()
            if used and composite.name not in names:
                raise ValidationError(
                    f"Cannot delete {', '.join(sorted(used))} as there are composite alarm(s) "
                    f"depending on it: {composite.name}."
                )
        for name in names:
            if name in self.alarms:
                self.tagger.delete_all_tags_for_resource(self.alarms[name].alarm_arn)
        original(self, names)


def _evaluate(backend: Any) -> None:
    """Bring every composite alarm to the state that its rule has now; children come before parents."""
    done: set[str] = set()

    def state(name: str) -> str:
        alarm = backend.alarms.get(name)
        if alarm is None:
            return "INSUFFICIENT_DATA"
        if alarm.rule and name not in done:
            done.add(name)  # AWS refuses cycles; here one ends
            value = "ALARM" if alarm_rule.parse(alarm.rule).holds(state) else "OK"
            if value != alarm.state_value:
                alarm.update_state(
                    f"{alarm.rule} is {value == 'ALARM'} at {utcnow():%Y-%m-%dT%H:%M:%SZ}", "{}", value
                )
        return str(alarm.state_value)

    for name in list(backend.alarms):
        state(name)
