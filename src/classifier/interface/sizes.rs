//! How large pictures may be where the file does not say.

use std::path::Path;

use super::super::ClassifierError;
use super::ImageInput;
use super::input::{Form, MAX_SIDE, SizeSource};
use super::reading::Reading;
use crate::onnx::{Graph, Model, ValueInfo};

/// Sides of published classifiers, the most common first.
const USUAL_SIDES: [usize; 16] = [
    224, 256, 299, 384, 448, 336, 240, 288, 320, 512, 128, 64, 32, 96, 160, 28,
];

/// Patches of vision transformers, in pixels.
const PATCHES: std::ops::RangeInclusive<i64> = 2..=64;

/// Ways to feed a file, the likeliest first.
pub(in super::super) struct Candidates {
    /// To be tried in this order.
    pub(in super::super) inputs: Vec<ImageInput>,
    /// Others, to be named where the first does not fit.
    pub(in super::super) instead: Vec<ImageInput>,
}

/// The ways to feed the picture input of `model`, whose nodes are in order. `said` is
/// `[height, width]` as the caller says; `described` what stands in or beside the file.
pub(in super::super) fn candidates(
    model: &Model,
    path: &Path,
    said: Option<[usize; 2]>,
    described: &[[usize; 2]],
) -> Result<Candidates, ClassifierError> {
    let fail = |why: String| ClassifierError::Unsuitable {
        path: path.to_owned(),
        why,
    };
    let graph = model.graph()?;
    let mut form = Form::find(graph, path)?;
    // A converter writes 1 for a size that it does not know: no picture has one pixel.
    let unknown = form.sides == [Some(1), Some(1)];
    if unknown {
        form.sides = [None, None];
    }
    let batches = batches(graph, &form);
    let build = |sides: [usize; 2], source: SizeSource| -> Vec<ImageInput> {
        let all = batches.iter();
        all.map(|batch| form.sized(sides, source, *batch)).collect()
    };
    let allowed = |sides: [usize; 2]| match sides.iter().find(|s| **s == 0 || **s > MAX_SIDE) {
        Some(side) => Err(fail(format!(
            "pictures of {side} pixels a side are not supported (1 to {MAX_SIDE})"
        ))),
        None => Ok(sides),
    };
    let fixed = form.sides;
    let fits = |sides: &[usize; 2]| {
        let same = |(fixed, side): (&Option<usize>, &usize)| fixed.is_none_or(|f| f == *side);
        fixed.iter().zip(sides).all(same) && sides.iter().all(|s| (1..=MAX_SIDE).contains(s))
    };
    if let Some(said) = said {
        if let Some((fixed, given)) = fixed
            .iter()
            .zip(said)
            .find_map(|(fixed, given)| fixed.filter(|f| *f != given).map(|f| (f, given)))
        {
            return Err(fail(format!(
                "its pictures are {fixed} pixels a side, not {given}"
            )));
        }
        let whole = fixed.iter().all(Option::is_some);
        let source = if whole {
            SizeSource::File
        } else {
            SizeSource::Said
        };
        let others = others(graph, described, &fits, said);
        return Ok(Candidates {
            inputs: build(allowed(said)?, source),
            instead: if whole {
                Vec::new()
            } else {
                with(&build, others)
            },
        });
    }
    if let [Some(height), Some(width)] = fixed {
        return Ok(Candidates {
            inputs: build(allowed([height, width])?, SizeSource::File),
            instead: Vec::new(),
        });
    }
    if let Some(side) = fixed.iter().flatten().next() {
        return Ok(Candidates {
            inputs: build(allowed([*side, *side])?, SizeSource::Described),
            instead: Vec::new(),
        });
    }
    let found = others(graph, described, &fits, [0, 0]);
    if unknown
        && !found
            .iter()
            .any(|(_, source)| *source == SizeSource::Described)
    {
        return Err(fail(format!(
            "its input {:?} says pictures of 1 x 1 pixels, which its converter writes for sizes that it does not know; say the true size with --size, or export it with one",
            form.name
        )));
    }
    Ok(Candidates {
        inputs: with(&build, found),
        instead: Vec::new(),
    })
}

