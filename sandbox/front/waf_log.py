"""The web ACL's log: one record a decision, redacted as deployed, written to the deployed log group."""

import contextlib
import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from sandbox.front.waf import Decision, UnsupportedError, WafRequest

if TYPE_CHECKING:
    from mypy_boto3_logs.client import CloudWatchLogsClient
    from mypy_boto3_logs.type_defs import InputLogEventTypeDef

_REDACTED: Final = "REDACTED"
_LOG_GROUP: Final = ":log-group:"
_BATCH_EVENTS: Final = 1_000
_BATCH_BYTES: Final = 900_000
_EVENT_OVERHEAD: Final = 26
_MOST_WAITING: Final = 100_000
"""Records kept while the log cannot be written; beyond it the oldest are lost, and counted."""

Record = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class LogSettings:
    """Where records go, and what they must not show. ``keeps`` is the deployed filter."""

    log_group: str
    headers: frozenset[str] = frozenset()
    query: bool = False
    uri: bool = False
    method: bool = False
    keeps: Callable[[Decision], bool] = lambda _: True


def log_settings(configuration: Mapping[str, Any]) -> LogSettings:
    """From what ``get_logging_configuration`` says.

    Raises
    ------
    UnsupportedError
        The destination is no log group, or a field or filter is not known here.
    """
    (destination,) = configuration["LogDestinationConfigs"]
    if _LOG_GROUP not in destination:
        raise UnsupportedError(f"web ACL log: destination {destination} is no log group")
    headers, parts = set(), set()
    for field in configuration.get("RedactedFields") or ():
        ((kind, value),) = ((k, v) for k, v in field.items() if v is not None)
        if kind == "SingleHeader":
            headers.add(value["Name"].lower())
        elif kind in ("QueryString", "UriPath", "Method"):
            parts.add(kind)
        else:
            raise UnsupportedError(f"web ACL log: redacted field {kind!r} is not known here")
    return LogSettings(
        log_group=destination.split(_LOG_GROUP, 1)[1].removesuffix(":*"),
        headers=frozenset(headers),
        query="QueryString" in parts,
        uri="UriPath" in parts,
        method="Method" in parts,
        keeps=_filter(configuration.get("LoggingFilter")),
    )


def record(
    decision: Decision,
    request: WafRequest,
    *,
    settings: LogSettings,
    acl_arn: str,
    source: str,
    request_id: str,
) -> Record:
    """One record in the form of AWS WAF's log."""
    return {
        "timestamp": int(time.time() * 1_000),
        "formatVersion": 1,
        "webaclId": acl_arn,
        "terminatingRuleId": decision.rule,
        "terminatingRuleType": decision.kind,
        "action": decision.action,
        "terminatingRuleMatchDetails": [],
        "httpSourceName": "ALB",
        "httpSourceId": source,
        "ruleGroupList": _groups(decision),
        "rateBasedRuleList": [],
        "nonTerminatingMatchingRules": [
            {"ruleId": rule.name, "action": "COUNT", "ruleMatchDetails": []}
            for rule, _ in decision.counted
            if rule.kind != "MANAGED_RULE_GROUP"
        ],
        "requestHeadersInserted": None,
        "responseCodeSent": decision.block.status
        if decision.block and decision.block.body is not None
        else None,
        "httpRequest": {
            "clientIp": request.client_address,
            "country": "-",
            "headers": [
                {"name": name, "value": _REDACTED if name.lower() in settings.headers else value}
                for name, value in request.headers
            ],
            "uri": _REDACTED if settings.uri else request.uri_path,
            "args": _REDACTED if settings.query else request.query,
            "httpVersion": request.http_version,
            "httpMethod": _REDACTED if settings.method else request.method,
            "requestId": request_id,
        },
        "labels": [{"name": label} for label in decision.labels],
    }


