"""Commands and addresses that are told."""

import contextlib
import http.server
import json
import socket
import threading

import pytest

from models.errors import UserError
from pipeline.schedule import hooks
from pipeline.schedule.hooks import check_hooks, tell
from pipeline.schedule.settings import ScheduleSettings

EVENT = {"outcome": "pushed", "version": 7, "reason": "", "run_id": None, "text": "pushed version 7"}


class _Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.received.append((self.path, self.headers["Content-Type"], json.loads(body)))
        if self.path == "/slow":
            self.server.gone.wait()
            return
        self.send_response(int(self.path.rpartition("/")[2]))
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def receiver(monkeypatch):
    """A web server: POST /200 answers 200, and so on; /slow does not answer."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Receiver) as server:
        server.received, server.gone = [], threading.Event()
        server.address = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.gone.set()
        server.shutdown()
        thread.join()


@pytest.fixture
def told(tmp_path):
    """Tells `on_push`: why that failed."""

    def told(hook, outcome="pushed"):
        return tell(ScheduleSettings(on_push=hook), outcome, EVENT, tmp_path / "log")

    return told


def test_address(told, receiver):
    assert told(f"{receiver.address}/hooks/200") == ""
    assert receiver.received == [("/hooks/200", "application/json", EVENT)]


def test_address_that_refuses(told, receiver):
    failure = told(f"{receiver.address}/secret/403")
    assert failure == "schedule.on_push could not be told: HTTPError: 403 Forbidden"


def test_address_that_does_not_answer(told, receiver, monkeypatch):
    monkeypatch.setattr(hooks, "TIMEOUT_SECONDS", 0.2)
    assert told(f"{receiver.address}/slow").partition(": ")[2] in ("TimeoutError", "it took longer than 0 s")


def test_address_that_answers_drop_by_drop(told, monkeypatch):
    """Every wait is short, and all of them together would never end."""
    monkeypatch.setattr(hooks, "TIMEOUT_SECONDS", 0.3)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    done = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def drip():
            connection, _ = server.accept()
            with connection, contextlib.suppress(OSError):
                connection.sendall(b"HTTP/1.1 200 OK\r\nX: ")
                while not done.wait(0.05):
                    connection.sendall(b"x")

        dripping = threading.Thread(target=drip)
        dripping.start()
        failure = told(f"http://127.0.0.1:{server.getsockname()[1]}/")
        done.set()
        dripping.join()
    assert failure == "schedule.on_push could not be told: it took longer than 0 s"


@pytest.mark.parametrize(
    "hook",
    ["http://127.0.0.1:1/s3cr3t key", "http://s3cr3t.invalid/x", "http://127.0.0.1:s3cr3t/", "/opt/s3cr3t x"],
)
def test_failure_does_not_repeat_the_hook(told, hook, monkeypatch):
    monkeypatch.setenv("no_proxy", "*")
    failure = told(hook)
    assert failure.startswith("schedule.on_push could not be told: ")
    assert "s3cr3t" not in failure


@pytest.mark.parametrize("address", ["http://127.0.0.1:1/x", "http://", "https://nobody.invalid:x/"])
def test_address_where_nobody_is(told, address, monkeypatch):
    monkeypatch.setenv("no_proxy", "*")
    assert told(address).startswith("schedule.on_push could not be told: ")


def test_command_is_told_in_two_ways(told, tmp_path):
    script = tmp_path / "hook"
    script.write_text(
        f"#!/bin/sh\ncat > {tmp_path}/input\nenv | grep AUTONCF_ > {tmp_path}/variables\necho done $1\n"
    )
    script.chmod(0o755)
    assert told(f"{script} 'two words'") == ""
    assert json.loads((tmp_path / "input").read_text()) == EVENT
    variables = (tmp_path / "variables").read_text().splitlines()
    assert set(variables) >= {
        "AUTONCF_OUTCOME=pushed",
        "AUTONCF_VERSION=7",
        "AUTONCF_RUN_ID=",
        "AUTONCF_TEXT=pushed version 7",
    }
    assert (tmp_path / "log").read_text() == "done two words\n"


def test_command_that_fails(told):
    failure = told("sh -c 'echo one >&2; echo no such list >&2; exit 4'")
    assert failure == "schedule.on_push could not be told: exit status 4: no such list"


def test_command_that_takes_too_long(told, monkeypatch):
    monkeypatch.setattr(hooks, "TIMEOUT_SECONDS", 0.2)
    assert "it took longer than 0 s and was ended" in told("sleep 60")


def test_command_that_has_gone(told):
    assert "No such file" in told("/opt/gone")


def test_nobody_to_tell(told, tmp_path):
    assert told(None) == ""
    assert told("false", outcome="kept") == ""


@pytest.mark.parametrize(
    ("hook", "words"),
    [
        ("echo 'a", "mend the quotes"),
        ("no-such-program -x", "no such program"),
        (" ", "no such program"),
        ("https://chat.example/s3cr3t key", "is no address"),
        ("https://chat.example:s3cr3t/", "is no address"),
        ("https://chat.example/ü", "is no address"),
        ("http://", "is no address"),
    ],
)
def test_mistakes(hook, words):
    with pytest.raises(UserError, match=rf"schedule\.on_failure = .*{words}"):
        check_hooks(ScheduleSettings(on_failure=hook))


def test_hooks_that_can_be_told():
    check_hooks(
        ScheduleSettings(on_failure="sh -c 'mail -s \"no model\" us'", on_push="https://chat.example/x")
    )
