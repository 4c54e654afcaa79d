//! Grants as options of a command, the same wherever something is granted.

use std::{path::Path, str::FromStr as _};

use anyhow::{Result, bail};
use bytesize::ByteSize;
use clap::Args;
use jiff::Timestamp;
use stepwell_sandbox::grants::{
    Access, Directory, Endpoint, Exposure, HttpRule, KeyValue, Secret, Source, Spec,
};

use super::{config::seen_from_here, inline::inline};

/// What a plugin may touch.
#[derive(Debug, Clone, Default, PartialEq, Args)]
#[command(next_help_heading = "Grants")]
pub(crate) struct GrantFlags {
    /// HTTP requests: `https://api.example.com`, `GET,POST https://*.example.com:8443/v1/*`.
    #[arg(long, value_name = "RULE")]
    http: Vec<HttpRule>,

    /// An endpoint for TCP connections: `mail.example.com:25`, `192.0.2.1:25`.
    #[arg(long, value_name = "HOST:PORT")]
    connect: Vec<Endpoint>,

    /// A directory: HOST as GUEST, to read, or with `:rw` to write. One to write to is made where
    /// it is not there.
    #[arg(long, value_name = "HOST:GUEST[:rw]", value_parser = directory)]
    dir: Vec<Directory>,

    /// An empty directory of each call's own, at /scratch, for so many bytes of files: `16MiB`.
    #[arg(long, value_name = "SIZE")]
    scratch: Option<ByteSize>,

    /// An environment variable.
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    env: Vec<(String, String)>,

    /// A configuration value.
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    config: Vec<(String, String)>,

    /// A secret, from a variable of the host's environment or a file. The plugin gets a
    /// placeholder, which the host replaces in requests to the hosts after `@`; with `:value`, and
    /// no hosts, the secret itself.
    #[arg(
        long,
        value_name = "NAME=env:VARIABLE|file:PATH{@HOST,HOST|:value}",
        value_parser = secret
    )]
    secret: Vec<Secret>,

    /// A store of key-value data, of 16 MiB or so many bytes.
    #[arg(long, value_name = "STORE[=SIZE]", value_parser = key_value)]
    key_value: Vec<KeyValue>,

    /// Have random numbers follow from a number, the same in each call. They are no secret then.
    #[arg(long, value_name = "NUMBER")]
    random_seed: Option<u64>,

    /// Have the wall clock stand still: `2000-01-01T00:00:00Z`.
    #[arg(long, value_name = "TIME")]
    clock: Option<Timestamp>,

    /// Grants as in a stepwell.toml: '{ connect = ["mail.example.com:25"] }'. What the other
    /// options say of the same thing comes first.
    #[arg(long, value_name = "TOML", value_parser = inline::<Spec>)]
    grants: Option<Spec>,
}

impl GrantFlags {
    /// Whether nothing is granted.
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The grants, of which paths are below the directory.
    pub(crate) fn spec(self, here: &Path) -> Result<Spec> {
        let Self {
            http,
            connect,
            dir,
            scratch,
            env,
            config,
            secret,
            key_value,
            random_seed,
            clock,
            grants,
        } = self;
        let mut spec = grants.unwrap_or_default();
        spec.add(Spec {
            directories: dir,
            scratch,
            connect,
            http,
            environment: env.into_iter().collect(),
            config: config.into_iter().collect(),
            secrets: secret,
            key_value,
            random_seed,
            clock,
        });
        for directory in &spec.directories {
            if !directory.guest.starts_with('/') {
                bail!(
                    "the plugin cannot see a directory at `{}`: write an absolute path, such as /{}",
                    directory.guest,
                    directory.guest
                );
            }
        }
        Ok(seen_from_here(here, &spec))
    }
}

fn directory(text: &str) -> Result<Directory, String> {
    let (rest, access) = match text.strip_suffix(":rw") {
        Some(rest) => (rest, Access::ReadWrite),
        None => (text, Access::ReadOnly),
    };
    let (host, guest) =
        rest.rsplit_once(':').filter(|(host, _)| !host.is_empty()).ok_or_else(|| {
            format!(
                "`{text}` is no directory: write HOST:GUEST, such as ./out:/out, or ./out:/out:rw"
            )
        })?;
    Ok(Directory { host: host.into(), guest: guest.to_owned(), access })
}

fn pair(text: &str) -> Result<(String, String), String> {
    let pair = text.split_once('=').filter(|(name, _)| !name.is_empty());
    let (name, value) = pair.ok_or_else(|| format!("`{text}` has no name: write NAME=VALUE"))?;
    Ok((name.to_owned(), value.to_owned()))
}

