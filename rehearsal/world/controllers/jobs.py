"""Jobs and CronJobs: pods that run to their end, once or by the clock."""

from __future__ import annotations

from datetime import UTC, datetime

from rehearsal.server.core import Core
from rehearsal.server.objects.resources import Object, clone
from rehearsal.times import stamp
from rehearsal.world import pods as pod
from rehearsal.world.control import Control, going, owned_by, owner_reference
from rehearsal.world.events import Recorder


class Jobs:
    """Reconciles every Job: one pod that must succeed, tried again up to ``backoffLimit`` times."""

    def __init__(self, core: Core) -> None:
        self._control = Control(core, "kube-controller-manager")
        self._recorder = Recorder(core, "job-controller")

    def step(self) -> None:
        """Start what is due, note what has ended."""
        pods = self._control.all("Pod")
        for job in self._control.all("Job"):
            if going(job) or _done(job):
                continue
            self._reconcile(job, [one for one in pods if owned_by(one, job)])

    def _reconcile(self, job: Object, own: list[Object]) -> None:
        active = [one for one in own if pod.is_active(one)]
        succeeded = sum(1 for one in own if one["status"].get("phase") == "Succeeded")
        failed = sum(1 for one in own if one["status"].get("phase") == "Failed")
        status = dict(job.get("status") or {})
        status |= {"active": len(active), "succeeded": succeeded, "failed": failed}
        status.setdefault("startTime", stamp(self._control.now))
        if job["spec"]["suspend"]:
            for one in active:
                self._control.delete(one)
        elif succeeded:
            self._finish(job, status, "Complete", "Completed", "Job completed")
        elif failed > job["spec"]["backoffLimit"]:
            why = "Job has reached the specified backoff limit"
            self._finish(job, status, "Failed", "BackoffLimitExceeded", why)
        elif not active:
            made = self._control.create(
                "Pod", job["metadata"]["namespace"], pod.from_template(job, job["spec"]["template"])
            )
            if made:
                self._recorder.normal(job, "SuccessfulCreate", f"Created pod: {made['metadata']['name']}")
        self._control.set_status(job, {key: value for key, value in status.items() if value})

    def _finish(self, job: Object, status: Object, kind: str, reason: str, message: str) -> None:
        at = stamp(self._control.now)
        status["conditions"] = [
            {"type": kind, "status": "True", "reason": reason, "message": message, "lastTransitionTime": at}
        ]
        if kind == "Complete":
            status["completionTime"] = at
            self._recorder.normal(job, reason, message)
        else:
            self._recorder.warning(job, reason, message)


def _done(job: Object) -> bool:
    conditions = (job.get("status") or {}).get("conditions") or []
    return any(each["type"] in ("Complete", "Failed") for each in conditions)


class CronJobs:
    """Starts Jobs by the clock."""

    def __init__(self, core: Core) -> None:
        self._control = Control(core, "kube-controller-manager")
        self._recorder = Recorder(core, "cronjob-controller")
        self._seen = int(core.clock.now() // 60)

    def step(self) -> None:
        """Start the Jobs of every minute that has begun since the last look."""
        minute = int(self._control.now // 60)
        for due in range(self._seen + 1, minute + 1):
            for cron in self._control.all("CronJob"):
                if not going(cron) and not cron["spec"]["suspend"] and matches(cron["spec"]["schedule"], due * 60):
                    self._start(cron, due)
        self._seen = minute

    def _start(self, cron: Object, minute: int) -> None:
        name = f"{cron['metadata']['name']}-{minute}"
        body = {
            "metadata": {"name": name, "ownerReferences": [owner_reference(cron)]},
            "spec": clone(cron["spec"]["jobTemplate"]["spec"]),
        }
        job = self._control.create("Job", cron["metadata"]["namespace"], body)
        if job:
            self._recorder.normal(cron, "SuccessfulCreate", f"Created job {name}")
            self._control.set_status(cron, (cron.get("status") or {}) | {"lastScheduleTime": stamp(minute * 60)})


def matches(schedule: str, at: float) -> bool:
    """Whether a cron schedule of five fields fires in the minute of ``at`` (UTC)."""
    moment = datetime.fromtimestamp(at, UTC)
    values = (moment.minute, moment.hour, moment.day, moment.month, moment.isoweekday() % 7)
    return all(_field(field, value) for field, value in zip(schedule.split(), values, strict=True))


def _field(field: str, value: int) -> bool:
    for part in field.split(","):
        span, _, step = part.partition("/")
        low, _, high = span.partition("-")
        every = int(step or 1)
        first = 0 if low == "*" else int(low)
        last = int(high) if high else (first if low != "*" and not step else 10**6)
        if first <= value <= last and (value - first) % every == 0:
            return True
    return False
