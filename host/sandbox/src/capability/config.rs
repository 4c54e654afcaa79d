//! Configuration values: the imported `stepwell:task/config`.

use crate::{contract, state::State};

impl contract::config::Host for State {
    fn get(&mut self, name: String) -> Option<String> {
        self.setting.grants.spec().config.get(&name).cloned()
    }

    fn names(&mut self) -> Vec<String> {
        self.setting.grants.spec().config.keys().cloned().collect()
    }
}
