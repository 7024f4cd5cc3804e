//! The first bytes of what is not read, so that it can be refused by its name.

/// What a camera wrote before anything was made of it.
pub(super) const RAW: &str = "a camera's raw file";

/// Pictures and documents.
pub(super) const PICTURES: [(&[u8], &str); 38] = [
    (b"\0\0\0\x0CjP  \r\n\x87\n", "a JPEG 2000 picture"),
    (b"\xFF\x4F\xFF\x51", "a JPEG 2000 picture"),
    (b"II\xBC\x01", "a JPEG XR picture"),
    (b"8BPS", "a Photoshop document"),
    (b"%PDF", "a PDF document"),
    (b"%!PS", "a PostScript (EPS) drawing"),
    (b"\xC5\xD0\xD3\xC6", "a PostScript (EPS) drawing"),
    (b"\x76\x2F\x31\x01", "an OpenEXR picture"),
    (b"#?RADIANCE", "a Radiance HDR picture"),
    (b"#?RGBE", "a Radiance HDR picture"),
    (b"PF\n", "a portable float map (PFM)"),
    (b"Pf\n", "a portable float map (PFM)"),
    (b"farbfeld", "a farbfeld picture"),
    (b"\0\0\x01\0", "an icon (ICO)"),
    (b"\0\0\x02\0\x01\0", "a cursor (CUR)"),
    (b"icns", "an icon (ICNS)"),
    (b"DDS ", "a DDS texture"),
    (b"\xABKTX ", "a KTX texture"),
    (b"gimp xcf", "a GIMP document"),
    (b"SIMPLE  =", "a FITS picture"),
    (b"NRRD000", "an NRRD volume"),
    (b"\x5C\x01\0\0", "a NIfTI volume"),
    (b"ZISRAWFILE", "a microscope's file (CZI)"),
    (b"FUJIFILMCCD-RAW", RAW),
    (b"IIRO", RAW),
    (b"IIRS", RAW),
    (b"IIU\0", RAW),
    (b"FOVb", RAW),
    (b"\0MRM", RAW),
    (b"BPG\xFB", "a BPG picture"),
    (b"FLIF", "a FLIF picture"),
    (b"AT&TFORM", "a DjVu document"),
    (b"\x8AMNG\r\n\x1a\n", "an MNG animation"),
    (b"\x8BJNG\r\n\x1a\n", "a JNG picture"),
    (b"\x59\xA6\x6A\x95", "a Sun raster picture"),
    (b"\xD7\xCD\xC6\x9A", "a Windows metafile (WMF)"),
    (b"/* XPM */", "an XPM picture"),
    (b"\x08\xF2\xA6\xB6", "a VIPS picture"),
];

/// What is no picture.
pub(super) const OTHERS: [(&[u8], &str); 21] = [
    (b"\x93NUMPY", "a NumPy array"),
    (b"\x1F\x8B", "a gzip archive; unpack it first"),
    (b"BZh", "a bzip2 archive; unpack it first"),
    (b"\xFD7zXZ\0", "an xz archive; unpack it first"),
    (b"\x28\xB5\x2F\xFD", "a Zstandard archive; unpack it first"),
    (b"7z\xBC\xAF\x27\x1C", "a 7z archive; unpack it first"),
    (b"Rar!", "a RAR archive; unpack it first"),
    (b"\x1A\x45\xDF\xA3", "a video"),
    (b"\0\0\x01\xBA", "a video"),
    (b"\0\0\x01\xB3", "a video"),
    (b"FLV\x01", "a video"),
    (b"\x30\x26\xB2\x75\x8E\x66\xCF\x11", "a video"),
    (b"OggS", "a sound or video (Ogg)"),
    (b"ID3", "a sound"),
    (b"fLaC", "a sound"),
    (
        b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1",
        "a Microsoft Office document",
    ),
    (
        b"\0\x05\x16\x07",
        "a Mac's note about another file (AppleDouble)",
    ),
    (
        b"version https://git-lfs",
        "a Git LFS pointer: the file itself was not fetched (run: git lfs pull)",
    ),
    (b"PAR1", "a Parquet table"),
    (b"SQLite format 3\0", "an SQLite database"),
    (b"\x7FELF", "a program"),
];

/// A picture of a format whose files have no mark of their own; told by a header that makes sense
/// as a whole.
pub(super) fn unmarked(head: &[u8]) -> Option<&'static str> {
    let word = |at: usize| {
        head.get(at..at + 2)
            .map_or(0, |w| u16::from_le_bytes([w[0], w[1]]))
    };
    match head {
        // Version, run lengths, bits a plane.
        [0x0A, 0 | 2..=5, 1, 1 | 2 | 4 | 8, ..] if head.len() >= 128 => Some("a PCX picture"),
        // Storage, bytes a channel, dimensions.
        [0x01, 0xDA, 0 | 1, 1 | 2, 0, 1..=3, ..] => Some("an SGI picture"),
        [1, 0, 0, 0, ..] if head.get(40..44) == Some(b" EMF") => Some("a Windows metafile (EMF)"),
        // Truevision's: whether there is a colour map, and the kind of picture.
        [_, has_map @ 0..=1, kind @ (1..=3 | 9..=11), ..] if head.len() >= 18 => {
            let mapped = matches!(kind, 1 | 9);
            let map = head.get(3..8).is_some_and(|map| {
                if *has_map == 1 {
                    matches!(map[4], 15 | 16 | 24 | 32)
                } else {
                    map == [0; 5]
                }
            });
            let depth = matches!(head[16], 8 | 15 | 16 | 24 | 32);
            let fits = mapped == (*has_map == 1) && map && depth && head[17] & 0xC0 == 0;
            (fits && word(12) > 0 && word(14) > 0).then_some("a TGA (Targa) picture")
        }
        _ => None,
    }
}

/// What a text is; `None` where the bytes are no text.
pub(super) fn text(head: &[u8]) -> Option<&'static str> {
    let utf16 = head.starts_with(b"\xFF\xFE") || head.starts_with(b"\xFE\xFF");
    let text = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head);
    let text = text.trim_ascii_start();
    let begins = |word: &[u8]| {
        text.get(..word.len())
            .is_some_and(|t| t.eq_ignore_ascii_case(word))
    };
    let contains = |word: &[u8]| text.windows(word.len()).any(|w| w == word);
    if begins(b"<!doctype html") || begins(b"<html") {
        return Some("a web page, as a download that went wrong leaves");
    }
    if begins(b"<?xml") {
        return Some("an XML text");
    }
    if begins(b"#define ") && contains(b"_bits") {
        return Some("an X bitmap (XBM)");
    }
    // The head may end within a letter.
    let valid = match str::from_utf8(text) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none(),
    };
    let printable = |byte: &u8| *byte >= 0x20 || b"\t\n\r\x0C\x1B".contains(byte);
    if text.is_empty() || !(utf16 || valid && text.iter().all(printable)) {
        return None;
    }
    Some(match text.first() {
        Some(b'{' | b'[') => "a text (JSON)",
        _ => "a text",
    })
}

/// Whether a text holds a drawing in SVG.
pub(super) fn is_svg(head: &[u8]) -> bool {
    let text = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head);
    let text = text.trim_ascii_start();
    let marked = |begin: &[u8]| text.starts_with(begin);
    let contains = |word: &[u8]| text.windows(word.len()).any(|w| w == word);
    marked(b"<svg")
        || ((marked(b"<?xml") || marked(b"<!--") || marked(b"<!DOCTYPE svg")) && contains(b"<svg"))
}
