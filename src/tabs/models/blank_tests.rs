//! Networks whose maps are empty: marked where they stand, and never first.

use std::sync::Arc;

use egui_kittest::kittest::Queryable as _;

use super::super::compare_cell::finding;
use super::super::state::Cell;
use super::{materials, program, window};

/// The network's maps are 0 everywhere, before and after: they would agree on all of it.
#[test]
fn an_empty_map_agrees_with_nothing_and_is_marked() {
    let mut made = materials("fog:3", "m1", 0.4, 1, 10);
    for explanation in [&mut made.original, &mut made.version] {
        Arc::make_mut(explanation).map.values.fill(0.0);
    }
    let mut dead = finding(&made, String::new()).unwrap();
    assert!(dead.row.is_blank() && dead.row.agree == 0.0);
    assert!(dead.remark.unwrap().contains("same value everywhere"));
    // Another delta finds it no more alike.
    dead.count(1.0, 255);
    assert_eq!(dead.row.agree, 0.0);

    let mut program = program(3, 2);
    for (row, version) in program.models.versions.iter().enumerate() {
        let mut mine = dead.clone();
        mine.row.key.shift.clone_from(&version.key);
        mine.row.class = if row == 2 { 7 } else { 1 };
        mine.row.original_class = 1;
        let key = (version.key.clone(), "m1".to_owned());
        program.models.cells.insert(key, Cell::Done(Box::new(mine)));
    }
    let window = window(program, 1280.0, 800.0);
    window.get_by_label_contains("Network 1, -, empty maps; answer stays 50 %");
    let cell = window.get_by_label_contains("Fog 1, Network 1:");
    let told = egui_kittest::kittest::NodeT::accesskit_node(&cell).label();
    assert!(told.is_some_and(|told| told.ends_with("same answer, empty map")));
    let top = |name: &str| window.get_by_label_contains(name).rect().top();
    assert!(
        top(" %, answer stays") < top("Network 1, -"),
        "whose maps are empty stands last"
    );
}