def _groups(decision: Decision) -> list[Record]:
    found: list[Record] = [
        {
            "ruleGroupId": rule.group,
            "terminatingRule": None,
            "nonTerminatingMatchingRules": [{"ruleId": outcome.inner, "action": "COUNT"}],
            "excludedRules": None,
        }
        for rule, outcome in decision.counted
        if rule.group
    ]
    if decision.group:
        found.append(
            {
                "ruleGroupId": decision.group,
                "terminatingRule": {"ruleId": decision.inner, "action": "BLOCK"},
                "nonTerminatingMatchingRules": [],
                "excludedRules": None,
            }
        )
    return found


def _filter(configuration: Mapping[str, Any] | None) -> Callable[[Decision], bool]:
    if not configuration:
        return lambda _: True
    default: bool = configuration["DefaultBehavior"] == "KEEP"
    filters: list[tuple[bool, bool, list[Callable[[Decision], bool]]]] = [
        (
            each["Behavior"] == "KEEP",
            each["Requirement"] == "MEETS_ALL",
            [_condition(c) for c in each["Conditions"]],
        )
        for each in configuration["Filters"]
    ]

    def keeps(decision: Decision) -> bool:
        for keep, needs_all, conditions in filters:
            results = (condition(decision) for condition in conditions)
            if all(results) if needs_all else any(results):
                return keep
        return default

    return keeps


def _condition(condition: Mapping[str, Any]) -> Callable[[Decision], bool]:
    if condition.get("ActionCondition"):
        action = condition["ActionCondition"]["Action"]
        if action == "COUNT":
            return lambda decision: bool(decision.counted)
        return lambda decision: decision.action == action
    if condition.get("LabelNameCondition"):
        name = condition["LabelNameCondition"]["LabelName"]
        return lambda decision: name in decision.labels
    raise UnsupportedError(f"web ACL log: filter condition {sorted(condition)} is not known here")


class LogWriter:
    """Writes records in batches, in a thread of its own, so that no request waits for the log.

    Attributes
    ----------
    written, lost
        Records that reached the log, and those given up because it could not be written.
    error
        What the last failed attempt said; empty while all is well.
    """

    def __init__(
        self, logs: "CloudWatchLogsClient", *, log_group: str, stream: str, seconds: float = 0.5
    ) -> None:
        self._logs, self._group, self._stream, self._seconds = logs, log_group, stream, seconds
        self._waiting: list[InputLogEventTypeDef] = []
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True, name="waf-log")
        self.written = self.lost = 0
        self.error = ""

    def start(self) -> None:
        """Make the stream, and begin to write.

        Raises
        ------
        botocore.exceptions.ClientError
            The log group does not exist, or must not be written to.
        """
        with contextlib.suppress(self._logs.exceptions.ResourceAlreadyExistsException):
            self._logs.create_log_stream(logGroupName=self._group, logStreamName=self._stream)
        self._thread.start()

    def add(self, record: Record) -> None:
        """Have ``record`` written soon."""
        event: InputLogEventTypeDef = {
            "timestamp": record["timestamp"], "message": json.dumps(record, separators=(",", ":")),
        }  # fmt: skip
        with self._lock:
            if len(self._waiting) >= _MOST_WAITING:
                del self._waiting[0]
                self.lost += 1
            self._waiting.append(event)

    def stop(self) -> None:
        """Write what waits, and end."""
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join(timeout=60)

    def _run(self) -> None:
        while not self._stop.wait(self._seconds):
            self._flush()
        self._flush()

    def _flush(self) -> None:
        while batch := self._take():
            try:
                self._logs.put_log_events(
                    logGroupName=self._group, logStreamName=self._stream, logEvents=batch
                )
            except (ClientError, BotoCoreError) as error:
                self.error = str(error)
                with self._lock:
                    self._waiting[:0] = batch
                return
            self.written += len(batch)
            self.error = ""

    def _take(self) -> "list[InputLogEventTypeDef]":
        with self._lock:
            size = count = 0
            for event in self._waiting[:_BATCH_EVENTS]:
                size += len(event["message"].encode()) + _EVENT_OVERHEAD
                if count and size > _BATCH_BYTES:
                    break
                count += 1
            batch, self._waiting = self._waiting[:count], self._waiting[count:]
        # The service wants them in the order of their times.
        return sorted(batch, key=lambda event: event["timestamp"])
