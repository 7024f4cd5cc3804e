//! Damaged files: networks and pictures with bytes flipped, cut, repeated and spliced. Whatever is in
//! a file, the program answers within ten seconds, in less than 2 GiB, with exit code 0 or 2 and one
//! line. `make fuzz` tries thousands; the tests try fewer each time. The readers that need no process
//! of their own are in `readers`.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use saliscope::onnx::{ElementType, Model, ValueInfo, ValueType};

use crate::support::{root, saliscope};

/// Set by `make fuzz` to the number of files of each kind.
const COUNT_VARIABLE: &str = "SALISCOPE_MUTATIONS";
const MAX_SECONDS: u64 = 10;
const MAX_KIB: u64 = 2 << 20;

pub fn count(usual: usize) -> usize {
    std::env::var(COUNT_VARIABLE)
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(usual)
}

/// A copy of `bytes` with a few random faults.
pub fn mutated(bytes: &[u8], rng: &mut StdRng) -> Vec<u8> {
    let mut out = bytes.to_vec();
    for _ in 0..rng.random_range(1..8) {
        if out.is_empty() {
            break;
        }
        let at = rng.random_range(0..out.len());
        let length = rng.random_range(1..=(out.len() - at).min(64));
        match rng.random_range(0..7) {
            0 => out[at] ^= 1 << rng.random_range(0..8),
            1 => out[at] = rng.random(),
            2 => out[at] = [0, 1, 0x7F, 0x80, 0xFF][rng.random_range(0..5)],
            3 => out.truncate(at),
            4 => drop(out.drain(at..at + length)),
            5 => {
                let piece = out[at..at + length].to_vec();
                let to = rng.random_range(0..=out.len());
                out.splice(to..to, piece);
            }
            _ => out[at..at + length].fill(rng.random()),
        }
    }
    out
}

