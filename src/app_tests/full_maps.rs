//! "Collection" from near: whole maps, and files that are others by now.

use std::sync::atomic::Ordering;

use bevy::prelude::*;

use super::collection::{ask, looked_through, settled, sheet};
use super::harness::{Mood, Program};
use crate::collection::demo;
use crate::saliency::{ClassChoice, Method};
use crate::stage::sheet::Instance;
use crate::tabs::collection::{Ask, Collection, Current};
use crate::ui::{ShellState, Tab};

/// Zooms about the middle until a cell is so large, in pixels.
fn come_near(program: &mut Program, side: f32) {
    let mut collection = program.get_mut::<Collection>();
    let at = collection.area * 0.5;
    let factor = side / collection.camera.scale;
    collection.zoom(factor, at);
    program.frames(2);
}

/// Steps frames until all that is seen from near has its whole map.
fn looked_at_closely(program: &mut Program) {
    program.frames(2);
    program.until("whole maps of all that is seen", |world| {
        let closer = world.resource::<Collection>().closer;
        closer.is_some_and(|closer| closer.all > 0 && closer.done == closer.all)
    });
    settled(program);
}

#[test]
fn from_near_the_map_is_the_whole_one_of_the_method_on_top() {
    let mut program = Program::start();
    looked_through(&mut program, 300);
    let asked = program.backend.asked().len();
    // From afar nobody is asked.
    come_near(&mut program, 60.0);
    settled(&mut program);
    assert!(program.get::<Collection>().closer.is_none());
    assert_eq!(program.backend.asked().len(), asked);
    come_near(&mut program, 130.0);
    looked_at_closely(&mut program);
    let jobs = program.backend.asked().split_off(asked);
    let method = program.get::<ShellState>().method;
    assert!(!jobs.is_empty());
    for job in &jobs {
        assert_eq!((job.model.as_str(), job.request.method), ("alpha", method));
        assert_eq!(job.request.class, ClassChoice::Auto);
    }
    let mut pictures: Vec<String> = jobs.iter().map(|job| job.picture.sha256.clone()).collect();
    pictures.sort();
    pictures.dedup();
    assert_eq!(pictures.len(), jobs.len(), "each is asked about once");
    let closer = program.get::<Collection>().closer.unwrap();
    let places = |program: &mut Program| {
        let instances = sheet(program.app.world_mut()).instances().to_vec();
        let mut places: Vec<u32> = instances.iter().filter_map(|i| i.full_map).collect();
        places.sort_unstable();
        places.dedup();
        places
    };
    assert!(places(&mut program).len() >= closer.all);
    // Another method is another question; its maps come in place of the old ones.
    let before = program.backend.asked().len();
    program.get_mut::<ShellState>().method = Method::Gradient;
    program.frames(1);
    program.frames(1);
    looked_at_closely(&mut program);
    let jobs = program.backend.asked().split_off(before);
    assert!(jobs.len() >= closer.all);
    assert!(
        jobs.iter()
            .all(|job| job.request.method == Method::Gradient)
    );
    // "See why" asks the same of the same picture, and finds its answer.
    let snapshot = program.get::<Collection>().snapshot.clone();
    let row = (0..301).find(|&row| snapshot.map(row).is_some()).unwrap();
    ask(&mut program, Ask::SeeWhy(row));
    let backend = program.backend.clone();
    let content = snapshot.picture(row).unwrap().0.digits();
    program.until("the question about it", |_| {
        let asked = backend.asked();
        asked.last().is_some_and(|job| {
            job.on_stage && job.model == "alpha" && job.picture.sha256.starts_with(&content)
        })
    });
}

#[test]
fn maps_of_what_is_not_seen_any_more_are_taken_back() {
    let mut program = Program::start();
    looked_through(&mut program, 300);
    program.backend.set(Mood::Held);
    come_near(&mut program, 130.0);
    let pending = |world: &World| world.resource::<crate::jobs::Jobs>().explain.pending();
    program.until("two requests", |world| pending(world) == 2);
    program.frames(20);
    // However many are seen, no more wait than are worked on.
    assert_eq!(pending(program.app.world()), 2);
    let closer = program.get::<Collection>().closer.unwrap();
    assert!(closer.all > 2 && closer.done == 0, "{closer:?}");
    program.get_mut::<Collection>().fit();
    program.until("nothing", |world| pending(world) == 0);
    assert!(program.get::<Collection>().closer.is_none());
    come_near(&mut program, 130.0);
    program.until("two requests", |world| pending(world) == 2);
    let on_their_way = |program: &Program| program.get::<Current>().maps_on_their_way();
    assert!(on_their_way(&program) >= 2);
    program.show(Tab::Explain);
    assert_eq!(on_their_way(&program), 0);
    program.backend.set(Mood::Quick);
    program.show(Tab::Collection);
    looked_at_closely(&mut program);
}

