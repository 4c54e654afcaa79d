//! `stepwell plugin upgrade`.

use anyhow::{Context as _, Result, anyhow, bail};
use clap::Args;
use stepwell_registry::Reference;
use stepwell_sandbox::{Effect, Info};

use super::{
    from::From,
    getting::{Getting, Got},
    holding,
    name::Name,
    place::Place,
    store::{Admitted, Record, Source, Version},
    table,
};
use crate::{Verdict, plain::plain, sandbox};

/// Install another version of a plugin beside those that are there.
///
/// Where it imports and wants no more than the current version it is current from then on:
/// executions that start run it, those that have begun keep the version that they began with. Where
/// it asks for more it is held: no execution runs it until `stepwell plugin approve`. So is one from
/// another repository of a registry, one that is signed with another key, and one that a tag stands
/// for and whose number is lower. One that was approved before becomes current with `stepwell plugin
/// use`. What is granted stays, and goes to each version as far as that imports and wants it. The
/// exit code is 0 where the version is current now, 1 where it is not, 2 where it was not installed.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The component, or the WASI command; or what to pull from a registry.
    #[arg(value_name = "FILE|oci://REF")]
    from: From,

    #[command(flatten)]
    place: Place,

    /// What it is installed as; by default what the file calls itself, or what was installed from
    /// the same repository.
    #[arg(long, value_name = "NAME")]
    name: Option<Name>,

    /// Make it current whatever it asks for, and wherever it comes from.
    #[arg(long)]
    approve: bool,

    /// Take what a tag stands for now, where another version was installed under the same tag.
    #[arg(long)]
    update: bool,

    #[command(flatten)]
    getting: Getting,
}

pub(crate) async fn run(arguments: Arguments) -> Result<Verdict> {
    let Arguments { from, place, name, approve, update, getting } = arguments;
    let shown = from.to_string();
    let sandbox = sandbox::open()?;
    let name = match (name, &from) {
        (None, From::Registry(reference)) => Some(installed_from(reference, &place)?),
        (name, _) => name,
    };
    let known = match &name {
        Some(name) => place.store().installed(&place.key(name))?,
        None => None,
    };
    let before = known.as_ref().filter(|_| !update).and_then(|known| tagged(&from, known));
    let before = before.map(|before| (before, "say --update"));
    let current = known.as_ref().and_then(Record::current);
    let signer = current.and_then(|it| it.source.as_ref()).and_then(|it| it.signed.as_ref());
    let got = getting.get(&from, &place, name.as_ref(), before, signer);
    let Got { bytes, source, reported, report } = got.await?;
    let Admitted { bytes, plugin, name } = Admitted::new(bytes, &shown, name, &sandbox).await?;
    let info = plugin.info();
    let report = report.map(|report| report.about(info)).transpose()?;
    let (store, key) = (place.store(), place.key(&name));
    let options = place.options();
    let known = store.installed(&key)?.with_context(|| {
        format!(
            "no plugin is installed as `{name}` for {}: `stepwell plugin add {shown} --name {name} \
             {options}` installs the first version",
            place.whom()
        )
    })?;
    let current = known.current().context("nothing is current")?;
    let reasons = holding::reasons(current, &info.version, source.as_ref());
    let is_meant = approve || reasons.is_empty();
    let changed = || anyhow!("another version of `{name}` became current meanwhile: try again");
    if current.digest == info.digest {
        if is_meant {
            store.change(&key, None, |record, _| {
                let mut record = place.known(&name, record)?;
                if record.current() != Some(current) {
                    return Err(changed());
                }
                record.note_source(&info.digest, source.clone());
                Ok((record, ()))
            })?;
        }
        if let Some(report) = report {
            store.keep_report(&info.digest, &report)?;
        }
        anstream::println!("{name} {} is current for {} already", current.version, place.whom());
        if let Some(source) = source.filter(|_| is_meant) {
            anstream::println!("it is {}", plain(&source.title()));
        }
        if !is_meant {
            holding::tell_kept(&reasons);
        }
        return Ok(Verdict::Good);
    }
    let old = store.admit(current, &sandbox).await?;
    let more = info.more_than(old.info());
    let (effective, is_current, is_held, same) =
        store.change(&key, Some(&bytes), |record, generation| {
            let mut record = place.known(&name, record)?;
            if record.current() != Some(current) {
                return Err(changed());
            }
            let is_approved = is_meant && (approve || more.is_nothing());
            let mut versions = record.versions().iter();
            let was_approved = versions.any(|it| it.digest == info.digest && it.approved.is_some());
            record.put(info.version.clone(), info.digest, is_approved.then_some(generation));
            // What somebody approved of came from where it came from then.
            if is_meant || !was_approved {
                record.note_source(&info.digest, source.clone());
            }
            // What was granted since one was approved may be more than was in view then.
            let is_current = is_approved && record.make_current(&info.digest, generation);
            let effective = record.grants.effective(info);
            let others = record.versions().iter().filter(|it| it.digest != info.digest);
            let same = others.filter(|it| it.version == info.version).map(Version::title);
            let same: Vec<_> = same.collect();
            let it = record.versions().iter().find(|it| it.digest == info.digest);
            let is_held = it.is_some_and(|it| it.approved.is_none());
            if is_current {
                table::check(&effective)?;
            }
            Ok((record, (effective, is_current, is_held, same)))
        })?;

    if let Some(report) = report {
        store.keep_report(&info.digest, &report)?;
    }
    let (before, after) = (&current.version, &info.version);
    if let Some(source) = &source {
        anstream::println!("{name} {} is {}", plain(after), plain(&source.title()));
    }
    if let Some(line) = reported {
        anstream::println!("{line}");
    }
    let signed = |source: &Source| source.signed.as_ref().map(|signer| signer.key);
    if let (Some(was), Some(is)) = (&current.source, &source)
        && signed(was) != signed(is)
    {
        anstream::println!("note: {before} is {}", plain(&was.title()));
    }
    for note in notes(old.info(), info) {
        anstream::println!("note: {}", plain(&note));
    }
    let short = &info.digest.hex()[..12];
    if !same.is_empty() {
        anstream::println!(
            "note: {} ({short}) has the number of {}, and is another file: a state that pins {} runs \
             the one of them that is current, or was approved last",
            plain(after),
            plain(&same.join(", ")),
            plain(after)
        );
    }
    if !more.is_nothing() {
        anstream::println!("{name} {after} asks for more than {before}:");
        for line in more.to_string().lines() {
            anstream::println!("  {}", plain(line));
        }
    }
    if !reasons.is_empty() {
        anstream::println!("{name} {after} is no upgrade of {before} as others are:");
        for reason in &reasons {
            anstream::println!("  {}", plain(reason));
        }
    }
    if is_current {
        anstream::println!("{name} {after} is current for {}, after {before}:", place.whom());
        table::show(&effective);
    } else {
        anstream::println!("with what is granted now it could use:");
        table::show(&effective);
        let (is, command) = match is_held {
            true => ("is held", "approve"),
            false => ("was approved before", "use"),
        };
        anstream::println!(
            "{name} {after} {is} for {}, and {before} stays current. To make it current:\n  \
             stepwell plugin {command} {name}@{short} {options}",
            place.whom()
        );
    }
    Ok(if is_current { Verdict::Good } else { Verdict::Bad })
}

