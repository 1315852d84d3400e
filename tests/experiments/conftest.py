"""A small set in the DeepCF authors' layout, in which odd users touch odd items."""

import numpy as np
import pytest

USERS, ITEMS, PER_USER = 60, 120, 12


@pytest.fixture(scope="session")
def deepcf_dir(tmp_path_factory):
    folder = tmp_path_factory.mktemp("deepcf")
    random = np.random.default_rng(5)
    train, test, negatives = [], [], []
    for user in range(USERS):
        kind = np.arange(user % 2, ITEMS, 2)
        items = random.choice(kind, PER_USER + 1, replace=False)
        train += [f"{user}\t{item}\t1" for item in items[:-1]]
        test.append(f"{user}\t{items[-1]}\t1")
        drawn = random.choice(ITEMS, 99, replace=False)
        negatives.append("\t".join([f"({user},{items[-1]})", *map(str, drawn)]))
    for suffix, lines in (("train.rating", train), ("test.rating", test), ("test.negative", negatives)):
        (folder / f"Tiny.{suffix}").write_text("\n".join(lines) + "\n")
    return folder


@pytest.fixture(scope="session")
def ratings_dir(tmp_path_factory):
    """A folder of ratings, named `marks`."""
    folder = tmp_path_factory.mktemp("ratings")
    (folder / "marks").mkdir()
    random = np.random.default_rng(6)
    lines = ["user_id,item_id,value"]
    for user in range(50):
        for item in random.choice(30, 15, replace=False):
            mean = 2 if (user + item) % 2 else 4
            lines.append(f"u{user},i{item},{np.clip(mean + random.integers(-1, 2), 1, 5)}")
    (folder / "marks" / "interactions.csv").write_text("\n".join(lines) + "\n")
    return folder
