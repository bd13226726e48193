//! The desktop: reads state, sends commands; only `dispatch` changes anything.

pub mod app;
pub mod command;
pub mod fonts;
pub mod icons;
pub mod notify;
pub mod results;
pub mod screens;
pub mod settings;
pub mod state;
pub mod theme;
pub mod undo;
pub mod widgets;
