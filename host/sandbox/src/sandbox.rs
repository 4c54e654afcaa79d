//! The sandbox and the plugins in it: the handles that the rest of the host holds.

use std::{
    fmt,
    fs::File,
    io::{self, Read as _},
    path::{Path, PathBuf},
    sync::Arc,
};

use tempfile::NamedTempFile;
use tokio::sync::Semaphore;
use wasmtime::{
    Engine,
    component::{Component, HasSelf, Linker},
};
use wasmtime_wasi::p2::bindings::CommandPre;

use crate::{
    admit::{self, Candidate, compile::Compiler},
    cache::{self, Cache},
    capability::{
        http::{Connector, Network, Requests, System, Tls},
        scratch,
    },
    contract::{TaskPlugin, TaskPluginPre},
    engine,
    info::{Digest, Info, Kind},
    options::Options,
    state::State,
    wasi,
};

/// Why there is no sandbox.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The options ask for what cannot be.
    #[error("a sandbox runs 1 to {max} calls at once, not {0}", max = Options::MAX_CONCURRENCY)]
    Concurrency(u32),
    /// Wasmtime cannot be set up on this machine.
    #[error("cannot set up Wasmtime: {0}")]
    Engine(String),
    /// The cache directory cannot be used.
    #[error(transparent)]
    Cache(#[from] cache::Error),
    /// The authorities cannot be read.
    #[error("cannot read certificates from {}: {cause}", path.display())]
    Authorities {
        /// The file.
        path: PathBuf,
        /// Why not.
        cause: String,
    },
}

/// Where plugins run. Cheap to clone; have one for the whole host.
#[derive(Clone)]
pub struct Sandbox(Arc<Inner>);

struct Inner {
    engine: Engine,
    linker: Linker<State>,
    cache: Option<Cache>,
    /// The pool's room: one permit is one memory, with its share of tables.
    room: Arc<Semaphore>,
    concurrency: u32,
    connector: Arc<Connector>,
    limits: admit::Limits,
    compiler: Compiler,
    /// One permit is one file that is being compiled.
    compilations: Semaphore,
    scratch: Arc<scratch::Place>,
}

impl Sandbox {
    /// Sets up the engine and its pool.
    ///
    /// # Errors
    ///
    /// Where the options cannot be had on this machine.
    pub fn new(options: &Options) -> Result<Self, Error> {
        Self::with_network(options, Arc::new(System))
    }

    /// The same, with a network of the embedder's that plugins' HTTP requests go out to.
    ///
    /// # Errors
    ///
    /// Where the options cannot be had on this machine.
    pub fn with_network(options: &Options, network: Arc<dyn Network>) -> Result<Self, Error> {
        let concurrency = options.concurrency;
        if !(1..=Options::MAX_CONCURRENCY).contains(&concurrency) {
            return Err(Error::Concurrency(concurrency));
        }
        let set_up = |error: wasmtime::Error| Error::Engine(format!("{error:#}"));
        let engine = engine::build(concurrency).map_err(set_up)?;
        engine::count_epochs(&engine).map_err(|error| set_up(error.into()))?;
        let mut linker = Linker::new(&engine);
        wasi::add_to_linker(&mut linker).map_err(set_up)?;
        TaskPlugin::add_to_linker::<State, HasSelf<State>>(&mut linker, |state| state)
            .map_err(set_up)?;
        let cache = match &options.cache_dir {
            Some(dir) => Some(Cache::open(dir, &engine)?),
            None => None,
        };
        let tls = Tls::new(options.ca_file.as_deref()).map_err(|cause| {
            let path = options.ca_file.clone().unwrap_or_default();
            Error::Authorities { path, cause }
        })?;
        Ok(Self(Arc::new(Inner {
            engine,
            linker,
            cache,
            room: Arc::new(Semaphore::new(concurrency as usize)),
            concurrency,
            connector: Arc::new(Connector::new(network, tls)),
            limits: options.admission.clone(),
            compiler: options.compiler.clone(),
            compilations: Semaphore::new(options.compilations.max(1) as usize),
            scratch: Arc::new(scratch::Place::open(options.scratch_dir.as_deref())),
        })))
    }

    /// The engine all plugins run on, for what must be compiled with the same settings.
    pub fn engine(&self) -> &Engine {
        &self.0.engine
    }

    /// Admits the plugin in `bytes`, a component or a WASI command: checks it, compiles it unless
    /// a compiled form is in the cache, and has it describe itself.
    ///
    /// Compiling takes a tenth of a second for a small plugin and many seconds for one that
    /// carries an interpreter.
    ///
    /// # Errors
    ///
    /// Where the file is no plugin that this host can run; see [`admit::Error`].
    pub async fn admit(&self, bytes: impl Into<Vec<u8>>) -> Result<Plugin, admit::Error> {
        let file = Arc::new(bytes.into());
        self.0.limits.check_size(file.len() as u64)?;
        let (this, same) = (self.clone(), Arc::clone(&file));
        let find = move || {
            let digest = Digest::of(&same);
            let known = this.0.cache.as_ref().and_then(|cache| cache.load(&digest, &this.0.engine));
            (digest, known)
        };
        let (digest, known) = blocking(find).await?;
        if let Some((component, info)) = known {
            let runnable = self.runnable(&component, info.kind)?;
            return Ok(Plugin(Arc::new(Admitted { info, runnable })));
        }
        let artefact = match &self.0.cache {
            Some(cache) => cache.begin()?,
            None => NamedTempFile::new().map_err(|error| admit::Error::Host(error.to_string()))?,
        };
        let candidate = self.compile(file, &artefact).await?;
        let runnable = self.runnable(&self.map(&artefact)?, candidate.kind)?;
        let info = match &runnable.entry {
            Entry::Command(_) => admit::of_command(&candidate, digest),
            Entry::Component(pre) => {
                let (said, _) = runnable.describe(pre).await;
                admit::of_component(said?, &candidate, digest)?
            }
        };
        if self.0.cache.is_some() {
            let (this, info) = (self.clone(), info.clone());
            let keep = move || this.0.cache.as_ref().map(|cache| cache.keep(&info, artefact));
            blocking(keep).await?.transpose()?;
        }
        Ok(Plugin(Arc::new(Admitted { info, runnable })))
    }

