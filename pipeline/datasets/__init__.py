"""Public datasets, brought into the canonical folder that ingest reads.

`fetch("ml-100k", Path("data/ml-100k"))` writes `interactions.csv` (or `.parquet` for the large ones),
`test.csv` and `candidates.csv` where the source gives a holdout, `items.csv` where it has titles, and
`dataset.json` with the counts.
"""

from pipeline.datasets.catalog import CATALOG
from pipeline.datasets.fetching import fetch
from pipeline.datasets.progress import Progress, rich_progress
from pipeline.datasets.summary import DatasetSummary

NAMES = tuple(CATALOG)

__all__ = ["NAMES", "DatasetSummary", "Progress", "fetch", "rich_progress"]
