"""The graph, as it would be drawn."""

import datetime

from tfx import v1 as tfx
from tfx.types import standard_artifacts

from components.code_digest import code_digest
from components.evaluation.eval_config import ranking_eval_config
from components.ingest.component import InteractionExampleGen
from components.pusher.component import AtomicPusher
from components.tuner.component import Tuner
from components.validation.component import InteractionValidator, previous_statistics_channel
from components.validation.span_component import SpanValidator
from components.validation.span_statistics import span_statistics_options
from pipeline.beam_flags import beam_flags
from pipeline.config import Config
from pipeline.earlier_runs import EarlierRuns
from pipeline.locations import PIPELINE_NAME

NOT_OF_TRIALS = {"refit", "warm_start"}
"""Settings of the training that a search does nothing with.

Another `warm_start` alone makes none anew; another `refit` does, through the vocabularies.
"""


def create_pipeline(
    config: Config,
    *,
    data: str,
    earlier: EarlierRuns,
    schema_file: str,
    span_schema_file: str,
    artifacts: str,
    champion_model: str | None,
    push_destination: str,
    quarantine: str,
    search_dir: str,
    metadata_connection_config=None,
) -> tfx.dsl.Pipeline:
    """Ingest, validation, Transform, Trainer, Evaluator against the champion, and push.

    Where the config searches, a Tuner stands before the Trainer, and chooses what that trains.

    Args:
        config: the choices.
        data: folder with the interactions.
        earlier: what runs on other data accepted, and may have learnt.
        schema_file: the curated schema; a changed one needs a new path, or the cache answers with the old.
        span_schema_file: limits of drift from span to span, likewise.
        artifacts: root of what the components write.
        champion_model: folder of the champion as a Model artifact; None before the first push.
        push_destination: folder that receives a numbered subfolder per pushed model.
        quarantine: folder for the rows of a refused ingest.
        search_dir: folder of searches that go on, where an interrupted one is taken up again.
        metadata_connection_config: where ML Metadata is kept, for a runner that does not know.
    """
    example_gen = InteractionExampleGen(
        data=data,
        settings=config.data,
        schema_file=schema_file,
        quarantine_dir=quarantine,
        accepted_contents=earlier.accepted_contents,
        test_not_before=earlier.test_not_before,
    )
    examples = example_gen.outputs["examples"]

    span_statistics = tfx.components.StatisticsGen(
        examples=example_gen.outputs["span_examples"], stats_options=span_statistics_options()
    ).with_id("SpanStatistics")
    span_schema = tfx.components.ImportSchemaGen(schema_file=span_schema_file).with_id("SpanSchema")
    span_validator = SpanValidator(
        span_statistics=span_statistics.outputs["statistics"],
        examples=examples,
        schema=span_schema.outputs["schema"],
    )

    statistics_gen = tfx.components.StatisticsGen(examples=examples)
    schema_gen = tfx.components.ImportSchemaGen(schema_file=schema_file)
    schema = schema_gen.outputs["schema"]
    last_accepted = tfx.dsl.Resolver(
        strategy_class=tfx.dsl.experimental.LatestArtifactStrategy,
        previous_statistics=previous_statistics_channel(),
    ).with_id("LastAcceptedData")
    validator = InteractionValidator(
        statistics=statistics_gen.outputs["statistics"],
        schema=schema,
        previous_statistics=last_accepted.outputs["previous_statistics"],
    )

    # Publishes what it accepts, so it has the last word.
    validator.add_upstream_node(span_validator)

    transform = tfx.components.Transform(
        examples=examples,
        schema=schema,
        preprocessing_fn="models.preprocessing.preprocessing_fn",
        # What the refit learns from is known to the model that is served.
        splits_config=tfx.proto.SplitsConfig(
            analyze=["train", "eval"] if config.train.refit else ["train"], transform=["train", "eval"]
        ),
        custom_config={"feedback": config.data.feedback, "code": code_digest("models.preprocessing")},
        disable_statistics=True,  # nothing reads those of the transformed Examples
    )
    transform.add_upstream_node(validator)

    tuner = _tuner(config, transform, search_dir) if config.search.enabled else None
    champion = _import_champion(champion_model)
    trainer = tfx.components.Trainer(
        run_fn="models.run_fn.run_fn",
        examples=transform.outputs["transformed_examples"],
        transform_graph=transform.outputs["transform_graph"],
        base_model=champion.outputs["result"] if champion and config.train.warm_start else None,
        hyperparameters=tuner.outputs["best_hyperparameters"] if tuner else None,
        train_args=tfx.proto.TrainArgs(splits=["train"]),
        eval_args=tfx.proto.EvalArgs(splits=["eval"]),
        custom_config={
            "structure": config.structure.to_dict(),
            "train": config.train.model_dump(mode="json"),
            "feedback": config.data.feedback,
            "top_k": config.evaluation.top_k,
            "serving": config.serving.model_dump(mode="json"),
            "code": code_digest(
                "models", "serving", *(["models.search"] if tuner else []), *config.structure.own_modules
            ),
        },
    )

    evaluator = tfx.components.Evaluator(
        examples=examples,
        example_splits=["test"],
        model=trainer.outputs["model"],
        baseline_model=champion.outputs["result"] if champion else None,
        eval_config=ranking_eval_config(config.data.feedback, config.evaluation),
    )

    pusher = AtomicPusher(
        model=trainer.outputs["model"],
        model_blessing=evaluator.outputs["blessing"],
        evaluation=evaluator.outputs["evaluation"],
        examples=examples,
        push_destination=tfx.proto.PushDestination(
            filesystem=tfx.proto.PushDestination.Filesystem(base_directory=push_destination)
        ),
        # Never from the cache, which does not know what became of the versions since.
        custom_config={"asked_at": datetime.datetime.now().isoformat()},
    )

    return tfx.dsl.Pipeline(
        pipeline_name=PIPELINE_NAME,
        pipeline_root=artifacts,
        components=[
            example_gen,
            span_statistics,
            span_schema,
            span_validator,
            statistics_gen,
            schema_gen,
            last_accepted,
            validator,
            transform,
            *([tuner] if tuner else []),
            *([champion] if champion else []),
            trainer,
            evaluator,
            pusher,
        ],
        enable_cache=True,
        metadata_connection_config=metadata_connection_config,
        beam_pipeline_args=[*beam_flags(config.beam_pipeline_args)],
    )


def _tuner(config: Config, transform: tfx.components.Transform, search_dir: str) -> Tuner:
    return Tuner(
        tuner_fn="models.tuner_fn.tuner_fn",
        examples=transform.outputs["transformed_examples"],
        transform_graph=transform.outputs["transform_graph"],
        train_args=tfx.proto.TrainArgs(splits=["train"]),
        eval_args=tfx.proto.EvalArgs(splits=["eval"]),
        custom_config={
            "structure": config.structure.to_dict(),
            "train": config.train.model_dump(mode="json", exclude=NOT_OF_TRIALS),
            "feedback": config.data.feedback,
            "top_k": config.evaluation.top_k,
            "search": config.search.model_dump(mode="json"),
            "search_dir": search_dir,
            "code": code_digest("models", "models.search", "components.tuner", *config.structure.own_modules),
        },
    )


def _import_champion(champion_model: str | None) -> tfx.dsl.Importer | None:
    if champion_model is None:
        return None
    return tfx.dsl.Importer(
        source_uri=champion_model,
        artifact_type=standard_artifacts.Model,
        # Without it TFX takes the folder for one that it laid out itself years ago.
        custom_properties={"tfx_version": tfx.__version__},
    ).with_id("Champion")
