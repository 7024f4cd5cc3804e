//! Files that somebody made to do harm: networks that grow without bound or never end, and things
//! in the place of files that are none. The answer is exit code 2 and one line, soon and in little
//! memory; what the program has kept of a network is never taken for it when it was damaged.

use std::path::Path;
use std::process::{Output, Stdio};
use std::time::{Duration, Instant};

use saliscope::onnx::{
    Attribute, ElementType, Function, Graph, Model, Node, Tensor, ValueInfo, ValueType,
    attribute_type,
};

use crate::support::{failing, root, saliscope};

/// Far beyond what is promised, so that a busy machine does not matter: this only ends a hang.
const PATIENCE: Duration = Duration::from_secs(90);

/// Runs the program with a data folder of its own; a run that does not end fails the test.
fn run(data: &Path, arguments: &[&str]) -> Output {
    let mut child = saliscope()
        .args(arguments)
        .env("SALISCOPE_DATA", data)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let start = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if start.elapsed() > PATIENCE {
            child.kill().unwrap();
            child.wait().unwrap();
            panic!("{arguments:?} has no end");
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    child.wait_with_output().unwrap()
}

fn refused(data: &Path, arguments: &[&str]) -> String {
    failing(&run(data, arguments))
}

fn float(name: &str, dims: &[i64]) -> ValueInfo {
    ValueInfo::new(name, &ValueType::new(ElementType::F32, dims))
}

/// A classifier of five classes for 8 x 8 pixels: `nodes` make `a` `[1,C,H,W]` of the picture `x`.
fn classifier(nodes: Vec<Node>, constants: Vec<Tensor>) -> Model {
    let channels = if nodes.iter().any(|node| node.op() == "Conv") {
        5
    } else {
        3
    };
    let mut graph = Graph {
        node: nodes,
        name: Some("g".to_owned()),
        initializer: constants,
        input: vec![float("x", &[1, 3, 8, 8])],
        output: vec![ValueInfo::of_unknown_shape("y", ElementType::F32)],
        ..Graph::default()
    };
    graph
        .node
        .push(Node::new("GlobalAveragePool", &["a"], &["p"]));
    // A layer of classes: without one it would be a backbone.
    graph.node.push(Node::new("Flatten", &["p"], &["f"]));
    graph
        .node
        .push(Node::new("MatMul", &["f", "classes"], &["y"]));
    graph.initializer.push(Tensor::from_f32(
        "classes",
        &[channels, 5],
        &vec![0.5; 5 * channels as usize],
    ));
    Model::new(graph, 17)
}

fn kernel(side: i64, value: f32) -> Tensor {
    let count = usize::try_from(5 * 3 * side * side).unwrap();
    Tensor::from_f32("w", &[5, 3, side, side], &vec![value; count])
}

fn conv() -> Node {
    Node::new("Conv", &["x", "w"], &["c"])
}

fn picture() -> String {
    let path = root().join("tests/data/pictures/gray.jpg");
    path.to_str().unwrap().to_owned()
}

/// Writes the model and gives its path.
fn save(folder: &Path, name: &str, model: &Model) -> String {
    let path = folder.join(name);
    model.save(&path).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn a_window_larger_than_the_picture_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let pads = Tensor::from_i64("pads", &[8], &[0, 0, -10, -10, 0, 0, -10, -10]);
    let pool = |op: &str| Node::new(op, &["x"], &["a"]).with_ints("kernel_shape", &[16, 16]);
    let dilated = Node::new("MaxPool", &["x"], &["a"])
        .with_ints("kernel_shape", &[3, 3])
        .with_ints("dilations", &[9, 9]);
    let wide = Node::new("Conv", &["x", "w"], &["a"]);
    for (name, model) in [
        ("conv", classifier(vec![wide], vec![kernel(11, 0.5)])),
        ("max", classifier(vec![pool("MaxPool")], vec![])),
        ("average", classifier(vec![pool("AveragePool")], vec![])),
        ("dilated", classifier(vec![dilated], vec![])),
        (
            "pad",
            classifier(vec![Node::new("Pad", &["x", "pads"], &["a"])], vec![pads]),
        ),
    ] {
        let path = save(folder.path(), &format!("{name}.onnx"), &model);
        let line = refused(folder.path(), &["models", "check", &path]);
        assert!(line.contains("larger than the image"), "{name}: {line}");
    }
}

#[test]
fn what_doubles_at_every_step_is_counted_first() {
    let folder = tempfile::tempdir().unwrap();
    // Functions: 2^18 nodes once they are written out.
    let call = |op: &str| {
        let mut node = Node::new(op, &["i"], &["o"]);
        node.domain = Some("f".to_owned());
        node
    };
    let mut last = call("F0");
    (last.input, last.output) = (vec!["c".to_owned()], vec!["a".to_owned()]);
    let mut model = classifier(vec![conv(), last], vec![kernel(3, 0.5)]);
    model.functions = (0..18)
        .map(|level| Function {
            name: Some(format!("F{level}")),
            domain: Some("f".to_owned()),
            input: vec!["i".to_owned()],
            output: vec!["o".to_owned()],
            node: (0..2)
                .map(|k| {
                    let mut node = match level {
                        17 => Node::new("Relu", &[], &[]),
                        _ => call(&format!("F{}", level + 1)),
                    };
                    let inner = |end: bool| if end { "m" } else { "i" }.to_owned();
                    node.input = vec![inner(k == 1)];
                    node.output = vec![if k == 1 { "o" } else { "m" }.to_owned()];
                    node
                })
                .collect(),
            opset_import: model.opset_import.clone(),
            ..Function::default()
        })
        .collect();
    let path = save(folder.path(), "functions.onnx", &model);
    let line = refused(folder.path(), &["models", "check", &path]);
    assert!(line.contains("once its functions"), "{line}");

    // Constants: 2^40 numbers, if they were folded.
    let mut nodes = vec![conv()];
    for i in 0..40 {
        let from = format!("d{i}");
        let double = Node::new("Concat", &[&from, &from], &[&format!("d{}", i + 1)]);
        nodes.push(double.with_int("axis", 0));
    }
    nodes.push(Node::new("ReduceMean", &["d40"], &["s"]).with_int("keepdims", 0));
    nodes.push(Node::new("Add", &["c", "s"], &["a"]));
    let constants = vec![kernel(3, 0.5), Tensor::from_f32("d0", &[1], &[1.0])];
    let path = save(
        folder.path(),
        "constants.onnx",
        &classifier(nodes, constants),
    );
    let line = refused(folder.path(), &["models", "check", &path]);
    assert!(line.contains("GB of memory"), "{line}");
}

#[test]
fn a_size_that_only_a_run_tells_stays_within_the_limit() {
    let folder = tempfile::tempdir().unwrap();
    let constants = vec![
        kernel(3, 0.5),
        Tensor::from_f32("many", &[], &[1.5e9]),
        Tensor::from_i64("one", &[1], &[1]),
    ];
    let nodes = vec![
        conv(),
        Node::new("ReduceMean", &["c"], &["mean"]).with_int("keepdims", 0),
        Node::new("Abs", &["mean"], &["size"]),
        Node::new("Add", &["size", "many"], &["sum"]),
        Node::new("Cast", &["sum"], &["whole"]).with_int("to", 7),
        Node::new("Reshape", &["whole", "one"], &["shape"]),
        Node::new("ConstantOfShape", &["shape"], &["huge"]),
        Node::new("ReduceSum", &["huge"], &["zero"]).with_int("keepdims", 0),
        Node::new("Add", &["c", "zero"], &["a"]),
    ];
    let path = save(folder.path(), "bomb.onnx", &classifier(nodes, constants));
    let line = refused(folder.path(), &["models", "check", &path]);
    assert!(line.contains("memory"), "{line}");
}

#[test]
fn a_loop_without_end_is_stopped_and_said() {
    let folder = tempfile::tempdir().unwrap();
    let body = Graph {
        name: Some("body".to_owned()),
        node: vec![
            Node::new("Identity", &["go"], &["on"]),
            Node::new("Relu", &["v"], &["v2"]),
        ],
        input: vec![
            ValueInfo::new("i", &ValueType::new(ElementType::I64, &[])),
            ValueInfo::new("go", &ValueType::new(ElementType::Bool, &[])),
            float("v", &[]),
        ],
        output: vec![
            ValueInfo::new("on", &ValueType::new(ElementType::Bool, &[])),
            float("v2", &[]),
        ],
        ..Graph::default()
    };
    let mut turning = Node::new("Loop", &["", "true", "mean"], &["z"]);
    turning.attribute.push(Attribute {
        name: Some("body".to_owned()),
        g: Some(body),
        r#type: Some(attribute_type::GRAPH),
        ..Attribute::default()
    });
    let yes = Tensor {
        name: Some("true".to_owned()),
        data_type: Some(ElementType::Bool.code()),
        raw_data: Some(vec![1].into()),
        ..Tensor::default()
    };
    let mean = Node::new("ReduceMean", &["c"], &["mean"]).with_int("keepdims", 0);
    // Its size is known whatever the loop does.
    let one = Node::new("Reshape", &["z", "single"], &["z1"]);
    let add = Node::new("Add", &["c", "z1"], &["a"]);
    let nodes = vec![conv(), mean, turning, one, add];
    let model = classifier(
        nodes,
        vec![kernel(3, 0.5), yes, Tensor::from_i64("single", &[1], &[1])],
    );
    let path = save(folder.path(), "loop.onnx", &model);
    // The second time nothing that the first has left makes it look well.
    for arguments in [
        ["models", "check", path.as_str()].as_slice(),
        ["predict", &picture(), "--model", &path].as_slice(),
    ] {
        let line = refused(folder.path(), arguments);
        assert!(line.contains("Loop") && line.contains("no end"), "{line}");
    }
}

#[test]
fn too_many_nodes_and_too_large_pictures_are_refused_with_the_figure() {
    let folder = tempfile::tempdir().unwrap();
    let chain = |count: usize| {
        let mut nodes = vec![conv()];
        for i in 0..count {
            let from = if i == 0 {
                "c".to_owned()
            } else {
                format!("r{i}")
            };
            let to = if i + 1 == count {
                "a".to_owned()
            } else {
                format!("r{}", i + 1)
            };
            nodes.push(Node::new("Relu", &[&from], &[&to]));
        }
        classifier(nodes, vec![kernel(3, 0.5)])
    };
    let path = save(folder.path(), "long.onnx", &chain(100_000));
    let line = refused(folder.path(), &["models", "check", &path]);
    assert!(line.contains("100004 nodes"), "{line}");

    let path = save(folder.path(), "chain.onnx", &chain(1500));
    let out = folder.path().join("out");
    let explain = |path: &str| {
        let out = out.to_str().unwrap();
        let (picture, model) = (picture(), path.to_owned());
        [
            "explain", &picture, "--model", &model, "--method", "ig", "--steps", "2", "--out", out,
        ]
        .map(str::to_owned)
    };
    let arguments = explain(&path);
    let output = run(folder.path(), &arguments.each_ref().map(String::as_str));
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );

    let mut large = classifier(
        vec![Node::new("Relu", &["c"], &["a"]), conv()],
        vec![kernel(3, 0.5)],
    );
    if let Some(graph) = &mut large.graph {
        graph.input = vec![float("x", &[1, 3, 4096, 4096])];
    }
    let path = save(folder.path(), "large.onnx", &large);
    let arguments = explain(&path);
    let line = refused(folder.path(), &arguments.each_ref().map(String::as_str));
    assert!(
        line.contains("4096 x 4096") && line.contains("GB"),
        "{line}"
    );
    // Little memory, and days of work.
    let mut arguments = arguments;
    arguments[5] = "rise".to_owned();
    let words: Vec<&str> = arguments[..6].iter().map(String::as_str).collect();
    let words = [&words, &["--out", out.to_str().unwrap()][..]].concat();
    let line = refused(folder.path(), &words);
    assert!(
        line.contains("4000 runs") && line.contains("--steps"),
        "{line}"
    );

    let count = Tensor::from_i64("count", &[2], &[1, 2_000_000]);
    let mut many = classifier(vec![], vec![count]);
    if let Some(graph) = &mut many.graph {
        graph.node = vec![
            Node::new("GlobalAveragePool", &["x"], &["p"]),
            Node::new("ReduceMean", &["p"], &["q"]).with_ints("axes", &[1]),
            Node::new("Flatten", &["q"], &["s"]),
            Node::new("Expand", &["s", "count"], &["y"]),
        ];
    }
    let path = save(folder.path(), "many.onnx", &many);
    let line = refused(folder.path(), &["models", "check", &path]);
    assert!(line.contains("2000000 numbers"), "{line}");
}

