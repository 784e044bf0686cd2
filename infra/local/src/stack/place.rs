//! The table, opened where the config says, and the install key that goes with it. Who only looks makes nothing.

use std::path::{Path, PathBuf};

use shared::engine::chain;
use shared::model::{InstallKey, KeyCheck};
use shared::store::{Installed, Store, StoreError};
use wire::client::{Remote, Taps, embedded, remote};

use super::folder::{Folder, FolderError};
use crate::config::Place;
use crate::system::{self, NoRandomness};

/// The table's name in a folder: the folder has no other.
pub(crate) const TABLE: &str = "tidelock";

/// What the table is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To look at it: nothing is made that is not there.
    Look,
    /// To put right what is there: nothing is made that is not there, as for a look.
    Mend,
    /// To work with it: folder, table and key are made if need be.
    Work,
    /// To work with what an installation left behind: folder and table are made if need be, but a key never is, as
    /// only the old one knows the old blocks.
    Recover,
    /// To look at what an installation left behind: as [`Purpose::Recover`], but nothing is made; a table that is lost is
    /// taken for an empty one.
    Review,
}

/// A table that cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum PlaceError {
    /// The data folder.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The embedded table's file. The engine's own words would help nobody.
    #[error(
        "{} is no table, or a damaged one; restore it from a copy, or take it away: with install.key beside it, the next \
         sync makes it anew from what Google shows",
        path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
    },
    /// The table cannot be made, read or written.
    #[error("the table")]
    Store(#[from] StoreError),
    /// The table was made with another install key.
    #[error(
        "the config: store.key: the table was made with another install key; give the old one, as a new key would not \
         know its old blocks again"
    )]
    OtherKey,
    /// The table was made with another install key than the folder keeps, or the folder lost it.
    #[error(
        "{} is not there, or not the install key that the table beside it was made with; put back the old one (or give it \
         as store.key), as a new key would not know its old blocks again",
        path.display()
    )]
    KeyFile {
        /// The key's file.
        path: PathBuf,
    },
    /// The table was made with a key that nobody gave.
    #[error(
        "the config: store.key: the table was made with an install key that the config held then; put it back there"
    )]
    NoKey,
    /// There is no table yet, and whoever only looks makes none.
    #[error("there is no table yet; run `tidelock sync` with this config first")]
    Empty,
    /// There is no key, and a new one would know no block.
    #[error(
        "there is no install key, and without it no block can be told from a stranger's; give the one that made the \
         blocks as store.key in the config"
    )]
    KeyLost,
    /// The embedded table's engine does not start.
    #[error(transparent)]
    Engine(#[from] wire::embedded::EngineError),
    /// There is nothing to make keys and seeds from.
    #[error(transparent)]
    Random(#[from] NoRandomness),
}

/// An open table.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) store: Store,
    pub(super) key: InstallKey,
    /// What the table runs in, if that is this process.
    pub(super) embedded: Option<Embedded>,
}

/// The table's engine in this process, and the folder that is held for it.
#[derive(Debug)]
pub(super) struct Embedded {
    pub(super) engine: wire::Engine,
    _folder: Option<Folder>,
}

/// Opens the table and finds its key.
pub(super) async fn open(
    place: &Place,
    given: Option<&InstallKey>,
    taps: &Taps,
    purpose: Purpose,
) -> Result<Opened, PlaceError> {
    match place {
        Place::Folder(path) => in_folder(path, given, taps, purpose).await,
        Place::Endpoint { url, table, region } => {
            let target = Remote {
                endpoint: Some(url.clone()),
                region: region.clone(),
            };
            let store = Store::new(remote(&target, taps).await, table, system::seed()?);
            if let (Purpose::Review, Some(key)) = (purpose, given)
                && matches!(store.installed().await, Err(StoreError::NoTable { .. }))
            {
                return empty(key.clone(), taps).await;
            }
            ready(&store, purpose).await?;
            let key = match given {
                Some(key) => known(&store, key.clone()).await?,
                None => kept(&store, purpose).await?,
            };
            Ok(Opened {
                store,
                key,
                embedded: None,
            })
        }
    }
}

async fn in_folder(
    path: &Path,
    given: Option<&InstallKey>,
    taps: &Taps,
    purpose: Purpose,
) -> Result<Opened, PlaceError> {
    found(path, given, purpose)?;
    if purpose == Purpose::Review && !Folder::holds_a_table(path)? {
        let key = match given {
            Some(key) => Some(key.clone()),
            None => Folder::open(path)?.key()?,
        };
        return empty(key.ok_or(PlaceError::KeyLost)?, taps).await;
    }
    let folder = Folder::open(path)?;
    let engine = engine_at(&folder.table()?)?;
    let store = Store::new(embedded(&engine, taps), TABLE, system::seed()?);
    ready(&store, purpose).await?;
    let key = match given {
        Some(key) => key.clone(),
        None => key_of(&folder, &store).await?,
    };
    let key = known(&store, key).await?;
    let embedded = Some(Embedded {
        engine,
        _folder: Some(folder),
    });
    Ok(Opened {
        store,
        key,
        embedded,
    })
}

