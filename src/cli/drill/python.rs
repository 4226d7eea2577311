//! `drill --python`: how a function in Python is started, in an environment that has what it takes.
#![expect(
    clippy::disallowed_methods,
    reason = "I/O boundary: reads the environment of the process"
)]

use std::env;
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
    let own = cache()?.join("python");
    let known = environments
        .filter(|python| python.is_file())
        .chain([PathBuf::from("python3"), own.join("bin/python")]);
    let mut fits = known.filter(|python| runs(python, &["-c", "import awslambdaric, boto3"]));
    match fits.next() {
        Some(python) => Ok(python),
        None => made(&own, folder),
    }
}

/// Makes an environment with the runtime, and what the function says it needs.
fn made(own: &Path, folder: &Path) -> Result<PathBuf, String> {
    let shown = own.display();
    tell(&format!("no Python here has awslambdaric and boto3; an environment is made in {shown}"));
    let python = own.join("bin/python");
    let failed = || {
        format!("failed to make an environment in {shown}; `python3 -m venv` and pip are needed")
    };
    if !runs(Path::new("python3"), &["-m", "venv", &own.to_string_lossy()]) {
        return Err(failed());
    }
    let needs = folder.join("requirements.txt");
    let needs = needs.to_string_lossy();
    let mut install = vec!["-m", "pip", "install", "--quiet", "awslambdaric", "boto3"];
    if Path::new(&*needs).is_file() {
        install.extend(["-r", &needs]);
    }
    if runs(&python, &install) { Ok(python) } else { Err(failed()) }
}

/// Where programs keep what they can make again.
fn cache() -> Result<PathBuf, String> {
    let home = || env::var("HOME").ok().map(|home| PathBuf::from(home).join(".cache"));
    let cache = env::var("XDG_CACHE_HOME").ok().filter(|it| !it.is_empty()).map(PathBuf::from);
    let cache = cache.or_else(home).ok_or("neither HOME nor XDG_CACHE_HOME is set")?;
    Ok(cache.join("stagewright"))
}

/// Whether a program ends well with those arguments.
fn runs(program: &Path, arguments: &[&str]) -> bool {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}
