//! What the integration tests share: the program, the installed networks, the reference figures.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use ndarray::{ArrayD, Axis, Slice};

/// The checkout.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The program, with a data folder of its own so that nothing of the user's is touched.
pub fn saliscope() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_saliscope"));
    command
        .env("SALISCOPE_HOME", root())
        .env(
            "SALISCOPE_DATA",
            Path::new(env!("CARGO_TARGET_TMPDIR")).join("user"),
        )
        .env_remove("RUST_LOG")
        .current_dir(root());
    command
}

/// Runs the program with `arguments`.
pub fn run<S: AsRef<std::ffi::OsStr>>(arguments: impl IntoIterator<Item = S>) -> Output {
    saliscope().args(arguments).output().unwrap()
}

/// Runs the program and gives its standard output; panics with its message if it fails.
pub fn run_ok<S: AsRef<std::ffi::OsStr>>(arguments: impl IntoIterator<Item = S>) -> String {
    let output = run(arguments);
    assert!(
        output.status.success(),
        "exit {:?}: {}",
        output.status.code(),
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

/// Runs the program, which must fail as the contract says: exit code 2, one line; gives the line.
pub fn run_failing<S: AsRef<std::ffi::OsStr>>(arguments: impl IntoIterator<Item = S>) -> String {
    failing(&run(arguments))
}

/// Checks that `output` is a failure as the contract says; gives the line.
pub fn failing(output: &Output) -> String {
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert_eq!(stderr.trim().lines().count(), 1, "{stderr}");
    assert!(!stderr.contains("panick"), "{stderr}");
    stderr.trim().to_owned()
}

/// A folder of reference figures: `tests/goldens`, or whole ones where `SALISCOPE_GOLDENS` names them.
pub fn goldens(folder: &str) -> PathBuf {
    let all = std::env::var_os("SALISCOPE_GOLDENS").map(PathBuf::from);
    all.unwrap_or_else(|| root().join("tests/goldens"))
        .join(folder)
}

/// The values of `ours` that the reference figures carry: every fourth row and column where those
/// are of that size, all where they are whole.
pub fn thinned(ours: &ArrayD<f32>, reference: &ArrayD<f32>) -> ArrayD<f32> {
    let mut thin = ours.view();
    for axis in 0..2 {
        let step = ours.shape()[axis] / reference.shape()[axis];
        thin.slice_axis_inplace(Axis(axis), Slice::new(0, None, step as isize));
    }
    assert_eq!(thin.shape(), reference.shape());
    thin.to_owned()
}

/// A `.npy` file, whatever its shape.
pub fn npy(path: &Path) -> ArrayD<f32> {
    saliscope::npy::read_f32(path).unwrap()
}

/// `|a - b| / |b|`.
pub fn relative(a: &ArrayD<f32>, b: &ArrayD<f32>) -> f64 {
    assert_eq!(a.shape(), b.shape());
    let norm = |values: &mut dyn Iterator<Item = f64>| values.map(|v| v * v).sum::<f64>().sqrt();
    let off = norm(&mut a.iter().zip(b).map(|(&a, &b)| f64::from(a) - f64::from(b)));
    off / norm(&mut b.iter().map(|&b| f64::from(b))).max(1e-30)
}

/// Rank correlation, for values with few ties.
pub fn spearman(a: &ArrayD<f32>, b: &ArrayD<f32>) -> f64 {
    let ranks = |values: &ArrayD<f32>| {
        let values: Vec<f32> = values.iter().copied().collect();
        let mut order: Vec<usize> = (0..values.len()).collect();
        order.sort_by(|&i, &j| values[i].total_cmp(&values[j]));
        let mut ranks = vec![0.0f64; values.len()];
        let mut start = 0;
        while start < order.len() {
            let mut end = start + 1;
            while end < order.len() && values[order[end]] == values[order[start]] {
                end += 1;
            }
            for &i in &order[start..end] {
                ranks[i] = (start + end - 1) as f64 / 2.0;
            }
            start = end;
        }
        ranks
    };
    let (a, b) = (ranks(a), ranks(b));
    let mean = (a.len() as f64 - 1.0) / 2.0;
    let (mut ab, mut aa, mut bb) = (0.0, 0.0, 0.0);
    for (a, b) in a.iter().zip(&b) {
        ab += (a - mean) * (b - mean);
        aa += (a - mean) * (a - mean);
        bb += (b - mean) * (b - mean);
    }
    ab / (aa * bb).sqrt()
}
