"""The modular model: input, representation, fusion, prediction, loss.

TensorFlow Recommenders needs Keras 2, and TensorFlow decides which Keras it is when it is first imported, so
this package has to be imported before TensorFlow.
"""

import os

os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")
