//! Shapes as pixels: a pixel belongs to a shape when its centre does.

use ndarray::Array2;

/// Marks the pixels whose centre lies in the rectangle; coordinates run from 0 at the left and upper edge of
/// the picture.
pub fn mark_box(inside: &mut Array2<bool>, [left, top, right, bottom]: [f64; 4]) {
    for ((y, x), pixel) in inside.indexed_iter_mut() {
        let (x, y) = (x as f64 + 0.5, y as f64 + 0.5);
        *pixel |= left <= x && x < right && top <= y && y < bottom;
    }
}

/// Marks the pixels whose centre lies in a polygon, given as x, y, x, y, ...; where it crosses itself what is
/// enclosed an even number of times is outside.
pub fn mark_polygon(inside: &mut Array2<bool>, corners: &[f64]) {
    let points: Vec<(f64, f64)> = corners
        .chunks_exact(2)
        .filter_map(|pair| Some((*pair.first()?, *pair.get(1)?)))
        .collect();
    if points.len() < 3 || points.iter().any(|(x, y)| !x.is_finite() || !y.is_finite()) {
        return;
    }
    let mut crossings = Vec::new();
    for (row, mut pixels) in inside.outer_iter_mut().enumerate() {
        let y = row as f64 + 0.5;
        crossings.clear();
        let next = points.iter().cycle().skip(1);
        for (&(x0, y0), &(x1, y1)) in points.iter().zip(next) {
            // Half-open, so that a corner on the line counts once.
            if (y0 <= y) != (y1 <= y) {
                crossings.push(x0 + (y - y0) * (x1 - x0) / (y1 - y0));
            }
        }
        crossings.sort_by(f64::total_cmp);
        for pair in crossings.chunks_exact(2) {
            let column = |x: f64| (x - 0.5).ceil().clamp(0.0, pixels.len() as f64) as usize;
            let (Some(&from), Some(&to)) = (pair.first(), pair.get(1)) else {
                continue;
            };
            let (from, to) = (column(from), column(to));
            pixels
                .iter_mut()
                .take(to)
                .skip(from)
                .for_each(|pixel| *pixel = true);
        }
    }
}

/// Marks runs of pixels, column by column, beginning with those outside.
///
/// # Errors
/// In a few words, when they are more or fewer than there are pixels.
pub fn mark_runs(inside: &mut Array2<bool>, runs: &[u64]) -> Result<(), String> {
    let pixels = inside.len() as u64;
    let sum = runs.iter().try_fold(0u64, |sum, &run| sum.checked_add(run));
    if sum != Some(pixels) {
        return Err(format!("its runs do not add up to {pixels} pixels"));
    }
    let (height, _) = inside.dim();
    let mut at = 0;
    for (i, &run) in runs.iter().enumerate() {
        let end = at + run as usize;
        if i % 2 == 1 {
            for place in at..end {
                if let Some(pixel) = inside.get_mut((place % height, place / height)) {
                    *pixel = true;
                }
            }
        }
        at = end;
    }
    Ok(())
}

/// The runs of COCO's compressed text (`rleFrString` of its mask API): digits of five bits, a sign, and
/// from the fourth on the difference to the run before the last.
///
/// # Errors
/// In a few words, when it is something else.
pub fn runs_of_text(text: &str) -> Result<Vec<u64>, String> {
    let bad = || "its compressed runs are damaged".to_owned();
    let mut runs: Vec<i64> = Vec::new();
    let mut digits = text.bytes();
    while digits.len() > 0 {
        let (mut value, mut shift) = (0i64, 0u32);
        loop {
            let digit = digits
                .next()
                .and_then(|d| d.checked_sub(48))
                .ok_or_else(bad)?;
            if digit > 63 || shift > 55 {
                return Err(bad());
            }
            value |= i64::from(digit & 0x1f) << shift;
            shift += 5;
            if digit & 0x20 == 0 {
                if digit & 0x10 != 0 {
                    value |= -1 << shift;
                }
                break;
            }
        }
        if let Some(&before) = runs.len().checked_sub(2).and_then(|i| runs.get(i))
            && runs.len() > 2
        {
            value = value.checked_add(before).ok_or_else(bad)?;
        }
        runs.push(value);
    }
    runs.into_iter()
        .map(|run| u64::try_from(run).map_err(|_| bad()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(inside: &Array2<bool>) -> String {
        let line = |row: ndarray::ArrayView1<'_, bool>| -> String {
            row.iter().map(|&p| if p { '#' } else { '.' }).collect()
        };
        inside.outer_iter().map(line).collect::<Vec<_>>().join("/")
    }

    #[test]
    fn centres_decide() {
        let mut inside = Array2::default((3, 4));
        mark_box(&mut inside, [0.6, 1.0, 2.5, 3.0]);
        assert_eq!(marked(&inside), "..../.#../.#..");
        // A triangle whose long side runs through centres.
        let mut inside = Array2::default((4, 4));
        mark_polygon(&mut inside, &[0.0, 0.0, 4.0, 0.0, 0.0, 4.0]);
        assert_eq!(marked(&inside), "###./##../#.../....");
        // What is enclosed twice is outside.
        let mut ring = Array2::default((5, 5));
        let outer_and_inner = [
            0.0, 0.0, 5.0, 0.0, 5.0, 5.0, 0.0, 5.0, 0.0, 0.0, 1.0, 1.0, 4.0, 1.0, 4.0, 4.0, 1.0,
            4.0, 1.0, 1.0,
        ];
        mark_polygon(&mut ring, &outer_and_inner);
        assert_eq!(marked(&ring), "#####/#...#/#...#/#...#/#####");
        let before = ring.clone();
        mark_polygon(&mut ring, &[1.0, 1.0, 2.0]);
        mark_polygon(&mut ring, &[f64::NAN, 1.0, 2.0, 2.0, 3.0, 3.0]);
        assert_eq!(ring, before);
    }

    #[test]
    fn runs_go_down_the_columns() {
        let mut inside = Array2::default((3, 3));
        mark_runs(&mut inside, &[1, 3, 5]).unwrap();
        assert_eq!(marked(&inside), ".#./#../#..");
        assert!(mark_runs(&mut inside, &[1, 3]).is_err());
        assert!(mark_runs(&mut inside, &[u64::MAX, 10]).is_err());
    }

    /// Texts by `pycocotools.mask.encode` (2.0) of arrays that are made again here.
    #[test]
    fn compressed_runs_are_cocos() {
        type Inside = fn(i64, i64) -> bool;
        let block = "lb0f7f10000000000000L";
        let disc =
            "d2=]14L4M2M4M2N2O0O2N2O0O2O0O2O000000000000000000000001N101N101N2N101N2N3L3N3L4LRm2";
        let cases: [(&str, (usize, usize), Inside); 2] = [
            (block, (300, 10), |y, x| y > 3 && x > 1 && y < 250),
            (disc, (60, 90), |y, x| {
                (y - 30).pow(2) + (x - 20).pow(2) < 400
            }),
        ];
        for (text, shape, of) in cases {
            let mut inside = Array2::default(shape);
            mark_runs(&mut inside, &runs_of_text(text).unwrap()).unwrap();
            let want = Array2::from_shape_fn(shape, |(y, x)| of(y as i64, x as i64));
            assert_eq!(inside, want, "{text}");
        }
        assert_eq!(runs_of_text("0120").unwrap(), [0, 1, 2, 1]);
        for bad in ["\u{7f}", "P", "~~~~~~~~~~~~~~~~", " "] {
            assert!(runs_of_text(bad).is_err(), "{bad:?}");
        }
    }
}
