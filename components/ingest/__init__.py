"""Ingest: files of interactions in, one Example per user out.

`InteractionExampleGen` is in `components.ingest.component`, which imports TFX.
"""

from components.ingest.report import IngestReport
from components.ingest.settings import ColumnNames, IngestSettings, SplitSettings

__all__ = ["ColumnNames", "IngestReport", "IngestSettings", "SplitSettings"]
