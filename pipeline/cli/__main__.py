"""`python -m pipeline.cli`: the command `autoncf` of this very interpreter."""

from pipeline.cli import main

main()
