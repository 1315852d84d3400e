"""Small matrices that hand-computed values refer to, small models, and what to look at in them."""

import dataclasses
from collections.abc import Callable, Sequence

import numpy as np
import pytest
import tensorflow as tf
from scipy import sparse

from models.examples import read_interactions
from models.export import export
from models.interactions import Interactions
from models.preparation import prepare
from models.presets import PRESETS
from models.recommender import Recommender
from models.settings import ServingSettings, TrainSettings
from models.slots import Tower
from models.structure import Structure

PLANTED_TRAINING = TrainSettings(epochs=4, batch_size=256, learning_rate=0.02)


@pytest.fixture
def interactions() -> Interactions:
    """Three users, four items; nobody knows item 3.

    [[5, 3, 0, 0],
     [0, 1, 4, 0],
     [2, 0, 0, 0]]
    """
    rows, columns, values = [0, 0, 1, 1, 2], [0, 1, 1, 2, 0], [5, 3, 1, 4, 2]
    matrix = sparse.csr_matrix((np.float32(values), (rows, columns)), shape=(3, 4))
    return Interactions(matrix)


def planted(users: int = 60, items: int = 40, per_user: int = 12) -> Interactions:
    """Two groups of users, each of whom touches items of the own group alone, value 1."""
    random = np.random.default_rng(0)
    matrix = sparse.lil_matrix((users, items), dtype=np.float32)
    for user in range(users):
        own = np.arange(items)[np.arange(items) % 2 == user % 2]
        matrix[user, random.choice(own, per_user, replace=False)] = 1.0
    return Interactions(matrix.tocsr())


@pytest.fixture(scope="session")
def planted_transform(tmp_path_factory):
    """`planted` with 16 of 20 items per user behind a real Transform: (transform output, interactions).

    The indices are those of the vocabularies; ids as in `histories`, so that the group of user `u7` and of
    item `i7` is 7 % 2.
    """
    from tests.models.transforming import histories, transformed  # loads Beam, which takes seconds

    folder = tmp_path_factory.mktemp("planted")
    transform = transformed(folder, "implicit", histories(planted(per_user=16)), {})
    return transform, read_interactions([str(folder / "train.gz")], (60, 40))


@pytest.fixture(scope="session")
def planted_splits(tmp_path_factory):
    """A folder with the transformed splits of planted interactions, vocabularies over both of them."""
    from tests.models.test_training import held_out
    from tests.models.transforming import histories, transformed  # loads Beam, which takes seconds

    interactions, holdout = held_out(planted(users=20, items=20, per_user=6), lists=20)
    ends = np.cumsum(holdout.lengths)[:-1]
    lists = {
        f"u{user}": {f"i{item}": float(label) for item, label in zip(items, labels, strict=True)}
        for user, items, labels in zip(
            holdout.user_indices,
            np.split(holdout.item_indices, ends),
            np.split(holdout.labels, ends),
            strict=True,
        )
    }
    folder = tmp_path_factory.mktemp("splits")
    transformed(folder, "implicit", histories(interactions), lists, analyze=["train", "eval"])
    return folder


@pytest.fixture(scope="session", params=PRESETS)
def preset(request) -> str:
    """The name of each preset."""
    return request.param


@pytest.fixture(scope="session")
def trained_preset(preset, planted_transform) -> Recommender:
    """The preset, small, after a few epochs on the planted groups."""
    prepared = prepare(small(PRESETS[preset]), planted_transform[1], PLANTED_TRAINING, "implicit")
    prepared.model.fit(prepared.batches, epochs=PLANTED_TRAINING.epochs, verbose=0)
    return prepared.model


@pytest.fixture(scope="session")
def exported_preset(trained_preset, planted_transform, tmp_path_factory):
    """The same, exported with lists of at most 10, and loaded again."""
    transform, interactions = planted_transform
    folder = str(tmp_path_factory.mktemp("exported"))
    export(trained_preset, interactions, transform, ServingSettings(max_k=10), {}, folder)
    return tf.saved_model.load(folder)


