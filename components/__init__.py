"""What the standard TFX components lack: ingest by user, validation that stops, ranking metrics, an atomic push."""
