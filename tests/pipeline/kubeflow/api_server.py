"""The part of Kubeflow Pipelines' REST interface (v2beta1) that we use, in this process.

It refuses what the real one refuses: paths and queries it does not have, bodies with unknown keys or without
what is needed. It runs nothing: a test says beforehand what the next run goes through.
"""

import contextlib
import dataclasses
import http.server
import json
import re
import threading
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import kfp_server_api
import pytest
from google.protobuf import json_format
from kfp.pipeline_spec import pipeline_spec_pb2

Json = dict[str, Any]
EPOCH = "1970-01-01T00:00:00Z"


@dataclasses.dataclass
class Refusal(Exception):
    """An answer that is an error."""

    status: int
    message: str
    code: int = 3


@dataclasses.dataclass
class ApiServer:
    """What the server remembers, and what a test makes of it.

    Attributes:
        url: its address.
        token: that it asks for, if any.
        requests: method and path of all, in their order.
        bodies: of the requests that had one.
        stories: for every run to come, the states of its tasks each time it is asked for; "" as name stands
            for the run itself.
        broken: what requests that begin so (method and path) are answered instead, one after the other: a
            status and a text.
        experiments, runs, recurring: by id.
        telling: what is left of the stories, by run.
    """

    url: str = ""
    token: str | None = None
    requests: list[str] = dataclasses.field(default_factory=list)
    bodies: list[Json] = dataclasses.field(default_factory=list)
    stories: list[list[dict[str, str]]] = dataclasses.field(default_factory=list)
    broken: dict[str, list[tuple[int, str]]] = dataclasses.field(default_factory=dict)
    experiments: dict[str, Json] = dataclasses.field(default_factory=dict)
    runs: dict[str, Json] = dataclasses.field(default_factory=dict)
    recurring: dict[str, Json] = dataclasses.field(default_factory=dict)
    telling: dict[str, list[dict[str, str]]] = dataclasses.field(default_factory=dict)

    def answer(self, method: str, target: str, body: Json | None, token: str | None) -> Json:
        """What the server says to one request.

        Raises:
            Refusal: if that is an error.
        """
        parts = urlsplit(target)
        if self.token is not None and token != f"Bearer {self.token}":
            raise Refusal(401, "Unauthenticated: the token is not valid", 16)
        for pattern, handler, queries in self._routes():
            match = re.fullmatch(pattern, f"{method} {parts.path.removeprefix('/apis/v2beta1')}")
            if match and parts.path.startswith("/apis/v2beta1/"):
                query = dict(parse_qsl(parts.query))
                if unknown := query.keys() - queries:
                    raise Refusal(400, f"unknown query {unknown}")
                return handler(*match.groups(), **({"body": body} if body is not None else query))
        raise Refusal(404, "", 0)

    def _routes(self) -> list[tuple[str, Callable[..., Json], set[str]]]:
        paging = {"page_size", "page_token", "sort_by", "filter", "namespace"}
        return [
            (r"GET /experiments", self._list_experiments, paging),
            (r"POST /experiments", self._create_experiment, set()),
            (r"GET /runs", self._list_runs, paging | {"experiment_id"}),
            (r"POST /runs", self._create_run, set()),
            (r"GET /runs/([^/:]+)", self._run, set()),
            (r"GET /recurringruns", self._list_recurring, paging | {"experiment_id"}),
            (r"POST /recurringruns", self._create_recurring, set()),
            (r"DELETE /recurringruns/([^/:]+)", self._delete_recurring, set()),
            (r"POST /recurringruns/([^/:]+):(enable|disable)", self._switch_recurring, set()),
        ]

    def _list_experiments(self, filter: str = "", namespace: str = "", **_: str) -> Json:
        [predicate] = json.loads(filter)["predicates"]
        if (predicate["operation"], predicate["key"]) != ("EQUALS", "display_name"):
            raise Refusal(400, "this filter is not made here")
        wanted = {"display_name": predicate["stringValue"], **({"namespace": namespace} if namespace else {})}
        found = [told for told in self.experiments.values() if wanted.items() <= told.items()]
        return {"experiments": found, "total_size": len(found)} if found else {}

    def _create_experiment(self, body: Json) -> Json:
        check(body, kfp_server_api.V2beta1Experiment, "display_name")
        made = {"experiment_id": f"experiment-{len(self.experiments) + 1}", **body}
        self.experiments[made["experiment_id"]] = made
        return made

    def _list_runs(self, experiment_id: str, page_size: str, sort_by: str) -> Json:
        if sort_by != "created_at desc":
            raise Refusal(400, f"Invalid sorting field: {sort_by}")
        found = [run for run in self.runs.values() if run["experiment_id"] == experiment_id]
        return {"runs": found[::-1][: int(page_size)], "total_size": len(found)} if found else {}

    def _create_run(self, body: Json) -> Json:
        self._check_run(body, kfp_server_api.V2beta1Run)
        number = len(self.runs) + 1
        made = {
            "run_id": f"run-{number}",
            **body,
            "state": "PENDING",
            "created_at": f"2026-03-{number:02}T03:00:00Z",
            "finished_at": EPOCH,
        }
        self.telling[made["run_id"]] = self.stories.pop(0) if self.stories else []
        self.runs[made["run_id"]] = made
        return made

    def _run(self, run_id: str) -> Json:
        if run_id not in self.runs:
            raise Refusal(404, f"Failed to get a run: Run {run_id} not found", 5)
        run, story = self.runs[run_id], self.telling[run_id]
        if story:
            states = dict(story.pop(0))
            run["state"] = states.pop("", "RUNNING")
            if run["state"] != "RUNNING":
                run["finished_at"] = run["created_at"].replace("03:00:00", "03:05:00")
            run["run_details"] = {"task_details": [detail(run, *told) for told in states.items()]}
        return run

    def _list_recurring(self, experiment_id: str, page_size: str, page_token: str = "0") -> Json:
        """Two a page, however many are asked for, so that the last page is not the first."""
        found = [run for run in self.recurring.values() if run["experiment_id"] == experiment_id]
        begin = int(page_token)
        page = {"recurringRuns": found[begin : begin + 2]} if found[begin:] else {}
        return {**page, **({"next_page_token": str(begin + 2)} if found[begin + 2 :] else {})}

    def _create_recurring(self, body: Json) -> Json:
        self._check_run(body, kfp_server_api.V2beta1RecurringRun)
        check(body["trigger"], kfp_server_api.V2beta1Trigger, "cron_schedule")
        check(body["trigger"]["cron_schedule"], kfp_server_api.V2beta1CronSchedule, "cron")
        if len(body["trigger"]["cron_schedule"]["cron"].split()) != 6:
            raise Refusal(400, "Schedule cron is not supported")
        if not 1 <= int(body.get("max_concurrency", 0)) <= 10:
            raise Refusal(400, "The max concurrency of the recurring run is out of range")
        made = {"recurring_run_id": f"recurring-{len(self.requests)}", **body}
        self.recurring[made["recurring_run_id"]] = made
        return self._switched(made, body["mode"] == "ENABLE")

    def _switch_recurring(self, recurring_id: str, to: str) -> Json:
        self._switched(self._recurring(recurring_id), to == "enable")
        return {}

    def _delete_recurring(self, recurring_id: str) -> Json:
        self._recurring(recurring_id)
        del self.recurring[recurring_id]
        return {}

    def _recurring(self, recurring_id: str) -> Json:
        if recurring_id not in self.recurring:
            raise Refusal(404, f"Recurring run {recurring_id} not found", 5)
        return self.recurring[recurring_id]

    def _switched(self, recurring_run: Json, enabled: bool) -> Json:
        recurring_run["mode"] = "ENABLE" if enabled else "DISABLE"
        recurring_run["status"] = "ENABLED" if enabled else "DISABLED"
        return recurring_run

    def _check_run(self, body: Json, model: Any) -> None:
        check(body, model, "display_name", "experiment_id", "pipeline_spec", "runtime_config")
        check(body["runtime_config"], kfp_server_api.V2beta1RuntimeConfig)
        if body["experiment_id"] not in self.experiments:
            raise Refusal(404, f"Experiment {body['experiment_id']} not found", 5)
        pipeline = body["pipeline_spec"].get("pipeline_spec", body["pipeline_spec"])
        try:
            json_format.ParseDict(pipeline, pipeline_spec_pb2.PipelineSpec())
        except json_format.ParseError as error:
            raise Refusal(400, f"invalid v2 pipeline spec: {error}") from None
        known = pipeline["root"].get("inputDefinitions", {}).get("parameters", {})
        if unknown := body["runtime_config"].get("parameters", {}).keys() - known.keys():
            raise Refusal(400, f"parameter {', '.join(unknown)} is not found in the pipeline")


