"""Changing what servers serve, also while a run goes on: only its push and its clean-up have to wait."""

import contextlib
from collections.abc import Iterator

from components.pusher import lock
from pipeline.locations import Locations
from pipeline.root_is_busy import RootIsBusy
from pipeline.run_failed import RunFailed


@contextlib.contextmanager
def hold_versions(locations: Locations) -> Iterator[None]:
    """Nothing else changes the pushed versions or their labels while the block runs; it should take seconds.

    Raises:
        RootIsBusy: if another process has been changing them for too long.
        RunFailed: if the lock cannot be written.
    """
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(lock.hold_versions(locations.serving))
        except TimeoutError as error:
            raise RootIsBusy(f"--root {locations.root}: {error}; repeat this once that has ended.") from None
        except OSError as error:
            raise RunFailed(
                f"--root {locations.root}: the lock in {locations.serving} cannot be written "
                f"({error.strerror}); nothing was changed."
            ) from None
        yield
