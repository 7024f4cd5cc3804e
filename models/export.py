#!/usr/bin/env python3
"""Exports well-known classifiers from torchvision and timm to ONNX, with their catalog entry.

usage: python models/export.py NAME... [--random-weights] [--out DIR] [--exporter torchscript|dynamo]
       python models/export.py --list

For each NAME it writes NAME.onnx and, beside it, NAME.toml with the preprocessing that belongs
to the weights, which Saliscope reads when the file is opened by its path.
Needs an environment of its own, with PyTorch (models/README.md says how); nothing else of
Saliscope does. Each exported file is run in ONNX Runtime and compared with PyTorch before it is
put in place.
"""

import argparse
import os
import pathlib
import sys
import tempfile
import warnings

INSTALLED = pathlib.Path(__file__).resolve().parent / "installed"
MAX_SCORE_ERROR = 1e-4

# NAME -> library, the library's name, what people call it, licence of code and weights, note.
MODELS = {
    "inception-v3": ("torchvision", "inception_v3", "Inception V3", "BSD-3-Clause", "Szegedy et al., 2015."),
    "vgg16": ("torchvision", "vgg16", "VGG 16", "BSD-3-Clause", "Simonyan and Zisserman, 2014."),
    "resnet50": ("torchvision", "resnet50", "ResNet-50", "BSD-3-Clause", "He et al., 2015."),
    "efficientnet-b0": ("torchvision", "efficientnet_b0", "EfficientNet-B0", "BSD-3-Clause", "Tan and Le, 2019."),
    "convnext-tiny": ("torchvision", "convnext_tiny", "ConvNeXt-T", "BSD-3-Clause", "Liu et al., 2022."),
    "vit-b-16": ("torchvision", "vit_b_16", "ViT-B/16", "BSD-3-Clause", "Dosovitskiy et al., 2020."),
    "convmixer-768-32": ("timm", "convmixer_768_32.in1k", "ConvMixer-768/32", "Apache-2.0", "Trockman and Kolter, 2022."),
    "deit-small": ("timm", "deit_small_patch16_224.fb_in1k", "DeiT-S/16", "Apache-2.0", "Touvron et al., 2020."),
}


class ExportError(Exception):
    """The export cannot go on; the message is one line that says what to do."""


def _torchvision(name, random_weights):
    import torchvision

    weights = torchvision.models.get_model_weights(name).DEFAULT
    if name == "inception_v3":
        # torchvision re-maps ImageNet's mean and std to .5 and .5 inside the network when it
        # loads weights, and not otherwise; asked for here so that the graph always does.
        options = {"transform_input": True, "init_weights": False} if random_weights else {}
    else:
        options = {}
    model = torchvision.models.get_model(name, weights=None if random_weights else weights, **options)
    transforms = weights.transforms()
    return model, {
        "input_size": transforms.crop_size[0],
        "mean": list(transforms.mean),
        "std": list(transforms.std),
        "crop": transforms.crop_size[0] / transforms.resize_size[0],
        "resample": transforms.interpolation.value,
        "weights": f"torchvision {torchvision.__version__.split('+')[0]}, {weights}",
    }


def _timm(name, random_weights):
    import timm

    model = timm.create_model(name, pretrained=not random_weights)
    config = timm.data.resolve_data_config({}, model=model)
    return model, {
        "input_size": config["input_size"][-1],
        "mean": list(config["mean"]),
        "std": list(config["std"]),
        "crop": config["crop_pct"],
        "resample": config["interpolation"],
        "weights": f"timm {timm.__version__}, {name}",
    }


def calibrate(model, size, batches=2):
    """Makes random weights usable: no layer of zeros, and batch norms with the statistics of the
    network's own activations on noise (without them the signal dies or explodes within a few
    layers)."""
    import torch

    for parameter in model.parameters():
        if parameter.dim() == 2 and not parameter.any():
            torch.nn.init.normal_(parameter, std=0.02)  # torchvision's ViT starts with a head of zeros
    norms = [module for module in model.modules() if isinstance(module, torch.nn.modules.batchnorm._BatchNorm)]
    for norm in norms:
        norm.momentum = None  # a plain average over the batches
        norm.reset_running_stats()
        norm.train()
    with torch.no_grad():
        for _ in range(batches):
            model(torch.randn(4, 3, size, size))
    model.eval()


def build(name, random_weights=False, seed=0):
    """The network in evaluation mode, and its preprocessing (mean and std in 0..1 units)."""
    import torch

    library, id_there, *_ = MODELS[name]
    torch.manual_seed(seed)
    try:
        model, preprocessing = {"torchvision": _torchvision, "timm": _timm}[library](id_there, random_weights)
    except ImportError:
        raise ExportError(f"{library} is not installed here; models/README.md says how to get it") from None
    except OSError as error:
        raise ExportError(f"the weights of {name} could not be loaded ({error}); --random-weights needs none") from None
    model.eval()
    if random_weights:
        calibrate(model, preprocessing["input_size"])
    if id_there == "inception_v3":
        _check_inception_remaps(model, preprocessing["input_size"])
    return model, preprocessing


