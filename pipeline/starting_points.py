"""What a search would begin with, and what its restrictions take from that."""

from models.search.space import SearchSpace
from pipeline.config import Config


def left_out_of_search(config: Config) -> str | None:
    """A sentence on the config's own choices and the presets that `search.space` leaves out.

    Args:
        config: of a run.

    Returns:
        None if the search begins with all of them, or there is none.
    """
    if not config.search.enabled or not config.search.space:
        return None
    # One item, as where the config is read: how many there are changes none of the names.
    given = (config.data.feedback, config.structure, config.train, 1)
    tried = {name for name, _ in SearchSpace(*given, config.search.space).starting_points()}
    left_out = [name for name, _ in SearchSpace(*given).starting_points() if name not in tried]
    if not left_out:
        return None
    named = ", ".join("the config" if name == "config" else name for name in left_out)
    return f"search.space rules out the structure or the training of {named}: the search does not try them."
