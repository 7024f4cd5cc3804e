//! Arguments in, exit code out.

use std::process::ExitCode;

fn main() -> ExitCode {
    forbid_telemetry();
    #[cfg(feature = "window")]
    choose_window_system();
    saliscope::allocator::tune();
    if let Ok(program) = std::env::current_exe() {
        saliscope::classifier::try_strangers_with(program);
    }
    saliscope::cli::main(std::env::args_os())
}

/// From version 1.29 on, the ONNX Runtime that Microsoft publishes for Linux and macOS gives this
/// computer an identifier, keeps a database of events in the user's cache folder and sends them.
/// Asking the loaded library to stop comes too late for the first event; this variable is read
/// before. It also saves the 30 ms in which the library winds all that down at exit.
fn forbid_telemetry() {
    // SAFETY: this is the first thing the program does; there is no other thread yet that could
    // read the environment at the same time.
    unsafe { std::env::set_var("ORT_DISABLE_TELEMETRY", "1") };
}

/// Files can be dropped onto a window of X11's, and onto none of Wayland's: where both are there, it is
/// X11. `SALISCOPE_WAYLAND=1` asks for Wayland all the same, and an exhibit always has it: touches get
/// lost on X11.
#[cfg(feature = "window")]
fn choose_window_system() {
    if std::env::args_os()
        .nth(1)
        .is_some_and(|first| first == "exhibit")
    {
        return;
    }
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    if cfg!(all(unix, not(target_os = "macos"))) && saliscope::cli::prefers_x11(set) {
        for name in ["WAYLAND_DISPLAY", "WAYLAND_SOCKET"] {
            // SAFETY: there is still no other thread that could read the environment at the same time.
            unsafe { std::env::remove_var(name) };
        }
    }
}
