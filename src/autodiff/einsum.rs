//! Einstein sums, of any number of operands.
//!
//! The gradient in one operand is again an Einstein sum: of the result's gradient with all other
//! operands, with the letters of the operand as the result.

use std::collections::BTreeMap;

use crate::onnx::Node;

use super::AutodiffError;
use super::emit::{damaged, first, unsupported};
use super::sweep::Sweep;

/// An equation with a letter for every dimension.
struct Equation {
    /// Letters of each operand.
    operands: Vec<String>,
    /// Letters of the result.
    result: String,
    /// The size each letter stands for.
    sizes: BTreeMap<char, i64>,
}

impl Equation {
    fn of(s: &Sweep<'_>, node: &Node) -> Result<Self, AutodiffError> {
        let text: String = node
            .text("equation", "")
            .chars()
            .filter(|c| !c.is_whitespace())
            .collect();
        let (left, right) = match text.split_once("->") {
            Some((left, right)) => (left, Some(right)),
            None => (text.as_str(), None),
        };
        let terms: Vec<&str> = left.split(',').collect();
        if terms.len() != node.input.len() {
            return Err(damaged(node, &format!("its equation is {text:?}")));
        }
        // Dimensions under an ellipsis get letters that the equation does not use.
        let spare: Vec<char> = ('a'..='z')
            .chain('A'..='Z')
            .filter(|c| !text.contains(*c))
            .collect();
        let mut sizes = BTreeMap::new();
        let mut operands = Vec::new();
        let mut under_ellipsis = String::new();
        for (term, name) in terms.iter().zip(&node.input) {
            let dims = s.value_type(node, name)?.dims;
            let letters = match term.split_once("...") {
                None => (*term).to_owned(),
                Some((before, after)) => {
                    let count = dims.len().checked_sub(before.len() + after.len());
                    // Counted from the last, as in broadcasting.
                    let own: Option<Vec<char>> =
                        count.and_then(|n| Some(spare.get(..n)?.iter().rev().copied().collect()));
                    let Some(own) = own else {
                        return Err(damaged(node, "its operands do not fit its equation"));
                    };
                    let own: String = own.into_iter().collect();
                    if own.len() > under_ellipsis.len() {
                        under_ellipsis.clone_from(&own);
                    }
                    format!("{before}{own}{after}")
                }
            };
            if letters.chars().count() != dims.len() {
                return Err(damaged(node, "its operands do not fit its equation"));
            }
            for (letter, &size) in letters.chars().zip(&dims) {
                let known = sizes.entry(letter).or_insert(size);
                *known = size.max(*known);
            }
            operands.push(letters);
        }
        let result = if let Some(right) = right {
            right.replace("...", &under_ellipsis)
        } else {
            // Letters that occur once, in the order of the alphabet.
            let once = |c: &char| !under_ellipsis.contains(*c) && left.matches(*c).count() == 1;
            let rest: String = sizes.keys().filter(|c| once(c)).collect();
            format!("{under_ellipsis}{rest}")
        };
        Ok(Self {
            operands,
            result,
            sizes,
        })
    }

    fn dims(&self, letters: &str) -> Vec<i64> {
        let size = |c| self.sizes.get(&c).copied().unwrap_or(1);
        letters.chars().map(size).collect()
    }
}

pub(super) fn einsum(
    s: &mut Sweep<'_>,
    node: &Node,
    gradients: &[Option<String>],
) -> Result<(), AutodiffError> {
    let Some(g) = first(gradients) else {
        return Ok(());
    };
    if !node.input.iter().any(|operand| s.wants(operand)) {
        return Ok(());
    }
    let equation = Equation::of(s, node)?;
    for (index, operand) in node.input.iter().enumerate() {
        let Some(own) = equation.operands.get(index).filter(|_| s.wants(operand)) else {
            continue;
        };
        if own.chars().any(|c| own.matches(c).count() > 1) {
            return Err(unsupported(node, "it takes a diagonal"));
        }
        let mut inputs = vec![g];
        let mut terms = vec![equation.result.as_str()];
        for (other, (term, name)) in equation.operands.iter().zip(&node.input).enumerate() {
            if other != index {
                inputs.push(name);
                terms.push(term);
            }
        }
        let known = |c: &char| terms.iter().any(|term| term.contains(*c));
        let shared: String = own.chars().filter(known).collect();
        let sum = Node::new("Einsum", &inputs, &[])
            .with_text("equation", &format!("{}->{shared}", terms.join(",")));
        let part = s.push(sum, s.element(g), &equation.dims(&shared));
        // A letter that only this operand has was summed over: all of its elements count alike.
        let spread: Vec<i64> = own
            .chars()
            .zip(equation.dims(own))
            .map(|(c, size)| if known(&c) { size } else { 1 })
            .collect();
        let part = s.reshape(&part, &spread);
        let part = s.expand(&part, &equation.dims(own));
        let dims = s.value_type(node, operand)?.dims;
        let part = s.unbroadcast(&part, &dims);
        s.give(operand, part);
    }
    Ok(())
}
