//! The systemd unit that shows an exhibit under cage from the moment the machine has power.

use std::fmt::Write as _;
use std::path::Path;

/// The unit: `program` shows the exhibit in `folder` as `user`, on the first console, started again
/// whenever it ends. It can reach no network, whatever the program does.
#[must_use]
pub fn unit(program: &Path, folder: &Path, user: &str) -> String {
    format!(
        "# /etc/systemd/system/saliscope-exhibit.service; then:\n\
         # apt install cage && systemctl set-default graphical.target && systemctl enable --now saliscope-exhibit\n\
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
         ExecStart=/usr/bin/cage -- {} exhibit {}\n\
         Restart=always\n\
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
                "ExecStart=/usr/bin/cage -- \"/opt/my programs/saliscope\" exhibit \
                 \"/srv/100 %% \\\"art\\\" $$HOME\\nUser=root\""
            )
        );
        assert_eq!(unit.matches("\nUser=").count(), 1);
        // Cage with -s would let visitors leave by Ctrl, Alt and F2.
        assert!(!unit.contains("cage -s") && unit.contains("Restart=always"));
    }
}
