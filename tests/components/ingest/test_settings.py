import pytest
from pydantic import ValidationError

from components.ingest import IngestSettings


def test_defaults():
    settings = IngestSettings(feedback="implicit")
    assert settings.split.strategy == "leave-one-out"
    assert (settings.negatives, settings.spans, settings.max_quarantined) == (99, None, 0.01)


def test_every_field_is_documented():
    for model in (IngestSettings, *(f.annotation for f in IngestSettings.model_fields.values())):
        for name, field in getattr(model, "model_fields", {}).items():
            assert field.description, name


def test_settings_survive_json():
    settings = IngestSettings(
        feedback="explicit", split={"strategy": "temporal", "eval_from": 1, "test_from": 2}
    )
    assert IngestSettings.model_validate_json(settings.model_dump_json()) == settings


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"unknown": 1}, "unknown"),
        ({"split": {"strategy": "random", "tset_fraction": 0.1}}, "tset_fraction"),
        ({"feedback": "both"}, "feedback"),
        ({"negatives": 0}, "negatives"),
        ({"max_quarantined": 1.5}, "max_quarantined"),
        ({"split": {"eval_fraction": 0.5, "test_fraction": 0.5}}, "leave nothing to train on"),
        ({"split": {"eval_from": 5}}, "together"),
        ({"split": {"eval_from": 5, "test_from": 5}}, "must be before"),
    ],
)
def test_mistakes_name_their_place(changes, place):
    with pytest.raises(ValidationError, match=place):
        IngestSettings(**{"feedback": "implicit", **changes})
