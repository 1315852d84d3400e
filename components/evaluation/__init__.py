"""Ranking metrics for the standard Evaluator, its configuration, and reading of its results."""
