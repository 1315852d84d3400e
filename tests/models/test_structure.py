from models.choices import Input
from models.presets import PRESETS
from models.slots import Branch, Loss, Prediction, Tower
from models.structure import Structure

ID, VECTOR = "id", "interactions"

TABLE_ONE = {
    "mf": ([(ID, ID, "product")], "linear", "mse"),
    "gmf": ([(ID, ID, "product")], "non-linear", "mse"),
    "mlp": ([(ID, ID, "concat")], "mlp", "mse"),
    "cfnet-rl": ([(VECTOR, VECTOR, "product")], "non-linear", "bce"),
    "cfnet-ml": ([(VECTOR, VECTOR, "concat")], "mlp", "bce"),
    "dmf": ([(VECTOR, VECTOR, "normalized-product")], "linear", "normalized-bce"),
    "oncf": ([(ID, ID, "outer-product")], "cnn", "bpr"),
    "u-autorec": ([(VECTOR, ID, "product")], "non-linear", "mse"),  # as in section V, not as printed
    "i-autorec": ([(ID, VECTOR, "product")], "non-linear", "mse"),
    "cfnet": ([(VECTOR, VECTOR, "product"), (VECTOR, VECTOR, "concat")], "non-linear", "bce"),
    "neumf": ([(ID, ID, "product"), (ID, ID, "concat")], "non-linear", "bce"),
    "ours-dot": ([(VECTOR, VECTOR, "product")], "linear", "mse"),
    "ours-mlp": ([(VECTOR, VECTOR, "concat")], "mlp", "mse"),
    "autoncf": ([(VECTOR, VECTOR, "normalized-product")], "linear", "softmax"),
    "autoncf-views": ([(VECTOR, VECTOR, "normalized-product")] * 2, "linear", "softmax"),
}


def test_presets_are_table_one_and_what_is_built_from_it():
    assert {
        name: (
            [(branch.user.input, branch.item.input, branch.fusion) for branch in preset.branches],
            preset.prediction.kind,
            preset.loss.kind,
        )
        for name, preset in PRESETS.items()
    } == TABLE_ONE


def test_presets_survive_their_plain_values():
    for preset in PRESETS.values():
        assert Structure.from_dict(preset.to_dict()) == preset


def test_plain_values_are_those_of_a_yaml_file():
    tower = Tower("both", embedding_size=8, hidden_sizes=(4,), normalization="l2")
    structure = Structure(
        (Branch(tower, tower, "concat"),), Prediction("mlp", (16,), "tanh"), Loss("bpr"), masking=True
    )
    side = {
        "input": "both",
        "embedding_size": 8,
        "hidden_sizes": [4],
        "activation": "relu",
        "normalization": "l2",
        "dropout": 0.0,
        "interaction_dropout": 0.0,
    }
    assert structure.to_dict() == {
        "branches": [
            {
                "user": side,
                "item": side,
                "fusion": "concat",
                "temperature": 1.0,
                "hidden_sizes": [],
                "activation": "relu",
            }
        ],
        "prediction": {"kind": "mlp", "hidden_sizes": [16], "activation": "tanh"},
        "loss": {
            "kind": "bpr",
            "negatives_per_positive": 4,
            "negative_sampling": "uniform",
            "sampled_items": None,
            "targets": "all",
        },
        "masking": True,
    }


def test_only_user_sides_without_ids_fold_in():
    folding = {name for name, preset in PRESETS.items() if preset.folds_in}
    assert folding == PRESETS.keys() - {"mf", "gmf", "mlp", "oncf", "i-autorec", "neumf"}
    both = Branch(Tower("both"), Tower("both"), "product")
    assert not Structure((both,), Prediction("linear"), Loss("mse")).folds_in


def test_towers_with_vectors_are_those_of_both_sides_and_all_branches():
    assert len(PRESETS["cfnet"].interaction_towers) == 4
    (tower,) = PRESETS["i-autorec"].interaction_towers
    assert (tower, tower.input) == (PRESETS["i-autorec"].item_towers[0], Input.INTERACTIONS)
    assert PRESETS["mf"].interaction_towers == ()


def test_scores_are_squashed_unless_linear_or_only_compared():
    squashed = {name for name, preset in PRESETS.items() if preset.squashed}
    assert squashed == PRESETS.keys() - {"mf", "dmf", "ours-dot", "oncf", "autoncf", "autoncf-views"}
