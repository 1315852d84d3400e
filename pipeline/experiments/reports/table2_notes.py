"""What the tables of `table2.md` mean, in the words that stand above and below them."""

UNTOUCHED_FIRST = "untouched-first"

HEAD = """\
# Structures against each other

![The structures of every dataset, sorted](table2.png)

Every value is a mean over the seeds, with the lowest and the highest in brackets where they differ. The
hyper-parameters and the epochs are chosen on a validation split cut from the train rows, once for all seeds
of the same data, so that a range holds the chance of the training and not that of the choice; the model is
then trained on all train rows and scored once on the test rows. In the columns named `test-selected` the
test rows choose the epochs, as the paper and DeepCF do: they compare with published figures and flatter the
model, if less than theirs, for no epoch is looked at beyond those of the training's patience. The best
value of each column is in bold; `test-selected` values, coverage and novelty do not compete. `seconds` are
of one training with the chosen hyper-parameters, some epochs behind the chosen one included, averaged over
the seeds.

`cfnet`, `ours-dot` and `ours-mlp` are trained as published: rectified units, every interaction seen. The
presets of these names, `cfnet-rl` and `cfnet-ml` drop half of the interactions in training; `cfnet-
dropping` is the preset `cfnet`. `autoncf` has one view or two, as the validation split prefers.
"""

CANDIDATES_NOTE = """\
HR@10 is the fraction of users whose held-out item is among the ten best scored candidates of its test list,
and NDCG@10 is 1 / log2(1 + its rank), 0 beyond rank 10; a held-out item ranks below all others of its score.
`raw` takes the candidates as the authors of the data drew them. `cold-last` ranks every candidate without a
train row below all that have one. `clean` is `raw` without the candidates that are train interactions of the
user. Where held-out items have no train row, a raw value is never to be read without the cold-last one: the
few candidates that nobody has touched are then mostly the held-out items themselves.
"""

PAPER_NOTE = """\
`paper raw` is HR@10 / NDCG@10 of the paper's Table II; it compares with the `test-selected` columns.
"""

UNTOUCHED_FIRST_NOTE = f"""\
`{UNTOUCHED_FIRST}` is a rule that knows nothing of the user: items that nobody has touched come first, then
the popular ones. What it earns under `raw` and loses under `cold-last` is a defect of the candidates.
"""

FULL_RANKING_NOTE = """\
Convolutions (`oncf`) are too slow to score everything, so they have no such figures.
The held-out item is ranked among all items that have a train row and are not train interactions of the user;
a held-out item without a train row is a miss. `coverage@10` is the fraction of these items that are among the
first ten of any user; `novelty@10` is the mean of -log2(fraction of users who have the item) over the first
ten, in bits: higher is less popular.
"""

SIGNIFICANCE_NOTE = """\
NDCG@10 under `cold-last` of `{reference}` minus that of the other, averaged over the seeds for each of the
{users:,} users and then over the users: above 0, `{reference}` is better. The interval is the percentile
interval of 10,000 bootstrap samples of the users; p is that of the two-sided Wilcoxon signed-rank test
(normal approximation), which leaves out users without a difference, and is not corrected for the number of
rows. Both speak of other users, given these trainings; rows without chance have one training.
"""

RATINGS_NOTE = """\
RMSE is the root mean squared error over the held-out ratings, in units of the ratings: lower is better. Each
seed draws its own random split.
"""