def _check_inception_remaps(model, size):
    """Makes sure that ImageNet's mean and std are right outside this network: it must give what
    the bare network gives for an input that is re-mapped by hand."""
    import torch

    mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    picture = torch.rand(1, 3, size, size)
    column = lambda values: values.view(1, 3, 1, 1)  # noqa: E731
    with torch.no_grad():
        inside = model((picture - column(mean)) / column(std))
        model.transform_input = False
        by_hand = model((picture - 0.5) / 0.5)
        model.transform_input = True
    if not torch.allclose(inside, by_hand, atol=1e-3 * float(by_hand.abs().max())):
        raise ExportError("this torchvision's Inception V3 does not re-map its input as expected")


def write_onnx(model, path, size, exporter="torchscript", opset=17, dynamic_batch=True, channels=3):
    """Writes a network as an ONNX file with input `input` [N,3,size,size] and output `logits`."""
    import torch

    # Attention's fused form has no ONNX counterpart; the plain one gives the same scores.
    torch.backends.mha.set_fastpath_enabled(False)
    example = torch.randn(2, channels, size, size)
    names = {"input_names": ["input"], "output_names": ["logits"], "opset_version": opset}
    if exporter == "dynamo":
        shapes = ({0: torch.export.Dim.DYNAMIC},) if dynamic_batch else None
        torch.onnx.export(model, (example,), str(path), dynamo=True, external_data=False, dynamic_shapes=shapes, **names)
    else:
        axes = {"input": {0: "N"}, "logits": {0: "N"}} if dynamic_batch else None
        torch.onnx.export(model, (example,), str(path), dynamo=False, dynamic_axes=axes, **names)


def check_scores(model, path, size):
    """The largest difference between PyTorch and the file in ONNX Runtime, relative to the scores."""
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # read when the library is loaded
    import onnxruntime
    import torch

    example = torch.randn(2, 3, size, size)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    (ours,) = session.run(None, {session.get_inputs()[0].name: example.numpy()})
    with torch.no_grad():
        reference = model(example).numpy()
    return float(abs(ours - reference).max() / abs(reference).max())


def sidecar(name, preprocessing, random_weights):
    """The text of NAME.toml: the keys of a [[model]] entry of models/catalog.toml."""
    title, licence, note = MODELS[name][2:]
    source = preprocessing["weights"]
    if random_weights:
        title, source = f"{title} (random weights)", f"{source}, not trained"
        note += " Random weights: it has learnt nothing, so its maps mean nothing."
    scaled = lambda values: "[" + ", ".join(f"{value * 255:.4f}" for value in values) + "]"  # noqa: E731
    return f"""id = "{name}"
name = "{title}"
file = "{name}.onnx"
input_size = {preprocessing["input_size"]}
layout = "NCHW"
channels = "RGB"
mean = {scaled(preprocessing["mean"])}
std = {scaled(preprocessing["std"])}
resize = "square"
crop = {preprocessing["crop"]:.4f}
resample = "{preprocessing["resample"]}"
labels = "imagenet"
licence = "{licence}"
source = "{source}"
note = "{note}"
"""


def export(name, random_weights, out, exporter, opset, seed):
    """Writes NAME.onnx and NAME.toml into `out`, each whole or not at all."""
    model, preprocessing = build(name, random_weights, seed)
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".part-", dir=out) as scratch:
        part = pathlib.Path(scratch) / f"{name}.onnx"
        write_onnx(model, part, preprocessing["input_size"], exporter, opset)
        error = check_scores(model, part, preprocessing["input_size"])
        if not error <= MAX_SCORE_ERROR:
            raise ExportError(f"{name}: the exported file differs from PyTorch by {error:.1e} of its scores")
        text = pathlib.Path(scratch) / f"{name}.toml"
        text.write_text(sidecar(name, preprocessing, random_weights), encoding="utf-8")
        os.replace(part, out / part.name)
        os.replace(text, out / text.name)
    size = (out / f"{name}.onnx").stat().st_size / 1e6
    print(f"{name}: {size:.0f} MB, {preprocessing['input_size']} px, differs from PyTorch by {error:.1e}", flush=True)


def main():
    """Runs the exporter; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="which networks; see --list")
    parser.add_argument("--list", action="store_true", help="print the names")
    parser.add_argument("--random-weights", action="store_true", help="no download; the network knows nothing")
    parser.add_argument("--seed", type=int, default=0, help="of the random weights (default 0)")
    parser.add_argument("--out", type=pathlib.Path, default=INSTALLED, help="folder (default models/installed)")
    parser.add_argument("--exporter", choices=["torchscript", "dynamo"], default="torchscript")
    parser.add_argument("--opset", type=int, help="ONNX opset (default 17; 18 for dynamo)")
    arguments = parser.parse_args()
    if arguments.list:
        for name, (library, id_there, title, _, note) in MODELS.items():
            print(f"{name:18} {title}: {note} ({library} {id_there})")
        return 0
    unknown = [name for name in arguments.names if name not in MODELS]
    if unknown or not arguments.names:
        print(f"which networks? Names: {' '.join(MODELS)}", file=sys.stderr)
        return 2
    # The exporter's remarks on tracing are settled by comparing the file with PyTorch.
    warnings.filterwarnings("ignore")
    opset = arguments.opset or (18 if arguments.exporter == "dynamo" else 17)
    try:
        for name in arguments.names:
            export(name, arguments.random_weights, arguments.out, arguments.exporter, opset, arguments.seed)
    except ExportError as error:
        print(f"models/export.py: {error}", file=sys.stderr)
        return 1
    except ImportError as error:
        print(f"models/export.py: {error}; models/README.md says how to make its environment", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
