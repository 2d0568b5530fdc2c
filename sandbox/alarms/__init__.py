"""The deployed alarms, evaluated: metric filters over the shipped logs, metric math, and composites.

``evaluate(lambda service: boto3.client(service, …))`` gives a verdict for each alarm, by CloudWatch's documented
rules. What is not understood is an error that names it.
"""

from sandbox.alarms.errors import UnsupportedError
from sandbox.alarms.evaluation import AlarmVerdict, evaluate

__all__ = ["AlarmVerdict", "UnsupportedError", "evaluate"]
