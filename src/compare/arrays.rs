//! Maps that other tools wrote: arrays of other shapes, archives of them, gray pictures.

use std::path::Path;

use ndarray::{Array2, ArrayD, Axis, Ix2};

use super::CompareError;
use crate::npy::{self, NpyError};

/// The map in a `.npy` or `.npz` file. Axes of one element are left out, and three channels, first or
/// last, become the sum of their magnitudes, as maps of attributions are made.
pub(super) fn plain_map(file: &Path) -> Result<Array2<f32>, CompareError> {
    let format = |why: String| NpyError::Format {
        path: file.to_owned(),
        why,
    };
    let is_npz = file
        .extension()
        .is_some_and(|e| e.eq_ignore_ascii_case("npz"));
    let array = if is_npz {
        let mut arrays = npy::read_npz(file)?;
        let named = arrays
            .iter()
            .position(|(name, _)| name == "map" || name == "maps");
        let index = match (arrays.len(), named) {
            (1, _) => 0,
            (_, Some(index)) => index,
            (0, _) => return Err(format("holds no array of numbers".to_owned()).into()),
            _ => {
                let names: Vec<&str> = arrays.iter().map(|(name, _)| name.as_str()).collect();
                let some = names.iter().take(8).copied().collect::<Vec<_>>().join(", ");
                let why =
                    format!("holds several arrays ({some}); save the map alone, or as \"map\"");
                return Err(format(why).into());
            }
        };
        arrays.swap_remove(index).1
    } else {
        npy::read_f32(file)?
    };
    let shape = array.shape().to_vec();
    as_map(array).ok_or_else(|| {
        let why = format!("has shape {shape:?}; expected [height, width], or 3 channels of it");
        format(why).into()
    })
}

fn as_map(mut array: ArrayD<f32>) -> Option<Array2<f32>> {
    while array.ndim() > 2 && array.shape().first() == Some(&1) {
        array = array.index_axis_move(Axis(0), 0);
    }
    if array.ndim() == 3 && array.shape().last() == Some(&1) {
        array = array.index_axis_move(Axis(2), 0);
    }
    if array.ndim() == 3 {
        let axis = [0, 2]
            .into_iter()
            .find(|axis| array.shape().get(*axis) == Some(&3))?;
        array = array.mapv(f32::abs).sum_axis(Axis(axis));
    }
    array.into_dimensionality::<Ix2>().ok()
}

/// A gray PNG as a map from 0 to 1.
pub(super) fn gray_map(path: &Path) -> Result<Array2<f32>, CompareError> {
    let problem = |why: String| CompareError::Explanation {
        path: path.to_owned(),
        why,
    };
    let gray = crate::picture::open_gray(path).map_err(|error| problem(error.to_string()))?;
    gray.ok_or_else(|| {
        let why = "carries no map and is in colour; give map.npy, overlay.png or a gray PNG";
        problem(why.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::super::read_map;
    use super::*;

    #[test]
    fn shapes_that_other_tools_write_are_maps() {
        let folder = tempfile::tempdir().unwrap();
        let flat = ndarray::arr2(&[[1.0f32, -2.0, 3.0], [4.0, 5.0, 6.0]]);
        let path = folder.path().join("m.npy");
        for shape in [vec![1, 2, 3], vec![1, 1, 2, 3], vec![2, 3, 1]] {
            let array = flat.clone().into_shape_with_order(shape.clone()).unwrap();
            npy::write(&path, array.view()).unwrap();
            assert_eq!(read_map(&path).unwrap().values, flat, "{shape:?}");
        }
        let channels = ndarray::stack![Axis(0), flat, flat, flat];
        npy::write(&path, channels.view()).unwrap();
        assert_eq!(
            read_map(&path).unwrap().values,
            flat.mapv(|v| 3.0 * v.abs())
        );
        npy::write(&path, ndarray::Array4::<f32>::zeros((2, 3, 4, 5)).view()).unwrap();
        assert!(
            read_map(&path)
                .unwrap_err()
                .to_string()
                .contains("[2, 3, 4, 5]")
        );
    }

    #[test]
    fn archives_and_gray_pictures_are_maps() {
        use std::io::Write as _;
        let folder = tempfile::tempdir().unwrap();
        let flat = ndarray::arr2(&[[0.0f32, 0.5], [1.0, 0.25]]);
        let archive = |names: &[&str]| {
            let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
            for name in names {
                let options = zip::write::SimpleFileOptions::default()
                    .compression_method(zip::CompressionMethod::Deflated);
                zip.start_file(*name, options).unwrap();
                zip.write_all(&npy::encode(flat.view())).unwrap();
            }
            let path = folder.path().join("m.npz");
            std::fs::write(&path, zip.finish().unwrap().into_inner()).unwrap();
            read_map(&path)
        };
        assert_eq!(archive(&["arr_0.npy"]).unwrap().values, flat);
        assert_eq!(archive(&["x.npy", "map.npy"]).unwrap().values, flat);
        assert!(
            archive(&["x.npy", "y.npy"])
                .unwrap_err()
                .to_string()
                .contains("x, y")
        );
        let png = folder.path().join("g.png");
        let deep = image::ImageBuffer::from_fn(2, 1, |x, _| image::Luma([x as u16 * 13_107]));
        image::DynamicImage::ImageLuma16(deep).save(&png).unwrap();
        assert_eq!(read_map(&png).unwrap().values, ndarray::arr2(&[[0.0, 0.2]]));
        image::RgbImage::from_pixel(2, 2, image::Rgb([1, 2, 3]))
            .save(&png)
            .unwrap();
        assert!(
            read_map(&png)
                .unwrap_err()
                .to_string()
                .contains("in colour")
        );
    }
}