/// `If` in `If`, ten thousand deep, as raw protobuf: field 1 of a graph is a node, 5 of a node an
/// attribute, 6 of an attribute a graph.
#[test]
fn deep_nesting_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let field = |number: u8, inner: &[u8]| {
        let mut out = vec![(number << 3) | 2];
        let mut length = inner.len();
        while length >= 0x80 {
            out.push((length & 0x7F) as u8 | 0x80);
            length >>= 7;
        }
        out.push(length as u8);
        out.extend_from_slice(inner);
        out
    };
    let mut graph = field(1, &field(4, b"Relu"));
    for _ in 0..10_000 {
        let mut node = field(4, b"If");
        node.extend(field(5, &field(6, &graph)));
        graph = field(1, &node);
    }
    let path = folder.path().join("deep.onnx");
    std::fs::write(&path, field(7, &graph)).unwrap();
    let line = refused(folder.path(), &["models", "check", path.to_str().unwrap()]);
    assert!(line.contains("not an ONNX model"), "{line}");
}

#[test]
fn scores_that_are_no_numbers_are_told() {
    let folder = tempfile::tempdir().unwrap();
    for value in [f32::NAN, f32::INFINITY] {
        let model = classifier(
            vec![Node::new("Conv", &["x", "w"], &["a"])],
            vec![kernel(3, value)],
        );
        let path = save(folder.path(), "nan.onnx", &model);
        for more in [&[][..], &["--json"]] {
            let picture = picture();
            let mut arguments = vec!["predict", &picture, "--model", &path];
            arguments.extend(more);
            let line = refused(folder.path(), &arguments);
            assert!(line.contains("not all numbers"), "{line}");
        }
    }
}

