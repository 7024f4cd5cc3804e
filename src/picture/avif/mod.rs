//! AVIF: pictures of the web, coded as AV1.

mod boxes;
mod yuv;

use image::{DynamicImage, RgbImage, RgbaImage};

use self::boxes::{Item, Items, Property};
use self::yuv::{Coding, Planes};
use super::decode::{Failure, check_size};
use super::raster::{Colours, Raster};

/// Tiles of a grid, at most in a row or column.
const MOST_TILES: u32 = 256;

/// The primary picture, upright.
pub(super) fn decode(bytes: &[u8]) -> Result<Raster, Failure> {
    let damaged = |why: &str| Failure::Damaged(why.to_owned());
    let items = Items::read(bytes).ok_or_else(|| damaged("its list of items cannot be read"))?;
    let primary = items
        .item(items.primary)
        .ok_or_else(|| damaged("its picture is missing"))?;
    let mut coding = Coding::default();
    let mut colours = Colours::Srgb;
    for property in items.properties(primary) {
        match property {
            Property::Size(width, height) => check_size(u64::from(*width), u64::from(*height))?,
            Property::Icc(range) => {
                if let Some(icc) = bytes.get(range.clone()) {
                    colours = Colours::Icc(icc.to_vec());
                }
            }
            Property::CodePoints(primaries, transfer, matrix, full) => {
                coding = Coding {
                    matrix: Some(*matrix),
                    full: Some(*full),
                };
                if !matches!(colours, Colours::Icc(_)) {
                    let number = |value: u16| u8::try_from(value).unwrap_or(2);
                    colours = Colours::CodePoints(number(*primaries), number(*transfer));
                }
            }
            _ => {}
        }
    }
    let rgb = whole(&items, primary, &mut |planes, into, at| {
        planes.paint(coding, into, at)
    })?;
    let alpha = match items.alpha(primary.id) {
        Some(item) => Some(whole(&items, item, &mut |planes, into, at| {
            planes.paint_brightness(into, at);
            Ok(())
        })?),
        None => None,
    };
    let mut image: DynamicImage = match alpha {
        Some(alpha) if alpha.dimensions() == rgb.dimensions() => {
            let both = rgb.pixels().zip(alpha.pixels());
            let data = both
                .flat_map(|(c, a)| [c.0[0], c.0[1], c.0[2], a.0[0]])
                .collect();
            RgbaImage::from_raw(rgb.width(), rgb.height(), data)
                .ok_or_else(|| damaged("its size does not fit its pixels"))?
                .into()
        }
        Some(_) => return Err(damaged("its opacity has another size than its colours")),
        None => rgb.into(),
    };
    for property in items.properties(primary) {
        image = turned(image, property);
    }
    Ok(Raster {
        premultiplied: items.references(*b"prem", primary.id).len() == 1,
        colours,
        ..Raster::from(image)
    })
}

/// A picture after the container's crop, rotation or mirroring.
fn turned(image: DynamicImage, property: &Property) -> DynamicImage {
    match property {
        Property::Rotation(1) => image.rotate270(),
        Property::Rotation(2) => image.rotate180(),
        Property::Rotation(3) => image.rotate90(),
        Property::Mirror(1) => image.fliph(),
        Property::Mirror(_) => image.flipv(),
        Property::CleanAperture(parts) => {
            let whole =
                |(above, below): (i64, i64)| (below > 0).then(|| above as f64 / below as f64);
            let [Some(width), Some(height), Some(x), Some(y)] = parts.map(whole) else {
                return image;
            };
            let (full_width, full_height) = (f64::from(image.width()), f64::from(image.height()));
            let left = (full_width - width) / 2.0 + x;
            let top = (full_height - height) / 2.0 + y;
            let fits = width >= 1.0
                && height >= 1.0
                && left >= 0.0
                && top >= 0.0
                && left + width <= full_width
                && top + height <= full_height;
            if fits {
                image.crop_imm(left as u32, top as u32, width as u32, height as u32)
            } else {
                image
            }
        }
        _ => image,
    }
}

/// Paints planes into a picture with their upper left corner at `[x, y]`.
type Paint<'a> = &'a mut dyn FnMut(&Planes, &mut RgbImage, [u32; 2]) -> Result<(), Failure>;

/// A coded picture, or the tiles of a grid put together.
fn whole(items: &Items, item: &Item, paint: Paint) -> Result<RgbImage, Failure> {
    let damaged = |why: &str| Failure::Damaged(why.to_owned());
    let data = items
        .data(item)
        .ok_or_else(|| damaged("its data end early"))?;
    match &item.kind {
        b"av01" => {
            let planes = Planes::decode(data)?;
            let mut picture = RgbImage::new(planes.width(), planes.height());
            paint(&planes, &mut picture, [0, 0])?;
            Ok(picture)
        }
        b"grid" => {
            let [_, flags, rows, columns, sides @ ..] = data.as_slice() else {
                return Err(damaged("its grid cannot be read"));
            };
            let size = if flags & 1 == 1 { 4 } else { 2 };
            let side = |i: usize| {
                let bytes = sides.get(i * size..(i + 1) * size)?;
                Some(bytes.iter().fold(0u32, |v, b| (v << 8) | u32::from(*b)))
            };
            let (Some(width), Some(height)) = (side(0), side(1)) else {
                return Err(damaged("its grid cannot be read"));
            };
            check_size(u64::from(width), u64::from(height))?;
            let columns = u32::from(*columns) + 1;
            let rows = u32::from(*rows) + 1;
            let tiles = items.references(*b"dimg", item.id);
            if tiles.len() as u32 != columns * rows || columns.max(rows) > MOST_TILES {
                return Err(damaged("its grid has not all of its tiles"));
            }
            let mut picture = RgbImage::new(width, height);
            for (index, tile) in (0..).zip(tiles) {
                let tile = items.item(tile).filter(|tile| &tile.kind == b"av01");
                let data = tile.and_then(|tile| items.data(tile));
                let data = data.ok_or_else(|| damaged("a tile of its grid is missing"))?;
                let planes = Planes::decode(data)?;
                let at = [
                    index % columns * planes.width(),
                    index / columns * planes.height(),
                ];
                paint(&planes, &mut picture, at)?;
            }
            Ok(picture)
        }
        kind => {
            let kind = String::from_utf8_lossy(kind).into_owned();
            Err(Failure::Unread(format!(
                "an AVIF file whose picture is of type {kind:?}"
            )))
        }
    }
}
