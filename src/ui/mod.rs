//! The frame of the window: theme, widgets, commands, settings and the shell around every tab.

pub mod commands;
pub mod settings;
pub mod shell;
pub mod theme;
pub mod widgets;