def group_auc(scores: np.ndarray, interactions: Interactions, users: Sequence, items: Sequence) -> float:
    """How often a user's unknown item of the own group is ranked above one of the other group: 1/2 by chance.

    Args:
        scores: float [users, items].
        interactions: planted ones.
        users, items: the ids in the order of `scores`.
    """
    same = np.equal.outer([int(user[1:]) % 2 for user in users], [int(item[1:]) % 2 for item in items])
    own = same & (interactions.matrix.toarray() == 0)
    above = [
        np.greater.outer(row[mine], row[~alike]) for row, mine, alike in zip(scores, own, same, strict=True)
    ]
    return float(np.mean(above))


def with_towers(structure: Structure, change: Callable[[Tower], Tower]) -> Structure:
    """The structure with every tower changed."""
    branches = [
        dataclasses.replace(branch, user=change(branch.user), item=change(branch.item))
        for branch in structure.branches
    ]
    return dataclasses.replace(structure, branches=tuple(branches))


def small(structure: Structure, width: int = 16) -> Structure:
    """The same choices with as many layers, all of them `width` wide."""

    def cut(sizes: tuple[int, ...]) -> tuple[int, ...]:
        return (width,) * len(sizes)

    structure = with_towers(
        structure,
        lambda tower: dataclasses.replace(tower, embedding_size=width, hidden_sizes=cut(tower.hidden_sizes)),
    )
    branches = [
        dataclasses.replace(branch, hidden_sizes=cut(branch.hidden_sizes)) for branch in structure.branches
    ]
    prediction = structure.prediction
    prediction = dataclasses.replace(prediction, hidden_sizes=cut(prediction.hidden_sizes))
    return dataclasses.replace(structure, branches=tuple(branches), prediction=prediction)


def shake(model: Recommender) -> Recommender:
    """Moves every weight far from its initial value, N(0, 1/9); the same for models of the same structure."""
    nobody = tf.zeros([1], tf.int64)
    model.logits(model.represent_users(nobody), model.represent_items(nobody))  # makes the weights
    for number, variable in enumerate(model.trainable_variables):
        variable.assign(tf.random.stateless_normal(variable.shape, seed=[number, 1]) / 3)
    return model


def score_matrix(model: Recommender) -> np.ndarray:
    """The score of every known user with every known item, pair by pair: float32 [users, items]."""
    users, items = model.user_vectors.rows, model.item_vectors.rows
    user, item = np.divmod(np.arange(users * items), items)
    representations = (
        tf.gather(model.represent_users(tf.range(users, dtype=tf.int64)), user),
        tf.gather(model.represent_items(tf.range(items, dtype=tf.int64)), item),
    )
    return model.scores(*representations).numpy().reshape(users, items)


def batch_of(
    interactions: Interactions, negatives: Sequence[Sequence[int]] | None = None, seed: int = 1
) -> dict[str, tf.Tensor]:
    """A batch of all known cells, as `PairSampler` would give it; without `negatives` there are none."""
    users, items, values = interactions.pairs()
    chosen = np.zeros([len(users), 0]) if negatives is None else np.array(negatives)
    return {
        "user_index": tf.constant(users, tf.int64),
        "item_index": tf.constant(items, tf.int64),
        "value": tf.constant(values),
        "negatives": tf.constant(chosen, tf.int64),
        "seed": tf.fill([len(users)], tf.constant(seed, tf.int64)),
    }


def gradients_of(model: Recommender, batch: dict[str, tf.Tensor]) -> tuple[float, list[np.ndarray]]:
    """The training loss of a batch, and its gradient for each of the model's trainable variables."""
    with tf.GradientTape() as tape:
        loss = model.compute_loss(batch, training=True)
    gradients = tape.gradient(loss, model.trainable_variables)
    return loss.numpy(), [tf.convert_to_tensor(gradient).numpy() for gradient in gradients]


def assert_alike(found: np.ndarray, expected: np.ndarray, what: str = "") -> None:
    """Nowhere further apart than 1e-5 of the largest number that is expected."""
    expected = np.asarray(expected)
    tolerance = 1e-5 * float(np.abs(expected).max(initial=0)) + 1e-9
    np.testing.assert_allclose(found, expected, rtol=0, atol=tolerance, err_msg=what)
