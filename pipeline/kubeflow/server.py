"""Requests to a Kubeflow Pipelines server."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import kfp_server_api
import urllib3

from models.errors import UserError
from pipeline.kubeflow.server_errors import NotFound, ServerFailed, ServerUnreachable

CONNECT_SECONDS = 10
ANSWER_SECONDS = 60

_API = "/apis/v2beta1"


class Server:
    """The REST interface (v2beta1) of one server, by the client below `kfp.Client`.

    `kfp.Client` itself knows no limits of time: an address that nobody answers at keeps it for minutes, and a
    token that is refused for half a minute, with a traceback for each of five attempts.

    Args:
        host: such as "https://kubeflow.example.com/pipeline".
        token_file: with a bearer token, read again for every request, as those that Kubernetes gives to a pod
            are replaced every hour; None sends none.
        tls_ca: PEM file of the authorities to trust; None trusts the public ones.

    Raises:
        UserError: if the address is none, or a file cannot be read.
    """

    def __init__(self, host: str, token_file: Path | None = None, tls_ca: Path | None = None):
        self.host = _address(host)
        settings = kfp_server_api.Configuration(host=self.host)
        settings.retries = urllib3.Retry(0, redirect=False)
        if tls_ca is not None:
            if not tls_ca.is_file():
                raise UserError(f"--tls-ca {tls_ca}: there is no such file; give a PEM file of authorities.")
            settings.ssl_ca_cert = str(tls_ca)
        if token_file is not None:
            settings.api_key["authorization"] = _token(token_file)
            settings.api_key_prefix["authorization"] = "Bearer"
            settings.refresh_api_key_hook = lambda to: to.api_key.update(authorization=_token(token_file))
        self._has_token = token_file is not None
        self._client = kfp_server_api.ApiClient(settings)

    def get(self, path: str, **query: object) -> dict[str, Any]:
        """Asks for something; keys of the query that are None are left out.

        Raises:
            UserError: if the request is refused: by its token, or for what it asks.
            NotFound: if there is no such thing.
            ServerUnreachable: if nothing answers.
            ServerFailed: if the answer is an error of the server, or takes longer than a minute.
        """
        return self._call("GET", path, query=query)

    def post(self, path: str, body: Mapping[str, object] | None = None) -> dict[str, Any]:
        """Makes something; raises as `get`."""
        return self._call("POST", path, body=body)

    def delete(self, path: str) -> None:
        """Raises as `get`."""
        self._call("DELETE", path)

    def _call(self, method: str, path: str, **sent: Any) -> dict[str, Any]:
        query = [(key, value) for key, value in sent.get("query", {}).items() if value is not None]
        try:
            answer = self._client.call_api(
                _API + path,
                method,
                query_params=query,
                header_params={"Accept": "application/json"},
                body=sent.get("body"),
                response_type="object",
                auth_settings=["Bearer"],
                _return_http_data_only=True,
                _request_timeout=(CONNECT_SECONDS, ANSWER_SECONDS),
            )
        except kfp_server_api.ApiException as error:
            raise self._refusal(error) from None
        except urllib3.exceptions.HTTPError as error:
            raise self._silence(getattr(error, "reason", None) or error) from None
        if not isinstance(answer, dict):
            raise self._not_kubeflow()
        return answer

    def _refusal(self, error: kfp_server_api.ApiException) -> Exception:
        status, message = error.status, _message(error.body)
        if status in (401, 403):
            remedy = (
                "give a token that is valid and may do this"
                if self._has_token
                else "give a file with a token, --token-file"
            )
            return UserError(f"--host {self.host}: refuses access ({status} {error.reason}); {remedy}.")
        if message is None and status < 500:
            return self._not_kubeflow()
        if status == 404:
            return NotFound(f"{self.host}: {message}")
        if status < 500:
            return UserError(f"{self.host}: refuses this: {message}")
        return ServerFailed(
            f"{self.host}: fails ({status} {error.reason}): {message or 'it does not say why'}; its own log "
            "tells more: `kubectl logs --namespace kubeflow deployment/ml-pipeline`."
        )

    def _silence(self, reason: Exception) -> Exception:
        if isinstance(reason, urllib3.exceptions.SSLError):
            return UserError(
                f"--host {self.host}: its certificate is not trusted ({reason}); give the authority's with "
                "--tls-ca."
            )
        if isinstance(reason, urllib3.exceptions.ReadTimeoutError):
            return ServerFailed(f"{self.host}: does not answer within {ANSWER_SECONDS} s; try again later.")
        return ServerUnreachable(
            f"--host {self.host}: cannot be reached ({_plain(reason)}); check the address, and that "
            "`kubectl port-forward` runs if it is one of this machine."
        )

    def _not_kubeflow(self) -> UserError:
        log_in = "" if self._has_token else ", or give --token-file if what answers is a log-in"
        return UserError(
            f"--host {self.host}: answers, but not as Kubeflow Pipelines 2 does; give the address under "
            f"which {_API}/healthz is found, such as http://localhost:8080{log_in}."
        )


def _address(host: str) -> str:
    parts = urlsplit(host)
    try:
        valid = parts.scheme in ("http", "https") and parts.hostname and (parts.port or True)
    except ValueError:  # a port that is no number
        valid = False
    if not valid:
        raise UserError(f"--host {host!r}: is no address; write it as http://localhost:8080.")
    return host.rstrip("/")


def _token(file: Path) -> str:
    try:
        token = file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"--token-file {file}: cannot be read ({error}); give a file with a token.") from None
    if not token or not token.isascii() or any(character.isspace() for character in token):
        raise UserError(f"--token-file {file}: should hold a token, one word, and nothing else.")
    return token


def _message(body: str | None) -> str | None:
    """The first line of what Kubeflow Pipelines says of an error; None if it was not the one who spoke."""
    try:
        said = json.loads(body or "")
    except ValueError:
        return None
    if not isinstance(said, dict):
        return None
    text = said.get("message") or said.get("error")
    return str(text).strip().splitlines()[0] if text else None


def _plain(reason: Exception) -> str:
    """Without the object's address in memory that urllib3 puts first."""
    return str(reason).rpartition(">: ")[2].rpartition("): ")[2] or type(reason).__name__
