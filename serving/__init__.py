"""Serving a pushed model over TensorFlow Serving's gRPC protocol, and asking it.

Asking:
    `client`          `Recommender`, the typed gRPC client
    `results`         what it answers with
    `errors`          `ServingError`, the one error it raises

Serving, without a container; the same folder can be mounted into `tensorflow/serving`:
    `server`          `EmbeddedServer`: the port, the poll for new versions, the graceful stop
    `services`        PredictionService and ModelService over one model
    `reloading`       which version serves, and what became of every other
    `loaded_model`    one version in memory
    `signatures`      is a request what the signature wants?
    `versions`        version folders on disk
    `warmup`          warm-up requests inside a version folder

Shared by both:
    `tensors`, `grpc_options`, `statuses`, `request_error`

Nothing is imported here, so that `import serving` costs nothing; every module with TensorFlow's protocol
buffers imports TensorFlow.
"""
