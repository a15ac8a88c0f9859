"""Splink over records that were cleaned already, for the benchmark; run by a Python that has it.

splink_peer.py CLEAN.csv FOLDER THRESHOLD …: reads source_id and the fields compared,
writes FOLDER/THRESHOLD.csv with source_id,cluster_id for each threshold, since the best
one moves with the size of the file.
"""

import csv
import sys
from pathlib import Path

import pandas as pd
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on
from splink_fields import FIELDS

TRAINING_PAIRS = 1e6  # the smaller training sample: the faster Splink
BLOCKS = (("email",), ("phone",), ("mobile",), ("family_name", "company"), ("given_name", "family_name", "city"),
          ("family_name", "postcode"))  # fmt: skip


def main(source: str, folder: Path, *thresholds: float) -> None:
    """Train, predict once, cluster at each threshold."""
    frame = pd.read_csv(source, dtype=str, usecols=["source_id", *FIELDS]).rename(columns={"source_id": "unique_id"})
    blocks = [block_on(*fields) for fields in BLOCKS]
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=[
            cl.NameComparison("given_name"),
            cl.NameComparison("family_name"),
            cl.EmailComparison("email"),
            cl.ExactMatch("phone"),
            cl.ExactMatch("mobile"),
            cl.JaroWinklerAtThresholds("company", [0.9]),
            cl.ExactMatch("city"),
            cl.ExactMatch("postcode"),
            cl.JaroWinklerAtThresholds("street", [0.9]),
        ],
        blocking_rules_to_generate_predictions=blocks,
        retain_intermediate_calculation_columns=False,
        retain_matching_columns=False,
    )
    api = DuckDBAPI()
    linker = Linker(api.register(frame), settings)
    training = linker.training
    certain = [block_on("email"), block_on("phone", "family_name")]
    training.estimate_probability_two_random_records_match(certain, recall=0.7)
    training.estimate_u_using_random_sampling(max_pairs=TRAINING_PAIRS, seed=1)
    training.estimate_parameters_using_expectation_maximisation(block_on("email"))
    training.estimate_parameters_using_expectation_maximisation(block_on("given_name", "family_name"))
    pairs = linker.inference.predict(threshold_match_probability=min(thresholds))
    for threshold in thresholds:
        found = linker.clustering.cluster_pairwise_predictions_at_threshold(
            pairs, threshold_match_probability=threshold
        ).as_pandas_dataframe()
        with (folder / f"{threshold}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["source_id", "cluster_id"])
            writer.writerows(zip(found["unique_id"], found["cluster_id"], strict=True))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), *map(float, sys.argv[3:]))
