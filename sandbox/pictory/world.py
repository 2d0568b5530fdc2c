"""Everything the stand-in knows: resources of all accounts, and how it behaves just now."""

from collections import defaultdict
from dataclasses import dataclass

from sandbox.pictory.jobs import Job, Kind, Version
from sandbox.pictory.store import Store
from sandbox.pictory.usage import Usage
from sandbox.pictory.values import JsonObject, job_id


@dataclass(kw_only=True)
class Behaviour:
    """What the admin side can change at any time; all durations in seconds."""

    job_seconds: float = 6.0
    delay_seconds: float = 0.0
    token_seconds: float = 3600.0
    failing_jobs: int = 0
    """So many of the next jobs end as failed."""


class World:
    """Resources by kind, and each account's usage."""

    def __init__(self, behaviour: Behaviour) -> None:
        self.behaviour = behaviour
        self.jobs: Store[Job] = Store("JOB")
        self.projects: Store[JsonObject] = Store("PROJECT")
        self.templates: Store[JsonObject] = Store("TEMPLATE")
        self.aws_connections: Store[JsonObject] = Store("CONNECTION")
        self.vimeo_connections: Store[JsonObject] = Store("CONNECTION")
        self.voices: Store[JsonObject] = Store("VOICE")
        self.usage: defaultdict[str, Usage] = defaultdict(Usage)

    def start_job(
        self,
        *,
        account: str,
        kind: Kind,
        name: str,
        now: float,
        request: JsonObject,
        video_seconds: float = 1.0,
        credits: float = 0.0,
        version: Version = "v2",
        render_params: JsonObject | None = None,
    ) -> Job:
        """Begin a job that takes as long as jobs take just now."""
        fails = self.behaviour.failing_jobs > 0
        if fails:
            self.behaviour.failing_jobs -= 1
        job = Job(
            id=job_id(), account=account, kind=kind, name=name, started=now, seconds=self.behaviour.job_seconds,
            fails=fails, request=request, video_seconds=video_seconds, credits=credits, version=version,
            render_params=render_params or {},
        )  # fmt: skip
        self.jobs.put(account, job.id, job)
        return job
