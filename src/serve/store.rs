//! The file of `--state`: everything that is done to the world, in order, to be done again at the next start.
//!
//! A thread of its own writes what has piled up as one transaction, and tells those who wait for it.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::JoinHandle;

use redb::backends::FileBackend;
use redb::{
    Database, ReadableDatabase as _, ReadableTable as _, ReadableTableMetadata as _,
    StorageBackend, TableDefinition,
};
use tokio::sync::oneshot;

use super::journal::{Entry, Unreadable};

/// The entries by number.
const ENTRIES: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("entries");

/// What the entries say and what follows from them: one more whenever older entries would be read or done otherwise.
const FORMAT: &str = "1";

/// What the world was made with.
const MADE: TableDefinition<'_, &str, &str> = TableDefinition::new("made");

/// Entries that are written at once at most.
const BATCH_MAX: usize = 10_000;

/// Why a state file can't be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process has it.
    #[error("another process serves from it; stop that one, or use another file")]
    InUse,
    /// The world in it was made with other settings.
    #[error(
        "it was made with {name} {stored}, not {given}; start with the same, or use another file"
    )]
    Differs {
        /// Which setting.
        name: &'static str,
        /// What it is in the file.
        stored: String,
        /// What it is now.
        given: String,
    },
    /// It is of another version, or of another program.
    #[error(
        "it has format {stored}, and this version reads format {FORMAT}; use the version that made it, or another file"
    )]
    Format {
        /// Its format.
        stored: String,
    },
    /// An entry in it can't be read.
    #[error("entry {0} in it can't be read, so that what follows isn't known; use another file")]
    Entry(u64),
    /// The store says no.
    #[error("{0}")]
    Store(#[from] Box<redb::Error>),
}

fn no(error: impl Into<redb::Error>) -> StoreError {
    StoreError::Store(Box::new(error.into()))
}

/// Something to write, and who waits for it.
type Job = (Vec<u8>, oneshot::Sender<()>);

/// Where entries go.
#[derive(Debug)]
pub(super) struct Store {
    jobs: Option<Sender<Job>>,
    writer: Option<JoinHandle<()>>,
}

/// Ends with the reason when nothing can be written any more.
pub(super) type Failed = oneshot::Receiver<StoreError>;

impl Store {
    /// Opens a file, or makes it, and gives each entry in it to `again`.
    pub(super) fn open(
        path: &Path,
        made: &[(&'static str, String)],
        mut again: impl FnMut(Entry) -> Result<(), Unreadable>,
    ) -> Result<(Self, Failed), StoreError> {
        let database = database(path)?;
        compare(&database, made)?;
        let next = read(&database, &mut again)?;
        let (jobs, todo) = mpsc::channel();
        let (fails, failed) = oneshot::channel();
        let writer = std::thread::spawn(move || {
            if let Err(error) = write(&database, next, &todo) {
                // Whoever serves may be about to end anyway.
                fails.send(error).ok();
            }
        });
        Ok((Self { jobs: Some(jobs), writer: Some(writer) }, failed))
    }

    /// Has an entry written. What comes back ends when it is, and fails if it can't be.
    pub(super) fn keep(&self, entry: &Entry) -> oneshot::Receiver<()> {
        let (kept, waits) = oneshot::channel();
        let text = serde_json::to_vec(entry).unwrap_or_default();
        if let Some(jobs) = &self.jobs {
            drop(jobs.send((text, kept)));
        }
        waits
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        drop(self.jobs.take());
        if let Some(writer) = self.writer.take() {
            drop(writer.join());
        }
    }
}

/// A file that isn't waited for until it is on the disk: what was written outlives the process anyway, and a loss of
/// power is not what a simulator must outlive.
#[derive(Debug)]
struct Unsynced(FileBackend);

impl StorageBackend for Unsynced {
    fn len(&self) -> io::Result<u64> {
        self.0.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.0.read(offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.0.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.0.write(offset, data)
    }

    fn close(&self) -> io::Result<()> {
        self.0.close()
    }
}

/// Opens a file, or makes it, for this process alone.
fn database(path: &Path) -> Result<Database, StoreError> {
    let file = File::options().read(true).write(true).create(true).truncate(false).open(path);
    let backend = FileBackend::new(file.map_err(redb::Error::Io).map_err(no)?);
    let database =
        backend.and_then(|backend| Database::builder().create_with_backend(Unsynced(backend)));
    database.map_err(|error| {
        let in_use = matches!(error, redb::DatabaseError::DatabaseAlreadyOpen);
        if in_use { StoreError::InUse } else { no(error) }
    })
}

/// Compares what the world was made with, or keeps it in a new file.
fn compare(database: &Database, made: &[(&'static str, String)]) -> Result<(), StoreError> {
    let transaction = database.begin_write().map_err(no)?;
    {
        let mut table = transaction.open_table(MADE).map_err(no)?;
        let entries = transaction.open_table(ENTRIES).map_err(no)?;
        let stored = table.get("format").map_err(no)?.map(|it| it.value().to_owned());
        match stored {
            Some(stored) if stored != FORMAT => return Err(StoreError::Format { stored }),
            Some(_) => {}
            None if entries.is_empty().map_err(no)? => {
                table.insert("format", FORMAT).map_err(no)?;
            }
            None => return Err(StoreError::Format { stored: "0".to_owned() }),
        }
        for (name, given) in made {
            let stored = table.get(*name).map_err(no)?.map(|it| it.value().to_owned());
            match stored {
                Some(stored) if stored != *given => {
                    return Err(StoreError::Differs { name, stored, given: given.clone() });
                }
                Some(_) => {}
                None => {
                    table.insert(*name, given.as_str()).map_err(no)?;
                }
            }
        }
    }
    transaction.commit().map_err(no)
}

/// Reads all entries, and gives the number of the next one.
fn read(
    database: &Database,
    again: &mut impl FnMut(Entry) -> Result<(), Unreadable>,
) -> Result<u64, StoreError> {
    let transaction = database.begin_read().map_err(no)?;
    let table = transaction.open_table(ENTRIES).map_err(no)?;
    let mut next = 0;
    for entry in table.iter().map_err(no)? {
        let (number, text) = entry.map_err(no)?;
        let number = number.value();
        let unreadable = || StoreError::Entry(number);
        let entry = serde_json::from_slice(text.value()).map_err(|_| unreadable())?;
        again(entry).map_err(|Unreadable| unreadable())?;
        next = number.saturating_add(1);
    }
    Ok(next)
}

/// Writes what comes, as much at once as there is, until nobody can send more or writing fails.
fn write(database: &Database, mut next: u64, todo: &Receiver<Job>) -> Result<(), StoreError> {
    while let Ok(first) = todo.recv() {
        let mut batch = vec![first];
        batch.extend(todo.try_iter().take(BATCH_MAX));
        append(database, &mut next, &batch)?;
        for (_, kept) in batch {
            // Its client may be gone.
            kept.send(()).ok();
        }
    }
    Ok(())
}

fn append(database: &Database, next: &mut u64, batch: &[Job]) -> Result<(), StoreError> {
    let transaction = database.begin_write().map_err(no)?;
    {
        let mut table = transaction.open_table(ENTRIES).map_err(no)?;
        for (text, _) in batch {
            table.insert(*next, text.as_slice()).map_err(no)?;
            *next = next.saturating_add(1);
        }
    }
    transaction.commit().map_err(no)
}
