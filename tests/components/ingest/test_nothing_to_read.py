"""What is merely not there yet, told from what is wrong."""

import pytest

from components.ingest import IngestSettings
from components.ingest.delivery import read_delivery
from components.ingest.nothing_to_read import NothingToRead
from models.errors import UserError

PATIENT = IngestSettings(feedback="implicit", require_success=True, spans=2)
HEADER = "user_id,item_id\n"
ROW = HEADER + "1,2\n"
QUIET = {"span-2/interactions.csv": HEADER, "span-3/interactions.csv": "", "span-3/_SUCCESS": ""}


@pytest.mark.parametrize(
    "files",
    [
        {"span-1/interactions.csv": ROW, "span-2/interactions.csv": ROW},
        {"span-1/interactions.csv": ROW, "span-1/_SUCCESS": "", "span-2/_SUCCESS": "", **QUIET},
    ],
)
def test_spans_that_wait_and_quiet_ones(folder_with, files):
    with pytest.raises(NothingToRead):
        read_delivery(folder_with(files), PATIENT)


def test_one_file_that_waits(folder_with):
    with pytest.raises(NothingToRead):
        read_delivery(
            folder_with({"interactions.csv": ROW}), IngestSettings(feedback="implicit", require_success=True)
        )


@pytest.mark.parametrize("files", [{"interactions.csv": HEADER}, {}, {"span-1/items.csv": "x"}])
def test_mistakes_are_no_quiet_night(folder_with, files):
    with pytest.raises(UserError) as error:
        read_delivery(folder_with(files), IngestSettings(feedback="implicit"))
    assert not isinstance(error.value, NothingToRead)
