"""A SLURM of our own for as long as this process lives; says in JSON how to reach it."""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from slurm_cluster import SlurmCluster, missing_programs  # noqa: E402


def say(answer: dict[str, object]) -> None:
    """Answer the test in one line."""
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


missing = missing_programs()
if missing:
    say({"missing": missing})
    sys.exit(0)
cluster = SlurmCluster()
try:
    cluster.start()
    say({"environment": cluster.environment})
    # Ends with the test that holds the other end of the pipe.
    sys.stdin.read()
finally:
    cluster.stop()
