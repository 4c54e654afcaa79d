//! Finding and running the tools of a language.

use std::{
    env,
    ffi::OsStr,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use crate::{Error, process};

/// Where tools are looked for, besides the places that everybody knows.
#[derive(Debug, Clone, Default)]
pub struct Tools {
    folders: Vec<PathBuf>,
}

impl Tools {
    /// Looks into these folders too, before the `PATH`.
    pub fn with(folders: Vec<PathBuf>) -> Self {
        Self { folders }
    }

    /// Finds a tool: where its variable says, in the project's own folders of tools, in the
    /// [further ones](Self::with), on the `PATH`, and in the tool's usual places.
    pub(crate) fn find(&self, tool: &Tool, project: &Path) -> Result<PathBuf, Error> {
        let mut looked = vec![format!("${}", tool.variable)];
        if let Some(path) = env::var_os(tool.variable).filter(|path| !path.is_empty()) {
            let path = PathBuf::from(path);
            if path.is_file() {
                return Ok(path);
            }
            looked = vec![format!("${}, which is {}", tool.variable, path.display())];
            return Err(tool.missing(looked));
        }
        let programs = tool.programs.join(" or ");
        let own = [project.join(".venv/bin"), project.join("node_modules/.bin")];
        let path = env::var_os("PATH").unwrap_or_default();
        let folders = own
            .iter()
            .cloned()
            .chain(self.folders.iter().cloned())
            .chain(env::split_paths(&path).filter(|folder| folder.is_absolute()))
            .chain(tool.places.iter().map(PathBuf::from));
        for folder in folders {
            for program in tool.programs {
                let path = folder.join(program);
                if path.is_file() {
                    return Ok(path);
                }
            }
        }
        looked.extend(own.iter().map(|folder| format!("{programs} in {}", folder.display())));
        looked.push(format!("{programs} on the PATH"));
        looked.extend(tool.places.iter().map(|place| format!("{programs} in {place}")));
        Err(tool.missing(looked))
    }
}

/// A program that is needed to build a plugin.
pub(crate) struct Tool {
    /// What it is called.
    pub(crate) name: &'static str,
    /// The environment variable that says where it is.
    pub(crate) variable: &'static str,
    /// What the file may be called.
    pub(crate) programs: &'static [&'static str],
    /// Folders where it often is although they are not on the `PATH`.
    pub(crate) places: &'static [&'static str],
    /// Commands that get it, each of which is enough; they are run in the project's folder.
    pub(crate) get: &'static [&'static str],
}

impl Tool {
    fn missing(&self, looked: Vec<String>) -> Error {
        let get = self.get.iter().map(|&command| command.to_owned()).collect();
        Error::Missing { tool: self.name, looked, get }
    }
}

/// Runs a tool to its end and returns what it printed on its standard output.
///
/// # Errors
/// Where it does not succeed, with what it printed.
pub(crate) fn run(command: &mut Command) -> Result<String, Error> {
    let output = command.stdin(Stdio::null()).output().map_err(|source| Error::Io {
        action: "start",
        path: command.get_program().into(),
        source,
    })?;
    let stdout = String::from_utf8_lossy(&output.stdout);
    if output.status.success() {
        return Ok(stdout.into_owned());
    }
    let stderr = String::from_utf8_lossy(&output.stderr);
    let printed = [stdout.trim_end(), stderr.trim_end()].join("\n");
    Err(Error::Failed {
        command: process::words(command),
        status: output.status.to_string(),
        output: printed.trim().to_owned(),
    })
}

/// The first line that a tool prints when it is asked for its version.
pub(crate) fn version(
    program: &Path,
    arguments: impl IntoIterator<Item = impl AsRef<OsStr>>,
) -> Result<String, Error> {
    let text = run(Command::new(program).args(arguments))?;
    Ok(text.lines().next().unwrap_or_default().trim().to_owned())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const TOOL: Tool = Tool {
        name: "A tool",
        variable: "STEPWELL_TEST_NO_SUCH_VARIABLE",
        programs: &["stepwell-test-no-such-tool", "other-tool"],
        places: &["/nowhere/bin"],
        get: &["get it"],
    };

    #[test]
    fn the_projects_own_tools_come_before_others() {
        let project = tempfile::tempdir().unwrap();
        let others = tempfile::tempdir().unwrap();
        let tools = Tools::with(vec![others.path().to_owned()]);
        let put = |folder: &Path| {
            fs::create_dir_all(folder).unwrap();
            fs::write(folder.join("other-tool"), "").unwrap();
            tools.find(&TOOL, project.path()).unwrap()
        };
        assert_eq!(put(others.path()), others.path().join("other-tool"));
        for own in ["node_modules/.bin", ".venv/bin"] {
            let own = project.path().join(own);
            assert_eq!(put(&own), own.join("other-tool"));
        }
    }

    #[test]
    fn a_tool_that_is_nowhere_is_told_where_it_was_looked_for() {
        let error = Tools::default().find(&TOOL, Path::new("/project")).unwrap_err();
        let programs = "stepwell-test-no-such-tool or other-tool";
        let text = format!(
            "A tool is needed, and is not here.\n\
             Looked for $STEPWELL_TEST_NO_SUCH_VARIABLE, {programs} in /project/.venv/bin, \
             {programs} in /project/node_modules/.bin, {programs} on the PATH, \
             {programs} in /nowhere/bin.\n\
             Get it with\n  get it"
        );
        assert_eq!(error.to_string(), text);
    }

    #[test]
    fn a_tool_that_fails_is_told_with_what_it_printed() {
        let mut command = Command::new("sh");
        command.args(["-c", "echo out; echo err >&2; exit 3"]);
        let error = run(&mut command).unwrap_err().to_string();
        assert!(error.ends_with("` ended with exit status: 3:\nout\nerr"), "{error}");
    }
}
