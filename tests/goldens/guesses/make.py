"""Makes the reference for `saliscope guesses export` with NumPy and SciPy, independent of the program:
a journal, a network's map, and what must come out. Run it here: python make.py"""
import hashlib, json, os
import numpy as np
from scipy.ndimage import gaussian_filter
from scipy.stats import rankdata

HERE = os.path.dirname(os.path.abspath(__file__))
N, SIDE = 64, 24
rng = np.random.default_rng(18)

def runs(labels):
    flat = labels.ravel()
    out = []
    for label in flat:
        if out and out[-2] == label:
            out[-1] += 1
        else:
            out += [int(label), 1]
    return out

def sealed(fields):
    line = json.dumps(fields, separators=(",", ":"), ensure_ascii=False)[:-1]
    check = hashlib.sha256(line.encode()).hexdigest()[:6]
    return f'{line},"k":"{check}"}}\n'

y, x = np.mgrid[:N, :N]
def guess(cx, cy):
    cx, cy = cx + rng.normal(0, 4), cy + rng.normal(0, 4)
    r = np.hypot(x - cx, y - cy)
    labels = np.zeros((N, N), int)
    for label, radius in ((4, 14), (3, 10), (2, 6), (1, 3)):
        labels[r < radius * rng.uniform(.7, 1.3)] = label
    return labels

groups = {("a" * 64, "network"): (20, 24, 24), ("a" * 64, "own-eyes"): (44, 40, 9), ("b" * 64, "network"): (32, 12, 3)}
lines, kept = [], {}
for (sha, prompt), (cx, cy, count) in groups.items():
    for i in range(count + 2):
        labels = guess(cx, cy)
        flags = []
        if i == count:
            labels = np.zeros((N, N), int)  # blank
        elif i == count + 1:
            flags = ["failed-catch"]
        else:
            kept.setdefault((sha, prompt), []).append(np.where(labels > 0, 5 - labels, 0))
        n = len(lines) + 1
        lines.append(sealed({"v": 1, "t": "2026-11-26T10:00:%02d.000Z" % (n % 60), "m": n, "d": 20783,
            "s": f"session{n}", "n": 1, "e": "round", "game": f"g{n}", "round": 1, "of": 1,
            "date": "2026-11-26T10:00:00Z", "nickname": "ADA", "model": "m", "method": "xrai",
            "picture": "=Fox, red", "sha256": sha, "score": 50.5, "found": [0, 0, 0, 0], "hints": 0,
            "seconds": 20.5, "prompt": prompt, "painting": runs(labels), "flags": flags}))
os.makedirs(f"{HERE}/journal", exist_ok=True)
open(f"{HERE}/journal/2026-11-26.jsonl", "w").writelines(lines)

M = (1 << 64) - 1
def splitmix(s):
    while True:
        s = (s + 0x9E3779B97F4A7C15) & M
        z = ((s ^ (s >> 30)) * 0xBF58476D1CE4E5B9) & M
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & M
        yield z ^ (z >> 31)

blur = lambda m: np.round(gaussian_filter(m, .04 * N, mode="reflect", radius=8) * 1e6).astype(np.float32)
def spearman(a, b):
    a, b = rankdata(a), rankdata(b)
    return float(np.corrcoef(a, b)[0, 1])
def corrected(a, b):
    r = spearman(blur(a).ravel(), blur(b).ravel())
    return 2 * r / (1 + r) if r > 0 else r
def ceiling(g):
    n = len(g)
    if n < 4:
        return None
    k = min(20, n)
    random = splitmix(18)
    whole, without = [], [[] for _ in range(k)]
    for _ in range(20):
        order = list(range(n))
        for i in range(n - 1, 0, -1):
            j = next(random) % (i + 1)
            order[i], order[j] = order[j], order[i]
        halves = order[0::2], order[1::2]
        total = lambda half, out: sum((g[i].astype(float) for i in half if i % k != out), np.zeros((N, N)))
        whole.append(corrected(total(halves[0], None), total(halves[1], None)))
        for out in range(k):
            without[out].append(corrected(total(halves[0], out), total(halves[1], out)))
    value = np.mean(whole)
    z = np.arctanh(np.clip([np.mean(w) for w in without], -.999999, .999999))
    error = np.sqrt((k - 1) / k * ((z - z.mean()) ** 2).sum())
    centre = np.arctanh(np.clip(value, -.999999, .999999))
    return [float(value), float(np.tanh(centre - 1.96 * error)), float(np.tanh(centre + 1.96 * error))]

yy, xx = np.mgrid[:SIDE * 6, :SIDE * 6]
network = (-np.hypot(xx - 50, yy - 60) + 3 * np.sin(xx / 9)).astype(np.float32)
os.makedirs(f"{HERE}/maps", exist_ok=True)
np.save(f"{HERE}/maps/map.npy", network)
cell = (2 * np.arange(SIDE * 6) + 1) * N // (2 * SIDE * 6)
sums, counts = np.zeros((N, N)), np.zeros((N, N))
np.add.at(sums, (cell[:, None], cell[None, :]), network.astype(float))
np.add.at(counts, (cell[:, None], cell[None, :]), 1)
pooled = sums / counts

expected, means = [], []
for key in sorted(groups):
    g = kept[key]
    mean = np.mean(g, axis=0)
    means.append([mean, np.std(g, axis=0)])
    row = {"sha256": key[0], "prompt": key[1], "guesses": len(g), "ceiling": ceiling(g)}
    if key[0] == "a" * 64:
        row["spearman"] = spearman(blur(mean).ravel(), blur(pooled).ravel())
    expected.append(row)
np.save(f"{HERE}/maps_expected.npy", np.array(means, np.float32))
json.dump(expected, open(f"{HERE}/expected.json", "w"), indent=1)
