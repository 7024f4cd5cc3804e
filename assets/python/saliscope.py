"""Saliency maps of any ONNX classifier, from Python: a thin cover over the program ``saliscope``.

Copy this file beside your notebook. It needs NumPy and the program: on the PATH, or where the environment
variable SALISCOPE says.

A picture is a path, or an array [height, width, 3] (uint8, or floats from 0 to 1). Keyword arguments become
options of the command line: ``steps=50`` is ``--steps 50``, ``no_shuffle=True`` is ``--no-shuffle``. What the
program prints as JSON comes back as it is (``saliscope COMMAND --help`` tells what is in it).

>>> cat = "assets/installed/cat.png"
>>> predict(cat)[0]["label"]
'Egyptian cat'
>>> why = explain(cat, method="grad-cam")
>>> why.map.shape, why.label, bool(why.map.max() > 0)
((224, 224), 'Egyptian cat', True)
>>> without = what_if(cat, mask=why.top(10), fill="blur")
>>> without["after"]["class"]["probability"] < without["before"]["class"]["probability"]
True
>>> compare(why, why.map)["agree"]
1.0
>>> predict("nosuch.png")
Traceback (most recent call last):
    ...
saliscope.Error: saliscope: nosuch.png: there is no such file; check the name
"""

import html as _html
import json
import os
import pathlib
import subprocess
import tempfile

import numpy as np

__all__ = ["Error", "Explanation", "compare", "explain", "predict", "what_if"]


class Error(RuntimeError):
    """What the program says when it refuses: one line that tells what to do."""


def _run(command, *arguments, **options):
    """Runs the program; gives what it prints."""
    words = [os.environ.get("SALISCOPE", "saliscope"), command, *map(str, arguments)]
    for name, value in options.items():
        flag = "--" + name.replace("_", "-")
        if value is True:
            words.append(flag)
        elif value is not None and value is not False:
            # In one word, so that a value may begin with a dash.
            words.append(f"{flag}={value}")
    done = subprocess.run(words, capture_output=True, text=True, encoding="utf-8")
    if done.returncode:
        raise Error(done.stderr.strip() or f"{words[0]} ended with {done.returncode}")
    return done.stdout


def _picture(picture, folder, name="picture"):
    """A path of the picture: its own, or of a file in ``folder`` that holds the array."""
    if not isinstance(picture, np.ndarray):
        return os.fspath(picture)
    pixels = picture
    if pixels.dtype != np.uint8:
        if pixels.dtype != bool and (pixels.min() < 0 or pixels.max() > 1):
            raise ValueError("an array of floats is a picture when its values lie from 0 to 1")
        pixels = np.floor(pixels.astype(np.float64) * 255 + 0.5).astype(np.uint8)
    if pixels.ndim == 2:
        kind = b"P5"
    elif pixels.ndim == 3 and pixels.shape[2] == 3:
        kind = b"P6"
    else:
        raise ValueError(f"a picture is [height, width, 3], not {list(pixels.shape)}")
    path = pathlib.Path(folder, name + ".pnm")
    height, width = pixels.shape[:2]
    path.write_bytes(kind + b"\n%d %d\n255\n" % (width, height) + np.ascontiguousarray(pixels).tobytes())
    return str(path)


def _map(map_, folder, name):
    """A path of the map: its own, or of a file in ``folder`` that holds it."""
    if isinstance(map_, Explanation):
        map_ = map_.map
    if not isinstance(map_, np.ndarray):
        return os.fspath(map_)
    path = pathlib.Path(folder, name + ".npy")
    np.save(path, np.asarray(map_, dtype=np.float32))
    return str(path)


class Explanation:
    """A map and all that is known of it. In a notebook it shows itself, with sliders.

    map:         [height, width] float32 of the network's input; higher is more important
    attribution: [height, width, 3] float32, red first, where the method has values per channel, else None
    record:      explanation.json as a dictionary
    page:        the HTML page
    """

    def __init__(self, folder, page):
        folder = pathlib.Path(folder)
        self.record = json.loads((folder / "explanation.json").read_text(encoding="utf-8"))
        self.map = np.load(folder / self.record["map"])
        name = self.record["attribution"]
        self.attribution = np.load(folder / name) if name else None
        self.page = page

    @property
    def predictions(self):
        """The surest answers, best first: class, label, probability, logit."""
        return self.record["predictions"]

    @property
    def label(self):
        """What the class is called that is explained."""
        return self.record["label"]

    def top(self, percent):
        """[height, width] of bool: the most important part of the map; ties with its last pixel are in."""
        count = int(np.floor(self.map.size * percent / 100 + 0.5))
        if not 0 < count <= self.map.size:
            raise ValueError("the top share is above 0 and at most 100 percent")
        return self.map >= np.sort(self.map, axis=None)[-count]

    def __repr__(self):
        return f"<what speaks for {self.label} by {self.record['method']}, {self.map.shape[0]} x {self.map.shape[1]}>"

    def _repr_html_(self):
        return f'<iframe srcdoc="{_html.escape(self.page)}" title="{_html.escape(repr(self))}" style="width:100%;height:720px;border:0"></iframe>'


def predict(picture, model="efficientnet-lite0", top=5, **options):
    """What the network sees: a list of class, label, probability and logit, surest first; for a list of
    pictures a list of such lists."""
    with tempfile.TemporaryDirectory() as folder:
        many = isinstance(picture, (list, tuple))
        pictures = [_picture(p, folder, f"picture{i}") for i, p in enumerate(picture if many else [picture])]
        rows = json.loads(_run("predict", *pictures, model=model, top=top, json=True, **options))
    found = [row["predictions"] for row in rows]
    return found if many else found[0]


def explain(picture, method="xrai", model="efficientnet-lite0", class_="auto", classes=1, **options):
    """Why the network says so: an Explanation. ``classes`` more of the surest can be chosen on its page."""
    with tempfile.TemporaryDirectory() as folder:
        out, page = pathlib.Path(folder, "out"), pathlib.Path(folder, "page.html")
        path = _picture(picture, folder)
        _run("explain", path, method=method, model=model, out=out, html=page, html_classes=classes,
             **{"class": class_}, **options)
        return Explanation(out, page.read_text(encoding="utf-8"))


def what_if(picture, mask=None, top=None, fill="blur", model="efficientnet-lite0", class_="auto", **options):
    """What the network says where a part is gone: what-if.json as a dictionary, with "before" and "after".

    mask: a path, or an array [height, width] of the picture's size or the network's, true or 1 where it goes
    top:  the most important percent of the map
    flip=True searches the fewest cells of a grid whose loss changes the answer
    """
    with tempfile.TemporaryDirectory() as folder:
        path = _picture(picture, folder)
        mask = None if mask is None else _picture(mask, folder, "mask")
        return json.loads(_run("what-if", path, mask=mask, top=top, fill=fill, model=model, json=True,
                               **{"class": class_}, **options))


def compare(a, b, delta=10, **options):
    """How alike two maps are, as a dictionary: agree, iou, dice, pearson, spearman, ssim, emd and more. A map
    is an Explanation, an array [height, width], or a path."""
    with tempfile.TemporaryDirectory() as folder:
        paths = _map(a, folder, "a"), _map(b, folder, "b")
        return json.loads(_run("compare", *paths, delta=delta, json=True, **options))
