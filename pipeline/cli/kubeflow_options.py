"""Options that the commands of `autoncf kubeflow` share."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from pipeline.kubeflow.client import Client

_SERVER = "Server"
_RUN = "Run"

HostOption = Annotated[
    str,
    typer.Option(
        "--host",
        envvar="KF_PIPELINES_ENDPOINT",
        help="The address of Kubeflow Pipelines, such as http://localhost:8080.",
        rich_help_panel=_SERVER,
    ),
]
NamespaceOption = Annotated[
    str | None,
    typer.Option(
        "--namespace", help="The profile's, where many users share a Kubeflow.", rich_help_panel=_SERVER
    ),
]
ExperimentOption = Annotated[
    str, typer.Option("--experiment", help="Under which runs are kept together.", rich_help_panel=_SERVER)
]
TokenFileOption = Annotated[
    Path | None,
    typer.Option(
        "--token-file",
        envvar="KF_PIPELINES_SA_TOKEN_PATH",
        help="A file with a bearer token, where the address asks for one.",
        rich_help_panel=_SERVER,
    ),
]
TlsCaOption = Annotated[
    Path | None,
    typer.Option("--tls-ca", help="Trust the authorities of this PEM file instead.", rich_help_panel=_SERVER),
]
RunDataOption = Annotated[
    str | None,
    typer.Option("--data", help="Other interactions: s3://... or gs://...", rich_help_panel=_RUN),
]
RunRootOption = Annotated[
    str | None,
    typer.Option("--root", help="Another deployment: s3://... or gs://...", rich_help_panel=_RUN),
]
StructureOption = Annotated[
    str | None,
    typer.Option(
        "--structure",
        help="Another preset, or a structure as a config has it, as JSON.",
        rich_help_panel=_RUN,
    ),
]
EpochsOption = Annotated[
    int | None, typer.Option("--epochs", help="Another train.epochs.", min=1, rich_help_panel=_RUN)
]

DEFAULT_EXPERIMENT = "autoncf"


def connect(
    host: str, experiment: str, namespace: str | None, token_file: Path | None, tls_ca: Path | None
) -> "Client":
    """A client of the server that the options name; raises as `pipeline.kubeflow.server.Server`."""
    from pipeline.kubeflow.client import Client
    from pipeline.kubeflow.server import Server

    return Client(Server(host, token_file, tls_ca), experiment, namespace)
