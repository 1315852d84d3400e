"""Whole folders through Beam, without writing Examples: every kind of bad input is counted or refused."""

import random

import pytest

from components.ingest import IngestSettings
from components.ingest.checking import check
from components.ingest.refusal import refusal
from models.errors import UserError

HEADER = "user_id,item_id,value,timestamp\n"
EXPLICIT = IngestSettings(feedback="explicit")
IMPLICIT = IngestSettings(feedback="implicit", negatives=3)
RATINGS = (0.5, 5.0)
POSITIVE = (1e-30, float("inf"))


def rows(users, per_user, start=0):
    return [
        f"u{user},i{(user + number) % 40},{1 + number % 5},{start + 1000 * number + user}"
        for user in range(users)
        for number in range(per_user)
    ]


def csv(lines):
    return HEADER + "\n".join(lines) + "\n"


def adds_up(report):
    return (
        report.rows_read == report.accepted + report.quarantined + report.duplicates
        and report.interactions == report.accepted - report.in_test
        and report.interactions
        == report.train_interactions + report.eval_interactions + report.test_interactions
    )


def test_counts(folder_with):
    report = check(folder_with({"interactions.csv": csv(rows(20, 5))}), EXPLICIT, RATINGS)
    assert (report.rows_read, report.accepted, report.quarantined, report.duplicates) == (100, 100, 0, 0)
    assert (report.users, report.items) == (20, 24)  # user 19 ends at item 23
    assert (report.train_interactions, report.eval_interactions, report.test_interactions) == (60, 20, 20)
    assert report.examples == {"train": 20, "eval": 20, "test": 20}
    assert (report.first_timestamp, report.last_timestamp) == (0, 4019)  # user 19's fifth row
    assert refusal(report, EXPLICIT, "") is None


def test_times_are_of_all_good_rows_in_every_file(folder_with):
    lines = ["a,x,1,500", "a,y,1,700", "a,y,1,300", "a,z,bad,1", "b,x,1,400", "b,y,1,450"]
    settings = IngestSettings(feedback="implicit", split={"strategy": "given"}, max_quarantined=1)
    report = check(
        folder_with({"interactions.csv": csv(lines), "test.csv": csv(["a,w,1,900"])}), settings, POSITIVE
    )
    assert (report.first_timestamp, report.last_timestamp) == (300, 900)  # 1 is a bad row's


def test_test_file_without_timestamps_is_passed_over(folder_with):
    folder = folder_with(
        {"interactions.csv": csv(rows(3, 3, start=5000)), "test.csv": "user_id,item_id\nu1,x\n"}
    )
    settings = IngestSettings(feedback="implicit", split={"strategy": "given"})
    report = check(folder, settings, POSITIVE)
    assert (report.first_timestamp, report.last_timestamp) == (5000, 7002)


def test_interactions_without_timestamps_have_no_times(folder_with):
    folder = folder_with({"interactions.csv": "user_id,item_id\na,x\na,y\na,z\n"})
    report = check(folder, IMPLICIT, POSITIVE)
    assert (report.first_timestamp, report.last_timestamp) == (None, None)


def test_users_with_few_interactions_and_items_only_in_test(folder_with):
    lines = ["one,x,1,1", "two,x,1,1", "two,only in test,1,2", "three,x,1,1", "three,y,1,2", "three,z,1,3"]
    report = check(folder_with({"interactions.csv": csv(lines)}), EXPLICIT, RATINGS)
    assert report.examples == {"train": 3, "eval": 1, "test": 2}
    assert report.items == 4


def test_one_percent_of_bad_rows_is_quarantined(folder_with, tmp_path):
    lines = rows(20, 10)
    lines[3], lines[150] = "u0,i3,six,1", "u15,,1,1"
    report = check(folder_with({"interactions.csv": csv(lines)}), EXPLICIT, RATINGS, str(tmp_path))
    assert (report.quarantined, report.accepted) == (2, 198)
    assert refusal(report, EXPLICIT, "") is None
    assert (tmp_path / "quarantine.tsv").read_text() == (
        "file\tline\treason\ttext\n"
        "interactions.csv\t5\tvalue is not a finite number\tu0,i3,six,1\n"
        "interactions.csv\t152\titem_id is empty\tu15,,1,1\n"
    )


