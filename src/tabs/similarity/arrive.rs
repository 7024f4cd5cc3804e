//! Pictures and maps that come in from outside become A, B, or one of those that are averaged.

use bevy::prelude::*;

use super::average::Source;
use super::comparison::map_name;
use super::current::Current;
use super::state::{SimilarityState, View, Which};
use super::systems::read_map;
use crate::saliency::ClassChoice;
use crate::ui::Asked;
use crate::ui::Tab;
use crate::ui::commands::Command;
use crate::ui::intake::{Arrival, Arrived};
use crate::ui::pictures::Pictures;

/// Takes up pictures and maps that came in: pictures while this tab is shown, maps at any time,
/// since no other tab knows them.
pub(super) fn take_arrived(
    mut arrived: MessageReader<Arrived>,
    mut state: ResMut<SimilarityState>,
    mut current: ResMut<Current>,
    mut asked: ResMut<Asked>,
    mut pictures: Pictures,
) {
    let messages: Vec<&Arrived> = arrived.read().collect();
    // Two files at once are A and B.
    let several = messages.len() > 1;
    for (number, message) in messages.into_iter().enumerate() {
        // What comes in while versions are averaged is one of them, unless A was asked for.
        let averaged = state.view == View::Average && current.target == Which::B;
        let empty = current.side(Which::A).picture.is_none();
        let which = match (several, number) {
            (true, 0) => Which::A,
            (false, _) if empty => Which::A,
            (true, _) => Which::B,
            (false, _) => current.target,
        };
        match &message.what {
            Arrival::Picture(index) if averaged && message.tab == Tab::Similarity => {
                if let Some(item) = pictures.library.get(*index) {
                    add_version(&mut state, Source::Picture(item.id), &item.name);
                }
            }
            Arrival::Map(path) if averaged => {
                let (source, name) = (Source::Map(path.clone()), map_name(path));
                add_version(&mut state, source, &name);
                asked.push(Command::Show(Tab::Similarity));
            }
            Arrival::Picture(index) if message.tab == Tab::Similarity => {
                let side = state.side_mut(which);
                side.request.class = ClassChoice::Auto;
                side.answers.clear();
                side.explained = None;
                current.choose(&mut state, which, *index, &mut pictures);
            }
            Arrival::Map(path) => {
                read_map(&mut current, &mut state, which, path, &pictures.jobs);
                asked.push(Command::Show(Tab::Similarity));
            }
            _ => {}
        }
    }
    if several {
        current.target = Which::B;
    }
}

/// Adds a file to those that are averaged, or ticks it where it is there already.
fn add_version(state: &mut SimilarityState, source: Source, name: &str) {
    let average = &mut state.average;
    let known = average.versions.iter().find(|v| v.source == source);
    let number = match known.map(|version| version.number) {
        Some(number) => number,
        None => average.add(source, name, true),
    };
    average.tick(number, true);
}
