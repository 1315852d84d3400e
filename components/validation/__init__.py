"""Validation of a dataset's statistics that stops the run at the first anomaly."""
