"""The lines that CloudWatch Logs gets of an invocation: the platform's around the function's own."""

import json
from typing import Any

from sandbox.aws.functions.process import Function, Invocation, now_text


def report(function: Function, done: Invocation) -> list[str]:
    """START, END and REPORT as text, or their events when the function logs JSON."""
    milliseconds, billed = done.seconds * 1000, int(done.seconds * 1000) + 1
    init = done.init_seconds * 1000
    if function.json_logs:
        metrics = {
            "durationMs": round(milliseconds, 3),
            "billedDurationMs": billed,
            "memorySizeMB": function.memory,
            "initDurationMs": round(init, 3),
        }
        return [
            _event(done, "start", version=function.version),
            *done.output,
            _event(done, "report", status="error" if done.failed else "success", metrics=metrics),
        ]
    return [
        f"START RequestId: {done.request_id} Version: {function.version}",
        *done.output,
        f"END RequestId: {done.request_id}",
        f"REPORT RequestId: {done.request_id}\tDuration: {milliseconds:.2f} ms\tBilled Duration: {billed} ms\t"
        f"Memory Size: {function.memory} MB\tInit Duration: {init:.2f} ms",
    ]


def _event(done: Invocation, kind: str, **record: Any) -> str:
    body = {"requestId": done.request_id, **record}
    return json.dumps({"time": now_text(), "type": f"platform.{kind}", "record": body})
