//! `drill --python`: how a function in Python is started, in an environment that has what it takes.
#![expect(
    clippy::disallowed_methods,
    reason = "I/O boundary: reads the environment of the process, and makes one for Python"
)]

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::lambda::{Log, ProcessConfig};
use crate::serve::tell;

/// The characters that the sample functions of AWS leave out of passwords unless they are told otherwise.
const EXCLUDED: &str = "/@\"'\\";

/// How the function in a file is started.
pub(super) fn function(file: &Path, handler: &str, log: Log) -> Result<ProcessConfig, String> {
    let shown = file.display();
    let name = file.file_stem().and_then(|name| name.to_str());
    let name =
        name.filter(|_| file.is_file()).ok_or_else(|| format!("there is no file `{shown}`"))?;
    let folder = file.parent().filter(|it| !it.as_os_str().is_empty());
    let folder = folder.unwrap_or_else(|| Path::new("."));
    let folder = folder.canonicalize().map_err(|error| format!("`{shown}`: {error}"))?;
    let python = interpreter(&folder)?.to_string_lossy().into_owned();
    let command = [&python, "-m", "awslambdaric", &format!("{name}.{handler}")];
    let mut function =
        ProcessConfig::new("drilled", command.iter().map(|it| (*it).to_owned()).collect(), log);
    function.directory = Some(folder);
    function.environment.insert("EXCLUDE_CHARACTERS".to_owned(), EXCLUDED.to_owned());
    Ok(function)
}

/// The first Python that has the runtime: that of the active environment, of the project, of the system, or one of our
/// own.
fn interpreter(folder: &Path) -> Result<PathBuf, String> {
    let active = env::var("VIRTUAL_ENV").ok().map(PathBuf::from);
    let near = folder.ancestors().flat_map(|it| [it.join(".venv"), it.join("venv")]);
    let environments = active.into_iter().chain(near).map(|it| it.join("bin/python"));
    let known = environments.filter(|python| python.is_file()).chain([PathBuf::from("python3")]);
    let fits = |python: &PathBuf| {
        run(python, &["-c", "import awslambdaric, boto3"].map(OsStr::new)).is_ok()
    };
    let mut known = known.filter(&fits);
    if let Some(python) = known.next() {
        return Ok(python);
    }
    let own = cache()?.join("python");
    let needs = folder.join("requirements.txt");
    let needed = fs::read_to_string(&needs).unwrap_or_default();
    let installed = own.join("installed.txt");
    let python = own.join("bin/python");
    if !fs::read_to_string(&installed).is_ok_and(|text| text == needed) || !fits(&python) {
        made(&own, &python, (!needed.is_empty()).then_some(&*needs))?;
        // Last, so that what was cut off is made anew.
        fs::write(&installed, needed)
            .map_err(|error| format!("failed to write `{}`: {error}", installed.display()))?;
    }
    Ok(python)
}

/// Makes an environment with the runtime, and what the function says it needs.
fn made(own: &Path, python: &Path, needs: Option<&Path>) -> Result<(), String> {
    let shown = own.display();
    tell(&format!("no Python here has awslambdaric and boto3; an environment is made in {shown}"));
    let failed = |why: String| format!("failed to make a Python environment in {shown}: {why}");
    run(Path::new("python3"), &["-m".as_ref(), "venv".as_ref(), own.as_os_str()])
        .map_err(failed)?;
    let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
    let needed = needs.into_iter().flat_map(|needs| [OsStr::new("-r"), needs.as_os_str()]);
    let words = install.into_iter().chain(["awslambdaric", "boto3"]).map(OsStr::new).chain(needed);
    run(python, &words.collect::<Vec<_>>()).map_err(failed)
}

/// Where programs keep what they can make again.
fn cache() -> Result<PathBuf, String> {
    let home = || env::var("HOME").ok().map(|home| PathBuf::from(home).join(".cache"));
    let cache = env::var("XDG_CACHE_HOME").ok().filter(|it| !it.is_empty()).map(PathBuf::from);
    let cache = cache.or_else(home).ok_or("neither HOME nor XDG_CACHE_HOME is set")?;
    Ok(cache.join("stagewright"))
}

/// Runs a program, which has to end well.
fn run(program: &Path, arguments: &[&OsStr]) -> Result<(), String> {
    let shown = program.display();
    let ended = Command::new(program).args(arguments).stdin(Stdio::null()).output();
    let ended = ended.map_err(|error| format!("`{shown}` can't be run: {error}"))?;
    if ended.status.success() {
        return Ok(());
    }
    // What matters stands last, be it of pip or of an exception.
    let told = [ended.stdout, ended.stderr].concat();
    let told = String::from_utf8_lossy(&told);
    let line = told.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default();
    Err(format!("`{shown}` ends with {}: {line}", ended.status))
}
