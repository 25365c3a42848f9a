//! `cargo gen`: turns the definitions of `core/protocol/definitions` into the Rust of
//! `core/protocol/src/messages` and `core/protocol/src/record_types`.
//!
//! The Rust is committed, so that a build needs no generator and a reader can open what runs. A
//! test compares it with what the definitions give today. Definitions are parsed
//! ([`notation`]), turned into text ([`structs`] for one message from the [`expressions`] of its fields,
//! [`catalogue`] and [`families`] for what joins them), written into a scratch folder, formatted there by rustfmt, and compared or moved.

mod catalogue;
mod expressions;
mod families;
pub mod notation;
mod structs;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use notation::{Api, Record};

/// The families of records: folder below `definitions/records`, in the order of reading.
const FAMILIES: [&str; 7] =
    ["embedded", "group", "metadata", "raft", "remote_log", "share", "transaction"];

/// Everything that the definitions say.
pub struct Definitions {
    pub apis: Vec<Api>,
    /// Records by family.
    pub records: BTreeMap<String, Vec<(String, Record)>>,
}

/// Generated files by their path below `core/protocol/src`.
type Files = BTreeMap<PathBuf, String>;

pub fn run(arguments: &[String]) -> Result<(), String> {
    match arguments {
        [] => write(&fresh()?),
        [flag] if flag == "--check" => check(&fresh()?),
        _ => Err("usage: cargo gen [--check]".to_owned()),
    }
}

fn protocol() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../core/protocol")
}

fn explain<T>(verb: &str, path: &Path, result: std::io::Result<T>) -> Result<T, String> {
    result.map_err(|error| format!("could not {verb} {}: {error}", path.display()))
}

fn files_in(folder: &Path, extension: &str) -> Result<Vec<PathBuf>, String> {
    let mut found = Vec::new();
    for entry in explain("list", folder, fs::read_dir(folder))? {
        let path = explain("list", folder, entry)?.path();
        if path.extension().is_some_and(|found| found == extension) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn file_name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

fn read_definitions() -> Result<Definitions, String> {
    let folder = protocol().join("definitions");
    let mut apis = Vec::new();
    for path in files_in(&folder, "api")? {
        let text = explain("read", &path, fs::read_to_string(&path))?;
        let api = notation::parse_api(&file_name(&path), &text)?;
        let expected = format!("{:03}-{}.api", api.key, api.name);
        if file_name(&path) != expected {
            return Err(format!("{} must be named {expected}", path.display()));
        }
        apis.push(api);
    }
    let mut records = BTreeMap::new();
    for family in FAMILIES {
        let mut all = Vec::new();
        for path in files_in(&folder.join("records").join(family), "record")? {
            let text = explain("read", &path, fs::read_to_string(&path))?;
            let name = file_name(&path);
            let record = notation::parse_record(&name, &text)?;
            all.push((format!("definitions/records/{family}/{name}"), record));
        }
        records.insert(family.to_owned(), all);
    }
    Ok(Definitions { apis, records })
}

/// What the generated files must contain today.
fn fresh() -> Result<Files, String> {
    let definitions = read_definitions()?;
    let mut files = Files::new();
    for api in &definitions.apis {
        let source = format!("definitions/{:03}-{}.api", api.key, api.name);
        for section in [&api.request, &api.response] {
            let path = format!("messages/{}.rs", expressions::snake(&section.name));
            files.insert(path.into(), structs::module(section, &source)?);
        }
    }
    for (family, records) in &definitions.records {
        for (source, record) in records {
            for section in &record.sections {
                let path =
                    format!("record_types/{family}/{}.rs", expressions::snake(&section.name));
                files.insert(path.into(), structs::module(section, source)?);
            }
        }
    }
    catalogue::files(&definitions, &mut files);
    format(files)
}

/// Formats all files with rustfmt in a scratch folder.
fn format(files: Files) -> Result<Files, String> {
    let scratch = std::env::temp_dir().join(format!("vltava-gen-{}", std::process::id()));
    let result = format_in(&scratch, &files);
    // Nothing is lost if the scratch folder stays behind.
    let _ = fs::remove_dir_all(&scratch);
    result
}

fn format_in(scratch: &Path, files: &Files) -> Result<Files, String> {
    for (path, text) in files {
        let path = scratch.join(path);
        let folder = path.parent().unwrap_or(scratch);
        explain("create", folder, fs::create_dir_all(folder))?;
        explain("write", &path, fs::write(&path, text))?;
    }
    // rustfmt follows `mod` lines, so it is enough to name the roots.
    let roots = ["messages/mod.rs", "record_types/mod.rs", "api_key.rs", "catalogue.rs"];
    let status = Command::new("rustfmt")
        .args(["--edition", "2024", "--config-path"])
        .arg(protocol().join("../../rustfmt.toml"))
        .args(roots.map(|root| scratch.join(root)))
        .status()
        .map_err(|error| {
            format!("could not run rustfmt (`rustup component add rustfmt`): {error}")
        })?;
    if !status.success() {
        return Err(format!("could not format the generated code: rustfmt ended with {status}"));
    }
    let mut formatted = Files::new();
    for path in files.keys() {
        let from = scratch.join(path);
        formatted.insert(path.clone(), explain("read", &from, fs::read_to_string(&from))?);
    }
    Ok(formatted)
}

/// The generated files that are in the tree: all of the generated folders, and the single ones.
fn present() -> Result<Vec<PathBuf>, String> {
    let source = protocol().join("src");
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::from("messages"), PathBuf::from("record_types")];
    while let Some(folder) = folders.pop() {
        let full = source.join(&folder);
        if !full.exists() {
            continue;
        }
        for entry in explain("list", &full, fs::read_dir(&full))? {
            let entry = explain("list", &full, entry)?;
            let path = folder.join(entry.file_name());
            match entry.path().is_dir() {
                true => folders.push(path),
                false => found.push(path),
            }
        }
    }
    Ok(found)
}

fn write(files: &Files) -> Result<(), String> {
    let source = protocol().join("src");
    let mut written = 0;
    for (path, text) in files {
        let path = source.join(path);
        if fs::read_to_string(&path).is_ok_and(|old| old == *text) {
            continue;
        }
        let folder = path.parent().unwrap_or(&source);
        explain("create", folder, fs::create_dir_all(folder))?;
        explain("write", &path, fs::write(&path, text))?;
        written += 1;
    }
    for path in present()?.iter().filter(|path| !files.contains_key(*path)) {
        let path = source.join(path);
        explain("remove", &path, fs::remove_file(&path))?;
    }
    println!("{written} of {} files written", files.len());
    Ok(())
}

fn check(files: &Files) -> Result<(), String> {
    let source = protocol().join("src");
    let is_stale =
        |path: &&PathBuf| fs::read_to_string(source.join(path)).ok().as_ref() != files.get(*path);
    let mut stale: Vec<&PathBuf> = files.keys().filter(is_stale).collect();
    let present = present()?;
    stale.extend(present.iter().filter(|path| !files.contains_key(*path)));
    if stale.is_empty() {
        return Ok(());
    }
    let names: Vec<String> = stale.iter().map(|path| path.display().to_string()).collect();
    Err(format!("stale, run `cargo gen`: {}", names.join(", ")))
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_committed_protocol_code_is_what_the_definitions_give() {
        super::run(&["--check".to_owned()]).unwrap();
    }
}
