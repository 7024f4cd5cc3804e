//! Which of several outputs holds the scores: never an embedding unasked.

use std::collections::HashSet;

use super::outputs::shape_text;
use super::reading::{Reading, with_constant};
use crate::onnx::{Graph, ValueInfo};

/// An output that has the form of scores.
pub(super) struct Candidate<'a> {
    pub(super) name: &'a str,
    pub(super) width: usize,
}

/// Numbers of classes of ImageNet, also with a class for the background.
const IMAGENET: [usize; 2] = [1000, 1001];

const EMBEDDING: [&str; 10] = [
    "embed",
    "feature",
    "hidden",
    "pooler",
    "pooled",
    "avg_pool",
    "average_pool",
    "bottleneck",
    "latent",
    "representation",
];
const SCORES: [&str; 9] = [
    "logit",
    "prob",
    "softmax",
    "sigmoid",
    "score",
    "class",
    "pred",
    "confidence",
    "label",
];

/// Numbers a picture in an output of the form `[N,C]`, `[C]`, `[N,C,1,1]`, `[N,1,C]`, `[N,1]`...
pub(super) fn width(output: &ValueInfo, batch: usize) -> Option<usize> {
    let dims: Vec<i64> = output.dims()?.into_iter().collect::<Option<_>>()?;
    let one_large = |sizes: &[i64]| {
        let large: Vec<i64> = sizes.iter().copied().filter(|d| *d != 1).collect();
        match large.as_slice() {
            [] => Some(1),
            [one] => Some(*one),
            _ => None,
        }
    };
    let width = match dims.as_slice() {
        [] => 1,
        // One number for each of several pictures.
        [one] if batch > 1 && *one == batch as i64 => 1,
        [one] => *one,
        [first, rest @ ..] if *first == batch as i64 && rest.len() <= 4 => one_large(rest)?,
        // Without a dimension for several pictures, or with it behind the scores.
        sizes if batch == 1 && sizes.len() <= 4 => one_large(sizes)?,
        _ => return None,
    };
    usize::try_from(width).ok().filter(|w| *w > 0)
}

fn list(graph: &Graph) -> String {
    let text = |o: &ValueInfo| format!("{} {}", o.name(), shape_text(o));
    let all: Vec<String> = graph.output.iter().map(text).collect();
    all.join(", ")
}

/// The output that a person names.
pub(super) fn named<'a>(
    graph: &'a Graph,
    name: &str,
    batch: usize,
) -> Result<Candidate<'a>, String> {
    let output = graph
        .output
        .iter()
        .find(|o| o.name() == name)
        .ok_or_else(|| {
            format!(
                "it has no output {name:?} that holds floats; there is {}",
                list(graph)
            )
        })?;
    let width = width(output, batch).ok_or_else(|| {
        format!(
            "its output {name:?} is {}, no list of scores: [N,classes]",
            shape_text(output)
        )
    })?;
    Ok(Candidate {
        name: output.name(),
        width,
    })
}

fn says(name: &str, words: &[&str]) -> bool {
    let name = name.to_lowercase();
    words.iter().any(|word| name.contains(word))
}

