//! The system's file dialogs. They never block a frame.

use std::future::Future;
use std::path::PathBuf;

/// Asks for pictures (or networks). Make it on the main thread, which macOS asks for; wait for it in another.
/// Gives no files when the dialog was closed.
pub fn open_dialog() -> impl Future<Output = Vec<PathBuf>> + Send + 'static {
    let dialog = rfd::AsyncFileDialog::new()
        .set_title("Open a picture")
        .add_filter("Pictures", &crate::picture::ENDINGS)
        .add_filter("Networks (ONNX)", &["onnx"])
        .add_filter("Maps", &["npy", "json"])
        .add_filter("All files", &["*"])
        .pick_files();
    async move {
        dialog
            .await
            .unwrap_or_default()
            .into_iter()
            .map(|file| file.path().to_owned())
            .collect()
    }
}

/// Asks for a folder; gives the pictures in it. As [`open_dialog`] otherwise.
pub fn pictures_dialog() -> impl Future<Output = Vec<PathBuf>> + Send + 'static {
    let dialog = rfd::AsyncFileDialog::new()
        .set_title("Choose a folder of pictures")
        .pick_folder();
    async move {
        dialog
            .await
            .and_then(|folder| crate::picture::list_folder(folder.path()).ok())
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
