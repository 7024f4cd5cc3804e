//! Why a graph cannot be differentiated.

/// Each message is one line that says what to do.
#[derive(Debug, Clone, thiserror::Error)]
pub enum AutodiffError {
    /// An operator between picture and output has no gradient rule.
    #[error(
        "operator {op} (node {node:?}) has no gradient rule, so gradient methods cannot explain this network; occlusion and RISE need no gradient, or {advice}"
    )]
    NoRule {
        /// The operator, with its domain where it is not a standard one.
        op: String,
        /// The node.
        node: String,
        /// Another way, by who writes such operators.
        advice: &'static str,
    },
    /// A rule does not cover what this node does.
    #[error(
        "the gradient of {op} (node {node:?}) is not known where {why}; occlusion and RISE need no gradient"
    )]
    Unsupported {
        /// The operator.
        op: String,
        /// The node.
        node: String,
        /// What is special about it.
        why: String,
    },
    /// A node reads or makes a value whose type is not known, or lacks an input.
    #[error("{op} (node {node:?}) is damaged: {why}; get or export the file again")]
    Damaged {
        /// The operator.
        op: String,
        /// The node.
        node: String,
        /// What is wrong.
        why: String,
    },
    /// Nothing differentiable leads from the one value to the other.
    #[error("the output {of:?} does not depend on {by:?} in a way that has a gradient")]
    NoPath {
        /// What was to be differentiated.
        of: String,
        /// By what.
        by: String,
    },
}
