"""What standard TFX lacks: ingest by user, validation that stops, ranking metrics, an atomic push."""
