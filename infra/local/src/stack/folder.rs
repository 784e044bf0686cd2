//! The data folder: made for its owner alone, used by one process at a time.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use shared::model::InstallKey;

use crate::config::{hex, parse_key};
use crate::system::{self, NoRandomness};

const TABLE: &str = "tidelock.db";
const LOCK: &str = "lock";
const KEY: &str = "install.key";

/// A folder that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// It, or a file in it, cannot be made, read or written.
    #[error("{} cannot be {what}; check that the folder exists and belongs to you", path.display())]
    Unusable {
        /// What cannot be used.
        path: PathBuf,
        /// Made, read or written.
        what: &'static str,
        /// The system's reason.
        #[source]
        why: io::Error,
    },
    /// It is there, and no folder.
    #[error("{} is a file, not a folder; name a folder", path.display())]
    NoFolder {
        /// What was named.
        path: PathBuf,
    },
    /// Another process works in it.
    #[error(
        "another tidelock works in the folder {}; stop that one, or name another folder",
        path.display()
    )]
    Taken {
        /// The folder.
        path: PathBuf,
    },
    /// The key file holds no key.
    #[error(
        "{} holds no install key; restore it from a copy, as a new key would not know its old blocks again",
        path.display()
    )]
    Key {
        /// The key file.
        path: PathBuf,
    },
    /// There is nothing to make a key from.
    #[error(transparent)]
    Random(#[from] NoRandomness),
}

/// A data folder, held until it is dropped.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    _lock: File,
}

impl Folder {
    /// Makes the folder if it is not there, for nobody but its owner, and holds it against other processes.
    ///
    /// # Errors
    /// It cannot be made, or another process holds it.
    pub(crate) fn open(path: &Path) -> Result<Self, FolderError> {
        if path.exists() && !path.is_dir() {
            return Err(FolderError::NoFolder {
                path: path.to_owned(),
            });
        }
        make(path).map_err(unusable(path, "made"))?;
        let at = path.join(LOCK);
        let lock = private().create(true).truncate(false).open(&at);
        let lock = lock.map_err(unusable(&at, "made"))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self {
                path: path.to_owned(),
                _lock: lock,
            }),
            Err(TryLockError::WouldBlock) => Err(FolderError::Taken {
                path: path.to_owned(),
            }),
            Err(TryLockError::Error(why)) => Err(unusable(&at, "locked")(why)),
        }
    }

    /// The file of the embedded table.
    ///
    /// # Errors
    /// It is there and cannot be read and written.
    pub(super) fn table(&self) -> Result<PathBuf, FolderError> {
        let at = self.path.join(TABLE);
        usable(&at)?;
        Ok(at)
    }

    /// Whether a table was ever made at `path`. Makes nothing.
    ///
    /// # Errors
    /// It cannot be told.
    pub(super) fn holds_a_table(path: &Path) -> Result<bool, FolderError> {
        holds(path.join(TABLE))
    }

    /// Whether a key was ever made at `path`. Makes nothing.
    ///
    /// # Errors
    /// It cannot be told.
    pub(super) fn holds_a_key(path: &Path) -> Result<bool, FolderError> {
        holds(path.join(KEY))
    }

    /// Where the install key is kept.
    #[must_use]
    pub(super) fn key_file(&self) -> PathBuf {
        self.path.join(KEY)
    }

    /// The install key that the folder keeps, if it keeps one.
    ///
    /// # Errors
    /// It cannot be read.
    pub(super) fn key(&self) -> Result<Option<InstallKey>, FolderError> {
        let at = self.key_file();
        match std::fs::read_to_string(&at) {
            Ok(text) => parse_key(&text)
                .map(Some)
                .ok_or(FolderError::Key { path: at }),
            Err(why) if why.kind() == ErrorKind::NotFound => Ok(None),
            Err(why) => Err(unusable(&at, "read")(why)),
        }
    }

    /// Makes the install key. Written aside and put in place whole: a crash leaves all of it or none.
    ///
    /// # Errors
    /// It cannot be made.
    pub(super) fn new_key(&self) -> Result<InstallKey, FolderError> {
        let at = &self.key_file();
        let secret: [u8; InstallKey::BYTES] = system::random()?;
        let aside = self.path.join(format!("{KEY}.new"));
        let text = format!("{}\n", hex(&secret));
        let written = private()
            .create(true)
            .truncate(true)
            .open(&aside)
            .and_then(|mut file| {
                file.write_all(text.as_bytes())?;
                file.sync_all()?;
                std::fs::rename(&aside, at)?;
                File::open(&self.path)?.sync_all()
            });
        written.map_err(unusable(at, "written"))?;
        Ok(InstallKey::new(secret))
    }
}

fn holds(at: PathBuf) -> Result<bool, FolderError> {
    at.try_exists().map_err(unusable(&at, "read"))
}

/// Whether what is at `path`, if anything, is a file that can be read and written.
///
/// # Errors
/// It is not.
pub(crate) fn usable(path: &Path) -> Result<(), FolderError> {
    match OpenOptions::new().read(true).write(true).open(path) {
        Ok(_) => Ok(()),
        Err(why) if why.kind() == ErrorKind::NotFound => Ok(()),
        Err(why) => Err(unusable(path, "read and written")(why)),
    }
}

fn unusable(path: &Path, what: &'static str) -> impl FnOnce(io::Error) -> FolderError {
    let path = path.to_owned();
    move |why| FolderError::Unusable { path, what, why }
}

fn make(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Opens for writing, for the owner alone.
/// Writes a file that nobody but its owner may read.
///
/// # Errors
/// It cannot be written.
pub(crate) fn write_private(path: &Path, text: &str) -> Result<(), FolderError> {
    let opened = private().create(true).truncate(true).open(path);
    let written = opened.and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(unusable(path, "written"))
}

fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_keeps_its_key_and_lets_nobody_else_in() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("new/state");
        let folder = Folder::open(&path).unwrap();
        assert!(folder.key().unwrap().is_none());
        let key = Some(folder.new_key().unwrap());
        assert!(folder.key().unwrap() == key);
        assert!(matches!(
            Folder::open(&path),
            Err(FolderError::Taken { .. })
        ));
        drop(folder);
        assert!(Folder::open(&path).unwrap().key().unwrap() == key);
    }

    #[cfg(unix)]
    #[test]
    fn folder_and_key_are_their_owners_alone() {
        use std::os::unix::fs::PermissionsExt;
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("state");
        Folder::open(&path).unwrap().new_key().unwrap();
        let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&path), mode(&path.join(KEY))), (0o700, 0o600));
    }

    #[test]
    fn a_file_is_no_folder() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("state");
        std::fs::write(&path, "").unwrap();
        assert!(matches!(
            Folder::open(&path),
            Err(FolderError::NoFolder { .. })
        ));
    }

    #[test]
    fn a_damaged_key_is_never_replaced() {
        let parent = tempfile::tempdir().unwrap();
        let folder = Folder::open(parent.path()).unwrap();
        std::fs::write(parent.path().join(KEY), "beef\n").unwrap();
        assert!(matches!(folder.key(), Err(FolderError::Key { .. })));
        assert_eq!(std::fs::read(parent.path().join(KEY)).unwrap(), b"beef\n");
    }
}
