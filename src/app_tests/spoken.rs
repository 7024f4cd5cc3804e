//! What a screen reader finds: the tree that the window system is given, of the running program.

use bevy::prelude::*;
use bevy_egui::egui::accesskit::{Live, Node, NodeId, Role, TreeUpdate};
use bevy_egui::{EguiContext, EguiOutput};

use super::harness::{Mood, Program};
use crate::tabs::look::{Look, Status};
use crate::ui::commands::Command;
use crate::ui::{NoticeBoard, Tab};

fn listen(program: &mut Program) {
    let world = program.app.world_mut();
    let mut contexts = world.query::<&mut EguiContext>();
    for mut context in contexts.iter_mut(world) {
        context.get_mut().enable_accesskit();
    }
    program.frames(2);
}

fn tree(program: &mut Program) -> TreeUpdate {
    let world = program.app.world_mut();
    let mut outputs = world.query::<&EguiOutput>();
    let output = outputs.single(world).unwrap();
    let update = &output.platform_output.accesskit_update;
    update
        .clone()
        .expect("the tree is made for who asked for it")
}

fn nodes(tree: &TreeUpdate, role: Role) -> Vec<&Node> {
    let of_role = |(_, node): &&(NodeId, Node)| node.role() == role;
    tree.nodes
        .iter()
        .filter(of_role)
        .map(|(_, node)| node)
        .collect()
}

fn names(tree: &TreeUpdate, role: Role) -> Vec<&str> {
    nodes(tree, role)
        .into_iter()
        .filter_map(Node::label)
        .collect()
}

fn said(program: &mut Program) -> String {
    let tree = tree(program);
    let status = nodes(&tree, Role::Status);
    assert_eq!(status.len(), 1, "one place where news are read from");
    assert_eq!(status[0].live(), Some(Live::Polite));
    status[0].label().unwrap_or_default().to_owned()
}

#[test]
fn the_window_has_a_name_headings_and_a_list_of_tabs() {
    let mut program = Program::start();
    program.rest();
    listen(&mut program);
    let look = tree(&mut program);
    assert_eq!(names(&look, Role::Window), ["See why, Saliscope"]);
    assert!(names(&look, Role::Heading).contains(&"Saliscope"));
    assert!(
        names(&look, Role::Heading)
            .iter()
            .any(|name| name.starts_with("Step 1. ")),
        "{:?}",
        names(&look, Role::Heading)
    );
    assert_eq!(names(&look, Role::TabList).len(), 1);
    let tabs = nodes(&look, Role::Tab);
    assert_eq!(tabs.len(), Tab::ALL.len());
    let chosen: Vec<Option<bool>> = tabs.iter().map(|tab| tab.is_selected()).collect();
    assert_eq!(
        chosen
            .iter()
            .filter(|chosen| **chosen == Some(true))
            .count(),
        1
    );
    // The tabs are in the list and nowhere else.
    let list = nodes(&look, Role::TabList)[0];
    let inside = |id: &NodeId| {
        let found = look.nodes.iter().find(|(known, _)| known == id);
        found.is_some_and(|(_, node)| node.role() == Role::Tab)
    };
    assert_eq!(
        list.children().iter().filter(|id| inside(id)).count(),
        tabs.len()
    );

    program.show(Tab::Similarity);
    program.rest();
    let similarity = tree(&mut program);
    assert_eq!(names(&similarity, Role::Window), ["Similarity, Saliscope"]);
}

#[test]
fn lists_have_values_and_bars_have_ends() {
    let mut program = Program::start_in(Mood::Held);
    program.frames(5);
    listen(&mut program);
    let tree = tree(&mut program);
    let lists = nodes(&tree, Role::ComboBox);
    assert!(!lists.is_empty());
    for list in &lists {
        let value = list.value().unwrap_or_default();
        assert!(!value.is_empty(), "{list:?}");
        assert_eq!(
            list.description(),
            Some(value),
            "AT-SPI has no value of a list"
        );
    }
    let model = lists.iter().find(|list| list.label() == Some("Model"));
    assert_eq!(model.and_then(|list| list.value()), Some("Alpha"));
    for bar in nodes(&tree, Role::ProgressIndicator) {
        let ends = (bar.min_numeric_value(), bar.max_numeric_value());
        assert_eq!(ends, (Some(0.0), Some(1.0)));
    }
}

#[test]
fn answers_failures_and_notices_are_announced() {
    let mut program = Program::start();
    listen(&mut program);
    program.rest();
    program.until("the map", |world| {
        world.resource::<Look>().status == Status::Done
    });
    program.frames(2);
    let words = said(&mut program);
    assert!(
        words.contains("thing 0") && words.contains("Brightest"),
        "{words}"
    );

    program.get_mut::<NoticeBoard>().info("Saved in a folder");
    program.frames(2);
    assert_eq!(said(&mut program), "Saved in a folder");
    program.frames(3);
    assert_eq!(said(&mut program), "Saved in a folder", "and only once");

    program.backend.set(Mood::Fails);
    program.command(Command::Retry);
    program.choose_model("beta");
    program.rest();
    program.frames(3);
    let words = said(&mut program);
    assert!(
        words.contains("the network does not fit") || words.contains("The network does not fit"),
        "{words}"
    );
}
