//! Rewrites a backward pass that ONNX Runtime has arranged: products with masks become
//! [`masked_product`](super::masked_product)s.

use std::collections::{HashMap, HashSet};

use crate::onnx::{Graph, Model, Node, OperatorSet, Tensor};

use super::masked_product::{DOMAIN, Mask, OPERATOR, Places};

/// The domain of ONNX Runtime's operators on blocked images.
const BLOCKED: &str = "com.microsoft.nchwc";

/// A mask that a node makes of an activation.
#[derive(Debug, Clone, PartialEq)]
struct MaskOf {
    activation: String,
    mask: Mask,
    places: Option<Places>,
}

/// A product that was rewritten.
struct Product {
    /// Index of its node.
    node: usize,
    gradient: String,
    mask: MaskOf,
}

/// How many channels lie together in memory in ONNX Runtime's blocked layout on this processor;
/// what is made with a wrong answer fails its trial.
fn block() -> i64 {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx512f") {
        return 16;
    }
    8
}

/// Rewrites `outline`, of which `whole` is the same with the values of its constants. Returns how
/// many products there are now; nothing has changed where that is 0.
pub(super) fn fuse_masks(outline: &mut Model, whole: &Model) -> usize {
    let (Some(graph), Some(valued)) = (&mut outline.graph, &whole.graph) else {
        return 0;
    };
    let count = fuse(graph, &valued.initializer);
    if count > 0 {
        graph.prune();
        outline.opset_import.push(OperatorSet {
            domain: Some(DOMAIN.to_owned()),
            version: Some(1),
        });
    }
    count
}

fn fuse(graph: &mut Graph, constants: &[Tensor]) -> usize {
    let constants: HashMap<&str, &Tensor> = constants.iter().map(|t| (t.name(), t)).collect();
    let mut readers: HashMap<String, usize> = HashMap::new();
    for name in graph.node.iter().flat_map(|node| &node.input) {
        *readers.entry(name.clone()).or_default() += 1;
    }
    for output in &graph.output {
        *readers.entry(output.name().to_owned()).or_default() += 1;
    }
    let mut masks: HashMap<String, MaskOf> = HashMap::new();
    let mut products: HashMap<String, Product> = HashMap::new();
    let mut removed = HashSet::new();
    let mut count = 0;
    for index in 0..graph.node.len() {
        let Some(node) = graph.node.get(index) else {
            break;
        };
        let Some(output) = node.output(0).map(str::to_owned) else {
            continue;
        };
        if let Some(mask) = mask(node, &constants) {
            masks.insert(output, mask);
            continue;
        }
        let (true, "", Some(a), Some(b)) = (
            node.op() == "Mul",
            node.op_domain(),
            node.input(0),
            node.input(1),
        ) else {
            continue;
        };
        let (gradient, mask) = match (masks.get(a), masks.get(b)) {
            (None, Some(mask)) => (a, mask.clone()),
            (Some(mask), None) => (b, mask.clone()),
            _ => continue,
        };
        // The second mask of the same activation joins the first.
        let first = products.get(gradient).filter(|first| {
            first.mask.activation == mask.activation
                && first.mask.places == mask.places
                && readers.get(gradient) == Some(&1)
        });
        let new = if let Some(first) = first {
            removed.insert(first.node);
            product_node(&first.gradient, &output, &first.mask, Some(mask.mask))
        } else {
            count += 1;
            let made = product_node(gradient, &output, &mask, None);
            let gradient = gradient.to_owned();
            products.insert(
                output,
                Product {
                    node: index,
                    gradient,
                    mask,
                },
            );
            made
        };
        if let Some(slot) = graph.node.get_mut(index) {
            *slot = new;
        }
    }
    let mut index = 0;
    graph.node.retain(|_| {
        index += 1;
        !removed.contains(&(index - 1))
    });
    count
}

