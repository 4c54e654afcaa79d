//! Configuration values: the imported `stepwell:task/config`.

use crate::{capability::watch::Use, contract, state::State};

impl contract::config::Host for State {
    fn get(&mut self, name: String) -> Option<String> {
        let grants = &self.setting.grants;
        grants.used(|| Use::Config(name.clone()));
        grants.spec().config.get(&name).cloned()
    }

    fn names(&mut self) -> Vec<String> {
        self.setting.grants.spec().config.keys().cloned().collect()
    }
}
