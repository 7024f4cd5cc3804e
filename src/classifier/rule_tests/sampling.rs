//! Spatial transformers.

use rand::SeedableRng;
use rand::rngs::StdRng;

use super::{Case, between};
use crate::onnx::Node;

fn sample(opset: i64, mode: &str, padding: &str, corners: i64) -> Node {
    // Opset 20 has other names for the same.
    let mode = match (mode, opset) {
        ("linear", ..20) => "bilinear",
        ("cubic", ..20) => "bicubic",
        (mode, _) => mode,
    };
    Node::new("GridSample", &["p", "g"], &["y"])
        .with_text("mode", mode)
        .with_text("padding_mode", padding)
        .with_int("align_corners", corners)
}

#[test]
fn pictures_sampled_at_a_grid() {
    let mut rng = StdRng::seed_from_u64(81);
    for mode in ["linear", "nearest", "cubic"] {
        for padding in ["zeros", "border", "reflection"] {
            for (corners, opset) in [(0, 16), (1, 20)] {
                let mut node = sample(opset, mode, padding, corners);
                let picture = between(&mut rng, 40, -2.0, 2.0);
                // Beyond the edges too.
                let grid = between(&mut rng, 24, -1.4, 1.4);
                node.input = vec!["x".to_owned(), "g".to_owned()];
                Case::new(node.clone(), &[1, 2, 4, 5], picture.clone())
                    .opset(opset)
                    .floats("g", &[1, 3, 4, 2], grid.clone())
                    .is_written_out("GridSample");
                if mode == "nearest" {
                    continue;
                }
                node.input = vec!["p".to_owned(), "x".to_owned()];
                Case::new(node, &[1, 3, 4, 2], grid)
                    .opset(opset)
                    .floats("p", &[1, 2, 4, 5], picture)
                    .is_written_out("GridSample");
            }
        }
    }
}

#[test]
fn grids_of_a_matrix() {
    let mut rng = StdRng::seed_from_u64(82);
    for corners in [0, 1] {
        for (dims, sizes) in [
            (vec![1, 2, 3], vec![1, 1, 3, 4]),
            (vec![1, 3, 4], vec![1, 1, 2, 3, 4]),
        ] {
            let node =
                Node::new("AffineGrid", &["x", "size"], &["y"]).with_int("align_corners", corners);
            let x = between(&mut rng, dims.iter().product(), -2.0, 2.0);
            Case::new(node, &dims, x)
                .opset(20)
                .ints("size", &sizes)
                .is_written_out("AffineGrid");
        }
    }
}
