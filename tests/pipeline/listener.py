"""Somebody who asks a server all the time."""

import threading

from serving.client import Recommender
from serving.errors import ServingError


class Listener:
    """Asks a server for recommendations, ten times a second, until it is told to stop.

    Attributes:
        versions: that answered, in their order.
        failures: what was said instead.
    """

    def __init__(self, address: str):
        self.versions: list[int] = []
        self.failures: list[str] = []
        self._address = address
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._listen)
        self._thread.start()

    def _listen(self) -> None:
        with Recommender(self._address) as recommender:
            while not self._stopped.wait(0.1):
                try:
                    answer = recommender.recommend("u1", 10)
                    version = recommender.model_version()
                except ServingError as error:
                    self.failures.append(str(error))
                    continue
                if len(answer.items) != 10:
                    self.failures.append(f"{len(answer.items)} items by version {version}")
                if version not in self.versions:
                    self.versions.append(version)

    def stop(self) -> None:
        """Waits for the request under way."""
        self._stopped.set()
        self._thread.join()
