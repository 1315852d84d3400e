"""A request that the server refuses."""

import grpc

from serving.errors import ServingError


class RequestError(ServingError):
    """A request that cannot be answered.

    Args:
        code: the gRPC status the client gets.
        message: one sentence that says what was asked and what could be.
    """

    def __init__(self, code: grpc.StatusCode, message: str) -> None:
        super().__init__(message)
        self.code = code
