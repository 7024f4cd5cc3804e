//! "Models": a table of results whose pictures lie elsewhere.

use std::path::{Path, PathBuf};

use bevy::prelude::*;

use super::harness::{Program, save};
use crate::compare::robustness::{Key, Row};
use crate::tabs::models::{Ask, Asks, Models, say_where_pictures_lie};
use crate::ui::library::Library;
use crate::ui::{Session, Tab};

/// A row in which a network says something of a version of a picture.
fn row(model: &str, shift: &str, class: usize) -> Row {
    Row {
        key: Key {
            picture: "kite.png".to_owned(),
            picture_sha256: "1".repeat(64),
            model: model.to_owned(),
            model_sha256: "2".repeat(64),
            shift: shift.to_owned(),
            settings: "xrai".to_owned(),
        },
        class,
        label: format!("thing {class}"),
        probability: 0.5,
        original_class: 3,
        original_probability: 0.25,
        agree: 0.5,
        iou: 0.25,
        spearman: Some(0.5),
        ssim: Some(0.5),
        emd: 0.125,
    }
}

/// A table of two networks that disagree about a picture in fog.
fn table(path: &Path) {
    let rows = [
        row("alpha", "none", 3),
        row("beta", "none", 3),
        row("alpha", "fog:3", 3),
        row("beta", "fog:3", 5),
    ];
    let mut text = Row::COLUMNS.join(",") + "\n";
    for row in rows {
        text += &(row.fields().join(",") + "\n");
    }
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

fn missing(world: &World) -> Option<usize> {
    let results = world.resource::<Models>().results.as_ref();
    results.map(crate::tabs::models::Results::missing)
}

fn shown(program: &Program) -> Option<PathBuf> {
    let chosen = program.get::<Session>().picture?;
    program.get::<Library>().get(chosen)?.path.clone()
}

#[test]
fn pictures_that_lie_elsewhere_are_asked_for_once_and_the_case_opens() {
    let mut program = Program::start();
    program.rest();
    let folder = program.file("elsewhere/birds");
    std::fs::create_dir_all(&folder).unwrap();
    save(&folder.join("kite.png"), 70);
    let path = program.file("tables/mine.csv");
    table(&path);
    program.drop(std::slice::from_ref(&path));
    program.until("the table", |world| missing(world).is_some());
    assert_eq!(missing(program.app.world()), Some(1));
    // Nothing leads to a picture that was not found.
    program.get_mut::<Asks>().push(Ask::Case(0));
    program.frames(3);
    assert_eq!(**program.get::<State<Tab>>(), Tab::Models);
    // The folder above the one that they lie in is named.
    let elsewhere = program.file("elsewhere");
    say_where_pictures_lie(program.app.world_mut(), elsewhere);
    program.until("the picture", |world| missing(world) == Some(0));
    program.get_mut::<Asks>().push(Ask::Case(0));
    program.until("See why", |world| {
        **world.resource::<State<Tab>>() == Tab::Look
    });
    program.frames(2);
    assert_eq!(shown(&program), Some(folder.join("kite.png")));
    // Opened again, nobody is asked.
    program.show(Tab::Models);
    program.get_mut::<Models>().results = None;
    program.drop(std::slice::from_ref(&path));
    program.until("the table again", |world| missing(world).is_some());
    assert_eq!(missing(program.app.world()), Some(0));
}
