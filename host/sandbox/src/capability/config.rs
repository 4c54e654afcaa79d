//! Configuration values: the imported `stepwell:task/config`.

use crate::{capability::watch::Use, contract, grants::Capability, state::State};

impl contract::config::Host for State {
    fn get(&mut self, name: String) -> Option<String> {
        let grants = &self.setting.grants;
        grants.used(|| Use::Config(name.clone()));
        let value = grants.spec().config.get(&name).cloned();
        let call = self.setting.calls.begin(Capability::Config, || name);
        call.end(if value.is_some() { "found" } else { "there is none" });
        value
    }

    fn names(&mut self) -> Vec<String> {
        self.setting.grants.spec().config.keys().cloned().collect()
    }
}
