//! The systemd unit that shows an exhibit under cage from the moment the machine has power.

use std::fmt::Write as _;
use std::path::Path;

/// The exit status that the unit does not start again after: the operator closed the exhibit.
const CLOSED: u8 = 86;
/// The file that says so, in the unit's own folder: the cage of Debian 12 hides how what it shows ended.
const NOTE: &str = "$$RUNTIME_DIRECTORY/closed";

/// The unit: `program` shows the exhibit in `folder` as `user`, on the first console, started again
/// whenever it ends but for one way: the operator closed it. It can reach no network, whatever the program
/// does.
#[must_use]
pub fn unit(program: &Path, folder: &Path, user: &str) -> String {
    format!(
        "# /etc/systemd/system/saliscope-exhibit.service; then:\n\
         # apt install cage && systemctl set-default graphical.target && systemctl enable --now saliscope-exhibit\n\
         # Closed with the PIN it stays closed until: systemctl start saliscope-exhibit (Ctrl+Alt+F2 logs in), or the next start of the machine.\n\
         [Unit]\n\
         Description=Saliscope exhibit\n\
         After=systemd-user-sessions.service getty@tty1.service\n\
         Conflicts=getty@tty1.service\n\
         StartLimitIntervalSec=0\n\
         \n\
         [Service]\n\
         User={user}\n\
         PAMName=login\n\
         TTYPath=/dev/tty1\n\
         StandardInput=tty\n\
         UtmpIdentifier=tty1\n\
         UtmpMode=user\n\
         RuntimeDirectory=saliscope-exhibit\n\
         Environment=SALISCOPE_WAYLAND=1\n\
         ExecStart=/bin/sh -c 'n={NOTE}; rm -f \"$$n\"; /usr/bin/cage -- \"$$@\" --closed-note \"$$n\"; test ! -e \"$$n\" || exit {CLOSED}; exit 1' sh {} exhibit {}\n\
         Restart=always\n\
         RestartPreventExitStatus={CLOSED}\n\
         SuccessExitStatus={CLOSED}\n\
         RestartSec=5\n\
         RestrictAddressFamilies=AF_UNIX AF_NETLINK\n\
         IPAddressDeny=any\n\
         NoNewPrivileges=yes\n\
         \n\
         [Install]\n\
         WantedBy=graphical.target\n",
        quoted(program),
        quoted(folder),
    )
}

/// A path as one word of a unit.
fn quoted(path: &Path) -> String {
    let mut word = "\"".to_owned();
    for sign in path.to_string_lossy().chars() {
        match sign {
            '"' | '\\' => word.extend(['\\', sign]),
            '%' | '$' => word.extend([sign, sign]),
            '\n' => word.push_str("\\n"),
            sign if sign.is_control() => {
                let mut bytes = [0; 4];
                for byte in sign.encode_utf8(&mut bytes).bytes() {
                    let _ = write!(word, "\\x{byte:02x}");
                }
            }
            _ => word.push(sign),
        }
    }
    word + "\""
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_one_word_each_and_nothing_of_them_is_a_setting() {
        let unit = unit(
            Path::new("/opt/my programs/saliscope"),
            Path::new("/srv/100 % \"art\" $HOME\nUser=root"),
            "exhibit",
        );
        let start = unit.lines().find(|line| line.starts_with("ExecStart="));
        assert_eq!(
            start,
            Some(
                "ExecStart=/bin/sh -c 'n=$$RUNTIME_DIRECTORY/closed; rm -f \"$$n\"; \
                 /usr/bin/cage -- \"$$@\" --closed-note \"$$n\"; test ! -e \"$$n\" || exit 86; exit 1' \
                 sh \"/opt/my programs/saliscope\" exhibit \
                 \"/srv/100 %% \\\"art\\\" $$HOME\\nUser=root\""
            )
        );
        assert_eq!(unit.matches("\nUser=").count(), 1);
        // Cage with -s would let visitors leave by Ctrl, Alt and F2.
        assert!(!unit.contains("cage -s") && unit.contains("Restart=always"));
    }

    /// Runs the unit's own command with a cage that ends as told, as systemd would; its exit status.
    #[cfg(unix)]
    fn ended(dir: &Path, cage: &str) -> Option<i32> {
        use std::os::unix::fs::PermissionsExt as _;
        let script = |name: &str, text: &str| {
            let path = dir.join(name);
            std::fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
            path
        };
        let cage = script("cage", cage);
        let unit = unit(Path::new("/bin/true"), Path::new("/srv/art"), "exhibit");
        let line = unit.lines().find(|line| line.starts_with("ExecStart="));
        let command = line.unwrap().trim_start_matches("ExecStart=");
        let command = command
            .replace("$$", "$")
            .replace("/usr/bin/cage", &cage.display().to_string());
        let status = std::process::Command::new("/bin/sh")
            .args(["-c", &command])
            .env("RUNTIME_DIRECTORY", dir)
            .status();
        status.unwrap().code()
    }

    #[cfg(unix)]
    #[test]
    fn a_wished_end_is_one_whatever_the_compositor_makes_of_it() {
        let unit = unit(Path::new("/bin/true"), Path::new("/srv/art"), "exhibit");
        assert!(unit.contains("\nRestartPreventExitStatus=86\n"));
        let dir = tempfile::tempdir().unwrap();
        // The last argument is where the note is left; `--` and the program come first.
        let leave = r#"for last; do :; done; : > "$last""#;
        for (cage, status) in [
            (format!("{leave}; exit 0"), 86),
            (format!("{leave}; exit 3"), 86),
            // Whatever else it ends by, it is started again: also where the last screen vanished.
            ("exit 0".to_owned(), 1),
            ("exit 2".to_owned(), 1),
            ("kill -9 $$".to_owned(), 1),
        ] {
            assert_eq!(ended(dir.path(), &cage), Some(status), "{cage}");
        }
    }
}
