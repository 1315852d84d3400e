import csv
import io

import pyarrow as pa
import pyarrow.parquet
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from components.ingest import IngestSettings, quarantine
from components.ingest.blocks import plan_blocks
from components.ingest.reader import read_block
from components.ingest.source import find_files

EXPLICIT = IngestSettings(feedback="explicit")
IMPLICIT = IngestSettings(feedback="implicit")
RATINGS = (0.5, 5.0)
POSITIVE = (1e-30, float("inf"))
LATEST = 1_800_000_000
HEADER = "user_id,item_id,value,timestamp\n"


def read(folder, run=EXPLICIT, domain=RATINGS, block_bytes=1 << 20):
    """All accepted rows and all rejected ones, in order."""
    plan = plan_blocks(find_files(folder, run), run, block_bytes)
    blocks = [read_block(block, run, domain, LATEST) for block in plan.blocks]
    rejected = {block.ordinal: each.rejected for block, each in zip(plan.blocks, blocks, strict=True)}
    lines = {block.ordinal: each.line_count for block, each in zip(plan.blocks, blocks, strict=True)}
    accepted = [tuple(row.values()) for each in blocks for row in each.table.to_pylist()]
    return accepted, list(quarantine.locate(plan.blocks, rejected, lines))


def test_accepted_rows(folder_with):
    folder = folder_with({"interactions.csv": HEADER + "u1,i1,5,10\nu2,i2,.5,0\n"})
    assert read(folder) == ([(b"u1", b"i1", 5.0, 10), (b"u2", b"i2", 0.5, 0)], [])


def test_without_values_and_timestamps(folder_with):
    folder = folder_with({"interactions.tsv": "item_id\tuser_id\ni1\tu1"})
    assert read(folder, IMPLICIT, POSITIVE) == ([(b"u1", b"i1", 1.0, 0)], [])


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("u1,i1,5", "number of columns is not the header's 4"),
        ("u1,i1,5,10,", "number of columns is not the header's 4"),
        ("   ", "number of columns is not the header's 4"),
        (",i1,5,10", "user_id is empty"),
        ('u1,"",5,10', "item_id is empty"),
        (b"u\xff,i1,5,10", "user_id is not UTF-8"),
        (b"u1,\xc3,5,10", "item_id is not UTF-8"),
        ("u1,i1,,10", "value is not a finite number"),
        ("u1,i1,NaN,10", "value is not a finite number"),
        ("u1,i1,-inf,10", "value is not a finite number"),
        ("u1,i1,good,10", "value is not a finite number"),
        ("u1,i1,5.5,10", "value is outside the schema's domain, 0.5 to 5"),
        ("u1,i1,0,10", "value is outside the schema's domain, 0.5 to 5"),
        ("u1,i1,5,-1", "timestamp is negative"),
        ("u1,i1,5,1.5", "timestamp is not a whole number"),
        ("u1,i1,5,", "timestamp is not a whole number"),
        ("u1,i1,5,1800000001", "timestamp is in the future"),
        ("u1,i1,5,881250949000", "timestamp is not in seconds (milliseconds? divide by 1000)"),
        ("u1,i1,5,99999999999999999999", "timestamp is not in seconds (milliseconds? divide by 1000)"),
        ("u1,i1,5,10\rx", "a carriage return inside the line"),
        ('u1,"i1"x,5,10', "quotes do not enclose whole fields on this line"),
        ('"u1,i1,5,10', "quotes do not enclose whole fields on this line"),
        ('u1,"i,1",5', "number of columns is not the header's 4"),
    ],
)
def test_a_bad_row_between_good_ones(folder_with, row, reason):
    row = row.encode() if isinstance(row, str) else row
    folder = folder_with({"interactions.csv": HEADER.encode() + b"u1,i1,5,10\n" + row + b"\nu2,i2,1,20\n"})
    accepted, rejected = read(folder)
    assert accepted == [(b"u1", b"i1", 5.0, 10), (b"u2", b"i2", 1.0, 20)]
    assert [(bad.file, bad.line) for bad in rejected] == [("interactions.csv", 3)]
    assert rejected[0].reason.startswith(reason)


def test_reasons_use_the_names_of_the_users_columns(folder_with):
    run = IngestSettings(feedback="explicit", columns={"value": "stars"})
    folder = folder_with({"interactions.csv": "user_id,item_id,stars\n1,2,many\n"})
    assert [bad.reason for bad in read(folder, run)[1]] == ["stars is not a finite number"]


def test_an_interaction_of_value_zero_is_none(folder_with):
    folder = folder_with({"interactions.csv": "user_id,item_id,value\n1,2,0\n1,3,1e9\n"})
    accepted, rejected = read(folder, IMPLICIT, POSITIVE)
    assert accepted == [(b"1", b"3", 1e9, 0)]
    assert [bad.line for bad in rejected] == [2]


def test_an_id_with_a_line_break_is_refused_and_shifts_nothing(folder_with):
    rows = 'u1,"i\n1",5,10\nu2,i2,5,10\nbad\n'
    accepted, rejected = read(folder_with({"interactions.csv": HEADER + rows}))
    assert accepted == [(b"u2", b"i2", 5.0, 10)]
    assert [(bad.line, bad.text) for bad in rejected] == [(2, 'u1,"i'), (3, '1",5,10'), (5, "bad")]