    /// Admits the plugin in the file at `path`; see [`Sandbox::admit`].
    ///
    /// # Errors
    ///
    /// Where the file cannot be read, or is no plugin that this host can run.
    pub async fn admit_file(&self, path: impl AsRef<Path>) -> Result<Plugin, admit::Error> {
        let path = path.as_ref();
        // One more than may be, to see whether there are more.
        let most = self.0.limits.file_bytes.saturating_add(1);
        let file = path.to_owned();
        let read = move || {
            let file = File::open(file)?;
            let size = file.metadata()?.len().min(most);
            let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or_default());
            file.take(most).read_to_end(&mut bytes)?;
            Ok(bytes)
        };
        let bytes = blocking(read)
            .await?
            .map_err(|cause| admit::Error::Read { path: path.to_owned(), cause })?;
        self.admit(bytes).await
    }

    /// Compiles a file when it is its turn.
    async fn compile(
        &self,
        file: Arc<Vec<u8>>,
        artefact: &NamedTempFile,
    ) -> Result<Candidate, admit::Error> {
        let Inner { engine, compiler, limits, compilations, .. } = &*self.0;
        // An error only if the semaphore were closed, which nobody does.
        let _turn = compilations.acquire().await.ok();
        admit::compile::compile(compiler, engine, limits, file, artefact).await
    }

    fn map(&self, artefact: &NamedTempFile) -> Result<Component, admit::Error> {
        cache::map(artefact.path(), &self.0.engine)
            .map_err(|error| admit::Error::TooLarge(format!("{error:#}")))
    }

    fn runnable(&self, component: &Component, kind: Kind) -> Result<Runnable, admit::Error> {
        let mismatch = |error: wasmtime::Error| admit::Error::Mismatch(format!("{error:#}"));
        let pre = self.0.linker.instantiate_pre(component).map_err(mismatch)?;
        let entry = match kind {
            Kind::Component => Entry::Component(TaskPluginPre::new(pre).map_err(mismatch)?),
            Kind::Command => Entry::Command(CommandPre::new(pre).map_err(mismatch)?),
        };
        Ok(Runnable { room: self.room_for(component)?, sandbox: self.clone(), entry })
    }

    /// How much of the pool an instance takes.
    fn room_for(&self, component: &Component) -> Result<u32, admit::Error> {
        let (memories, tables) = component
            .resources_required()
            .map_or((1, 1), |needs| (needs.num_memories, needs.num_tables));
        let room = memories.max(tables.div_ceil(engine::TABLES_PER_CALL)).max(1);
        // Calls wait in line: a few that take much of the room would hold up all others.
        self.0.limits.check_memories(room)?;
        if room > self.0.concurrency {
            return Err(admit::Error::TooLarge(format!(
                "an instance has {memories} memories and {tables} tables, and there is room for {} \
                 and {}",
                self.0.concurrency,
                self.0.concurrency * engine::TABLES_PER_CALL,
            )));
        }
        Ok(room)
    }

    /// The HTTP requests of one call: none so far.
    pub(crate) fn requests(&self) -> Requests {
        Requests::new(Arc::clone(&self.0.connector))
    }

    /// Makes a directory for a call.
    pub(crate) async fn scratch(&self) -> io::Result<scratch::Scratch> {
        Arc::clone(&self.0.scratch).make().await
    }

    /// Waits until there is room in the pool.
    pub(crate) async fn enter(&self, room: u32) -> Option<tokio::sync::OwnedSemaphorePermit> {
        // None only if the semaphore were closed, which nobody does.
        Arc::clone(&self.0.room).acquire_many_owned(room).await.ok()
    }
}

/// Does what would hold up a thread of Tokio's.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, admit::Error> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| admit::Error::Host(error.to_string()))
}

/// A plugin that was admitted. Cheap to clone.
#[derive(Clone)]
pub struct Plugin(Arc<Admitted>);

struct Admitted {
    info: Info,
    runnable: Runnable,
}

impl Plugin {
    /// What the plugin is and has.
    pub fn info(&self) -> &Info {
        &self.0.info
    }

    pub(crate) fn runnable(&self) -> &Runnable {
        &self.0.runnable
    }
}

impl fmt::Debug for Plugin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Plugin").field(&self.info().name).finish()
    }
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sandbox").finish_non_exhaustive()
    }
}

/// Compiled and linked: an instance away from running.
pub(crate) struct Runnable {
    pub(crate) sandbox: Sandbox,
    pub(crate) entry: Entry,
    /// Permits an instance takes.
    pub(crate) room: u32,
}

/// How a plugin is entered.
pub(crate) enum Entry {
    Component(TaskPluginPre<State>),
    Command(CommandPre<State>),
}
