//! Scores and gradients of a raw batch: the library's side of `saliscope gradient`.

use std::path::Path;

use ndarray::{Array2, ArrayD, ArrayView3, ArrayViewD, Axis, Ix3};

use super::{ClassifierError, Layout, Network, NetworkOptions};

/// What the model itself puts out for a batch, and the gradients in the batch.
#[derive(Debug, Clone)]
pub struct BatchGradient {
    /// `[N, classes]`, after a final softmax where the model has one.
    pub scores: Array2<f32>,
    /// Of the batch's shape: item `i` is the gradient of `scores[i][targets[i]]` in item `i`.
    pub gradient: ArrayD<f32>,
}

/// Runs the network in `path` on `batch`, `f32` `[N,C,H,W]` (or `[N,H,W,C]` for a file of that
/// layout), one picture at a time. One target class per item; a single one counts for all.
///
/// # Errors
/// When the batch or the targets do not fit the network, or the network cannot be opened, run
/// or differentiated.
pub fn batch_gradient(
    path: &Path,
    batch: &ArrayViewD<'_, f32>,
    targets: &[usize],
    options: &NetworkOptions,
) -> Result<BatchGradient, ClassifierError> {
    let unsuitable = |why: String| ClassifierError::Input(why);
    let &[count, second, third, fourth] = batch.shape() else {
        return Err(unsuitable(format!(
            "the batch has shape {:?}; it must be [N,C,H,W]",
            batch.shape()
        )));
    };
    if count == 0 || (targets.len() != count && targets.len() != 1) {
        return Err(unsuitable(format!(
            "{} targets for {count} pictures; give one target per picture",
            targets.len()
        )));
    }
    let channels_last = matches!(fourth, 1 | 3) && !matches!(second, 1 | 3);
    let size = if channels_last {
        [second, third]
    } else {
        [third, fourth]
    };
    let network = Network::open(
        path,
        &NetworkOptions {
            size: Some(size),
            ..options.clone()
        },
    )?;
    // A batch of the usual layout for a file of the other one is turned, and its gradient back.
    let turn = network.layout() == Layout::Nhwc && !channels_last;
    let mut scores = Array2::zeros((count, network.output_width()));
    let mut gradient = ArrayD::zeros(batch.raw_dim());
    for (index, item) in batch.axis_iter(Axis(0)).enumerate() {
        let target = targets.get(index).or(targets.first()).copied().unwrap_or(0);
        let item: ArrayView3<'_, f32> = item
            .into_dimensionality::<Ix3>()
            .map_err(|e| unsuitable(e.to_string()))?;
        let item = if turn {
            item.permuted_axes([1, 2, 0])
        } else {
            item
        };
        let (row, own) = network.raw_gradient(item, target)?;
        let own = if turn {
            own.permuted_axes([2, 0, 1])
        } else {
            own
        };
        scores
            .row_mut(index)
            .iter_mut()
            .zip(row)
            .for_each(|(to, from)| *to = from);
        gradient
            .index_axis_mut(Axis(0), index)
            .assign(&own.into_dyn());
    }
    Ok(BatchGradient { scores, gradient })
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use ndarray::Slice;

    use crate::classifier::{Device, GraphCache};
    use crate::npy::read_f32;

    use super::*;

    fn relative(ours: &ArrayD<f32>, reference: &ArrayD<f32>) -> f64 {
        let square = |v: f64| v * v;
        let difference: f64 = ours
            .iter()
            .zip(reference)
            .map(|(a, b)| square(f64::from(*a) - f64::from(*b)))
            .sum();
        let size: f64 = reference.iter().map(|b| square(f64::from(*b))).sum();
        (difference / size.max(1e-300)).sqrt()
    }

    /// Every case in a folder of the form described in the goldens' README. Returns failures.
    fn failures(folder: &std::path::Path) -> (usize, Vec<String>) {
        let options = NetworkOptions {
            cache: GraphCache::off(),
            device: Device::Cpu,
            ..NetworkOptions::default()
        };
        let mut cases: Vec<PathBuf> = std::fs::read_dir(folder)
            .unwrap()
            .map(|e| e.unwrap().path())
            .collect();
        cases.retain(|c| c.join("grad.npy").is_file());
        cases.sort();
        let mut bad = Vec::new();
        for case in &cases {
            let text = std::fs::read_to_string(case.join("case.json")).unwrap();
            let about: serde_json::Value = serde_json::from_str(&text).unwrap();
            let targets: Vec<usize> = about["targets"]
                .as_array()
                .unwrap()
                .iter()
                .map(|t| t.as_u64().unwrap() as usize)
                .collect();
            let read = |name: &str| read_f32(&case.join(name)).unwrap();
            match batch_gradient(
                &case.join("model.onnx"),
                &read("input.npy").view(),
                &targets,
                &options,
            ) {
                Err(error) => bad.push(format!("{}: {error}", case.display())),
                Ok(made) => {
                    let scores = relative(&made.scores.into_dyn(), &read("scores.npy"));
                    let want = read("grad.npy");
                    let mut thin = made.gradient.view();
                    for axis in [2, 3] {
                        let step = thin.shape()[axis].div_ceil(want.shape()[axis]);
                        thin.slice_axis_inplace(Axis(axis), Slice::new(0, None, step as isize));
                    }
                    let gradient = relative(&thin.to_owned(), &want);
                    println!(
                        "{}: scores {scores:.1e} gradient {gradient:.1e}",
                        case.display()
                    );
                    if scores.is_nan() || scores > 1e-4 || gradient.is_nan() || gradient > 1e-4 {
                        bad.push(format!(
                            "{}: scores {scores:.1e} gradient {gradient:.1e}",
                            case.display()
                        ));
                    }
                }
            }
        }
        (cases.len(), bad)
    }

    #[test]
    fn gradients_agree_with_pytorch() {
        let all = std::env::var_os("SALISCOPE_GOLDENS").map(PathBuf::from);
        let here = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/goldens");
        let folder = all.unwrap_or_else(here).join("autodiff");
        let (count, bad) = failures(&folder);
        assert!(count > 0, "no cases in {}", folder.display());
        assert!(
            bad.is_empty(),
            "{} of {count} wrong:\n{}",
            bad.len(),
            bad.join("\n")
        );
    }
}
