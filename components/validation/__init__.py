"""Validation of statistics, of a dataset and of its newest spans, that stops the run at the first anomaly."""
