"""How the publishers lay out their files, as data."""

import dataclasses
from typing import Literal


@dataclasses.dataclass(frozen=True)
class RatingsLayout:
    """One table of ratings and one of titles, as MovieLens and RecBole publish them.

    Attributes:
        ratings: file name of the table of ratings.
        columns: its columns in order: user_id, item_id, value and timestamp, and others, which are dropped.
        delimiter: one character. `::` is read as `:` with an empty column between any two.
        header: whether the first line of both files names the columns.
        titles: file name of the table of titles; its first column is the item id, its second the title; None
            where nobody asks for titles.
        titles_delimiter: one or more characters; only `,` allows quoted fields.
        titles_encoding: of the table of titles (the ratings are ASCII everywhere).
        year_column: whether the third column is the year, which is then put in brackets behind the title.
        places: where the two files may be inside the folder a user names: folders, or patterns of archives.
    """

    ratings: str
    columns: tuple[str, ...]
    delimiter: str
    titles: str | None
    titles_delimiter: str
    places: tuple[str, ...]
    header: bool = False
    titles_encoding: str = "utf-8"
    year_column: bool = False


@dataclasses.dataclass(frozen=True)
class HoldoutLayout:
    """Train rows, one held-out row per user and its negatives, as He et al. (NCF) and DeepCF publish them.

    Attributes:
        stem: the files are STEM.train.rating, STEM.test.rating and STEM.test.negative.
        places: folders in which they may be, inside the folder a user names.
    """

    stem: str
    places: tuple[str, ...] = (".", "Data")

    @property
    def train(self) -> str:
        return f"{self.stem}.train.rating"

    @property
    def test(self) -> str:
        return f"{self.stem}.test.rating"

    @property
    def negatives(self) -> str:
        return f"{self.stem}.test.negative"


Storage = Literal["csv", "parquet"]
Layout = RatingsLayout | HoldoutLayout