/// The output that holds the scores, by its form, its name, its place and a known number of classes.
pub(super) fn choose<'a>(
    graph: &'a Graph,
    counts: &[usize],
    batch: usize,
    notes: &mut Vec<String>,
) -> Result<Candidate<'a>, String> {
    let mut found: Vec<Candidate<'a>> = graph
        .output
        .iter()
        .filter_map(|o| {
            Some(Candidate {
                name: o.name(),
                width: width(o, batch)?,
            })
        })
        .collect();
    if found.is_empty() {
        return Err(format!(
            "no output is [N,classes], one score per class: {}",
            list(graph)
        ));
    }
    let reading = Reading::of(graph);
    // The surest of the scores are no scores of all classes, nor is what is decided by them.
    let selected = |name: &str| {
        let maker = reading.maker(name).map(crate::onnx::Node::op);
        matches!(maker, Some("TopK" | "ReduceMax" | "ReduceMin")) || is_decided(&reading, name)
    };
    if found.iter().any(|c| !selected(c.name)) {
        found.retain(|c| !selected(c.name));
    }
    let several = found.len() > 1;
    let fits = |width: usize| {
        let with_background = |count: &usize| *count == width || (*count == 1000 && width == 1001);
        counts
            .iter()
            .any(|count| with_background(count) || (*count == 2 && width == 1))
    };
    let counted = found.iter().any(|c| fits(c.width));
    if counted {
        found.retain(|c| fits(c.width));
    }
    let kept = last_of_chains(&reading, &found);
    found.retain(|c| kept.contains(c.name));
    if found.len() > 1 {
        let rank = |c: &Candidate<'_>| {
            let auxiliary = says(c.name, &["aux"]);
            let embedding = says(c.name, &EMBEDDING);
            let scores = says(c.name, &SCORES) || IMAGENET.contains(&c.width);
            let features = is_normalised(&reading, c.name) || is_pooled(&reading, c.name);
            (!auxiliary, !embedding, !features, scores)
        };
        let best = found.iter().map(rank).max();
        found.retain(|c| Some(rank(c)) == best);
    }
    let text = |c: &Candidate<'_>| format!("{} [N,{}]", c.name, c.width);
    match found.as_slice() {
        [one] => {
            let sure = counted || IMAGENET.contains(&one.width);
            let embedding = says(one.name, &EMBEDDING)
                || is_short_for_embedding(one.name)
                || is_normalised(&reading, one.name)
                || is_pooled(&reading, one.name);
            if !sure && embedding {
                return Err(format!(
                    "its output {} looks like an embedding, not like class scores; to explain its numbers all the same give --output {}",
                    text(one),
                    one.name
                ));
            }
            if several {
                notes.push(format!(
                    "of its outputs, {} is taken for the scores; --output names another",
                    one.name
                ));
            }
        }
        many => {
            let all: Vec<String> = many.iter().map(text).collect();
            return Err(format!(
                "several outputs may be the scores ({}); say which with --output NAME",
                all.join(", ")
            ));
        }
    }
    found.pop().ok_or_else(|| "no output is left".to_owned())
}

/// Whether a value only says yes or no, or which, behind operators that change its form.
fn is_decided(reading: &Reading<'_>, name: &str) -> bool {
    let mut name = name;
    for _ in 0..8 {
        let Some((node, _)) = reading.maker_at(name) else {
            return false;
        };
        match node.op() {
            "Greater" | "GreaterOrEqual" | "Less" | "LessOrEqual" | "Equal" | "Not" | "And"
            | "Or" | "Xor" | "Sign" | "ArgMax" | "ArgMin" | "OneHot" => return true,
            "Where" => {
                let constant = |at: usize| node.input(at).and_then(|n| reading.constant(n));
                return constant(1).is_some() && constant(2).is_some();
            }
            "Cast" | "Identity" | "Reshape" | "Flatten" | "Squeeze" | "Unsqueeze" => {
                let Some(before) = node.input(0) else {
                    return false;
                };
                name = before;
            }
            _ => return false,
        }
    }
    false
}