/// A table that ends with the process, and a key for it unless one is given.
pub(super) async fn in_memory(
    given: Option<&InstallKey>,
    taps: &Taps,
) -> Result<Opened, PlaceError> {
    let engine = wire::Engine::memory(&wire::Clock::system())?;
    let store = Store::new(embedded(&engine, taps), TABLE, system::seed()?);
    store.create_table().await?;
    let key = match given {
        Some(key) => key.clone(),
        None => InstallKey::new(system::random()?),
    };
    Ok(Opened {
        key: known(&store, key).await?,
        store,
        embedded: Some(Embedded {
            engine,
            _folder: None,
        }),
    })
}

/// Nothing is made before it is known that it may be.
fn found(path: &Path, given: Option<&InstallKey>, purpose: Purpose) -> Result<(), PlaceError> {
    match purpose {
        Purpose::Work => Ok(()),
        Purpose::Look | Purpose::Mend if Folder::holds_a_table(path)? => Ok(()),
        Purpose::Look | Purpose::Mend => Err(PlaceError::Empty),
        Purpose::Recover | Purpose::Review if given.is_some() || Folder::holds_a_key(path)? => {
            Ok(())
        }
        Purpose::Recover | Purpose::Review => Err(PlaceError::KeyLost),
    }
}

/// A table in memory: what works without a row works over it.
async fn empty(key: InstallKey, taps: &Taps) -> Result<Opened, PlaceError> {
    let engine = wire::Engine::memory(&wire::Clock::system()).map_err(|why| {
        tracing::debug!(error = chain(&why), "no table in memory");
        PlaceError::Empty
    })?;
    let store = Store::new(embedded(&engine, taps), TABLE, system::seed()?);
    store.create_table().await?;
    let key = known(&store, key).await?;
    Ok(Opened {
        store,
        key,
        embedded: None,
    })
}

fn engine_at(path: &Path) -> Result<wire::Engine, PlaceError> {
    wire::Engine::open(path).map_err(|why| {
        tracing::debug!(error = chain(&why), "the table's file cannot be opened");
        let path = path.to_owned();
        PlaceError::Damaged { path }
    })
}

/// The key that the folder keeps. A new one is made only for a table that knows none.
async fn key_of(folder: &Folder, store: &Store) -> Result<InstallKey, PlaceError> {
    let fits = |there: &Installed, key: &InstallKey| there.check == KeyCheck::of(key);
    match (folder.key()?, store.installed().await?) {
        (None, None) => Ok(folder.new_key()?),
        (Some(key), None) => Ok(key),
        (Some(key), Some(there)) if fits(&there, &key) => Ok(key),
        (Some(_) | None, Some(_)) => Err(PlaceError::KeyFile {
            path: folder.key_file(),
        }),
    }
}

/// To work, the table is made; to look, it has to be there, with what it was made with.
async fn ready(store: &Store, purpose: Purpose) -> Result<(), PlaceError> {
    match purpose {
        Purpose::Work | Purpose::Recover => Ok(store.create_table().await?),
        Purpose::Look | Purpose::Mend | Purpose::Review => match store.installed().await {
            Ok(Some(_)) => Ok(()),
            // Made, and nothing put into it: it is lost like one that is not there.
            Ok(None) if purpose == Purpose::Review => Ok(()),
            Ok(None) | Err(StoreError::NoTable { .. }) => Err(PlaceError::Empty),
            Err(why) => Err(why.into()),
        },
    }
}

/// A key that is kept elsewhere: it has to be the one that the table was made with.
async fn known(store: &Store, key: InstallKey) -> Result<InstallKey, PlaceError> {
    let there = store.install(&Installed::kept_elsewhere(&key)).await?;
    match there.check == KeyCheck::of(&key) {
        true => Ok(key),
        false => Err(PlaceError::OtherKey),
    }
}

/// The key that the table keeps; made when there is none and one may be made.
async fn kept(store: &Store, purpose: Purpose) -> Result<InstallKey, PlaceError> {
    if purpose != Purpose::Work && store.installed().await?.is_none() {
        return Err(PlaceError::KeyLost);
    }
    let new = InstallKey::new(system::random()?);
    let there = store.install(&Installed::kept_here(&new)).await?;
    there.key.ok_or(PlaceError::NoKey)
}
