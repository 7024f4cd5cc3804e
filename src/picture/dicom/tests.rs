//! Files of DICOM as scanners write them, made here element by element.

use crate::picture::decode::{PictureError, decode, decode_with_notes};

/// One element of the explicit little-endian form.
fn element(tag: (u16, u16), kind: &str, value: &[u8]) -> Vec<u8> {
    let mut out = [tag.0.to_le_bytes(), tag.1.to_le_bytes()].concat();
    out.extend(kind.as_bytes());
    let odd = value.len() % 2;
    let length = value.len() + odd;
    if matches!(kind, "OB" | "OW" | "OF" | "SQ") {
        out.extend([0, 0]);
        out.extend((length as u32).to_le_bytes());
    } else {
        out.extend((length as u16).to_le_bytes());
    }
    out.extend(value);
    out.extend(vec![if kind == "UI" { 0 } else { b' ' }; odd]);
    out
}

fn short(value: i32) -> [u8; 2] {
    (value as u16).to_le_bytes()
}

/// A file of gray pixels, a row of `pixels`, with `more` elements in the order of their tags.
fn file(bits: i32, signed: bool, pixels: &[i32], more: &[((u16, u16), &str, Vec<u8>)]) -> Vec<u8> {
    let meta = [
        element((2, 1), "OB", &[0, 1]),
        element((2, 2), "UI", b"1.2.840.10008.5.1.4.1.1.2"),
        element((2, 3), "UI", b"1.2.3"),
        element((2, 0x10), "UI", b"1.2.840.10008.1.2.1"),
        element((2, 0x12), "UI", b"1.2.3.4"),
    ]
    .concat();
    let mut data = vec![
        ((8, 0x16), "UI", b"1.2.840.10008.5.1.4.1.1.2".to_vec()),
        ((8, 0x18), "UI", b"1.2.3".to_vec()),
        ((0x28, 2), "US", short(1).to_vec()),
        ((0x28, 4), "CS", b"MONOCHROME2".to_vec()),
        ((0x28, 0x10), "US", short(1).to_vec()),
        ((0x28, 0x11), "US", short(pixels.len() as i32).to_vec()),
        ((0x28, 0x100), "US", short(bits).to_vec()),
        ((0x28, 0x101), "US", short(bits).to_vec()),
        ((0x28, 0x102), "US", short(bits - 1).to_vec()),
        ((0x28, 0x103), "US", short(i32::from(signed)).to_vec()),
    ];
    data.extend(more.iter().cloned());
    let bytes = pixels.iter().flat_map(|pixel| match bits {
        8 => vec![*pixel as u8],
        16 => short(*pixel).to_vec(),
        _ => pixel.to_le_bytes().to_vec(),
    });
    let kind = if bits == 8 { "OB" } else { "OW" };
    data.push(((0x7fe0, 0x10), kind, bytes.collect()));
    data.sort_by_key(|(tag, ..)| *tag);
    let mut out = vec![0; 128];
    out.extend(b"DICM");
    out.extend(element((2, 0), "UL", &(meta.len() as u32).to_le_bytes()));
    out.extend(meta);
    for (tag, kind, value) in data {
        out.extend(element(tag, kind, &value));
    }
    out
}

fn grays(bytes: &[u8]) -> Vec<u8> {
    let picture = decode(bytes, "scan.dcm").unwrap();
    picture.pixels().map(|pixel| pixel.0[0]).collect()
}

fn window(center: &str, width: &str) -> [((u16, u16), &'static str, Vec<u8>); 2] {
    [
        ((0x28, 0x1050), "DS", center.as_bytes().to_vec()),
        ((0x28, 0x1051), "DS", width.as_bytes().to_vec()),
    ]
}

const RAMP: [i32; 5] = [0, 100, 200, 300, 400];

#[test]
fn bytes_without_a_window_are_grays_already() {
    let bytes = file(8, false, &[35, 100, 220], &[]);
    let (_, notes) = decode_with_notes(&bytes, "scan.dcm").unwrap();
    assert_eq!((grays(&bytes), notes.len()), (vec![35, 100, 220], 0));
    // Of what has a unit the darkest and brightest are sought.
    let slope = [
        ((0x28, 0x1052), "DS", b"-1024".to_vec()),
        ((0x28, 0x1053), "DS", b"1".to_vec()),
    ];
    assert_eq!(
        grays(&file(8, false, &[35, 100, 220], &slope)),
        [0, 90, 255]
    );
}

#[test]
fn what_the_scanner_did_not_see_counts_for_nothing() {
    let padding = |value: i32| [((0x28, 0x120), "SS", short(value).to_vec())];
    let pixels = [-2000, 0, 400, 1000];
    assert_eq!(grays(&file(16, true, &pixels, &[])), [0, 170, 204, 255]);
    assert_eq!(
        grays(&file(16, true, &pixels, &padding(-2000))),
        [0, 0, 102, 255]
    );
    // Up to a limit, and where the sign of the element is not said.
    let up_to = [
        ((0x28, 0x120), "US", short(-2000).to_vec()),
        ((0x28, 0x121), "US", short(0).to_vec()),
    ];
    assert_eq!(grays(&file(16, true, &pixels, &up_to)), [0, 0, 0, 255]);
}

#[test]
fn a_window_may_be_a_curve_or_a_step() {
    let with = |function: &str, [center, width]: [&str; 2]| {
        let mut more = window(center, width).to_vec();
        more.push(((0x28, 0x1056), "CS", function.as_bytes().to_vec()));
        grays(&file(16, false, &RAMP, &more))
    };
    let curve = |value: f64| (255.0 / (1.0 + (-4.0 * (value - 200.0) / 200.0).exp())).round() as u8;
    let expected: Vec<u8> = RAMP.iter().map(|v| curve(f64::from(*v))).collect();
    assert_eq!(with("SIGMOID", ["200", "200"]), expected);
    assert_eq!(with("LINEAR_EXACT", ["200", "400"]), [0, 64, 128, 191, 255]);
    assert_eq!(with("LINEAR", ["200", "1"]), [0, 0, 255, 255, 255]);
}

#[test]
fn a_table_of_grays_is_followed() {
    // Three entries of 12 bits for 100, 101, 102, said to have 16.
    let table = [
        element(
            (0x28, 0x3002),
            "US",
            &[short(3), short(100), short(16)].concat(),
        ),
        element(
            (0x28, 0x3006),
            "US",
            &[short(4095), short(2048), short(0)].concat(),
        ),
    ]
    .concat();
    let mut item = [0xfffe_u16.to_le_bytes(), 0xe000_u16.to_le_bytes()].concat();
    item.extend((table.len() as u32).to_le_bytes());
    item.extend(table);
    let more = [((0x28, 0x3010), "SQ", item)];
    let bytes = file(16, false, &[0, 100, 101, 102, 900], &more);
    assert_eq!(grays(&bytes), [255, 255, 128, 0, 0]);
    let (_, notes) = decode_with_notes(&bytes, "scan.dcm").unwrap();
    assert_eq!(notes, ["it is shown by its own table of grays"]);
}

#[test]
fn what_is_not_read_is_not_called_damaged() {
    let long = file(32, false, &RAMP, &[]);
    let floats = [((0x7fe0, 8), "OF", vec![0; 20])];
    let floats = file(16, false, &RAMP, &floats);
    for (bytes, what) in [(long, "32 bits a sample"), (floats, "floats")] {
        let error = decode(&bytes, "scan.dcm").unwrap_err();
        assert!(!matches!(error, PictureError::Damaged { .. }), "{error}");
        assert!(error.to_string().contains(what), "{error}");
    }
}
