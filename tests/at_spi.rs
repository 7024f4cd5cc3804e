//! What a screen reader of Linux is told by the real window: over AT-SPI, on a bus and a screen of the
//! test's own.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use bevy::tasks::block_on;
use bevy::tasks::futures_lite::StreamExt as _;
use zbus::connection::Builder;
use zbus::message::Type;
use zbus::zvariant::{OwnedObjectPath, OwnedValue, Structure};
use zbus::{Connection, MatchRule, MessageStream};

use crate::support::saliscope;

/// Longest wait for anything.
const PATIENCE: Duration = Duration::from_secs(90);
const LAUNCHER: &str = "/usr/libexec/at-spi-bus-launcher";
/// Most nodes of a tree that are visited.
const MOST: usize = 2000;

// Numbers of AT-SPI's roles.
const COMBO_BOX: u32 = 11;
const FRAME: u32 = 23;
const PAGE_TAB: u32 = 37;
const PAGE_TAB_LIST: u32 = 38;
const HEADING: u32 = 83;

/// Processes that end with the test, the last that was started first.
#[derive(Default)]
struct Processes(Vec<Child>);

impl Drop for Processes {
    fn drop(&mut self) {
        for child in self.0.iter_mut().rev() {
            // Asked first: the launcher takes the bus with it that it has started.
            if let Ok(id) = i32::try_from(child.id())
                && let Some(id) = rustix::process::Pid::from_raw(id)
            {
                let _ = rustix::process::kill_process(id, rustix::process::Signal::TERM);
            }
            let start = Instant::now();
            while start.elapsed() < Duration::from_secs(3) && matches!(child.try_wait(), Ok(None)) {
                std::thread::sleep(Duration::from_millis(20));
            }
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl Processes {
    fn start(&mut self, command: &mut Command, package: &str) -> &mut Child {
        let child = command.stderr(Stdio::null()).spawn();
        let program = command.get_program().to_string_lossy().into_owned();
        let child = child.unwrap_or_else(|error| {
            panic!(
                "{program}: {error}; `make test` installs {package}, or: apt-get install {package}"
            )
        });
        self.0.push(child);
        self.0.last_mut().unwrap()
    }

    /// Starts a program and gives the first line that it prints.
    fn line_of(&mut self, command: &mut Command, package: &str) -> String {
        let child = self.start(command.stdout(Stdio::piped()), package);
        let mut line = String::new();
        let out = child.stdout.take().unwrap();
        BufReader::new(out).read_line(&mut line).unwrap();
        line.trim().to_owned()
    }
}

/// A control, a text, a window.
#[derive(Debug, Clone)]
struct Node {
    at: (String, OwnedObjectPath),
    role: u32,
    name: String,
    description: String,
}

async fn property(
    bus: &Connection,
    at: &(String, OwnedObjectPath),
    name: &str,
) -> zbus::Result<String> {
    let message = bus
        .call_method(
            Some(at.0.as_str()),
            at.1.as_str(),
            Some("org.freedesktop.DBus.Properties"),
            "Get",
            &("org.a11y.atspi.Accessible", name),
        )
        .await?;
    let value: OwnedValue = message.body().deserialize()?;
    Ok(String::try_from(value)?)
}

async fn node(
    bus: &Connection,
    at: (String, OwnedObjectPath),
) -> zbus::Result<(Node, Vec<(String, OwnedObjectPath)>)> {
    let accessible = Some("org.a11y.atspi.Accessible");
    let role = bus
        .call_method(
            Some(at.0.as_str()),
            at.1.as_str(),
            accessible,
            "GetRole",
            &(),
        )
        .await?;
    let children = bus
        .call_method(
            Some(at.0.as_str()),
            at.1.as_str(),
            accessible,
            "GetChildren",
            &(),
        )
        .await?;
    let node = Node {
        role: role.body().deserialize()?,
        name: property(bus, &at, "Name").await?,
        description: property(bus, &at, "Description").await?,
        at,
    };
    Ok((node, children.body().deserialize()?))
}

/// All that the bus knows of, from its root on; what goes while it is asked is left out.
async fn tree(bus: &Connection) -> Vec<Node> {
    let root = "/org/a11y/atspi/accessible/root";
    let mut open = vec![(
        "org.a11y.atspi.Registry".to_owned(),
        OwnedObjectPath::try_from(root).unwrap(),
    )];
    let mut found = Vec::new();
    while let Some(at) = open.pop() {
        if found.len() >= MOST {
            break;
        }
        if let Ok((node, children)) = node(bus, at).await {
            found.push(node);
            open.extend(children);
        }
    }
    found
}

fn names(tree: &[Node], role: u32) -> Vec<&str> {
    let of_role = tree.iter().filter(|node| node.role == role);
    of_role.map(|node| node.name.as_str()).collect()
}

/// Presses a control.
async fn press(bus: &Connection, node: &Node) {
    let (to, path) = (Some(node.at.0.as_str()), node.at.1.as_str());
    bus.call_method(to, path, Some("org.a11y.atspi.Action"), "DoAction", &0_i32)
        .await
        .unwrap();
}

/// Every announcement from now on, as its words stand in the message.
fn announcements(bus: &Connection) -> mpsc::Receiver<String> {
    let (hears, heard) = mpsc::channel();
    let rule = MatchRule::builder()
        .msg_type(Type::Signal)
        .interface("org.a11y.atspi.Event.Object")
        .unwrap()
        .member("Announcement")
        .unwrap()
        .build();
    let mut stream = block_on(MessageStream::for_match_rule(rule, bus, Some(64))).unwrap();
    std::thread::spawn(move || {
        while let Some(Ok(message)) = block_on(stream.next()) {
            let body = message.body();
            let words = body.deserialize::<Structure<'_>>();
            if hears.send(format!("{words:?}")).is_err() {
                return;
            }
        }
    });
    heard
}

/// The buses, a screen and the window; what the session's bus of AT-SPI is called.
fn start(processes: &mut Processes, folder: &std::path::Path) -> String {
    let session = processes.line_of(
        Command::new("dbus-daemon").args(["--session", "--nofork", "--print-address"]),
        "dbus",
    );
    let mut launcher = Command::new(LAUNCHER);
    launcher
        .args(["--launch-immediately", "--a11y=1", "--screen-reader=1"])
        .env("DBUS_SESSION_BUS_ADDRESS", &session)
        .env("XDG_RUNTIME_DIR", folder)
        .stdout(Stdio::null());
    processes.start(&mut launcher, "at-spi2-core");
    let screen = processes.line_of(
        Command::new("Xvfb").args([
            "-displayfd",
            "1",
            "-screen",
            "0",
            "1280x800x24",
            "-nolisten",
            "tcp",
        ]),
        "xvfb",
    );
    let mut window = saliscope();
    window
        .env("DISPLAY", format!(":{screen}"))
        .env("DBUS_SESSION_BUS_ADDRESS", &session)
        .env("XDG_RUNTIME_DIR", folder)
        .env("SALISCOPE_DATA", folder.join("user"))
        .env_remove("WAYLAND_DISPLAY")
        .stdout(Stdio::null());
    processes.start(&mut window, "nothing more");
    session
}

/// The bus of AT-SPI, whose address the session's bus knows.
async fn at_spi_bus(session: &str) -> zbus::Result<Connection> {
    let session = Builder::address(session)?.build().await?;
    let (to, path) = (Some("org.a11y.Bus"), "/org/a11y/bus");
    let address = session
        .call_method(to, path, Some("org.a11y.Bus"), "GetAddress", &())
        .await?;
    let address: String = address.body().deserialize()?;
    Builder::address(address.as_str())?.build().await
}

/// Asks again and again until there is an answer.
fn until<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(start.elapsed() < PATIENCE, "{what} does not come");
        std::thread::sleep(Duration::from_millis(200));
    }
}

#[test]
fn a_screen_reader_finds_its_way_and_hears_what_happens() {
    let folder = tempfile::tempdir().unwrap();
    let mut processes = Processes::default();
    let session = start(&mut processes, folder.path());
    let bus = until("AT-SPI's bus", || block_on(at_spi_bus(&session)).ok());
    let heard = announcements(&bus);
    // The answers are buttons that are named after what they say.
    let is_answer = |node: &&Node| node.name.starts_with("Tiger cat, ");
    let tree = until("the window", || {
        let tree = block_on(tree(&bus));
        tree.iter().any(|node| is_answer(&node)).then_some(tree)
    });

    assert_eq!(names(&tree, FRAME), ["See why, Saliscope"]);
    assert_eq!(names(&tree, PAGE_TAB_LIST), ["Tabs"]);
    let tabs = names(&tree, PAGE_TAB);
    assert!(
        tabs.contains(&"See why") && tabs.contains(&"Collection"),
        "{tabs:?}"
    );
    let headings = names(&tree, HEADING);
    for heading in ["Step 1. Choose a picture", "Step 2. What the AI says"] {
        assert!(headings.contains(&heading), "{headings:?}");
    }
    let lists: Vec<&Node> = tree.iter().filter(|node| node.role == COMBO_BOX).collect();
    let model = lists.iter().find(|node| node.name == "Model").unwrap();
    assert_eq!(model.description, "EfficientNet-Lite0", "{lists:?}");

    block_on(press(&bus, tree.iter().find(is_answer).unwrap()));
    let start = Instant::now();
    let mut all = Vec::new();
    while !all
        .iter()
        .any(|words: &String| words.contains("Brightest") && words.contains("tiger cat"))
    {
        assert!(start.elapsed() < PATIENCE, "{all:?}");
        all.extend(heard.recv_timeout(Duration::from_secs(1)));
    }
}