def check(body: Json, model: Any, *needed: str) -> None:
    """Refuses keys that a message does not have, and a message without what it needs."""
    if unknown := body.keys() - model.attribute_map.values():
        raise Refusal(400, f"proto: unknown field {', '.join(sorted(unknown))}")
    if missing := [name for name in needed if not body.get(name)]:
        raise Refusal(400, f"Invalid input error: {', '.join(missing)} is empty")


def detail(run: Json, name: str, state: str) -> Json:
    """A task that takes 90 seconds, or has not ended."""
    times = {clock: run["created_at"].replace("03:00:00", clock) for clock in ("03:01:00", "03:02:30")}
    return {
        "run_id": run["run_id"],
        "task_id": f"{run['run_id']}-{name}",
        "display_name": name,
        "create_time": run["created_at"],
        "start_time": times["03:01:00"],
        "end_time": "0001-01-01T00:00:00Z" if state == "RUNNING" else times["03:02:30"],
        "state": state,
    }


@contextlib.contextmanager
def serving(api: ApiServer) -> Iterator[ApiServer]:
    """Answers on a port of this machine."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def _handle(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            request = f"{self.command} {urlsplit(self.path).path}"
            api.requests.append(request)
            if body is not None:
                api.bodies.append(body)
            for beginning, answers in api.broken.items():
                if request.startswith(beginning) and answers:
                    return self._send(*answers.pop(0))
            try:
                told = api.answer(self.command, self.path, body, self.headers.get("Authorization"))
            except Refusal as refusal:
                said = {"error": refusal.message, "code": refusal.code, "message": refusal.message}
                text = json.dumps({**said, "details": []}) if refusal.message else "404 page not found"
                return self._send(refusal.status, text)
            return self._send(200, json.dumps(told))

        def _send(self, status: int, text: str) -> None:
            content = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            if 300 <= status < 400:
                self.send_header("Location", "/log-in")
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_DELETE = _handle

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        api.url = f"http://127.0.0.1:{server.server_port}"
        try:
            yield api
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def kubeflow() -> Iterator[ApiServer]:
    """A new server, on which there is nothing."""
    with serving(ApiServer()) as api:
        yield api
