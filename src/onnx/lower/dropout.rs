//! Layers that were exported in training mode.

use crate::onnx::Node;

use super::Known;

/// Makes a dropout layer pass its input on; says whether it was in training mode before.
///
/// Left as it is, the network would forget other things in each run: no two maps would agree, and
/// the gradient would be that of another network than the scores.
pub(super) fn switched_off(node: &mut Node, known: &Known) -> bool {
    if node.op() != "Dropout" || !node.op_domain().is_empty() {
        return false;
    }
    let Some(switch) = node.input(2) else {
        return false;
    };
    // A switch that is not known beforehand is one of training too.
    let on = known.constants.get(switch).map(crate::onnx::Tensor::to_f64);
    let off = matches!(on, Some(Ok(values)) if values.first() == Some(&0.0));
    node.input.truncate(1);
    !off
}

/// Makes a batch normalisation use the mean and variance that it keeps; says whether it was in
/// training mode before, in which it takes those of the picture at hand.
pub(super) fn uses_kept_statistics(node: &mut Node) -> bool {
    if node.op() != "BatchNormalization" || !node.op_domain().is_empty() {
        return false;
    }
    let training = node
        .take_attribute("training_mode")
        .is_some_and(|mode| mode.i != Some(0) && mode.i.is_some());
    // Before there was a switch, more outputs meant training.
    let updates = node.output.iter().skip(1).any(|name| !name.is_empty());
    if training || updates {
        node.output.truncate(1);
    }
    training || updates
}
