"""Executor of the Tuner."""

from __future__ import annotations

import datetime
import os
from typing import Any

from tfx import types
from tfx.components.trainer import fn_args_utils
from tfx.components.tuner import executor
from tfx.types import artifact_utils, standard_component_specs
from tfx.utils import json_utils

from components import storage
from components.tuner.mirror import mirrored
from models.search.best import BEST, best_yaml
from models.search.results import SEARCH_REPORT, SearchReport
from models.tuner_fn import search_name

SEARCH_DIR = "search_dir"
"""Key of `custom_config`: the folder of searches that go on."""


class Executor(executor.Executor):
    """Searches in a folder that outlives an interruption, and tells all that came of it."""

    def Do(
        self,
        input_dict: dict[str, list[types.Artifact]],
        output_dict: dict[str, list[types.Artifact]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Writes the best hyper-parameters, the report of the search and its best as a fragment of a config.

        The search stays in its folder, in order that it need not be repeated if the artifacts, which others
        publish once this has returned, do not arrive.

        Raises:
            UserError: if no trial came to anything, or the store of objects cannot be reached at the start.
            ValueError: if there are `tune_args`, as of the stock executor.
        """
        if executor.get_tune_args(exec_properties):
            raise ValueError("tune_args are not supported: search.workers says how many trials run at once.")
        self._log_startup(input_dict, output_dict, exec_properties)
        search_dir = json_utils.loads(exec_properties[standard_component_specs.CUSTOM_CONFIG_KEY])[SEARCH_DIR]
        if storage.is_local(search_dir):
            self._search(input_dict, output_dict, exec_properties)
            return
        search = search_name(fn_args_utils.get_common_fn_args(input_dict, exec_properties))
        with mirrored(search_dir, search) as folder:
            self._search(input_dict, output_dict, _in_folder(exec_properties, folder))

    def _search(
        self,
        input_dict: dict[str, list[types.Artifact]],
        output_dict: dict[str, list[types.Artifact]],
        exec_properties: dict[str, Any],
    ) -> None:
        tuner = executor.search(input_dict, exec_properties, self._get_tmp_dir(), print_tuning_summary=False)
        executor.write_best_hyperparameters(tuner, output_dict)
        results = artifact_utils.get_single_instance(output_dict[standard_component_specs.TUNER_RESULTS_KEY])
        report = storage.read_text(os.path.join(tuner.project_dir, SEARCH_REPORT))
        best = best_yaml(
            SearchReport.model_validate_json(report), datetime.datetime.now(datetime.timezone.utc)
        )
        storage.write_text(storage.join(results.uri, SEARCH_REPORT), report)
        storage.write_text(storage.join(results.uri, BEST), best)


def _in_folder(exec_properties: dict[str, Any], folder: str) -> dict[str, Any]:
    key = standard_component_specs.CUSTOM_CONFIG_KEY
    custom_config = json_utils.loads(exec_properties[key])
    return {**exec_properties, key: json_utils.dumps({**custom_config, SEARCH_DIR: folder})}
