//! Plain names of colours, from hue, colourfulness and lightness in Oklch (Ottosson 2020), which
//! keeps hues apart as people see them.

use palette::{IntoColor, Oklch, Srgb};

/// How light a colour looks, 0 (black) to 1 (white): Oklab's L.
#[must_use]
pub fn lightness(rgb: [u8; 3]) -> f32 {
    oklch(rgb).l
}

/// What people call a colour: at most two words, such as "black", "dark purple", "orange".
#[must_use]
pub fn colour_name(rgb: [u8; 3]) -> String {
    let Oklch { l, chroma, hue } = oklch(rgb);
    if l < 0.16 {
        return "black".into();
    }
    if chroma < 0.03 {
        return grey(l).into();
    }
    let hue = hue.into_positive_degrees();
    // Borders between hues, in degrees of Oklch, and how light the plain form of each is.
    let (name, dark, light) = match hue {
        15.0..42.0 => ("red", 0.48, 0.70),
        42.0..78.0 => ("orange", 0.64, 0.84),
        78.0..122.0 => ("yellow", 0.76, 0.97),
        122.0..162.0 => ("green", 0.50, 0.80),
        162.0..225.0 => ("turquoise", 0.52, 0.86),
        225.0..288.0 => ("blue", 0.42, 0.72),
        288.0..335.0 => ("purple", 0.38, 0.70),
        _ => ("pink", 0.56, 0.84),
    };
    match (name, l) {
        // Dark yellow, orange and pink have names of their own.
        ("yellow", l) if l < 0.60 => "olive".into(),
        ("orange", l) if l < 0.56 => "brown".into(),
        ("pink", l) if l < dark => "dark red".into(),
        (_, l) if l < dark => format!("dark {name}"),
        (_, l) if l > light => format!("light {name}"),
        _ => name.into(),
    }
}

fn grey(l: f32) -> &'static str {
    match l {
        l if l < 0.45 => "dark grey",
        l if l < 0.75 => "grey",
        l if l < 0.96 => "light grey",
        _ => "white",
    }
}

fn oklch(rgb: [u8; 3]) -> Oklch {
    Srgb::from(rgb)
        .into_format::<f32>()
        .into_linear::<f32>()
        .into_color()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everyday_colours() {
        for (rgb, name) in [
            ([0, 0, 0], "black"),
            ([255, 255, 255], "white"),
            ([128, 128, 128], "grey"),
            ([60, 60, 60], "dark grey"),
            ([220, 20, 20], "red"),
            ([255, 165, 0], "orange"),
            ([120, 70, 20], "brown"),
            ([255, 240, 40], "yellow"),
            ([20, 160, 40], "green"),
            ([0, 80, 20], "dark green"),
            ([40, 90, 220], "blue"),
            ([10, 20, 90], "dark blue"),
            ([150, 40, 190], "purple"),
            ([255, 150, 190], "pink"),
            ([64, 200, 200], "turquoise"),
        ] {
            assert_eq!(colour_name(rgb), name, "{rgb:?}");
        }
    }

    /// The prototype's four colours are called what it calls them.
    #[test]
    fn the_four_bands() {
        for band in crate::compare::Band::ALL {
            assert!(
                colour_name(band.rgb()).ends_with(band.name()),
                "{} is {}",
                band.name(),
                colour_name(band.rgb())
            );
        }
    }

    #[test]
    fn lightness_runs_from_black_to_white() {
        assert!(lightness([0; 3]) < 0.001);
        assert!((lightness([255; 3]) - 1.0).abs() < 0.001);
        assert!(lightness([90, 11, 100]) < lightness([240, 120, 30]));
    }
}
