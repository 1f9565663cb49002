"""An operator that runs one of the platform's CronJobs, such as a project of dbt, as a Job, and waits for its end.

    from platform_jobs import PlatformJob
    PlatformJob(task_id="models", job="dbt-sales")

What the Job does and with which rights is what its CronJob says; a DAG can change nothing of it. Variable `platform_jobs`
has the names that there are.
"""

import hashlib
import json
import ssl
import time
import urllib.error
import urllib.request

from airflow.sdk import BaseHook, BaseOperator, Variable
from airflow.sdk.exceptions import AirflowException, AirflowFailException

AUTHORITY = "/etc/platform-ca/ca.crt"


class PlatformJob(BaseOperator):
    """
    :param job: name of the CronJob
    :param patience: seconds to wait for another run of it to end, or for its server to answer again
    """

    template_fields = ("job",)
    ui_color = "#d5e8d4"

    def __init__(self, *, job, patience=1800, **kwargs):
        super().__init__(**kwargs)
        self.job = job
        self.patience = patience

    def execute(self, context):
        jobs = Variable.get("platform_jobs", deserialize_json=True)
        if self.job not in jobs:
            raise AirflowFailException(f"there is no job {self.job}; allowed: {', '.join(sorted(jobs))}")
        server = Server(BaseHook.get_connection(jobs[self.job]))
        path = f"/jobs/{self.job}/runs/{name_of(context['ti'])}"
        started = self._until(lambda: server.ask("PUT", path), (200, 201))
        self.log.info("Job %s", started["job"])
        while True:
            told = self._until(lambda: server.ask("GET", path), (200,))
            if told["state"] != "running":
                break
            time.sleep(5)
        for line in told["log"].splitlines():
            self.log.info("%s", line)
        if told["state"] == "failed":
            # It may have done half of its work: that is for somebody who has looked.
            raise AirflowFailException(f"Job {told['job']} failed; its log is above")
        return told["job"]

    def _until(self, ask, good):
        """Asks until there is a good answer. Another run, and a server that does not answer, are waited for."""
        deadline = time.monotonic() + self.patience
        while True:
            status, answer = ask()
            if status in good:
                return answer
            if status not in (0, 409, 502, 503):
                raise AirflowFailException(f"{status}: {answer.get('error')}")
            if time.monotonic() > deadline:
                raise AirflowException(f"not within {self.patience} s: {answer.get('error')}")
            self.log.info("waiting: %s", answer.get("error"))
            time.sleep(10)


class Server:
    """What starts Jobs in another namespace."""

    def __init__(self, connection):
        self.url = f"https://{connection.host}:{connection.port}"
        self.headers = {"Authorization": f"Bearer {connection.password}"}
        self.context = ssl.create_default_context(cafile=AUTHORITY)

    def ask(self, method, path):
        """Status and answer; status 0 when there is none."""
        request = urllib.request.Request(f"{self.url}{path}", method=method, headers=self.headers)
        try:
            with urllib.request.urlopen(request, timeout=60, context=self.context) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as error:
            try:
                return error.code, json.loads(error.read())
            except ValueError:
                return error.code, {"error": error.reason}
        except OSError as error:
            return 0, {"error": str(error)}


def name_of(ti):
    """The same for the same try, whoever asks and how often; another for the next try."""
    text = f"{ti.dag_id}/{ti.run_id}/{ti.task_id}/{ti.map_index}/{ti.try_number}"
    return hashlib.sha256(text.encode()).hexdigest()[:16]