def test_quotes_separators_and_long_ids(folder_with):
    long = "x" * 10_000
    rows = f'"a,b","say ""hi""",5,1\n{long},7" single,4,2\nNA,null,3,3\n'
    accepted, rejected = read(folder_with({"interactions.csv": HEADER + rows}), block_bytes=64)
    assert accepted == [
        (b"a,b", b'say "hi"', 5.0, 1),
        (long.encode(), b'7" single', 4.0, 2),
        (b"NA", b"null", 3.0, 3),
    ]
    assert rejected == []


def test_bom_carriage_returns_and_blank_lines(folder_with):
    content = b"\xef\xbb\xbf" + HEADER.encode() + b"u1,i1,5,1\n\nu2,i2,x,2\n\nu3,i3,4,3"
    accepted, rejected = read(folder_with({"interactions.csv": content.replace(b"\n", b"\r\n")}))
    assert accepted == [(b"u1", b"i1", 5.0, 1), (b"u3", b"i3", 4.0, 3)]
    assert [(bad.line, bad.text) for bad in rejected] == [(4, "u2,i2,x,2")]


def test_a_byte_order_mark_inside_the_file_belongs_to_its_id(folder_with):
    rows = "\ufeffu1,i1,5,1\n"
    assert read(folder_with({"interactions.csv": HEADER + rows}))[0] == [("\ufeffu1".encode(), b"i1", 5.0, 1)]


def write_parquet(tmp_path, table, row_group_size=None):
    (tmp_path / "data").mkdir()
    pa.parquet.write_table(table, tmp_path / "data" / "interactions.parquet", row_group_size=row_group_size)
    return str(tmp_path / "data")


def test_parquet_rows_are_numbered_over_row_groups(tmp_path):
    table = pa.table(
        {
            "user_id": pa.array([1, 2, None, 4]),
            "item_id": pa.array(["a", "b\nc", "c", "d"]).dictionary_encode(),
            "value": [5.0, 5.0, 5.0, None],
            "timestamp": pa.array([1_000, 2_999, 3_000, 4_000], pa.timestamp("ms")),
        }
    )
    accepted, rejected = read(write_parquet(tmp_path, table, row_group_size=1), block_bytes=1)
    assert accepted == [(b"1", b"a", 5.0, 1)]
    assert [(bad.line, bad.reason) for bad in rejected] == [
        (2, "item_id holds a line break"),
        (3, "user_id is empty"),
        (4, "value is not a finite number"),
    ]


@pytest.mark.parametrize("character", ["\n", "\r"])
def test_line_breaks_in_ids_are_refused_as_vocabularies_are_lines(tmp_path, character):
    table = pa.table({"user_id": ["1", "2"], "item_id": ["a", f"b{character}"], "value": [5.0, 5.0]})
    accepted, rejected = read(write_parquet(tmp_path, table))
    assert [row[:2] for row in accepted] == [(b"1", b"a")]
    assert [(bad.line, bad.reason) for bad in rejected] == [(2, "item_id holds a line break")]


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.binary(), pa.large_binary(), pa.int32()])
def test_parquet_ids_of_every_type(tmp_path, kind):
    ids = pa.array([1, 2]).cast(pa.string())
    ids = ids.cast(pa.binary()).cast(kind) if kind == pa.large_binary() else ids.cast(kind)
    table = pa.table({"user_id": ids, "item_id": ids, "value": pa.array([3, 4], pa.int8())})
    assert read(write_parquet(tmp_path, table))[0] == [(b"1", b"1", 3.0, 0), (b"2", b"2", 4.0, 0)]


FIELD = st.text(
    alphabet=st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), max_size=6
) | st.sampled_from(['"', '""', ",", "a,b", "\n", "\r", "é", "4", "4.5", "9", "nan", "-1", "1000"])
BYTES = st.binary(max_size=12)  # zero bytes too, which Python's own parser cannot take


def as_python_reads(line):
    """Fields of one line by Python's own parser, strict about quotes; None if it is no row of four."""
    fields = next(csv.reader([line], strict=True), [])
    return fields if len(fields) == 4 else None


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(FIELD, min_size=3, max_size=5), max_size=12), st.integers(20, 200))
def test_written_rows_come_back_or_are_quarantined_with_their_line(folder_with, rows, block_bytes):
    rows = [["u", "i", "4", "1"], *rows]
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    folder = folder_with({"interactions.csv": HEADER + text.getvalue()})
    accepted, rejected = read(folder, block_bytes=block_bytes)

    lines = text.getvalue().split("\n")
    filled = [number for number, line in enumerate(lines, start=2) if line.removesuffix("\r")]
    assert len(accepted) + len(rejected) == len(filled)
    assert {bad.line for bad in rejected} <= set(filled)
    kept = [lines[number - 2] for number in filled if number not in {bad.line for bad in rejected}]
    assert [tuple(as_python_reads(line.removesuffix("\r"))[:2]) for line in kept] == [
        (user.decode(), item.decode()) for user, item, _, _ in accepted
    ]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(BYTES | st.just(b"u,i,4,1"), max_size=8), st.integers(5, 60))
def test_any_bytes_and_any_block_size_give_the_same(folder_with, lines, block_bytes):
    content = HEADER.encode() + b"u,i,4,1\n" + b"\n".join(lines)
    folder = folder_with({"interactions.csv": content})
    whole = read(folder)
    assert read(folder, block_bytes=block_bytes) == whole
    filled = [line for line in content.split(b"\n")[1:] if line.removesuffix(b"\r")]
    assert len(whole[0]) + len(whole[1]) == len(filled)
