//! Tests of the running program: what a person does, and what is on screen and asked of the
//! networks afterwards.

mod arrivals;
mod collection;
mod harness;
mod look;
mod network;
mod same_question;
mod similarity;
mod trust;
mod what_if;
