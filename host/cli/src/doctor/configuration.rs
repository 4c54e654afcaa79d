//! What is written down: the configuration of the host, and the project here.

use std::path::Path;

use super::check::Check;
use crate::{
    project::{self, Project},
    sandbox,
    serve::Config,
};

/// The configuration, if it can be read.
pub(super) fn check(file: &Path) -> (Option<Config>, Check) {
    let what = "configuration";
    match Config::read(file) {
        Ok(config) => (Some(config), Check::ok(what, format!("{} is good", file.display()))),
        Err(error) => {
            let mend = "examples/serve.toml explains all keys";
            (None, Check::bad(what, format!("{error:#}"), mend))
        }
    }
}

/// The project of a directory, if it is one.
pub(super) async fn check_project(directory: &Path) -> Option<Check> {
    if !directory.join(project::FILE).is_file() {
        return None;
    }
    let look = async {
        let project = Project::read(directory)?;
        project.install(&sandbox::open()?).await?;
        project.buckets()?;
        anyhow::Ok(project.name().to_owned())
    };
    let what = "project";
    Some(match look.await {
        Ok(name) => Check::ok(what, format!("the plugins and buckets of {name} can be used")),
        Err(error) => {
            let mend = format!("mend {}, or build the plugins", project::FILE);
            Check::bad(what, format!("{error:#}"), mend)
        }
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_mistake_is_named() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("serve.toml");
        fs::write(&file, "region = \"eu-west-1\"\n").unwrap();
        let (config, ok) = check(&file);
        assert_eq!(config.unwrap().region, "eu-west-1");
        assert_eq!(ok.line(), format!("Ok configuration: {} is good", file.display()));
        fs::write(&file, "regoin = 1\n").unwrap();
        let line = check(&file).1.line();
        assert!(line.starts_with("Bad configuration: "), "{line}");
        assert!(line.contains("unknown field `regoin`"), "{line}");
        assert!(line.ends_with(" -- examples/serve.toml explains all keys"), "{line}");
    }

    #[tokio::test]
    async fn a_project_whose_plugin_is_missing_is_bad() {
        let directory = tempfile::tempdir().unwrap();
        assert_eq!(check_project(directory.path()).await, None);
        let text = "name = \"a\"\ndefinition = \"a.json\"\n";
        fs::write(directory.path().join(project::FILE), text).unwrap();
        let line = check_project(directory.path()).await.unwrap().line();
        assert_eq!(line, "Ok project: the plugins and buckets of a can be used");
        let text = format!("{text}[plugins.pay]\nfile = \"pay.wasm\"\n");
        fs::write(directory.path().join(project::FILE), text).unwrap();
        let line = check_project(directory.path()).await.unwrap().line();
        assert!(line.starts_with("Bad project: the plugin `pay` cannot be used: "), "{line}");
        assert!(line.ends_with(" -- mend stepwell.toml, or build the plugins"), "{line}");
    }
}
