//! Plugins that stand for integrations of AWS's: which one a resource names.

use stepwell_asl::resource::Integration;
use stepwell_engine::Generation;

use super::{Convention, Plugins, Target, Unresolved, task};

/// The plugin that calls operations of any service, each as its task `SERVICE:OPERATION`.
const SDK: &str = "aws-sdk";

/// The plugin that invokes functions that are none of the host's plugins, and its task.
const LAMBDA: (&str, &str) = ("lambda", "invoke");

impl Plugins {
    /// `SERVICE:ACTION` is the task of that name of the plugin `SERVICE`. `aws-sdk:SERVICE:ACTION`
    /// is one of a plugin that is installed as `aws-sdk:SERVICE`, or else of `aws-sdk`.
    pub(super) fn integration(
        &self,
        integration: &Integration,
        generation: Option<Generation>,
    ) -> Result<Target<'_>, Unresolved> {
        let (name, action) = (&*integration.service, &*integration.action);
        let Some((SDK, service)) = name.split_once(':') else {
            return self.task_of(name, action, generation);
        };
        let of_any_service = format!("{service}:{action}");
        match self.plugin(name, generation) {
            Ok(own) if own.plugin.info().task(action).is_some() => {
                self.task_of(name, action, generation)
            }
            Ok(_) => self.task_of(name, &of_any_service, generation),
            Err(missing @ Unresolved::Plugin { .. }) => {
                match self.task_of(SDK, &of_any_service, generation) {
                    Err(Unresolved::Plugin { .. }) => Err(missing),
                    found => found,
                }
            }
            Err(why) => Err(why),
        }
    }

    /// What invokes a function that is no plugin, if anything does.
    pub(super) fn invoker(
        &self,
        convention: Convention,
        generation: Option<Generation>,
    ) -> Option<Target<'_>> {
        let (plugin, invoke) = LAMBDA;
        let target = self.task_of(plugin, invoke, generation).ok()?;
        Some(Target { convention, ..target })
    }

    fn task_of(
        &self,
        plugin: &str,
        name: &str,
        generation: Option<Generation>,
    ) -> Result<Target<'_>, Unresolved> {
        let installed = self.plugin(plugin, generation)?;
        let task = task(plugin, installed.plugin.info(), name)?;
        let (plugin, limits) = (plugin.to_owned(), installed.limits.clone());
        Ok(Target { plugin, installed, task, limits, convention: Convention::Plain })
    }
}
