//! From AV1's planes of brightness and colour difference to RGB.

use image::RgbImage;
use re_rav1d::dav1d::{self, PixelLayout, PlanarImageComponent, pixel};

use crate::picture::decode::{Failure, MAX_PIXELS, one_line};

/// What the container says about the values, which goes before what the stream says.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Coding {
    /// Matrix coefficients by their number in ITU-T H.273.
    pub(super) matrix: Option<u16>,
    /// Values use their whole range.
    pub(super) full: Option<bool>,
}

/// A decoded frame.
pub(super) struct Planes {
    frame: dav1d::Picture,
}

/// One plane with the sizes needed to read it.
struct Plane {
    data: dav1d::Plane,
    stride: usize,
    width: usize,
    height: usize,
    wide: bool,
}

impl Plane {
    fn at(&self, x: usize, y: usize) -> f32 {
        let (x, y) = (x.min(self.width - 1), y.min(self.height - 1));
        let row = y * self.stride;
        if self.wide {
            let pair = self
                .data
                .get(row + 2 * x..)
                .and_then(|d| d.first_chunk::<2>());
            f32::from(pair.map_or(0, |pair| u16::from_ne_bytes(*pair)))
        } else {
            f32::from(self.data.get(row + x).copied().unwrap_or_default())
        }
    }
}

impl Planes {
    /// Decodes the first frame of a stream.
    pub(super) fn decode(data: Vec<u8>) -> Result<Self, Failure> {
        let failure = |error: dav1d::Error| match error {
            dav1d::Error::UnsupportedBitstream => {
                Failure::Unread("an AVIF picture of a rare kind".to_owned())
            }
            other => Failure::Damaged(one_line(&other.to_string())),
        };
        let mut settings = dav1d::Settings::new();
        // A fault in a thread of the decoder's own could not be caught, and would be waited for.
        settings.set_n_threads(1);
        settings.set_max_frame_delay(1);
        settings.set_frame_size_limit(MAX_PIXELS as u32);
        let mut decoder = dav1d::Decoder::with_settings(&settings).map_err(failure)?;
        let mut sent = decoder.send_data(data, None, None, None);
        loop {
            match decoder.get_picture() {
                Ok(frame) => return Ok(Self { frame }),
                Err(dav1d::Error::Again) => match sent {
                    Err(dav1d::Error::Again) => sent = decoder.send_pending_data(),
                    Err(error) => return Err(failure(error)),
                    Ok(()) => {
                        return Err(Failure::Damaged("it holds no whole frame".to_owned()));
                    }
                },
                Err(error) => return Err(failure(error)),
            }
        }
    }

    pub(super) fn width(&self) -> u32 {
        self.frame.width()
    }

    pub(super) fn height(&self) -> u32 {
        self.frame.height()
    }

    fn plane(&self, component: PlanarImageComponent) -> Plane {
        let (mut width, mut height) = (self.width() as usize, self.height() as usize);
        if component != PlanarImageComponent::Y {
            let layout = self.frame.pixel_layout();
            if matches!(layout, PixelLayout::I420 | PixelLayout::I422) {
                width = width.div_ceil(2);
            }
            if layout == PixelLayout::I420 {
                height = height.div_ceil(2);
            }
        }
        Plane {
            data: self.frame.plane(component),
            stride: self.frame.stride(component) as usize,
            width: width.max(1),
            height: height.max(1),
            wide: self.frame.bit_depth() > 8,
        }
    }

    /// The lowest value and the span of brightness, and the span of colour differences.
    fn range(&self, full: bool) -> [f32; 3] {
        let unit = 2f32.powi(self.frame.bit_depth() as i32 - 8);
        if full {
            let most = 256.0 * unit - 1.0;
            [0.0, most, most]
        } else {
            [16.0 * unit, 219.0 * unit, 224.0 * unit]
        }
    }

    fn is_full(&self, coding: Coding) -> bool {
        coding
            .full
            .unwrap_or_else(|| self.frame.color_range() == pixel::YUVRange::Full)
    }

    /// Only the brightness, as the opacity of another picture.
    pub(super) fn paint_brightness(&self, into: &mut RgbImage, at: [u32; 2]) {
        let full = self.frame.color_range() == pixel::YUVRange::Full;
        let [low, span, _] = self.range(full);
        let plane = self.plane(PlanarImageComponent::Y);
        self.each(into, at, |x, y| [(plane.at(x, y) - low) / span; 3]);
    }

    /// All colours.
    pub(super) fn paint(
        &self,
        coding: Coding,
        into: &mut RgbImage,
        at: [u32; 2],
    ) -> Result<(), Failure> {
        let [low, span, colour_span] = self.range(self.is_full(coding));
        let layout = self.frame.pixel_layout();
        let brightness = self.plane(PlanarImageComponent::Y);
        if layout == PixelLayout::I400 {
            self.each(into, at, |x, y| [(brightness.at(x, y) - low) / span; 3]);
            return Ok(());
        }
        let matrix = coding.matrix.filter(|m| *m != 2);
        let matrix = matrix.unwrap_or(self.frame.matrix_coefficients() as u16);
        let weights = match matrix {
            0 => None,
            1 => Some([0.2126, 0.0722]),
            4 => Some([0.30, 0.11]),
            2 | 5 | 6 => Some([0.299, 0.114]),
            7 => Some([0.212, 0.087]),
            9 => Some([0.2627, 0.0593]),
            other => {
                return Err(Failure::Unread(format!(
                    "an AVIF picture with the colour matrix {other}"
                )));
            }
        };
        let (u, v) = (
            self.plane(PlanarImageComponent::U),
            self.plane(PlanarImageComponent::V),
        );
        let centre = 128.0 * 2f32.powi(self.frame.bit_depth() as i32 - 8);
        let halved = [
            u32::from(matches!(layout, PixelLayout::I420 | PixelLayout::I422)),
            u32::from(layout == PixelLayout::I420),
        ];
        self.each(into, at, |x, y| {
            let bright = (brightness.at(x, y) - low) / span;
            // One stored value holds for all pixels it was averaged over: edges stay where they are.
            let (x, y) = (x >> halved[0], y >> halved[1]);
            let (cb, cr) = (u.at(x, y), v.at(x, y));
            let Some([red, blue]) = weights else {
                // The planes are green, blue and red themselves.
                return [(cr - low) / span, bright, (cb - low) / span];
            };
            let (cb, cr) = ((cb - centre) / colour_span, (cr - centre) / colour_span);
            let r = bright + 2.0 * (1.0 - red) * cr;
            let b = bright + 2.0 * (1.0 - blue) * cb;
            let green = 1.0 - red - blue;
            [r, (bright - red * r - blue * b) / green, b]
        });
        Ok(())
    }

    /// Writes the colour of each pixel that lies inside `into`, from 0 to 1.
    fn each(&self, into: &mut RgbImage, at: [u32; 2], colour: impl Fn(usize, usize) -> [f32; 3]) {
        let width = self.width().min(into.width().saturating_sub(at[0]));
        let height = self.height().min(into.height().saturating_sub(at[1]));
        for y in 0..height {
            for x in 0..width {
                let rgb = colour(x as usize, y as usize).map(|v| (v * 255.0).round() as u8);
                into.put_pixel(at[0] + x, at[1] + y, image::Rgb(rgb));
            }
        }
    }
}