fn with(
    build: &dyn Fn([usize; 2], SizeSource) -> Vec<ImageInput>,
    sizes: Vec<([usize; 2], SizeSource)>,
) -> Vec<ImageInput> {
    let built = sizes.into_iter();
    built
        .flat_map(|(sides, source)| build(sides, source))
        .collect()
}

/// Sizes that a file may be made for, but for `known`.
fn others(
    graph: &Graph,
    described: &[[usize; 2]],
    fits: &dyn Fn(&[usize; 2]) -> bool,
    known: [usize; 2],
) -> Vec<([usize; 2], SizeSource)> {
    let described = described.iter().map(|s| (*s, SizeSource::Described));
    let positions = position_tables(graph).into_iter();
    let positions = positions.map(|s| ([s, s], SizeSource::Positions));
    let usual = USUAL_SIDES.iter().enumerate().map(|(i, s)| {
        let source = if i == 0 {
            SizeSource::Usual
        } else {
            SizeSource::Tried
        };
        ([*s, *s], source)
    });
    let mut found: Vec<([usize; 2], SizeSource)> = Vec::new();
    for (sides, source) in described.chain(positions).chain(usual) {
        if fits(&sides) && sides != known && found.iter().all(|(there, _)| *there != sides) {
            found.push((sides, source));
        }
    }
    found
}

/// Sides that fit a table of positions: a constant that is added to the patches of the picture,
/// `[1, tokens, D]`, perhaps with a token or some more in front.
fn position_tables(graph: &Graph) -> Vec<usize> {
    let reading = Reading::of(graph);
    let conv = graph.node.iter().find(|n| n.op() == "Conv");
    let patch = conv.and_then(|conv| {
        let weight = reading.constant(conv.input(1)?)?;
        let &[width, _, height, _] = weight.dims.as_slice() else {
            return None;
        };
        let stride = conv.ints("strides").and_then(|s| s.first().copied());
        (stride == Some(height) && PATCHES.contains(&height)).then_some((width, height))
    });
    let Some((width, patch)) = patch else {
        return Vec::new();
    };
    let mut sides = Vec::new();
    for node in graph.node.iter().filter(|n| n.op() == "Add") {
        let tables = node.input.iter().filter_map(|name| reading.constant(name));
        for table in tables {
            let (&[1, tokens, d] | &[tokens, d]) = table.dims.as_slice() else {
                continue;
            };
            if d != width || tokens < 4 {
                continue;
            }
            // Class, distillation and register tokens: 1, 2, 5; plain grids have none.
            let grid = [1, 0, 2, 5].into_iter().find_map(|extra| {
                let side = ((tokens - extra) as f64).sqrt().round() as i64;
                (side * side == tokens - extra && side > 1).then_some(side)
            });
            if let Some(side) = grid.and_then(|grid| usize::try_from(grid * patch).ok())
                && !sides.contains(&side)
            {
                sides.push(side);
            }
        }
    }
    sides
}

/// How many pictures at once a file may compute: as it declares, or as a shape inside says.
fn batches(graph: &Graph, form: &Form) -> Vec<usize> {
    let mut found = vec![form.batch];
    let reading = Reading::of(graph);
    let open = graph
        .input
        .iter()
        .find(|i| i.name() == form.name)
        .and_then(ValueInfo::dims)
        .is_some_and(|dims| dims.first() == Some(&None));
    if form.batch == 1 && form.batched && open {
        for node in graph.node.iter().filter(|n| n.op() == "Reshape") {
            let shape = node.input(1).and_then(|name| reading.numbers(name, 8));
            if let Some(&[first, ..]) = shape.as_deref()
                && (2.0..=16.0).contains(&first)
                && !found.contains(&(first as usize))
                && found.len() < 3
            {
                found.push(first as usize);
            }
        }
    }
    found
}
