//! The system's file dialogs. They never block a frame. Where the system has none to show, the path
//! is typed in the window.

use std::future::Future;
use std::path::PathBuf;

use super::typed_path::{Wanted, ask};

/// Asks for pictures (or networks). Make it on the main thread, which macOS asks for; wait for it in another.
/// Gives no files when the dialog was closed.
pub fn open_dialog() -> impl Future<Output = Vec<PathBuf>> + Send + 'static {
    let title = "Open a picture, a network or a map";
    let endings = || {
        let others = ["onnx", "npy", "json", "csv", "parquet"];
        crate::picture::ENDINGS.into_iter().chain(others).collect()
    };
    let dialog = can_ask().then(|| {
        rfd::AsyncFileDialog::new()
            .set_title(title)
            .add_filter("Pictures", &crate::picture::ENDINGS)
            .add_filter("Networks (ONNX)", &["onnx"])
            .add_filter("Maps", &["npy", "json"])
            .add_filter("All files", &["*"])
            .pick_files()
    });
    let typed = dialog
        .is_none()
        .then(|| ask(title, Wanted::File(endings())));
    async move {
        match (dialog, typed) {
            (Some(dialog), _) => {
                let files = dialog.await.unwrap_or_default();
                files.iter().map(|file| file.path().to_owned()).collect()
            }
            (None, Some(typed)) => typed.await.into_iter().collect(),
            (None, None) => Vec::new(),
        }
    }
}

/// A dialog's answer: the system's, or what was typed.
async fn answered(
    dialog: Option<impl Future<Output = Option<rfd::FileHandle>>>,
    typed: Option<impl Future<Output = Option<PathBuf>>>,
) -> Option<PathBuf> {
    match (dialog, typed) {
        (Some(dialog), _) => dialog.await.map(|file| file.path().to_owned()),
        (None, Some(typed)) => typed.await,
        (None, None) => None,
    }
}

/// Asks for one file with one of `endings`, which `kind` names. As [`open_dialog`] otherwise.
pub fn file_dialog(
    title: &str,
    kind: &str,
    endings: &[&'static str],
) -> impl Future<Output = Option<PathBuf>> + Send + 'static {
    let dialog = can_ask().then(|| {
        rfd::AsyncFileDialog::new()
            .set_title(title)
            .add_filter(kind, endings)
            .add_filter("All files", &["*"])
            .pick_file()
    });
    let typed = dialog
        .is_none()
        .then(|| ask(title, Wanted::File(endings.to_vec())));
    answered(dialog, typed)
}

/// Asks for a folder that is there. As [`open_dialog`] otherwise.
pub fn where_dialog(title: &str) -> impl Future<Output = Option<PathBuf>> + Send + 'static {
    let system = || rfd::AsyncFileDialog::new().set_title(title).pick_folder();
    let dialog = can_ask().then(system);
    let typed = dialog.is_none().then(|| ask(title, Wanted::Folder));
    answered(dialog, typed)
}

/// Asks where to write a file called `name` unless the person names it otherwise; `kinds` are names
/// and endings. As [`open_dialog`] otherwise.
pub fn save_dialog(
    title: &str,
    name: &str,
    kinds: &[(&str, &[&str])],
) -> impl Future<Output = Option<PathBuf>> + Send + 'static {
    let dialog = can_ask().then(|| {
        let dialog = rfd::AsyncFileDialog::new()
            .set_title(title)
            .set_file_name(name);
        let with = |dialog: rfd::AsyncFileDialog, (kind, endings): &(&str, &[&str])| {
            dialog.add_filter(*kind, endings)
        };
        kinds.iter().fold(dialog, with).save_file()
    });
    let typed = dialog
        .is_none()
        .then(|| ask(title, Wanted::Save(name.to_owned())));
    answered(dialog, typed)
}

/// Asks for a folder; gives the pictures in it. As [`open_dialog`] otherwise.
pub fn pictures_dialog() -> impl Future<Output = Vec<PathBuf>> + Send + 'static {
    let dialog = where_dialog("Choose a folder of pictures");
    async move {
        dialog
            .await
            .and_then(|folder| crate::picture::list_folder(&folder).ok())
            .unwrap_or_default()
    }
}

/// Asks for a folder to write to. Make it on the main thread, which macOS asks for; wait for it in
/// another. `None` when the dialog was closed. Where the system has no dialogs to show, the folder
/// is "Saliscope" among the person's pictures.
pub fn folder_dialog() -> impl Future<Output = Option<PathBuf>> + Send + 'static {
    let dialog = can_ask().then(|| {
        rfd::AsyncFileDialog::new()
            .set_title("Save in a folder")
            .pick_folder()
    });
    async move {
        match dialog {
            Some(dialog) => dialog.await.map(|folder| folder.path().to_owned()),
            None => dirs::picture_dir()
                .or_else(dirs::home_dir)
                .map(|folder| folder.join("Saliscope")),
        }
    }
}

/// Whether the system can show a dialog at all. On Linux another program shows it: a portal, which
/// is reached over the session bus, or zenity; a bare X server or a kiosk may have neither.
fn can_ask() -> bool {
    if !cfg!(all(unix, not(target_os = "macos"))) {
        return true;
    }
    let named = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    let bus = named("DBUS_SESSION_BUS_ADDRESS").is_some()
        || named("XDG_RUNTIME_DIR")
            .is_some_and(|folder| PathBuf::from(folder).join("bus").exists());
    let zenity = named("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|at| at.join("zenity").is_file()));
    bus || zenity
}
