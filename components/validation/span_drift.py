"""How the statistics of a span differ from those of the one to measure by."""

from __future__ import annotations

from typing import TypeAlias

import tensorflow_data_validation as tfdv
from absl import logging
from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2, statistics_pb2

from components.validation.span_items import item_counts, overlap
from components.validation.span_statistics import by_quantiles, features_by_name

LEAST_USERS = 30
LEAST_ROWS = 300
"""Chance decides about the distributions of smaller spans."""

_ITEMS = "item_ids"
_LEAST = {"values": LEAST_ROWS, "activity": LEAST_USERS}

Statistics: TypeAlias = statistics_pb2.DatasetFeatureStatisticsList


def drift(statistics: Statistics, baseline: Statistics, schema: schema_pb2.Schema) -> anomalies_pb2.Anomalies:
    """What breaks the schema or its limits of drift.

    Args:
        statistics: of the span, computed with `span_statistics_options`.
        baseline: of the span to measure by.
        schema: with drift comparators of TFDV, and the least overlap of the items as `min_domain_mass` of
            item_ids. Comparators that chance would decide are left out.
    """
    result = tfdv.validate_statistics(
        by_quantiles(statistics),
        _fit_for(schema, statistics, baseline),
        previous_statistics=by_quantiles(baseline),
    )
    _add_other_items(result, statistics, baseline, schema)
    return result


def _fit_for(schema: schema_pb2.Schema, *spans: Statistics) -> schema_pb2.Schema:
    """A copy without the comparators for which the spans are too small, and without what is ours."""
    result = schema_pb2.Schema()
    result.CopyFrom(schema)
    for feature in result.feature:
        fewest = min(_value_count(span, feature.name) for span in spans)
        if feature.HasField("drift_comparator") and fewest < _LEAST.get(feature.name, 0):
            logging.info("%s is not compared: the smaller span has %d values.", feature.name, fewest)
            feature.ClearField("drift_comparator")
        if feature.name == _ITEMS:  # TFDV would ask for a domain, which is the baseline's items here
            feature.ClearField("distribution_constraints")
    if max(span.datasets[0].num_examples for span in spans) < LEAST_USERS:
        logging.info("Numbers of users are not compared: both spans have fewer than %d.", LEAST_USERS)
        result.dataset_constraints.ClearField("num_examples_drift_comparator")
    return result


def _value_count(statistics: Statistics, name: str) -> int:
    feature = features_by_name(statistics).get(name)
    kind = feature.WhichOneof("stats") if feature is not None else None
    return getattr(feature, kind).common_stats.tot_num_values if kind else 0


def _add_other_items(
    result: anomalies_pb2.Anomalies, statistics: Statistics, baseline: Statistics, schema: schema_pb2.Schema
) -> None:
    limits = {
        feature.name: feature.distribution_constraints.min_domain_mass
        for feature in schema.feature
        if feature.HasField("distribution_constraints")
    }
    current, previous = (features_by_name(each).get(_ITEMS) for each in (statistics, baseline))
    if _ITEMS not in limits or current is None or previous is None:
        return
    counts, previous_counts = item_counts(current), item_counts(previous)
    if counts is None or previous_counts is None:
        logging.warning("Items are not compared: the statistics do not count the rare ones.")
        return
    measured = overlap(counts, previous_counts)
    if measured is None:
        logging.info("Items are not compared: too few rows of the same items.")
    elif measured < limits[_ITEMS]:
        info = result.anomaly_info[_ITEMS]
        info.severity = anomalies_pb2.AnomalyInfo.ERROR
        info.path.step[:] = [_ITEMS]
        info.reason.add(
            short_description="Other items",
            description=f"Their overlap with those before is {measured:.3g} (1 is the same distribution, 0 "
            f"no item in common), below the threshold {limits[_ITEMS]:g}.",
        )
