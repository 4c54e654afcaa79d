//! What recorded executions find outside: functions, and objects in buckets.

use std::{collections::BTreeMap, fs};

use anyhow::Context as _;
use futures::StreamExt as _;
use stepwell_asl::{
    StateMachine,
    definition::{Kind, Mode},
};
use stepwell_interpreter::{
    Failure, RunTask,
    map_run::{Items, Order, ReadItem},
};
use stepwell_storage::{Access, Bucket, Buckets, read};
use tempfile::TempDir;
use tokio::runtime::{self, Runtime};

use crate::{
    driver::{Answer, World},
    lambda,
};

/// An object that is there before the execution starts.
pub struct Object {
    /// Its bucket.
    pub bucket: String,
    /// Its key.
    pub key: String,
    /// What is in it.
    pub body: Vec<u8>,
}

/// The functions and objects of one recording.
pub struct Recorded {
    buckets: Buckets,
    runtime: Runtime,
    _directory: TempDir,
}

impl Recorded {
    /// A world with these objects.
    ///
    /// # Errors
    /// Where they cannot be written to a temporary directory.
    pub fn new(objects: &[Object]) -> anyhow::Result<Self> {
        let directory = tempfile::tempdir()?;
        for object in objects {
            let file = directory.path().join(&object.bucket).join(&object.key);
            fs::create_dir_all(file.parent().context("a file is in a directory")?)?;
            fs::write(file, &object.body)?;
        }
        let mut buckets = BTreeMap::new();
        for object in objects {
            let path = directory.path().join(&object.bucket);
            buckets.insert(object.bucket.clone(), Bucket::directory(&path, Access::ReadOnly)?);
        }
        let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
        Ok(Self { buckets: buckets.into_iter().collect(), runtime, _directory: directory })
    }
}

impl World for Recorded {
    fn run(&self, task: &RunTask) -> Option<Answer> {
        lambda::answer(task)
    }

    fn read(&self, machine: &StateMachine, order: &Order) -> Result<Vec<ReadItem>, Failure> {
        let Items::Reader { arguments, max_items } = &order.items else { return Ok(Vec::new()) };
        let Some(Kind::Map(map)) = machine.states.get(&order.state).map(|state| &state.kind) else {
            return Ok(Vec::new());
        };
        let Mode::Distributed(distributed) = &map.mode else { return Ok(Vec::new()) };
        let Some(reader) = &distributed.item_reader else { return Ok(Vec::new()) };
        self.runtime.block_on(async {
            let mut items = self.buckets.read(&reader.reads, arguments.value(), *max_items);
            let mut all = Vec::new();
            while let Some(item) = items.next().await {
                let item = item.map_err(|error| Failure::new(read::FAILED, error.to_string()))?;
                all.push(ReadItem {
                    value: item.value,
                    key: item.key,
                    source: item.source.as_str().to_owned(),
                });
            }
            Ok(all)
        })
    }
}