/// The outputs that no other of them is computed from; one number that is made of many scores, such
/// as how unsure they are, takes no place of theirs.
fn last_of_chains<'a>(reading: &Reading<'a>, found: &[Candidate<'a>]) -> HashSet<&'a str> {
    let behind: Vec<HashSet<&str>> = found
        .iter()
        .map(|c| {
            let mut before = reading.ancestors(c.name);
            before.remove(c.name);
            before
        })
        .collect();
    let made_of = |a: usize, b: &Candidate<'_>| behind.get(a).is_some_and(|v| v.contains(b.name));
    let is_summary = |c: usize, of: usize| {
        let (Some(all), Some(before)) = (behind.get(c), behind.get(of)) else {
            return false;
        };
        let (Some(own), Some(from)) = (found.get(c), found.get(of)) else {
            return false;
        };
        let between = all.difference(before).copied().chain([own.name]);
        let between = between.filter(|name| *name != from.name);
        let mut makers = between.filter_map(|name| reading.maker(name));
        !makers.any(|node| matches!(node.op(), "Gemm" | "MatMul" | "Conv"))
    };
    let kept = found.iter().enumerate().filter(|(at, c)| {
        let others = || found.iter().enumerate().filter(|(other, _)| other != at);
        let wide = || others().filter(|(_, other)| other.width > 1);
        let summary =
            c.width == 1 && wide().any(|(of, other)| made_of(*at, other) && is_summary(*at, of));
        let followed = others().any(|(other, o)| {
            made_of(other, c) && !(c.width > 1 && o.width == 1 && is_summary(other, *at))
        });
        !summary && !followed
    });
    kept.map(|(_, c)| c.name).collect()
}

/// Numbers in a constant that shifts or scales each channel.
const MOST_SCALED: usize = 1 << 16;

fn is_short_for_embedding(name: &str) -> bool {
    let name = name.to_lowercase();
    let mut words = name.split(|c: char| !c.is_alphanumeric());
    words.any(|word| matches!(word, "emb" | "embs" | "feat" | "feats"))
}

/// Whether the value is what a backbone ends in: features that are averaged over the picture, or
/// normalised tokens, with no layer of classes behind them. Networks whose last convolution has one
/// channel a class (`SqueezeNet`) average scores: it has fewer channels than it reads, or nothing
/// follows it.
fn is_pooled(reading: &Reading<'_>, name: &str) -> bool {
    let mut at = name;
    let mut pooled = false;
    let mut activated = false;
    for _ in 0..16 {
        let Some(node) = reading.maker(at) else {
            return false;
        };
        match node.op() {
            "Flatten" | "Reshape" | "Squeeze" | "Unsqueeze" | "Identity" | "Dropout" | "Cast"
            | "Transpose" | "Gather" | "Slice" | "BatchNormalization" | "Concat" => {}
            "GlobalAveragePool" | "GlobalMaxPool" | "ReduceMean" | "AveragePool" => pooled = true,
            "LayerNormalization" => return !pooled || !activated,
            "Relu" | "Clip" | "LeakyRelu" | "Elu" | "Gelu" | "HardSwish" if pooled => {
                activated = true;
            }
            "Conv" if pooled => {
                let dims = node
                    .input(1)
                    .and_then(|w| reading.constant(w))
                    .map(|w| &w.dims);
                let Some([classes, features, kernel @ ..]) = dims.map(Vec::as_slice) else {
                    return activated;
                };
                let by_place = kernel.iter().all(|k| *k == 1);
                return activated && !(by_place && classes < features);
            }
            // A layer of classes; or shares were made before, whose mean or choice this is.
            "Gemm" | "MatMul" | "Softmax" | "LogSoftmax" | "Sigmoid" => return false,
            // A sum of branches, a product with a gate: the inside of a backbone.
            _ => match with_constant(reading, node, MOST_SCALED) {
                Some((value, ..)) if matches!(node.op(), "Add" | "Sub" | "Mul" | "Div") => {
                    at = value;
                    continue;
                }
                _ => return pooled,
            },
        }
        let Some(next) = node.input(0) else {
            return false;
        };
        at = next;
    }
    false
}

/// Whether the value is brought to length 1, as embeddings are.
fn is_normalised(reading: &Reading<'_>, name: &str) -> bool {
    let Some(node) = reading.maker(name) else {
        return false;
    };
    match node.op() {
        "LpNormalization" => node.int("p", 2) == 2,
        "Div" => {
            let mut below = node.input(1).and_then(|n| reading.maker(n));
            for _ in 0..4 {
                match below.map(crate::onnx::Node::op) {
                    Some("ReduceL2" | "ReduceSumSquare") => return true,
                    Some("Sqrt" | "Clip" | "Max" | "Add" | "Expand") => {
                        let next = below.and_then(|n| n.input(0));
                        below = next.and_then(|n| reading.maker(n));
                    }
                    _ => return false,
                }
            }
            false
        }
        _ => false,
    }
}
