"""Channel options that server and client have to agree on."""

DEFAULT_MAX_MESSAGE_BYTES = 64 * 2**20


def message_size_options(max_message_bytes: int) -> list[tuple[str, int]]:
    """Options that replace gRPC's limit of 4 MiB a message, in both directions."""
    return [
        ("grpc.max_send_message_length", max_message_bytes),
        ("grpc.max_receive_message_length", max_message_bytes),
    ]