/// Pipes, devices and paths out of the folder in every place where a file is read.
#[test]
#[cfg(unix)]
fn only_plain_files_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let pipes = [
        "p.onnx",
        "p.npy",
        "p.json",
        "p.png",
        "p.txt",
        "p.csv",
        "p.csv.part",
        "p.parquet",
    ];
    for pipe in pipes {
        let made = std::process::Command::new("mkfifo").arg(at(pipe)).status();
        assert!(made.unwrap().success());
    }
    let network = at("net.onnx");
    std::fs::copy(root().join("tests/data/tiny.onnx"), &network).unwrap();
    std::fs::write(at("zero.json"), r#"{"map": "/dev/zero"}"#).unwrap();
    std::fs::write(at("above.json"), r#"{"map": "../map.npy"}"#).unwrap();
    let pictures = at("pictures");
    std::fs::create_dir(&pictures).unwrap();
    std::fs::copy(picture(), folder.path().join("pictures/a.jpg")).unwrap();
    let (zero, out, picture) = ("/dev/zero".to_owned(), at("out.png"), picture());
    let (png, txt, csv) = (at("p.png"), at("p.txt"), at("p.csv"));
    let robust = |out: &str| {
        let arguments = [
            "robustness",
            &pictures,
            "--models",
            &network,
            "--shift",
            "fog:1",
            "--method",
            "gradient",
            "--out",
            out,
        ];
        arguments.map(str::to_owned).to_vec()
    };
    let words = |arguments: &[&str]| arguments.iter().map(|&a| a.to_owned()).collect::<Vec<_>>();
    let mut runs = vec![
        words(&["predict", &png, "--model", &network]),
        words(&["predict", &zero, "--model", &network]),
        words(&["predict", &picture, "--model", &network, "--labels", &txt]),
        words(&["predict", &picture, "--model", &network, "--labels", &zero]),
        words(&["predict", "--list", &txt, "--model", &network]),
        words(&["predict", "--list", "/proc/kmsg", "--model", &network]),
        words(&["predict", "--list", &zero, "--model", &network]),
        words(&["score", &png, &png]),
        robust(&csv),
        robust(&at("p.parquet")),
    ];
    for network in [&at("p.onnx"), &zero] {
        runs.push(words(&["models", "check", network]));
        runs.push(words(&["predict", &picture, "--model", network]));
    }
    let maps = ["p.npy", "p.json", "p.png", "zero.json", "above.json"].map(at);
    for map in maps.iter().chain([&zero]) {
        runs.push(words(&["answer", map, "--out", &out]));
        runs.push(words(&["compare", map, map]));
    }
    for arguments in runs {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        refused(folder.path(), &arguments);
    }
    // What lies beside a network of a stranger.
    for labels in ["/dev/zero", "../pictures", "/etc/hostname", "p.txt"] {
        std::fs::write(at("net.toml"), format!("labels = '{labels}'")).unwrap();
        let line = refused(folder.path(), &["predict", &picture, "--model", &network]);
        assert!(line.contains(labels), "{line}");
    }
}

#[test]
#[cfg(unix)]
fn weights_in_a_pipe_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("w.bin");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    let property = |key: &str, value: &str| saliscope::onnx::Property {
        key: Some(key.to_owned()),
        value: Some(value.to_owned()),
    };
    let mut weights = kernel(3, 0.5);
    weights.raw_data = None;
    weights.data_location = Some(1);
    weights.external_data = vec![property("location", "w.bin")];
    let model = classifier(vec![Node::new("Conv", &["x", "w"], &["a"])], vec![weights]);
    let path = save(folder.path(), "net.onnx", &model);
    let line = refused(folder.path(), &["models", "check", &path]);
    assert!(line.contains("w.bin") && line.contains("pipe"), "{line}");
}

