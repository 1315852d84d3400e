"""What we ask of a Kubeflow Pipelines server."""

import json
import os
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from models.errors import UserError
from pipeline.kubeflow.package import Package
from pipeline.kubeflow.run_order import RunOrder
from pipeline.kubeflow.run_state import RecurringRun, Run
from pipeline.kubeflow.server import Server
from pipeline.kubeflow.server_errors import NotFound

_PAGE_SIZE = 100
_LATEST = 20
"""Runs of which some may be under way; each comes with its whole pipeline."""


class Client:
    """Runs and recurring runs of one experiment.

    All methods raise as `pipeline.kubeflow.server.Server.get`.

    Args:
        server: to ask.
        experiment: its name; `create_run` and `create_recurring_run` make it if it is not there.
        namespace: of Kubernetes, on servers that many share; None on others.
    """

    def __init__(self, server: Server, experiment: str, namespace: str | None = None):
        self._server = server
        self._experiment = experiment
        self._namespace = namespace

    @property
    def namespace(self) -> str:
        """Of Kubernetes, where the pods of runs are."""
        return self._namespace or "kubeflow"

    def page(self, run_id: str) -> str:
        """The address of a run's page, below KF_PIPELINES_UI_ENDPOINT where that is another than the host."""
        return f"{os.environ.get('KF_PIPELINES_UI_ENDPOINT', self._server.host)}/#/runs/details/{run_id}"

    def create_run(self, name: str, package: Package, order: RunOrder) -> str:
        """Begins a run.

        Returns:
            its id.
        """
        body = {**self._body(name, package, order), "experiment_id": self._made_experiment_id()}
        return Run.model_validate(self._server.post("/runs", body)).run_id

    def run(self, run_id: str) -> Run:
        """One run, with its tasks.

        Raises:
            UserError: if there is none.
        """
        try:
            return Run.model_validate(self._server.get(f"/runs/{quote(run_id, safe='')}"))
        except NotFound:
            raise UserError(
                f"--run {run_id}: the server knows no such run; `autoncf kubeflow status` lists the latest."
            ) from None

    def latest_runs(self, count: int) -> list[Run]:
        """The newest first.

        Raises:
            UserError: if there is no such experiment.
        """
        query = {"experiment_id": self._experiment_id(), "page_size": count, "sort_by": "created_at desc"}
        return [Run.model_validate(run) for run in self._server.get("/runs", **query).get("runs", [])]

    def runs_under_way(self, root: str) -> list[Run]:
        """Those of a deployment among the latest, the newest first; none if there is no such experiment."""
        runs = self.latest_runs(_LATEST) if self.has_experiment() else []
        return [run for run in runs if run.is_under_way and run.root == root]

    def recurring_runs(self) -> list[RecurringRun]:
        """All of them.

        Raises:
            UserError: if there is no such experiment.
        """
        return [RecurringRun.model_validate(run) for run in self._recurring_runs(self._experiment_id())]

    def create_recurring_run(self, name: str, package: Package, order: RunOrder, cron: str) -> str:
        """Makes one that begins no runs until it is enabled.

        Args:
            name: several may have the same.
            package: what its runs run.
            order: with what.
            cron: six fields, seconds first.

        Returns:
            its id.
        """
        body = {
            **self._body(name, package, order),
            "experiment_id": self._made_experiment_id(),
            "trigger": {"cron_schedule": {"cron": cron}},
            "mode": "DISABLE",
            "max_concurrency": "1",  # a 64-bit number, which is text in the JSON of protocol buffers
            "no_catchup": True,
        }
        return RecurringRun.model_validate(self._server.post("/recurringruns", body)).recurring_run_id

    def enable(self, recurring_run_id: str) -> None:
        """From now on it begins runs."""
        self._server.post(f"/recurringruns/{recurring_run_id}:enable")

    def disable(self, recurring_run_id: str) -> None:
        """From now on it begins none."""
        self._server.post(f"/recurringruns/{recurring_run_id}:disable")

    def delete_recurring_run(self, recurring_run_id: str) -> None:
        """Its runs stay."""
        self._server.delete(f"/recurringruns/{recurring_run_id}")

    def has_experiment(self) -> bool:
        """Whether it has been made."""
        return self._found_experiment_id() is not None

    def _experiment_id(self) -> str:
        found = self._found_experiment_id()
        if found is None:
            where = f" in the namespace {self._namespace}" if self._namespace else ""
            raise UserError(
                f"--experiment {self._experiment}: there is no such experiment{where}; `autoncf kubeflow "
                "submit` makes it."
            )
        return found

    def _made_experiment_id(self) -> str:
        found = self._found_experiment_id()
        if found is not None:
            return found
        namespace = {"namespace": self._namespace} if self._namespace else {}
        made = self._server.post("/experiments", {"display_name": self._experiment, **namespace})
        return made["experiment_id"]

    def _found_experiment_id(self) -> str | None:
        by_name = {"operation": "EQUALS", "key": "display_name", "stringValue": self._experiment}
        query = {"filter": json.dumps({"predicates": [by_name]}), "namespace": self._namespace}
        found = self._server.get("/experiments", **query).get("experiments", [])
        return found[0]["experiment_id"] if found else None

    def _recurring_runs(self, experiment_id: str) -> Iterator[dict[str, Any]]:
        token: str | None = None
        while token != "":
            query = {"experiment_id": experiment_id, "page_size": _PAGE_SIZE, "page_token": token}
            page = self._server.get("/recurringruns", **query)
            yield from page.get("recurringRuns", [])
            token = page.get("next_page_token", "")

    @staticmethod
    def _body(name: str, package: Package, order: RunOrder) -> dict[str, Any]:
        return {
            "display_name": name,
            "pipeline_spec": package.specification,
            "runtime_config": order.runtime_config(package.root),
        }
