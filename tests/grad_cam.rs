//! Grad-CAM at the layer that is taken where nobody names one, against `PyTorch`'s at the layer that
//! its users name: what the last block puts out, of vision transformers the norm before it.

use ndarray::{ArrayD, Ix3};
use saliscope::classifier::{Network, NetworkOptions, Target};
use saliscope::progress::Silent;
use saliscope::saliency::{Method, MethodParams, attribute};

use crate::support::{npy, relative, root, spearman, thinned};

const NETWORKS: [&str; 5] = [
    "resnet-basic",
    "resnet-bottleneck",
    "convnext",
    "vit",
    "swin",
];

/// The map with its largest value as 1.
fn scaled(map: &ArrayD<f32>) -> ArrayD<f32> {
    let most = map.iter().copied().fold(0.0, f32::max);
    map.mapv(|value| value / most)
}

#[test]
fn the_usual_layer_gives_pytorchs_map() {
    let folder = root().join("tests/goldens/grad_cam");
    let input = npy(&folder.join("input.npy"))
        .into_dimensionality::<Ix3>()
        .unwrap();
    for name in NETWORKS {
        let path = folder.join(format!("{name}.onnx"));
        let network = Network::open(&path, &NetworkOptions::default()).unwrap();
        let params = MethodParams::default();
        let got = attribute(
            Method::GradCam,
            &network,
            input.view(),
            Target::Class(1),
            &params,
            &Silent,
        )
        .unwrap();
        let want = scaled(&npy(&folder.join(format!("{name}.npy"))));
        // The largest value of all rows may not be among those that are compared.
        let got = scaled(&thinned(&got.map.values.into_dyn(), &want));
        let (rank, off) = (spearman(&got, &want), relative(&got, &want));
        println!("{name}: Spearman {rank:.5}, off by {off:.1e}");
        assert!(rank >= 0.999, "{name}: Spearman {rank:.5}");
        assert!(off <= 1e-3, "{name}: off by {off:.1e}");
    }
}