/// An installed network that is another file now, in a catalog of the test's own.
#[test]
fn an_installed_network_that_was_altered_is_not_used() {
    let folder = tempfile::tempdir().unwrap();
    let installed = folder.path().join("models/installed");
    std::fs::create_dir_all(&installed).unwrap();
    let network = installed.join("net.onnx");
    std::fs::copy(root().join("tests/data/tiny.onnx"), &network).unwrap();
    let hash = saliscope::files::sha256_of_file(&network).unwrap();
    let catalog = format!(
        "[[model]]\nid = 'net'\nfile = 'net.onnx'\nsha256 = '{hash}'\nmean = [0, 0, 0]\nstd = [1, 1, 1]\nlabels = 'none'\n"
    );
    std::fs::write(folder.path().join("models/catalog.toml"), catalog).unwrap();
    let library = saliscope::classifier::runtime().unwrap().library.clone();
    let run = |arguments: &[&str]| {
        let mut command = saliscope();
        command
            .args(arguments)
            .args(["--runtime", library.to_str().unwrap()])
            .env("SALISCOPE_HOME", folder.path())
            .env("SALISCOPE_DATA", folder.path());
        command.output().unwrap()
    };
    let picture = picture();
    let predict = ["predict", &picture, "--model", "net"];
    let output = run(&predict);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let listed = |word: &str| {
        let list = String::from_utf8(run(&["models"]).stdout).unwrap();
        assert!(list.contains(word), "{list}");
    };
    listed("installed");
    // The last byte of a file in protobuf belongs to something that is read over.
    let mut bytes = std::fs::read(&network).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&network, bytes).unwrap();
    let line = failing(&run(&predict));
    assert!(line.contains("not the file that was installed"), "{line}");
    assert!(line.contains("install.py"), "{line}");
    listed("altered");
}

/// What a power cut can leave: files of the right length whose second half is zero.
#[test]
fn a_prepared_graph_that_was_damaged_is_made_again() {
    let folder = tempfile::tempdir().unwrap();
    let network = folder.path().join("net.onnx");
    std::fs::copy(root().join("tests/data/tiny.onnx"), &network).unwrap();
    let (picture, network) = (picture(), network.to_str().unwrap().to_owned());
    let predict = ["predict", &picture, "--model", &network, "--json"];
    let told = || {
        let output = run(folder.path(), &predict);
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        output.stdout
    };
    let before = told();
    let mut damaged = 0;
    for entry in std::fs::read_dir(folder.path().join("cache/graphs")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|e| e == "bin" || e == "onnx") {
            let mut bytes = std::fs::read(&path).unwrap();
            let half = bytes.len() / 2;
            bytes[half..].fill(0);
            std::fs::write(&path, bytes).unwrap();
            damaged += 1;
        }
    }
    assert!(damaged > 1, "nothing was kept");
    assert_eq!(told(), before);
    assert_eq!(told(), before);
}
