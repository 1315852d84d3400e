"""Fresh every night: when to run, when not to, and what to do when a run fails."""