fn product_node(gradient: &str, output: &str, of: &MaskOf, second: Option<Mask>) -> Node {
    let mut node = Node::new(OPERATOR, &[gradient, &of.activation], &[output])
        .with_float("scale", of.mask.scale)
        .with_float("shift", of.mask.shift);
    if let Some(second) = second {
        node = node
            .with_float("scale_2", second.scale)
            .with_float("shift_2", second.shift);
    }
    if let Some(places) = of.places {
        node = node
            .with_int("step", places.step as i64)
            .with_int("top", places.top)
            .with_int("left", places.left)
            .with_int("block", places.block);
    }
    node.domain = Some(DOMAIN.to_owned());
    node
}

/// The mask that a node makes: a hard sigmoid by itself, or one behind a convolution that only
/// picks every so many pixels.
fn mask(node: &Node, constants: &HashMap<&str, &Tensor>) -> Option<MaskOf> {
    let activation = node.input(0)?.to_owned();
    match (node.op(), node.op_domain()) {
        ("HardSigmoid", "") => Some(MaskOf {
            activation,
            mask: Mask {
                scale: node.float("alpha", 0.2),
                shift: node.float("beta", 0.5),
            },
            places: None,
        }),
        ("Conv", BLOCKED) if node.text("activation", "") == "HardSigmoid" => {
            let &[scale, shift] = node.attribute("activation_params")?.floats.as_slice() else {
                return None;
            };
            let (&[tall, wide], &[down, right], &[top, left, ..]) = (
                node.ints("kernel_shape")?,
                node.ints("strides")?,
                node.ints("pads")?,
            ) else {
                return None;
            };
            let plain = node.input.len() == 2
                && down == right
                && down > 1
                && node.text("auto_pad", "NOTSET") == "NOTSET"
                && node
                    .ints("dilations")
                    .is_none_or(|d| d.iter().all(|&d| d == 1));
            let weights = constants.get(node.input(1)?).filter(|_| plain)?;
            let picked = picked(weights, node.int("group", 1), tall, wide)?;
            Some(MaskOf {
                activation,
                mask: Mask {
                    scale: scale * picked.weight,
                    shift,
                },
                places: Some(Places {
                    step: usize::try_from(down).ok()?,
                    top: picked.row - top,
                    left: picked.column - left,
                    block: block(),
                }),
            })
        }
        _ => None,
    }
}

/// The one pixel of its window that a depthwise convolution passes on, and by what it multiplies.
struct Picked {
    weight: f32,
    row: i64,
    column: i64,
}

fn picked(weights: &Tensor, group: i64, tall: i64, wide: i64) -> Option<Picked> {
    let block = usize::try_from(block()).ok()?;
    if weights.dims != [group, 1, tall, wide] || group % block as i64 != 0 {
        return None;
    }
    let values = weights.to_f32().ok()?;
    let places = usize::try_from(tall * wide).ok()?;
    // In blocked order: [group / block, tall, wide, block].
    let of_place = |place: usize| {
        let windows = values.chunks(places * block);
        windows
            .filter_map(move |window| window.get(place * block..(place + 1) * block))
            .flatten()
    };
    let used: Vec<usize> = (0..places)
        .filter(|&place| of_place(place).any(|&value| value != 0.0))
        .collect();
    let &[place] = used.as_slice() else {
        return None;
    };
    let weight = *of_place(place).next()?;
    of_place(place)
        .all(|&value| value == weight)
        .then_some(())?;
    Some(Picked {
        weight,
        row: place as i64 / wide,
        column: place as i64 % wide,
    })
}

#[cfg(test)]
mod tests {
    use ndarray::Array3;

    use super::*;
    use crate::classifier::{Device, Differentiable, GraphCache, Network, NetworkOptions, Target};
    use crate::onnx::{ElementType, ValueInfo, ValueType};

    fn numbers(count: usize, seed: usize) -> Vec<f32> {
        (0..count)
            .map(|i| (((i * 7919 + seed * 104_729) % 199) as f32 - 99.0) / 60.0)
            .collect()
    }

