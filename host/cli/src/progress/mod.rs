//! What is shown of an execution while it runs: a live view on a terminal, plain lines elsewhere,
//! JSON lines for programs. The [`Tracker`] says what happened; the views only show it.

mod json;
mod lines;
mod live;
pub(crate) mod summary;
mod tracker;

use std::io::IsTerminal as _;

use stepwell_engine::Update;
use stepwell_interpreter::Timestamp;

use self::{
    json::Json,
    lines::Lines,
    live::Live,
    tracker::{Notice, What},
};
pub(crate) use self::{
    lines::{amount, seconds},
    tracker::{End, Tracker, Visit},
};

/// One of the views.
pub(crate) enum View {
    Json(Json),
    Lines(Lines),
    Live(Live),
}

impl View {
    /// The view for this invocation. `started` is the time that the others count from.
    pub(crate) fn new(json: bool, started: Timestamp) -> Self {
        if json {
            Self::Json(Json)
        } else if std::io::stderr().is_terminal() {
            Self::Live(Live::new(Lines::new(started)))
        } else {
            Self::Lines(Lines::new(started))
        }
    }

    /// Shows an update, and what it means.
    pub(crate) fn show(&mut self, update: &Update, notices: &[Notice]) {
        match self {
            Self::Json(view) => view.show(update),
            Self::Lines(view) => {
                let ends = |notice: &&Notice| match &notice.what {
                    What::MapRun(progress) => progress.ended,
                    _ => true,
                };
                for line in notices.iter().filter(ends).map(|notice| view.line(notice)) {
                    anstream::eprintln!("{line}");
                }
            }
            Self::Live(view) => view.show(notices),
        }
    }

    /// Takes what is live off the terminal.
    pub(crate) fn finish(self) {
        if let Self::Live(view) = self {
            view.finish();
        }
    }
}