def test_half_of_bad_rows_is_refused(folder_with):
    lines = [line if number % 2 else "u0,i0,9,1" for number, line in enumerate(rows(20, 10))]
    report = check(folder_with({"interactions.csv": csv(lines)}), EXPLICIT, RATINGS)
    message = refusal(report, EXPLICIT, "there/quarantine.tsv")
    assert "100 of 200 rows (50.0%) break a rule, more than max_quarantined = 1.0%" in message
    assert "interactions.csv line 2: value is outside the schema's domain, 0.5 to 5 ('u0,i0,9,1')" in message
    assert "All of them are in there/quarantine.tsv: mend them, raise max_quarantined, or name" in message


def test_bad_candidates_are_refused_though_interactions_are_many(folder_with):
    settings = IngestSettings(feedback="implicit", split={"strategy": "given"})
    folder = folder_with(
        {
            "interactions.csv": csv([*rows(20, 10), ",x,1,1"]),
            "test.csv": "user_id,item_id\nu1,i39\n",
            "candidates.csv": "user_id,item_id\nu1,i30\nu1,\nu2,i3\n",
        }
    )
    report = check(folder, settings, POSITIVE)
    assert (report.candidates_read, report.candidates_quarantined, report.candidates_unused) == (3, 1, 1)
    message = refusal(report, settings, "q")
    assert "1 of 3 rows of candidates (33.3%)" in message
    assert ": candidates.csv line 3: item_id is empty" in message


def test_no_good_row_at_all(folder_with):
    report = check(folder_with({"interactions.csv": csv(["a,b,c,d", "e"])}), EXPLICIT, RATINGS)
    assert (report.rows_read, report.quarantined, report.users, report.items) == (2, 2, 0, 0)


def test_every_row_a_duplicate_of_one(folder_with):
    report = check(folder_with({"interactions.csv": csv(["a,b,1,1"] * 9)}), EXPLICIT, RATINGS)
    assert (report.accepted, report.duplicates) == (1, 8)
    assert "8 duplicates were dropped) leave no Example for eval and test" in refusal(report, EXPLICIT, "")


def test_every_row_twice_changes_nothing_else(folder_with):
    once = check(folder_with({"interactions.csv": csv(rows(5, 4))}), EXPLICIT, RATINGS)
    twice = check(folder_with({"interactions.csv": csv(rows(5, 4) * 2)}), EXPLICIT, RATINGS)
    changed = {"rows_read": 40, "duplicates": 20, "contents": twice.contents}
    assert twice == once.model_copy(update=changed)


def test_later_spans_win_and_the_last_can_be_chosen(folder_with):
    folder = folder_with({f"span-{n}/interactions.csv": csv(rows(5, 4 + n)) for n in (2, 10)})
    every = check(folder, EXPLICIT, RATINGS)
    assert (every.rows_read, every.accepted, every.duplicates) == (30 + 70, 70, 30)
    last = check(folder, EXPLICIT.model_copy(update={"spans": 1}), RATINGS)
    assert (last.rows_read, last.duplicates) == (70, 0)


def test_given_test_pairs_leave_train(folder_with):
    settings = IngestSettings(feedback="implicit", split={"strategy": "given"})
    folder = folder_with(
        {"interactions.csv": csv(["a,x,1,1", "a,y,1,2", "a,z,1,3"]), "test.csv": csv(["a,z,1,9", "b,x,1,1"])}
    )
    report = check(folder, settings, POSITIVE)
    assert (report.rows_read, report.accepted, report.in_test, report.interactions) == (5, 5, 1, 4)
    assert (report.train_interactions, report.eval_interactions, report.test_interactions) == (1, 1, 2)
    assert report.users == 2


def test_bom_carriage_returns_and_quotes(folder_with):
    lines = '"a,1",x,1,1\r\n"a,1",y,1,2\r\n"a,1",z,1,3\r\n'
    content = b"\xef\xbb\xbf" + (HEADER.replace("\n", "\r\n") + lines).encode()
    report = check(folder_with({"interactions.csv": content}), EXPLICIT, RATINGS)
    assert (report.accepted, report.users, report.items) == (3, 1, 3)


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"interactions.csv": ""}, "is empty"),
        ({"interactions.csv": "user,item\n1,2\n"}, "no column 'user_id'"),
        ({"interactions.csv": "user_id\titem_id\n1\t2\n"}, "rename the file to .tsv"),
    ],
)
def test_files_that_cannot_be_read_are_refused(folder_with, files, message):
    with pytest.raises(UserError, match=message):
        check(folder_with(files), IMPLICIT, POSITIVE)


def test_temporal_fractions(folder_with):
    settings = IngestSettings(feedback="explicit", split={"strategy": "temporal"})
    lines = [f"u{number % 7},i{number},3,{number}" for number in range(100)]
    report = check(folder_with({"interactions.csv": csv(lines)}), settings, RATINGS, block_bytes=200)
    assert (report.train_interactions, report.eval_interactions, report.test_interactions) == (80, 10, 10)


