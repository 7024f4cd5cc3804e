//! Which values of a deep picture become black and white.

/// A straight line from a picture's values to 0..=255.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Levels {
    low: f64,
    high: f64,
}

impl Levels {
    /// The line through `low` (black) and `high` (white).
    pub(super) fn between(low: f64, high: f64) -> Self {
        Self { low, high }
    }

    /// For unsigned integers of `bits` bits of which the largest found is `max`. Cameras and
    /// scanners leave 10, 12 or 14 bits in 16: taken as 16 they would be nearly black. What had to
    /// be guessed is said.
    pub(super) fn of_unsigned(max: f64, bits: u32) -> (Self, Option<String>) {
        let full = 2f64.powi(bits as i32) - 1.0;
        let used = [8, 10, 12, 14, 16, 24]
            .into_iter()
            .find(|used| max <= 2f64.powi(*used) - 1.0)
            .filter(|used| (*used as u32) < bits && max > 0.0);
        match used {
            Some(used) => {
                let white = 2f64.powi(used) - 1.0;
                let note = format!(
                    "it uses {used} of its {bits} bits a sample: {white:.0} was taken as white"
                );
                (Self::between(0.0, white), Some(note))
            }
            None => (Self::between(0.0, full), None),
        }
    }

    /// For floating-point or signed values between `min` and `max`: 0 to 1 and 0 to 255 as they
    /// are, anything else stretched, and said.
    pub(super) fn of_range(min: f64, max: f64) -> (Self, Option<String>) {
        if min >= 0.0 && max <= 1.0 {
            return (Self::between(0.0, 1.0), None);
        }
        if min >= 0.0 && (32.0..=255.0).contains(&max) {
            let note = "its values were taken as 0 (black) to 255 (white)".to_owned();
            return (Self::between(0.0, 255.0), Some(note));
        }
        let (low, high) = if (-1.0..0.0).contains(&min) && max <= 1.0 {
            (-1.0, 1.0)
        } else {
            (min, max)
        };
        let note = format!(
            "its values were stretched: {} became black, {} white",
            short(low),
            short(high)
        );
        (Self::between(low, high), Some(note))
    }

    /// The value of 0..=255; what is no number is black.
    pub(super) fn byte(self, value: f64) -> u8 {
        let span = self.high - self.low;
        if span <= 0.0 {
            return 0;
        }
        // A cast of NaN gives 0, and of what lies outside the nearest end.
        ((value - self.low) / span * 255.0).round() as u8
    }
}

/// A number as short as it can be said.
fn short(value: f64) -> String {
    if value == value.round() && value.abs() < 1e6 {
        format!("{value:.0}")
    } else {
        format!("{value:.3e}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twelve_bits_in_sixteen_are_stretched_and_said() {
        let (levels, note) = Levels::of_unsigned(3488.0, 16);
        assert_eq!(levels, Levels::between(0.0, 4095.0));
        assert!(note.unwrap().contains("12 of its 16 bits"));
        assert_eq!(levels.byte(3488.0), 217);
        let (levels, note) = Levels::of_unsigned(40_000.0, 16);
        assert_eq!((levels.byte(65_535.0), note), (255, None));
        assert_eq!(Levels::of_unsigned(0.0, 16).1, None);
        assert_eq!(Levels::of_unsigned(200.0, 8).1, None);
    }

    #[test]
    fn floats_are_taken_as_they_are_meant() {
        let byte = |min, max, value| Levels::of_range(min, max).0.byte(value);
        assert_eq!(byte(0.0, 1.0, 0.5), 128);
        assert_eq!(byte(38.0, 218.0, 100.0), 100);
        assert_eq!(byte(-1.0, 0.9, 0.0), 128);
        assert_eq!(byte(-1000.0, 3000.0, 1000.0), 128);
        assert_eq!(byte(0.0, 4.0, 4.0), 255);
        assert_eq!(byte(0.0, 1.0, f64::NAN), 0);
        assert_eq!(byte(5.0, 5.0, 5.0), 0);
    }
}