/// Runs the program on one file, watching time and memory; says what is wrong, if anything is.
fn fault(arguments: &[&str], data: &Path) -> Option<String> {
    let mut child = saliscope()
        .args(arguments)
        .env("SALISCOPE_DATA", data)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let start = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        let peak = peak_kib(child.id());
        let seconds = start.elapsed().as_secs();
        if seconds >= MAX_SECONDS || peak > MAX_KIB {
            child.kill().unwrap();
            child.wait().unwrap();
            return Some(format!(
                "after {seconds} s and {peak} KiB it was still at work"
            ));
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    let mut stderr = String::new();
    std::io::Read::read_to_string(&mut child.stderr.take().unwrap(), &mut stderr).unwrap();
    let lines = stderr.trim().lines().count();
    match status.code() {
        Some(0) if lines == 0 => None,
        Some(2) if lines == 1 => None,
        code => Some(format!("exit {code:?}: {stderr}")),
    }
}

/// Largest memory a process has held, in KiB; 0 where the system does not tell.
fn peak_kib(process: u32) -> u64 {
    std::fs::read_to_string(format!("/proc/{process}/status"))
        .unwrap_or_default()
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .and_then(|rest| rest.trim().trim_end_matches("kB").trim().parse().ok())
        .unwrap_or(0)
}

/// Tries mutations of `originals`; files that go wrong are kept and named.
fn try_all(
    originals: &[PathBuf],
    usual: usize,
    seed: u64,
    mutate: impl Fn(&[u8], &mut StdRng) -> Vec<u8>,
    arguments: impl Fn(&Path) -> Vec<String>,
) {
    let folder = tempfile::tempdir().unwrap();
    let kept = Path::new(env!("CARGO_TARGET_TMPDIR")).join("mutations");
    let mut rng = StdRng::seed_from_u64(seed);
    let mut faults = Vec::new();
    for i in 0..count(usual) {
        let original = &originals[i % originals.len()];
        let name = format!("{i}-{}", original.file_name().unwrap().to_str().unwrap());
        let path = folder.path().join(&name);
        let bytes = std::fs::read(original).unwrap();
        std::fs::write(&path, mutate(&bytes, &mut rng)).unwrap();
        let arguments = arguments(&path);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        if let Some(fault) = fault(&arguments, &folder.path().join("data")) {
            std::fs::create_dir_all(&kept).unwrap();
            std::fs::copy(&path, kept.join(&name)).unwrap();
            faults.push(format!("{}: {fault}", kept.join(&name).display()));
        }
        std::fs::remove_file(&path).unwrap();
    }
    assert!(
        faults.is_empty(),
        "{} faults:\n{}",
        faults.len(),
        faults.join("\n")
    );
}

#[test]
fn damaged_networks() {
    let originals = [root().join("tests/data/tiny.onnx")];
    try_all(&originals, 30, 1, mutated, |path| {
        ["models", "check", path.to_str().unwrap()]
            .map(str::to_owned)
            .to_vec()
    });
}

/// The gradient too: a network that opens must also be differentiated, or refused.
#[test]
fn damaged_networks_are_differentiated_or_refused() {
    let originals = [root().join("tests/data/tiny.onnx")];
    let picture = root().join("tests/data/pictures/gray.jpg");
    let out = tempfile::tempdir().unwrap();
    try_all(&originals, 20, 2, mutated, |path| {
        [
            "explain",
            picture.to_str().unwrap(),
            "--model",
            path.to_str().unwrap(),
            "--method",
            "gradient",
            "--out",
            out.path().to_str().unwrap(),
        ]
        .map(str::to_owned)
        .to_vec()
    });
}

/// A network that is still one, with a few things in it changed: what a byte flipped at random
/// rarely hits.
fn restructured(bytes: &[u8], rng: &mut StdRng) -> Vec<u8> {
    let mut model = Model::from_bytes(bytes).unwrap();
    for _ in 0..rng.random_range(1..4) {
        change(&mut model, rng);
    }
    model.to_bytes()
}

const SIZES: [i64; 12] = [
    -1,
    0,
    1,
    2,
    3,
    7,
    64,
    300,
    5000,
    1 << 20,
    i64::MAX,
    i64::MIN,
];
const OPERATORS: [&str; 28] = [
    "Relu",
    "Softmax",
    "Conv",
    "ConvTranspose",
    "MaxPool",
    "AveragePool",
    "GlobalAveragePool",
    "Gemm",
    "MatMul",
    "Add",
    "Mul",
    "Div",
    "Pow",
    "Concat",
    "Reshape",
    "Transpose",
    "Flatten",
    "Pad",
    "Slice",
    "Resize",
    "Expand",
    "Tile",
    "ConstantOfShape",
    "ReduceMean",
    "NonZero",
    "Loop",
    "Shape",
    "BatchNormalization",
];

fn change(model: &mut Model, rng: &mut StdRng) {
    let kind = rng.random_range(0..12);
    if kind == 0 {
        model.set_opset([1, 6, 9, 12, 13, 18, 22, 99][rng.random_range(0..8)]);
        return;
    }
    let graph = model.graph_mut().unwrap();
    let names: Vec<String> = graph
        .node
        .iter()
        .flat_map(|n| n.input.iter().chain(&n.output))
        .chain(graph.initializer.iter().filter_map(|t| t.name.as_ref()))
        .cloned()
        .collect();
    let name = |rng: &mut StdRng| match names.len() {
        0 => String::new(),
        n => names[rng.random_range(0..n)].clone(),
    };
    let size = |rng: &mut StdRng| SIZES[rng.random_range(0..SIZES.len())];
    if kind < 3 && !graph.initializer.is_empty() {
        let at = rng.random_range(0..graph.initializer.len());
        let tensor = &mut graph.initializer[at];
        match rng.random_range(0..4) {
            0 => tensor.dims.push(size(rng)),
            1 if !tensor.dims.is_empty() => {
                let at = rng.random_range(0..tensor.dims.len());
                tensor.dims[at] = size(rng);
            }
            2 => tensor.data_type = Some(rng.random_range(0..24)),
            _ => tensor.raw_data = None,
        }
        return;
    }
    if kind == 3
        && let Some(input) = graph.input.first_mut()
    {
        let dims: Vec<i64> = (0..4).map(|_| size(rng)).collect();
        *input = ValueInfo::new(input.name(), &ValueType::new(ElementType::F32, &dims));
        return;
    }
    if graph.node.is_empty() {
        return;
    }
    let at = rng.random_range(0..graph.node.len());
    if kind == 4 {
        let copy = graph.node[at].clone();
        graph.node.insert(rng.random_range(0..=at), copy);
        return;
    }
    if kind == 5 {
        graph.node.remove(at);
        return;
    }
    let node = &mut graph.node[at];
    match kind {
        6 | 7 => node.op_type = Some(OPERATORS[rng.random_range(0..OPERATORS.len())].to_owned()),
        8 if !node.input.is_empty() => {
            let at = rng.random_range(0..node.input.len());
            node.input[at] = name(rng);
        }
        9 => node.input.push(name(rng)),
        10 => {
            let attribute = ["axis", "group", "ceil_mode", "keepdims", "to", "alpha"];
            let key = attribute[rng.random_range(0..attribute.len())];
            let value = size(rng);
            *node = std::mem::take(node).with_int(key, value);
        }
        _ => {
            let attribute = [
                "kernel_shape",
                "strides",
                "pads",
                "dilations",
                "perm",
                "axes",
            ];
            let key = attribute[rng.random_range(0..attribute.len())];
            let values: Vec<i64> = (0..rng.random_range(0..5)).map(|_| size(rng)).collect();
            node.take_attribute(key);
            *node = std::mem::take(node).with_ints(key, &values);
        }
    }
}

#[test]
fn changed_networks_are_differentiated_or_refused() {
    let originals = [root().join("tests/data/tiny.onnx")];
    let picture = root().join("tests/data/pictures/gray.jpg");
    let out = tempfile::tempdir().unwrap();
    try_all(&originals, 30, 4, restructured, |path| {
        [
            "explain",
            picture.to_str().unwrap(),
            "--model",
            path.to_str().unwrap(),
            "--method",
            "gradient",
            "--out",
            out.path().to_str().unwrap(),
        ]
        .map(str::to_owned)
        .to_vec()
    });
}

#[test]
fn damaged_pictures() {
    let data = root().join("tests/data/pictures");
    let mut originals: Vec<PathBuf> = [
        "cmyk.jpg",
        "orientation6.jpg",
        "palette_alpha.png",
        "gray.jpg",
    ]
    .map(|name| data.join(name))
    .to_vec();
    // The other formats, written from one picture.
    let folder = tempfile::tempdir().unwrap();
    let picture = image::open(data.join("palette_alpha.png"))
        .unwrap()
        .into_rgb8();
    for ending in ["webp", "bmp", "gif", "tiff", "ppm", "qoi"] {
        let path = folder.path().join(format!("p.{ending}"));
        picture.save(&path).unwrap();
        originals.push(path);
    }
    try_all(&originals, 60, 3, mutated, |path| {
        let model = root().join("tests/data/tiny.onnx");
        [
            "predict",
            path.to_str().unwrap(),
            "--model",
            model.to_str().unwrap(),
            "--json",
        ]
        .map(str::to_owned)
        .to_vec()
    });
}
