"""Runs ray_index.py on a Ray cluster of two nodes and index.slurm as an array would, and compares both
tables with that of one undisturbed run: check.py PROGRAM PICTURES"""

import os
import pathlib
import subprocess
import sys
import tempfile

os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
import ray  # noqa: E402
from ray.cluster_utils import Cluster  # noqa: E402

HERE = pathlib.Path(__file__).parents[2] / "assets/cluster"
sys.path.insert(0, str(HERE))
import ray_index  # noqa: E402


def main(program, pictures):
    with tempfile.TemporaryDirectory() as top:
        at = lambda name: os.path.join(top, name)

        def table(index):
            subprocess.run([program, "index", "export", index, "--out", index + ".csv"], check=True)
            return pathlib.Path(index + ".csv").read_bytes()

        plan = at("run.toml")
        subprocess.run([program, "index", "plan", pictures, "--shards", "5", "--out", plan], check=True)
        subprocess.run([program, "index", plan, "--out", at("one")], check=True)

        cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0})
        try:
            for _ in range(2):
                cluster.add_node(num_cpus=1)
            os.environ["RAY_ADDRESS"] = cluster.address
            ray_index.main(program, plan, at("ray"), "5")
        finally:
            # A node that this process is connected to cannot be removed.
            ray.shutdown()
            cluster.shutdown()

        for task in range(1, 6):
            said = {"SALISCOPE": program, "SLURM_ARRAY_TASK_MIN": "1", "SLURM_ARRAY_TASK_COUNT": "5"}
            said["SLURM_ARRAY_TASK_ID"] = str(task)
            subprocess.run(["bash", HERE / "index.slurm", plan, at("slurm")], env=os.environ | said, check=True)
        subprocess.run([program, "index", "merge", at("array"), at("slurm")], check=True)

        want = table(at("one"))
        for name in ["ray", "array"]:
            if table(at(name)) != want:
                sys.exit(f"{name}: another table than that of one run")
        print(f"{len(want.splitlines()) - 1} rows, the same from one run, from Ray and from an array of jobs")


if __name__ == "__main__":
    main(*sys.argv[1:])