fn secret(text: &str) -> Result<Secret, String> {
    // What is shown of it is what is no secret.
    let invalid = || {
        "it is no secret: write NAME=env:VARIABLE or NAME=file:PATH, and behind it the hosts that \
         it is for, @api.example.com,*.example.org, or :value"
            .to_owned()
    };
    let (name, rest) = pair(text).map_err(|_| invalid())?;
    let (rest, expose) = match rest.strip_suffix(":value") {
        Some(rest) => (rest, Exposure::Value),
        None => (&*rest, Exposure::Placeholder),
    };
    let (from, hosts) = match rest.rsplit_once('@') {
        Some((from, hosts)) => {
            let hosts =
                hosts.split(',').map(|host| host.parse().map_err(|error| format!("{error}")));
            (from, hosts.collect::<Result<Vec<_>, _>>()?)
        }
        None => (rest, Vec::new()),
    };
    let from = match from.split_once(':').filter(|(_, place)| !place.is_empty()) {
        Some(("env", variable)) => Source::Env(variable.to_owned()),
        Some(("file", path)) => Source::File(path.into()),
        _ => return Err(invalid()),
    };
    match (expose, hosts.is_empty()) {
        (Exposure::Placeholder, true) => Err(format!(
            "the secret `{name}` goes nowhere: name the hosts that it is for, \
             @api.example.com, or let the plugin see it with :value"
        )),
        (Exposure::Value, false) => Err(format!(
            "the plugin sees the secret `{name}` with :value, and can send it to any host: leave out \
             :value, or the hosts"
        )),
        _ => Ok(Secret { name, from, expose, hosts }),
    }
}

fn key_value(text: &str) -> Result<KeyValue, String> {
    let mut grant = KeyValue::new(text.split('=').next().unwrap_or_default().to_owned());
    if grant.store.is_empty() {
        return Err(format!("`{text}` has no name: write STORE or STORE=SIZE"));
    }
    if let Some((_, size)) = text.split_once('=') {
        grant.size = ByteSize::from_str(size)
            .map_err(|_| format!("`{size}` is no size: write a number of bytes, such as 16MiB"))?;
    }
    Ok(grant)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Command {
        #[command(flatten)]
        flags: GrantFlags,
    }

    fn spec(arguments: &[&str]) -> Result<Spec> {
        let arguments = [&["command"], arguments].concat();
        Command::try_parse_from(arguments)?.flags.spec(Path::new("/srv"))
    }

    #[test]
    fn all_can_be_granted() {
        let granted = spec(&[
            "--http=GET https://*.example.com/v1/*",
            "--connect=127.0.0.1:25",
            "--dir=in:/in",
            "--scratch=1MiB",
            "--env=A=b=c",
            "--config=region=north",
            "--secret=KEY=env:API_KEY@api.example.com,*.example.org",
            "--secret=OTHER=file:key:value",
            "--key-value=orders",
            "--key-value=carts=1MiB",
            "--random-seed=7",
            "--clock=2000-01-01T00:00:00Z",
            "--grants={ connect = [\"[::1]:25\"] }",
        ]);
        let expected: Spec = toml::from_str(
            r#"
            http = ["GET https://*.example.com/v1/*"]
            connect = ["[::1]:25", "127.0.0.1:25"]
            directories = [{ host = "/srv/in", guest = "/in" }]
            scratch = "1MiB"
            environment = { A = "b=c" }
            config = { region = "north" }
            key-value = [{ store = "orders" }, { store = "carts", size = "1MiB" }]
            random-seed = 7
            clock = "2000-01-01T00:00:00Z"
            secrets = [
                { name = "KEY", from = { env = "API_KEY" }, hosts = ["api.example.com", "*.example.org"] },
                { name = "OTHER", from = { file = "/srv/key" }, expose = "value" },
            ]
            "#,
        )
        .unwrap();
        assert_eq!(granted.unwrap(), expected);
    }

    #[test]
    fn what_cannot_be_granted_is_told() {
        for (argument, why) in [
            ("--dir=out", "`out` is no directory: write HOST:GUEST, such as ./out:/out, or"),
            (
                "--dir=out:out",
                "cannot see a directory at `out`: write an absolute path, such as /out",
            ),
            ("--env=A", "`A` has no name: write NAME=VALUE"),
            ("--config==b", "`=b` has no name: write NAME=VALUE"),
            ("--secret=KEY=hush", "it is no secret: write NAME=env:VARIABLE or NAME=file:PATH"),
            ("--secret=KEY=env:KEY", "the secret `KEY` goes nowhere: name the hosts"),
            (
                "--secret=KEY=env:KEY@api.example.com:value",
                "the plugin sees the secret `KEY` with :value, and can send it to any host: leave \
                 out :value, or the hosts",
            ),
            ("--secret=KEY=env:KEY@a b", "`a b` is no host: "),
            ("--key-value==1", "`=1` has no name: write STORE or STORE=SIZE"),
            ("--key-value=a=much", "`much` is no size: write a number of bytes, such as 16MiB"),
            ("--http=ftp://a", "`ftp://a` grants no requests: "),
            ("--grants={ htp = [] }", "unknown field `htp`"),
        ] {
            let error = spec(&[argument]).unwrap_err().to_string();
            assert!(error.contains(why), "{argument}: {error}");
        }
    }
}
