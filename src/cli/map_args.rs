//! How maps are computed, for subcommands that need a map on the way to something else.

use crate::picture::Framing;
use crate::saliency::{ClassChoice, Method, MethodParams, Request, Steps};

/// How maps are computed.
#[derive(Debug, clap::Args)]
pub struct MapArgs {
    /// How maps are computed
    #[arg(long, default_value = "xrai", value_name = "METHOD")]
    pub method: Method,
    /// Steps per baseline, samples or masks of the method; auto takes as many as are needed
    #[arg(long, value_name = "N")]
    steps: Option<Steps>,
    /// Layer of Grad-CAM
    #[arg(long, value_name = "NAME")]
    layer: Option<String>,
    /// Where random numbers start
    #[arg(long, default_value_t = 0, value_name = "N")]
    seed: u64,
}

impl MapArgs {
    /// The map that is asked for.
    pub fn request(&self, framing: Framing, class: ClassChoice) -> Request {
        Request {
            framing,
            class,
            against: None,
            method: self.method,
            params: MethodParams {
                steps: self.steps,
                seed: self.seed,
                layer: self.layer.clone(),
                ..MethodParams::default()
            },
        }
    }
}
