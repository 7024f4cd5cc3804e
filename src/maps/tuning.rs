//! How each method is set, as the person left it.

use std::collections::HashMap;

use crate::saliency::{Method, MethodParams, Steps};

/// Occlusion's stride at first, in pixels: hundreds of forward passes, where the reference's 1
/// takes tens of thousands for much the same map.
const FIRST_STRIDE: usize = 8;

/// The settings of every method. Each method has its own: 4,000 masks of RISE are no number of
/// steps for another.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Tuning(HashMap<Method, MethodParams>);

impl Tuning {
    /// How `method` is set before anybody changes it: the reference's defaults, but as few steps as
    /// are needed where the method can tell, and occlusion in coarser strides.
    #[must_use]
    pub fn first(method: Method) -> MethodParams {
        MethodParams {
            steps: method.has_integration().then_some(Steps::Auto),
            stride: (method == Method::Occlusion).then_some(FIRST_STRIDE),
            ..MethodParams::default()
        }
    }

    /// How `method` is set.
    #[must_use]
    pub fn of(&self, method: Method) -> MethodParams {
        let changed = self.0.get(&method);
        changed.map_or_else(|| Self::first(method), Clone::clone)
    }

    /// Sets `method`.
    pub fn set(&mut self, method: Method, params: MethodParams) {
        if params.filled(method) == Self::first(method).filled(method) {
            self.0.remove(&method);
        } else {
            self.0.insert(method, params);
        }
    }

    /// True when `method` is set otherwise than at first.
    #[must_use]
    pub fn is_changed(&self, method: Method) -> bool {
        self.0.contains_key(&method)
    }

    /// Sets `method` back to how it was at first.
    pub fn reset(&mut self, method: Method) {
        self.0.remove(&method);
    }

    /// Goes back to the layer before the classifier: another network has other layers.
    pub fn forget_layer(&mut self) {
        for method in Method::all().filter(|method| method.has_layer()) {
            let mut params = self.of(method);
            params.layer = None;
            self.set(method, params);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_method_keeps_its_own_settings() {
        let mut tuning = Tuning::default();
        assert_eq!(tuning.of(Method::Xrai).steps, Some(Steps::Auto));
        assert_eq!(tuning.of(Method::Rise), MethodParams::default());
        let masks = MethodParams {
            steps: Some(Steps::Count(500)),
            ..MethodParams::default()
        };
        tuning.set(Method::Rise, masks.clone());
        assert_eq!(tuning.of(Method::Rise), masks);
        assert!(tuning.is_changed(Method::Rise) && !tuning.is_changed(Method::SmoothGrad));
        // Set back by hand is set back.
        let by_hand = MethodParams {
            steps: Some(Steps::Count(4000)),
            ..MethodParams::default()
        };
        tuning.set(Method::Rise, by_hand);
        assert!(!tuning.is_changed(Method::Rise));
        tuning.set(Method::Rise, masks);
        tuning.reset(Method::Rise);
        assert!(!tuning.is_changed(Method::Rise));
    }

    #[test]
    fn another_network_has_other_layers() {
        let mut tuning = Tuning::default();
        let named = MethodParams {
            layer: Some("conv7".to_owned()),
            ..MethodParams::default()
        };
        tuning.set(Method::GradCam, named.clone());
        assert_eq!(tuning.of(Method::GradCam), named);
        tuning.forget_layer();
        assert!(!tuning.is_changed(Method::GradCam));
    }
}