def test_temporal_fractions_are_of_pairs_at_their_first_time(folder_with):
    settings = IngestSettings(feedback="explicit", split={"strategy": "temporal"})
    lines = [f"u{number % 7},i{number},3,{number}" for number in range(100)]
    again = [f"u{number % 7},i{number},4,{1000 + number}" for number in range(50)]
    report = check(folder_with({"interactions.csv": csv(lines + again)}), settings, RATINGS)
    assert (report.train_interactions, report.eval_interactions, report.test_interactions) == (80, 10, 10)
    assert report.duplicates == 50


def test_a_split_that_stays_empty_names_the_remedy(folder_with):
    settings = IngestSettings(feedback="explicit", split={"strategy": "temporal"})
    lines = [f"u{number},i{number},3,5" for number in range(20)]
    report = check(folder_with({"interactions.csv": csv(lines)}), settings, RATINGS)
    assert "no Example for eval and test under split.strategy" in refusal(report, settings, "")
    assert "set split.eval_from and split.test_from" in refusal(report, settings, "")


@pytest.mark.parametrize("strategy", ["leave-one-out", "random", "temporal"])
def test_the_size_of_blocks_changes_nothing(folder_with, tmp_path, strategy):
    lines = rows(30, 8) + rows(3, 3) + ["bad", "u1,i1,NaN,1", '"u9,,"",,']
    random.Random(1).shuffle(lines)
    folder = folder_with({"interactions.csv": csv(lines)})
    settings = IngestSettings(feedback="explicit", split={"strategy": strategy}, max_quarantined=0.5)
    reports, quarantines = [], []
    for block_bytes in (64, 333, 1 << 20):
        reports.append(check(folder, settings, RATINGS, str(tmp_path), block_bytes))
        quarantines.append((tmp_path / "quarantine.tsv").read_bytes())
    assert adds_up(reports[0])
    assert reports[1:] == reports[:1] * 2
    assert quarantines[1:] == quarantines[:1] * 2
    assert reports[0].quarantined == 3
    assert reports[0].duplicates == 9


def test_spans_are_counted_one_by_one_before_they_are_merged(folder_with):
    folder = folder_with(
        {
            "span-3/interactions.csv": csv(["a,x,1,30", "a,x,2,10", "b,y,bad,1", "b,z,1,20"]),
            "span-10/interactions.csv": csv(["a,x,1,5", "c,z,3,60"]),
            "span-4/interactions.csv": HEADER,
        }
    )
    report = check(folder, EXPLICIT, RATINGS, block_bytes=16)
    assert [span.model_dump(exclude={"accepted", "bad_rows"}) for span in report.spans] == [
        {"name": "span-3", "rows": 3, "quarantined": 1, "first_timestamp": 10, "last_timestamp": 30},
        {"name": "span-10", "rows": 2, "quarantined": 0, "first_timestamp": 5, "last_timestamp": 60},
    ]
    assert (report.accepted, report.duplicates) == (3, 2)
    assert (report.empty, report.waiting) == (("span-4",), ())


def test_one_file_has_no_spans(folder_with):
    assert check(folder_with({"interactions.csv": csv(rows(3, 3))}), EXPLICIT, RATINGS).spans == ()


@pytest.mark.parametrize(("bad", "refused"), [(9, False), (10, True)])
def test_one_span_of_bad_rows_is_refused_though_all_rows_are_many(folder_with, bad, refused):
    folder = folder_with(
        {
            "span-1/interactions.csv": csv(rows(100, 20)),
            "span-2/interactions.csv": csv(["u0,i0,9,1"] * bad + rows(3, 6)),
        }
    )
    sentence = refusal(check(folder, EXPLICIT, RATINGS), EXPLICIT, "q")
    assert (sentence is not None) == refused
    if refused:
        reason = "value is outside the schema's domain, 0.5 to 5 ('u0,i0,9,1')"
        assert sentence.startswith(
            "10 of 28 rows of span-2 (35.7%) break a rule, more than max_quarantined = 1.0%: "
            f"span-2/interactions.csv line 2: {reason}; span-2/interactions.csv line 3: {reason}; "
            f"span-2/interactions.csv line 4: {reason}. All of them are in q"
        )
        assert sentence.endswith(
            "All of them are in q: mend them, raise max_quarantined, or name a schema_file "
            "whose domain holds your values."
        )
