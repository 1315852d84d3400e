"""One at a time: whatever changes a root holds its lock meanwhile."""

import contextlib
from collections.abc import Iterator

from models.errors import UserError
from pipeline.locations import Locations
from pipeline.lock import hold_lock


@contextlib.contextmanager
def hold(locations: Locations, what: str) -> Iterator[None]:
    """Holds the root's lock; it ends with the block, and with the process, however that ends.

    Args:
        locations: of the deployment; its root exists.
        what: the command that holds it, such as "autoncf run"; whoever finds the root busy is told.

    Raises:
        UserError: if there is no such root.
        RootIsBusy: at once, if another process (or another block of this one) holds it, naming the holder.
        RunFailed: if the lock cannot be written, as on a full disk; nothing was changed then.
    """
    if not locations.root.is_dir():  # the lock would make it
        raise UserError(f"--root {locations.root}: there is no such folder; give the root of a deployment.")
    with hold_lock(locations.lock, what):
        yield
