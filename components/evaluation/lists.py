"""Lists of labels and scores out of the batches of TensorFlow Model Analysis (TFMA).

An Example's `labels` are as long as its list of candidates; the model's `scores` are padded to the longest
list of the batch and are cut here to the length of the labels.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from tensorflow_model_analysis import constants
from tensorflow_model_analysis.metrics import metric_types, metric_util
from tensorflow_model_analysis.proto import config_pb2


class LabelledLists(metric_types.Preprocessor):
    """Passes on labels and scores of the Examples that have labels.

    The default preprocessor raises where a batch holds nothing but empty lists: it has no labels at all.
    """

    def process(self, extracts: Mapping[str, Any]) -> Iterator[metric_types.StandardMetricInputs]:
        """Yields the inputs of the metrics."""
        if extracts.get(constants.LABELS_KEY) is not None:
            kept = (constants.LABELS_KEY, constants.PREDICTIONS_KEY)
            yield metric_types.StandardMetricInputs({key: extracts[key] for key in kept})


def labels_and_scores(
    element: metric_types.StandardMetricInputs,
    eval_config: config_pb2.EvalConfig | None,
    model_name: str,
) -> tuple[np.ndarray, np.ndarray]:
    """Labels of one list and a model's scores without the padding, both [candidates].

    Args:
        element: of `LabelledLists`.
        eval_config: of the evaluation.
        model_name: as in its model specs.

    Raises:
        ValueError: if the model gave fewer scores than there are labels.
    """
    labels, scores, _ = next(
        metric_util.to_label_prediction_example_weight(
            element, eval_config=eval_config, model_name=model_name, flatten=False
        )
    )
    labels, scores = labels.reshape(-1), scores.reshape(-1)
    if scores.size < labels.size:
        raise ValueError(
            f"The model gave {scores.size} scores for {labels.size} labels of one user. Its serving "
            "signature should score every candidate, in their order."
        )
    return labels, scores[: labels.size]