/// What was installed from a reference's repository. What a file calls itself is its publisher's to
/// say, and says nothing of what it may replace.
fn installed_from(reference: &Reference, place: &Place) -> Result<Name> {
    let repository = reference.repository();
    let is_from = |record: &Record| {
        let source = record.current().and_then(|current| current.source.as_ref());
        source.is_some_and(|source| source.oci.repository() == repository)
    };
    let mut names = Vec::new();
    for ((tenant, name), record) in place.store().list()? {
        if tenant == place.tenant && record.is_ok_and(|record| is_from(&record)) {
            names.push(name);
        }
    }
    let whom = place.whom();
    match <[Name; 1]>::try_from(names) {
        Ok([only]) => Ok(only),
        Err(none) if none.is_empty() => bail!(
            "no plugin that is installed for {whom} is from {repository}: say with --name which one \
             it is to be a version of"
        ),
        Err(many) => {
            let names: Vec<_> = many.iter().map(|name| format!("`{name}`")).collect();
            bail!(
                "more than one plugin that is installed for {whom} is from {repository}, {}: say \
                 which one with --name",
                names.join(" and ")
            )
        }
    }
}

/// What was installed under the same tag: the current version, or else the last that was installed.
fn tagged<'a>(from: &From, record: &'a Record) -> Option<&'a Source> {
    let From::Registry(reference) = from else { return None };
    let tag = reference.tag()?;
    let is_same = |source: &&Source| {
        source.oci.repository() == reference.repository() && source.oci.tag() == Some(tag)
    };
    let versions = record.versions().iter().chain(record.current());
    versions.filter_map(|version| version.source.as_ref()).rfind(is_same)
}

/// What state machines may have to heed.
fn notes(old: &Info, new: &Info) -> Vec<String> {
    let rank = |effect: Effect| match effect {
        Effect::Pure => 0,
        Effect::Idempotent => 1,
        Effect::AtMostOnce => 2,
    };
    let mut notes = Vec::new();
    for before in &old.tasks {
        match new.task(&before.name) {
            None => notes.push(format!("the task `{}` is gone", before.name)),
            Some(after) if rank(after.effect) > rank(before.effect) => notes.push(format!(
                "the task `{}` was {}, and is {}",
                before.name,
                before.effect.as_str(),
                after.effect.as_str()
            )),
            Some(_) => {}
        }
    }
    notes
}
