"""The datasets that can be fetched: where they are, how they are laid out, and what they must count."""

import dataclasses

from pipeline.datasets.layout import HoldoutLayout, Layout, RatingsLayout, Storage


@dataclasses.dataclass(frozen=True)
class RemoteFile:
    """A file at its publisher's address.

    Attributes:
        url: its address.
        digest: `md5:…` or `sha256:…` as published or measured, None where neither is known.
    """

    url: str
    digest: str | None = None

    @property
    def name(self) -> str:
        return self.url.rsplit("/", 1)[-1]


@dataclasses.dataclass(frozen=True)
class Counts:
    """Distinct users and items over interactions and test, and the rows of each table."""

    users: int
    items: int
    rows: int
    test_rows: int = 0
    candidate_rows: int = 0


@dataclasses.dataclass(frozen=True)
class DatasetSpec:
    """One dataset.

    Attributes:
        files: what to download from the publisher.
        layouts: the forms in which the data may be found, the publisher's first.
        counts: checked after every fetch.
        storage: what the interactions are written as.
        package: a requirement of the Python package index whose wheel holds a copy, in `layouts[1]`.
    """

    files: tuple[RemoteFile, ...]
    layouts: tuple[Layout, ...]
    counts: Counts
    storage: Storage = "csv"
    package: str | None = None


_MOVIELENS_COLUMNS = ("user_id", "item_id", "value", "timestamp")

# `1::1193::5::978300760` split at single colons has empty columns in between.
_COLON_COLUMNS = ("user_id", "_1", "item_id", "_2", "value", "_3", "timestamp")

_RECBOLE = RatingsLayout(
    ratings="ml-100k.inter",
    columns=_MOVIELENS_COLUMNS,
    delimiter="\t",
    header=True,
    titles="ml-100k.item",
    titles_delimiter="\t",
    year_column=True,
    places=(".", "ml-100k", "recbole-*.whl"),
)


def _movielens(name: str, digest: str) -> tuple[RemoteFile]:
    return (RemoteFile(f"https://files.grouplens.org/datasets/movielens/{name}.zip", f"md5:{digest}"),)


def _colons(name: str, folder: str, encoding: str) -> RatingsLayout:
    return RatingsLayout(
        ratings="ratings.dat",
        columns=_COLON_COLUMNS,
        delimiter=":",
        titles="movies.dat",
        titles_delimiter="::",
        titles_encoding=encoding,
        places=(".", folder, f"{name}.zip"),
    )


def _commas(name: str) -> RatingsLayout:
    return RatingsLayout(
        ratings="ratings.csv",
        columns=_MOVIELENS_COLUMNS,
        delimiter=",",
        header=True,
        titles="movies.csv",
        titles_delimiter=",",
        places=(".", name, f"{name}.zip"),
    )


def _deepcf(stem: str, train: str | None, test: str | None, negatives: str | None) -> tuple[RemoteFile, ...]:
    folder = "https://raw.githubusercontent.com/familyld/DeepCF/master/Data"
    return tuple(
        RemoteFile(f"{folder}/{stem}.{suffix}", digest and f"sha256:{digest}")
        for suffix, digest in (("train.rating", train), ("test.rating", test), ("test.negative", negatives))
    )


CATALOG: dict[str, DatasetSpec] = {
    "ml-100k": DatasetSpec(
        files=_movielens("ml-100k", "0e33842e24a9c977be4e0107933c0723"),
        layouts=(
            RatingsLayout(
                ratings="u.data",
                columns=_MOVIELENS_COLUMNS,
                delimiter="\t",
                titles="u.item",
                titles_delimiter="|",
                titles_encoding="latin-1",
                places=(".", "ml-100k", "ml-100k.zip"),
            ),
            _RECBOLE,
        ),
        counts=Counts(users=943, items=1_682, rows=100_000),
        package="recbole==1.2.1",
    ),
    "ml-1m": DatasetSpec(
        files=_movielens("ml-1m", "c4d9eecfca2ab87c1945afe126590906"),
        layouts=(_colons("ml-1m", "ml-1m", "latin-1"),),
        counts=Counts(users=6_040, items=3_706, rows=1_000_209),
    ),
    "ml-10m": DatasetSpec(
        files=_movielens("ml-10m", "ce571fd55effeba0271552578f2648bd"),
        layouts=(_colons("ml-10m", "ml-10M100K", "utf-8"),),
        counts=Counts(users=69_878, items=10_677, rows=10_000_054),
        storage="parquet",
    ),
    "ml-20m": DatasetSpec(
        files=_movielens("ml-20m", "cd245b17a1ae2cc31bb14903e1204af3"),
        layouts=(_commas("ml-20m"),),
        counts=Counts(users=138_493, items=26_744, rows=20_000_263),
        storage="parquet",
    ),
    "ml-25m": DatasetSpec(
        files=_movielens("ml-25m", "6b51fb2759a8657d3bfcbfc42b592ada"),
        layouts=(_commas("ml-25m"),),
        counts=Counts(users=162_541, items=59_047, rows=25_000_095),
        storage="parquet",
    ),
    "lastfm": DatasetSpec(
        files=_deepcf(
            "lastfm",
            "aa286fd070b5063ccdb3ef847b64c927e83dbc961d8804fa8454dd8964dc6662",
            "1bbe3bddddaf7c49d6c3ed204bda72d97545ce1acf98c0e0c7234aff9fcb5ce0",
            "331f05638d7a786f59dc33f346318018224bdb24a91a5d0444dcdbf24bf9498d",
        ),
        layouts=(HoldoutLayout("lastfm"),),
        counts=Counts(users=1_741, items=2_665, rows=67_408, test_rows=1_741, candidate_rows=172_359),
    ),
    "amusic": DatasetSpec(
        files=_deepcf(
            "AMusic",
            "7e7aa977b152a99e706c581f8feaa73a9c490b3c9f88b81a0aa1da3272bd3a98",
            "e6d556349b628eaeae94170a96e183db899e1947664bb17dbe30c31962b5def1",
            "a490e1666b38ee0cf0396b8723bc1ffc119b3cfa070a7b4b1165ec9b6ed07ce1",
        ),
        layouts=(HoldoutLayout("AMusic"),),
        counts=Counts(users=1_776, items=12_929, rows=44_311, test_rows=1_776, candidate_rows=175_824),
    ),
    "atoys": DatasetSpec(
        files=_deepcf("AToy", None, None, None),
        layouts=(HoldoutLayout("AToy"),),
        counts=Counts(users=3_137, items=33_953, rows=81_505, test_rows=3_137, candidate_rows=310_563),
    ),
}
