"""Indexes a collection on a Ray cluster: ray_index.py PROGRAM SOURCE INDEX PARTS [options of index]"""

import subprocess
import sys

import ray


@ray.remote(num_cpus=1, max_retries=3)
def part(program, source, folder, k, n, options):
    subprocess.run([program, "index", source, "--out", folder, "--shard", f"{k}/{n}", *options], check=True)


def main(program, source, index, parts, *options):
    ray.init(address="auto", ignore_reinit_error=True)
    n, folder = int(parts), f"{index}.parts"
    ray.get([part.remote(program, source, folder, k, n, options) for k in range(n)])
    subprocess.run([program, "index", "merge", index, folder], check=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
