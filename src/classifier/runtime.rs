//! Finds and loads ONNX Runtime, once.

use std::ffi::CStr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use ort::environment::Environment;
use ort::logging::LogLevel;

use crate::home::Home;

/// Names the library where it is not found by itself. The name is the `ort` crate's.
pub const LIBRARY_VARIABLE: &str = "ORT_DYLIB_PATH";

/// Why ONNX Runtime is not there. One line each.
#[derive(Debug, Clone, thiserror::Error)]
pub enum RuntimeError {
    /// Not found anywhere.
    #[error(
        "the ONNX Runtime library was not found (looked in {looked}); run `python3 models/install.py`, or name the file with --runtime or {LIBRARY_VARIABLE}"
    )]
    Missing {
        /// The folders that were searched.
        looked: String,
    },
    /// Found, or named by the user, and not usable.
    #[error("{}: not a usable ONNX Runtime library: {why}; run `python3 models/install.py`, or name another with --runtime", path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What the loader says.
        why: String,
    },
}

/// The loaded library.
#[derive(Debug)]
pub struct Runtime {
    pub(super) environment: Environment,
    /// The file it was loaded from.
    pub library: PathBuf,
    /// Its version, such as 1.32.0, where it tells one.
    pub version: Option<String>,
}

static CHOSEN: OnceLock<PathBuf> = OnceLock::new();
static LOADED: OnceLock<Result<Runtime, RuntimeError>> = OnceLock::new();

/// Names the library file to load (`--runtime`). Counts only before the first network is opened;
/// says whether it was in time.
pub fn use_library(path: PathBuf) -> bool {
    LOADED.get().is_none() && CHOSEN.set(path).is_ok()
}

/// The library that [`use_library`] named.
pub(super) fn chosen() -> Option<&'static Path> {
    CHOSEN.get().map(PathBuf::as_path)
}

/// The library, loaded on the first call: from [`use_library`], the variable `ORT_DYLIB_PATH`,
/// the installed models, where a package puts libraries, or beside the program, in that order.
///
/// # Errors
/// When it is missing or unusable. The answer stays the same for the life of the program.
pub fn runtime() -> Result<&'static Runtime, RuntimeError> {
    LOADED.get_or_init(load).as_ref().map_err(Clone::clone)
}

/// The version of the loaded library, as it names its build.
///
/// # Errors
/// As [`runtime`].
pub fn runtime_build() -> Result<&'static str, RuntimeError> {
    runtime().map(|_| ort::info())
}

fn load() -> Result<Runtime, RuntimeError> {
    if let Some(path) = CHOSEN.get() {
        return open(path);
    }
    if let Some(path) = std::env::var_os(LIBRARY_VARIABLE).filter(|v| !v.is_empty()) {
        return open(Path::new(&path));
    }
    let folders = Home::find().library_folders();
    let mut failure = None;
    for path in folders.iter().flat_map(|f| libraries(f, 2)) {
        match open(&path) {
            Ok(runtime) => return Ok(runtime),
            Err(error) => failure = failure.or(Some(error)),
        }
    }
    Err(failure.unwrap_or_else(|| {
        let looked: Vec<String> = folders.iter().map(|f| f.display().to_string()).collect();
        RuntimeError::Missing {
            looked: looked.join(", "),
        }
    }))
}

/// Files in `folder`, down to `depth` levels, that are named as ONNX Runtime is.
fn libraries(folder: &Path, depth: usize) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        if path.is_dir() {
            folders.push(path);
        } else if is_library_name(&name) {
            found.push(path);
        }
    }
    found.sort();
    folders.sort();
    if depth > 0 {
        found.extend(folders.iter().flat_map(|f| libraries(f, depth - 1)));
    }
    found
}

fn is_library_name(name: &str) -> bool {
    let Some(rest) = name
        .strip_prefix(std::env::consts::DLL_PREFIX)
        .and_then(|n| n.strip_prefix("onnxruntime"))
    else {
        return false;
    };
    // libonnxruntime.so, libonnxruntime.so.1.32.0, libonnxruntime.1.32.0.dylib, onnxruntime.dll;
    // not onnxruntime_providers_shared.
    rest.starts_with('.') && rest.contains(std::env::consts::DLL_SUFFIX)
}

fn open(path: &Path) -> Result<Runtime, RuntimeError> {
    let failed = |why: String| RuntimeError::Unusable {
        path: path.to_owned(),
        why: super::one_line(&why),
    };
    if !path.is_file() {
        return Err(failed("there is no such file".to_owned()));
    }
    // The loader would take a relative path from the program's folder.
    let path = path.canonicalize().map_err(|e| failed(e.to_string()))?;
    let environment = ort::init_from(&path)
        .map_err(|e| failed(e.to_string()))?
        .with_name("saliscope")
        .with_telemetry(false)
        .with_logger(Arc::new(
            |_level, category: &str, _id: &str, _place: &str, message: &str| {
                tracing::debug!(target: "onnxruntime", "{category}: {message}");
            },
        ))
        .build()
        .map_err(|e| failed(e.to_string()))?;
    environment.set_log_level(LogLevel::Error);
    Ok(Runtime {
        environment,
        version: version(&path),
        library: path,
    })
}

/// The version of a library that `ort` has loaded and found to be ONNX Runtime; it keeps to itself what
/// the library answered.
fn version(path: &Path) -> Option<String> {
    // SAFETY: the library is loaded already, so nothing of it runs here; its first function and the first
    // entry of what that gives have had this form in every version, and the text is the library's own for
    // as long as it is loaded, which is longer than this function takes.
    unsafe {
        let library = libloading::Library::new(path).ok()?;
        let base: libloading::Symbol<
            '_,
            unsafe extern "system" fn() -> *const ort::sys::OrtApiBase,
        > = library.get(b"OrtGetApiBase").ok()?;
        let text = (base().as_ref()?.GetVersionString)();
        if text.is_null() {
            return None;
        }
        Some(CStr::from_ptr(text).to_str().ok()?.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn library_names() {
        assert!(is_library_name("libonnxruntime.so"));
        assert!(is_library_name("libonnxruntime.so.1.32.0"));
        assert!(!is_library_name("libonnxruntime_providers_shared.so"));
        assert!(!is_library_name("onnxruntime.dll"));
        assert!(!is_library_name("libonnxruntime.txt"));
    }

    #[test]
    fn a_file_that_is_no_library_is_named_in_the_error() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("libonnxruntime.so");
        std::fs::write(&file, b"hello").unwrap();
        let error = open(&file).unwrap_err().to_string();
        assert!(
            error.contains("libonnxruntime.so") && error.contains("install.py"),
            "{error}"
        );
        assert_eq!(error.lines().count(), 1, "{error}");
    }
}