    /// As mobile networks: a convolution and two depthwise ones that skip every other pixel, the
    /// last with another padding, each clipped to 0..6.
    fn mobile() -> Model {
        let weights = |name: &str, dims: &[i64], seed: usize| {
            let count = dims.iter().product::<i64>();
            Tensor::from_f32(name, dims, &numbers(count as usize, seed))
        };
        let initializer = vec![
            weights("w", &[32, 3, 3, 3], 1),
            weights("d", &[32, 1, 3, 3], 2),
            weights("e", &[32, 1, 5, 5], 3),
            weights("m", &[32, 10], 4),
            Tensor::from_f32("zero", &[], &[0.0]),
            Tensor::from_f32("six", &[], &[6.0]),
        ];
        let conv = |inputs: &[&str], output: &str, group: i64, stride: i64, pads: [i64; 4]| {
            Node::new("Conv", inputs, &[output])
                .with_int("group", group)
                .with_ints("strides", &[stride, stride])
                .with_ints("pads", &pads)
        };
        let clip =
            |input: &str, output: &str| Node::new("Clip", &[input, "zero", "six"], &[output]);
        let node = vec![
            conv(&["x", "w"], "c1", 1, 1, [1, 1, 1, 1]),
            clip("c1", "a1"),
            conv(&["a1", "d"], "c2", 32, 2, [0, 0, 1, 1]),
            clip("c2", "a2"),
            conv(&["a2", "e"], "c3", 32, 2, [2, 2, 2, 2]),
            clip("c3", "a3"),
            Node::new("GlobalAveragePool", &["a3"], &["g"]),
            Node::new("Flatten", &["g"], &["f"]),
            Node::new("MatMul", &["f", "m"], &["y"]),
        ];
        let float = |name: &str, dims: &[i64]| {
            ValueInfo::new(name, &ValueType::new(ElementType::F32, dims))
        };
        let graph = Graph {
            node,
            name: Some("mobile".to_owned()),
            initializer,
            input: vec![float("x", &[1, 3, 20, 24])],
            output: vec![float("y", &[1, 10])],
            ..Graph::default()
        };
        Model::new(graph, 17)
    }

    #[test]
    fn a_rewritten_gradient_is_the_same_to_the_bit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mobile.onnx");
        mobile().save(&path).unwrap();
        let kept = folder.path().join("cache");
        let input = Array3::from_shape_vec((20, 24, 3), numbers(20 * 24 * 3, 9)).unwrap();
        let gradient = |cache: GraphCache| {
            let options = NetworkOptions {
                cache,
                device: Device::Cpu,
                workers: Some(2),
                ..NetworkOptions::default()
            };
            let network = Network::open(&path, &options).unwrap();
            network.gradient(input.view(), Target::Class(3)).unwrap()
        };
        let plain = gradient(GraphCache::off());
        let rewritten = gradient(GraphCache::at(kept.clone()));
        assert_eq!(plain.logits, rewritten.logits);
        assert_eq!(plain.input, rewritten.input);
        assert!(plain.input.iter().any(|&v| v != 0.0));
        // The second time from what is kept.
        assert_eq!(gradient(GraphCache::at(kept.clone())).input, plain.input);

        let graphs = std::fs::read_dir(&kept).unwrap();
        let graphs = graphs.map(|entry| entry.unwrap().path());
        let nodes: Vec<Node> = graphs
            .filter(|path| path.extension().is_some_and(|ending| ending == "onnx"))
            .flat_map(|path| Model::read_outline(&path).unwrap().graph.unwrap().node)
            .filter(|node| node.op() == OPERATOR)
            .collect();
        assert!(!nodes.is_empty(), "nothing was rewritten");
        assert!(nodes.iter().all(|node| node.attribute("scale_2").is_some()));
        // Where the library arranges images in blocks.
        #[cfg(target_arch = "x86_64")]
        assert!(nodes.iter().any(|node| node.int("step", 0) == 2));
    }
}
