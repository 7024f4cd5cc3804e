//! What a file is, told by its first bytes and never by its ending.

mod advice;
mod magic;
mod onnx;

use std::io::Read as _;
use std::path::Path;

pub use self::advice::advice;
use self::magic::RAW;
pub use self::onnx::{begins_as_onnx, is_onnx_file};

/// What a file was found to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// A picture of a format that is read.
    Picture(PictureFormat),
    /// A picture or document of a format that is not read, by its name.
    OtherPicture(&'static str),
    /// A network in another form than ONNX.
    OtherModel(OtherModel),
    /// Anything else that has a name, such as a web page.
    Other(&'static str),
}

/// The endings of the formats that are read, for dialogs and folders.
pub const PICTURE_ENDINGS: [&str; 26] = [
    "png", "jpg", "jpeg", "jpe", "jfif", "webp", "bmp", "dib", "gif", "tif", "tiff", "ppm", "pgm",
    "pbm", "pnm", "pam", "qoi", "jif", "jfi", "heic", "heif", "hif", "avif", "jxl", "dcm", "dicom",
];

/// The picture formats that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PictureFormat {
    /// Portable Network Graphics.
    Png,
    /// JPEG, in any of its processes.
    Jpeg,
    /// Graphics Interchange Format.
    Gif,
    /// WebP.
    WebP,
    /// Windows bitmap.
    Bmp,
    /// Tag Image File Format, also `BigTIFF`.
    Tiff,
    /// Portable anymap: PBM, PGM, PPM, PAM.
    Pnm,
    /// Quite OK Image.
    Qoi,
    /// HEIF with pictures coded as HEVC.
    Heic,
    /// HEIF with pictures coded as AV1.
    Avif,
    /// JPEG XL.
    JpegXl,
    /// Medical pictures.
    Dicom,
}

impl PictureFormat {
    /// The name as people know it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Png => "PNG",
            Self::Jpeg => "JPEG",
            Self::Gif => "GIF",
            Self::WebP => "WebP",
            Self::Bmp => "BMP",
            Self::Tiff => "TIFF",
            Self::Pnm => "PNM",
            Self::Qoi => "QOI",
            Self::Heic => "HEIC",
            Self::Avif => "AVIF",
            Self::JpegXl => "JPEG XL",
            Self::Dicom => "DICOM",
        }
    }
}

/// Networks that have to be converted first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OtherModel {
    /// `torch.save`: a ZIP archive that holds pickles, or a bare pickle.
    PyTorch,
    /// Keras 3: a ZIP archive with `model.weights.h5`.
    Keras,
    /// Keras 2 and weights of either: HDF5.
    Hdf5,
    /// TensorFlow Lite.
    TfLite,
    /// TensorFlow's graphs: a folder with `saved_model.pb`, or a frozen graph.
    SavedModel,
    /// Weights without a graph.
    Safetensors,
    /// llama.cpp's weights.
    Gguf,
}

impl OtherModel {
    /// What it is.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::PyTorch => "a PyTorch checkpoint",
            Self::Keras => "a Keras model",
            Self::Hdf5 => "an HDF5 file, as Keras writes them",
            Self::TfLite => "a TensorFlow Lite model",
            Self::SavedModel => "a TensorFlow model",
            Self::Safetensors => "a safetensors file: weights without a network",
            Self::Gguf => "a GGUF file: weights without a network",
        }
    }

    /// How it becomes ONNX, in half a sentence.
    #[must_use]
    pub fn to_onnx(self) -> &'static str {
        match self {
            Self::PyTorch => {
                "build the model in Python, load this into it and save it with \
                 torch.onnx.export(model, example, \"model.onnx\")"
            }
            Self::Keras | Self::Hdf5 => {
                "load it in Keras and save it with model.export(\"model.onnx\", format=\"onnx\")"
            }
            Self::TfLite => {
                "convert it with: python -m tf2onnx.convert --tflite FILE --output model.onnx"
            }
            Self::SavedModel => {
                "convert it with: python -m tf2onnx.convert --saved-model FOLDER --output model.onnx"
            }
            Self::Safetensors | Self::Gguf => {
                "export the whole model, for example with: optimum-cli export onnx --model NAME FOLDER"
            }
        }
    }
}

/// Bytes of the beginning that [`FileKind::of`] looks at.
pub const HEAD_BYTES: usize = 4096;

