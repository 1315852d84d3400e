"""Which artifacts are kept: those of the last runs."""

from collections.abc import Collection

from ml_metadata import metadata_store as mlmd

from pipeline.housekeeping.outputs import Outputs
from pipeline.store import Context, run_contexts


def runs_to_keep(store: mlmd.MetadataStore, well_ended: Collection[str], runs: int) -> list[Context]:
    """The last runs that ended well, and as many of the last runs whatever became of them, the oldest first.

    Args:
        store: of the deployment.
        well_ended: ids of the runs that ended well.
        runs: how many of either kind.
    """
    every = run_contexts(store)
    well = [run for run in every if run.name in well_ended]
    kept = {run.id for run in (*well[-runs:], *every[-runs:])}
    return [run for run in every if run.id in kept]


def outputs_to_keep(
    store: mlmd.MetadataStore, present: Collection[Outputs], runs: Collection[Context]
) -> list[Outputs]:
    """What these runs used or wrote, and the statistics that the next run measures drift against.

    Args:
        store: of the deployment.
        present: all that there is, the oldest first.
        runs: whose artifacts are kept.
    """
    executions = [execution for run in runs for execution in store.get_executions_by_context(run.id)]
    events = (
        store.get_events_by_execution_ids([execution.id for execution in executions]) if executions else []
    )
    used = {event.artifact_id for event in events}
    accepted = _last_accepted(present)
    return [
        outputs for outputs in present if outputs is accepted or not used.isdisjoint(outputs.artifact_ids)
    ]


def _last_accepted(present: Collection[Outputs]) -> Outputs | None:
    from components.validation.component import InteractionValidator
    from components.validation.executor import ACCEPTED_KEY

    return next(
        (
            outputs
            for outputs in reversed(list(present))
            if outputs.component == InteractionValidator.__name__ and ACCEPTED_KEY in outputs.artifacts
        ),
        None,
    )
