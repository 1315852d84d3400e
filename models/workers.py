"""This process among the workers of one training, as the environment variable TF_CONFIG has it."""

import dataclasses
import os
import re
from typing import Annotated

from pydantic import BaseModel, Field, ValidationError

from models.errors import UserError

VARIABLE = "TF_CONFIG"
_ADDRESS = re.compile(r"(?:\[[^\s\[\]]+\]|[^\s:/\[\]]+):(?P<port>[0-9]{1,5})")
_EXAMPLE = (
    'It has to look like {"cluster": {"chief": ["HOST:PORT"], "worker": ["HOST:PORT"]}, "task": {"type": '
    '"worker", "index": 0}}; leave it unset to train in one process.'
)


class _Task(BaseModel):
    type: str
    index: int = Field(ge=0)


class _TFConfig(BaseModel):
    cluster: dict[str, Annotated[list[str], Field(min_length=1)]]
    task: _Task


@dataclasses.dataclass(frozen=True)
class Workers:
    """How many there are, and which of them this process is.

    Attributes:
        count: at least 1.
        is_chief: whether this one writes what comes out: the chief or, where there is none, worker 0.
    """

    count: int = 1
    is_chief: bool = True

    @classmethod
    def of_environment(cls) -> "Workers":
        """One worker if TF_CONFIG is not set.

        Raises:
            UserError: if it does not name a chief and workers, each with an address of its own, and which of
                them this is.
        """
        text = os.environ.get(VARIABLE)
        if not text:
            return cls()
        try:
            config = _TFConfig.model_validate_json(text)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            place = ".".join(map(str, first["loc"]))
            raise UserError(f"{VARIABLE}{place and ': '}{place}: {first['msg']}. {_EXAMPLE}") from error
        return cls._of(config)

    @classmethod
    def _of(cls, config: _TFConfig) -> "Workers":
        cluster, task = config.cluster, config.task
        if others := sorted({*cluster, task.type} - {"chief", "worker"}):
            raise UserError(
                f'{VARIABLE} names "{others[0]}", but this training knows "chief" and "worker" alone: every '
                f"process holds all weights, without parameter servers or evaluators. {_EXAMPLE}"
            )
        if len(cluster.get("chief", ())) > 1:
            raise UserError(f"{VARIABLE} names {len(cluster['chief'])} chiefs; there can be one. {_EXAMPLE}")
        if task.index >= len(cluster.get(task.type, ())):
            raise UserError(
                f'{VARIABLE} says that this is "{task.type}" {task.index}, counted from 0, but its cluster '
                f'has {len(cluster.get(task.type, ()))} of "{task.type}". {_EXAMPLE}'
            )
        _check_addresses([address for addresses in cluster.values() for address in addresses])
        first = "chief" if "chief" in cluster else "worker"
        return cls(sum(map(len, cluster.values())), (task.type, task.index) == (first, 0))


def _check_addresses(addresses: list[str]) -> None:
    for position, address in enumerate(addresses):
        match = _ADDRESS.fullmatch(address)
        if match is None or not 0 < int(match["port"]) < 2**16:
            raise UserError(
                f'{VARIABLE} names "{address}", which is not HOST:PORT with a port from 1 to 65535. '
                f"{_EXAMPLE}"
            )
        if address in addresses[:position]:
            raise UserError(
                f'{VARIABLE} names "{address}" twice, but each worker listens at an address of its own. '
                f"{_EXAMPLE}"
            )
