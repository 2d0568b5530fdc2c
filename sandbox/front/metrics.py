"""The metrics that the load balancer and the firewall publish, for the deployed alarms to look at."""

import threading
from collections import Counter
from typing import TYPE_CHECKING, Final

from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch.client import CloudWatchClient
    from mypy_boto3_cloudwatch.type_defs import MetricDatumTypeDef

BALANCER: Final = "AWS/ApplicationELB"
FIREWALL: Final = "AWS/WAFV2"
_MOST_AT_ONCE: Final = 500

Dimensions = tuple[tuple[str, str], ...]
_Key = tuple[str, str, Dimensions]


class Metrics:
    """Counts up in memory and puts the sums to CloudWatch every ``seconds``, in a thread of its own.

    AWS publishes once a minute; here more often, so that an alarm need not be waited for.
    """

    def __init__(self, cloudwatch: "CloudWatchClient", *, seconds: float = 5.0) -> None:
        self._cloudwatch, self._seconds = cloudwatch, seconds
        self._counts: Counter[_Key] = Counter()
        self._gauges: dict[_Key, float] = {}
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True, name="front-metrics")
        self.error = ""
        """What the last failed attempt said; empty while all is well."""

    def start(self) -> None:
        """Begin to publish."""
        self._thread.start()

    def stop(self) -> None:
        """Publish what is left, and end."""
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join(timeout=60)

    def count(self, namespace: str, name: str, dimensions: Dimensions, amount: int = 1) -> None:
        """Add to a counter."""
        with self._lock:
            self._counts[namespace, name, dimensions] += amount

    def gauge(self, namespace: str, name: str, dimensions: Dimensions, value: float | None) -> None:
        """Set what is published, each time, from now on; None ends it."""
        with self._lock:
            if value is None:
                self._gauges.pop((namespace, name, dimensions), None)
            else:
                self._gauges[namespace, name, dimensions] = value

    def flush(self) -> None:
        """Publish now."""
        with self._lock:
            counts, self._counts = self._counts, Counter()
            values = {**{key: float(count) for key, count in counts.items()}, **self._gauges}
        for namespace in {key[0] for key in values}:
            data: list[MetricDatumTypeDef] = [
                {
                    "MetricName": name,
                    "Dimensions": [{"Name": each, "Value": value} for each, value in dimensions],
                    "Value": number,
                    "Unit": "Count",
                }
                for (its, name, dimensions), number in values.items()
                if its == namespace
            ]
            try:
                for start in range(0, len(data), _MOST_AT_ONCE):
                    self._cloudwatch.put_metric_data(
                        Namespace=namespace, MetricData=data[start : start + _MOST_AT_ONCE]
                    )
                self.error = ""
            except (ClientError, BotoCoreError) as error:
                self.error = str(error)
                with self._lock:
                    # What was not told is told next time.
                    self._counts.update({key: count for key, count in counts.items() if key[0] == namespace})

    def _run(self) -> None:
        while not self._stop.wait(self._seconds):
            self.flush()
        self.flush()
