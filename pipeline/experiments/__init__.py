"""The experiments of the paper: every structure against baselines, under protocols that a reviewer believes.

Hyper-parameters and epochs are chosen on a cut of the train rows; a model is then trained on all of them and
scored once on the test rows.
"""
