"""Somebody who never stops asking a server, and remembers what went wrong."""

from __future__ import annotations

import threading

from serving.client import Recommender
from serving.errors import ServingError

_PAUSE_SECONDS = 0.05


class SteadyRequests:
    """A thread that asks for recommendations, for known users and by history in turn; use it in a `with`.

    Args:
        address: of the server.
        users: whom it asks for.
        history: item ids of somebody new.

    Attributes:
        requests: how many it sent.
        failures: what was said when one failed.
        versions: every version that it saw serving.
    """

    def __init__(self, address: str, users: list[str], history: list[str]) -> None:
        self.requests = 0
        self.failures: list[str] = []
        self.versions: set[int] = set()
        self._address = address
        self._users = users
        self._history = history
        self._over = threading.Event()
        self._asked_to_the_end = False
        self._thread = threading.Thread(target=self._ask, name="steady-requests")

    def __enter__(self) -> SteadyRequests:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        if not self._asked_to_the_end:
            self.failures.append("the asking broke off")

    def _ask(self) -> None:
        # Without retries: a request that fails once has failed.
        with Recommender(self._address, retries=0) as recommender:
            while not self._over.wait(_PAUSE_SECONDS):
                try:
                    self._ask_once(recommender)
                except ServingError as error:
                    self.failures.append(str(error))
        self._asked_to_the_end = True

    def _ask_once(self, recommender: Recommender) -> None:
        turn, self.requests = self.requests, self.requests + 1
        if turn % 10 == 0:
            self.versions.add(recommender.model_version())
        elif turn % 2:
            recommender.recommend_from_history(self._history, k=10)
        else:
            answer = recommender.recommend(self._users[turn % len(self._users)], 10)
            if len(answer.items) != 10:
                raise ServingError(f"10 items were asked for, and {len(answer.items)} answered")
