"""Fixtures of the whole suite."""

import models  # noqa: F401 - chooses Keras 2 before any test imports TensorFlow
from tests.object_store import bucket, object_store  # noqa: F401 - fixtures
