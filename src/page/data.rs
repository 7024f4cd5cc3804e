//! What the page's script reads.

use image::RgbImage;
use ndarray::Array2;
use serde::Serialize;

use super::encode::{base64, small_uri};
use super::html::{Kind, Page, Trend};
use crate::picture::area_average;
use crate::saliency::colormap::{Colormap, Scale};

/// Longest side of a picture on the page, in pixels.
const MAX_SIDE: u32 = 1024;
/// Most pixels of all maps together: two bytes each, a third more as text.
const MAX_MAP_PIXELS: usize = 400_000;

#[derive(Serialize)]
pub(super) struct Data<'a> {
    kind: &'static str,
    delta: u8,
    by_value: bool,
    opacity: f32,
    pictures: Vec<String>,
    layers: Vec<LayerData<'a>>,
    /// 256 colours of three bytes each, by name.
    colours: Vec<(&'static str, String)>,
    trends: &'a [Trend],
}

#[derive(Serialize)]
struct LayerData<'a> {
    name: &'a str,
    alt: &'a str,
    picture: Option<usize>,
    width: usize,
    height: usize,
    min: f32,
    max: f32,
    /// Left, top, right and bottom of the map, as shares of the picture.
    place: [f32; 4],
    /// `floor(share * 65280)` of each value, two bytes, the lower first: the entry of the colour table is
    /// `floor((q + 128) / 256)`, exactly [`Scale::index`].
    values: String,
}

impl<'a> Data<'a> {
    pub(super) fn of(page: &'a Page) -> Result<Self, image::ImageError> {
        let pixels: usize = page.layers.iter().map(|layer| layer.map.values.len()).sum();
        let shrink = (MAX_MAP_PIXELS as f64 / pixels.max(1) as f64)
            .sqrt()
            .min(1.0);
        let layers = page.layers.iter().map(|layer| {
            let (height, width) = layer.map.values.dim();
            let side = |n: usize| ((n as f64 * shrink) as usize).max(1);
            let values = if shrink < 1.0 {
                area_average(layer.map.values.view(), [side(height), side(width)])
            } else {
                layer.map.values.clone()
            };
            LayerData {
                name: &layer.name,
                alt: &layer.alt,
                picture: layer.picture,
                width: values.ncols(),
                height: values.nrows(),
                min: layer.scale.min,
                max: layer.scale.max,
                place: layer.place,
                values: base64(&steps(&values, layer.scale)),
            }
        });
        let layers = layers.collect();
        let pictures = page
            .pictures
            .iter()
            .map(|picture| small_uri(&fitting(picture)));
        let (delta, by_value) = match page.kind {
            Kind::Agreement { delta, by_value } => (delta, by_value),
            _ => (0, false),
        };
        Ok(Self {
            kind: page.kind.id(),
            delta,
            by_value,
            opacity: page.opacity,
            pictures: pictures.collect::<Result<_, _>>()?,
            layers,
            colours: [page.colormap]
                .into_iter()
                .chain(
                    Colormap::ALL
                        .into_iter()
                        .filter(|one| *one != page.colormap),
                )
                .map(|one| (one.name(), base64(one.table().as_flattened())))
                .collect(),
            trends: &page.trends,
        })
    }
}

fn fitting(picture: &RgbImage) -> RgbImage {
    let (width, height) = picture.dimensions();
    let longest = width.max(height);
    if longest <= MAX_SIDE {
        return picture.clone();
    }
    let side = |n: u32| ((u64::from(n) * u64::from(MAX_SIDE) / u64::from(longest)) as u32).max(1);
    let filter = image::imageops::FilterType::Triangle;
    image::imageops::resize(picture, side(width), side(height), filter)
}

/// Finer than colours, so that the top share can be told, and never on the other side of a colour's edge.
fn steps(values: &Array2<f32>, scale: Scale) -> Vec<u8> {
    let step = |&value: &f32| (scale.share(value) * 255.0 * 256.0).floor() as u16;
    values.iter().flat_map(|v| step(v).to_le_bytes()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_lead_to_the_programs_own_colours() {
        let values =
            Array2::from_shape_fn((97, 103), |(y, x)| ((y * 131 + x * 7) as f32 * 0.37).sin());
        let scale = Scale {
            min: -0.8,
            max: 0.97,
        };
        let bytes = steps(&values, scale);
        for (two, &value) in bytes.chunks(2).zip(&values) {
            let q = u16::from_le_bytes([two[0], two[1]]);
            assert_eq!(
                (u32::from(q) + 128) / 256,
                u32::from(scale.index(value)),
                "{value}"
            );
        }
    }
}
