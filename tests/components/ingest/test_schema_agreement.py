"""What ingest writes is what the packaged schemas describe."""

import pytest
import tensorflow_data_validation as tfdv
from tfx.types import artifact_utils

from components.ingest import IngestSettings
from components.ingest.component import InteractionExampleGen
from schemas import schema_path
from tests.components.ingest.executing import run

HEADER = "user_id,item_id,value,timestamp\n"
ROWS = [
    f"u{user},i{(user + 7 * n) % 30},{1 + n % 5},{n * 100 + user}" for user in range(40) for n in range(6)
]


@pytest.mark.parametrize("feedback", ["explicit", "implicit"])
@pytest.mark.parametrize("timestamps", [True, False])
def test_no_anomaly_in_any_split(folder_with, tmp_path, feedback, timestamps):
    folder = folder_with({"interactions.csv": HEADER + "\n".join(ROWS)})
    columns = {} if timestamps else {"timestamp": None}
    settings = IngestSettings(feedback=feedback, columns=columns, split={"strategy": "random"})
    examples = run(InteractionExampleGen(folder, settings, feedback), tmp_path / "out")
    schema = tfdv.load_schema_text(schema_path(feedback))
    for split in artifact_utils.decode_split_names(examples.split_names):
        files = artifact_utils.get_split_uri([examples], split) + "/*"
        statistics = tfdv.generate_statistics_from_tfrecord(files)
        assert statistics.datasets[0].num_examples > 0
        anomalies = tfdv.validate_statistics(statistics, schema)
        assert not anomalies.anomaly_info, (split, anomalies)
        assert not anomalies.HasField("dataset_anomaly_info"), (split, anomalies)
