//! The host that is killed: it reads its orders from standard input, and writes news to standard
//! output.

use std::{
    io::{self, Write as _},
    sync::Arc,
};

use anyhow::Context as _;
use stepwell_crash::{
    client,
    news::{News, What},
    observed::{Moment, Observed},
    plan::Orders,
};
use stepwell_engine::Clock;
use stepwell_journal::{Sqlite, sqlite::Options};

fn main() -> anyhow::Result<()> {
    let orders: Orders = serde_json::from_reader(io::stdin()).context("the orders")?;
    // One thread, on which time passes only while nothing is to do.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .context("the runtime")?;
    runtime.block_on(run(orders))
}

async fn run(orders: Orders) -> anyhow::Result<()> {
    let clock = Clock::starting_at(orders.now);
    let tell = {
        let clock = clock.clone();
        move |what| {
            let news = serde_json::to_string(&News { at: clock.now(), what }).unwrap_or_default();
            // Without the test there is nothing to do.
            if writeln!(io::stdout().lock(), "{news}").is_err() {
                std::process::exit(1);
            }
        }
    };
    tell(What::Opening);
    let store = Sqlite::open(&Options::new(&orders.directory))?;
    let passed = orders.passed.clone();
    let observer = {
        let tell = tell.clone();
        move |moment: &Moment| {
            let stays = moment.is_deadly()
                && passed.as_ref().is_some_and(|passed| !passed.contains(moment));
            tell(What::Commit { moment: moment.clone(), stays });
            if stays {
                // Until it is killed there.
                loop {
                    std::thread::park();
                }
            }
            Ok(())
        }
    };
    let store = Arc::new(Observed::new(Arc::new(store), observer));
    client::run(store, clock, orders, Arc::new(tell)).await?;
    Ok(())
}
