//! A live view on a terminal: what has ended scrolls by, what is running stays at the bottom with
//! the time it takes.

use std::{collections::HashMap, time::Duration};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use super::{
    lines::{self, Lines},
    tracker::{Notice, What},
};

const TICK: Duration = Duration::from_millis(100);

/// Shows running states as spinners, on standard error.
pub(crate) struct Live {
    lines: Lines,
    all: MultiProgress,
    running: HashMap<u64, ProgressBar>,
    style: ProgressStyle,
    /// indicatif writes to the terminal by itself: what is asked of colour is minded here.
    colour: bool,
}

impl Live {
    pub(super) fn new(lines: Lines) -> Self {
        let style = ProgressStyle::with_template("{elapsed:>9.dim}  {prefix}{spinner:.cyan} {msg}")
            .unwrap_or_else(|_| ProgressStyle::default_spinner());
        let choice = anstream::AutoStream::choice(&std::io::stderr());
        Self {
            lines,
            all: MultiProgress::new(),
            running: HashMap::new(),
            style,
            colour: choice != anstream::ColorChoice::Never,
        }
    }

    pub(super) fn show(&mut self, notices: &[Notice]) {
        for notice in notices {
            let visit = &notice.visit;
            match &notice.what {
                What::Entered => {
                    let bar = self.all.add(ProgressBar::new_spinner());
                    bar.set_style(self.style.clone());
                    bar.set_prefix("  ".repeat(visit.depth));
                    bar.set_message(visit.state.clone());
                    bar.enable_steady_tick(TICK);
                    self.running.insert(visit.id, bar);
                }
                What::Left | What::Cancelled => {
                    if let Some(bar) = self.running.remove(&visit.id) {
                        bar.finish_and_clear();
                    }
                    self.print(notice);
                }
                What::MapRun(progress) if !progress.ended => {
                    if let Some(bar) = self.running.get(&visit.id) {
                        bar.set_message(format!("{}  {}", visit.state, lines::map_run(progress)));
                    }
                }
                What::MapRun(_)
                | What::ChildFailed(_)
                | What::AttemptFailed { .. }
                | What::Log(_) => self.print(notice),
            }
        }
    }

    pub(super) fn finish(self) {
        for bar in self.running.values() {
            bar.finish_and_clear();
        }
        // A terminal that is gone is nothing to fail for.
        let _ = self.all.clear();
    }

    fn print(&self, notice: &Notice) {
        let line = self.lines.line(notice);
        let _ = if self.colour {
            self.all.println(line)
        } else {
            self.all.println(anstream::adapter::strip_str(&line).to_string())
        };
    }
}
