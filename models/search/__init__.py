"""The search over structures: which trials, on which processes, until when, and what came of them."""
