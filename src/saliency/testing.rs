//! For tests of the methods: a small network with a gradient in closed form, and the reference
//! figures that are kept beside the project, where they are there.

use std::path::PathBuf;

use ndarray::{Array1, Array2, Array3, ArrayD, ArrayView3};

use crate::classifier::{
    Attention, ClassifierError, Differentiable, Gradient, LayerGradient, Target,
};

/// `logits = V tanh(W x)` over the input row by row, weights from sines, so that a script in
/// another language can build the same and hand over figures.
pub struct TanhNet {
    shape: [usize; 3],
    w: Array2<f64>,
    v: Array2<f64>,
    threads: usize,
}

impl TanhNet {
    /// Ten hidden units, three classes, `threads` workers.
    pub fn new(shape: [usize; 3], threads: usize) -> Self {
        let count = shape.iter().product();
        let wave = |a: f64, b: f64| {
            move |(i, j): (usize, usize)| (a * i as f64 + b * j as f64 + 0.3).sin()
        };
        Self {
            shape,
            w: Array2::from_shape_fn((10, count), wave(1.7, 0.9)) / (count as f64).sqrt(),
            v: Array2::from_shape_fn((3, 10), wave(2.3, 1.1)),
            threads,
        }
    }

    fn hidden(&self, input: ArrayView3<'_, f32>) -> Array1<f64> {
        let flat: Array1<f64> = input.iter().map(|&value| f64::from(value)).collect();
        self.w.dot(&flat).mapv(f64::tanh)
    }

    fn logits_of(&self, hidden: &Array1<f64>) -> Vec<f32> {
        self.v
            .dot(hidden)
            .iter()
            .map(|&value| value as f32)
            .collect()
    }

    fn seed(target: Target) -> Array1<f64> {
        let mut seed = Array1::zeros(3);
        match target {
            Target::Class(class) => seed[class] = 1.0,
            Target::Contrast { class, against } => {
                seed[class] = 1.0;
                seed[against] = -1.0;
            }
        }
        seed
    }
}

impl Differentiable for TanhNet {
    fn input_shape(&self) -> [usize; 3] {
        self.shape
    }

    fn parallelism(&self) -> usize {
        self.threads
    }

    fn logits(&self, input: ArrayView3<'_, f32>) -> Result<Vec<f32>, ClassifierError> {
        Ok(self.logits_of(&self.hidden(input)))
    }

    fn gradient(
        &self,
        input: ArrayView3<'_, f32>,
        target: Target,
    ) -> Result<Gradient, ClassifierError> {
        let hidden = self.hidden(input);
        let inner = self.v.t().dot(&Self::seed(target)) * hidden.mapv(|h| 1.0 - h * h);
        let flat: Vec<f32> = self.w.t().dot(&inner).iter().map(|&g| g as f32).collect();
        Ok(Gradient {
            logits: self.logits_of(&hidden),
            input: Array3::from_shape_vec(self.shape, flat).unwrap(),
        })
    }

    /// Two blocks of two heads over a token in front and 2 x 3 places.
    fn attention(&self, _input: ArrayView3<'_, f32>) -> Result<Attention, ClassifierError> {
        let block = |shift: f32| {
            let mut block = Array3::from_shape_fn((2, 7, 7), |(h, i, j)| {
                ((h * 5 + i * 3 + j * 2) as f32 + shift).sin() + 1.5
            });
            for mut head in block.outer_iter_mut() {
                for mut row in head.outer_iter_mut() {
                    let sum = row.sum();
                    row /= sum;
                }
            }
            block
        };
        Ok(Attention {
            blocks: vec![block(0.0), block(0.7)],
            first: 1,
            places: [2, 3],
        })
    }

    /// The layer has two channels of 3 x 4: a ramp up and a ramp down, with gradients that
    /// depend on the target.
    fn layer_gradient(
        &self,
        _input: ArrayView3<'_, f32>,
        target: Target,
        layer: Option<&str>,
    ) -> Result<LayerGradient, ClassifierError> {
        if let Some(layer) = layer.filter(|&layer| layer != "ramps") {
            return Err(ClassifierError::Layer {
                layer: layer.to_owned(),
                why: "there is no such layer".to_owned(),
            });
        }
        let sign = if matches!(target, Target::Class(0)) {
            1.0
        } else {
            -1.0
        };
        Ok(LayerGradient {
            layer: "ramps".to_owned(),
            activation: Array3::from_shape_fn((2, 3, 4), |(c, y, x)| {
                let ramp = (y * 4 + x) as f32;
                if c == 0 { ramp } else { 6.0 - ramp }
            }),
            gradient: Array3::from_shape_fn((2, 3, 4), |(c, _, x)| {
                sign * if c == 0 { x as f32 } else { 0.5 }
            }),
        })
    }
}

/// A picture in network units that any script can build: `sin(0.7 y + 0.4 x + 1.3 c)`.
pub fn waves([height, width, channels]: [usize; 3]) -> Array3<f32> {
    Array3::from_shape_fn((height, width, channels), |(y, x, c)| {
        (0.7 * y as f64 + 0.4 * x as f64 + 1.3 * c as f64).sin() as f32
    })
}

/// Asserts that `got` is within `tolerance` of `want`, relative to the norm of `want`.
pub fn assert_close(got: &[f32], want: &[f32], tolerance: f64, what: &str) {
    assert_eq!(got.len(), want.len(), "{what}");
    let square = |value: f64| value * value;
    let off: f64 = got
        .iter()
        .zip(want)
        .map(|(&a, &b)| square(f64::from(a) - f64::from(b)))
        .sum();
    let norm: f64 = want.iter().map(|&b| square(f64::from(b))).sum();
    let relative = (off / norm.max(1e-30)).sqrt();
    println!("{what}: off by {relative:.1e}");
    assert!(relative <= tolerance, "{what}: {relative}");
}

/// A reference figure of `tests/goldens/explanations`, or of the whole ones that
/// `SALISCOPE_GOLDENS` names.
fn golden_path(name: &str) -> PathBuf {
    let all = std::env::var_os("SALISCOPE_GOLDENS").map(PathBuf::from);
    let here = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/goldens");
    all.unwrap_or_else(here).join("explanations").join(name)
}

/// Figures of the reference by PICTURE/FILE.npy, and of how many rows and columns they carry one.
pub fn read_golden(name: &str) -> (ArrayD<f32>, usize) {
    let figures = crate::npy::read_f32(&golden_path(name)).unwrap();
    let thinned = figures.shape().contains(&56);
    (figures, if thinned { 4 } else { 1 })
}

/// The exact input of the figures for a picture: `(value - 127) / 128`.
pub fn network_input(name: &str) -> Array3<f32> {
    let path = golden_path(&format!("{name}/picture.png"));
    let picture = image::open(path).unwrap().to_rgb8();
    let shape = (picture.height() as usize, picture.width() as usize, 3);
    let values = picture.into_raw();
    Array3::from_shape_vec(shape, values)
        .unwrap()
        .mapv(|value| (f32::from(value) - 127.0) / 128.0)
}
