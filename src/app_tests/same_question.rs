//! The same question is the same question in every tab: one result in the cache serves all five.

use std::collections::BTreeMap;

use super::harness::Program;
use crate::jobs::cache_key;
use crate::saliency::{ClassChoice, Method};
use crate::ui::ShellState;
use crate::ui::Tab;

/// The cache's keys for the cat by the first model, in every tab that asked about it.
fn keys(method: Method) -> BTreeMap<&'static str, Vec<String>> {
    let mut program = Program::start();
    program.rest();
    program.get_mut::<ShellState>().method = method;
    let mut keys = BTreeMap::new();
    let cat = program.backend.asked()[0].picture.sha256.clone();
    for tab in Tab::ALL {
        // "See why" asks before it is shown here.
        let before = match tab {
            Tab::Look => 0,
            _ => program.backend.asked().len(),
        };
        program.show(tab);
        program.rest();
        program.rest();
        let mut own: Vec<String> = program.backend.asked()[before..]
            .iter()
            .filter(|job| job.picture.sha256 == cat && job.model == "alpha")
            .filter(|job| job.request.class == ClassChoice::Auto && job.request.method == method)
            .map(|job| cache_key(&cat, "alpha", &job.request, 0))
            .collect();
        own.sort();
        own.dedup();
        keys.insert(tab.label(), own);
    }
    keys
}

fn one_key(method: Method) {
    let keys = keys(method);
    let first = keys["See why"].first().cloned();
    assert!(first.is_some(), "{method:?}: {keys:?}");
    let mut asked = 0;
    for (tab, keys) in &keys {
        for key in keys {
            asked += 1;
            assert_eq!(Some(key), first.as_ref(), "{method:?} in {tab}");
        }
    }
    assert!(asked >= 3, "{method:?}: {keys:?}");
}

macro_rules! methods {
    ($($name:ident: $method:ident,)*) => {
        $(
            #[test]
            fn $name() {
                one_key(Method::$method);
            }
        )*

        #[test]
        fn every_method_is_tried() {
            let tried = [$(Method::$method),*];
            assert!(Method::all().all(|method| tried.contains(&method)));
        }
    };
}

methods! {
    xrai_is_one_question: Xrai,
    fast_xrai_is_one_question: XraiFast,
    input_times_gradient_is_one_question: InputXGradient,
    gradient_is_one_question: Gradient,
    ig_is_one_question: Ig,
    smooth_gradients_are_one_question: SmoothGrad,
    plain_smooth_gradients_are_one_question: SmoothGradPlain,
    guided_ig_is_one_question: GuidedIg,
    blur_ig_is_one_question: BlurIg,
    grad_cam_is_one_question: GradCam,
    grad_cam_plus_plus_is_one_question: GradCamPlusPlus,
    attention_rollout_is_one_question: AttentionRollout,
    occlusion_is_one_question: Occlusion,
    rise_is_one_question: Rise,
}
