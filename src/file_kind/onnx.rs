//! ONNX files under any name.

use std::io::Read as _;
use std::path::Path;

use super::{FileKind, HEAD_BYTES};

/// The newest version of the format that is taken for one.
const NEWEST: u8 = 40;

/// True where a file's first bytes are those of an ONNX network and of nothing else that is known:
/// the version of the format, then another field of the network.
#[must_use]
pub fn begins_as_onnx(head: &[u8]) -> bool {
    // Producer, its version, domain, version, text, graph, operator sets, notes, functions.
    let fields = [0x12, 0x1A, 0x22, 0x28, 0x32, 0x3A, 0x42, 0x72, 0xCA];
    let begins = matches!(head, [0x08, 1..=NEWEST, field, ..] if fields.contains(field));
    begins && FileKind::of(head).is_none()
}

/// True where the file at `path` [begins as an ONNX network](begins_as_onnx); false where it cannot
/// be read.
#[must_use]
pub fn is_onnx_file(path: &Path) -> bool {
    let mut head = Vec::new();
    crate::files::open_plain(path)
        .and_then(|(file, _)| file.take(HEAD_BYTES as u64).read_to_end(&mut head))
        .is_ok_and(|_| begins_as_onnx(&head))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_are_told_by_their_first_bytes() {
        for onnx in [
            &b"\x08\x07\x12\x07pytorch"[..],
            b"\x08\x0a:\xe9\x03\n7\n\x01x",
            b"\x08\x08B\x02\x10\x11",
        ] {
            assert!(begins_as_onnx(onnx), "{onnx:?}");
        }
        for other in [
            &b""[..],
            b"\x08",
            b"\x08\xff\x12\x07pytorch",
            b"\x08\x07A",
            b"\n\x0b\n\x05input",
            b"\x89PNG\r\n\x1a\n",
            b"plain text",
        ] {
            assert!(!begins_as_onnx(other), "{other:?}");
        }
    }
}
