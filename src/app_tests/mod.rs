//! Tests of the running program: what a person does, and what is on screen and asked of the
//! networks afterwards.

mod arrivals;
mod collection;
mod contrast;
mod desktop;
mod dropped_models;
mod full_maps;
mod game;
mod harness;
mod keys;
mod look;
mod moves;
mod network;
mod room;
mod same_question;
mod shaders;
mod sheet;
mod similarity;
mod spoken;
mod tables;
mod trust;
mod what_if;