#[test]
fn a_network_that_fails_is_told_once_and_the_coarse_maps_stay() {
    let mut program = Program::start();
    looked_through(&mut program, 300);
    program.backend.set(Mood::Fails);
    let asked = program.backend.asked().len();
    come_near(&mut program, 130.0);
    looked_at_closely(&mut program);
    let tried = program.backend.asked().len() - asked;
    assert_eq!(program.notices().matches("does not fit").count(), 1);
    let instances = sheet(program.app.world_mut()).instances().to_vec();
    assert!(instances.iter().all(|instance| instance.full_map.is_none()));
    assert!(instances.iter().any(|i| i.style & Instance::HAS_MAP != 0));
    // They are not asked again and again.
    program.frames(30);
    assert_eq!(program.backend.asked().len() - asked, tried);
}

#[test]
fn a_network_that_is_another_one_by_now_adds_nothing_to_what_the_old_one_saw() {
    let mut program = Program::start();
    looked_through(&mut program, 300);
    program.backend.replaced.store(true, Ordering::Relaxed);
    let asked = program.backend.asked().len();
    come_near(&mut program, 130.0);
    looked_at_closely(&mut program);
    assert_eq!(program.backend.asked().len(), asked);
    let told = program.notices();
    assert_eq!(told.matches("is another one").count(), 1, "{told}");
    let instances = sheet(program.app.world_mut()).instances().to_vec();
    assert!(instances.iter().all(|instance| instance.full_map.is_none()));
}

/// It was the network that looked at the pictures when the window was opened, and is replaced meanwhile.
#[test]
fn a_network_that_is_replaced_meanwhile_is_told_and_its_answers_stay_until_it_is_asked_again() {
    let mut program = Program::start();
    looked_through(&mut program, 300);
    let focus = |program: &mut Program| {
        let window = program.app.world_mut().spawn_empty().id();
        let message = bevy::window::WindowFocused {
            window,
            focused: true,
        };
        program.app.world_mut().write_message(message);
        program.frames(3);
    };
    focus(&mut program);
    come_near(&mut program, 130.0);
    looked_at_closely(&mut program);
    assert!(program.get::<Collection>().outdated().is_none());
    let asked = program.backend.asked().len();
    let home = program.get::<crate::ui::HomeDir>().0.clone();
    let known = crate::classifier::Catalog::load(&home).unwrap();
    let path = known.model_path(&home, known.model("alpha").unwrap());
    std::fs::write(&path, "another network").unwrap();
    program.backend.replaced.store(true, Ordering::Relaxed);
    focus(&mut program);
    let told = program.notices();
    assert!(told.contains("Alpha was replaced on disk"), "{told}");
    assert!(told.contains("collection"), "{told}");
    let told = program.get::<Collection>().outdated().unwrap();
    assert!(told.contains("ask it again"), "{told}");
    // Others that come near get no map of the new network beside the answers of the old one.
    let places = |program: &mut Program| {
        let instances = sheet(program.app.world_mut()).instances().to_vec();
        instances.iter().filter(|i| i.full_map.is_some()).count()
    };
    assert!(places(&mut program) > 0);
    let mut collection = program.get_mut::<Collection>();
    collection.pan(bevy::math::Vec2::new(-900.0, -500.0));
    program.frames(2);
    looked_at_closely(&mut program);
    let anew = program.backend.asked().split_off(asked);
    let near = |job: &&crate::jobs::ExplainJob| !job.on_stage;
    assert_eq!(anew.iter().filter(near).count(), 0, "{}", anew.len());
}

#[test]
fn a_file_that_changed_keeps_its_old_picture_and_says_so() {
    let mut program = Program::start();
    looked_through(&mut program, 300);
    let snapshot = program.get::<Collection>().snapshot.clone();
    let collection = program.get::<Collection>();
    assert!(collection.camera.scale < 60.0, "they are seen from afar");
    let middle = collection.area * 0.5;
    let near = collection.rows_within(middle - 30.0, middle + 30.0);
    let row = near
        .into_iter()
        .find(|&row| snapshot.map(row).is_some())
        .unwrap();
    let path = program.file("holiday").join(snapshot.rows.name(row));
    std::fs::write(&path, demo::jpeg(7, 355)).unwrap();
    come_near(&mut program, 130.0);
    looked_at_closely(&mut program);
    let collection = program.get::<Collection>();
    assert!(
        collection.changed.contains_key(&row),
        "{:?}",
        collection.changed
    );
    assert_eq!(collection.changed.len(), 1);
    assert!(
        collection
            .about(row)
            .contains("changed since it was looked at")
    );
    let old = snapshot.picture(row).unwrap().0;
    // Asked again, it is known as it is now.
    ask(&mut program, Ask::Look);
    program.until("the new picture", |world| {
        let collection = world.resource::<Collection>();
        let now = collection.snapshot.picture(row).map(|(key, _)| key);
        collection.working.is_none() && now.is_some_and(|now| now != old)
    });
    let collection = program.get::<Collection>();
    assert!(collection.changed.is_empty());
    assert!(!collection.about(row).contains("changed"));
}