impl FileKind {
    /// What a file is that begins with `head`; `None` where nothing is recognised.
    #[must_use]
    pub fn of(head: &[u8]) -> Option<Self> {
        use PictureFormat as P;
        let starts = |magic: &[u8]| head.starts_with(magic);
        let at = |offset: usize, magic: &[u8]| {
            head.get(offset..)
                .is_some_and(|rest| rest.starts_with(magic))
        };
        let picture = |format| Some(Self::Picture(format));
        if starts(b"\x89PNG\r\n\x1a\n") {
            return picture(P::Png);
        }
        if starts(b"\xFF\xD8\xFF") {
            return picture(P::Jpeg);
        }
        if starts(b"GIF87a") || starts(b"GIF89a") {
            return picture(P::Gif);
        }
        if starts(b"RIFF") {
            return match head.get(8..12)? {
                b"WEBP" => picture(P::WebP),
                b"AVI " => Some(Self::Other("a video (AVI)")),
                b"WAVE" => Some(Self::Other("a sound")),
                _ => None,
            };
        }
        if at(4, b"ftyp") {
            return Some(Self::of_brands(head));
        }
        if starts(b"\xFF\x0A") || starts(b"\0\0\0\x0CJXL \r\n\x87\n") {
            return picture(P::JpegXl);
        }
        if at(128, b"DICM") {
            return picture(P::Dicom);
        }
        if at(8, b"CR\x02\0") && starts(b"II*\0") {
            return Some(Self::OtherPicture(RAW));
        }
        if [b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"]
            .iter()
            .any(|m| starts(*m))
        {
            return picture(P::Tiff);
        }
        if starts(b"qoif") {
            return picture(P::Qoi);
        }
        if starts(b"BM") && head.get(14).is_some_and(|size| *size >= 12) {
            return picture(P::Bmp);
        }
        if let [b'P', b'1'..=b'7', next, ..] = head
            && (next.is_ascii_whitespace() || *next == b'#')
        {
            return picture(P::Pnm);
        }
        Self::other(head)
    }

    /// HEIF, AVIF, videos: told by the brands of an ISO base media file.
    fn of_brands(head: &[u8]) -> Self {
        let length = head
            .first_chunk::<4>()
            .map_or(0, |l| u32::from_be_bytes(*l));
        let end = (length as usize).clamp(12, head.len().max(12));
        let (brands, _) = head.get(8..end).unwrap_or_default().as_chunks::<4>();
        // The major brand is the first; the second word is its version.
        let has = |wanted: &[&[u8; 4]]| {
            let mut all = brands.iter().enumerate().filter(|(i, _)| *i != 1);
            all.any(|(_, brand)| wanted.contains(&brand))
        };
        if has(&[b"avif", b"avis"]) {
            Self::Picture(PictureFormat::Avif)
        } else if has(&[
            b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1",
        ]) {
            Self::Picture(PictureFormat::Heic)
        } else if has(&[b"crx "]) {
            Self::OtherPicture(RAW)
        } else {
            Self::Other("a video")
        }
    }

    fn other(head: &[u8]) -> Option<Self> {
        let at = |offset: usize, magic: &[u8]| {
            head.get(offset..)
                .is_some_and(|rest| rest.starts_with(magic))
        };
        let starts = |magic: &[u8]| head.starts_with(magic);
        let named = |table: &[(&[u8], &'static str)]| {
            table.iter().find(|(magic, _)| starts(magic)).map(|t| t.1)
        };
        if let Some(name) = named(&magic::PICTURES) {
            return Some(Self::OtherPicture(name));
        }
        let model = |model| Some(Self::OtherModel(model));
        let contains = |text: &[u8]| head.windows(text.len()).any(|w| w == text);
        if starts(b"PK\x03\x04") {
            // The names of its first entries stand in the head.
            return if contains(b"/data.pkl") || contains(b"/.format_version") {
                model(OtherModel::PyTorch)
            } else if contains(b"model.weights.h5") || contains(b"metadata.json") {
                model(OtherModel::Keras)
            } else if contains(b".npy") {
                Some(Self::Other("a NumPy archive (npz)"))
            } else if contains(b"[Content_Types].xml") {
                Some(Self::Other("a Microsoft Office document"))
            } else {
                Some(Self::Other("a ZIP archive; unpack it first"))
            };
        }
        if starts(b"\x89HDF\r\n\x1a\n") {
            return model(OtherModel::Hdf5);
        }
        if at(4, b"TFL3") {
            return model(OtherModel::TfLite);
        }
        if starts(b"GGUF") {
            return model(OtherModel::Gguf);
        }
        // Eight bytes of length, then a JSON object.
        if let Some((length, rest)) = head.split_first_chunk::<8>()
            && rest.first() == Some(&b'{')
            && (2..100_000_000).contains(&u64::from_le_bytes(*length))
            && rest
                .get(1)
                .is_some_and(|b| *b == b'"' || *b == b'}' || *b == b' ')
        {
            return model(OtherModel::Safetensors);
        }
        // Protocols 2 to 5 of Python's pickle; what follows is an opcode, never a protobuf field.
        if let [0x80, 2..=5, next, ..] = head
            && b"}]c(\x8a\x95\x8c\x8d".contains(next)
        {
            return model(OtherModel::PyTorch);
        }
        if let Some(name) = named(&magic::OTHERS) {
            return Some(Self::Other(name));
        }
        if magic::is_svg(head) {
            return Some(Self::OtherPicture("an SVG drawing"));
        }
        magic::unmarked(head)
            .map(Self::OtherPicture)
            .or_else(|| magic::text(head).map(Self::Other))
    }

    /// What the file at `path` is; `None` where nothing is recognised or it cannot be read.
    #[must_use]
    pub fn of_file(path: &Path) -> Option<Self> {
        let (file, _) = crate::files::open_plain(path).ok()?;
        let mut head = Vec::new();
        file.take(HEAD_BYTES as u64).read_to_end(&mut head).ok()?;
        Self::of(&head)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_told_by_their_first_bytes() {
        let ftyp =
            |brands: &[u8]| [&[0, 0, 0, 8 + brands.len() as u8], &b"ftyp"[..], brands].concat();
        let picture = FileKind::Picture;
        for (head, kind) in [
            (ftyp(b"heic\0\0\0\0mif1heic"), picture(PictureFormat::Heic)),
            (ftyp(b"mif1\0\0\0\0mif1avif"), picture(PictureFormat::Avif)),
            (ftyp(b"mif1\0\0\0\0mif1miaf"), picture(PictureFormat::Heic)),
            (ftyp(b"isom\0\0\x02\0isommp41"), FileKind::Other("a video")),
            (b"\xFF\x0A123".to_vec(), picture(PictureFormat::JpegXl)),
            (b"MM\0*".to_vec(), picture(PictureFormat::Tiff)),
            (b"P6\n2 2\n255\n".to_vec(), picture(PictureFormat::Pnm)),
            (
                [&[0, 0, 2][..], &[0; 9], &[9, 0, 7, 0, 24, 0x20]].concat(),
                FileKind::OtherPicture("a TGA (Targa) picture"),
            ),
            (
                b"<?xml version='1.0'?><!-- drawn --><svg/>".to_vec(),
                FileKind::OtherPicture("an SVG drawing"),
            ),
            (
                b"{\"error\": 404}".to_vec(),
                FileKind::Other("a text (JSON)"),
            ),
            ("caf\u{e9}".into(), FileKind::Other("a text")),
            (
                b"\n<!DOCTYPE HTML>".to_vec(),
                FileKind::Other("a web page, as a download that went wrong leaves"),
            ),
            (
                b"\x40\0\0\0\0\0\0\0{\"__metadata__\"".to_vec(),
                FileKind::OtherModel(OtherModel::Safetensors),
            ),
            (
                b"\x1c\0\0\0TFL3".to_vec(),
                FileKind::OtherModel(OtherModel::TfLite),
            ),
            (
                b"PK\x03\x04..........archive/data.pkl".to_vec(),
                FileKind::OtherModel(OtherModel::PyTorch),
            ),
            (
                b"\x80\x02}q\0".to_vec(),
                FileKind::OtherModel(OtherModel::PyTorch),
            ),
        ] {
            assert_eq!(
                FileKind::of(&head),
                Some(kind),
                "{}",
                String::from_utf8_lossy(&head)
            );
        }
        // The first bytes of ONNX files: a varint field, then the producer.
        for onnx in [
            &b"\x08\x07\x12\x07pytorch"[..],
            b"\x08\x0a\x12\x0akeras2onnx",
            b"",
        ] {
            assert_eq!(FileKind::of(onnx), None);
        }
    }
}
