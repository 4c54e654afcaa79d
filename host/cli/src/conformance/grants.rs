//! Grants and limits, from the suite's terms to the sandbox's.

use std::{io::Write as _, time::Duration};

use anyhow::{Context as _, Result};
use bytesize::ByteSize;
use jiff::Timestamp;
use stepwell_host_conformance::protocol;
use stepwell_sandbox::{
    Limits,
    grants::{Access, Directory, Exposure, KeyValue, Secret, Source, Spec},
};
use tempfile::NamedTempFile;

/// What is granted, and the files that the secrets are read from: they are to be kept until the
/// grants are opened.
pub(super) fn spec(grants: protocol::Grants) -> Result<(Spec, Vec<NamedTempFile>)> {
    let (mut secrets, mut files) = (Vec::new(), Vec::new());
    for secret in grants.secrets {
        let mut file = NamedTempFile::new().context("a secret cannot be handed over")?;
        file.write_all(secret.value.as_bytes()).context("a secret cannot be handed over")?;
        let hosts = secret.hosts.iter().flatten().map(|host| host.parse());
        secrets.push(Secret {
            name: secret.name,
            from: Source::File(file.path().to_owned()),
            expose: match secret.hosts {
                Some(_) => Exposure::Placeholder,
                None => Exposure::Value,
            },
            hosts: hosts.collect::<Result<_, _>>()?,
        });
        files.push(file);
    }
    let directories = grants.directories.into_iter().map(|directory| Directory {
        host: directory.host,
        guest: directory.guest,
        access: match directory.write {
            true => Access::ReadWrite,
            false => Access::ReadOnly,
        },
    });
    let stores = grants.key_value.into_iter();
    let clock = grants
        .clock_unix_ms
        .map(|ms| Timestamp::from_millisecond(i64::try_from(ms)?).map_err(anyhow::Error::from));
    let spec = Spec {
        directories: directories.collect(),
        scratch: grants.scratch.map(ByteSize::b),
        connect: grants.connect.iter().map(|at| at.parse()).collect::<Result<_, _>>()?,
        http: grants.http.iter().map(|rule| rule.parse()).collect::<Result<_, _>>()?,
        environment: grants.environment,
        config: grants.config,
        secrets,
        key_value: stores
            .map(|(store, size)| KeyValue { store, size: ByteSize::b(size) })
            .collect(),
        random_seed: grants.seed,
        clock: clock.transpose()?,
    };
    Ok((spec, files))
}

/// The limits; what the suite leaves out has its default.
pub(super) fn limits(limits: &protocol::Limits) -> Limits {
    let default = Limits::default();
    Limits {
        fuel: limits.instructions.unwrap_or(default.fuel),
        memory: limits.memory.unwrap_or(default.memory),
        time: limits.time_ms.map_or(default.time, Duration::from_millis),
        output: limits.output.unwrap_or(default.output),
        log: limits.log.unwrap_or(default.log),
        host_calls: limits.host_calls.unwrap_or(default.host_calls),
        http_requests: limits.http_requests.unwrap_or(default.http_requests),
        http_body: limits.http_body.unwrap_or(default.http_body),
        file_bytes: limits.file_bytes.unwrap_or(default.file_bytes),
    }
}
